// P4-16 §11.3.1: abstract methods see the top level, their own block and `this`.

extern State<T> {
    State(bit<32> size);
    T read(in bit<32> index);
    abstract void apply_to(inout T value);
    abstract T initial();
}
const bit<8> step = 2;
bit<8> increase(in bit<8> x) { return x + step; }
State<bit<8>>(16) s = {
    void apply_to(inout bit<8> value) {
        value = increase(value) + this.read(0);
        if (value == 0) { return; }
        value = value - 1;
    }
    bit<8> initial() { return 5; }
};
control c(inout bit<8> v) {
    apply { v = s.read(1) + s.initial(); s.apply_to(v); }
}
