// Arrivals: comparing, port by port and packet by packet.
#include "stf/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "stf/difference.h"
#include "stf/limits.h"

namespace outrigger::stf {

namespace {

constexpr size_t searched_max = 1000;  // packets that are looked at for a hint

Problem unexpected_packet(uint32_t port, size_t index, const Bytes& packet) {
  return {.what = fmt::format("port {} sent packet {}, which nothing expects: {}", port, index + 1, summary(packet))};
}

}  // namespace

void Arrivals::expect(const Expect& expect, uint32_t line) {
  Port& port = ports_[expect.port];
  port.expectations.push_back(Expectation{.line = line, .pattern = &expect.pattern});
  note_excess(expect.port, port);
  ++packets_expected_;
}

Result<> Arrivals::add(std::vector<Output> outputs) {
  for (Output& output : outputs) {
    if (packets_ == outputs_max || output.bytes.size() > output_bytes_max - bytes_) {
      return fail(Code::ResourceExhausted, "the program sends without end: more than {} packets or {} bytes came",
                  outputs_max, output_bytes_max);
    }
    ++packets_;
    bytes_ += output.bytes.size();
    Port& port = ports_[output.port];
    port.packets.push_back(std::move(output.bytes));
    note_excess(output.port, port);
  }
  return {};
}

void Arrivals::note_excess(uint32_t number, const Port& port) {
  if (port.packets.size() > port.expectations.size()) {
    ports_with_excess_.insert(number);
  } else {
    ports_with_excess_.erase(number);
  }
}

std::vector<Problem> Arrivals::find_unexpected() {
  std::vector<Problem> problems;
  for (const uint32_t number : ports_with_excess_) {
    if (problems.size() == failures_max) {
      break;
    }
    Port& port = ports_.at(number);
    const size_t first = port.expectations.size();
    if (port.told.insert(first).second) {
      problems.push_back(unexpected_packet(number, first, port.packets[first]));
    }
  }
  return problems;
}

// Where the packet that is missing may be instead.
std::string Arrivals::hint(uint32_t number, const Port& port, const Expectation& expectation) const {
  if (!expectation.pattern->has_value()) {
    return {};
  }
  size_t searched = 0;
  for (size_t i = 0; i < port.packets.size() && searched++ < searched_max; ++i) {
    if (expectation.matches(port.packets[i])) {
      return fmt::format("Packet {} of this port is as expected here: the order is another one.", i + 1);
    }
  }
  for (const auto& [other, other_port] : ports_) {
    for (size_t i = 0; other != number && i < other_port.packets.size() && searched++ < searched_max; ++i) {
      if (expectation.matches(other_port.packets[i])) {
        return fmt::format("Packet {} of port {} is as expected here.", i + 1, other);
      }
    }
  }
  return {};
}

void Arrivals::compare_port(uint32_t number, const Port& port, std::vector<Problem>& problems) const {
  for (size_t i = 0; i < port.expectations.size() && problems.size() < failures_max; ++i) {
    const Expectation& expectation = port.expectations[i];
    if (i >= port.packets.size()) {
      problems.push_back({.line = expectation.line,
                          .what = fmt::format("port {}: packet {} did not come ({} of {} came)", number, i + 1,
                                              port.packets.size(), port.expectations.size()),
                          .remedy = hint(number, port, expectation)});
    } else if (!expectation.matches(port.packets[i])) {
      problems.push_back({.line = expectation.line,
                          .what = fmt::format("port {}: packet {} is another one: {}", number, i + 1,
                                              difference(**expectation.pattern, port.packets[i])),
                          .remedy = hint(number, port, expectation)});
    }
  }
  for (size_t i = port.expectations.size(); i < port.packets.size() && problems.size() < failures_max; ++i) {
    if (!port.told.contains(i)) {
      problems.push_back(unexpected_packet(number, i, port.packets[i]));
    }
  }
}

std::vector<Problem> Arrivals::compare() const {
  std::vector<Problem> problems;
  for (const auto& [number, port] : ports_) {
    compare_port(number, port, problems);
  }
  return problems;
}

}  // namespace outrigger::stf
