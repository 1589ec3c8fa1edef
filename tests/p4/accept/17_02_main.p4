// P4-16 §17.2: type arguments are inferred or written.

#include <core.p4>
parser Prs<T>(packet_in b, out T result);
control Pipe<T>(in T data);
package Switch<T>(Prs<T> p, Pipe<T> map);
parser P(packet_in b, out bit<32> index) { state start { index = b.lookahead<bit<32>>(); transition accept; } }
control Pipe1(in bit<32> data) { apply { } }
Switch<bit<32>>(P(), Pipe1()) first;
Switch(P(), Pipe1()) main;
