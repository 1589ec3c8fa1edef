// RandomWorld: the tables, action profiles and arrays that a random program for bursts works on, the same for the same
// seed: for a burst's engine, and for a host that does what bursts should, one packet at a time. For tests alone.
#pragma once

#include <map>
#include <memory>

#include "p4_native/burst_resources.h"
#include "p4_native/random_program.h"

namespace outrigger::p4_native {

// A table of a few random entries, of which the key's hash chooses one.
class HashingTable : public pipeline::TableAbi {
 public:
  static constexpr uint32_t entries = 8;

  // `members`, `groups`: how many the table's action profile has; 0: it has none.
  HashingTable(const p4_ir::Table& table, Random& random, uint32_t members, uint32_t groups);
  [[nodiscard]] const pipeline::Entry& at(std::span<const p4_ir::Bits> keys) const;

 private:
  [[nodiscard]] const pipeline::Entry* at(const uint8_t* key) const;
  static void look_up_burst(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count,
                            const pipeline::Entry** found);
  const p4_ir::Table& of_;
  std::vector<uint8_t> memory_[entries];
};

class RandomWorld final : public p4_ir::Host {
 public:
  RandomWorld(const p4_ir::Program& program, uint64_t seed);
  [[nodiscard]] const BurstResources& resources() const noexcept { return resources_; }
  // Empty, or the name of an array that holds something else in the other one.
  [[nodiscard]] std::string difference(const RandomWorld& other) const;
  // How often a counter has counted, over all.
  [[nodiscard]] uint64_t counted() const;
  // The host's side.
  void begin_packet(uint32_t bytes, uint64_t now_ns);
  p4_ir::Found look_up(p4_ir::TableId table, std::span<const p4_ir::Bits> keys) override;
  void call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) override;
  [[nodiscard]] bool is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Bits> values) override;

 private:
  static constexpr uint32_t members = 5;
  static constexpr uint32_t groups = 4;

  void make_array(p4_ir::ExternId id, Random& random);
  void make_profile(const p4_ir::Table& table, Random& random);
  void hash(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) const;
  void use_register(const p4_ir::CallExtern& call, p4_ir::ExternValues& values);

  const p4_ir::Program& program_;
  HashingHost hashing_;
  pipeline::Quiescence quiescence_;
  std::vector<std::unique_ptr<pipeline::CounterArray>> counters_;
  std::vector<std::unique_ptr<pipeline::MeterArray>> meters_;
  std::vector<std::unique_ptr<pipeline::RegisterArray>> registers_;
  std::vector<std::unique_ptr<pipeline::ActionProfile>> profiles_;
  std::vector<std::unique_ptr<HashingTable>> tables_;
  BurstResources resources_;
  std::vector<p4_ir::Bits> arguments_;
  uint32_t packet_bytes_ = 0;
  uint64_t now_ns_ = 0;
};

}  // namespace outrigger::p4_native
