control Type<H, M>(inout H h, inout M m);
control C(inout H h)(bit<8> n) {
    const bit<8> c = 1;
    bit<8> x;
    Counter<bit<32>>(10) counter;
    @name("a") action set(in bit<8> v, inout bit<8> w, bit<9> port) {
        w = v;
    }
    action none() {
    }
    apply {
    }
}
