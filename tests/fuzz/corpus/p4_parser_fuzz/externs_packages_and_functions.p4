extern Checksum16 {
    Checksum16();
    Checksum16(int<32> seed = 5);
    void clear();
    bit<16> get<T>(in T data, @optional out bool ok);
    @synchronous(get) abstract void on(inout bit<8> x);
}
extern R<T, S> {
    R(S size);
    T read(in S index);
}
extern void mark_to_drop(inout standard_metadata_t m);
extern T f<T, U>(in U x);
extern R<bit<8>, bit<32>> g();
package Switch<H, M>(Parser<H> p, @optional Ingress<H, M> i = d);
bit<8> max(in bit<8> a, in bit<8> b) {
    return a > b ? a : b;
}
T id<T>(in T x) {
    return x;
}
@x void nothing() {
    return;
}
action drop() {
}
