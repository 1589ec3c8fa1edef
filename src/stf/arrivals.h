// Arrivals: what came out of each port, beside what a script expects there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "stf/engine.h"
#include "stf/problem.h"
#include "stf/script.h"

namespace outrigger::stf {

// Borrows the patterns of the script, which outlives it.
class Arrivals {
 public:
  void expect(const Expect& expect, uint32_t line);
  // ResourceExhausted when all that came is more than outputs_max or output_bytes_max; nothing is kept then.
  Result<> add(std::vector<Output> outputs);

  // Problems of the ports that have sent more packets than are expected up to now: of each the first packet, if it has
  // not been told before.
  [[nodiscard]] std::vector<Problem> find_unexpected();
  // Everything that is not as expected: packets that differ, are missing, or that nothing expects (and that
  // find_unexpected() has not told); port by port.
  [[nodiscard]] std::vector<Problem> compare() const;

  [[nodiscard]] size_t packets() const { return packets_; }
  [[nodiscard]] size_t packets_expected() const { return packets_expected_; }

 private:
  struct Expectation {
    uint32_t line = 0;
    const std::optional<PacketPattern>* pattern = nullptr;

    [[nodiscard]] bool matches(const Bytes& packet) const {
      return !pattern->has_value() || (*pattern)->matches(packet);
    }
  };
  struct Port {
    std::vector<Expectation> expectations;
    std::vector<Bytes> packets;
    std::set<size_t> told;  // packets that nothing expected when find_unexpected() asked
  };

  void compare_port(uint32_t number, const Port& port, std::vector<Problem>& problems) const;
  [[nodiscard]] std::string hint(uint32_t number, const Port& port, const Expectation& expectation) const;

  // Keeps ports_with_excess_ true for this port.
  void note_excess(uint32_t number, const Port& port);

  std::map<uint32_t, Port> ports_;
  std::set<uint32_t> ports_with_excess_;
  size_t packets_ = 0;
  size_t bytes_ = 0;
  size_t packets_expected_ = 0;
};

}  // namespace outrigger::stf
