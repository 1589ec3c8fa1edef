#include "nvme_host/async_events.h"

#include "nvme/log_format.h"
#include "nvme_host/admin_call.h"

#include <algorithm>
#include <span>
#include <utility>

namespace outrigger::nvme_host {

AsyncEvents::AsyncEvents(core::Reactor& control, Bell& bell) noexcept : control_(control), bell_(bell) {
  for (Request& request : requests_) {
    request.command.owner = this;
    request.command.done = [](Command& command) noexcept {
      static_cast<AsyncEvents*>(command.owner)->answered(command);
    };
  }
}

void AsyncEvents::start(uint32_t count) noexcept {
  count_ = std::min(count, async_events_max);
  news_ = {};
  for (Request& request : requests_) {
    check(!request.is_out, "requests of an association end with it");
    request.is_useless = false;
  }
}

void AsyncEvents::listen(TcpQueue& queue) noexcept {
  for (Request& request : std::span(requests_).first(count_)) {
    if (!request.is_out && !request.is_useless) {
      request.command.sqe = admin_sqe(nvme::AdminOpcode::AsyncEventRequest);
      request.is_out = queue.submit(request.command);
    }
  }
}

void AsyncEvents::answered(Command& command) noexcept {
  auto& request = *std::ranges::find_if(requests_, [&command](const Request& one) { return &one.command == &command; });
  request.is_out = false;
  if (!command.status.is_success()) {
    request.is_useless = true;
    return;
  }
  const uint64_t now_ns = control_.clock().now_ns();
  if (now_ns - window_ns_ >= 1'000'000'000) {
    window_ns_ = now_ns;
    heard_in_window_ = 0;
  }
  ++heard_in_window_;
  note(static_cast<uint32_t>(command.result));
  bell_.ring();
}

// The log page that belongs to an event says enough of what it was.
void AsyncEvents::note(uint32_t result) noexcept {
  switch (static_cast<nvme::LogPage>((result >> 16U) & 0xFFU)) {
    case nvme::LogPage::ChangedNamespaces: news_.namespaces_changed = true; break;
    case nvme::LogPage::Ana: news_.ana_changed = true; break;
    case nvme::LogPage::Discovery: news_.discovery_changed = true; break;
    case nvme::LogPage::ErrorInformation: news_.has_errors = true; break;
    case nvme::LogPage::Smart: news_.has_health = true; break;
    default: break;
  }
}

EventNews AsyncEvents::take() noexcept { return std::exchange(news_, {}); }

}  // namespace outrigger::nvme_host
