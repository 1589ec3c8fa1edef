// replay.h: captures through a target into captures: what `outrigger p4 run` does once it has all its parts. Packets go
// in bursts where the target takes them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "p4_cli/capture_reader.h"
#include "p4_cli/capture_writer.h"
#include "p4_target/target.h"

namespace outrigger::p4_cli {

struct ReplayInput {
  std::unique_ptr<CaptureReader> reader;
  std::optional<uint32_t> port;  // of all its packets; none: pcapng's interface
};

struct ReplayOutput {
  std::optional<uint32_t> port;  // none: of every port that no other output is for
  std::unique_ptr<CaptureWriter> writer;
};

struct PortCount {
  uint64_t packets = 0;
  uint64_t bytes = 0;
};

struct ReplaySummary {
  PortCount in;
  uint64_t cut = 0;      // packets of which the capture has a part
  uint64_t late = 0;     // packets with a time before that of one that went first
  uint64_t dropped = 0;  // packets of which nothing left
  PortCount out;
  std::map<uint32_t, PortCount> ports;  // at most ports_counted_max
  PortCount other_ports;                // out, not in `ports`
  uint64_t unwritten = 0;               // left by a port that no output is for
  uint64_t log_lines = 0;
};

// Packets go in by their time stamps, those of one input in its order; virtual time never goes back. What leaves has
// the time stamp of the packet that caused it.
class Replay {
 public:
  Replay(p4_target::Target& target, std::vector<ReplayInput> inputs, std::vector<ReplayOutput> outputs);

  // Up to the end of all inputs. After an error what came before it is written all the same, and in the summary.
  Result<> run();
  [[nodiscard]] const ReplaySummary& summary() const noexcept { return summary_; }

 private:
  struct Head {  // an input and its next packet
    ReplayInput input;
    std::optional<CapturedPacket> packet;
  };
  // A packet that waits for its burst: bytes behind headroom, in memory that is used again.
  struct Waiting {
    std::vector<uint8_t> memory;
    uint32_t port = 0;
    uint64_t time_ns = 0;
  };

  Result<> run_packets();
  Result<> run_packet(const Head& head);
  Result<> send_waiting();
  Result<> write(const p4_target::BurstOutput& output, uint64_t time_ns);
  void count(const p4_target::BurstOutput& output);
  void show_log(uint64_t packets_before);

  p4_target::Target& target_;
  std::vector<Head> heads_;
  std::vector<ReplayOutput> outputs_;
  ReplaySummary summary_;
  const size_t burst_max_;
  const bool reads_time_;
  std::vector<Waiting> waiting_;  // the first waiting_count_
  size_t waiting_count_ = 0;
  std::vector<p4_target::BurstPacket> burst_;
  uint64_t now_ns_ = 0;  // of those that wait
};

}  // namespace outrigger::p4_cli
