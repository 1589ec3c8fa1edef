// BurstComparison: a program in two targets, which are to do the same: in one the interpreter takes packet after
// packet, the other takes them in bursts. What a script says goes to both; its packets go in bursts together with
// mutations of them, and after each burst everything that can be seen must be equal.
#pragma once

#include <random>

#include "p4_target/stf_engine.h"

namespace outrigger {

struct BurstComparisonCounts {
  uint64_t packets = 0;
  uint64_t fast = 0;
};

class BurstComparison final : public stf::Engine {
 private:
  template <typename Do>
  auto both(Do act) {
    auto result = act(a_);
    (void)act(b_);
    return result;
  }

 public:
  // `one_by_one` and `in_bursts` run the same program, and live longer.
  BurstComparison(p4_target::Target& one_by_one, p4_target::Target& in_bursts, uint64_t seed, uint32_t bursts);

  // What differed first; empty: nothing.
  [[nodiscard]] const std::string& difference() const noexcept { return difference_; }
  [[nodiscard]] BurstComparisonCounts counts() const;

  [[nodiscard]] const stf::ProgramInfo& program() const override { return a_.program(); }
  Result<> send(uint32_t port, std::span<const uint8_t> packet) override;
  Result<> wait() override;
  std::vector<stf::Output> take_outputs() override { return {}; }  // expectations of scripts are others' business

  Result<stf::EntryHandle> add_entry(const stf::Entry& entry) override {
    return both([&](auto& one) { return one.add_entry(entry); });
  }
  Result<> set_default_action(uint32_t table, const stf::ActionCall& call) override {
    return both([&](auto& one) { return one.set_default_action(table, call); });
  }
  Result<> remove_all_entries() override {
    return both([&](auto& one) { return one.remove_all_entries(); });
  }
  Result<stf::CounterValue> read_counter(uint32_t counter, uint64_t cell) override {
    return both([&](auto& one) { return one.read_counter(counter, cell); });
  }
  Result<stf::Bytes> read_register(uint32_t index, uint64_t cell) override {
    return both([&](auto& one) { return one.read_register(index, cell); });
  }
  Result<> write_register(uint32_t index, uint64_t cell, const stf::Bytes& value) override {
    return both([&](auto& one) { return one.write_register(index, cell, value); });
  }
  Result<> reset_register(uint32_t index) override {
    return both([&](auto& one) { return one.reset_register(index); });
  }
  Result<> set_meter_rates(uint32_t meter, uint64_t cell, std::span<const stf::MeterRate> rates) override {
    return both([&](auto& one) { return one.set_meter_rates(meter, cell, rates); });
  }
  Result<> set_all_meter_rates(uint32_t meter, std::span<const stf::MeterRate> rates) override {
    return both([&](auto& one) { return one.set_all_meter_rates(meter, rates); });
  }
  Result<std::vector<stf::MeterRate>> read_meter_rates(uint32_t meter, uint64_t cell) override {
    return both([&](auto& one) { return one.read_meter_rates(meter, cell); });
  }
  Result<> set_mirror_session(uint32_t session, stf::MirrorTarget target) override {
    return both([&](auto& one) { return one.set_mirror_session(session, target); });
  }
  Result<stf::MirrorTarget> read_mirror_session(uint32_t session) override {
    return both([&](auto& one) { return one.read_mirror_session(session); });
  }
  Result<> create_multicast_group(uint32_t group) override {
    return both([&](auto& one) { return one.create_multicast_group(group); });
  }
  Result<> add_replicas(uint32_t group, uint32_t rid, std::span<const uint32_t> ports) override {
    return both([&](auto& one) { return one.add_replicas(group, rid, ports); });
  }
  Result<> set_crc_parameters(const stf::SetCrcParameters& parameters) override {
    return both([&](auto& one) { return one.set_crc_parameters(parameters); });
  }

 private:
  struct Packet {
    uint32_t port = 0;
    std::vector<uint8_t> bytes;
  };
  struct Sent {
    uint32_t packet = 0;
    uint32_t port = 0;
    std::vector<uint8_t> bytes;
    friend bool operator==(const Sent&, const Sent&) = default;
  };

  void run_burst(const std::vector<Packet>& packets);
  Packet mutated();
  std::vector<Sent> run_one_by_one(const std::vector<Packet>& packets);
  std::vector<Sent> run_together(const std::vector<Packet>& packets);
  void differs(std::string what);
  void compare(const std::vector<Sent>& a, const std::vector<Sent>& b);
  void compare_state();
  void compare_digests();

  p4_target::Target& one_by_one_;
  p4_target::Target& in_bursts_;
  p4_target::StfEngine a_;
  p4_target::StfEngine b_;
  std::mt19937_64 random_;
  const uint32_t bursts_;
  uint64_t now_ns_ = 1'000'000'000;
  std::vector<Packet> waiting_;
  std::vector<Packet> known_;  // of which mutations are made
  std::string difference_;
};

}  // namespace outrigger
