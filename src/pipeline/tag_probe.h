// Which of a bucket's twelve tags are this one? SSE2 or NEON, or plain arithmetic. The tags are loaded as two atomic
// words, since the control plane may be changing them.
#pragma once

#include "pipeline/abi.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace outrigger::pipeline {

// Bit i: slot i. The portable form, also the reference for the test.
[[nodiscard]] inline uint32_t probe_tags_plain(uint64_t low, uint64_t high, uint8_t tag) noexcept {
  uint32_t hits = 0;
  for (uint32_t i = 0; i < ExactBucket::slots; ++i) {
    const uint64_t word = i < 8 ? low : high;
    hits |= static_cast<uint32_t>(static_cast<uint8_t>(word >> (i % 8 * 8)) == tag) << i;
  }
  return hits;
}

[[nodiscard]] inline uint32_t probe_tags(uint64_t low, uint64_t high, uint8_t tag) noexcept {
  constexpr uint32_t slots_mask = (1U << ExactBucket::slots) - 1;
#if defined(__SSE2__)
  const __m128i tags = _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
  const __m128i same = _mm_cmpeq_epi8(tags, _mm_set1_epi8(static_cast<char>(tag)));
  return static_cast<uint32_t>(_mm_movemask_epi8(same)) & slots_mask;
#elif defined(__ARM_NEON)
  // NEON has no movemask: each lane keeps its own bit, and adding the lanes of a half gathers them.
  const uint8x16_t tags = vcombine_u8(vcreate_u8(low), vcreate_u8(high));
  const uint8x8_t bits = vcreate_u8(0x8040201008040201ULL);
  const uint8x16_t same = vandq_u8(vceqq_u8(tags, vdupq_n_u8(tag)), vcombine_u8(bits, bits));
  return (vaddv_u8(vget_low_u8(same)) | static_cast<uint32_t>(vaddv_u8(vget_high_u8(same))) << 8) & slots_mask;
#else
  return probe_tags_plain(low, high, tag) & slots_mask;
#endif
}

}  // namespace outrigger::pipeline
