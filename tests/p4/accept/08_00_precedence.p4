// P4-16 §8: precedence of operators, with & ^ | above comparisons.

const bool a = 1 + 2 * 3 == 7;
const bool b = 8w1 | 8w2 == 8w3;
const bool c = 8w6 & 8w3 < 8w3;
const bool d = !true || true && false == false;
const bit<8> e = 8w1 << 1 + 1;
const bool f = e == 4;
const bit<16> g = 8w1 ++ 8w2 + 16w3;
const bit<8> h = true ? 8w1 : false ? 8w2 : 8w3;
const bit<8> i = ~8w1 & -8w1 ^ +8w2;
const bit<8> j = (bit<8>) 4w5 + 1;
const bool k = 8w1 << 2 < 8w5;
