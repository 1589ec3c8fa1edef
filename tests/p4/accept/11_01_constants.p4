// P4-16 §11.1: constants of every kind of type.

#include <core.p4>
struct Version { bit<32> major; bit<32> minor; }
header H { bit<8> x; }
enum E { a }
type bit<9> Port;
const bit<32> COUNTER = 32w0x0;
const Version version = { 32w0, 32w0 };
const Version other = { minor = 1, major = version.major };
const bit<32> field = other.minor;
const H h = { 5 };
const E e = E.a;
const error r = error.NoError;
const Port p = (Port) 3;
const tuple<bit<8>, bool> t = { 1, true };
const bit<8> q = h.x;
control c(inout bit<8> v) {
    const bit<8> local = 1;
    action a() {
        const bit<8> inner = local + 1;
        v = inner;
    }
    apply {
        const bit<8> here = q;
        a();
        v = v + here;
    }
}
