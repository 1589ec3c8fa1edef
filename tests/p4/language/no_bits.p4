// P4-16 §7.1.6.2: bit<0> has one value, 0, and takes no room: in headers, parameters, keys, concatenations and hashes.
#include <core.p4>
#include <v1model.p4>

header frame_t {
  bit<8> first;
  bit<0> nothing;
  bit<8> second;
  bit<16> digest;
}

struct headers_t {
  frame_t frame;
}

struct metadata_t {
  bit<0> none;
  tuple<bit<0>, bit<8>> pair;
  bit<16> with;
  bit<16> without;
}

bit<0> same(in bit<0> value) { return value; }

parser parse(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
  state start {
    packet.extract(hdr.frame);
    meta.none = 0;
    transition select(meta.none, hdr.frame.nothing, hdr.frame.first) {
      (0, _, 0xff): alone;
      (0, 0, _): accept;
      default: reject;
    }
  }
  state alone {
    hdr.frame.first = 0x0f;
    transition select(hdr.frame.nothing) {
      0: accept;
    }
  }
}

control verify_nothing(inout headers_t hdr, inout metadata_t meta) { apply {} }

control ingress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
  bit<0> local = 0;
  action second_becomes(bit<0> none, bit<8> value) {
    meta.none = none;
    hdr.frame.second = value;
  }
  action calculate(inout bit<0> one, in bit<0> other) {
    one = other + one;
    one = ~one;
    one = one |+| (other ^ one);
    one += 0;
  }
  table choose {
    key = {
      meta.none: exact @name("none");
      hdr.frame.first: exact;
      hdr.frame.nothing: ternary @name("nothing");
    }
    actions = { second_becomes; }
    default_action = second_becomes(0, 9);
    const entries = {
      (0, 1, _): second_becomes(0, 7);
      (0, 2, 0): second_becomes(0w0, 8);
    }
  }
  apply {
    choose.apply();
    calculate(meta.none, local);
    hash(meta.with, HashAlgorithm.crc16, 16w0, { 0w0, hdr.frame.first, meta.none }, 32w65536);
    hash(meta.without, HashAlgorithm.crc16, 16w0, { hdr.frame.first }, 32w65536);
    if (meta.with == meta.without && meta.none == same(local) && meta.none <= local && !(meta.none < local)) {
      hdr.frame.digest = (hdr.frame.digest ++ same(meta.none)) << local;
    } else {
      hdr.frame.digest = 0xdead;
    }
    hdr.frame.nothing = (bit<0>)hdr.frame.first;
    meta.pair = { 0, 5 };
    hdr.frame.first = hdr.frame.first + (bit<8>)meta.pair[0] + meta.pair[1] + (bit<8>)meta.none;
    standard.egress_spec = 2;
  }
}

control egress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) { apply {} }

control deparse(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(parse(), verify_nothing(), ingress(), egress(), verify_nothing(), deparse()) main;
