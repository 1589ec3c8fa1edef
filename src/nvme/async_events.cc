#include "nvme/async_events.h"

#include "base/check.h"
#include "nvme/limits.h"
#include "nvme/log_format.h"

namespace outrigger::nvme {
namespace {

// Bits 2:0 of the result: the type; bits 23:16: the log page that tells more.
uint32_t event_result(AsyncEvent event, uint8_t information) noexcept {
  struct Kind {
    uint32_t type;
    LogPage page;
  };
  static constexpr std::array<Kind, async_event_count> kinds{{{0, LogPage::ErrorInformation},
                                                              {1, LogPage::Smart},
                                                              {2, LogPage::ChangedNamespaces},
                                                              {2, LogPage::Ana},
                                                              {6, LogPage::ReservationNotification},
                                                              {2, LogPage::Discovery}}};
  const Kind& kind = kinds[static_cast<size_t>(event)];
  return kind.type | (static_cast<uint32_t>(information) << 8U) | (static_cast<uint32_t>(kind.page) << 16U);
}

}  // namespace

AsyncEvents::~AsyncEvents() { check(requests_.is_empty(), "a queue completes what it was given before it goes"); }

void AsyncEvents::add(Command& request) noexcept {
  if (requests_.count() >= async_events_max) {
    request.complete(Status::final(StatusCode::AsyncEventRequestLimitExceeded));
    return;
  }
  requests_.push_back(request);
  tell();
}

void AsyncEvents::raise(AsyncEvent event, uint8_t information) noexcept {
  Slot& slot = slots_[static_cast<size_t>(event)];
  if (slot.state != State::Quiet) {
    return;
  }
  slot = {.state = State::Waiting, .information = information};
  tell();
}

void AsyncEvents::clear(AsyncEvent event) noexcept { slots_[static_cast<size_t>(event)] = {}; }

bool AsyncEvents::abort(uint16_t cid) noexcept {
  Command* found = nullptr;
  for (size_t left = requests_.count(); left > 0; --left) {
    Command* const request = requests_.pop_front();
    if (found == nullptr && request->sqe.cid == cid) {
      found = request;
    } else {
      requests_.push_back(*request);
    }
  }
  if (found != nullptr) {
    found->complete(Status::final(StatusCode::AbortRequested));
  }
  return found != nullptr;
}

void AsyncEvents::complete_all(Status status) noexcept {
  while (Command* const request = requests_.pop_front()) {
    request->complete(status);
  }
}

void AsyncEvents::tell() noexcept {
  for (size_t i = 0; i < async_event_count && !requests_.is_empty(); ++i) {
    Slot& slot = slots_[i];
    if (slot.state == State::Waiting) {
      slot.state = State::Told;
      requests_.pop_front()->complete({}, event_result(static_cast<AsyncEvent>(i), slot.information));
    }
  }
}

}  // namespace outrigger::nvme
