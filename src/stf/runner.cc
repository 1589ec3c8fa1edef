// runner.cc: one function a command.
#include "stf/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/result.h"
#include "stf/arrivals.h"
#include "stf/key_value.h"
#include "stf/limits.h"
#include "stf/resolver.h"

namespace outrigger::stf {

namespace {

// The engine's error as one of the script's.
template <typename T>
Checked<T> at_column(uint32_t column, Result<T> result) {
  if (!result.has_value()) {
    return complain(column, std::move(result).error().what);
  }
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return std::move(*result);
  }
}

bool holds(const CounterCondition& condition, uint64_t count) {
  switch (condition.comparison) {
    case Comparison::Equal: return count == condition.value;
    case Comparison::NotEqual: return count != condition.value;
    case Comparison::Less: return count < condition.value;
    case Comparison::LessOrEqual: return count <= condition.value;
    case Comparison::Greater: return count > condition.value;
    case Comparison::GreaterOrEqual: break;
  }
  return count >= condition.value;
}

std::string_view spelling(Comparison comparison) {
  constexpr std::string_view spellings[] = {"==", "!=", "<", "<=", ">", ">="};
  return spellings[static_cast<size_t>(comparison)];
}

class Runner {
 public:
  explicit Runner(Engine& engine) : engine_(engine), resolver_(engine.program()) {}

  Report run(const Script& script);

 private:
  struct NamedEntry {
    uint32_t table = 0;
    EntryHandle handle = 0;
  };
  struct Node {
    uint32_t rid = 0;
    std::vector<uint32_t> ports;
    bool is_associated = false;
  };

  Checked<> settle();
  Checked<> collect();
  void fail_at(uint32_t line, Problem problem);
  void remark(std::string text);

  Checked<> run(const Packet& packet);
  Checked<> run(const Expect& expect);
  Checked<> run(const Wait&) { return {}; }  // each command waits
  Checked<> run(const NoPacket&);
  Checked<> run(const RemoveAll&);
  Checked<> run(const Add& add);
  Checked<> run(const SetDefault& command);
  Checked<> run(const CheckCounter& check);
  Checked<> run(const MirroringAdd& command);
  Checked<> run(const MirroringAddMc& command);
  Checked<> run(const MirroringGet& command);
  Checked<> run(const McMgrpCreate& command);
  Checked<> run(const McNodeCreate& command);
  Checked<> run(const McNodeAssociate& command);
  Checked<> run(const RegisterRead& command);
  Checked<> run(const RegisterWrite& command);
  Checked<> run(const RegisterReset& command);
  Checked<> run(const MeterGetRates& command);
  Checked<> run(const MeterSetRates& command);
  Checked<> run(const MeterArraySetRates& command);
  Checked<> run(const SetCrcParameters& command) {
    return at_column(command.name.column, engine_.set_crc_parameters(command));
  }

  Checked<uint64_t> find_counter_cell(const CounterInfo& counter, const CheckCounter& check) const;
  static Checked<> check_index(const Name& name, uint64_t index, uint64_t size);
  Checked<uint32_t> find_meter_cell(const Name& name, uint64_t index) const;

  Engine& engine_;
  const Resolver resolver_;
  Arrivals arrivals_;
  Report report_;
  uint32_t line_ = 0;
  bool is_flooded_ = false;  // more came than is kept: a comparison would say nothing
  std::map<std::string, NamedEntry, std::less<>> entries_;
  std::vector<Node> nodes_;
  std::set<uint32_t> groups_;
};

Checked<> Runner::collect() {
  auto outputs = engine_.take_outputs();
  if (is_flooded_) {
    return {};
  }
  auto added = arrivals_.add(std::move(outputs));
  is_flooded_ = !added.has_value();
  return at_column(0, std::move(added));
}

Checked<> Runner::settle() {
  auto waited = engine_.wait();
  OR_TRY(collect());
  return at_column(0, std::move(waited));
}

void Runner::fail_at(uint32_t line, Problem problem) {
  if (report_.failures.size() >= failures_max) {
    return;
  }
  if (report_.failures.size() == failures_max - 1) {
    report_.failures.push_back({.what = "too many failures; further ones are not shown"});
    return;
  }
  if (problem.line == 0) {
    problem.line = line;
  }
  report_.failures.push_back(std::move(problem));
}

void Runner::remark(std::string text) {
  if (report_.remarks.size() < remarks_max) {
    report_.remarks.push_back(fmt::format("line {}: {}", line_, text));
  }
}

Checked<> Runner::run(const Packet& packet) {
  ++report_.packets_sent;
  auto sent = engine_.send(packet.port, packet.bytes);
  OR_TRY(collect());
  return at_column(0, std::move(sent));
}

Checked<> Runner::run(const Expect& expect) {
  arrivals_.expect(expect, line_);
  return {};
}

Checked<> Runner::run(const NoPacket&) {
  for (Problem& problem : arrivals_.find_unexpected()) {
    fail_at(line_, std::move(problem));
  }
  return {};
}

Checked<> Runner::run(const RemoveAll&) {
  entries_.clear();
  return at_column(0, engine_.remove_all_entries());
}

Checked<> Runner::run(const Add& add) {
  OR_ASSIGN(const Entry entry, resolver_.resolve(add));
  auto handle = engine_.add_entry(entry);
  if (!handle.has_value() && handle.error().code == Code::AlreadyExists) {
    remark(fmt::format("{}; nothing is added", handle.error().what));
    return {};
  }
  if (!handle.has_value()) {
    return complain(0, std::move(handle).error().what);
  }
  if (!add.handle.empty()) {
    entries_.insert_or_assign(add.handle, NamedEntry{.table = entry.table, .handle = *handle});
  }
  return {};
}

Checked<> Runner::run(const SetDefault& command) {
  OR_ASSIGN(const DefaultAction action, resolver_.resolve(command));
  return at_column(0, engine_.set_default_action(action.table, action.call));
}

Checked<> Runner::check_index(const Name& name, uint64_t index, uint64_t size) {
  if (index < size) {
    return {};
  }
  return complain(name.column, fmt::format("{} has {} cells, none with index {}", quoted(name.text), size, index));
}

Checked<uint64_t> Runner::find_counter_cell(const CounterInfo& counter, const CheckCounter& check) const {
  if (const auto* const index = std::get_if<uint64_t>(&check.cell); index != nullptr) {
    if (!counter.is_direct) {
      OR_TRY(check_index(check.counter, *index, counter.size));
    }
    return *index;
  }
  const Name& handle = std::get<Name>(check.cell);
  const auto found = entries_.find(handle.text);
  if (found == entries_.end()) {
    return complain(handle.column, fmt::format("no entry has the handle {}", quoted(handle.text)),
                    "`add … = $NAME` gives an entry a handle; a plain number is an index.");
  }
  if (!counter.is_direct || counter.table != found->second.table) {
    return complain(handle.column, fmt::format("counter {} does not count for the table of entry {}",
                                               quoted(check.counter.text), quoted(handle.text)));
  }
  return found->second.handle;
}

Checked<> Runner::run(const CheckCounter& check) {
  OR_ASSIGN(const uint32_t index, resolver_.find_counter(check.counter));
  OR_ASSIGN(const uint64_t cell, find_counter_cell(engine_.program().counters[index], check));
  OR_ASSIGN(const CounterValue value, at_column(0, engine_.read_counter(index, cell)));
  if (!check.condition.has_value()) {
    remark(fmt::format("counter {}[{}]: {} packets, {} bytes", check.counter.text, cell, value.packets, value.bytes));
    return {};
  }
  const bool is_bytes = check.condition->unit == CounterUnit::ByteCount;
  const uint64_t count = is_bytes ? value.bytes : value.packets;
  if (!holds(*check.condition, count)) {
    return complain(
        0, fmt::format("counter {}[{}] has counted {} {}; {} {} is expected", check.counter.text, cell, count,
                       is_bytes ? "bytes" : "packets", spelling(check.condition->comparison), check.condition->value));
  }
  return {};
}

Checked<> Runner::run(const MirroringAdd& command) {
  const MirrorTarget target{.is_multicast = false, .port_or_group = command.port};
  return at_column(0, engine_.set_mirror_session(command.session, target));
}

Checked<> Runner::run(const MirroringAddMc& command) {
  const MirrorTarget target{.is_multicast = true, .port_or_group = command.group};
  return at_column(0, engine_.set_mirror_session(command.session, target));
}

Checked<> Runner::run(const MirroringGet& command) {
  OR_ASSIGN(const MirrorTarget target, at_column(0, engine_.read_mirror_session(command.session)));
  remark(fmt::format("session {} goes to {} {}", command.session, target.is_multicast ? "group" : "port",
                     target.port_or_group));
  return {};
}

Checked<> Runner::run(const McMgrpCreate& command) {
  OR_TRY(at_column(0, engine_.create_multicast_group(command.group)));
  groups_.insert(command.group);
  return {};
}

Checked<> Runner::run(const McNodeCreate& command) {
  remark(fmt::format("node {} has the replication id {}", nodes_.size(), command.rid));
  nodes_.push_back(Node{.rid = command.rid, .ports = command.ports});
  return {};
}

Checked<> Runner::run(const McNodeAssociate& command) {
  if (!groups_.contains(command.group)) {
    return complain(0, fmt::format("there is no multicast group {}", command.group),
                    fmt::format("`mc_mgrp_create {}` makes it.", command.group));
  }
  if (command.node >= nodes_.size()) {
    return complain(0, fmt::format("there is no node {}: {} have been made", command.node, nodes_.size()),
                    "Nodes are numbered from 0 in the order of `mc_node_create`.");
  }
  Node& node = nodes_[command.node];
  if (node.is_associated) {
    return complain(0, fmt::format("node {} belongs to a group already", command.node));
  }
  OR_TRY(at_column(0, engine_.add_replicas(command.group, node.rid, node.ports)));
  node.is_associated = true;
  return {};
}

Checked<> Runner::run(const RegisterRead& command) {
  constexpr uint64_t cells_shown_max = 64;
  OR_ASSIGN(const uint32_t index, resolver_.find_register(command.name));
  const uint64_t size = engine_.program().registers[index].size;
  if (command.index.has_value()) {
    OR_TRY(check_index(command.name, *command.index, size));
  }
  const uint64_t begin = command.index.value_or(0);
  const uint64_t end = command.index.has_value() ? begin + 1 : std::min(size, cells_shown_max);
  for (uint64_t cell = begin; cell < end; ++cell) {
    OR_ASSIGN(const Bytes value, at_column(0, engine_.read_register(index, cell)));
    remark(fmt::format("register {}[{}] is 0x{}", command.name.text, cell, to_hex(value)));
  }
  return {};
}

Checked<> Runner::run(const RegisterWrite& command) {
  OR_ASSIGN(const uint32_t index, resolver_.find_register(command.name));
  const RegisterInfo& info = engine_.program().registers[index];
  OR_TRY(check_index(command.name, command.index, info.size));
  OR_ASSIGN(const Bytes value, at_column(command.column, fit(command.value, info.width)));
  return at_column(0, engine_.write_register(index, command.index, value));
}

Checked<> Runner::run(const RegisterReset& command) {
  OR_ASSIGN(const uint32_t index, resolver_.find_register(command.name));
  return at_column(0, engine_.reset_register(index));
}

Checked<uint32_t> Runner::find_meter_cell(const Name& name, uint64_t index) const {
  OR_ASSIGN(const uint32_t meter, resolver_.find_meter(name));
  const MeterInfo& info = engine_.program().meters[meter];
  if (!info.is_direct) {
    OR_TRY(check_index(name, index, info.size));
  }
  return meter;
}

Checked<> Runner::run(const MeterGetRates& command) {
  OR_ASSIGN(const uint32_t meter, find_meter_cell(command.name, command.index));
  OR_ASSIGN(const std::vector<MeterRate> rates, at_column(0, engine_.read_meter_rates(meter, command.index)));
  std::string text;
  for (const MeterRate& rate : rates) {
    text += fmt::format(" {}:{}", rate.per_microsecond, rate.burst);
  }
  remark(fmt::format("meter {}[{}] has the rates{}", command.name.text, command.index, text));
  return {};
}

Checked<> Runner::run(const MeterSetRates& command) {
  OR_ASSIGN(const uint32_t meter, find_meter_cell(command.name, command.index));
  return at_column(0, engine_.set_meter_rates(meter, command.index, command.rates));
}

Checked<> Runner::run(const MeterArraySetRates& command) {
  OR_ASSIGN(const uint32_t meter, resolver_.find_meter(command.name));
  return at_column(0, engine_.set_all_meter_rates(meter, command.rates));
}

Report Runner::run(const Script& script) {
  const auto note = [this](uint32_t line, Checked<> done) {
    if (!done.has_value()) {
      fail_at(line, std::move(done).error());
    }
  };
  for (const Command& command : script.commands) {
    line_ = command.line;
    if (!std::holds_alternative<Packet>(command.command) && !std::holds_alternative<Expect>(command.command)) {
      note(0, settle());  // an earlier packet's fault
    }
    note(line_, std::visit([this](const auto& one) { return run(one); }, command.command));
  }
  note(0, settle());
  if (!is_flooded_) {
    for (Problem& problem : arrivals_.compare()) {
      fail_at(0, std::move(problem));
    }
  }
  report_.packets_expected = arrivals_.packets_expected();
  report_.packets_received = arrivals_.packets();
  return std::move(report_);
}

}  // namespace

Report run_script(const Script& script, Engine& engine) { return Runner(engine).run(script); }

std::string to_text(const Report& report, std::string_view file) {
  std::string text;
  for (const std::string& remark : report.remarks) {
    text += fmt::format("{}: {}\n", file, remark);
  }
  for (const Problem& failure : report.failures) {
    text += to_text(failure, file);
  }
  text += fmt::format("{}: {}; packets: {} sent, {} expected, {} received\n", file,
                      report.has_passed() ? "passed" : "FAILED", report.packets_sent, report.packets_expected,
                      report.packets_received);
  return text;
}

}  // namespace outrigger::stf
