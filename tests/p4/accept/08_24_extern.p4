// P4-16 §8.24: externs are made, and their methods called.

extern E<T> { E(); T m(in T x); void n<U>(in U y); }
E<bit<8>>() top;
control c(inout bit<8> v)(E<bit<8>> given) {
    E<bit<16>>() own;
    apply {
        v = top.m(v) + given.m(1);
        own.n(v);
        own.n<bit<4>>(3);
        top.m(2);
    }
}
