// TcpPath: what a live controller tells: namespaces, their ANA states, errors.
#include "base/log.h"
#include "nvme/error_log.h"
#include "nvme_host/limits.h"
#include "nvme_host/namespace_scan.h"
#include "nvme_host/tcp_path.h"

#include <algorithm>
#include <array>
#include <bit>
#include <ranges>
#include <set>
#include <utility>

namespace outrigger::nvme_host {

using nvme::LogPage;

namespace {

bool is_same_but_for_ana(const PathNamespace& one, const PathNamespace& other) {
  return one.nsid == other.nsid && one.uuid == other.uuid && one.nguid == other.nguid && one.eui64 == other.eui64 &&
         one.block_bytes == other.block_bytes && one.block_count == other.block_count &&
         one.physical_block_bytes == other.physical_block_bytes && one.optimal_io_bytes == other.optimal_io_bytes &&
         one.copy_blocks_max == other.copy_blocks_max && one.is_writable == other.is_writable &&
         one.ana_group == other.ana_group;
}

bool has_identifier(const PathNamespace& space) {
  const PathNamespace none;
  return space.uuid != none.uuid || space.nguid != none.nguid || space.eui64 != none.eui64;
}

}  // namespace

core::Job<Result<std::vector<PathNamespace>>> TcpPath::read_namespaces() {
  auto scanning = scan_namespaces(session_.get(), &control_, &target_lines_);
  auto spaces = co_await scanning;
  const nvme::IdentifyController& identity = session_->identity();
  if (!spaces.has_value()) {
    co_return spaces;
  }
  for (PathNamespace& space : *spaces) {
    if (!has_identifier(space)) {
      space.serial = printable(identity.sn, sizeof(identity.sn));
    }
  }
  if (has_ana()) {
    auto reading = read_ana(&*spaces);
    const auto read = co_await reading;
    if (!read.has_value()) {
      co_return std::unexpected(read.error());
    }
  }
  co_return spaces;
}

core::Job<Result<AnaLog>> TcpPath::read_ana_log() {
  const nvme::IdentifyController& identity = session_->identity();
  const uint64_t namespaces = identity.mnan != 0 ? identity.mnan : identity.nn;
  const uint64_t bytes = sizeof(nvme::AnaLogHeader) + uint64_t{identity.nanagrpid} * sizeof(nvme::AnaGroupDescriptor) +
                         namespaces * sizeof(le32);
  std::vector<std::byte> log(std::min<uint64_t>(bytes, ana_log_bytes_max) & ~uint64_t{3});
  const uint32_t limit = session_->transfer_bytes_max();
  for (uint32_t tries = 0;; ++tries) {
    auto reading = session_->read_log(LogPage::Ana, 0, log);
    const auto read = co_await reading;
    if (!read.has_value()) {
      co_return std::unexpected(read.error());
    }
    const AnaLog parsed = AnaLog::parse(log);
    if (limit == 0 || log.size() <= limit) {
      co_return parsed;
    }
    // It came in pieces: they belong together only if nothing changed meanwhile.
    std::vector<std::byte> head(sizeof(nvme::AnaLogHeader));
    auto again = session_->read_log(LogPage::Ana, 0, head);
    const auto read_again = co_await again;
    if (!read_again.has_value()) {
      co_return std::unexpected(read_again.error());
    }
    if (AnaLog::parse(head).change_count() == parsed.change_count() || tries == log_tries_max) {
      co_return parsed;
    }
  }
}

core::Job<Result<void>> TcpPath::read_ana(std::vector<PathNamespace>* spaces) {
  auto reading = read_ana_log();
  const auto log = co_await reading;
  if (!log.has_value()) {
    co_return std::unexpected(log.error());
  }
  for (PathNamespace& space : *spaces) {
    space.ana = log->state_of(space.nsid, space.ana_group);
  }
  watch_transition(*log);
  co_return Result<void>();
}

// Base 2.0, 8.1.1: each group stays in the state Change for at most ANATT; a controller that does not come out of it is
// begun with anew. What it does at the last moment takes its time to be heard of, so it is given as much again.
void TcpPath::watch_transition(const AnaLog& log) {
  const uint64_t allowed_ns = 2 * uint64_t{session_->identity().anatt} * 1'000'000'000;
  const std::set<uint32_t> changing = log.changing();
  std::erase_if(transitions_, [&changing](const auto& known) { return !changing.contains(known.first); });
  for (const uint32_t group : changing) {
    transitions_.try_emplace(group, control_.clock().now_ns() + allowed_ns);
  }
  if (transition_timer_.is_armed()) {
    control_.cancel(transition_timer_);
  }
  if (!transitions_.empty() && allowed_ns != 0) {
    control_.arm(transition_timer_, std::ranges::min(std::views::values(transitions_)));
  }
}

core::Job<Result<void>> TcpPath::clear_log(LogPage page, size_t bytes) {
  std::vector<std::byte> log(bytes);
  auto reading = session_->read_log(page, 0, log);
  auto read = co_await reading;
  co_return read;
}

// The latest of them, for people: what failed of ours we know.
core::Job<void> TcpPath::read_errors() {
  errors_due_ns_ = UINT64_MAX;
  errors_read_ns_ = control_.clock().now_ns();
  std::array<std::byte, sizeof(nvme::ErrorLogEntry)> entry{};
  auto reading = session_->read_log(LogPage::ErrorInformation, 0, entry);
  const auto read = co_await reading;
  if (!read.has_value()) {
    // Until its log is read the target tells of no further error.
    if (errors_retries_ < error_log_retries_max) {
      ++errors_retries_;
      errors_due_ns_ = errors_read_ns_ + error_log_pause_ns;
    }
    co_return;
  }
  errors_retries_ = 0;
  if (!target_lines_.admit(errors_read_ns_)) {
    co_return;
  }
  const auto latest = std::bit_cast<nvme::ErrorLogEntry>(entry);
  log::warning("nvme_host",
               "{}: the controller reports errors, {} up to now; the latest: status {:#x}, namespace {}, block {}{}",
               options_.name, uint64_t{latest.error_count}, latest.status >> 1U, uint32_t{latest.nsid},
               uint64_t{latest.lba}, target_lines_.left_out_note());
}

core::Job<void> TcpPath::act_on(EventNews news) {
  if (news.has_errors) {
    errors_due_ns_ = errors_read_ns_ == 0 ? 0 : errors_read_ns_ + error_log_pause_ns;
  }
  if (control_.clock().now_ns() >= errors_due_ns_) {
    auto reading = read_errors();
    co_await reading;
  }
  if (news.has_health) {
    if (target_lines_.admit(control_.clock().now_ns())) {
      log::warning("nvme_host", "{}: the controller reports a health event{}", options_.name,
                   target_lines_.left_out_note());
    }
    auto clearing = clear_log(LogPage::Smart, sizeof(nvme::SmartLog));
    (void)co_await clearing;
  }
  if (news.namespaces_changed) {
    // Which ones is not asked: all of them are looked at, and what was missed in between is found as well.
    auto clearing = clear_log(LogPage::ChangedNamespaces, nvme::changed_namespaces_log_bytes);
    (void)co_await clearing;
    auto reading = read_namespaces();
    auto spaces = co_await reading;
    if (spaces.has_value()) {
      publish(std::move(*spaces));
    } else {
      lose(spaces.error().what);
    }
  } else if (news.ana_changed && has_ana()) {
    std::vector<PathNamespace> spaces = namespaces_;
    auto reading = read_ana(&spaces);
    const auto read = co_await reading;
    if (read.has_value()) {
      publish(std::move(spaces));
    } else {
      lose(read.error().what);
    }
  }
}

void TcpPath::publish(std::vector<PathNamespace> spaces) {
  const bool is_same_list = std::ranges::equal(namespaces_, spaces, is_same_but_for_ana);
  const bool is_same_ana = std::ranges::equal(namespaces_, spaces, {}, &PathNamespace::ana, &PathNamespace::ana);
  namespaces_ = std::move(spaces);
  if (is_lost_ || is_stopping_) {
    return;
  }
  if (!is_same_list) {
    observer_->path_namespaces_changed(*this);
  } else if (!is_same_ana) {
    observer_->path_ana_changed(*this);
  }
}

}  // namespace outrigger::nvme_host
