// FakeEngine: an engine for the tests of this room: a program that is made up, and outputs that the test decides.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stf/engine.h"

namespace outrigger::stf {

inline ProgramInfo fake_program() {
  ProgramInfo program;
  program.actions = {
      {.names = {"ingress.forward"}, .parameters = {{"port", 9}, {"mac", 48}}},
      {.names = {"NoAction"}, .parameters = {}},
      {.names = {"ingress.miss"}, .parameters = {{"code", 4}}},
      {.names = {"egress.forward"}, .parameters = {}},
  };
  program.tables = {
      {.names = {"ingress.t"},
       .keys = {{.names = {"hdr.h.f"}, .match_kind = MatchKind::Exact, .width = 12},
                {.names = {"dst", "hdr.ip.dst"}, .match_kind = MatchKind::Lpm, .width = 32},
                {.names = {"hdr.ip.isValid()"}, .match_kind = MatchKind::Ternary, .width = 1},
                {.names = {"hdr.a[0].b"}, .match_kind = MatchKind::Range, .width = 8},
                {.names = {"meta.o"}, .match_kind = MatchKind::Optional, .width = 16}},
       .actions = {{.action = 0}, {.action = 1}, {.action = 2, .may_be_in_entries = false}}},
      {.names = {"egress.u"},
       .keys = {{.names = {"h.x"}, .match_kind = MatchKind::Exact, .width = 8},
                {.names = {"h.x"}, .match_kind = MatchKind::Ternary, .width = 8}},
       .actions = {{.action = 0}, {.action = 3, .may_be_default = false}}},
      {.names = {"egress.t"}, .keys = {}, .actions = {{.action = 1}}},
  };
  program.counters = {{.names = {"ingress.c"}, .size = 4}, {.names = {"ingress.d"}, .is_direct = true, .table = 0}};
  program.registers = {{.names = {"ingress.r"}, .width = 12, .size = 3}};
  program.meters = {{.names = {"ingress.m"}, .size = 2}, {.names = {"ingress.n"}, .is_direct = true, .table = 0}};
  return program;
}

// What it is asked is in `calls`, one line each. A packet that it is sent comes out as `on_packet` says, at once or, if
// it is slow, in wait(). Entries and groups whose number is 13 are refused, entries of
// priority 12 are there already.
class FakeEngine final : public Engine {
 public:
  using OnPacket = std::function<std::vector<Output>(uint32_t port, const Bytes& packet)>;

  [[nodiscard]] const ProgramInfo& program() const override { return program_; }

  Result<> send(uint32_t port, std::span<const uint8_t> packet) override {
    for (Output& output : on_packet(port, Bytes(packet.begin(), packet.end()))) {
      (is_slow ? under_way_ : outputs_).push_back(std::move(output));
    }
    return {};
  }
  Result<> wait() override {
    outputs_.insert(outputs_.end(), under_way_.begin(), under_way_.end());
    under_way_.clear();
    return wait_error.empty() ? Result<>() : fail(Code::Aborted, "{}", std::exchange(wait_error, {}));
  }
  std::vector<Output> take_outputs() override { return std::exchange(outputs_, {}); }

  Result<EntryHandle> add_entry(const Entry& entry) override {
    if (entry.priority == 13) {
      return fail(Code::ResourceExhausted, "the table is full");
    }
    if (entry.priority == 12) {
      return fail(Code::AlreadyExists, "there is such an entry");
    }
    calls.push_back(fmt::format("add {} {}", entry.table, entry.priority));
    return entries_++;
  }
  Result<> set_default_action(uint32_t table, const ActionCall& call) override {
    calls.push_back(fmt::format("default {} {}", table, call.action));
    return {};
  }
  Result<> remove_all_entries() override {
    calls.emplace_back("remove");
    return {};
  }
  Result<CounterValue> read_counter(uint32_t counter, uint64_t cell) override {
    calls.push_back(fmt::format("counter {} {}", counter, cell));
    return CounterValue{.packets = 5, .bytes = 500};
  }
  Result<Bytes> read_register(uint32_t register_index, uint64_t cell) override {
    return registers_[{register_index, cell}];
  }
  Result<> write_register(uint32_t register_index, uint64_t cell, const Bytes& value) override {
    registers_[{register_index, cell}] = value;
    return {};
  }
  Result<> reset_register(uint32_t register_index) override {
    calls.push_back(fmt::format("reset {}", register_index));
    return {};
  }
  Result<> set_meter_rates(uint32_t meter, uint64_t cell, std::span<const MeterRate> rates) override {
    calls.push_back(fmt::format("meter {} {} {}", meter, cell, rates.size()));
    return {};
  }
  Result<> set_all_meter_rates(uint32_t meter, std::span<const MeterRate> rates) override {
    calls.push_back(fmt::format("meters {} {}", meter, rates.size()));
    return {};
  }
  Result<std::vector<MeterRate>> read_meter_rates(uint32_t, uint64_t) override {
    return std::vector<MeterRate>{{0.5, 7}};
  }
  Result<> set_mirror_session(uint32_t session, MirrorTarget target) override {
    sessions_[session] = target;
    return {};
  }
  Result<MirrorTarget> read_mirror_session(uint32_t session) override {
    const auto found = sessions_.find(session);
    return found == sessions_.end() ? Result<MirrorTarget>(fail(Code::NotFound, "no session {}", session))
                                    : found->second;
  }
  Result<> create_multicast_group(uint32_t group) override {
    return group == 13 ? Result<>(fail(Code::AlreadyExists, "the group exists")) : Result<>();
  }
  Result<> add_replicas(uint32_t group, uint32_t rid, std::span<const uint32_t> ports) override {
    calls.push_back(fmt::format("replicas {} {} {}", group, rid, fmt::join(ports, ",")));
    return {};
  }
  Result<> set_crc_parameters(const SetCrcParameters& of) override {
    calls.push_back(fmt::format("crc{} {} {} {} {} {} {}", of.width_bits, of.name.text, of.polynomial, of.initial,
                                of.final_xor, of.is_input_reflected, of.is_output_reflected));
    return {};
  }

  // By default a packet leaves by the next port.
  OnPacket on_packet = [](uint32_t port, const Bytes& packet) { return std::vector<Output>{{port + 1, packet}}; };
  bool is_slow = false;
  std::string wait_error;  // of the next wait(); empty: none
  std::vector<std::string> calls;

 private:
  const ProgramInfo program_ = fake_program();
  std::vector<Output> outputs_;
  std::vector<Output> under_way_;
  EntryHandle entries_ = 0;
  std::map<std::pair<uint32_t, uint64_t>, Bytes> registers_;
  std::map<uint32_t, MirrorTarget> sessions_;
};

}  // namespace outrigger::stf
