// P4-16 §8.5: Boolean operators and equality.

const bool a = true && false || !true;
const bool b = true == false;
const bool d = true != (1 < 2);
control c(inout bool x, in bit<8> v) {
    apply { x = x && v != 0 || !(x == b); }
}
