#include "vhost_user/server.h"

#include "base/check.h"
#include "base/log.h"
#include "vhost_user/socket_address.h"

#include <utility>

namespace outrigger::vhost_user {
namespace {

constexpr std::string_view room = "vhost_user";

}  // namespace

Result<std::unique_ptr<Server>> Server::create(core::Reactor& control, virtio::Device& device, EndpointOptions options,
                                               std::string name) {
  std::unique_ptr<Server> server(new Server(control, device, options, name));
  OR_ASSIGN(server->endpoint_, Endpoint::create(control, std::move(options), std::move(name)));
  core::spawn(server->run());
  return server;
}

Server::~Server() { check(endpoint_ == nullptr || finished_.is_set(), "a server is stopped before it goes"); }

core::Job<void> Server::run() {
  while (!is_stopping_) {
    auto waiting = endpoint_->next();
    auto socket = co_await waiting;
    if (!socket.has_value()) {
      break;
    }
    auto serving = serve(std::move(*socket));
    const Error end = co_await serving;
    last_end_ = end.what;
    if (limiter_.admit(control_.turn_ns())) {
      const bool is_usual = end.code == Code::Unavailable || end.code == Code::Cancelled;
      is_usual ? log::info(room, "{}: front end gone: {}", name_, end.what)
               : log::warning(room, "{}: front end dropped: {}", name_, end.what);
    }
  }
  finished_.set({});
}

core::Job<Error> Server::serve(UniqueFd socket) {
  const std::string peer = describe_peer(socket);
  auto session = Session::create(control_, device_, std::move(socket), name_);
  if (!session.has_value()) {
    co_return std::move(session).error();
  }
  if (limiter_.admit(control_.turn_ns())) {
    log::info(room, "{}: front end connected: {}", name_, peer);
  }
  session_ = std::move(*session);
  ++connection_count_;
  endpoint_->set_serving(session_.get());
  auto serving = session_->serve();
  Error end = co_await serving;
  endpoint_->set_serving(nullptr);
  session_.reset();
  co_return end;
}

void Server::begin_stop() {
  if (std::exchange(is_stopping_, true)) {
    return;
  }
  if (session_ != nullptr) {
    session_->stop();
  }
  endpoint_->interrupt();
}

core::Job<void> Server::stop() {
  check(endpoint_ != nullptr, "a server is stopped once");
  begin_stop();
  co_await finished_;
  endpoint_.reset();
}

ServerState Server::state() const {
  ServerState state{
      .is_connected = session_ != nullptr, .session = {}, .connection_count = connection_count_, .last_end = last_end_};
  if (session_ != nullptr) {
    state.session = session_->state();
  }
  return state;
}

}  // namespace outrigger::vhost_user
