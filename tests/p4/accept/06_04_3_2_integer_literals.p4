// P4-16 §6.4.3.2: bases, widths, signs, underscores and leading zeros.

const bit<32> a = 32w255;
const bit<32> b = 32w0d255;
const bit<32> c = 32w0xFF;
const int<32> d = 32s0xFF;
const bit<8> e = 8w0b10101010;
const bit<8> f = 8w0b_1010_1010;
const int<8> g = 8s0b1010_1010;
const bit<16> h = 16w0377;
const bit<16> i = 16w0o377;
const int j = 0XfF;
const int k = 0O17;
const int l = 0D19;
const int m = 0B11;
const int n = 1_000_000;
const int o = 007;
const int p = 0x1234567890abcdef1234567890abcdef1234567890abcdef;
