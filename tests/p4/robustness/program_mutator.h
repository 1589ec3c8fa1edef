// A mutator that knows tokens: what libFuzzer makes of P4 by bytes alone hardly ever parses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace outrigger::p4_robustness {

// `text` with a few tokens, parts in brackets or whole declarations dropped, doubled, exchanged, or taken from
// `other` (which may be the same). Deterministic by seed; at most text_bytes_max bytes.
std::string mutated_program(std::string_view text, std::string_view other, uint32_t seed, size_t text_bytes_max);

}  // namespace outrigger::p4_robustness
