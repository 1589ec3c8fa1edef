// 'next', 'last', 'lastIndex', pushes and pops of stacks that a run-time index chooses: each has a next index of its own.
#include "include/values.p4"

header byte_t { bit<8> v; }
header_union either_t { byte_t a; input_t b; }
struct both_t {
    byte_t[2]   bytes;
    either_t[2] unions;
}
struct my_metadata_t {
    both_t[2] each;
    bit<1>    which;
    bit<8>    last;
    bit<8>    last_index;
}

parser MyParser(packet_in packet, out headers_t hdr, inout my_metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.i);
        meta.which = hdr.i.a[0:0];
        packet.extract(meta.each[meta.which].bytes.next);
        packet.extract(meta.each[~meta.which].bytes.next);
        packet.extract(meta.each[meta.which].unions.next.a);
        packet.extract(meta.each[meta.which].bytes.next);
        meta.last = meta.each[meta.which].bytes.last.v;
        meta.last_index = (bit<8>)meta.each[~meta.which].bytes.lastIndex;
        transition select(hdr.i.b) {
            0 : accept;
            default : too_many;
        }
    }
    state too_many {
        packet.extract(meta.each[meta.which].bytes.next);
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout my_metadata_t meta) { apply { } }
control MyCompute(inout headers_t hdr, inout my_metadata_t meta) { apply { } }
control MyEgress(inout headers_t hdr, inout my_metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}
control MyIngress(inout headers_t hdr, inout my_metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.setValid();
        meta.each[meta.which].bytes.pop_front(1);
        hdr.o.x = meta.each[meta.which].bytes[0].v;
        hdr.o.y = meta.last + meta.last_index;
        if (standard_metadata.parser_error == error.StackOutOfBounds) {
            hdr.o.z = 0xffff;
        } else if (!meta.each[meta.which].bytes[1].isValid()) {
            hdr.o.z = (bit<16>)meta.each[1].bytes[0].v;
        }
        hdr.o.w = meta.each[meta.which].unions[0].a.v ++ meta.each[0].bytes[0].v ++ 16w0;
    }
}

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), ValuesDeparser()) main;
