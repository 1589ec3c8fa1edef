// P4-16 §12.3, §20: the block of a control, an action or a function may have annotations as any other block.

bit<8> next(in bit<8> v) @inline { return v + 1; }
control c(inout bit<8> v) {
    action a() @atomic { v = next(v); }
    apply @atomic @vendor("x") { a(); }
}
