// The watch over a disk: what it does by itself when front ends and hosts come and go.
#include "apply/disk.h"
#include "base/check.h"
#include "base/log.h"

namespace outrigger::apply {
namespace {

constexpr uint64_t look_period_ns = 500'000'000;
// How long a disk whose front end is away lets a known QEMU reconnect by itself before it asks the host …
constexpr uint32_t looks_before_plug = 6;
// … and how long after its last sight a front end that nobody can be asked about counts as away for good.
constexpr uint64_t return_ns = looks_before_plug * look_period_ns;
// Between two questions to a host whose disks work but whose QMP socket does not answer.
constexpr uint32_t looks_before_ask = 20;

}  // namespace

void Disk::watch_over() {
  if (is_watched_) {
    return;
  }
  is_watched_ = true;
  is_watch_ending_ = false;
  looks_connected_ = 0;
  looks_away_ = 0;
  core::spawn(look_after(this));
}

core::Job<void> Disk::stop_watching() {
  if (!is_watched_) {
    co_return;
  }
  check(watch_ended_ == nullptr, "one job at a time ends the watch");
  core::Event<std::monostate> ended;
  watch_ended_ = &ended;
  is_watch_ending_ = true;
  nap_.wake();
  co_await ended;
}

void Disk::look_soon() {
  is_look_due_ = true;
  nap_.wake_soon();
}

core::Job<void> Disk::look_after(Disk* self) {
  while (!self->is_watch_ending_) {
    auto nap = self->nap_.sleep(look_period_ns);
    co_await nap;
    if (self->is_watch_ending_) {
      break;
    }
    if (self->is_connected()) {
      auto looking = self->look_connected();
      co_await looking;
    } else {
      auto looking = self->look_away();
      co_await looking;
    }
  }
  self->is_watched_ = false;
  if (self->watch_ended_ != nullptr) {
    std::exchange(self->watch_ended_, nullptr)->set({});
  }
}

// A front end is there. Whether it is the QEMU of the disk's host, and is reached, shows when that is asked.
core::Job<void> Disk::look_connected() {
  looks_away_ = 0;
  trouble_.clear();
  expected_until_ns_ = world_.cores.control.clock().now_ns() + return_ns;
  const bool is_first = looks_connected_++ == 0;
  if (is_first) {
    is_host_asked_ = is_plugged_;
  }
  const HostTable::Host* const host = world_.hosts.at_port(spec_.port_id);
  const bool is_due = std::exchange(is_look_due_, false) || is_first || looks_connected_ % looks_before_ask == 0;
  if (!is_due || host == nullptr || host->desired.qmp_socket().empty() ||
      (is_host_asked_ && host->state == outrigger::v1::Host::REACHABLE)) {
    co_return;
  }
  auto asking = ask_host();
  const Result<qemu::PlugState> state = co_await asking;
  is_host_asked_ = state.has_value();
}

core::Job<void> Disk::look_away() {
  looks_connected_ = 0;
  // One whose Delete was refused has a guest that waits.
  const bool is_due = ++looks_away_ % looks_before_plug == 0 || is_shutting();
  if (!std::exchange(is_look_due_, false) && !is_due) {
    co_return;
  }
  auto bringing = bring_in_line();
  const Result<void> brought = co_await bringing;
  if (!brought.has_value()) {
    if (trouble_ != brought.error().what) {
      log::warning("apply", "{}: cannot be offered, trying again: {}", spec_.name, brought.error().what);
    }
    trouble_ = brought.error().what;
    co_return;
  }
  const bool was_plugged = is_plugged_;
  auto plugging = plug();
  const Result<void> plugged = co_await plugging;
  if (!plugged.has_value() && was_plugged) {
    log::warning("apply", "{}: its front end is gone: {}", spec_.name, plugged.error().what);
  }
}

}  // namespace outrigger::apply
