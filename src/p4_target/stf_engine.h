// stf_engine.h: packet scripts over a target.
//
// Time is virtual: each packet arrives packet_gap_ns after the one before it.
#pragma once

#include <map>

#include "p4_target/stf_program_info.h"
#include "p4_target/target.h"
#include "stf/engine.h"

namespace outrigger::p4_target {

class StfEngine final : public stf::Engine {
 public:
  // How packets go into the target.
  enum class Arrival : uint8_t {
    OneByOne,
    InBursts,  // those between two other commands together, if the program cannot tell
  };
  // `target` outlives the engine.
  explicit StfEngine(Target& target, Arrival arrival = Arrival::OneByOne);

  [[nodiscard]] const stf::ProgramInfo& program() const override { return names_.info; }
  Result<> send(uint32_t port, std::span<const uint8_t> packet) override;
  Result<> wait() override;
  std::vector<stf::Output> take_outputs() override;

  Result<stf::EntryHandle> add_entry(const stf::Entry& entry) override;
  Result<> set_default_action(uint32_t table, const stf::ActionCall& call) override;
  Result<> remove_all_entries() override;

  Result<stf::CounterValue> read_counter(uint32_t counter, uint64_t cell) override;
  Result<stf::Bytes> read_register(uint32_t register_index, uint64_t cell) override;
  Result<> write_register(uint32_t register_index, uint64_t cell, const stf::Bytes& value) override;
  Result<> reset_register(uint32_t register_index) override;
  Result<> set_meter_rates(uint32_t meter, uint64_t cell, std::span<const stf::MeterRate> rates) override;
  Result<> set_all_meter_rates(uint32_t meter, std::span<const stf::MeterRate> rates) override;
  Result<std::vector<stf::MeterRate>> read_meter_rates(uint32_t meter, uint64_t cell) override;

  Result<> set_mirror_session(uint32_t session, stf::MirrorTarget target) override;
  Result<stf::MirrorTarget> read_mirror_session(uint32_t session) override;
  Result<> create_multicast_group(uint32_t group) override;
  Result<> add_replicas(uint32_t group, uint32_t rid, std::span<const uint32_t> ports) override;
  Result<> set_crc_parameters(const stf::SetCrcParameters& parameters) override;

 private:
  static constexpr uint64_t packet_gap_ns = 10'000;
  static constexpr uint32_t headroom = 256;
  // A packet that waits for its burst, behind so many bytes.
  struct Waiting {
    uint32_t port = 0;
    std::vector<uint8_t> memory;
  };

  void send_waiting();
  // The assertions that have failed since the last call, as an error: BMv2 would have ended.
  Result<> check_assertions();
  [[nodiscard]] EntryAction action_of(uint32_t table, const stf::ActionCall& call) const;
  // The array's cell of an entry of a direct counter or meter.
  Result<uint64_t> handle_of(uint32_t table, stf::EntryHandle entry) const;

  Target& target_;
  StfNames names_;
  const Arrival arrival_;
  const bool reads_time_;
  uint64_t now_ns_ = 1'000'000;
  std::vector<Waiting> waiting_;
  std::vector<stf::Output> outputs_;            // of bursts
  std::vector<std::vector<uint32_t>> handles_;  // of all entries that were ever made, by table
  std::map<uint32_t, pipeline::ReplicaList> groups_;
  std::map<uint32_t, stf::MirrorTarget> sessions_;
};

}  // namespace outrigger::p4_target
