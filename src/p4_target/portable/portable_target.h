// portable_target.h: what PSA and PNA have in common: the externs of both, and a packet's life in the engine.
#pragma once

#include "p4_target/target.h"
#include "pipeline/hash_functions.h"

namespace outrigger::p4_target {

class PortableTarget : public Target {
 protected:
  using Values = std::vector<p4_ir::Bits>;

  // Direct counters and meters work when they are called (PSA 1.2, "Counters").
  PortableTarget(const p4_ir::Program& program, uint64_t seed);

  // Counters, meters, registers, random numbers, digests, hashes, checksums, and what is logged.
  void add_portable_externs(std::vector<ExternMethod>& methods);
  static constexpr std::string_view types_without_methods[] = {"ActionProfile", "ActionSelector",
                                                               "PacketReplicationEngine", "BufferingQueueingEngine"};

  void begin(std::span<const uint8_t> packet);
  bool run(const p4_ir::Block& block);
  void give_up(std::string_view why);
  // Fields of a block's parameter, which is a struct, by their places.
  void set(const p4_ir::Block& block, size_t parameter, size_t field, uint64_t value);
  [[nodiscard]] uint64_t get(const p4_ir::Block& block, size_t parameter, size_t field) const;
  void write(const p4_ir::Block& block, size_t parameter, const Values& values);
  [[nodiscard]] Values read(const p4_ir::Block& block, size_t parameter) const;
  // The numbers of an enum's members, in the order of `names`.
  static std::vector<uint64_t> numbers_of(const p4_ir::Program& program, std::string_view name,
                                          std::span<const std::string_view> names);

  std::unique_ptr<p4_ir::Engine> engine_;

 private:
  void add_array_externs(std::vector<ExternMethod>& methods);
  void add_hash_externs(std::vector<ExternMethod>& methods);
  void add_checksum_externs(std::vector<ExternMethod>& methods);
  void add_internet_checksum_externs(std::vector<ExternMethod>& methods);
  void execute_meter(const p4_ir::CallExtern& call, p4_ir::ExternValues& values);
  [[nodiscard]] uint64_t bytes_of_call(const p4_ir::ExternValues& values, size_t position) const;
  [[nodiscard]] uint32_t last_handle_of(p4_ir::ExternId direct);

  std::vector<uint64_t> colors_;  // the numbers of PSA_MeterColor_t or PNA_MeterColor_t, by pipeline::MeterColor
  // Of the packet at hand; cleared before each parser.
  std::map<p4_ir::ExternId, std::vector<uint8_t>> checksums_;
  std::map<p4_ir::ExternId, pipeline::OnesComplementSum> internet_checksums_;
};

}  // namespace outrigger::p4_target
