// Bit vectors' inner loop by AVX-512, AVX2, and in vectors of 16 bytes, which are SSE2 or NEON.
#include "pipeline/bit_vector_kernel.h"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace outrigger::pipeline {

namespace {

// Half bytes between two looks whether anything is left: a branch that may be foretold wrongly costs as much as these.
constexpr uint32_t halves_at_once = 6;

[[gnu::always_inline]] inline const BitVectorLine& line_for(const BitVectorLine* lines, const BitVectorHalf& half,
                                                            const uint8_t* key) noexcept {
  return lines[half.lines + (key[half.byte] >> half.shift & 0xFU)];
}

using Vector [[gnu::vector_size(16)]] = uint64_t;

void intersect_portable(const BitVectorChunk& chunk, const BitVectorSearch& search, BitVectorLine* left,
                        uint8_t* words) {
  const auto halves = chunk.halves();
  for (uint32_t i = 0; i < search.count; ++i) {
    const uint8_t* const key = search.keys + size_t{search.wanted[i]} * search.stride;
    Vector v[4];
    std::memcpy(v, &search.used, sizeof v);
    uint64_t any = 1;
    for (size_t h = 0; h < halves.size() && any != 0;) {
      for (const size_t end = std::min(h + halves_at_once, halves.size()); h < end; ++h) {
        const auto* const line = reinterpret_cast<const Vector*>(&line_for(chunk.lines(), halves[h], key));
        v[0] &= line[0];
        v[1] &= line[1];
        v[2] &= line[2];
        v[3] &= line[3];
      }
      const Vector folded = (v[0] | v[1]) | (v[2] | v[3]);
      any = folded[0] | folded[1];
    }
    uint32_t found = 0;
    if (any != 0) {
      std::memcpy(&left[i], v, sizeof v);
      for (uint32_t w = 0; w < line_words; ++w) {
        found |= uint32_t{left[i].words[w] != 0} << w;
      }
    }
    words[i] = static_cast<uint8_t>(found);
  }
}

#if defined(__x86_64__)

[[gnu::target("avx2")]] inline __m256i load(const uint64_t* at) noexcept {
  return _mm256_load_si256(reinterpret_cast<const __m256i*>(at));
}

[[gnu::target("avx2")]] void intersect_avx2(const BitVectorChunk& chunk, const BitVectorSearch& search,
                                            BitVectorLine* left, uint8_t* words) {
  const auto halves = chunk.halves();
  const BitVectorLine* const lines = chunk.lines();
  for (uint32_t i = 0; i < search.count; ++i) {
    const uint8_t* const key = search.keys + size_t{search.wanted[i]} * search.stride;
    __m256i low = load(search.used.words);
    __m256i high = load(search.used.words + 4);
    __m256i any = _mm256_or_si256(low, high);
    for (size_t h = 0; h < halves.size() && _mm256_testz_si256(any, any) == 0;) {
      for (const size_t end = std::min(h + halves_at_once, halves.size()); h < end; ++h) {
        const BitVectorLine& line = line_for(lines, halves[h], key);
        low = _mm256_and_si256(low, load(line.words));
        high = _mm256_and_si256(high, load(line.words + 4));
      }
      any = _mm256_or_si256(low, high);
    }
    uint32_t found = 0;
    if (_mm256_testz_si256(any, any) == 0) {
      _mm256_store_si256(reinterpret_cast<__m256i*>(left[i].words), low);
      _mm256_store_si256(reinterpret_cast<__m256i*>(left[i].words + 4), high);
      const __m256i zero = _mm256_setzero_si256();
      const int low_zeroes = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(low, zero)));
      const int high_zeroes = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(high, zero)));
      found = ~static_cast<uint32_t>(low_zeroes | high_zeroes << 4) & 0xFF;
    }
    words[i] = static_cast<uint8_t>(found);
  }
}

[[gnu::target("avx512f")]] void intersect_avx512(const BitVectorChunk& chunk, const BitVectorSearch& search,
                                                 BitVectorLine* left, uint8_t* words) {
  const auto halves = chunk.halves();
  const BitVectorLine* const lines = chunk.lines();
  const __m512i used = _mm512_load_si512(search.used.words);
  for (uint32_t i = 0; i < search.count; ++i) {
    const uint8_t* const key = search.keys + size_t{search.wanted[i]} * search.stride;
    __m512i all = used;
    __mmask8 found = _mm512_test_epi64_mask(all, all);
    for (size_t h = 0; h < halves.size() && found != 0;) {
      for (const size_t end = std::min(h + halves_at_once, halves.size()); h < end; ++h) {
        all = _mm512_and_si512(all, _mm512_load_si512(line_for(lines, halves[h], key).words));
      }
      found = _mm512_test_epi64_mask(all, all);
    }
    if (found != 0) {
      _mm512_store_si512(left[i].words, all);
    }
    words[i] = found;
  }
}

#endif

}  // namespace

std::vector<BitVectorKernel> bit_vector_kernels() {
  std::vector<BitVectorKernel> kernels = {&intersect_portable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) {
    kernels.push_back(&intersect_avx2);
  }
  if (__builtin_cpu_supports("avx512f") != 0) {
    kernels.push_back(&intersect_avx512);
  }
#endif
  return kernels;
}

BitVectorKernel bit_vector_kernel() noexcept { return bit_vector_kernels().back(); }

}  // namespace outrigger::pipeline
