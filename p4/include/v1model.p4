// v1model.p4: the architecture of BMv2's simple_switch, after its document "The BMv2 Simple Switch target".
//
// A program may define V1MODEL_VERSION before it includes this file. From 20200408 on, the type of the index of
// counters, meters and registers is a type parameter, and ports have the type name PortId_t.

#ifndef _V1_MODEL_P4_
#define _V1_MODEL_P4_

#ifndef V1MODEL_VERSION
#define V1MODEL_VERSION 20180101
#endif

#include <core.p4>

match_kind {
    range,     // lo..hi, both ends belong to it.
    optional,  // One value exactly, or any value.
    selector   // No key of the table: a field that is hashed to choose a member of an action_selector's group.
}

const bit<32> __v1model_version = V1MODEL_VERSION;

#if V1MODEL_VERSION >= 20200408
typedef bit<9> PortId_t;
#endif

// What simple_switch tells the program of a packet, and the program tells simple_switch.
@metadata
@name("standard_metadata")
@removed("clone_spec", "call clone(CloneType.I2E, session); the egress of a clone sees instance_type 1 or 2")
@removed("drop", "call mark_to_drop(standard_metadata), or compare egress_spec with 511")
@removed("lf_field_list", "call digest(1, {fields})")
@removed("recirculate_flag", "call recirculate_preserving_field_list(0), or compare instance_type with 4")
@removed("recirculate_port", "call recirculate_preserving_field_list(0), or compare instance_type with 4")
@removed("resubmit_flag", "call resubmit_preserving_field_list(0), or compare instance_type with 6")
struct standard_metadata_t {
#if V1MODEL_VERSION >= 20200408
    PortId_t ingress_port;  // The port where the packet came in.
    PortId_t egress_spec;   // Ingress writes it: the port to go to; 511 drops the packet.
    PortId_t egress_port;   // Egress reads it: the port to go to.
#else
    bit<9> ingress_port;
    bit<9> egress_spec;
    bit<9> egress_port;
#endif
    bit<32> instance_type;  // 0 normal, 1 ingress clone, 2 egress clone, 4 recirculated, 5 replicated, 6 resubmitted.
    bit<32> packet_length;  // Bytes.
    @alias("queueing_metadata.enq_timestamp")
    bit<32> enq_timestamp;  // When the packet was queued, in microseconds.
    @alias("queueing_metadata.enq_qdepth")
    bit<19> enq_qdepth;     // Packets in the queue at that time.
    @alias("queueing_metadata.deq_timedelta")
    bit<32> deq_timedelta;  // How long it was queued, in microseconds.
    @alias("queueing_metadata.deq_qdepth")
    bit<19> deq_qdepth;     // Packets in the queue when it left.
    @alias("intrinsic_metadata.ingress_global_timestamp")
    bit<48> ingress_global_timestamp;  // Microseconds since the switch began.
    @alias("intrinsic_metadata.egress_global_timestamp")
    bit<48> egress_global_timestamp;
    @alias("intrinsic_metadata.mcast_grp")
    bit<16> mcast_grp;      // Ingress writes it: a multicast group, 0 for none.
    @alias("intrinsic_metadata.egress_rid")
    bit<16> egress_rid;     // Egress reads it: which replica of the group this one is.
    bit<1> checksum_error;  // 1 when a verify_checksum failed.
    error parser_error;     // Why the parser ended in `reject`; error.NoError if it did not.
    @alias("intrinsic_metadata.priority")
    bit<3> priority;        // Ingress writes it: which of the port's queues.
}

// What a counter counts.
enum CounterType { packets, bytes, packets_and_bytes }

// What a meter measures.
enum MeterType { packets, bytes }

// An array of counters.
extern counter
#if V1MODEL_VERSION >= 20200408
<I>
#endif
{
    counter(bit<32> size, CounterType type);
    // Counts the packet at the index; an index beyond the end counts nothing.
#if V1MODEL_VERSION >= 20200408
    void count(in I index);
#else
    void count(in bit<32> index);
#endif
}

// One counter for each entry of the table that has it as its `counters`.
extern direct_counter {
    direct_counter(CounterType type);
    // Without any call, the counter counts each time its entry is hit.
    void count();
}

// The results of meters.
#define V1MODEL_METER_COLOR_GREEN 0
#define V1MODEL_METER_COLOR_YELLOW 1
#define V1MODEL_METER_COLOR_RED 2

// An array of meters of two rates and three colors (RFC 2698).
extern meter
#if V1MODEL_VERSION >= 20200408
<I>
#endif
{
    meter(bit<32> size, MeterType type);
    // Measures the packet at the index and gives its color.
#if V1MODEL_VERSION >= 20200408
    void execute_meter<T>(in I index, out T result);
#else
    void execute_meter<T>(in bit<32> index, out T result);
#endif
}

// One meter for each entry of the table that has it as its `meters`.
extern direct_meter<T> {
    direct_meter(MeterType type);
    // Gives the color of the packet after the hit.
    void read(out T result);
}

// An array of values that live from packet to packet.
extern register<T
#if V1MODEL_VERSION >= 20200408
    , I
#endif
> {
    register(bit<32> size);
    // Gives the value at the index; 0 for an index beyond the end.
    @noSideEffects
#if V1MODEL_VERSION >= 20200408
    void read(out T result, in I index);
#else
    void read(out T result, in bit<32> index);
#endif
    // Puts the value at the index; an index beyond the end changes nothing.
#if V1MODEL_VERSION >= 20200408
    void write(in I index, in T value);
#else
    void write(in bit<32> index, in T value);
#endif
}

// A table's `implementation`: entries that name members, which several entries may share.
extern action_profile {
    action_profile(bit<32> size);
}

// A number from lo to hi, both included.
extern void random<T>(out T result, in T lo, in T hi);

// Sends the data to the control plane; `receiver` tells nothing to simple_switch.
extern void digest<T>(in bit<32> receiver, in T data);

enum HashAlgorithm { crc32, crc32_custom, crc16, crc16_custom, random, identity, csum16, xor16 }

@deprecated("Please use mark_to_drop(standard_metadata) instead.")
extern void mark_to_drop();

// Sets egress_spec to the port that drops, and mcast_grp to 0.
@pure
extern void mark_to_drop(inout standard_metadata_t standard_metadata);

// The hash of the data, from base to base + max - 1; base if max is 0.
@pure
extern void hash<O, T, D, M>(out O result, in HashAlgorithm algo, in T base, in D data, in M max);

// A table's `implementation`: entries may name a group, one of whose members the hash of the `selector` fields chooses.
extern action_selector {
    action_selector(HashAlgorithm algorithm, bit<32> size, bit<32> outputWidth);
}

enum CloneType { I2E, E2E }

// The one's complement sum of 16-bit words (RFC 1071).
@deprecated("Please use verify_checksum/update_checksum instead.")
extern Checksum16 {
    Checksum16();
    bit<16> get<D>(in D data);
}

// Sets standard_metadata.checksum_error if the condition holds and the checksum of the data is another one.
extern void verify_checksum<T, O>(in bool condition, in T data, in O checksum, HashAlgorithm algo);

// Writes the checksum of the data if the condition holds.
@pure
extern void update_checksum<T, O>(in bool condition, in T data, inout O checksum, HashAlgorithm algo);

// As verify_checksum; the bytes after what the parser extracted belong to the data too.
extern void verify_checksum_with_payload<T, O>(in bool condition, in T data, in O checksum, HashAlgorithm algo);

// As update_checksum; the bytes after what the parser extracted belong to the data too.
@noSideEffects
extern void update_checksum_with_payload<T, O>(in bool condition, in T data, inout O checksum, HashAlgorithm algo);

@deprecated("Please use 'resubmit_preserving_field_list' instead.")
extern void resubmit<T>(in T data);

// After ingress, begins ingress again with the packet as it came in. User metadata with @field_list(index) keep their
// values.
extern void resubmit_preserving_field_list(bit<8> index);

@deprecated("Please use 'recirculate_preserving_field_list' instead.")
extern void recirculate<T>(in T data);

// After the deparser, begins ingress again with the packet that the deparser made. User metadata with
// @field_list(index) keep their values.
extern void recirculate_preserving_field_list(bit<8> index);

// At the end of ingress (I2E) or egress (E2E), a copy of the packet as it came in (I2E) or as the deparser made it
// (E2E) begins egress; the control plane tells where the session leads.
extern void clone(in CloneType type, in bit<32> session);

@deprecated("Please use 'clone_preserving_field_list' instead.")
extern void clone3<T>(in CloneType type, in bit<32> session, in T data);

// As clone; user metadata with @field_list(index) keep their values in the copy.
extern void clone_preserving_field_list(in CloneType type, in bit<32> session, bit<8> index);

// The deparser's packet is cut to so many bytes if it is longer.
extern void truncate(in bit<32> length);

// Stops with a report if the condition does not hold.
extern void assert(in bool check);

// As assert, for tools that prove: the condition is taken for granted.
extern void assume(in bool check);

// Writes a line to the log; each {} is replaced by the next of the data.
extern void log_msg(string msg);
extern void log_msg<T>(string msg, in T data);

parser Parser<H, M>(packet_in b, out H parsedHdr, inout M meta, inout standard_metadata_t standard_metadata);

// Only verify_checksum may be called here.
control VerifyChecksum<H, M>(inout H hdr, inout M meta);

@pipeline
control Ingress<H, M>(inout H hdr, inout M meta, inout standard_metadata_t standard_metadata);

@pipeline
control Egress<H, M>(inout H hdr, inout M meta, inout standard_metadata_t standard_metadata);

// Only update_checksum may be called here.
control ComputeChecksum<H, M>(inout H hdr, inout M meta);

@deparser
control Deparser<H>(packet_out b, in H hdr);

package V1Switch<H, M>(Parser<H, M> p,
                       VerifyChecksum<H, M> vr,
                       Ingress<H, M> ig,
                       Egress<H, M> eg,
                       ComputeChecksum<H, M> ck,
                       Deparser<H> dep);

#endif
