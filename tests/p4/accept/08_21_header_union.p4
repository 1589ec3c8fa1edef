// P4-16 §8.21: a union's members are headers; the union is copied, compared and asked.

header H1 { bit<8> f; }
header H2 { bit<16> g; }
header_union U { H1 h1; H2 h2; }
control c(inout U u, inout U w, inout bool b) {
    apply {
        H1 my_h1 = { 8w0 };
        u.h1 = my_h1;
        u.h2 = { 16w1 };
        u.h1.setValid();
        u.h1.setInvalid();
        u = w;
        b = u.isValid() || u.h2.isValid();
        b = u == w || u != w;
        u.h2.g = 3;
        u = (U) {#};
        U[2] us;
        us[0] = u;
        us[1].h1 = us[0].h1;
    }
}
