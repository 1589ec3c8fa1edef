// nvme-host-probe: connects a path to any NVMe/TCP target and says what happens to it, one line of JSON each: for tests
// against targets that others wrote.
#include "core/clock.h"
#include "core/job.h"
#include "core/random.h"
#include "core/reactor.h"
#include "nvme_host/path.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::load {

namespace {

using nvme_host::Direction;
using nvme_host::Path;
using nvme_host::PathNamespace;

constexpr std::string_view usage =
    R"(nvme-host-probe: connects to an NVMe/TCP subsystem and prints what it sees, as lines of JSON.

usage: nvme-host-probe --addr ADDRESS --port PORT --nqn NQN [options]

  --hostnqn NQN      who we are
  --header-digest    --data-digest
  --verify MIB       writes random data to every writable namespace at random places, reads them back, compares
  --seed N           of --verify (1)
  --keep-alive MS    (2000)
  --stay             goes on after that and prints what changes, until SIGTERM
)";

struct Options {
  nvme_host::PathOptions path;
  uint64_t verify_mib = 0;
  uint64_t seed = 1;
  bool stays = false;
};

// Anything but plain letters comes from the target.
std::string quoted(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      made += '\\';
    }
    made += c >= 0x20 && c < 0x7F ? c : '?';
  }
  return made + "\"";
}

std::string hex(const auto& bytes) {
  std::string made;
  for (const uint8_t byte : bytes) {
    made += fmt::format("{:02x}", byte);
  }
  return made;
}

void say(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

class Printer final : public nvme_host::PathObserver {
 public:
  int live_count = 0;
  bool is_failed = false;
  void path_live(Path& path) override {
    const nvme_host::PathController& it = path.controller();
    say(fmt::format(R"({{"event":"live","cntlid":{},"model":{},"serial":{},"firmware":{},)"
                    R"("transfer_bytes_max":{},"queues":{},"namespaces":{}}})",
                    it.cntlid, quoted(it.model), quoted(it.serial), quoted(it.firmware), it.transfer_bytes_max,
                    it.io_queue_count, list(path)));
    ++live_count;
  }
  void path_down(Path& path, const std::string& why) override {
    is_failed = path.status().state == nvme_host::PathState::Failed;
    say(fmt::format(R"({{"event":"down","why":{}}})", quoted(why)));
  }
  void path_namespaces_changed(Path& path) override {
    say(fmt::format(R"({{"event":"namespaces","namespaces":{}}})", list(path)));
  }
  void path_ana_changed(Path& path) override { say(fmt::format(R"({{"event":"ana","namespaces":{}}})", list(path))); }

 private:
  static std::string list(const Path& path) {
    std::string made = "[";
    for (const PathNamespace& space : path.namespaces()) {
      made += fmt::format(
          R"({}{{"nsid":{},"uuid":"{}","nguid":"{}","block_bytes":{},"block_count":{},"ana_group":{},"ana":{}}})",
          made.size() == 1 ? "" : ",", space.nsid, hex(space.uuid), hex(space.nguid), space.block_bytes,
          space.block_count, space.ana_group, static_cast<int>(space.ana));
    }
    return made + "]";
  }
};

// One command and its memory; how it ended comes to the control reactor as a message, which wakes it.
struct Io {
  nvme_host::Command command;
  std::vector<std::byte> memory;
  std::vector<iovec> pieces;
  core::Reactor* control = nullptr;
  core::Message message;
  bool is_done = false;
  bool is_refused = false;

  Io(Direction direction, uint32_t nsid, uint64_t lba, size_t bytes, uint32_t block_bytes, size_t piece_count)
      : memory(bytes) {
    const size_t step = bytes / piece_count;
    for (size_t i = 0; i < piece_count; ++i) {
      pieces.push_back({memory.data() + i * step, i + 1 == piece_count ? bytes - i * step : step});
    }
    nvme::Sqe& sqe = command.sqe;
    sqe.opcode = static_cast<uint8_t>(direction == Direction::ToHost ? nvme::IoOpcode::Read : nvme::IoOpcode::Write);
    sqe.nsid = nsid;
    sqe.cdw10 = static_cast<uint32_t>(lba);
    sqe.cdw11 = static_cast<uint32_t>(lba >> 32U);
    sqe.cdw12 = static_cast<uint32_t>(bytes / block_bytes - 1);
    command.direction = direction;
    command.data_bytes = static_cast<uint32_t>(bytes);
    command.iov = pieces.data();
    command.iov_count = static_cast<uint32_t>(pieces.size());
    command.owner = this;
    command.done = [](nvme_host::Command& it) noexcept {
      auto& self = *static_cast<Io*>(it.owner);
      self.control->post(self.message);
    };
    message.owner = this;
    message.run = [](core::Message& it) noexcept { static_cast<Io*>(it.owner)->is_done = true; };
  }
};

struct Probe {
  const core::MonotonicClock clock;
  std::unique_ptr<core::Reactor> control;
  std::unique_ptr<core::Reactor> data;
  std::unique_ptr<Path> path;
  Printer printer;
};

// True when `io` succeeded.
bool run_io(Probe& probe, Io& io) {
  const std::shared_ptr<nvme_host::PathQueue> queue = probe.path->queue(0);
  if (queue == nullptr) {
    return false;
  }
  io.control = probe.control.get();
  probe.data->post([&io, queue] {
    if (!queue->submit(io.command)) {
      io.is_refused = true;
      io.control->post(io.message);
    }
  });
  probe.control->run_until([&] { return io.is_done; });
  return !io.is_refused && io.command.status.is_success();
}

bool verify(Probe& probe, const PathNamespace& space, uint64_t bytes_wanted, uint64_t seed) {
  core::Random random(seed);
  const uint64_t limit = probe.path->controller().transfer_bytes_max;
  const uint64_t most = std::min<uint64_t>(limit == 0 ? 1U << 20U : limit, 1U << 20U) / space.block_bytes;
  uint64_t moved = 0;
  while (moved < bytes_wanted) {
    const uint64_t blocks = std::min(1 + random.below(random.chance(4) ? most : 16), space.block_count);
    const uint64_t lba = random.below(space.block_count - blocks + 1);
    const size_t bytes = blocks * space.block_bytes;
    Io write(Direction::ToController, space.nsid, lba, bytes, space.block_bytes, 1 + random.below(20));
    for (std::byte& byte : write.memory) {
      byte = static_cast<std::byte>(random.next());
    }
    Io read(Direction::ToHost, space.nsid, lba, bytes, space.block_bytes, 1 + random.below(20));
    if (!run_io(probe, write) || !run_io(probe, read) || read.memory != write.memory) {
      say(fmt::format(
          R"({{"event":"verify","ok":false,"nsid":{},"lba":{},"bytes":{},"write_status":{},"read_status":{}}})",
          space.nsid, lba, bytes, write.command.status.bits(), read.command.status.bits()));
      return false;
    }
    moved += bytes;
  }
  say(fmt::format(R"({{"event":"verify","ok":true,"nsid":{},"bytes":{}}})", space.nsid, moved));
  return true;
}

core::Job<void> stop(Probe* probe, bool* is_over) {
  auto stopping = probe->path->stop();
  co_await stopping;
  *is_over = true;
}

Result<bool> probe_target(const Options& options) {
  Probe probe;
  OR_ASSIGN(probe.control, core::Reactor::create({.name = "control", .idle_spin_ns = 0}, probe.clock));
  OR_ASSIGN(probe.data, core::Reactor::create({.name = "data0"}, probe.clock));
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const UniqueFd signal_fd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  probe.data->start();
  probe.path = nvme_host::make_tcp_path(*probe.control, {probe.data.get()}, options.path);
  probe.path->start(probe.printer);
  const auto is_told_to_end = [&signal_fd] {
    signalfd_siginfo info{};
    return ::read(signal_fd.get(), &info, sizeof(info)) == sizeof(info);
  };
  bool ends = false;
  probe.control->run_until(
      [&] { return probe.printer.live_count != 0 || probe.printer.is_failed || (ends = is_told_to_end()); });
  bool is_good = probe.printer.live_count != 0;
  if (is_good && !ends && options.verify_mib != 0) {
    const std::vector<PathNamespace> spaces = probe.path->namespaces();
    for (const PathNamespace& space : spaces) {
      is_good = is_good && verify(probe, space, options.verify_mib << 20U, options.seed);
    }
  }
  if (options.stays && !ends) {
    probe.control->run_until(is_told_to_end);
  }
  bool is_over = false;
  core::spawn(stop(&probe, &is_over));
  probe.control->run_until([&] { return is_over; });
  probe.path.reset();
  probe.data->stop();
  return is_good;
}

bool parse(int argc, char** argv, Options& options) {
  nvme_host::PathOptions& path = options.path;
  path.name = "probe";
  path.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:2cd5a4d2-5a0e-4d67-9a0c-6f1b6f0e11aa";
  path.hostid = {0x2c, 0xd5, 0xa4, 0xd2, 0x5a, 0x0e, 0x4d, 0x67, 0x9a, 0x0c, 0x6f, 0x1b, 0x6f, 0x0e, 0x11, 0xaa};
  path.keep_alive_ms = 2000;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--header-digest") {
      path.has_header_digest = true;
    } else if (word == "--data-digest") {
      path.has_data_digest = true;
    } else if (word == "--stay") {
      options.stays = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (word == "--addr") {
      path.traddr = argv[++i];
    } else if (word == "--port") {
      path.trsvcid = argv[++i];
    } else if (word == "--nqn") {
      path.subnqn = argv[++i];
    } else if (word == "--hostnqn") {
      path.hostnqn = argv[++i];
    } else if (word == "--verify") {
      options.verify_mib = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--seed") {
      options.seed = std::strtoull(argv[++i], nullptr, 10);
    } else if (word == "--keep-alive") {
      path.keep_alive_ms = static_cast<uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    } else {
      return false;
    }
  }
  return !path.traddr.empty() && !path.trsvcid.empty() && !path.subnqn.empty();
}

}  // namespace

int run(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  const auto outcome = probe_target(options);
  if (!outcome.has_value()) {
    fmt::print(stderr, "nvme-host-probe: {}\n", outcome.error().what);
    return 1;
  }
  return *outcome ? 0 : 1;
}

}  // namespace outrigger::load

int main(int argc, char** argv) { return outrigger::load::run(argc, argv); }
