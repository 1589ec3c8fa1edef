#include "nvme_tcp/connect_queue.h"

#include "base/check.h"
#include "block/iov_cursor.h"
#include "nvme/connect.h"
#include "nvme_tcp/limits.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace outrigger::nvme_tcp {
namespace {

bool is_connect(const nvme::Sqe& sqe) noexcept {
  return sqe.opcode == static_cast<uint8_t>(nvme::IoOpcode::Fabrics) &&
         sqe.fctype() == static_cast<uint8_t>(nvme::FabricsType::Connect);
}

}  // namespace

ConnectQueue::ConnectQueue(const Context& context) : context_(context) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<ConnectQueue*>(timer.owner)->ask(); };
}

ConnectQueue::~ConnectQueue() { check(waiting_ == nullptr && !timer_.is_armed(), "a Connect ends before its queue"); }

nvme::Status ConnectQueue::prepare(nvme::Command& command) noexcept {
  if (!is_connect(command.sqe) || queue_ != nullptr || waiting_ != nullptr) {
    return nvme::Status::final(nvme::StatusCode::CommandSequenceError);
  }
  if (command.sgl_bytes < sizeof(nvme::ConnectData)) {
    return nvme::Status::final(nvme::StatusCode::DataSglLengthInvalid);
  }
  command.direction = nvme::Direction::ToController;
  command.data_bytes = sizeof(nvme::ConnectData);
  return {};
}

void ConnectQueue::execute(nvme::Command& command) noexcept {
  sqe_ = std::bit_cast<nvme::ConnectSqe>(command.sqe);
  patience_end_ns_ = context_.control.turn_ns() + connect_patience_ns;
  pause_ns_ = connect_recheck_ns_min;
  waiting_ = &command;
  ask();
}

// A host that hangs up and comes again at once is often quicker than the end of what it did before.
void ConnectQueue::ask() noexcept {
  nvme::ConnectOutcome outcome = connect();
  const uint64_t now_ns = context_.control.turn_ns();
  if (outcome.passes_soon && now_ns < patience_end_ns_) {
    context_.control.arm(timer_, std::min(now_ns + pause_ns_, patience_end_ns_));
    pause_ns_ = std::min(2 * pause_ns_, connect_recheck_ns_max);
    return;
  }
  queue_ = std::move(outcome.queue);
  std::exchange(waiting_, nullptr)->complete(outcome.status, outcome.result);
}

// Who waits holds no memory, and is asked for it again: until the desk has looked it may be anybody, and many of them
// would keep out who is let in at once.
nvme::ConnectOutcome ConnectQueue::connect() noexcept {
  // A queue that cannot be needs no memory: the desk tells what is wrong with it.
  const auto entries = nvme::queue_entries_of(sqe_);
  if (entries && !context_.room.has_room_for(*entries)) {
    return nvme::refuse(nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy));
  }
  nvme::ConnectData data;
  block::IovCursor(waiting_->iov).gather(reinterpret_cast<std::byte*>(&data), sizeof(data));
  nvme::ConnectOutcome outcome = context_.desk.connect({.sqe = sqe_,
                                                        .data = data,
                                                        .port = context_.port,
                                                        .peer = context_.peer,
                                                        .tls_identity = context_.tls_identity,
                                                        .link = context_.link,
                                                        .tls_fingerprint = context_.tls_fingerprint,
                                                        .local_address = context_.local_address});
  if (!outcome.status.is_success()) {
    return outcome;
  }
  check(entries.has_value(), "nobody is let in with a queue that cannot be");
  if (!context_.room.take_room_for(*entries)) {
    outcome.queue->closed();
    return nvme::refuse(nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy));
  }
  return outcome;
}

// Its connection goes: nobody is let in any more.
void ConnectQueue::expedite() noexcept {
  context_.control.cancel(timer_);
  if (waiting_ != nullptr) {
    std::exchange(waiting_, nullptr)->complete(nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy));
  }
}

}  // namespace outrigger::nvme_tcp
