#include "qemu/qmp_client.h"

#include "base/check.h"
#include "base/log.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace outrigger::qemu {

namespace {

// What QEMU says is shown to a person, but not without end.
constexpr size_t shown_bytes_max = 500;

Error refusal(const std::string& command, const Json& error) {
  const std::string what = string_at(error, "desc").substr(0, shown_bytes_max);
  const Code code = string_at(error, "class") == "DeviceNotFound" ? Code::NotFound : Code::FailedPrecondition;
  return {code, fmt::format("QEMU refused {}: {}", command, what.empty() ? "(no reason given)" : what)};
}

}  // namespace

std::string string_at(const Json& json, std::string_view key) {
  const Json* const member = member_at(json, key);
  const auto* const text = member != nullptr ? member->get_ptr<const std::string*>() : nullptr;
  return text != nullptr ? *text : std::string();
}

const Json* member_at(const Json& json, std::string_view key) noexcept {
  if (!json.is_object()) {
    return nullptr;
  }
  const auto found = json.find(key);
  return found != json.end() ? &*found : nullptr;
}

// Something that was asked and is waited for: a command, or the greeting (id 0). Lives in the frame of the job.
struct QmpClient::Pending {
  uint64_t id = 0;
  std::string command;
  core::Event<Result<Json>> event;
  core::Timer timer;
  QmpClient* client = nullptr;
};

std::shared_ptr<QmpClient> QmpClient::make(core::Reactor& reactor, std::string path) {
  return std::shared_ptr<QmpClient>(new QmpClient(reactor, std::move(path)));
}

QmpClient::~QmpClient() {
  check(pending_.empty(), "a QMP client is destroyed under a job that uses it");
  close({Code::Cancelled, "the QMP client is gone"});
}

// True: connected. False: the backlog is full, try again.
Result<bool> QmpClient::try_connect() {
  sockaddr_un address{};
  if (path_.empty() || path_.size() >= sizeof(address.sun_path) || path_.front() != '/') {
    return fail(Code::InvalidArgument,
                "QMP socket \"{}\" is not usable: give the absolute path of a UNIX socket, at most {} bytes long",
                path_, sizeof(address.sun_path) - 1);
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) {
    return fail_errno(errno, "a socket for QMP");
  }
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    if (errno == EAGAIN || errno == EINTR) {
      return false;
    }
    if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTSOCK) {
      return fail(Code::Unavailable, "no QEMU at QMP socket {}: {}", path_, std::strerror(errno));
    }
    return fail_errno(errno, fmt::format("connecting to QMP socket {}", path_));
  }
  OR_TRY(reactor_.watch(fd.get(), EPOLLIN, *this));
  is_watched_ = true;
  fd_ = std::move(fd);
  return true;
}

core::Job<Result<void>> QmpClient::open(uint64_t timeout_ns) {
  const auto self = shared_from_this();
  const uint64_t deadline_ns = reactor_.clock().now_ns() + timeout_ns;
  Pending greeting;
  while (!is_closed_) {
    const Result<bool> connected = try_connect();
    if (!connected.has_value()) {
      close(connected.error());
      break;
    }
    if (*connected) {
      break;
    }
    if (reactor_.clock().now_ns() >= deadline_ns) {
      close({Code::DeadlineExceeded, fmt::format("QMP socket {} takes no connection: its queue is full", path_)});
      break;
    }
    co_await core::sleep_for(reactor_, connect_retry_ns);
  }
  if (is_closed_) {
    co_return std::unexpected(close_reason_);
  }
  greeting.command = "a greeting";
  const uint64_t now_ns = reactor_.clock().now_ns();
  Result<Json> greeted = co_await wait_for(&greeting, deadline_ns > now_ns ? deadline_ns - now_ns : 0);
  if (!greeted.has_value()) {
    if (greeted.error().code == Code::DeadlineExceeded) {
      greeted.error().what =
          fmt::format("QMP socket {} does not greet: it serves one client at a time, is another one on it?", path_);
    }
    close(greeted.error());
    co_return std::unexpected(greeted.error());
  }
  Json none = Json::object();
  const Result<Json> accepted = co_await execute("qmp_capabilities", std::move(none));
  if (!accepted.has_value()) {
    close(accepted.error());
    co_return std::unexpected(accepted.error());
  }
  co_return Result<void>();
}

core::Job<Result<Json>> QmpClient::execute(std::string_view command, Json arguments, uint64_t timeout_ns) {
  if (is_closed_ || !fd_.is_open()) {
    co_return std::unexpected(is_closed_ ? close_reason_
                                         : Error{Code::Unavailable, "QMP socket " + path_ + ": not connected"});
  }
  if (pending_.size() >= commands_pending_max) {
    co_return fail(Code::ResourceExhausted, "QMP socket {}: {} commands wait already", path_, pending_.size());
  }
  Pending pending;
  pending.id = id_next_++;
  pending.command = command;
  Json request = Json::object();
  request["execute"] = pending.command;
  request["id"] = pending.id;
  if (!arguments.empty()) {
    request["arguments"] = std::move(arguments);
  }
  const std::string text = request.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const Result<void> sent = send(text);
  if (!sent.has_value()) {
    close(sent.error());
    co_return std::unexpected(sent.error());
  }
  Result<Json> outcome = co_await wait_for(&pending, timeout_ns);
  co_return outcome;
}

core::Job<Result<Json>> QmpClient::wait_for(Pending* pending, uint64_t timeout_ns) {
  const auto self = shared_from_this();
  pending->client = this;
  pending->timer.owner = pending;
  pending->timer.fire = [](core::Timer& timer) noexcept {
    auto& late = *static_cast<Pending*>(timer.owner);
    const auto client = late.client->shared_from_this();
    client->finish(late,
                   fail(Code::DeadlineExceeded, "QEMU at {} did not answer {} in time", client->path_, late.command));
  };
  pending_.emplace(pending->id, pending);
  reactor_.arm(pending->timer, reactor_.clock().now_ns() + timeout_ns);
  Result<Json> outcome = co_await pending->event;
  co_return outcome;
}

// The job that waits goes on inside set(): nothing of `pending` may be touched afterwards.
void QmpClient::finish(Pending& pending, Result<Json> outcome) {
  pending_.erase(pending.id);
  if (pending.timer.is_armed()) {
    reactor_.cancel(pending.timer);
  }
  pending.event.set(std::move(outcome));
}

void QmpClient::close(Error reason) {
  if (is_closed_) {
    return;
  }
  is_closed_ = true;
  close_reason_ = std::move(reason);
  if (is_watched_) {
    reactor_.unwatch(fd_.get(), *this);
    is_watched_ = false;
  }
  fd_.reset();
  while (!pending_.empty()) {
    finish(*pending_.begin()->second, std::unexpected(close_reason_));
  }
  while (!waits_.empty()) {
    EventWait& wait = *waits_.front();
    waits_.pop_front();
    wait.client_ = nullptr;
    wait.end_reason_ = close_reason_;
    wait.finish(std::unexpected(close_reason_));
  }
}

Result<void> QmpClient::send(std::string_view text) {
  if (to_send_.size() + text.size() > send_bytes_max) {
    return fail(Code::ResourceExhausted, "QEMU at {} does not read its QMP socket", path_);
  }
  to_send_ += text;
  return flush();
}

Result<void> QmpClient::flush() {
  while (!to_send_.empty()) {
    const ssize_t sent = ::send(fd_.get(), to_send_.data(), to_send_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) {
      continue;
    }
    if (sent < 0 && errno == EAGAIN) {
      break;
    }
    if (sent < 0) {
      return fail(Code::Unavailable, "QEMU at {} went away: {}", path_, std::strerror(errno));
    }
    to_send_.erase(0, static_cast<size_t>(sent));
  }
  update_watch();
  return {};
}

void QmpClient::update_watch() { reactor_.rewatch(fd_.get(), to_send_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT, *this); }

void QmpClient::on_ready(uint32_t events) noexcept {
  // A job that goes on because of what we read may drop the last other reference.
  const auto self = shared_from_this();
  Result<void> outcome;
  if ((events & EPOLLOUT) != 0) {
    outcome = flush();
  }
  if (outcome.has_value()) {
    outcome = receive();
  }
  if (!outcome.has_value()) {
    close(outcome.error());
  }
}

// One chunk a call: QEMU cannot keep the core to itself.
Result<void> QmpClient::receive() {
  std::array<char, receive_chunk_bytes> chunk;
  const ssize_t count = ::recv(fd_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
    return {};
  }
  if (count < 0) {
    return fail(Code::Unavailable, "QEMU at {} went away: {}", path_, std::strerror(errno));
  }
  if (count == 0) {
    return fail(Code::Unavailable, "QEMU at {} closed the connection", path_);
  }
  received_.append(chunk.data(), static_cast<size_t>(count));
  return take_lines();
}

Result<void> QmpClient::take_lines() {
  const std::string batch = std::exchange(received_, {});
  size_t start = 0;
  for (size_t end = batch.find('\n'); end != std::string::npos; end = batch.find('\n', start)) {
    const std::string_view line(batch.data() + start, end - start);
    start = end + 1;
    Result<Json> message = parse_line(line);
    if (!message.has_value()) {
      return with_context(std::move(message).error(), path_ + " does not speak QMP");
    }
    OR_TRY(take_message(std::move(*message)));
    if (is_closed_) {
      return {};
    }
  }
  received_ = batch.substr(start);
  if (received_.size() > line_bytes_max) {
    return fail(Code::Internal, "QEMU at {} sends a line of more than {} bytes", path_, line_bytes_max);
  }
  return {};
}

Result<void> QmpClient::take_message(Json message) {
  const auto greeting = pending_.find(0);
  if (greeting != pending_.end()) {
    if (member_at(message, "QMP") == nullptr) {
      return fail(Code::Internal, "{} does not greet as QMP does", path_);
    }
    finish(*greeting->second, std::move(message));
    return {};
  }
  const std::string event = string_at(message, "event");
  if (!event.empty()) {
    const Json* const data = member_at(message, "data");
    announce(event, data != nullptr ? string_at(*data, "device") : std::string());
    return {};
  }
  const Json* const id = member_at(message, "id");
  const auto* const number = id != nullptr ? id->get_ptr<const Json::number_unsigned_t*>() : nullptr;
  if (number == nullptr) {
    const Json* const error = member_at(message, "error");
    return fail(Code::Internal, "QEMU at {} did not understand us: {}", path_,
                error != nullptr ? string_at(*error, "desc").substr(0, shown_bytes_max) : "an answer without id");
  }
  answer(*number, std::move(message));
  return {};
}

// An id that nobody waits for is the late answer to a command that was given up.
void QmpClient::answer(uint64_t id, Json message) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) {
    log::debug("qemu", "{}: a late answer to command {}", path_, id);
    return;
  }
  Pending& pending = *found->second;
  const auto value = message.find("return");
  const Json* const error = member_at(message, "error");
  if (value != message.end()) {
    finish(pending, std::move(*value));
  } else if (error != nullptr) {
    finish(pending, std::unexpected(refusal(pending.command, *error)));
  } else {
    finish(pending, fail(Code::Internal, "QEMU at {} gave neither result nor error for {}", path_, pending.command));
  }
}

void QmpClient::announce(const std::string& event, const std::string& device) {
  // From the start after each: the job that goes on may drop any of the others.
  for (auto at = waits_.begin(); at != waits_.end();) {
    EventWait& wait = **at;
    if (wait.is_seen_ || wait.event_ != event || (!wait.device_.empty() && wait.device_ != device)) {
      ++at;
      continue;
    }
    wait.is_seen_ = true;
    wait.finish(true);
    at = waits_.begin();
  }
}

std::unique_ptr<QmpClient::EventWait> QmpClient::expect(std::string event, std::string device) {
  return std::unique_ptr<EventWait>(new EventWait(*this, std::move(event), std::move(device)));
}

QmpClient::EventWait::EventWait(QmpClient& client, std::string event, std::string device)
    : client_(&client), reactor_(client.reactor_), event_(std::move(event)), device_(std::move(device)) {
  if (client.is_closed_) {
    client_ = nullptr;
    end_reason_ = client.close_reason_;
    return;
  }
  client.waits_.push_back(this);
}

QmpClient::EventWait::~EventWait() {
  check(waiter_ == nullptr, "an event wait is destroyed under the job that waits");
  if (client_ != nullptr) {
    client_->waits_.remove(this);
  }
}

core::Job<Result<bool>> QmpClient::EventWait::wait(uint64_t timeout_ns) {
  if (is_seen_) {
    co_return Result<bool>(true);
  }
  if (client_ == nullptr) {
    co_return std::unexpected(end_reason_);
  }
  core::Event<Result<bool>> event;
  waiter_ = &event;
  core::Timer timer;
  timer.owner = this;
  timer.fire = [](core::Timer& fired) noexcept { static_cast<EventWait*>(fired.owner)->finish(false); };
  reactor_.arm(timer, reactor_.clock().now_ns() + timeout_ns);
  const Result<bool> outcome = co_await event;
  if (timer.is_armed()) {
    reactor_.cancel(timer);
  }
  co_return outcome;
}

void QmpClient::EventWait::finish(Result<bool> outcome) {
  if (waiter_ != nullptr) {
    std::exchange(waiter_, nullptr)->set(std::move(outcome));
  }
}

}  // namespace outrigger::qemu
