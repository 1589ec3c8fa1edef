#include "nvme_tcp/connect_queue.h"

#include "block/iov_cursor.h"

#include <bit>

namespace outrigger::nvme_tcp {
namespace {

bool is_connect(const nvme::Sqe& sqe) noexcept {
  return sqe.opcode == static_cast<uint8_t>(nvme::IoOpcode::Fabrics) &&
         sqe.fctype() == static_cast<uint8_t>(nvme::FabricsType::Connect);
}

}  // namespace

nvme::Status ConnectQueue::prepare(nvme::Command& command) noexcept {
  if (!is_connect(command.sqe) || queue_ != nullptr) {
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
  nvme::ConnectData data;
  block::IovCursor(command.iov).gather(reinterpret_cast<std::byte*>(&data), sizeof(data));
  sqe_ = std::bit_cast<nvme::ConnectSqe>(command.sqe);
  if (!context_.room.make_room_for(sqe_)) {
    command.complete(nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy));
    return;
  }
  nvme::ConnectOutcome outcome = context_.desk.connect({.sqe = sqe_,
                                                        .data = data,
                                                        .port = context_.port,
                                                        .peer = context_.peer,
                                                        .tls_identity = context_.tls_identity,
                                                        .link = context_.link,
                                                        .tls_fingerprint = context_.tls_fingerprint,
                                                        .local_address = context_.local_address});
  if (outcome.status.is_success()) {
    queue_ = std::move(outcome.queue);
  }
  command.complete(outcome.status, outcome.result);
}

}  // namespace outrigger::nvme_tcp
