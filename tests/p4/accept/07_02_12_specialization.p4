// P4-16 §7.2.12: generic externs, structures, headers, unions and stacks of them.

struct S<T> { T field; bool valid; }
struct G<T> { S<T> s; }
const S<bit<32>> s = { field = 32w0, valid = false };
const G<bit<32>> g = { s = { field = 0, valid = false } };
header H<T> { T field; }
header_union HU<T> { H<bit<32>> h32; H<bit<8>> h8; H<T> ht; }
struct All { H<bit<8>>[10] stack; HU<bit<16>> hu; H<bit<24>> h; G<S<bool>> deep; }
extern Register<T> { Register(bit<32> size); T read(in bit<32> index); void write(in bit<32> index, in T value); }
Register<bit<32>>(128) bank;
Register<S<bit<8>>>(4) structures;
control c(inout All a) {
    apply {
        a.stack[0].field = 1;
        a.hu.ht.field = (bit<16>) a.h.field;
        a.deep.s.field.field = true;
    }
}
