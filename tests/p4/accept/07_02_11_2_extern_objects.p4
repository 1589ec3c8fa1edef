// P4-16 §7.2.11.2: constructors and methods may be overloaded by number and names of arguments.

extern E<T> {
    E();
    E(bit<32> size);
    E(bit<32> size, T initial);
    T read(in bit<32> index);
    void write(in bit<32> index, in T value);
    void write(in bit<32> position);
    U convert<U>(in T value);
}
extern bit<8> f(in bit<8> a);
extern bit<8> f(in bit<8> a, in bit<8> b);
extern bit<8> f(in bit<8> c, in bit<8> d, in bit<8> e);
control c(inout bit<8> v) {
    E<bit<8>>() e0;
    E<bit<8>>(4) e1;
    E<bit<8>>(4, 0) e2;
    apply {
        v = f(v);
        v = f(v, 1) + f(v, 1, 2);
        e1.write(0, v);
        e1.write(position = 1);
        e1.write(index = 2, value = e0.read(1));
        v = e2.convert<bit<8>>(v);
    }
}
