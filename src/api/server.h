// Server: every northbound wire of the daemon, started together or not at all: gRPC, REST and /metrics.
#pragma once

#include "api/address.h"
#include "api/door.h"
#include "base/result.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace google::protobuf {
class ServiceDescriptor;
}

namespace outrigger::api {

// As the configuration's [api] says it.
struct ServerOptions {
  std::vector<std::string> grpc = {"127.0.0.1:50051"};  // host:port or unix:/path; at least one
  std::vector<std::string> rest = {"127.0.0.1:8082"};   // host:port; empty: neither REST nor /metrics
  std::string tls = {};                                 // certificate:key:ca; empty: plaintext
  bool allow_insecure = false;                          // plaintext where other machines can reach it
};

// Owned by the control thread; serves on threads of its own.
class Server {
 public:
  virtual ~Server() = default;

  // `door` must outlive the server; `services` are served as they are described.
  static Result<std::unique_ptr<Server>> start(
      Door& door, std::span<const google::protobuf::ServiceDescriptor* const> services,
      const ServerOptions& options);

  [[nodiscard]] virtual const std::vector<Address>& grpc_addresses() const noexcept = 0;
  [[nodiscard]] virtual const std::vector<Address>& rest_addresses() const noexcept = 0;
  // Blocks until no thread of ours runs any more: at most stop_grace plus what REST has under way. The door
  // must still answer meanwhile, so not to be called on the thread that answers.
  virtual void stop() = 0;

 protected:
  Server() = default;
};

}  // namespace outrigger::api
