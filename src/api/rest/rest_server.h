// RestServer: the REST gateway and /metrics, in the daemon itself: HTTP/1.1 on a few threads of its own,
// every request becomes one call through the Door.
#pragma once

#include "api/address.h"
#include "api/door.h"
#include "api/tls.h"
#include "base/result.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace google::protobuf {
class ServiceDescriptor;
}

namespace outrigger::api {

struct RestOptions {
  std::vector<Address> addresses;  // TCP only
  std::optional<TlsFiles> tls;     // mutual TLS when gRPC has it
  bool allow_insecure = false;
};

class RestServer {
 public:
  virtual ~RestServer() = default;

  // Listens on all addresses or on none. `door` must outlive the server, the descriptors the process.
  static Result<std::unique_ptr<RestServer>> start(
      Door& door, std::span<const google::protobuf::ServiceDescriptor* const> services,
      const RestOptions& options);

  // Where it listens, with the ports that were free for those given as 0.
  [[nodiscard]] virtual const std::vector<Address>& addresses() const noexcept = 0;
  // Takes no more requests and waits for those under way. The last act; blocks.
  virtual void stop() = 0;

 protected:
  RestServer() = default;
};

}  // namespace outrigger::api
