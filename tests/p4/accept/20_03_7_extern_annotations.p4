// P4-16 §20.3.7: @pure and @noSideEffects.

@pure extern bit<8> f(in bit<8> x);
@noSideEffects extern bit<8> g(in bit<8> x);
extern E { E(); @pure bit<8> m(); @noSideEffects void n(out bit<8> x); }
