// Small texts that ask for much: how tests make them, and what becomes of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace outrigger::p4_robustness {

std::string repeat(uint32_t count, const std::function<std::string(uint32_t)>& part);
std::string repeat(uint32_t count, const std::string& part);
// `before`, the number, `after`; so many times.
std::string numbered(uint32_t count, const std::string& before, const std::string& after);

struct Texts {
  std::string top = {};     // before the blocks
  std::string locals = {};  // of the ingress control
  std::string body = {};    // of its apply
  std::string states = "state start { p.extract(h.h); transition accept; }";
};
// A v1model program with headers h.h.a (8 bits), h.h.b (32 bits) and metadata m.x (32 bits).
std::string v1model_program(const Texts& texts);

// What became of a text: the first error; empty when it was accepted, lowered, and took packets. A fault of ours is a
// failure of the test that calls.
std::string refusal(const std::string& text);

// What has been used up since it was made: fails the test, when it ends, where that is more than a program may take.
class Budget {
 public:
  Budget();
  ~Budget();
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

 private:
  double seconds_before_;
};

}  // namespace outrigger::p4_robustness
