// stf_engine.cc: packets, entries and default actions.
#include "p4_target/stf_engine.h"

#include <type_traits>

namespace outrigger::p4_target {
namespace {

using p4_ir::Bits;
using p4_ir::EntryKey;

EntryKey key_of(const p4_ir::TableKey& shape, const stf::KeyValue& value) {
  const auto bits = [&](const stf::Bytes& bytes) { return Bits::from_big_endian(shape.width, bytes); };
  const Bits ones = Bits(shape.width).complement();
  return std::visit(
      [&]<typename Value>(const Value& key) -> EntryKey {
        if constexpr (std::is_same_v<Value, stf::ExactValue>) {
          return {.kind = EntryKey::Kind::Exact, .value = bits(key.value), .mask = ones};
        } else if constexpr (std::is_same_v<Value, stf::LpmValue>) {
          return {.kind = EntryKey::Kind::Prefix,
                  .value = bits(key.value),
                  .mask = ones.shift_left(shape.width - key.prefix_length)};
        } else if constexpr (std::is_same_v<Value, stf::TernaryValue>) {
          return {.kind = EntryKey::Kind::Masked, .value = bits(key.value), .mask = bits(key.mask)};
        } else if constexpr (std::is_same_v<Value, stf::RangeValue>) {
          return {.kind = EntryKey::Kind::Range, .value = bits(key.low), .mask = bits(key.high)};
        } else {
          return key.value.has_value()
                     ? EntryKey{.kind = EntryKey::Kind::Exact, .value = bits(*key.value), .mask = ones}
                     : EntryKey{};
        }
      },
      value);
}

}  // namespace

StfEngine::StfEngine(Target& target, Arrival arrival)
    : target_(target),
      names_(stf_names(target)),
      arrival_(arrival),
      reads_time_(arrival == Arrival::InBursts && target.reads_time()) {
  for (size_t table = 0; table < target.tables().count(); ++table) {
    handles_.push_back(target.tables().at(static_cast<p4_ir::TableId>(table)).initial_handles());
  }
}

Result<> StfEngine::send(uint32_t port, std::span<const uint8_t> packet) {
  now_ns_ += packet_gap_ns;
  if (arrival_ == Arrival::OneByOne) {
    target_.receive(port, packet, now_ns_);
    return check_assertions();
  }
  Waiting& waiting = waiting_.emplace_back(Waiting{.port = port, .memory = std::vector<uint8_t>(headroom)});
  waiting.memory.insert(waiting.memory.end(), packet.begin(), packet.end());
  if (reads_time_ || waiting_.size() == pipeline::burst_packets_max) {
    send_waiting();
  }
  return check_assertions();
}

// A target is done when it returns.
Result<> StfEngine::wait() {
  send_waiting();
  return check_assertions();
}

Result<> StfEngine::check_assertions() {
  const std::vector<std::string> failed = target_.take_assertion_texts();
  if (failed.empty()) {
    return {};
  }
  std::string what = failed.front();
  if (failed.size() > 1) {
    what += fmt::format(" (and {} more)", failed.size() - 1);
  }
  return fail(Code::Aborted, "{}", what);
}

void StfEngine::send_waiting() {
  std::vector<BurstPacket> packets;
  for (Waiting& waiting : waiting_) {
    packets.push_back({.data = waiting.memory.data() + headroom,
                       .bytes = static_cast<uint32_t>(waiting.memory.size() - headroom),
                       .headroom = headroom,
                       .port = waiting.port});
  }
  for (const BurstOutput& output : target_.receive_burst(packets, now_ns_)) {
    outputs_.push_back({.port = output.port, .bytes = {output.bytes.begin(), output.bytes.end()}});
  }
  waiting_.clear();
}

std::vector<stf::Output> StfEngine::take_outputs() {
  std::vector<stf::Output> outputs = std::exchange(outputs_, {});
  for (Output& output : target_.take_outputs()) {
    outputs.push_back({.port = output.port, .bytes = std::move(output.bytes)});
  }
  return outputs;
}

EntryAction StfEngine::action_of(uint32_t table, const stf::ActionCall& call) const {
  EntryAction action;
  action.call.action = call.action - names_.first_action[table];
  const auto& parameters = target_.program().tables[table].actions[action.call.action].parameters;
  for (size_t i = 0; i < parameters.size(); ++i) {
    action.call.arguments.push_back(Bits::from_big_endian(parameters[i].width, call.arguments[i]));
  }
  return action;
}

Result<stf::EntryHandle> StfEngine::add_entry(const stf::Entry& entry) {
  const auto id = static_cast<p4_ir::TableId>(entry.table);
  const p4_ir::Table& shape = target_.program().at(id);
  if (shape.entries_are_const) {
    return fail(Code::FailedPrecondition, "table {} has const entries: nothing can be added", shape.name);
  }
  std::vector<EntryKey> keys;
  for (size_t i = 0; i < entry.keys.size(); ++i) {
    keys.push_back(key_of(shape.keys[i], entry.keys[i]));
  }
  OR_ASSIGN(const uint32_t handle,
            target_.tables().at(id).add(keys, entry.priority, action_of(entry.table, entry.call), now_ns_));
  handles_[entry.table].push_back(handle);
  return handles_[entry.table].size() - 1;
}

Result<> StfEngine::set_default_action(uint32_t table, const stf::ActionCall& call) {
  return target_.tables().at(static_cast<p4_ir::TableId>(table)).set_default(action_of(table, call));
}

Result<> StfEngine::remove_all_entries() {
  for (size_t table = 0; table < target_.tables().count(); ++table) {
    target_.tables().at(static_cast<p4_ir::TableId>(table)).clear();
  }
  return {};
}

Result<uint64_t> StfEngine::handle_of(uint32_t table, stf::EntryHandle entry) const {
  if (entry >= handles_[table].size()) {
    return fail(Code::NotFound, "table {} has no entry {}", target_.program().tables[table].name, entry);
  }
  return handles_[table][entry];
}

}  // namespace outrigger::p4_target
