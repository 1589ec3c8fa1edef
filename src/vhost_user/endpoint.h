// Endpoint: where front ends come from. Either side of vhost-user may listen: Listener binds a socket and
// takes one front end at a time, Connector goes to a front end that listens and keeps trying. Control
// reactor.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "core/job.h"
#include "core/reactor.h"

#include <sys/types.h>

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace outrigger::vhost_user {

class Session;

enum class Role : uint8_t {
  Listen,   // we bind the socket, front ends connect to it
  Connect,  // a front end listens, we connect to it and retry
};

struct EndpointOptions {
  std::string path;  // of a UNIX socket, at most 107 bytes
  Role role = Role::Listen;
  mode_t mode = 0600;               // of the socket that we make
  std::optional<gid_t> group = {};  // of the socket that we make; none: our own
};

class Endpoint {
 public:
  // Listen: binds now, and fails where that is not possible: a path that is too long, a live server already
  // there (AlreadyExists, naming it), something that is no socket. A socket that nobody listens on is
  // replaced. Connect: checks the path only; whether somebody listens shows later. `name` is for logs.
  static Result<std::unique_ptr<Endpoint>> create(core::Reactor& control, EndpointOptions options, std::string name);
  virtual ~Endpoint() = default;

  // The next front end's connected socket; Cancelled after interrupt().
  virtual core::Job<Result<UniqueFd>> next() = 0;
  // Ends a next() that waits, and every later one.
  virtual void interrupt() = 0;
  // A front end is being served (nullptr: none any more). Others are turned away meanwhile, unless the one
  // served has hung up already: then the next in line waits until it is done with.
  virtual void set_serving(const Session* session) = 0;
};

}  // namespace outrigger::vhost_user
