// Random: a small, fast, seedable generator (splitmix64). Handed in through constructors; never used for secrets.
#pragma once

#include <cstdint>

namespace outrigger::core {

class Random {
 public:
  explicit Random(uint64_t seed) noexcept : state_(seed) {}

  uint64_t next() noexcept {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  // Uniform in [0, bound); bound must not be 0.
  uint64_t below(uint64_t bound) noexcept {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
  }
  // True once in `one_in` calls on average.
  bool chance(uint64_t one_in) noexcept { return below(one_in) == 0; }

 private:
  uint64_t state_;
};

}  // namespace outrigger::core
