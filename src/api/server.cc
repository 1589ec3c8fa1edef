// Everything is parsed and read before anything listens.
#include "api/server.h"

#include "api/grpc/grpc_server.h"
#include "api/rest/rest_server.h"
#include "base/log.h"

#include <google/protobuf/stubs/logging.h>

namespace outrigger::api {

namespace {

Result<std::vector<Address>> parse_all(const std::vector<std::string>& texts, std::string_view key) {
  std::vector<Address> addresses;
  for (const std::string& text : texts) {
    auto address = Address::parse(text);
    if (!address.has_value()) {
      return with_context(std::move(address).error(), key);
    }
    addresses.push_back(std::move(*address));
  }
  return addresses;
}

// protobuf writes to standard error what it thinks of a client's bytes; the client is told in its answer.
void log_protobuf(google::protobuf::LogLevel, const char*, int, const std::string& message) {
  log::debug("api", "protobuf: {}", message);
}

class ServerImpl final : public Server {
 public:
  ServerImpl(std::unique_ptr<GrpcServer> grpc, std::unique_ptr<RestServer> rest)
      : grpc_(std::move(grpc)), rest_(std::move(rest)) {}
  ~ServerImpl() override { stop(); }

  [[nodiscard]] const std::vector<Address>& grpc_addresses() const noexcept override {
    return grpc_->addresses();
  }
  [[nodiscard]] const std::vector<Address>& rest_addresses() const noexcept override {
    return rest_->addresses();
  }

  void stop() override {
    grpc_->stop();
    rest_->stop();
  }

 private:
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<RestServer> rest_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(
    Door& door, std::span<const google::protobuf::ServiceDescriptor* const> services,
    const ServerOptions& options) {
  google::protobuf::SetLogHandler(&log_protobuf);
  GrpcOptions grpc;
  RestOptions rest;
  grpc.allow_insecure = rest.allow_insecure = options.allow_insecure;
  OR_ASSIGN(grpc.addresses, parse_all(options.grpc, "api.grpc"));
  OR_ASSIGN(rest.addresses, parse_all(options.rest, "api.rest"));
  if (!options.tls.empty()) {
    auto paths = TlsPaths::parse(options.tls);
    if (!paths.has_value()) {
      return with_context(std::move(paths).error(), "api.tls");
    }
    auto files = TlsFiles::read(*paths);
    if (!files.has_value()) {
      return with_context(std::move(files).error(), "api.tls");
    }
    grpc.tls = *files;
    rest.tls = std::move(*files);
  }
  OR_ASSIGN(auto rest_server, RestServer::start(door, services, rest));
  OR_ASSIGN(auto grpc_server, GrpcServer::start(door, services, grpc));
  return std::make_unique<ServerImpl>(std::move(grpc_server), std::move(rest_server));
}

}  // namespace outrigger::api
