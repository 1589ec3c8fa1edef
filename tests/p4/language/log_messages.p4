// log_msg with a text of several parts joined by ++, and with a list of data, changes nothing.
#include "include/values.p4"

const string greeting = "begin: " ++ "{} ";

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        log_msg("plain");
        log_msg("one {} two {}", { hdr.i.a, hdr.i.c });
        log_msg("joined" ++ " {}" ++ "!", { hdr.i.b });
        hdr.o.x = hdr.i.a;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
