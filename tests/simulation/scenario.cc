#include "simulation/scenario.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace outrigger::simulation {
namespace {

using block::Op;
using block::Status;
using nvme_host::PathOptions;
using nvme_host::RemoteOptions;

constexpr uint64_t block_count = 48;
constexpr uint64_t blocks_per_request_max = 40;  // more than a capsule holds
constexpr size_t trials_max = 48;
constexpr uint64_t second = 1'000'000'000;
constexpr uint32_t host_core_count = 2;

// Two associations of each path may be there at a time, and a few that nobody has taken leave of.
constexpr size_t links_max = 64;

// Once the faults have ended: the longest pause of a path that was refused, a keep alive time-out, and the hold; an ANA
// transition that was never said to be over; what connections that fell silent may take (stall_ns_max), and controllers
// that nobody enabled (association_ms_max).
constexpr uint64_t recovery_ns_max = 20 * second;
constexpr uint64_t clean_up_ns_max = 150 * second;

RemoteOptions remote_options(const ScenarioOptions& scenario) {
  RemoteOptions made;
  made.multipath = scenario.seed % 5 == 0 ? nvme_host::Multipath::Failover : nvme_host::Multipath::Multipath;
  made.selection = static_cast<nvme_host::PathSelection>(scenario.seed % 4);
  made.fast_io_fail_ms = scenario.seed % 3 == 0 ? 400 : -1;
  made.write_retry_hold_ms = scenario.write_retry_hold_ms;
  made.channel_slots = scenario.seed % 2 == 0 ? 8 : 64;
  return made;
}

PathOptions path_options(uint64_t seed, size_t port) {
  PathOptions made;
  made.name = "path" + std::to_string(port);
  made.traddr = "192.0.2.1";
  made.trsvcid = door_of(port);
  made.subnqn = subsystem_nqn;
  made.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:6e33f0ae-5d55-4f9f-bbbf-2d4dc1f1f001";
  made.hostid[0] = 7;
  made.queue_entries = seed % 3 == 1 ? 4 : 32;
  made.io_queue_count = seed % 4 == 1 ? 1 : 0;
  made.has_header_digest = seed % 6 == 0;
  made.has_data_digest = seed % 6 == 1;
  made.connect_timeout_ms = 1'000;
  made.keep_alive_ms = 1'000;
  made.answer_timeout_ms = seed % 2 == 0 ? 700 : 5'000;
  made.reconnect_delay_ms = 50;
  made.reconnect_delay_max_ms = 400;
  made.controller_loss_ms = seed % 7 == 0 ? 1'500 : -1;
  return made;
}

// Host and target, each a control and data cores, and the network.
core::SimulationOptions simulation_options(uint64_t seed) {
  core::SimulationOptions made;
  made.seed = seed;
  made.reactor_count = 1 + host_core_count + 2 + 1;
  return made;
}

Volumes volumes_of(uint64_t seed) {
  constexpr Volumes all[] = {Volumes::Memory, Volumes::Slow, Volumes::PowerLoss};
  return all[seed % 3];
}

}  // namespace

Scenario::Scenario(const ScenarioOptions& options)
    : options_(options),
      random_(options.seed * 0x9E3779B97F4A7C15ULL),
      sim_(simulation_options(options.seed)),
      network_(sim_.reactor(sim_.reactor_count() - 1), random_),
      target_(network_, target_cores(), volumes_of(options.seed), block_count, options.seed),
      host_(network_, host_cores(), remote_options(options)),
      histories_{History(2 * block_count), History(2 * block_count)},
      is_traced_(std::getenv("OUTRIGGER_TRACE") != nullptr) {
  target_.power_lost = [this] {
    for (History& history : histories_) {
      history.power_lost();
    }
  };
}

Scenario::~Scenario() = default;

std::vector<core::Reactor*> Scenario::host_cores() {
  std::vector<core::Reactor*> cores;
  for (size_t i = 0; i <= host_core_count; ++i) {
    cores.push_back(&sim_.reactor(i));
  }
  return cores;
}

std::vector<core::Reactor*> Scenario::target_cores() {
  std::vector<core::Reactor*> cores;
  for (size_t i = host_core_count + 1; i + 1 < sim_.reactor_count(); ++i) {
    cores.push_back(&sim_.reactor(i));
  }
  return cores;
}

std::string Scenario::run() {
  begin();
  for (uint64_t step = 0; step < options_.step_count && failure_.empty(); ++step) {
    act();
    sim_.run_for(random_.below(400'000));
    collect();
    check_bounds();
  }
  settle();
  if (failure_.empty()) {
    read_all();
  }
  end();
  return failure_;
}

void Scenario::begin() {
  sim_.run_for(0);
  target_.start();
  wait([this] { return target_.is_idle(); }, second, "the target did not start");
  for (size_t port = 0; port < port_count; ++port) {
    host_.add_path(path_options(options_.seed, port));
  }
  wait([this] { return host_.is_live(); }, recovery_ns_max, "the paths did not come up");
}

// -- requests

void Scenario::submit() {
  if (trials_.size() >= trials_max) {
    return;
  }
  const auto nsid = static_cast<uint32_t>(random_.below(namespace_count) + 1);
  block::Channel* const channel = host_.channel(nsid, random_.below(host_.core_count()));
  if (channel == nullptr) {
    return;
  }
  const uint64_t choice = random_.below(20);
  const Op op = choice < 10 ? Op::Write : choice < 11 ? Op::WriteZeroes : choice < 13 ? Op::Flush : Op::Read;
  const uint64_t count = 1 + random_.below(random_.chance(8) ? blocks_per_request_max : 4);
  submit_to(nsid, op, random_.below(block_count - count + 1), count, *channel);
}

void Scenario::submit_to(uint32_t nsid, Op op, uint64_t lba, uint64_t count, block::Channel& channel) {
  Trial& trial = trials_.emplace_back();
  trial.nsid = nsid;
  trial.op = op;
  trial.lba = lba;
  trial.count = count;
  trial.submitted = ++now_;
  const bool has_data = op == Op::Read || op == Op::Write;
  const size_t bytes = has_data ? count * block_bytes : 0;
  trial.io = std::make_unique<block::TestIo>(op, lba, count, bytes);
  if (op == Op::Write || op == Op::WriteZeroes) {
    trial.is_fua = random_.chance(4);
    trial.io->request().flags = trial.is_fua ? block::flag::Fua : uint8_t{0};
    const uint64_t value = op == Op::Write ? ++value_ : 0;
    for (uint64_t i = 0; i < count; ++i) {
      trial.changes.push_back(histories_[nsid - 1].submit(lba + i, value, now_));
    }
    for (size_t at = 0; at < bytes; at += sizeof(value)) {
      std::memcpy(trial.io->data().data() + at, &value, sizeof(value));
    }
  }
  if (has_data && random_.chance(2)) {
    trial.io->cut(random_, 1 + random_.below(6));
  }
  trial.io->submit(channel);
}

void Scenario::collect() {
  std::erase_if(trials_, [this](Trial& trial) {
    if (!trial.io->is_done()) {
      return false;
    }
    judge(trial);
    return true;
  });
}

void Scenario::judge(Trial& trial) {
  const Status status = trial.io->status();
  const bool is_ok = status == Status::Ok;
  History& history = histories_[trial.nsid - 1];
  ++now_;
  for (size_t i = 0; i < trial.changes.size(); ++i) {
    history.end(trial.lba + i, trial.changes[i], now_, is_ok, trial.is_fua);
  }
  counts_.errors += is_ok ? 0 : 1;
  counts_.writes += is_ok && !trial.changes.empty() ? 1 : 0;
  if (!is_ok && status != Status::IoError) {
    fail(fmt::format("a request (operation {}) ended with status {}", static_cast<int>(trial.op),
                     static_cast<int>(status)));
  } else if (!is_ok && trial.nsid == 1 && is_patient()) {
    fail(fmt::format("a request (operation {}) failed although nothing limits how long it waits",
                     static_cast<int>(trial.op)));
  } else if (is_ok && trial.op == Op::Flush) {
    history.flushed(trial.submitted);
  } else if (is_ok && trial.op == Op::Read) {
    ++counts_.reads;
    judge_read(trial);
  }
}

// Nobody gave up, and the first namespace never goes.
bool Scenario::is_patient() const {
  return remote_options(options_).fast_io_fail_ms < 0 && path_options(options_.seed, 0).controller_loss_ms < 0;
}

void Scenario::judge_read(const Trial& trial) {
  const auto data = trial.io->data();
  for (uint64_t i = 0; i < trial.count; ++i) {
    uint64_t value = 0;
    const std::byte* const block = data.data() + i * block_bytes;
    std::memcpy(&value, block, sizeof(value));
    for (size_t at = 0; at < block_bytes; at += sizeof(value)) {
      if (std::memcmp(block + at, &value, sizeof(value)) != 0) {
        fail(fmt::format("namespace {}, block {} is torn", trial.nsid, trial.lba + i));
        return;
      }
    }
    if (!histories_[trial.nsid - 1].may_return(trial.lba + i, value, trial.submitted)) {
      fail(fmt::format("namespace {}, block {}: a read returned value {}, which had been replaced or was never there",
                       trial.nsid, trial.lba + i, value));
    }
  }
}

// -- at the end

void Scenario::check_bounds() {
  if (const size_t count = network_.links().size(); count > links_max) {
    fail(fmt::format("{} connections at a time", count));
  }
  if (const size_t count = target_.connection_count(); count > links_max) {
    fail(fmt::format("the target holds {} connections", count));
  }
}

bool Scenario::wait(const std::function<bool()>& done, uint64_t ns_max, const char* what) {
  constexpr uint64_t look_ns = 20'000'000;
  for (uint64_t waited_ns = 0; !done(); waited_ns += look_ns) {
    if (waited_ns >= ns_max) {
      fail(fmt::format("{} within {} s", what, ns_max / second));
      return false;
    }
    sim_.run_for(look_ns);
    collect();
  }
  return true;
}

// The faults end, and everything lives again.
void Scenario::settle() {
  make_all_well();
  wait([this] { return host_.is_live(); }, recovery_ns_max, "paths and namespaces did not come back");
  wait([this] { return trials_.empty(); }, recovery_ns_max, "requests did not end");
  for (const auto& path : host_.statistics()) {
    trace(fmt::format("{}: {} connects, {} losses, why {}", path.name, path.status.connects, path.status.losses,
                      path.status.why));
    counts_.losses += path.status.losses;
    counts_.connects += path.status.connects;
    counts_.resent += path.retries;
  }
  for (uint32_t nsid = 1; nsid <= namespace_count && failure_.empty(); ++nsid) {
    wait([this, nsid] { return host_.device(nsid)->block_count() == target_.block_count(nsid); }, second,
         "a device did not follow the size of its volume");
  }
}

// Twice: nothing changes any more.
void Scenario::read_all() {
  for (uint32_t nsid = 1; nsid <= namespace_count; ++nsid) {
    std::vector<std::byte> before;
    for (size_t look = 0; look < 2 && failure_.empty(); ++look) {
      submit_to(nsid, Op::Read, 0, block_count, *host_.channel(nsid, look));
      block::TestIo& io = *trials_.back().io;
      while (!io.is_done() && failure_.empty()) {
        sim_.run_for(1'000'000);
        if (now_ns() > 3600 * second) {
          fail("the last look did not end");
        }
      }
      const auto data = io.data();
      if (io.status() != Status::Ok) {
        fail("the last look failed");
      } else if (look == 1 && !std::ranges::equal(before, data)) {
        fail("blocks changed by themselves");
      }
      before.assign(data.begin(), data.end());
      collect();
      sim_.run_for(second);
    }
  }
}

void Scenario::end() {
  // Whatever happened, nothing may be under way when channels are closed.
  if (!wait([this] { return trials_.empty(); }, clean_up_ns_max, "requests never ended")) {
    fmt::print(stderr, "{}\n", failure_);
    std::abort();
  }
  // A host that has vanished is noticed, too.
  if (options_.seed % 2 == 0) {
    network_.fall_silent();
  }
  host_.stop();
  wait([this] { return host_.is_stopped(); }, clean_up_ns_max, "the host did not stop");
  wait(
      [this] { return network_.links().empty() && target_.connection_count() == 0 && target_.controller_count() == 0; },
      clean_up_ns_max, "connections or controllers stayed behind");
  target_.kill();
  wait([this] { return target_.is_idle(); }, clean_up_ns_max, "the target did not stop");
}

void Scenario::fail(std::string what) {
  if (failure_.empty()) {
    failure_ = fmt::format("at {} ms: {}", now_ns() / 1'000'000, std::move(what));
    trace("FAILED " + failure_);
  }
}

void Scenario::trace(const std::string& what) {
  if (is_traced_) {
    fmt::print(stderr, "{:>12} us  {}\n", now_ns() / 1'000, what);
  }
}

}  // namespace outrigger::simulation
