// replay.cc: merges inputs by time, and sorts outputs by port.
#include "p4_cli/replay.h"

#include <algorithm>
#include <cstdio>

#include "p4/diagnostics.h"
#include "p4_cli/progress.h"
#include "p4_cli/run_limits.h"

namespace outrigger::p4_cli {

Replay::Replay(p4_target::Target& target, std::vector<ReplayInput> inputs, std::vector<ReplayOutput> outputs)
    : target_(target), outputs_(std::move(outputs)) {
  for (ReplayInput& input : inputs) {
    heads_.push_back({.input = std::move(input), .packet = std::nullopt});
  }
}

Result<> Replay::run() {
  Result<> result = run_packets();
  for (ReplayOutput& output : outputs_) {
    Result<> closed = output.writer->close();
    if (result.has_value()) {
      result = std::move(closed);
    }
  }
  return result;
}

Result<> Replay::run_packets() {
  Progress progress;
  for (Head& head : heads_) {
    OR_ASSIGN(head.packet, head.input.reader->next());
  }
  while (true) {  // each turn takes a packet
    Head* first = nullptr;
    for (Head& head : heads_) {
      if (head.packet.has_value() && (first == nullptr || head.packet->time_ns < first->packet->time_ns)) {
        first = &head;
      }
    }
    if (first == nullptr) {
      return {};
    }
    OR_TRY(run_packet(*first));
    progress.show(summary_.in.packets);
    OR_ASSIGN(first->packet, first->input.reader->next());
  }
}

Result<> Replay::run_packet(const Head& head) {
  const CapturedPacket& packet = *head.packet;
  ++summary_.in.packets;
  summary_.in.bytes += packet.bytes.size();
  summary_.cut += packet.wire_bytes > packet.bytes.size() ? 1 : 0;
  summary_.late += packet.time_ns < now_ns_ ? 1 : 0;
  now_ns_ = std::max(now_ns_, packet.time_ns);
  target_.receive(head.input.port.value_or(packet.interface), packet.bytes, now_ns_);
  const std::vector<p4_target::Output> outputs = target_.take_outputs();
  show_log();
  summary_.dropped += outputs.empty() ? 1 : 0;
  for (const p4_target::Output& output : outputs) {
    count(output);
    OR_TRY(write(output, packet.time_ns));
  }
  return {};
}

Result<> Replay::write(const p4_target::Output& output, uint64_t time_ns) {
  auto to = std::ranges::find(outputs_, std::optional(output.port), &ReplayOutput::port);
  if (to == outputs_.end()) {
    to = std::ranges::find(outputs_, std::optional<uint32_t>(), &ReplayOutput::port);
  }
  if (to == outputs_.end()) {
    ++summary_.unwritten;
    return {};
  }
  return to->writer->write(output.port, output.bytes, time_ns);
}

void Replay::count(const p4_target::Output& output) {
  const bool is_told_apart = summary_.ports.contains(output.port) || summary_.ports.size() < ports_counted_max;
  PortCount& port = is_told_apart ? summary_.ports[output.port] : summary_.other_ports;
  for (PortCount* count : {&port, &summary_.out}) {
    ++count->packets;
    count->bytes += output.bytes.size();
  }
}

void Replay::show_log() {
  p4_target::EventLog& log = target_.log();
  if (log.lines().empty()) {
    return;
  }
  for (const std::string& line : log.lines()) {
    if (++summary_.log_lines <= log_lines_shown_max) {
      std::fprintf(stderr, "packet %llu: %s\n", static_cast<unsigned long long>(summary_.in.packets),
                   p4::printable(line).c_str());
    }
  }
  summary_.log_lines += log.lost();
  log.clear();
}

}  // namespace outrigger::p4_cli
