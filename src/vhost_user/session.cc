// The life of a session and the path of one message: receive, apply, settle, answer. What each request means
// is in session_requests.cc.
#include "vhost_user/session.h"

#include "base/check.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstring>

namespace outrigger::vhost_user {
namespace {

constexpr std::string_view room = "vhost_user";

pid_t peer_pid(int fd) noexcept {
  ucred peer{};
  socklen_t length = sizeof(peer);
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.pid : 0;
}

}  // namespace

Result<std::unique_ptr<Session>> Session::create(core::Reactor& control, virtio::Device& device, UniqueFd socket,
                                                 std::string name) {
  check(socket.is_open(), "a session has a connection");
  OR_ASSIGN(auto broken, BreakSignal::create());
  return std::unique_ptr<Session>(new Session(control, device, std::move(socket), std::move(name), std::move(broken)));
}

Session::Session(core::Reactor& control, virtio::Device& device, UniqueFd socket, std::string name,
                 std::shared_ptr<BreakSignal> broken)
    : control_(control),
      device_(device),
      name_(std::move(name)),
      broken_(std::move(broken)),
      connection_(control, std::move(socket)),
      rings_(device, name_),
      memory_(broken_) {}

Session::~Session() { check(!is_serving_, "a session is destroyed when it does not serve"); }

core::Job<Error> Session::serve() {
  check(!is_serving_, "a session serves once");
  is_serving_ = true;
  device_.set_config_listener(this);
  device_.forget_driver();
  watches_break_ = control_.watch(broken_->fd(), EPOLLIN, *this).has_value();

  Error reason;
  for (;;) {
    auto received = co_await connection_.receive();
    if (!received.has_value()) {
      reason = std::move(received).error();
      break;
    }
    auto serving = serve_one(std::move(*received));
    auto served = co_await serving;
    if (!served.has_value()) {
      reason = std::move(served).error();
      break;
    }
  }

  device_.set_config_listener(nullptr);
  channel_.reset();
  auto stopping = rings_.stop_all();
  auto stopped = co_await stopping;
  if (!stopped.has_value()) {
    log::warning(room, "{}: {}", name_, stopped.error().what);
  }
  memory_.clear();
  dirty_log_.reset();
  inflight_ = InflightRegion();
  if (watches_break_) {
    control_.unwatch(broken_->fd(), *this);
    watches_break_ = false;
  }
  is_serving_ = false;
  co_return reason;
}

void Session::stop() { connection_.interrupt(Error{Code::Cancelled, "the device is going away"}); }

SessionState Session::state() const {
  SessionState state{.peer_pid = peer_pid(connection_.fd()),
                     .features = features_,
                     .protocol_features = protocol_features_,
                     .region_count = memory_.region_count()};
  for (uint16_t i = 0; i < rings_.count(); ++i) {
    state.running_ring_count = static_cast<uint16_t>(state.running_ring_count + (rings_.is_running(i) ? 1 : 0));
  }
  state.is_logging = (features_ & feature::LogAll) != 0 && dirty_log_ != nullptr;
  return state;
}

bool Session::has_hung_up() const noexcept {
  pollfd peer{.fd = connection_.fd(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&peer, 1, 0) > 0 && (peer.revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0;
}

// The front end's memory broke under a core (see sigbus_guard.h).
void Session::on_ready(uint32_t) noexcept {
  control_.unwatch(broken_->fd(), *this);
  watches_break_ = false;
  connection_.interrupt(
      Error{Code::DataLoss, "the front end took away memory that it shares (its file shrank or could not grow)"});
}

void Session::config_changed() {
  is_config_notice_due_ = true;
  send_config_notice();
}

// A device whose rings are all stopped sends nothing (vhost-user, "Suspended device state"); it will once one
// starts.
void Session::send_config_notice() {
  if (is_config_notice_due_ && channel_ != nullptr && has(ProtocolFeature::Config) && rings_.is_any_running()) {
    is_config_notice_due_ = false;
    channel_->notify_config_changed();
  }
}

core::Job<Result<void>> Session::serve_one(Received received) {
  const Header header = received.header;
  if (!received.message.has_value()) {
    auto answering = answer(header, std::unexpected(std::move(received.message).error()));
    auto answered = co_await answering;
    co_return answered;
  }
  auto handling = handle(std::move(*received.message));
  auto handled = co_await handling;
  auto answering = answer(header, std::move(handled));
  auto answered = co_await answering;
  co_return answered;
}

core::Job<Result<Session::Reply>> Session::handle(Message message) {
  const uint64_t needed = needed_protocol_feature(message.request);
  const auto id = static_cast<uint32_t>(message.request);
  if ((needed & ~protocol_features_) != 0) {
    co_return fail(Code::FailedPrecondition, "{} needs a protocol feature ({:#x}) that was not negotiated",
                   request_name(id), needed);
  }
  auto applied = apply(message);
  if (!applied.has_value()) {
    co_return with_context(std::move(applied).error(), request_name(id));
  }
  inflight_.keep_choice(device_.choice());
  auto settling = rings_.settle(surroundings());
  auto settled = co_await settling;
  if (!settled.has_value()) {
    co_return with_context(std::move(settled).error(), request_name(id));
  }
  if (message.request == RequestId::GetVringBase) {
    // Where it stopped is known only now.
    const auto index = static_cast<uint16_t>(std::get<VringState>(message.payload).index);
    applied = reply_with(VringState{.index = index, .num = rings_.base(index).value});
  }
  send_config_notice();
  co_return applied;
}

// Sends the reply that `outcome` asks for: the request's own, or the acknowledgement of REPLY_ACK. An error
// that the front end has no way to learn ends the session.
core::Job<Result<void>> Session::answer(Header header, Result<Reply> outcome) {
  const auto id = static_cast<RequestId>(header.request);
  const bool has_reply = has_own_reply(id, protocol_features_);
  if (outcome.has_value() && outcome->is_present) {
    check(has_reply, "only requests that have a reply get one");
    auto sending = send_reply(header.request, std::move(*outcome));
    auto sent = co_await sending;
    co_return sent;
  }
  const bool wants_acknowledgement =
      !has_reply && has(ProtocolFeature::ReplyAck) && (header.flags & header_flag::NeedReply) != 0;
  if (!outcome.has_value()) {
    if (!wants_acknowledgement && id != RequestId::GetConfig) {
      co_return std::unexpected(std::move(outcome).error());
    }
    if (limiter_.admit(control_.turn_ns())) {
      log::warning(room, "{}: request refused: {}", name_, outcome.error().what);
    }
  }
  if (id == RequestId::GetConfig || wants_acknowledgement) {
    // GET_CONFIG says "error" with an empty payload, all others with a number that is not zero.
    Reply reply;
    if (wants_acknowledgement) {
      reply = reply_with(static_cast<uint64_t>(outcome.has_value() ? 0 : 1));
    }
    auto sending = send_reply(header.request, std::move(reply));
    auto sent = co_await sending;
    co_return sent;
  }
  co_return Result<void>();
}

core::Job<Result<void>> Session::send_reply(uint32_t request, Reply reply) {
  const Header header{
      .request = request, .flags = header_flag::Version1 | header_flag::Reply, .size = reply.payload_bytes};
  std::memcpy(outgoing_.data(), &header, sizeof(header));
  std::memcpy(outgoing_.data() + sizeof(header), reply.payload.data(), reply.payload_bytes);
  auto sent = co_await connection_.send(std::span(outgoing_).first(sizeof(header) + reply.payload_bytes), reply.fd);
  co_return sent;
}

}  // namespace outrigger::vhost_user
