// GrpcServer: serves any set of services, whose classes are made from their descriptors at run time.
// Reflection and grpc.health.v1 are served beside them. Runs on gRPC's own threads; every call goes through
// the Door.
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

struct GrpcOptions {
  std::vector<Address> addresses;
  std::optional<TlsFiles> tls;  // mutual TLS on every TCP address; a UNIX socket's guard is its file mode, 0660
  bool allow_insecure = false;
};

class GrpcServer {
 public:
  virtual ~GrpcServer() = default;

  // Listens on all addresses or on none. `door` must outlive the server, the descriptors the process.
  static Result<std::unique_ptr<GrpcServer>> start(Door& door,
                                                   std::span<const google::protobuf::ServiceDescriptor* const> services,
                                                   const GrpcOptions& options);

  // Where it listens, with the ports that were free for those given as 0.
  [[nodiscard]] virtual const std::vector<Address>& addresses() const noexcept = 0;
  // Tells health watchers, takes no more calls, gives those under way stop_grace and cancels the rest. The
  // last act; blocks. Answers that come from the door later are dropped.
  virtual void stop() = 0;

 protected:
  GrpcServer() = default;
};

}  // namespace outrigger::api
