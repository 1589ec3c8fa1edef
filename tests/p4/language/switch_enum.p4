// switch on a serializable enum: labels are its members, numbers, and members of others with its type (P4-16 8.3).
#include "include/values.p4"

enum bit<8> Kind { a = 1, b = 2 }
enum bit<8> Other { z = 0x40 }
enum int<8> Signed { minus = -1, plus = 1 }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        switch ((Kind)hdr.i.a) {
            Kind.a: { hdr.o.x = 0x11; }
            2:
            8w3: { hdr.o.x = 0x22; }
            Other.z: { hdr.o.x = 0x44; }
            default: { hdr.o.x = 0xdd; }
        }
        switch ((Signed)(int<8>)hdr.i.b) {
            -1: { hdr.o.y = 0xff; }
            Signed.plus: { hdr.o.y = 1; }
            8s2: { hdr.o.y = 2; }
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
