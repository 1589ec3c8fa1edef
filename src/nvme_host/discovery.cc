#include "nvme_host/discovery.h"

#include "base/log.h"
#include "nvme_host/discovery_limits.h"
#include "nvme_host/limits.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace outrigger::nvme_host {
namespace {

constexpr uint64_t ns_per_ms = 1'000'000;

class DeafOwner final : public TcpQueueOwner {
 public:
  void queue_broken(TcpQueue&) noexcept override {}
};

std::unique_ptr<AdminSession> make_session(core::Reactor& control, TcpQueueOwner& owner,
                                           const DiscoveryOptions& options, uint32_t keep_alive_ms) {
  TcpQueueOptions queue;
  queue.name = "discovery";
  queue.address = options.address;
  queue.digests = {.header = options.has_header_digest, .data = options.has_data_digest};
  queue.is_admin = true;
  queue.open_ns = queue.answer_ns = options.answer_timeout_ms * ns_per_ms;
  queue.user_timeout_ms = options.answer_timeout_ms;
  return std::make_unique<AdminSession>(control, owner, std::move(queue),
                                        Association{.subnqn = options.subnqn,
                                                    .hostnqn = options.hostnqn,
                                                    .hostid = options.hostid,
                                                    .keep_alive_ms = keep_alive_ms,
                                                    .security = options.security,
                                                    .pace = options.pace,
                                                    .is_discovery = true});
}

DiscoveryRecord record_of(const nvme::DiscoveryEntry& entry) {
  constexpr uint8_t secure_required = 1;
  DiscoveryRecord record;
  record.trtype = static_cast<nvme::TransportType>(entry.trtype);
  record.adrfam = static_cast<nvme::AddressFamily>(entry.adrfam);
  record.subtype = static_cast<nvme::SubsystemType>(entry.subtype);
  record.treq = entry.treq & 3U;
  record.requires_secure_channel = record.treq == secure_required;
  record.portid = entry.portid;
  record.cntlid = entry.cntlid;
  record.sectype = entry.tsas[0];
  record.traddr = printable(entry.traddr, sizeof(entry.traddr));
  record.trsvcid = printable(entry.trsvcid, sizeof(entry.trsvcid));
  record.subnqn = printable(entry.subnqn, sizeof(entry.subnqn));
  return record;
}

core::Job<Result<nvme::DiscoveryLogHeader>> read_header(AdminSession* session) {
  nvme::DiscoveryLogHeader header;
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(&header), sizeof(header));
  auto reading = session->read_log(nvme::LogPage::Discovery, 0, bytes);
  const auto read = co_await reading;
  if (!read.has_value()) {
    co_return std::unexpected(read.error());
  }
  if (header.recfmt != 0) {
    co_return fail(Code::Unimplemented, "{}: a discovery log of format {}", session->queue().options().address.text(),
                   static_cast<uint16_t>(header.recfmt));
  }
  co_return header;
}

// The records belong together when GENCTR is the same behind them as before.
core::Job<Result<DiscoveryLog>> read_records(AdminSession* session) {
  for (uint32_t tries = 0; tries < log_tries_max; ++tries) {
    auto reading_before = read_header(session);
    const auto before = co_await reading_before;
    if (!before.has_value()) {
      co_return std::unexpected(before.error());
    }
    const uint64_t count = std::min<uint64_t>(before->numrec, discovery_records_max);
    std::vector<nvme::DiscoveryEntry> entries(count);
    const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(entries.data()),
                                     entries.size() * sizeof(nvme::DiscoveryEntry));
    auto reading = session->read_log(nvme::LogPage::Discovery, sizeof(nvme::DiscoveryLogHeader), bytes);
    const auto read = co_await reading;
    if (!read.has_value()) {
      co_return std::unexpected(read.error());
    }
    auto reading_after = read_header(session);
    const auto after = co_await reading_after;
    if (!after.has_value()) {
      co_return std::unexpected(after.error());
    }
    if (after->genctr == before->genctr && after->numrec == before->numrec) {
      DiscoveryLog log{.generation = after->genctr,
                       .record_count = after->numrec,
                       .records = {},
                       .is_secure = session->tls() != nullptr,
                       .is_authenticated = session->is_authenticated()};
      std::ranges::transform(entries, std::back_inserter(log.records), record_of);
      co_return log;
    }
  }
  co_return fail(Code::Aborted, "{}: the discovery log changed whenever it was read",
                 session->queue().options().address.text());
}

core::Job<Result<void>> set_up(AdminSession* session) {
  auto opening = session->open();
  auto result = co_await opening;
  if (!result.has_value()) {
    co_return result;
  }
  auto enabling = session->enable();
  result = co_await enabling;
  if (!result.has_value()) {
    co_return result;
  }
  auto identifying = session->identify();
  result = co_await identifying;
  co_return result;
}

core::Job<void> take_down(AdminSession* session) {
  if (session->queue().is_live()) {
    auto shutting_down = session->shut_down();
    co_await shutting_down;
  }
  auto closing = session->close();
  co_await closing;
}

}  // namespace

// -- asking once

DiscoveryQuestion::DiscoveryQuestion(core::Reactor& control, DiscoveryOptions options)
    : control_(control),
      options_(std::move(options)),
      owner_(std::make_unique<DeafOwner>()),
      session_(make_session(control, *owner_, options_, 0)) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept {
    auto* const self = static_cast<DiscoveryQuestion*>(timer.owner);
    self->is_late_ = true;
    self->session_->interrupt();
  };
}

DiscoveryQuestion::~DiscoveryQuestion() { check(!timer_.is_armed(), "a question has ended before it goes"); }

void DiscoveryQuestion::interrupt() noexcept {
  is_interrupted_ = true;
  session_->interrupt();
}

core::Job<Result<DiscoveryLog>> DiscoveryQuestion::ask() {
  control_.arm(timer_, control_.clock().now_ns() + options_.question_timeout_ms * ns_per_ms);
  auto setting_up = set_up(session_.get());
  const auto up = co_await setting_up;
  Result<DiscoveryLog> log;
  if (up.has_value()) {
    auto reading = read_records(session_.get());
    log = co_await reading;
  } else {
    log = std::unexpected(up.error());
  }
  if (timer_.is_armed()) {
    control_.cancel(timer_);
  }
  auto taking_down = take_down(session_.get());
  co_await taking_down;
  if (!log.has_value() && is_late_) {
    log = fail(Code::Unavailable, "{}: the discovery controller was not done within {} ms", options_.address.text(),
               options_.question_timeout_ms);
  } else if (!log.has_value() && is_interrupted_) {
    log = fail(Code::Unavailable, "{}: the question was broken off", options_.address.text());
  }
  co_return log;
}

core::Job<Result<std::vector<DiscoveryRecord>>> fetch_discovery(core::Reactor* control, DiscoveryOptions options) {
  DiscoveryQuestion question(*control, std::move(options));
  auto asking = question.ask();
  auto log = co_await asking;
  if (!log.has_value()) {
    co_return std::unexpected(std::move(log).error());
  }
  co_return std::move(log->records);
}

// -- following

DiscoveryWatch::DiscoveryWatch(core::Reactor& control, DiscoveryOptions options, Changed changed)
    : control_(control),
      options_(std::move(options)),
      changed_(std::move(changed)),
      bell_(control),
      events_(control, bell_),
      keep_alive_(control) {
  reading_timer_.owner = this;
  reading_timer_.fire = [](core::Timer& timer) noexcept {
    auto* const self = static_cast<DiscoveryWatch*>(timer.owner);
    self->is_late_ = true;
    self->session_->interrupt();
  };
}

DiscoveryWatch::~DiscoveryWatch() { check(is_over_, "a watch is stopped before it is destroyed"); }

void DiscoveryWatch::start() {
  check(is_over_ && !is_stopping_, "a watch is started once");
  is_over_ = false;
  core::spawn(run());
}

core::Job<void> DiscoveryWatch::stop() {
  if (is_over_) {
    co_return;
  }
  is_stopping_ = true;
  if (session_ != nullptr && (!is_current_ || is_reading_)) {
    session_->interrupt();
  }
  bell_.ring();
  co_await over_;
}

void DiscoveryWatch::queue_broken(TcpQueue& queue) noexcept {
  is_broken_ = true;
  why_ = fmt::format("{}: {}", options_.address.text(), queue.why());
  bell_.ring();
}

core::Job<void> DiscoveryWatch::pause_until(uint64_t deadline_ns) {
  while (!is_stopping_ && !is_broken_ && control_.clock().now_ns() < deadline_ns) {
    auto waiting = bell_.until(deadline_ns);
    co_await waiting;
  }
}

core::Job<void> DiscoveryWatch::run() {
  while (!is_stopping_) {
    is_broken_ = false;
    TcpQueueOwner& owner = *this;
    session_ = make_session(control_, owner, options_, options_.keep_alive_ms);
    auto following = follow();
    const auto followed = co_await following;
    // What was current is looked for again soon; what never was, less and less often.
    delay_ms_ = is_current_      ? options_.reconnect_delay_ms
                : delay_ms_ == 0 ? options_.reconnect_delay_ms
                                 : std::min(2 * delay_ms_, options_.reconnect_delay_max_ms);
    delay_ms_ = session_->is_denied() ? std::max(delay_ms_, denied_delay_ms) : delay_ms_;
    is_current_ = false;
    if (!followed.has_value() && !is_stopping_ && why_ != followed.error().what) {
      why_ = followed.error().what;
      if (limiter_.admit(control_.clock().now_ns())) {
        log::info("nvme_host", "discovery: {}; trying again{}", why_, limiter_.left_out_note());
      }
    }
    keep_alive_.stop();
    auto taking_down = take_down(session_.get());
    co_await taking_down;
    session_ = nullptr;
    is_broken_ = false;
    auto pausing = pause_until(control_.clock().now_ns() + delay_ms_ * ns_per_ms);
    co_await pausing;
  }
  is_over_ = true;
  over_.set(true);  // the watch may be gone now
}

core::Job<Result<void>> DiscoveryWatch::ask_for_events() {
  has_events_ = (session_->identity().oaes & nvme::oaes::DiscoveryChange) != 0;
  if (has_events_) {
    auto setting = session_->set_feature(nvme::FeatureId::AsyncEventConfiguration, nvme::oaes::DiscoveryChange);
    const auto set = co_await setting;
    if (!set.has_value()) {
      co_return std::unexpected(set.error());
    }
    events_.start(session_->identity().aerl + 1U);
    events_.listen(session_->queue());
  }
  co_return Result<void>();
}

// Until the connection breaks or the watch is stopped.
core::Job<Result<void>> DiscoveryWatch::follow() {
  auto setting_up = set_up(session_.get());
  auto result = co_await setting_up;
  if (!result.has_value()) {
    co_return result;
  }
  keep_alive_.start(session_->queue(), options_.keep_alive_ms * ns_per_ms);
  auto asking = ask_for_events();
  result = co_await asking;
  if (result.has_value()) {
    auto reading = read_list();
    result = co_await reading;
  }
  while (result.has_value() && !is_stopping_ && !is_broken_) {
    is_current_ = true;
    auto waiting = bell_.until(has_events_ ? UINT64_MAX : read_at_ns_ + options_.poll_ms * ns_per_ms);
    co_await waiting;
    // A controller that tells of changes all the time is not read all the time.
    auto calming = pause_until(std::max(events_.earliest_ns(), read_at_ns_ + discovery_read_pause_ns));
    co_await calming;
    if (is_stopping_ || is_broken_) {
      break;
    }
    const bool is_due = !has_events_ && control_.clock().now_ns() >= read_at_ns_ + options_.poll_ms * ns_per_ms;
    if (events_.take().discovery_changed || is_due) {
      auto again = read_list();
      result = co_await again;
    }
    if (has_events_) {
      events_.listen(session_->queue());
    }
  }
  co_return is_broken_ ? Result<void>(fail(Code::Unavailable, "{}", why_)) : result;
}

core::Job<Result<void>> DiscoveryWatch::read_list() {
  is_reading_ = true;
  is_late_ = false;
  control_.arm(reading_timer_, control_.clock().now_ns() + discovery_reading_ns_max);
  auto reading = read_records(session_.get());
  auto log = co_await reading;
  is_reading_ = false;
  if (reading_timer_.is_armed()) {
    control_.cancel(reading_timer_);
  }
  read_at_ns_ = control_.clock().now_ns();
  if (!log.has_value() && is_late_) {
    co_return fail(Code::Unavailable, "{}: the discovery log could not be read within {} s", options_.address.text(),
                   discovery_reading_ns_max / (1'000 * ns_per_ms));
  }
  if (!log.has_value()) {
    co_return std::unexpected(log.error());
  }
  if (log->record_count != log->records.size() && log->record_count != log_.record_count &&
      limiter_.admit(read_at_ns_)) {
    log::warning("nvme_host", "{}: a discovery log of {} records; {} of them are looked at{}", options_.address.text(),
                 log->record_count, log->records.size(), limiter_.left_out_note());
  }
  const bool is_news = !has_log_ || log->records != log_.records;
  log_ = std::move(*log);
  has_log_ = true;
  if (is_news) {
    changed_(log_.records);
  }
  co_return Result<void>();
}

}  // namespace outrigger::nvme_host
