#include "nvme_host/tcp_path.h"

#include "base/log.h"
#include "nvme_host/controller_limits.h"
#include "nvme_host/limits.h"
#include "nvme_host/namespace_scan.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace outrigger::nvme_host {
namespace {

constexpr uint64_t ns_per_ms = 1'000'000;

}  // namespace

std::unique_ptr<Path> make_tcp_path(core::Reactor& control, std::vector<core::Reactor*> data_cores,
                                    PathOptions options) {
  return std::make_unique<TcpPath>(control, std::move(data_cores), std::move(options));
}

TcpPath::TcpPath(core::Reactor& control, std::vector<core::Reactor*> data_cores, PathOptions options,
                 BeginConnect connect)
    : control_(control),
      data_cores_(std::move(data_cores)),
      options_(std::move(options)),
      connect_(std::move(connect)),
      bell_(control),
      events_(control, bell_),
      keep_alive_(control),
      // Paths of one machine, and one path's machines, shall not all come back in the same moment.
      random_(control.clock().now_ns() ^ std::hash<std::string>{}(options_.name + options_.traddr + options_.hostnqn)) {
  transition_timer_.owner = stop_timer_.owner = this;
  transition_timer_.fire = [](core::Timer& timer) noexcept {
    static_cast<TcpPath*>(timer.owner)->lose("an ANA transition took longer than ANATT allows");
  };
  stop_timer_.fire = [](core::Timer& timer) noexcept { static_cast<TcpPath*>(timer.owner)->interrupt(); };
}

TcpPath::~TcpPath() { check(is_over_, "a path is stopped before it is destroyed"); }

void TcpPath::start(PathObserver& observer) {
  check(observer_ == nullptr, "a path is started once");
  observer_ = &observer;
  is_over_ = false;
  lost_ns_ = control_.clock().now_ns();
  set_state(PathState::Connecting);
  core::spawn(run());
}

core::Job<void> TcpPath::stop() {
  if (is_over_) {
    co_return;
  }
  check(!is_stopping_, "a path is stopped once");
  is_stopping_ = true;
  set_state(PathState::Stopping);
  if (is_serving_) {
    // What the job is at may end in order, but not take its time.
    control_.arm(stop_timer_, control_.clock().now_ns() + shutdown_ns_max);
  } else {
    interrupt();
  }
  bell_.ring();
  co_await over_;
}

void TcpPath::reset() {
  if (is_over_ || is_stopping_) {
    return;
  }
  is_reset_ = true;
  if (is_serving_) {
    lose("reset by its owner");
  } else {
    interrupt();
    bell_.ring();
  }
}

std::shared_ptr<PathQueue> TcpPath::queue(size_t core) const { return core < ways_.size() ? ways_[core] : nullptr; }

void TcpPath::queue_broken(TcpQueue& queue) noexcept {
  const bool is_admin = session_ != nullptr && &session_->queue() == &queue;
  if (is_admin || std::ranges::any_of(queues_, [&queue](const auto& one) { return one.get() == &queue; })) {
    lose(fmt::format("{}: {}", queue.options().name, queue.why()));
  }
}

void TcpPath::lose(const std::string& why) noexcept {
  if (is_lost_) {
    return;
  }
  is_lost_ = true;
  status_.why = fmt::format("{}: {}", queue_options("").address.text(), why);
  interrupt();
  bell_.ring();
}

// Whatever the job waits for on the wire ends.
void TcpPath::interrupt() noexcept {
  if (session_ != nullptr) {
    session_->interrupt();
  }
  if (opening_ != nullptr) {
    opening_->close();
  }
}

void TcpPath::set_state(PathState state) {
  if (status_.state != state) {
    status_.state = state;
    status_.since_ns = control_.clock().now_ns();
  }
}

TcpQueueOptions TcpPath::queue_options(std::string name) const {
  TcpQueueOptions made;
  made.name = std::move(name);
  made.address = {.traddr = options_.traddr,
                  .trsvcid = options_.trsvcid,
                  .source_traddr = options_.source_traddr,
                  .source_trsvcid = options_.source_trsvcid};
  made.connect = connect_;
  made.digests = {.header = options_.has_header_digest, .data = options_.has_data_digest};
  made.open_ns = options_.connect_timeout_ms * ns_per_ms;
  // A cut wire is noticed as fast as a controller that is silent.
  made.user_timeout_ms = options_.keep_alive_ms != 0 ? options_.keep_alive_ms : options_.answer_timeout_ms;
  return made;
}

bool TcpPath::has_ana() const noexcept { return (session_->identity().cmic & (1U << 3U)) != 0; }

// -- the job

core::Job<void> TcpPath::run() {
  while (!is_stopping_) {
    is_reset_ = is_lost_ = is_refused_ = is_denied_ = false;
    auto setting_up = set_up();
    const auto up = co_await setting_up;
    if (up.has_value() && !is_lost_ && !is_stopping_ && !is_reset_) {
      auto living = live();
      co_await living;
    } else if (!is_stopping_ && !is_reset_) {
      note_failure(up.has_value() ? Error{Code::Unavailable, status_.why} : up.error());
      is_lost_ = true;  // what a target that refused us closes now is no other reason
    }
    auto taking_down = take_down();
    co_await taking_down;
    if (!is_stopping_ && !is_reset_) {
      auto pausing = pause();
      co_await pausing;
    }
  }
  if (stop_timer_.is_armed()) {
    control_.cancel(stop_timer_);
  }
  set_state(PathState::Idle);
  is_over_ = true;
  over_.set(true);  // the path may be gone now
}

void TcpPath::note_failure(const Error& error) {
  ++failures_;
  ++status_.connect_failures;
  status_.why = error.what;
  is_refused_ = session_ != nullptr && session_->is_refused();
  is_denied_ = session_ != nullptr && session_->is_denied();
  status_.is_refused = is_refused_ || is_denied_ || error.code == Code::PermissionDenied;
  if (told_ != status_.why && life_lines_.admit(control_.clock().now_ns())) {
    told_ = status_.why;
    if (is_denied_) {
      log::warning("nvme_host", "{}: {}; tried again every {} s, when it is reset, and with other keys{}",
                   options_.name, told_, denied_delay_ms / 1000, life_lines_.left_out_note());
    } else {
      log::info("nvme_host", "{}: {}; trying again{}", options_.name, told_, life_lines_.left_out_note());
    }
  }
}

// Each step has its own limit of time, so that one that makes no progress ends; `stage` says how far it got.
core::Job<Result<void>> TcpPath::set_up() {
  status_.stage = {};
  TcpQueueOptions options = queue_options("admin queue");
  options.is_admin = true;
  options.answer_ns = options_.connect_timeout_ms * ns_per_ms;
  TcpQueueOwner& owner = *this;
  session_ = std::make_unique<AdminSession>(control_, owner, std::move(options),
                                            Association{.subnqn = options_.subnqn,
                                                        .hostnqn = options_.hostnqn,
                                                        .hostid = options_.hostid,
                                                        .keep_alive_ms = options_.keep_alive_ms,
                                                        .security = options_.security,
                                                        .pace = options_.pace});
  auto opening = session_->open();
  auto result = co_await opening;
  if (!result.has_value()) {
    co_return result;
  }
  keep_alive_.start(session_->queue(), options_.keep_alive_ms * ns_per_ms);
  status_.stage = "enabling the controller";
  auto enabling = session_->enable();
  result = co_await enabling;
  if (!result.has_value()) {
    co_return result;
  }
  status_.stage = "identifying the controller";
  auto identifying = session_->identify();
  result = co_await identifying;
  if (!result.has_value()) {
    co_return result;
  }
  auto learning = learn_controller(&control_, session_.get(), options_.keep_alive_ms);
  auto learned = co_await learning;
  if (!learned.has_value()) {
    co_return std::unexpected(learned.error());
  }
  controller_ = std::move(*learned);
  if (!controller_.has_keep_alive) {
    keep_alive_.stop();
  }
  status_.stage = "asking for events";
  auto asking = ask_for_events();
  result = co_await asking;
  if (!result.has_value()) {
    co_return result;
  }
  status_.stage = "reading the namespaces";
  auto reading = read_namespaces();
  auto spaces = co_await reading;
  if (!spaces.has_value()) {
    co_return std::unexpected(spaces.error());
  }
  namespaces_ = std::move(*spaces);
  status_.stage = "connecting the I/O queues";
  auto connecting = connect_queues();
  result = co_await connecting;
  co_return result;
}

core::Job<Result<void>> TcpPath::ask_for_events() {
  const nvme::IdentifyController& identity = session_->identity();
  const uint32_t wanted = identity.oaes & (nvme::oaes::NamespaceAttribute | nvme::oaes::AnaChange);
  auto setting = session_->set_feature(nvme::FeatureId::AsyncEventConfiguration, wanted);
  const auto set = co_await setting;
  if (!set.has_value()) {
    co_return std::unexpected(set.error());
  }
  errors_due_ns_ = UINT64_MAX;
  errors_retries_ = 0;
  events_.start(identity.aerl + 1U);
  events_.listen(session_->queue());
  co_return Result<void>();
}

core::Job<Result<void>> TcpPath::connect_queues() {
  const size_t wanted =
      options_.io_queue_count == 0 ? data_cores_.size() : std::min<size_t>(options_.io_queue_count, data_cores_.size());
  check(wanted != 0, "a path has data cores to live on");
  const auto asked = static_cast<uint32_t>(wanted - 1);
  auto setting = session_->set_feature(nvme::FeatureId::NumberOfQueues, asked | (asked << 16U));
  const auto granted = co_await setting;
  if (!granted.has_value()) {
    co_return std::unexpected(granted.error());
  }
  // 0's based, submission queues below, completion queues above.
  const size_t count = std::min({wanted, size_t{(*granted & 0xFFFFU) + 1}, size_t{(*granted >> 16U) + 1}});
  // A queue that several cores share holds as many commands as theirs would together.
  const auto users = static_cast<uint32_t>((data_cores_.size() + count - 1) / count);
  const uint64_t entries_wanted = uint64_t{options_.queue_entries} * users;
  const auto entries = static_cast<uint32_t>(std::clamp<uint64_t>(
      std::min<uint64_t>(entries_wanted, session_->entries_max()), queue_entries_min, queue_entries_max));
  for (size_t core = 0; core < count; ++core) {
    auto connecting = connect_queue(core, entries);
    auto connected = co_await connecting;
    if (!connected.has_value()) {
      co_return connected;
    }
    if (is_lost_ || is_stopping_ || is_reset_) {
      co_return fail(Code::Unavailable, "{}", is_lost_ ? status_.why : "stopped or reset while it was set up");
    }
  }
  controller_.io_queue_count = static_cast<uint32_t>(count);
  // One entry of a queue may have to stay free, and a fused pair needs two.
  controller_.can_compare_and_write = controller_.can_compare_and_write && queues_.front()->depth() > 1;
  share_queues();
  co_return Result<void>();
}

// Core i uses queue i modulo their number; the first cores are where they live.
void TcpPath::share_queues() {
  const size_t count = queues_.size();
  ways_.assign(queues_.begin(), queues_.end());
  ways_.resize(data_cores_.size());
  for (size_t home = 0; home < count; ++home) {
    const size_t borrowers = (data_cores_.size() - home - 1) / count;
    if (borrowers == 0) {
      continue;
    }
    auto shared =
        std::make_shared<SharedQueue>(SharedQueue{.queue = queues_[home], .home = *data_cores_[home], .lent = 0});
    const ShareDepths depths = share_depths(queues_[home]->depth(), borrowers);
    ways_[home] = std::make_shared<HomeShare>(shared, depths.home);
    for (size_t core = home + count; core < data_cores_.size(); core += count) {
      auto share = std::make_shared<BorrowedShare>(shared, *data_cores_[core], depths.borrower);
      borrowed_.emplace_back(core, share);
      ways_[core] = std::move(share);
    }
  }
}

core::Job<Result<void>> TcpPath::connect_queue(size_t core, uint32_t entries) {
  TcpQueueOptions options = queue_options(fmt::format("I/O queue {}", core + 1));
  options.entries = entries;
  options.in_capsule_bytes = session_->in_capsule_bytes();
  options.answer_ns = options_.answer_timeout_ms * ns_per_ms;
  options.connect_ns = options_.connect_timeout_ms * ns_per_ms;
  options.tls = session_->tls();
  TcpQueueOwner& owner = *this;
  opening_ = std::make_shared<TcpQueue>(control_, owner, std::move(options));
  opening_->open();
  auto opened = opening_->opened();
  co_await opened;
  if (!opening_->is_live()) {
    session_->note_not_opened(*opening_);
    co_return fail(Code::Unavailable, "{}: {}: {}", opening_->options().address.text(), opening_->options().name,
                   opening_->why());
  }
  auto connecting = session_->connect_queue(*opening_, static_cast<uint16_t>(core + 1));
  auto connected = co_await connecting;
  if (!connected.has_value()) {
    co_return connected;
  }
  opening_->detach();
  queues_.push_back(std::move(opening_));
  opening_ = nullptr;
  const std::shared_ptr<TcpQueue> queue = queues_.back();
  core::Reactor& home = *data_cores_[core];
  auto attaching = core::run_on(control_, home, [queue, &home] { return queue->attach(home); });
  const bool is_attached = co_await attaching;
  if (!is_attached) {
    co_return fail(Code::Unavailable, "{}: {} broke: {}", queue->options().address.text(), queue->options().name,
                   queue->why());
  }
  co_return Result<void>();
}

core::Job<void> TcpPath::live() {
  const uint64_t since_ns = control_.clock().now_ns();
  ++status_.connects;
  status_.stage = {};
  told_.clear();
  set_state(PathState::Live);
  if (life_lines_.admit(since_ns)) {
    log::info("nvme_host", "{}: connected to {} at {}, controller {}, {} namespaces, {} I/O queues{}", options_.name,
              options_.subnqn, queue_options("").address.text(), controller_.cntlid, namespaces_.size(), queues_.size(),
              life_lines_.left_out_note());
  }
  is_serving_ = true;
  status_.is_secure = session_->tls() != nullptr;
  status_.is_authenticated = session_->is_authenticated();
  const uint64_t interval_ns = status_.is_authenticated ? options_.security->reauthenticate_ns : 0;
  reauthenticate_at_ns_ = interval_ns == 0 ? UINT64_MAX : since_ns + std::max(interval_ns, reauthenticate_ns_min);
  observer_->path_live(*this);
  auto serving = serve();
  co_await serving;
  is_serving_ = status_.is_secure = status_.is_authenticated = false;
  lost_ns_ = control_.clock().now_ns();
  if (is_stopping_) {
    status_.why = "stopped";
  } else {
    ++status_.losses;
    // One that breaks as soon as it was made counts as a try that failed: pauses grow.
    failures_ = lost_ns_ - since_ns >= options_.reconnect_delay_ms * ns_per_ms ? 0 : failures_ + 1;
    set_state(PathState::Reconnecting);
    if (life_lines_.admit(lost_ns_)) {
      log::warning("nvme_host", "{}: lost: {}{}", options_.name, status_.why, life_lines_.left_out_note());
    }
  }
  observer_->path_down(*this, status_.why);
}

core::Job<void> TcpPath::serve() {
  while (!is_stopping_ && !is_lost_) {
    auto waiting = bell_.until(std::min(reauthenticate_at_ns_, errors_due_ns_));
    co_await waiting;
    auto keeping = keep_authenticated();
    co_await keeping;
    while (!is_stopping_ && !is_lost_ && control_.clock().now_ns() < events_.earliest_ns()) {
      auto calming = bell_.until(events_.earliest_ns());
      co_await calming;
    }
    if (is_stopping_ || is_lost_) {
      break;
    }
    auto acting = act_on(events_.take());
    co_await acting;
    if (!is_lost_) {
      events_.listen(session_->queue());
    }
  }
}

core::Job<void> TcpPath::keep_authenticated() {
  if (is_stopping_ || is_lost_ || control_.clock().now_ns() < reauthenticate_at_ns_) {
    co_return;
  }
  auto authenticating = session_->reauthenticate();
  const auto authenticated = co_await authenticating;
  if (!authenticated.has_value()) {
    lose(authenticated.error().what);
    co_return;
  }
  reauthenticate_at_ns_ =
      control_.clock().now_ns() + std::max(options_.security->reauthenticate_ns, reauthenticate_ns_min);
}

core::Job<void> TcpPath::close_queues() {
  for (size_t core = 0; core < queues_.size(); ++core) {
    const std::shared_ptr<TcpQueue> queue = queues_[core];
    auto closing = core::run_on(control_, *data_cores_[core], [queue] {
      queue->close();
      return true;
    });
    (void)co_await closing;
  }
  // What the queues gave back to other cores has come there when this has.
  for (const auto& [core, share] : borrowed_) {
    auto closing = core::run_on(control_, *data_cores_[core], [share] {
      share->close();
      return true;
    });
    (void)co_await closing;
  }
  borrowed_.clear();
  ways_.clear();
  queues_.clear();
}

core::Job<void> TcpPath::take_down() {
  auto closing_queues = close_queues();
  co_await closing_queues;
  if (transition_timer_.is_armed()) {
    control_.cancel(transition_timer_);
  }
  transitions_.clear();
  keep_alive_.stop();
  if (opening_ != nullptr) {
    opening_->close();
  }
  if (session_->queue().is_live()) {
    auto shutting_down = session_->shut_down();
    co_await shutting_down;
  }
  auto closing = session_->close();
  co_await closing;
  opening_ = nullptr;
  session_ = nullptr;
}

// -- between two tries

bool TcpPath::is_given_up() const {
  if (options_.controller_loss_ms < 0) {
    return false;
  }
  return control_.clock().now_ns() - lost_ns_ >= static_cast<uint64_t>(options_.controller_loss_ms) * ns_per_ms;
}

uint64_t TcpPath::next_delay_ns() {
  if (failures_ == 0) {
    return 0;
  }
  constexpr uint32_t doublings_max = 16;
  const uint64_t grown = uint64_t{options_.reconnect_delay_ms} << std::min(failures_ - 1, doublings_max);
  uint64_t delay_ms = std::min<uint64_t>(grown, options_.reconnect_delay_max_ms);
  if (is_refused_ || is_denied_) {
    delay_ms = std::max<uint64_t>(delay_ms, is_denied_ ? denied_delay_ms : refused_delay_ms);
  }
  const uint64_t delay_ns = delay_ms * ns_per_ms;
  return delay_ns + random_.below(delay_ns / 8 + 1);
}

core::Job<void> TcpPath::pause() {
  if (is_given_up()) {
    status_.why = fmt::format("given up after {} ms without success; the last failure: {}", options_.controller_loss_ms,
                              status_.why);
    set_state(PathState::Failed);
    log::error("nvme_host", "{}: {}", options_.name, status_.why);
    observer_->path_down(*this, status_.why);
    while (!is_stopping_ && !is_reset_) {
      auto waiting = bell_.until(UINT64_MAX);
      co_await waiting;
    }
    failures_ = 0;
    lost_ns_ = control_.clock().now_ns();
    if (!is_stopping_) {
      set_state(PathState::Connecting);
    }
    co_return;
  }
  uint64_t deadline_ns = control_.clock().now_ns() + next_delay_ns();
  if (options_.controller_loss_ms >= 0) {
    // The last try is at the end of the time, not after it.
    deadline_ns = std::min(deadline_ns, lost_ns_ + static_cast<uint64_t>(options_.controller_loss_ms) * ns_per_ms);
  }
  while (!is_stopping_ && !is_reset_ && control_.clock().now_ns() < deadline_ns) {
    auto waiting = bell_.until(deadline_ns);
    co_await waiting;
  }
}

}  // namespace outrigger::nvme_host
