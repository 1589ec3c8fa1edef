extern V {
    V();
}
V() v;
@name("x") V<bit<8>>(1, size = 2) w = {
    void on(inout bit<8> x) {
        this.f(x);
    }
    V() inner;
};
Switch(P(), C()) main;
.V() z;
