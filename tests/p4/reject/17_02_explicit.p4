// P4-16 §17.2: also with what is written.

#include <core.p4>
control Pipe<T>(in T data);
package Switch<T>(Pipe<T> map);
control Pipe1(in bit<32> data) { apply { } }
Switch<bit<8>>(Pipe1()) main; // error
