// What an I/O queue costs by itself: reads and writes of 4 KiB prepared, executed and completed on one thread, beside
// the same requests handed to the device directly.
//
//   nvme_bench [seconds a figure]
#include "block/memory_device.h"
#include "block/null_device.h"
#include "core/clock.h"
#include "nvme/nvme_rig.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace outrigger::nvme {
namespace {

constexpr uint32_t depth = 32;
constexpr uint32_t io_bytes = 4096;
constexpr uint64_t blocks = (64ULL << 20U) / 512;

// A transport reduced to the least: pooled commands, each with memory.
class Load {
 public:
  explicit Load(IoOpcode opcode) : memory_(depth * io_bytes), iov_(depth), commands_(depth) {
    for (uint32_t i = 0; i < depth; ++i) {
      iov_[i] = {.iov_base = memory_.data() + uint64_t{i} * io_bytes, .iov_len = io_bytes};
      Command& command = *(commands_[i] = std::make_unique<Command>());
      command.sqe = rig::sqe_of(opcode, 0, io_bytes / 512);
      command.sgl_bytes = io_bytes;
      command.iov = &iov_[i];
      command.iov_count = 1;
      command.owner = &done_count;
      command.done = [](Command& done) noexcept { ++*static_cast<uint64_t*>(done.owner); };
    }
  }

  // Nanoseconds per command, through the queue.
  double through(IoQueue& queue, uint64_t rounds) {
    const uint64_t start = core::MonotonicClock().now_ns();
    for (uint64_t round = 0; round < rounds; ++round) {
      for (const auto& command : commands_) {
        command->sqe.cdw10 = static_cast<uint32_t>(next_lba());
        check(queue.prepare(*command).is_success(), "a good command");
      }
      for (const auto& command : commands_) {
        queue.execute(*command);
      }
      queue.home().run_turn();  // fills its share
    }
    return per_command(start, rounds);
  }
  // The same without a queue.
  double directly(block::Channel& channel, core::Reactor& reactor, block::Op op, uint64_t rounds) {
    const uint64_t start = core::MonotonicClock().now_ns();
    for (uint64_t round = 0; round < rounds; ++round) {
      for (uint32_t i = 0; i < depth; ++i) {
        block::Request& io = commands_[i]->io;
        io.op = op;
        io.lba = next_lba();
        io.block_count = io_bytes / 512;
        io.iov = &iov_[i];
        io.iov_count = 1;
        io.push([](block::Request& done) noexcept { ++*static_cast<uint64_t*>(done.popped().owner); }, &done_count);
        channel.submit(io);
      }
      reactor.run_turn();
    }
    return per_command(start, rounds);
  }

  uint64_t done_count = 0;

 private:
  uint64_t next_lba() { return lba_ = (lba_ + io_bytes / 512) % blocks; }
  static double per_command(uint64_t start, uint64_t rounds) {
    return static_cast<double>(core::MonotonicClock().now_ns() - start) / static_cast<double>(rounds * depth);
  }

  std::vector<std::byte> memory_;
  std::vector<iovec> iov_;
  std::vector<std::unique_ptr<Command>> commands_;
  uint64_t lba_ = 0;
};

void measure(const char* name, std::unique_ptr<block::Device> made, IoOpcode opcode, double seconds) {
  rig::Queues queues;
  block::Device& device = queues.keep(std::move(made));
  queues.attach();
  queues.add(1, device);
  Load load(opcode);
  const block::Op op = opcode == IoOpcode::Read ? block::Op::Read : block::Op::Write;
  block::Channel& channel = *queues.namespaces.find(1)->channel;
  constexpr uint64_t rounds = 500;
  double through = 1e9;
  double directly = 1e9;
  const uint64_t end = core::MonotonicClock().now_ns() + static_cast<uint64_t>(seconds * 1e9);
  while (core::MonotonicClock().now_ns() < end) {  // the best of many: another process shares this machine
    through = std::min(through, load.through(*queues.queue, rounds));
    directly = std::min(directly, load.directly(channel, queues.reactor(), op, rounds));
  }
  fmt::print("{:<28} {:7.1f} ns/command   device alone {:7.1f}   queue {:6.1f}\n", name, through, directly,
             through - directly);
}

// A null device as it would be if it left nothing untouched: what the queue costs without clearing.
class QuietDevice final : public block::Device {
 public:
  QuietDevice() : Device("quiet", {.block_count = blocks}) {}
  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor&) override {
    return std::make_unique<QuietChannel>(*this);
  }

 private:
  class QuietChannel final : public block::Channel {
   public:
    using Channel::Channel;

   protected:
    void do_submit(block::Request& request) noexcept override { request.complete(block::Status::Ok); }
  };
};

int run(double seconds) {
  measure("null read, not cleared", std::make_unique<QuietDevice>(), IoOpcode::Read, seconds);
  measure("null read", std::make_unique<block::NullDevice>("null", block::Geometry{.block_count = blocks}),
          IoOpcode::Read, seconds);
  measure("null write", std::make_unique<block::NullDevice>("null", block::Geometry{.block_count = blocks}),
          IoOpcode::Write, seconds);
  measure("memory read", rig::memory_device(blocks), IoOpcode::Read, seconds);
  measure("memory write", rig::memory_device(blocks), IoOpcode::Write, seconds);
  return 0;
}

}  // namespace
}  // namespace outrigger::nvme

int main(int argc, char** argv) { return outrigger::nvme::run(argc > 1 ? std::atof(argv[1]) : 1.0); }
