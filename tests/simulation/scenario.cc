#include "simulation/scenario.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
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
  made.has_header_digest = seed % 6 == 0 || seed % 6 >= 4;
  made.has_data_digest = seed % 6 == 1 || seed % 6 >= 4;
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
  constexpr Op rare[] = {Op::WriteZeroes, Op::Flush, Op::Flush,           Op::Discard,
                         Op::Copy,        Op::Copy,  Op::CompareAndWrite, Op::CompareAndWrite};
  const uint64_t choice = random_.below(24);
  const Op op = choice < 8 ? rare[choice] : choice < 16 ? Op::Write : Op::Read;
  const bool is_large = op != Op::CompareAndWrite && random_.chance(8);
  const uint64_t count = 1 + random_.below(is_large ? blocks_per_request_max : 4);
  Trial& trial = make_trial(nsid, op, random_.below(block_count - count + 1), count);
  fill(trial);
  trial.io->submit(*channel);
}

Scenario::Trial& Scenario::make_trial(uint32_t nsid, Op op, uint64_t lba, uint64_t count) {
  Trial& trial = trials_.emplace_back();
  trial.nsid = nsid;
  trial.op = op;
  trial.lba = lba;
  trial.count = count;
  trial.submitted = ++now_;
  const bool has_data = op == Op::Read || op == Op::Write || op == Op::CompareAndWrite;
  const size_t bytes = has_data ? count * block_bytes * (op == Op::CompareAndWrite ? 2 : 1) : 0;
  trial.io = std::make_unique<block::TestIo>(op, lba, count, bytes);
  if (has_data && random_.chance(2)) {
    trial.io->cut(random_, 1 + random_.below(6));
  }
  return trial;
}

// What a change is to do, and that it is under way.
void Scenario::fill(Trial& trial) {
  History& history = histories_[trial.nsid - 1];
  const bool has_fua = trial.op != Op::Discard && trial.op != Op::Read && trial.op != Op::Flush;
  trial.is_fua = has_fua && random_.chance(4);
  trial.io->request().flags = trial.is_fua ? block::flag::Fua : uint8_t{0};
  std::vector<uint64_t> values(trial.io->data().size() / sizeof(uint64_t));
  const size_t values_per_block = block_bytes / sizeof(uint64_t);
  const uint64_t value = values.empty() ? 0 : ++value_;
  std::ranges::fill(values, value);
  if (trial.op == Op::Copy) {
    // Near enough to overlap at times.
    trial.source = random_.chance(3) ? std::min(trial.lba + random_.below(4), block_count - trial.count)
                                     : random_.below(block_count - trial.count + 1);
    trial.io->request().source_lba = trial.source;
  }
  for (uint64_t i = 0; i < trial.count && trial.op == Op::CompareAndWrite; ++i) {
    trial.expected.push_back(history.guess(trial.lba + i));
    std::fill_n(values.begin() + static_cast<ptrdiff_t>(i * values_per_block), values_per_block, trial.expected[i]);
  }
  if (!values.empty()) {
    trial.io->fill(std::as_bytes(std::span(values)));
  }
  for (uint64_t i = 0; i < trial.count && trial.op != Op::Read && trial.op != Op::Flush; ++i) {
    const uint64_t block = trial.lba + i;
    trial.changes.push_back(trial.op == Op::Copy ? history.submit_copy(block, trial.source + i, trial.submitted)
                                                 : history.submit(block, value, trial.submitted));
  }
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
  ++now_;
  if (trial.op == Op::CompareAndWrite) {
    judge_pair(trial);
  }
  judge_changes(trial);
  const bool is_miss = trial.op == Op::CompareAndWrite && status == Status::Miscompare;
  counts_.errors += is_ok || is_miss ? 0 : 1;
  counts_.writes += is_ok && !trial.changes.empty() ? 1 : 0;
  counts_.copies += is_ok && trial.op == Op::Copy ? 1 : 0;
  if (!is_ok && !is_miss && status != Status::IoError) {
    fail(fmt::format("a request (operation {}) ended with status {}", static_cast<int>(trial.op),
                     static_cast<int>(status)));
  } else if (status == Status::IoError && !may_fail(trial)) {
    fail(fmt::format("a request (operation {}) failed although nothing limits how long it waits",
                     static_cast<int>(trial.op)));
  } else if (is_ok && trial.op == Op::Flush) {
    histories_[trial.nsid - 1].flushed(trial.submitted);
  } else if (is_ok && trial.op == Op::Read) {
    ++counts_.reads;
    judge_read(trial);
  }
}

void Scenario::judge_changes(const Trial& trial) {
  History& history = histories_[trial.nsid - 1];
  const Status status = trial.io->status();
  // A discard need not do anything.
  const bool is_certain = status == Status::Ok && (trial.op != Op::Discard || target_.discards_to_zero());
  for (size_t i = 0; i < trial.changes.size(); ++i) {
    if (status == Status::Miscompare) {
      history.take_back(trial.lba + i, trial.changes[i]);
    }
    history.end(trial.lba + i, trial.changes[i], now_, is_certain, trial.is_fua);
  }
}

void Scenario::judge_pair(const Trial& trial) {
  const History& history = histories_[trial.nsid - 1];
  const Status status = trial.io->status();
  counts_.pairs += status == Status::Ok ? 1 : 0;
  counts_.misses += status == Status::Miscompare ? 1 : 0;
  bool may_miss = false;
  for (uint64_t i = 0; i < trial.count; ++i) {
    const uint64_t block = trial.lba + i;
    may_miss = may_miss || history.may_differ(block, trial.expected[i], trial.submitted);
    if (status == Status::Ok && !history.may_return(block, trial.expected[i], trial.submitted)) {
      fail(fmt::format("namespace {}, block {}: a comparison with value {} succeeded, which had been replaced",
                       trial.nsid, block, trial.expected[i]));
    }
  }
  if (status == Status::Miscompare && !may_miss) {
    fail(fmt::format("namespace {}, block {}: a comparison failed with what is there", trial.nsid, trial.lba));
  }
}

// Of a pair, and of a copy onto its own source, that may have been executed nobody can say what became of it.
bool Scenario::may_fail(const Trial& trial) const {
  const bool overlaps = trial.op == Op::Copy && trial.lba != trial.source && trial.lba < trial.source + trial.count &&
                        trial.source < trial.lba + trial.count;
  return trial.nsid != 1 || !is_patient() || overlaps || trial.op == Op::CompareAndWrite;
}

bool Scenario::has_both_digests() const {
  const PathOptions options = path_options(options_.seed, 0);
  return options.has_header_digest && options.has_data_digest;
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
  const auto is_live = [this] {
    // A path's last try may have begun before all was well.
    if (host_.has_failed_path()) {
      host_.reset();
    }
    return host_.is_live();
  };
  wait(is_live, recovery_ns_max, "paths and namespaces did not come back");
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
      block::TestIo& io = *make_trial(nsid, Op::Read, 0, block_count).io;
      io.submit(*host_.channel(nsid, look));
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
