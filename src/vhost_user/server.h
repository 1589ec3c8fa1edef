// Server: offers one virtio device at one endpoint. Takes a front end, serves it until it goes, takes the
// next. What an owner of a device creates and stops. Control reactor.
#pragma once

#include "base/result.h"
#include "core/job.h"
#include "core/reactor.h"
#include "vhost_user/endpoint.h"
#include "vhost_user/session.h"
#include "virtio/device.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace outrigger::vhost_user {

struct ServerState {
  bool is_connected = false;
  SessionState session;           // while connected
  uint64_t connection_count = 0;  // front ends served so far, the present one included
  std::string last_end;           // why the last session ended; empty before that
};

class Server {
 public:
  // Makes the endpoint and begins to serve. On the control reactor's thread; `device` outlives the server.
  // `name` is the device's, for logs. Errors are those of Endpoint::create().
  static Result<std::unique_ptr<Server>> create(core::Reactor& control, virtio::Device& device, EndpointOptions options,
                                                std::string name);
  // stop() must have ended.
  ~Server();

  // Lets go of the front end, drains every queue and closes the endpoint. To be awaited once.
  core::Job<void> stop();
  // The beginning of stop(), for whoever will not wait for requests that may never end: stop() is awaited when
  // is_over().
  void begin_stop();
  [[nodiscard]] bool is_stopping() const noexcept { return is_stopping_; }
  [[nodiscard]] bool is_over() const noexcept { return finished_.is_set(); }

  [[nodiscard]] ServerState state() const;
  [[nodiscard]] const EndpointOptions& options() const noexcept { return options_; }

 private:
  Server(core::Reactor& control, virtio::Device& device, EndpointOptions options, std::string name)
      : control_(control), device_(device), options_(std::move(options)), name_(std::move(name)) {}
  core::Job<void> run();
  core::Job<Error> serve(UniqueFd socket);

  core::Reactor& control_;
  virtio::Device& device_;
  EndpointOptions options_;
  std::string name_;
  std::unique_ptr<Endpoint> endpoint_;
  std::unique_ptr<Session> session_;
  uint64_t connection_count_ = 0;
  std::string last_end_;
  bool is_stopping_ = false;
  core::Event<std::monostate> finished_;
  log::Limiter limiter_;
};

}  // namespace outrigger::vhost_user
