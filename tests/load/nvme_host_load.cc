// nvme-host-load: our own NVMe/TCP host under load: a RemoteController with one path, its first namespace, one channel
// on one data core, and so many requests in flight, as a front end would have them. Beside it --hold: many controllers
// that are connected, keep themselves alive and do nothing else.
#include "base/log.h"
#include "block/device.h"
#include "load/command_line.h"
#include "load/latency.h"
#include "load/machine.h"
#include "nvme_host/path.h"
#include "nvme_host/path_security.h"
#include "nvme_host/remote_controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::load {
namespace {

constexpr std::string_view usage = R"(nvme-host-load: measures random reads or writes through our NVMe/TCP host.

usage: nvme-host-load --port N [--addr A] [--nqn NQN] [--qd N] [--bs BYTES] [--read | --write] [--seconds N]
                      [--cpu N] [--control-cpu N] [--spin-us N] [--keep-alive MS] [--hold N] [--tls] [--json]

  --hold N         connects N controllers, prints "held" when all are, and keeps them until SIGTERM
  --keep-alive MS  KATO (5000)
  --tls            to nvme-tcp-target --tls
)";

constexpr uint32_t hold_max = 4096;
constexpr auto patience = std::chrono::seconds(20);

struct Options : IoLoad {
  Options() { seconds = 2; }

  MachineOptions machine;
  nvme_host::PathOptions path;
  uint32_t hold = 0;
  bool has_tls = false;
};

double thread_cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Tells that the namespace is there.
class Observer final : public nvme_host::RemoteControllerObserver {
 public:
  void namespace_added(nvme_host::RemoteNamespace& added) override {
    if (first == nullptr) {
      first = &added;
      found.set_value();
    }
  }
  void namespace_removed(nvme_host::RemoteNamespace&) override {}

  nvme_host::RemoteNamespace* first = nullptr;
  std::promise<void> found;
};

// Keeps `depth` requests in flight on one channel. On its data core, but for what the results are read with.
class Workload {
 public:
  explicit Workload(const Options& options) : options_(options), slots_(options.depth) {
    for (Slot& slot : slots_) {
      slot.workload = this;
      slot.memory.resize(options.bytes, std::byte{0x5A});
      slot.piece = {slot.memory.data(), slot.memory.size()};
    }
  }

  // False: no channel.
  [[nodiscard]] bool open(nvme_host::RemoteNamespace& device, core::Reactor& core) {
    auto opened = device.open_channel(core);
    if (!opened.has_value()) {
      return false;
    }
    channel_ = std::move(*opened);
    blocks_ = options_.bytes / device.fixed_geometry().block_size;
    places_ = blocks_ == 0 ? 0 : device.block_count() / blocks_;
    return places_ != 0;
  }
  void close() { channel_.reset(); }

  // Until `length` ticks have passed; `ended` is set when the last request is back.
  void start(uint64_t length, std::promise<void>& ended) {
    warm_count_ += latency_.count();
    latency_ = {};
    error_count_ = 0;
    ended_ = &ended;
    cpu_seconds_ = thread_cpu_seconds();
    start_ = ticks();
    length_ = length;
    for (Slot& slot : slots_) {
      submit(slot, start_);
    }
  }

  [[nodiscard]] const Latency& latency() const noexcept { return latency_; }
  // Of all runs, those that only warm up included.
  [[nodiscard]] uint64_t io_count() const noexcept { return warm_count_ + latency_.count(); }
  [[nodiscard]] uint64_t error_count() const noexcept { return error_count_; }
  [[nodiscard]] double seconds() const noexcept { return static_cast<double>(elapsed_) / ticks_per_second(); }
  [[nodiscard]] double cpu_seconds() const noexcept { return cpu_seconds_; }

 private:
  struct Slot {
    block::Request request;
    Workload* workload = nullptr;
    uint64_t start = 0;
    iovec piece{};
    std::vector<std::byte> memory;
  };

  void submit(Slot& slot, uint64_t now) noexcept {
    // xorshift64*
    random_ ^= random_ >> 12U;
    random_ ^= random_ << 25U;
    random_ ^= random_ >> 27U;
    block::Request& request = slot.request;
    request.op = options_.is_write ? block::Op::Write : block::Op::Read;
    request.lba = (random_ * 0x2545F4914F6CDD1DULL >> 16U) % places_ * blocks_;
    request.block_count = blocks_;
    request.iov = &slot.piece;
    request.iov_count = 1;
    request.push(&Workload::done, &slot);
    slot.start = now;
    ++in_flight_;
    channel_->submit(request);
  }

  static void done(block::Request& request) noexcept {
    Slot& slot = *static_cast<Slot*>(request.popped().owner);
    slot.workload->came_back(slot);
  }

  void came_back(Slot& slot) noexcept {
    const uint64_t now = ticks();
    latency_.add(now - slot.start);
    error_count_ += slot.request.status == block::Status::Ok ? 0 : 1;
    --in_flight_;
    if (now - start_ < length_ && error_count_ == 0) {
      submit(slot, now);
    } else if (in_flight_ == 0) {
      elapsed_ = now - start_;
      cpu_seconds_ = thread_cpu_seconds() - cpu_seconds_;
      ended_->set_value();
    }
  }

  const Options& options_;
  std::vector<Slot> slots_;
  std::unique_ptr<block::Channel> channel_;
  uint64_t blocks_ = 0;  // of one I/O
  uint64_t places_ = 0;
  uint64_t random_ = 0x9E3779B97F4A7C15ULL;
  uint64_t start_ = 0;
  uint64_t length_ = 0;
  uint64_t elapsed_ = 0;
  uint32_t in_flight_ = 0;
  uint64_t error_count_ = 0;
  uint64_t warm_count_ = 0;
  double cpu_seconds_ = 0;
  Latency latency_;
  std::promise<void>* ended_ = nullptr;
};

void print(const Options& options, const Workload& load) {
  const Latency& latency = load.latency();
  const double per_us = ticks_per_second() / 1e6;
  const double iops = static_cast<double>(latency.count()) / load.seconds();
  const double average = latency.average() / per_us;
  const double p50 = static_cast<double>(latency.quantile(0.5)) / per_us;
  const double p99 = static_cast<double>(latency.quantile(0.99)) / per_us;
  const double cpu_us = load.cpu_seconds() * 1e6 / static_cast<double>(latency.count());
  if (options.is_json) {
    fmt::print(
        R"({{"iops":{:.0f},"average_us":{:.2f},"p50_us":{:.2f},"p99_us":{:.2f},"client_cpu_us":{:.3f},"io_count":{}}})",
        iops, average, p50, p99, cpu_us, load.io_count());
    fmt::print("\n");
    return;
  }
  fmt::print("{} of {} bytes, depth {}: {:.0f} IOPS, {:.2f} us average, {:.2f} us p99, {:.3f} us of the host an I/O\n",
             options.is_write ? "writes" : "reads", options.bytes, options.depth, iops, average, p99, cpu_us);
}

// On the data core, and waits for it.
template <typename Fn>
void run_on(core::Reactor& core, Fn fn) {
  std::promise<void> done;
  core.post([&] {
    fn();
    done.set_value();
  });
  done.get_future().get();
}

Result<void> drive(const Options& options, Machine& machine, nvme_host::RemoteNamespace& device) {
  core::Reactor& core = *machine.data_cores().front();
  Workload load(options);
  bool is_open = false;
  run_on(core, [&] { is_open = load.open(device, core); });
  if (!is_open) {
    return fail(Code::FailedPrecondition, "the namespace is not made for I/Os of {} bytes", options.bytes);
  }
  const auto second = static_cast<uint64_t>(ticks_per_second());
  for (const uint64_t length : {second / 4, second * options.seconds}) {  // the first one is to get warm
    std::promise<void> ended;
    core.post([&] { load.start(length, ended); });
    ended.get_future().get();
  }
  run_on(core, [&] { load.close(); });
  if (load.error_count() != 0) {
    return fail(Code::Unavailable, "a request failed");
  }
  print(options, load);
  return {};
}

core::Job<void> stop(nvme_host::RemoteController* remote) {
  auto stopping = remote->stop();
  co_await stopping;
}

Result<void> measure(const Options& options, Machine& machine) {
  Observer observer;
  std::unique_ptr<nvme_host::RemoteController> remote;
  Result<void> outcome;
  run_on(machine.control(), [&] {
    nvme_host::RemoteOptions how;
    how.name = "load";
    how.channel_slots = std::max(how.channel_slots, options.depth);
    remote = std::make_unique<nvme_host::RemoteController>(
        machine.control(), machine.data_cores(), how, observer, [&](nvme_host::PathOptions path) {
          return nvme_host::make_tcp_path(machine.control(), machine.data_cores(), std::move(path));
        });
    outcome = remote->add_path(options.path);
  });
  if (outcome.has_value()) {
    const bool is_found = observer.found.get_future().wait_for(patience) == std::future_status::ready;
    outcome = is_found ? drive(options, machine, *observer.first)
                       : fail(Code::Unavailable, "no namespace of {} was found", options.path.subnqn);
  }
  machine.run([&] { return stop(remote.get()); });
  run_on(machine.control(), [&] { remote.reset(); });
  return outcome;
}

class Counter final : public nvme_host::PathObserver {
 public:
  explicit Counter(uint32_t wanted) : wanted_(wanted) {}
  void path_live(nvme_host::Path&) override {
    if (++live_ == wanted_) {
      all_live.set_value();
    }
  }
  void path_down(nvme_host::Path&, const std::string&) override {}
  void path_namespaces_changed(nvme_host::Path&) override {}
  void path_ana_changed(nvme_host::Path&) override {}

  std::promise<void> all_live;

 private:
  const uint32_t wanted_;
  uint32_t live_ = 0;
};

core::Job<void> stop_paths(std::vector<std::unique_ptr<nvme_host::Path>>* paths) {
  for (const auto& path : *paths) {
    auto stopping = path->stop();
    co_await stopping;
  }
  paths->clear();
}

Result<void> hold(const Options& options, Machine& machine) {
  std::vector<std::unique_ptr<nvme_host::Path>> paths;
  Counter counter(options.hold);
  run_on(machine.control(), [&] {
    for (uint32_t i = 0; i < options.hold; ++i) {
      nvme_host::PathOptions path = options.path;
      path.name = fmt::format("path{}", i);
      paths.push_back(nvme_host::make_tcp_path(machine.control(), machine.data_cores(), std::move(path)));
      paths.back()->start(counter);
    }
  });
  Result<void> outcome;
  if (counter.all_live.get_future().wait_for(patience) == std::future_status::ready) {
    fmt::print("held\n");
    std::fflush(stdout);
    machine.wait_for_signal();
  } else {
    outcome = fail(Code::Unavailable, "not all of {} controllers could be connected", options.hold);
  }
  machine.run([&] { return stop_paths(&paths); });
  return outcome;
}

bool parse_value(std::string_view name, const char* value, Options& options) {
  const auto number = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
  if (options.take_value(name, number)) {
    return true;
  }
  if (name == "--addr") {
    options.path.traddr = value;
  } else if (name == "--port") {
    options.path.trsvcid = value;
  } else if (name == "--nqn") {
    options.path.subnqn = value;
  } else if (name == "--keep-alive") {
    options.path.keep_alive_ms = number;
  } else if (name == "--hold") {
    options.hold = number;
  } else if (name == "--cpu") {
    options.machine.data_cpus = {std::atoi(value)};
  } else if (name == "--control-cpu") {
    options.machine.control_cpu = std::atoi(value);
  } else if (name == "--spin-us") {
    options.machine.spin_us = number;
  } else {
    return false;
  }
  return true;
}

bool parse(int argc, char** argv, Options& options) {
  nvme_host::PathOptions& path = options.path;
  path.name = "load";
  path.traddr = "127.0.0.1";
  path.subnqn = "nqn.2026-11.outrigger:test";
  path.hostnqn = tls_hostnqn;
  path.hostid = {0x6f, 0x75, 0x74, 0x72, 0x69, 0x67, 0x47, 0x65, 0x92, 0x01, 0, 0, 0, 0, 0, 2};
  const auto take_flag = [&](std::string_view name) {
    options.has_tls = options.has_tls || name == "--tls";
    return name == "--tls" || options.take_flag(name);
  };
  const bool is_right = parse_words(argc, argv, take_flag, [&](std::string_view name, const char* value) {
    return parse_value(name, value, options);
  });
  // One entry of a queue stays free.
  path.queue_entries = std::clamp<uint32_t>(options.depth + 1, 32, IoLoad::depth_max + 1);
  return is_right && !path.trsvcid.empty() && options.is_possible() && options.hold <= hold_max;
}

Result<void> run(const Options& asked) {
  Options options = asked;
  log::set_level(log::Level::Warning);
  static_cast<void>(ticks_per_second());
  if (options.has_tls) {
    OR_ASSIGN(auto psk, nvme_auth::ConfiguredPsk::parse(tls_psk));
    nvme_host::PathSecurity security{.tls_psk = std::move(psk)};
    options.path.security = std::make_shared<const nvme_host::PathSecurity>(std::move(security));
  }
  OR_ASSIGN(auto machine, Machine::create(options.machine));
  machine->start_control();
  const Result<void> outcome = options.hold != 0 ? hold(options, *machine) : measure(options, *machine);
  machine->stop();
  return outcome;
}

}  // namespace
}  // namespace outrigger::load

int main(int argc, char** argv) {
  namespace program = outrigger::load;
  return outrigger::load::run_program<program::Options>(argc, argv, "nvme-host-load", program::usage, program::parse,
                                                        program::run);
}
