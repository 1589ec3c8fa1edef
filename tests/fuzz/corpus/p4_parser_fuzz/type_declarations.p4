struct S {
    bit<8> a;
    @x int<(W + 1)> b;
    varbit<320> c;
    T[4] d;
    T[2][3] e;
    tuple<bit<8>, bool> f;
    tuple<> g;
    list<bit> h;
    .T<int, _> i;
    string key;
    error type;
}
struct Pair<T, U> {
    T first;
    U second;
}
@name("h") header H {
}
header_union U {
    H h;
}
enum Suits {
    Clubs,
    @deprecated Spades
}
enum bit<8> E {
    A = 1,
    B = A + 1
}
error {NoError, PacketTooShort}
match_kind {exact, lpm}
typedef bit<32> ip_t;
@p4runtime_translation("x", 32) type bit<9> port_t;
typedef struct S {
    bit<8> a;
} S_t;
