#include "contract/workload.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace outrigger::contract {
namespace {

using block::Op;
using block::Status;

// Requests submitted in one step before the reactors get their turn.
constexpr uint64_t submitted_per_step_max = 8;
// Where a request is refused by what is in flight, the next choice may fit.
constexpr int choices_max = 8;
// Data of one request: enough to cross every internal boundary there is, small enough to be fast.
constexpr uint64_t data_bytes_max = 64U << 10;

bool is_change(Op op) noexcept { return op != Op::Read && op != Op::Flush && op != Op::Reset; }
bool has_range(Op op) noexcept { return op != Op::Flush && op != Op::Reset; }

bool overlaps(uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count) noexcept {
  return a < b + b_count && b < a + a_count;
}

bool is_offered(const block::Geometry& geometry, Op op) noexcept {
  switch (op) {
    case Op::Read:
    case Op::Flush:
    case Op::Reset: return true;
    case Op::Write: return geometry.is_writable;
    case Op::Discard: return geometry.is_writable && geometry.can_discard;
    case Op::WriteZeroes: return geometry.is_writable && geometry.can_write_zeroes;
    case Op::CompareAndWrite: return geometry.is_writable && geometry.can_compare_and_write;
    case Op::Copy: return geometry.is_writable && geometry.can_copy;
  }
  return false;
}

}  // namespace

Workload::Workload(const WorkloadOptions& options, std::vector<block::Channel*> channels)
    : options_(options),
      channels_(std::move(channels)),
      geometry_(channels_.front()->device().geometry()),
      model_(options.known != nullptr ? *options.known : Model(geometry_.block_size, options.block_count)),
      random_(options.seed) {
  options_.known = nullptr;
  check(model_.block_count() == options_.block_count, "a model covers the blocks of its workload");
  for (size_t i = 0; i < options_.in_flight_max; ++i) {
    trials_.push_back(std::make_unique<Trial>());
    trials_.back()->owner = this;
    free_.push_back(trials_.back().get());
  }
}

bool Workload::is_over() const noexcept {
  const bool is_complete = submitted_count_ >= options_.request_count && sweep_lba_ >= options_.block_count;
  return (is_complete || !failure_.empty()) && in_flight_.empty();
}

void Workload::step() {
  const uint64_t wanted = 1 + random_.below(submitted_per_step_max);
  for (uint64_t i = 0; i < wanted && !free_.empty() && failure_.empty() && sweep_lba_ < options_.block_count; ++i) {
    submit_one();
  }
}

void Workload::submit_one() {
  Trial& trial = *free_.back();
  if (submitted_count_ >= options_.request_count) {
    // The changes are over: a last look at everything.
    if (std::ranges::any_of(in_flight_, [](const Trial* other) { return is_change(other->request.op); })) {
      return;
    }
    choose_sweep(trial);
  } else {
    bool is_chosen = false;
    for (int choice = 0; choice < choices_max && !is_chosen; ++choice) {
      is_chosen = choose(trial);
    }
    if (!is_chosen) {
      return;
    }
  }
  free_.pop_back();
  submit(trial);
}

void Workload::choose_sweep(Trial& trial) {
  trial.request.op = Op::Read;
  trial.request.flags = 0;
  trial.lba = sweep_lba_;
  trial.count = std::min(choose_count(Op::Read), options_.block_count - sweep_lba_);
  trial.expected = Status::Ok;
  sweep_lba_ += trial.count;
  choose_data(trial);
}

bool Workload::choose(Trial& trial) {
  trial.request.op = choose_op();
  trial.request.flags = random_.chance(8) && trial.request.op == Op::Write ? block::flag::Fua : uint8_t{0};
  trial.expected = Status::Ok;
  if (random_.chance(50)) {
    choose_outside(trial);
    return true;
  }
  trial.count = has_range(trial.request.op) ? choose_count(trial.request.op) : 0;
  trial.lba = random_.below(options_.block_count - trial.count + 1);
  trial.source_lba = random_.below(options_.block_count - trial.count + 1);
  if (random_.chance(2)) {
    // Near the target, so that a copy's two ranges often overlap.
    trial.source_lba = trial.lba - std::min(trial.lba, trial.count) + random_.below(2 * trial.count + 1);
    trial.source_lba = std::min(trial.source_lba, options_.block_count - trial.count);
  }
  const bool needs_known = trial.request.op == Op::CompareAndWrite && options_.keeps_data;
  if (is_conflicting(trial) || (needs_known && !model_.is_known(trial.lba, trial.count))) {
    return false;
  }
  choose_data(trial);
  return true;
}

// A read or write that reaches past the end of the device.
void Workload::choose_outside(Trial& trial) {
  trial.request.op = random_.chance(2) || !geometry_.is_writable ? Op::Read : Op::Write;
  trial.count = 1 + random_.below(4);
  const uint64_t end = channels_.front()->device().block_count() - options_.lba_first;
  trial.lba = random_.chance(4) ? UINT64_MAX / 2 : end - std::min(end, random_.below(trial.count));
  trial.expected = Status::OutOfRange;
  trial.lay_out(std::vector<std::byte>(trial.count * geometry_.block_size), random_);
}

Op Workload::choose_op() {
  // In percent; the rest are reads.
  struct Share {
    Op op;
    uint64_t percent;
  };
  static constexpr std::array<Share, 7> shares = {
      Share{Op::Write, 40},          Share{Op::Flush, 4}, Share{Op::Discard, 4}, Share{Op::WriteZeroes, 5},
      Share{Op::CompareAndWrite, 6}, Share{Op::Copy, 5},  Share{Op::Reset, 1}};
  uint64_t at = random_.below(100);
  for (const auto& [op, percent] : shares) {
    if (at < percent) {
      return is_offered(geometry_, op) ? op : Op::Read;
    }
    at -= percent;
  }
  return Op::Read;
}

uint64_t Workload::choose_count(Op op) {
  uint64_t count_max = std::min(options_.request_blocks_max, options_.block_count);
  if (op == Op::Discard || op == Op::WriteZeroes) {
    // Now and then a big one: these carry no data.
    count_max = random_.chance(4) ? std::max<uint64_t>(options_.block_count / 4, 1) : count_max;
    if (geometry_.discard_blocks_max != 0) {
      count_max = std::min(count_max, geometry_.discard_blocks_max);
    }
  } else {
    uint64_t bytes_max = data_bytes_max;
    if (geometry_.transfer_bytes_max != 0) {
      bytes_max = std::min<uint64_t>(bytes_max, geometry_.transfer_bytes_max);
    }
    count_max = std::min(count_max, std::max<uint64_t>(bytes_max / geometry_.block_size, 1));
  }
  if (op == Op::CompareAndWrite) {
    count_max = std::min<uint64_t>(count_max, 4);
  }
  // Small ones are as likely as big ones.
  return random_.chance(2) ? 1 + random_.below(std::min<uint64_t>(count_max, 4)) : 1 + random_.below(count_max);
}

void Workload::choose_data(Trial& trial) {
  const Op op = trial.request.op;
  if (op != Op::Read && op != Op::Write && op != Op::CompareAndWrite) {
    trial.lay_out_nothing();
    return;
  }
  std::vector<std::byte> data(trial.count * geometry_.block_size);
  for (size_t i = 0; i < data.size(); i += 8) {
    const uint64_t word = random_.next();
    std::memcpy(data.data() + i, &word, 8);
  }
  if (op == Op::CompareAndWrite) {
    const auto now = model_.blocks(trial.lba, trial.count);
    std::vector<std::byte> expected(now.begin(), now.end());
    if (options_.keeps_data && random_.chance(2)) {
      expected[random_.below(expected.size())] ^= std::byte{1};
      trial.expected = Status::Miscompare;
    }
    data.insert(data.begin(), expected.begin(), expected.end());
  }
  trial.lay_out(data, random_);
}

bool Workload::is_conflicting(const Trial& trial) const {
  return std::ranges::any_of(in_flight_, [&](const Trial* other) {
    if (other->expected == Status::OutOfRange) {
      return false;
    }
    const bool is_copy = trial.request.op == Op::Copy;
    const bool is_other_copy = other->request.op == Op::Copy;
    const bool same_blocks = overlaps(trial.lba, trial.count, other->lba, other->count);
    const bool reads_its_target =
        is_copy && is_change(other->request.op) && overlaps(trial.source_lba, trial.count, other->lba, other->count);
    const bool changes_its_source = is_other_copy && is_change(trial.request.op) &&
                                    overlaps(trial.lba, trial.count, other->source_lba, other->count);
    const bool is_any_change = is_change(trial.request.op) || is_change(other->request.op);
    return (same_blocks && is_any_change) || reads_its_target || changes_its_source;
  });
}

void Workload::submit(Trial& trial) {
  trial.request.lba = options_.lba_first + trial.lba;
  trial.request.source_lba = options_.lba_first + trial.source_lba;
  trial.request.block_count = trial.count;
  trial.request.status = static_cast<Status>(0xFFFF);  // nothing a device reports
  trial.remember();
  trial.request.push(&Workload::trial_done, &trial);
  ++submitted_count_;
  in_flight_.push_back(&trial);
  block::Channel& channel = *channels_[random_.below(channels_.size())];
  if (random_.chance(2)) {
    channel.prefetch(trial.request);  // allowed for anything, also out of bounds
  }
  channel.submit(trial.request);
}

void Workload::trial_done(block::Request& request) noexcept {
  auto& trial = *static_cast<Trial*>(request.popped().owner);
  static_cast<Workload*>(trial.owner)->finish(trial);
}

void Workload::finish(Trial& trial) {
  if (std::erase(in_flight_, &trial) != 1) {
    fail(trial, "was completed more than once");
    return;
  }
  ++done_count_;
  judge(trial);
  if (trial.request.status == Status::Ok) {
    apply(trial);
  } else if (is_change(trial.request.op) && trial.request.status == Status::IoError) {
    model_.forget(trial.lba, trial.count);
  }
  free_.push_back(&trial);
}

void Workload::judge(const Trial& trial) {
  if (const std::string trespass = trial.trespass(); !trespass.empty()) {
    fail(trial, trespass);
  }
  const Status status = trial.request.status;
  if (status != trial.expected) {
    const bool is_injected = options_.may_fail && status == Status::IoError && trial.expected != Status::OutOfRange;
    const bool knows_nothing = !options_.keeps_data && trial.request.op == Op::CompareAndWrite;
    if (!is_injected && !knows_nothing) {
      fail(trial, fmt::format("ended with status {} instead of {}", static_cast<int>(status),
                              static_cast<int>(trial.expected)));
    }
    return;
  }
  if (status == Status::Ok && trial.request.op == Op::Read && options_.keeps_data) {
    if (const std::string difference = model_.difference(trial.lba, trial.gathered()); !difference.empty()) {
      fail(trial, difference);
    }
  }
}

// What the request did becomes the model's truth.
void Workload::apply(const Trial& trial) {
  switch (trial.request.op) {
    case Op::Read:
    case Op::Flush:
    case Op::Reset: return;
    case Op::Write: model_.write(trial.lba, trial.count, trial.gathered()); return;
    case Op::Discard: model_.forget(trial.lba, trial.count); return;
    case Op::WriteZeroes: model_.zero(trial.lba, trial.count); return;
    case Op::CompareAndWrite: {
      const std::vector<std::byte> data = trial.gathered();
      model_.write(trial.lba, trial.count, std::span(data).last(data.size() / 2));
      return;
    }
    case Op::Copy: model_.copy(trial.source_lba, trial.lba, trial.count); return;
  }
}

void Workload::fail(const Trial& trial, const std::string& what) {
  if (failure_.empty()) {
    failure_ = fmt::format("request {} ({}): {}", done_count_, trial.describe(), what);
  }
}

}  // namespace outrigger::contract
