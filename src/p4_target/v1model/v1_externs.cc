// v1_externs.cc: v1model's externs that keep or compute something: counters, meters, registers, hashes, checksums.
#include <algorithm>

#include "p4_target/field_bytes.h"
#include "p4_target/v1model/v1_switch.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::Bits;
using p4_ir::CallExtern;
using p4_ir::ExternValues;

}  // namespace

std::vector<Target::ExternMethod> V1Switch::extern_methods() {
  std::vector<ExternMethod> methods;
  add_array_externs(methods);
  add_checksum_externs(methods);
  add_packet_externs(methods);
  return methods;
}

void V1Switch::add_array_externs(std::vector<ExternMethod>& methods) {
  methods.push_back({"counter", "count", [this](const CallExtern& call, const ExternValues& values) {
                       arrays().counter(call.instance)->count(0, scalar(values.arguments[0]), counted_bytes_);
                     }});
  methods.push_back({"direct_counter", "count", [](const CallExtern&, const ExternValues&) {}});  // every hit counts
  methods.push_back({"meter", "execute_meter",
                     [this](const CallExtern& call, ExternValues& values) { execute_meter(call, values); }});
  methods.push_back({"direct_meter", "read", [this](const CallExtern& call, ExternValues& values) {
                       if (const auto color = direct_colors_[index_of(call.instance)]) {
                         give(values.arguments[0], static_cast<uint64_t>(*color));
                       }  // else the table was missed: what is there stays
                     }});
  methods.push_back(
      {"register", "read", [this](const CallExtern& call, ExternValues& values) {  // read(out result, in index)
         read_cell(*arrays().register_array(call.instance), scalar(values.arguments[1]), values.arguments[0].parts);
       }});
  methods.push_back(
      {"register", "write", [this](const CallExtern& call, const ExternValues& values) {  // write(in index, in value)
         write_cell(*arrays().register_array(call.instance), scalar(values.arguments[0]), values.arguments[1].parts);
       }});
  methods.push_back(
      {"", "random", [this](const CallExtern&, ExternValues& values) {  // random(out result, in lo, in hi)
         give(values.arguments[0], random_between(scalar(values.arguments[1]), scalar(values.arguments[2])));
       }});
  methods.push_back({"", "hash", [this](const CallExtern& call, ExternValues& values) { make_hash(call, values); }});
}

void V1Switch::add_checksum_externs(std::vector<ExternMethod>& methods) {
  for (const bool with_payload : {false, true}) {
    methods.push_back({"", with_payload ? "verify_checksum_with_payload" : "verify_checksum",
                       [this, with_payload](const CallExtern& call, const ExternValues& values) {
                         verify_checksum(call, values, with_payload);
                       }});
    methods.push_back({"", with_payload ? "update_checksum_with_payload" : "update_checksum",
                       [this, with_payload](const CallExtern& call, ExternValues& values) {
                         update_checksum(call, values, with_payload);
                       }});
  }
  methods.push_back({"Checksum16", "get", [this](const CallExtern& call, ExternValues& values) {
                       const auto bytes = argument_bytes(call.arguments[0], values.arguments[0]);
                       for (Bits& part : values.result.parts) {
                         part = Bits(part.width(), hasher_.compute(HashAlgorithm::Csum16, bytes));
                       }
                     }});
}

void V1Switch::execute_meter(const CallExtern& call, ExternValues& values) {
  const auto color = arrays().meter(call.instance)->execute(scalar(values.arguments[0]), counted_bytes_, now_ns_);
  give(values.arguments[1], static_cast<uint64_t>(color));
}

// hash(out result, in algo, in base, in data, in max): base + hash modulo max; base when max is 0.
void V1Switch::make_hash(const CallExtern& call, ExternValues& values) {
  const auto algorithm = algorithm_of(scalar(values.arguments[1]));
  if (!algorithm.has_value()) {
    return;
  }
  const uint64_t hash = compute_hash(call, *algorithm, argument_bytes(call.arguments[3], values.arguments[3]));
  const uint64_t base = scalar(values.arguments[2]);
  const uint64_t max = scalar(values.arguments[4]);
  give(values.arguments[0], max == 0 ? base : base + hash % max);
}

// (condition, data, checksum, algo): none when the condition does not hold.
std::optional<Bits> V1Switch::checksum_of(const CallExtern& call, const ExternValues& values, bool with_payload) {
  const auto& condition = values.arguments[0].parts;
  const auto& checksum = values.arguments[2].parts;
  if (condition.empty() || condition.front().is_zero() || checksum.empty()) {
    return std::nullopt;
  }
  const auto algorithm = algorithm_of(scalar(values.arguments[3]));
  if (!algorithm.has_value()) {
    return std::nullopt;
  }
  std::vector<uint8_t> bytes = argument_bytes(call.arguments[1], values.arguments[1]);
  if (with_payload) {
    const std::vector<uint8_t> payload = unread_payload();
    bytes.insert(bytes.end(), payload.begin(), payload.end());
  }
  return Bits(checksum.front().width(), compute_hash(call, *algorithm, bytes));
}

void V1Switch::verify_checksum(const CallExtern& call, const ExternValues& values, bool with_payload) {
  const auto computed = checksum_of(call, values, with_payload);
  if (computed.has_value() && !(*computed == values.arguments[2].parts.front())) {
    has_checksum_error_ = true;
  }
}

void V1Switch::update_checksum(const CallExtern& call, ExternValues& values, bool with_payload) {
  if (const auto computed = checksum_of(call, values, with_payload)) {
    values.arguments[2].parts.front() = *computed;
  }
}

}  // namespace outrigger::p4_target
