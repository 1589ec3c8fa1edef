// P4-16 §17.1: an architecture of two packages.

#include <core.p4>
struct InControl { bit<8> p; }
struct OutControl { bit<8> p; }
parser Parser<IH>(packet_in b, out IH parsedHeaders);
control IPipe<T, IH, OH>(in IH i, in InControl inCtrl, out OH o, out T toEgress, out OutControl outCtrl);
control EPipe<T, IH, OH>(in IH i, in InControl inCtrl, in T fromIngress, out OH o, out OutControl outCtrl);
control Deparser<OH>(in OH o, packet_out b);
package Ingress<T, IH, OH>(Parser<IH> p, IPipe<T, IH, OH> map, Deparser<OH> d);
package Egress<T, IH, OH>(Parser<IH> p, EPipe<T, IH, OH> map, Deparser<OH> d);
package Switch<T>(Ingress<T, _, _> ingress, Egress<T, _, _> egress);
header H { bit<8> x; }
parser prs(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
control ip(in H i, in InControl ic, out H o, out bit<8> t, out OutControl oc) { apply { o = i; t = 1; oc.p = ic.p; } }
control ep(in H i, in InControl ic, in bit<8> t, out H o, out OutControl oc) { apply { o = i; o.x = t; oc.p = ic.p; } }
control dep(in H o, packet_out b) { apply { b.emit(o); } }
Ingress(prs(), ip(), dep()) in_;
Switch(in_, Egress(prs(), ep(), dep())) main;
