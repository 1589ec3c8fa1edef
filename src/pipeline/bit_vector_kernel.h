// The inner loop of bit vectors: intersects a chunk's lines for many keys. One form for each width of vectors that
// processors have; all give the same.
#pragma once

#include "pipeline/bit_vector_chunk.h"

namespace outrigger::pipeline {

struct BitVectorSearch {
  const uint8_t* keys;
  uint32_t stride;
  const uint8_t* wanted;  // numbers of the keys to search for
  uint32_t count;
  BitVectorLine used;  // the chunk's columns in use
};

// left[i]: the columns that nothing rules out for the key wanted[i]; not written where there is none. words[i]: which
// of its words have any, a bit each.
using BitVectorKernel = void (*)(const BitVectorChunk& chunk, const BitVectorSearch& search, BitVectorLine* left,
                                 uint8_t* words);

// The best one that this processor has.
BitVectorKernel bit_vector_kernel() noexcept;
// All it has, for tests; the portable one first.
std::vector<BitVectorKernel> bit_vector_kernels();

}  // namespace outrigger::pipeline
