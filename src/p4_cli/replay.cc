// replay.cc: merges inputs by time, and sorts outputs by port.
#include "p4_cli/replay.h"

#include <algorithm>
#include <cstdio>

#include "p4/diagnostics.h"
#include "p4_cli/progress.h"
#include "p4_cli/run_limits.h"

namespace outrigger::p4_cli {
namespace {

constexpr uint32_t headroom = 256;  // for headers that a program adds; where it is not enough, a packet goes slowly

}  // namespace

Replay::Replay(p4_target::Target& target, std::vector<ReplayInput> inputs, std::vector<ReplayOutput> outputs)
    : target_(target),
      outputs_(std::move(outputs)),
      burst_max_(target.bursts() == nullptr ? 1 : p4_target::burst_packets_max),
      reads_time_(burst_max_ > 1 && target.reads_time()),
      waiting_(burst_max_) {
  for (ReplayInput& input : inputs) {
    heads_.push_back({.input = std::move(input), .packet = std::nullopt});
  }
}

Result<> Replay::run() {
  Result<> result = run_packets();
  if (Result<> sent = send_waiting(); result.has_value()) {
    result = std::move(sent);
  }
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
  if (reads_time_ && packet.time_ns > now_ns_) {
    OR_TRY(send_waiting());
  }
  ++summary_.in.packets;
  summary_.in.bytes += packet.bytes.size();
  summary_.cut += packet.wire_bytes > packet.bytes.size() ? 1 : 0;
  summary_.late += packet.time_ns < now_ns_ ? 1 : 0;
  now_ns_ = std::max(now_ns_, packet.time_ns);
  Waiting& waiting = waiting_[waiting_count_++];
  waiting.memory.resize(headroom);
  waiting.memory.insert(waiting.memory.end(), packet.bytes.begin(), packet.bytes.end());
  waiting.port = head.input.port.value_or(packet.interface);
  waiting.time_ns = packet.time_ns;
  return waiting_count_ == burst_max_ ? send_waiting() : Result<>{};
}

Result<> Replay::send_waiting() {
  burst_.clear();
  for (size_t i = 0; i < waiting_count_; ++i) {
    burst_.push_back({.data = waiting_[i].memory.data() + headroom,
                      .bytes = static_cast<uint32_t>(waiting_[i].memory.size() - headroom),
                      .headroom = headroom,
                      .port = waiting_[i].port});
  }
  summary_.dropped += waiting_count_;
  const auto outputs = target_.receive_burst(burst_, now_ns_);
  show_log(summary_.in.packets - std::exchange(waiting_count_, 0));
  std::optional<uint32_t> last;
  for (const p4_target::BurstOutput& output : outputs) {
    summary_.dropped -= last == output.packet ? 0 : 1;
    last = output.packet;
    count(output);
    OR_TRY(write(output, waiting_[output.packet].time_ns));
  }
  return {};
}

Result<> Replay::write(const p4_target::BurstOutput& output, uint64_t time_ns) {
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

void Replay::count(const p4_target::BurstOutput& output) {
  const bool is_told_apart = summary_.ports.contains(output.port) || summary_.ports.size() < ports_counted_max;
  PortCount& port = is_told_apart ? summary_.ports[output.port] : summary_.other_ports;
  for (PortCount* count : {&port, &summary_.out}) {
    ++count->packets;
    count->bytes += output.bytes.size();
  }
}

// Of a burst that came after `packets_before`.
void Replay::show_log(uint64_t packets_before) {
  p4_target::EventLog& log = target_.log();
  if (log.lines().empty()) {
    return;
  }
  for (size_t i = 0; i < log.lines().size(); ++i) {
    if (++summary_.log_lines <= log_lines_shown_max) {
      std::fprintf(stderr, "packet %llu: %s\n", static_cast<unsigned long long>(packets_before + log.packets()[i] + 1),
                   p4::printable(log.lines()[i]).c_str());
    }
  }
  summary_.log_lines += log.lost();
  log.clear();
}

}  // namespace outrigger::p4_cli
