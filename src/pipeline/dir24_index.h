// Dir24Index: DIR-24-8 (Gupta, Lin, McKeown: "Routing lookups in hardware at memory access speeds", 1998) for one lpm
// field of at most 32 bits, an IPv4 address as a rule. One load for prefixes up to 24 bits, two for longer ones.
#pragma once

#include "pipeline/match_index.h"
#include "pipeline/prefix_walk.h"
#include "pipeline/region.h"

namespace outrigger::pipeline {

class Dir24Index final : public MatchIndex {
 public:
  static bool suits(const TableShape& shape) noexcept;
  static Result<std::unique_ptr<MatchIndex>> make(RecordStore& store);
  ~Dir24Index() override;

  Result<> insert(uint32_t reference) override;
  void replace(uint32_t before, uint32_t after) override;
  void remove(uint32_t reference) override;
  void lookup(const uint8_t* keys, uint32_t stride, uint32_t count, const Entry* miss,
              const Entry** found) const noexcept override;
  [[nodiscard]] StructureKind kind() const noexcept override { return StructureKind::Dir24; }
  void describe(TableAbi& abi) override;

 private:
  explicit Dir24Index(RecordStore& store) : MatchIndex(store), walk_(store) {}
  // See TableAbi.
  static void probe(const TableAbi* table, const uint8_t* keys, uint32_t stride, uint32_t count, uint64_t seed,
                    const Entry** found);
  // The entries of addresses whose places in `upper` have been fetched.
  void find(const uint32_t* addresses, uint32_t count, const Entry* miss, const Entry** found) const noexcept;
  // The field as the upper bits of 32.
  [[nodiscard]] uint32_t address_of(const uint8_t* key) const noexcept;
  [[nodiscard]] std::atomic<uint32_t>* upper() const noexcept { return upper_.as<std::atomic<uint32_t>>(); }
  [[nodiscard]] std::atomic<uint32_t>* group(uint32_t number) const noexcept {
    return groups_.as<std::atomic<uint32_t>>() + uint64_t{number} * 256;
  }
  // The prefix length that each place holds, 0 for none; of a group in `upper` the length that is below its longer
  // ones.
  [[nodiscard]] uint8_t* upper_depths() const noexcept { return upper_depths_.as<uint8_t>(); }
  [[nodiscard]] uint8_t* group_depths(uint32_t number) const noexcept {
    return group_depths_.as<uint8_t>() + uint64_t{number} * 256;
  }
  struct Held {
    uint32_t reference;
    uint32_t depth;
  };
  // Where a prefix of `bits` bits covers places of a depth from `least` to `most`, they get `held`. Groups must be
  // there.
  void put(uint32_t address, uint32_t bits, uint32_t least, uint32_t most, Held held) noexcept;
  Result<> make_group(uint32_t at);
  // Back to one place when a group holds no prefix that is longer than 24 bits.
  void fold_group(uint32_t at) noexcept;

  PrefixWalk walk_;
  Region upper_;
  Region groups_;
  // Apart from the references, which data threads read: an insertion looks at these alone, and not at any record's
  // notes.
  Region upper_depths_;
  Region group_depths_;
  FreeList free_groups_;
  uint32_t groups_end_ = 0;
  uint32_t groups_max_ = 0;
  std::atomic<uint32_t> fallback_{0};
  Dir24Layout layout_;
};

}  // namespace outrigger::pipeline
