// standard_metadata.h: the variables of v1model's standard_metadata_t.
#pragma once

#include <optional>

#include "p4_ir/program.h"

namespace outrigger::p4_target {

// What standard_metadata.instance_type says; the numbers are simple_switch's.
enum class InstanceType : uint8_t {
  Normal = 0,
  IngressClone = 1,
  EgressClone = 2,
  Coalesced = 3,
  Recirculated = 4,
  Replicated = 5,
  Resubmitted = 6,
};

// A field that the program's architecture file does not have is none, and is left alone.
struct StandardMetadata {
  using Field = std::optional<p4_ir::VariableId>;
  Field ingress_port;
  Field egress_spec;
  Field egress_port;
  Field instance_type;
  Field packet_length;
  Field enq_timestamp;
  Field enq_qdepth;
  Field deq_timedelta;
  Field deq_qdepth;
  Field ingress_global_timestamp;
  Field egress_global_timestamp;
  Field mcast_grp;
  Field egress_rid;
  Field checksum_error;
  Field parser_error;
  Field priority;

  static StandardMetadata of(const p4_ir::Program& program) {
    const auto find = [&](std::string_view field) {
      return program.find_variable(std::string("standard_metadata.").append(field));
    };
    return {.ingress_port = find("ingress_port"),
            .egress_spec = find("egress_spec"),
            .egress_port = find("egress_port"),
            .instance_type = find("instance_type"),
            .packet_length = find("packet_length"),
            .enq_timestamp = find("enq_timestamp"),
            .enq_qdepth = find("enq_qdepth"),
            .deq_timedelta = find("deq_timedelta"),
            .deq_qdepth = find("deq_qdepth"),
            .ingress_global_timestamp = find("ingress_global_timestamp"),
            .egress_global_timestamp = find("egress_global_timestamp"),
            .mcast_grp = find("mcast_grp"),
            .egress_rid = find("egress_rid"),
            .checksum_error = find("checksum_error"),
            .parser_error = find("parser_error"),
            .priority = find("priority")};
  }
};

}  // namespace outrigger::p4_target
