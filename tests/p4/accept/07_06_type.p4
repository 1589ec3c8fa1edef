// P4-16 §7.6: new types of bits, signed integers, Booleans and of new types.

type bit<32> U32;
type int<8> I8;
type bool Flag;
type U32 Address;
typedef bit<9> port;
type port PortId;
const U32 x = (U32) 0;
const Address a = (Address) x;
header H { U32 u; PortId p; Flag f; bit<6> rest; }
control c(inout H h) {
    apply {
        U32 y = h.u;
        h.u = (U32) ((bit<32>) y + 1);
        if (y == h.u && (bool) h.f) { h.p = (PortId) 9w3; }
    }
}
