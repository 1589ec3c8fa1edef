// P4-16 §7.2.12: a method has as many type arguments as it declares.

extern void f<T>(in T x);
control c(in bit<8> v) {
    apply { f<bit<8>, bit<8>>(v); } // error
}
