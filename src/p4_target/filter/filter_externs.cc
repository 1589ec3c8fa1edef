// filter_externs.cc: what the models of packet filters give programs: counters, marks, checksums that are mended, hash.
#include "p4_target/field_bytes.h"
#include "p4_target/filter/packet_filter.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::CallExtern;
using p4_ir::ExternValues;

// A 16-bit checksum after a field that it covers has changed (RFC 1624).
template <size_t Bytes>
uint64_t mended_checksum(uint64_t checksum, uint64_t before, uint64_t after) {
  const auto bytes_of_number = [](uint64_t number) {
    std::array<uint8_t, Bytes> bytes{};
    for (size_t i = 0; i < Bytes; ++i) {
      bytes[i] = static_cast<uint8_t>(number >> (8 * (Bytes - 1 - i)));
    }
    return bytes;
  };
  pipeline::OnesComplementSum sum(static_cast<uint16_t>(~checksum));
  sum.subtract(bytes_of_number(before));
  sum.add(bytes_of_number(after));
  return sum.checksum();
}

}  // namespace

std::vector<Target::ExternMethod> PacketFilter::extern_methods() {
  std::vector<ExternMethod> methods;
  add_portable_externs(methods);  // Register
  add_counter_externs(methods);
  add_packet_externs(methods);
  return methods;
}

// Both count one counter of 32 bits up, by one or by what is said: its packets.
void PacketFilter::add_counter_externs(std::vector<ExternMethod>& methods) {
  const auto add = [this](const CallExtern& call, uint64_t cell, uint64_t value) {
    pipeline::CounterArray& cells = *arrays().counter(call.instance);
    if (const auto before = cells.read(cell); before.has_value()) {
      (void)cells.write(cell, {.packets = before->packets + value, .bytes = before->bytes + counted_bytes_});
    }
  };
  methods.push_back({"CounterArray", "increment", [add](const CallExtern& call, const ExternValues& values) {
                       add(call, scalar(values.arguments[0]), 1);
                     }});
  methods.push_back({"CounterArray", "add", [add](const CallExtern& call, const ExternValues& values) {
                       add(call, scalar(values.arguments[0]), scalar(values.arguments[1]));
                     }});
}

void PacketFilter::add_packet_externs(std::vector<ExternMethod>& methods) {
  const auto add = [&](std::string_view name, Handler handler) { methods.push_back({"", name, std::move(handler)}); };
  for (const bool drops : {true, false}) {
    add(drops ? "mark_to_drop" : "mark_to_pass", [this, drops](const CallExtern&, const ExternValues&) {
      marked_ = drops ? Action::Drop : Action::Pass;
      if (has_standard_metadata()) {
        set_ubpf_action(drops ? UbpfDrop : UbpfPass);
      }
    });
  }
  add("truncate", [this](const CallExtern&, const ExternValues& values) {
    truncated_bytes_ = static_cast<uint32_t>(std::min<uint64_t>(scalar(values.arguments[0]), UINT32_MAX));
  });
  for (const std::string_view name : {"ubpf_time_get_ns", "BPF_KTIME_GET_NS"}) {
    add(name, [this](const CallExtern&, ExternValues& values) { give(values.result, now_ns_); });
  }
  add("csum_replace2", [](const CallExtern&, ExternValues& values) {
    const auto& in = values.arguments;
    give(values.result, mended_checksum<2>(scalar(in[0]), scalar(in[1]), scalar(in[2])));
  });
  add("csum_replace4", [](const CallExtern&, ExternValues& values) {
    const auto& in = values.arguments;
    give(values.result, mended_checksum<4>(scalar(in[0]), scalar(in[1]), scalar(in[2])));
  });
  // hash(out result, in algo, in data): lookup3 stands for a hash that no program can rely on the value of.
  add("hash", [this](const CallExtern& call, ExternValues& values) {
    const std::vector<uint8_t> bytes = argument_bytes(call.arguments[2], values.arguments[2]);
    give(values.arguments[0], hasher_.compute(HashAlgorithm::Crc32, bytes));
  });
}

}  // namespace outrigger::p4_target
