#include "nvme_host/remote_channel.h"

#include "base/check.h"
#include "nvme_host/remote_namespace.h"
#include "nvme_host/remote_status.h"
#include "nvme_host/remote_step.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace outrigger::nvme_host {

using block::Op;
using block::Request;
using block::Status;

RemoteChannel::RemoteChannel(RemoteNamespace& device, core::Reactor& reactor, std::shared_ptr<ChannelLink> link,
                             std::shared_ptr<const PathTable> table, uint32_t slot_count)
    : Channel(device),
      reactor_(reactor),
      block_size_(device.fixed_geometry().block_size),
      has_write_cache_(device.fixed_geometry().has_write_cache),
      link_(std::move(link)),
      current_(std::make_unique<LiveTable>(LiveTable{std::move(table), 0})),
      selector_(current_->table->selection),
      slots_(slot_count),
      pairs_(device.fixed_geometry().can_compare_and_write ? pairs_max : 0) {
  for (RemoteSlot& slot : slots_) {
    slot.channel = this;
    slot.command.owner = slot.second.owner = &slot;
    slot.command.done = slot.second.done = &RemoteChannel::command_done;
    free_.push_back(slot);
  }
  for (PairIov& pair : pairs_) {
    free_pairs_.push_back(pair);
  }
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<RemoteChannel*>(timer.owner)->wake(); };
  link_->channel = this;
}

RemoteChannel::~RemoteChannel() {
  check(free_.count() == slots_.size() && waiting_.is_empty(), "a channel is drained before it is destroyed");
  reactor_.cancel(timer_);
  link_->channel = nullptr;
  static_cast<RemoteNamespace&>(device()).channel_closed(*link_);
}

void RemoteChannel::update(std::shared_ptr<const PathTable> table) {
  auto next = std::make_unique<LiveTable>(LiveTable{std::move(table), 0});
  std::swap(current_, next);
  if (next->users != 0) {
    retired_.push_back(std::move(next));
  }
  selector_.set(this->table().selection);
  lane_states_ = {};  // control knows more about the paths than their latest errors
  if (this->table().no_path_since_ns == 0) {
    no_path_since_ns_ = 0;
  }
  // Control may know a path that has come back: whoever waits for one looks at once.
  for (RemoteSlot* slot = parked_.front(); slot != nullptr; slot = slot->next) {
    if (slot->waits_for_path || !this->table().is_present) {
      slot->due_ns = slot->hold_until_ns;
    }
  }
  parked_due_ns_ = 0;
  wake();
}

void RemoteChannel::drop_user(LiveTable& table) noexcept {
  --table.users;
  if (table.users == 0 && &table != current_.get()) {
    std::erase_if(retired_, [&](const auto& retired) { return retired.get() == &table; });
  }
}

// ---- new requests

void RemoteChannel::do_submit(Request& request) noexcept {
  // A path looks after itself; there is nothing that a Reset could add.
  if (request.op == Op::Reset || (request.op == Op::Flush && !has_write_cache_)) {
    request.complete(Status::Ok);
    return;
  }
  if (waiting_.is_empty() && try_start(request)) [[likely]] {
    return;
  }
  waiting_.push_back(request);
  arm();
}

void RemoteChannel::do_expedite() noexcept {
  // Pauses between tries are over now; what waits for a path or for the end of a hold goes on waiting.
  for (RemoteSlot* slot = parked_.front(); slot != nullptr; slot = slot->next) {
    slot->due_ns = slot->hold_until_ns;
  }
  parked_due_ns_ = 0;
  wake();
}

namespace {

// Aborted may be tried again by whoever is there to do so; what must not be done twice is not.
Status status_of_abandoned(const RemoteSlot& slot) noexcept {
  const bool is_once_only = slot.request->op == Op::CompareAndWrite || is_unrepeatable(*slot.request);
  return slot.may_have_run && is_once_only ? Status::IoError : Status::Aborted;
}

}  // namespace

void RemoteChannel::do_abandon() noexcept {
  IntrusiveQueue<Request> waiting;
  IntrusiveQueue<Request> ended;
  waiting.splice_back(waiting_);
  while (Request* const request = waiting.pop_front()) {
    (request->is_abandoned() ? ended : waiting_).push_back(*request);
  }
  IntrusiveQueue<RemoteSlot> parked;
  IntrusiveQueue<RemoteSlot> over;
  parked.splice_back(parked_);
  while (RemoteSlot* const slot = parked.pop_front()) {
    (slot->request->is_abandoned() ? over : parked_).push_back(*slot);
  }
  while (RemoteSlot* const slot = over.pop_front()) {
    end(*slot, status_of_abandoned(*slot));
  }
  while (Request* const request = ended.pop_front()) {
    request->complete(Status::Aborted);
  }
  wake();  // there may be slots now for who waited behind them
}

// False: it must wait; nothing of it was begun.
bool RemoteChannel::try_start(Request& request) noexcept {
  if (!table().is_present) {
    request.complete(Status::IoError);
    return true;
  }
  RemoteSlot* const slot = free_.pop_front();
  if (slot == nullptr) {
    is_waiting_for_path_ = false;
    return false;
  }
  slot->request = &request;
  slot->done_blocks = 0;
  slot->retries = 0;
  slot->failed_since_ns = slot->hold_until_ns = 0;
  slot->may_have_run = slot->is_ending = slot->waits_for_path = false;
  const Sent sent = send(*slot);
  switch (sent) {
    case Sent::Yes: return true;
    case Sent::Unsupported: finish(*slot, Status::Unsupported); return true;
    case Sent::TooLarge: finish(*slot, Status::Invalid); return true;
    case Sent::Full:
    case Sent::NoPath: break;
  }
  if (sent == Sent::NoPath && now_ns() >= deadline_ns(no_path_since_ns_)) {
    finish(*slot, Status::IoError);
    return true;
  }
  if (needed_capability(request.op) != 0) {
    // Only some paths may be able to do it: it waits by itself, so that those behind it need not.
    if (sent == Sent::NoPath) {
      wait_for_path(*slot);
    } else {
      park(*slot, now_ns() + full_recheck_ns);
    }
    return true;
  }
  is_waiting_for_path_ = sent == Sent::NoPath;
  free_.push_front(*slot);
  return false;
}

// ---- sending

bool RemoteChannel::is_usable(const PathLane& lane) const noexcept {
  return lane.queue != nullptr && lane.queue->is_live() && lane_states_[lane.number].avoid_until_ns <= now_ns();
}

RemoteChannel::Sent RemoteChannel::send(RemoteSlot& slot) noexcept {
  const uint8_t needed = needed_capability(slot.request->op);
  if (slot.request->op == Op::CompareAndWrite && slot.pair == nullptr) {
    slot.pair = free_pairs_.pop_front();
    if (slot.pair == nullptr) {
      return Sent::Full;
    }
  }
  // NVMe Base 2.0, section 8.1: paths that are not optimized are for when there is no optimized one.
  uint32_t optimized = 0;
  uint32_t others = 0;
  bool is_possible = false;
  const auto& lanes = table().lanes;
  for (uint32_t i = 0; i < lanes.size(); ++i) {
    const PathLane& lane = lanes[i];
    if ((lane.capabilities & needed) != needed) {
      continue;
    }
    is_possible = true;
    const bool is_optimized = lane.ana == PathAnaState::Optimized;
    if ((is_optimized || lane.ana == PathAnaState::NonOptimized) && is_usable(lane)) {
      (is_optimized ? optimized : others) |= 1U << i;
    }
  }
  Sent sent = is_possible || lanes.empty() ? Sent::NoPath : Sent::Unsupported;
  if (optimized != 0) {
    sent = send_to_one_of(slot, optimized);
  }
  if (sent == Sent::NoPath && others != 0) {
    sent = send_to_one_of(slot, others);
  }
  note_path(sent);
  return sent;
}

// Tries the lanes (a bit for each place in the table) in the selector's order.
RemoteChannel::Sent RemoteChannel::send_to_one_of(RemoteSlot& slot, uint32_t lanes) noexcept {
  const auto& all = table().lanes;
  if (std::has_single_bit(lanes)) [[likely]] {
    const auto only = static_cast<uint32_t>(std::countr_zero(lanes));
    selector_.use(all[only].number);
    return send_on(slot, only);
  }
  std::array<PathLoad, paths_max> loads;
  std::array<uint8_t, paths_max> place{};  // of a path's number
  uint32_t usable = 0;                     // by number
  for (uint32_t rest = lanes; rest != 0; rest &= rest - 1) {
    const auto i = static_cast<uint32_t>(std::countr_zero(rest));
    const PathLane& lane = all[i];
    usable |= 1U << lane.number;
    place[lane.number] = static_cast<uint8_t>(i);
    if (selector_.needs_loads()) {
      loads[lane.number] = {lane.queue->in_flight_count(),
                            lane.counters->mean_latency_ns.load(std::memory_order_relaxed)};
    }
  }
  Sent sent = Sent::NoPath;
  while (usable != 0) {
    const uint32_t number = selector_.choose(usable, loads);
    const Sent here = send_on(slot, place[number]);
    if (here == Sent::Yes || here == Sent::TooLarge) {
      return here;
    }
    // Whoever has one path in use waits for room on it; the others are for when it is gone.
    if (here == Sent::Full && table().selection == PathSelection::ActivePassive) {
      return here;
    }
    if (here == Sent::Full) {
      sent = Sent::Full;
    }
    usable &= ~(1U << number);
  }
  return sent;
}

RemoteChannel::Sent RemoteChannel::send_on(RemoteSlot& slot, uint32_t lane_index) noexcept {
  const PathLane& lane = table().lanes[lane_index];
  if (!build_step(slot, lane, block_size_)) {
    return Sent::TooLarge;
  }
  slot.lane = lane_index;
  slot.sent_ns = now_ns();
  slot.table = current_.get();
  if (!submit(slot, *lane.queue)) {
    close_step(slot);
    return lane.queue->is_live() ? Sent::Full : Sent::NoPath;
  }
  ++current_->users;
  add_to(lane.counters->in_flight, 1);
  return Sent::Yes;
}

bool RemoteChannel::submit(RemoteSlot& slot, PathQueue& queue) noexcept {
  if (slot.pair == nullptr) [[likely]] {
    slot.pending = 1;
    return queue.submit(slot.command);
  }
  // Both or none: the second must come right behind the first.
  if (queue.in_flight_count() + 2 > queue.depth() || !queue.submit(slot.command)) {
    return false;
  }
  slot.pending = 2;
  if (!queue.submit(slot.second)) {
    // The connection ended in between; the first comes back and says so.
    slot.pending = 1;
    slot.second.status = nvme::Status::retryable(nvme::StatusCode::AbortFailedFused);
  }
  return true;
}

void RemoteChannel::note_path(Sent sent) noexcept {
  if (sent != Sent::NoPath) {
    no_path_since_ns_ = 0;
    return;
  }
  // Whoever waits looks often: a time when nobody looked says nothing about the paths.
  const bool is_stale = now_ns() - no_path_seen_ns_ > 2 * no_path_recheck_ns;
  if (no_path_since_ns_ == 0 || is_stale) {
    const uint64_t known_ns = table().no_path_since_ns;
    no_path_since_ns_ = known_ns != 0 ? std::min(known_ns, now_ns()) : now_ns();
  }
  no_path_seen_ns_ = now_ns();
}

uint64_t RemoteChannel::deadline_ns(uint64_t since_ns) const noexcept {
  const uint64_t give_up_ns = table().give_up_ns;
  return since_ns == 0 || give_up_ns > UINT64_MAX - since_ns ? UINT64_MAX : since_ns + give_up_ns;
}

// ---- what came back

void RemoteChannel::command_done(Command& command) noexcept {
  auto& slot = *static_cast<RemoteSlot*>(command.owner);
  check(slot.pending > 0, "a command completes once");
  if (--slot.pending == 0) {
    slot.channel->came_back(slot);
  }
}

namespace {

// The status of a pair is that of the command that failed on its own; the other was only aborted along with it.
nvme::Status status_of(const RemoteSlot& slot) noexcept {
  const nvme::Status first = slot.command.status;
  if (slot.pair == nullptr || first == slot.second.status) {
    return first;
  }
  const nvme::Status second = slot.second.status;
  // A comparison that failed says for certain that nothing was written.
  if (first.code() == nvme::StatusCode::CompareFailure) {
    return first;
  }
  // The write may be executed as long as it was not answered.
  if (verdict_of(second).ran == Ran::MayYet) {
    return second;
  }
  const bool first_was_aborted = first.is_success() || first.code() == nvme::StatusCode::AbortFailedFused;
  return first_was_aborted ? second : first;
}

// What a step that failed may have changed. Of a pair whose Compare did not get through, the Write says it.
Ran ran_of(const RemoteSlot& slot, const Verdict& verdict) noexcept {
  const bool is_compares = slot.pair != nullptr && verdict.ran == Ran::Perhaps;
  return is_compares ? verdict_of(slot.second.status).ran : verdict.ran;
}

}  // namespace

void RemoteChannel::came_back(RemoteSlot& slot) noexcept {
  LiveTable& sent_by = *slot.table;
  const PathLane& lane = sent_by.table->lanes[slot.lane];
  const nvme::Status status = status_of(slot);
  close_step(slot);
  count(slot, lane, status);
  if (status.is_success()) [[likely]] {
    step_succeeded(slot);
  } else {
    step_failed(slot, lane, status);
  }
  drop_user(sent_by);
  if (!waiting_.is_empty()) {
    wake_waiting();
    arm();
  }
}

void RemoteChannel::count(const RemoteSlot& slot, const PathLane& lane, nvme::Status status) noexcept {
  PathCounters& counters = *lane.counters;
  add_to(counters.in_flight, UINT64_MAX);  // one less
  add_to(counters.commands, 1);
  if (!status.is_success()) [[unlikely]] {
    add_to(counters.errors, 1);
    return;
  }
  const uint64_t duration_ns = now_ns() - std::min(slot.sent_ns, now_ns());
  counters.add_latency(duration_ns);
  const Op op = slot.request->op;
  if (op == Op::Read) {
    add_to(counters.reads, 1);
    add_to(counters.read_latency_ns, duration_ns);
    add_to(counters.read_bytes, slot.command.data_bytes);
  } else if (op == Op::Write || op == Op::CompareAndWrite) {
    add_to(counters.writes, 1);
    add_to(counters.write_latency_ns, duration_ns);
    add_to(counters.written_bytes, slot.command.data_bytes);
  }
}

void RemoteChannel::step_succeeded(RemoteSlot& slot) noexcept {
  slot.failed_since_ns = 0;
  slot.done_blocks += slot.step_blocks;
  if (slot.request->op == Op::Flush || slot.done_blocks == slot.request->block_count) [[likely]] {
    finish(slot, Status::Ok);
    return;
  }
  // What may have run was repeated and is done; the next step begins afresh.
  slot.may_have_run = false;
  slot.retries = 0;
  go_on(slot);
}

void RemoteChannel::step_failed(RemoteSlot& slot, const PathLane& lane, nvme::Status status) noexcept {
  const Verdict verdict = verdict_of(status);
  if (const Ran ran = ran_of(slot, verdict); ran != Ran::Not && is_change(slot.request->op)) {
    slot.may_have_run = true;
    if (ran == Ran::MayYet) {
      slot.hold_until_ns = std::max(slot.hold_until_ns, now_ns() + lane.hold_ns);
    }
    if (is_unrepeatable(*slot.request) && (ran == Ran::MayYet || verdict.retry != Retry::Never)) {
      end(slot, Status::IoError);
      return;
    }
  }
  if (slot.request->is_abandoned()) [[unlikely]] {
    end(slot, status_of_abandoned(slot));
    return;
  }
  if (verdict.retry == Retry::Never) {
    const bool is_unknown = slot.may_have_run && verdict.status == Status::Miscompare;
    end(slot, is_unknown ? Status::IoError : verdict.status);
    return;
  }
  const bool is_retried =
      verdict.retry == Retry::Path ? retry_path(slot, lane) : retry_later(slot, lane, verdict, status);
  if (is_retried) {
    add_to(lane.counters->retries, 1);
  }
}

bool RemoteChannel::retry_path(RemoteSlot& slot, const PathLane& lane) noexcept {
  lane_states_[lane.number].avoid_until_ns = now_ns() + path_avoid_ns;
  if (slot.failed_since_ns == 0) {
    slot.failed_since_ns = now_ns();
  }
  if (now_ns() >= deadline_ns(slot.failed_since_ns)) {
    end(slot, Status::IoError);
    return false;
  }
  if (slot.hold_until_ns > now_ns()) {
    park(slot, slot.hold_until_ns);
  } else {
    go_on(slot);
  }
  return true;
}

bool RemoteChannel::retry_later(RemoteSlot& slot, const PathLane& lane, const Verdict& verdict,
                                nvme::Status status) noexcept {
  if (slot.retries >= table().retries_max) {
    end(slot, verdict.status);
    return false;
  }
  // Base 2.0, figure 94: CRD.
  const uint32_t index = status.retry_delay_index();
  const uint64_t asked_ns = index != 0 ? lane.retry_delay_ns[index - 1] : 0;
  const uint64_t delay_ns = asked_ns != 0 ? asked_ns : retry_delay_ns << std::min(slot.retries, 10U);
  ++slot.retries;
  park(slot, std::max(now_ns() + delay_ns, slot.hold_until_ns));
  return true;
}

// The next step, or the same one again.
void RemoteChannel::go_on(RemoteSlot& slot) noexcept {
  slot.waits_for_path = false;
  if (slot.request->is_abandoned()) [[unlikely]] {
    end(slot, status_of_abandoned(slot));
    return;
  }
  if (!table().is_present) {
    end(slot, Status::IoError);
    return;
  }
  switch (send(slot)) {
    case Sent::Yes: return;
    case Sent::Full: park(slot, now_ns() + full_recheck_ns); return;
    case Sent::NoPath: wait_for_path(slot); return;
    case Sent::Unsupported: end(slot, Status::Unsupported); return;
    case Sent::TooLarge: end(slot, Status::Invalid); return;
  }
}

void RemoteChannel::wait_for_path(RemoteSlot& slot) noexcept {
  if (slot.failed_since_ns == 0) {
    slot.failed_since_ns = now_ns();
  }
  const uint64_t deadline = std::min(deadline_ns(slot.failed_since_ns), deadline_ns(no_path_since_ns_));
  if (now_ns() >= deadline) {
    end(slot, Status::IoError);
    return;
  }
  slot.waits_for_path = true;
  park(slot, std::min(now_ns() + no_path_recheck_ns, deadline));
}

void RemoteChannel::park(RemoteSlot& slot, uint64_t due_ns) noexcept {
  slot.due_ns = due_ns;
  parked_.push_back(slot);
  parked_due_ns_ = std::min(parked_due_ns_, due_ns);
  arm();
}

void RemoteChannel::end(RemoteSlot& slot, Status outcome) noexcept {
  if (slot.hold_until_ns > now_ns()) {
    slot.is_ending = true;
    slot.outcome = outcome;
    park(slot, slot.hold_until_ns);
    return;
  }
  finish(slot, outcome);
}

void RemoteChannel::finish(RemoteSlot& slot, Status outcome) noexcept {
  if (slot.pair != nullptr) {
    free_pairs_.push_back(*std::exchange(slot.pair, nullptr));
  }
  Request& request = *std::exchange(slot.request, nullptr);
  free_.push_front(slot);
  request.complete(outcome);
}

// ---- waiting

void RemoteChannel::wake() noexcept {
  wake_parked();
  wake_waiting();
  arm();
}

void RemoteChannel::wake_parked() noexcept {
  if (parked_due_ns_ > now_ns()) {
    return;
  }
  // Who parks again meanwhile is looked at next time.
  IntrusiveQueue<RemoteSlot> parked;
  parked.splice_back(parked_);
  parked_due_ns_ = UINT64_MAX;
  while (RemoteSlot* const slot = parked.pop_front()) {
    if (slot->due_ns > now_ns()) {
      parked_.push_back(*slot);
      parked_due_ns_ = std::min(parked_due_ns_, slot->due_ns);
    } else if (slot->is_ending) {
      finish(*slot, slot->outcome);
    } else {
      go_on(*slot);
    }
  }
}

void RemoteChannel::wake_waiting() noexcept {
  for (size_t count = waiting_.count(); count != 0 && !waiting_.is_empty(); --count) {
    Request& request = *waiting_.pop_front();
    if (!try_start(request)) {
      waiting_.push_front(request);
      return;
    }
  }
}

void RemoteChannel::arm() noexcept {
  uint64_t due_ns = parked_due_ns_;
  if (!waiting_.is_empty()) {
    const bool has_in_flight = free_.count() + parked_.count() < slots_.size();
    if (is_waiting_for_path_) {
      due_ns = std::min({due_ns, now_ns() + no_path_recheck_ns, deadline_ns(no_path_since_ns_)});
    } else if (!has_in_flight) {
      // Others of this core have filled the path; our own commands would wake us when they come back.
      due_ns = std::min(due_ns, now_ns() + full_recheck_ns);
    }
  }
  if (due_ns != UINT64_MAX && (!timer_.is_armed() || timer_.deadline_ns > due_ns)) {
    reactor_.arm(timer_, due_ns);
  }
}

}  // namespace outrigger::nvme_host
