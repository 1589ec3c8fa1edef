// The only file that knows gRPC's server. Services are built as generated code builds them, through
// RpcServiceMethod and MarkMethodRawCallback (docs/decisions/0004-services-from-descriptors.md).
#include "api/grpc/grpc_server.h"

#include "api/grpc/socket_file.h"
#include "api/limits.h"
#include "base/check.h"
#include "base/log.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <grpc/health/v1/health.pb.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <chrono>
#include <mutex>

namespace outrigger::api {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

namespace {

// Of a UNIX socket: we and our group may connect.
constexpr mode_t socket_mode = 0660;

// What a call still needs when its server has gone.
struct Shared {
  std::atomic<int> calls_in_flight{0};
};

grpc::Status to_status(const Error& error) { return {static_cast<grpc::StatusCode>(error.code), error.what}; }

// One call. Lives until OnDone; whoever sets `is_finished` first may finish it, so that an answer and a
// cancellation never both do.
class Call final : public grpc::ServerUnaryReactor {
 public:
  Call(grpc::ByteBuffer& response, std::shared_ptr<Shared> shared)
      : response_(response), shared_(std::move(shared)), is_finished_(std::make_shared<std::atomic<bool>>(false)) {}

  void begin(Door& door, const MethodDescriptor& method, const grpc::ByteBuffer& bytes, bool is_cancelled) {
    if (is_cancelled) {
      finish(grpc::Status(grpc::StatusCode::CANCELLED, "the deadline passed or the client left before the start"));
      return;
    }
    const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type());
    std::unique_ptr<Message> request(prototype->New());
    grpc::ByteBuffer copy(bytes);  // shares the slices
    if (!grpc::SerializationTraits<Message>::Deserialize(&copy, request.get()).ok()) {
      finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "the request's bytes are not a " +
                                                                  method.input_type()->full_name() +
                                                                  "; was the client built from the same .proto?"));
      return;
    }
    if (shared_->calls_in_flight.fetch_add(1) >= calls_in_flight_max) {
      shared_->calls_in_flight.fetch_sub(1);
      finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many calls are under way; try again"));
      return;
    }
    // `this` lives as long as nobody has finished the call, and only who wins the flag touches it.
    door.call(method, std::move(request), [this, shared = shared_, is_finished = is_finished_](Reply reply) {
      shared->calls_in_flight.fetch_sub(1);
      if (!is_finished->exchange(true)) {
        answer(std::move(reply));
      }
    });
  }

  void OnCancel() override {
    finish(grpc::Status(grpc::StatusCode::CANCELLED, "cancelled; what had begun runs to its end"));
  }
  void OnDone() override { delete this; }

 private:
  void finish(const grpc::Status& status) {
    if (!is_finished_->exchange(true)) {
      Finish(status);
    }
  }

  void answer(Reply reply) {
    if (!reply.has_value()) {
      Finish(to_status(reply.error()));
      return;
    }
    bool own_buffer = false;
    const grpc::Status status = grpc::SerializationTraits<Message>::Serialize(**reply, &response_, &own_buffer);
    Finish(status);
  }

  grpc::ByteBuffer& response_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<std::atomic<bool>> is_finished_;
};

class DescribedService final : public grpc::Service {
 public:
  DescribedService(Door& door, const ServiceDescriptor& service, const std::shared_ptr<Shared>& shared)
      : name_(service.full_name()) {
    names_.reserve(static_cast<size_t>(service.method_count()));
    for (int i = 0; i < service.method_count(); ++i) {
      const MethodDescriptor* method = service.method(i);
      names_.push_back("/" + service.full_name() + "/" + method->name());
      // RpcServiceMethod keeps the pointer to its name: names_ has its final size already.
      AddMethod(
          new grpc::internal::RpcServiceMethod(names_.back().c_str(), grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodRawCallback(
          i, new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                 [&door, method, shared](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) -> grpc::ServerUnaryReactor* {
                   auto* call = new Call(*response, shared);  // deletes itself in OnDone
                   call->begin(door, *method, *request, context->IsCancelled());
                   return call;
                 }));
    }
  }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  std::vector<std::string> names_;
};

// gRPC logs on standard error by itself, and a peer can make it (failed handshakes): ours instead, and
// limited.
void log_line(gpr_log_func_args* line) {
  static std::mutex mutex;
  static log::Limiter limiter;
  if (line->severity != GPR_LOG_SEVERITY_ERROR) {
    log::debug("api", "grpc: {}", line->message);
    return;
  }
  const std::lock_guard lock(mutex);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  if (limiter.admit(static_cast<uint64_t>(std::chrono::nanoseconds(now).count()))) {
    log::warning("api", "grpc: {}", line->message);
  }
}

void prepare_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(&log_line);
    grpc::EnableDefaultHealthCheckService(true);
    // Brings the protocol's description into the program, where reflection finds it.
    check(grpc::health::v1::HealthCheckRequest::descriptor() != nullptr, "the health protocol is described");
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

std::shared_ptr<grpc::ServerCredentials> credentials(const Address& address, const std::optional<TlsFiles>& tls) {
  if (!tls.has_value() || address.is_unix()) {
    return grpc::InsecureServerCredentials();
  }
  // The least TLS version is 1.2: gRPC 1.51's own default, held by a test with a real TLS client.
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = tls->authority_pem;
  options.pem_key_cert_pairs.push_back({tls->key_pem, tls->certificate_pem});
  return grpc::SslServerCredentials(options);
}

void set_limits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(message_bytes_max));
  // Two daemons on one port would each get half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, streams_per_connection_max);
  builder.SetResourceQuota(grpc::ResourceQuota("outrigger").Resize(grpc_memory_bytes_max));
  // Reflection is the one service with a thread of its own.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
}

class GrpcServerImpl final : public GrpcServer {
 public:
  GrpcServerImpl(Door& door, std::span<const ServiceDescriptor* const> services) {
    for (const ServiceDescriptor* service : services) {
      services_.push_back(std::make_unique<DescribedService>(door, *service, shared_));
    }
  }
  ~GrpcServerImpl() override { stop(); }

  Result<> listen(const GrpcOptions& options) {
    grpc::ServerBuilder builder;
    set_limits(builder);
    std::vector<int> ports(options.addresses.size(), 0);
    for (size_t i = 0; i < options.addresses.size(); ++i) {
      const Address& address = options.addresses[i];
      OR_TRY(check_plaintext(address, options.tls.has_value(), options.allow_insecure));
      OR_TRY(probe(address));
      std::string where = address.text();
      if (address.is_unix()) {
        OR_ASSIGN(std::unique_ptr<SocketFile> file, SocketFile::prepare(address.unix_path));
        where = file->listening_address();
        socket_files_.push_back(std::move(file));
      }
      builder.AddListeningPort(where, credentials(address, options.tls), &ports[i]);
    }
    for (const auto& service : services_) {
      builder.RegisterService(service.get());
    }
    server_ = builder.BuildAndStart();
    for (size_t i = 0; i < options.addresses.size(); ++i) {
      if (server_ == nullptr || ports[i] == 0) {
        if (server_ == nullptr && ports[i] != 0) {
          continue;
        }
        return fail(Code::Unavailable,
                    "gRPC cannot listen on {}: taken by another program in this moment, or TLS "
                    "files it does not accept",
                    options.addresses[i].text());
      }
      addresses_.push_back(options.addresses[i]);
      if (!addresses_.back().is_unix()) {
        addresses_.back().tcp_port = static_cast<uint16_t>(ports[i]);
      }
    }
    if (server_ == nullptr) {
      return fail(Code::Unavailable, "gRPC cannot start on {}", options.addresses.front().text());
    }
    for (const auto& service : services_) {
      server_->GetHealthCheckService()->SetServingStatus(service->name(), true);
    }
    for (const auto& file : socket_files_) {
      OR_TRY(file->publish(socket_mode));
    }
    return {};
  }

  [[nodiscard]] const std::vector<Address>& addresses() const noexcept override { return addresses_; }

  void stop() override {
    if (server_ != nullptr) {
      server_->GetHealthCheckService()->Shutdown();
      server_->Shutdown(std::chrono::system_clock::now() + stop_grace);
      server_->Wait();
      server_.reset();
    }
    socket_files_.clear();
  }

 private:
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::vector<std::unique_ptr<DescribedService>> services_;  // outlive the server
  std::vector<Address> addresses_;
  std::vector<std::unique_ptr<SocketFile>> socket_files_;  // of the UNIX addresses
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

Result<std::unique_ptr<GrpcServer>> GrpcServer::start(Door& door, std::span<const ServiceDescriptor* const> services,
                                                      const GrpcOptions& options) {
  if (options.addresses.empty()) {
    return fail(Code::InvalidArgument, "gRPC has no address to listen on; give one, such as 127.0.0.1:50051");
  }
  prepare_library();
  auto server = std::make_unique<GrpcServerImpl>(door, services);
  OR_TRY(server->listen(options));
  return server;
}

}  // namespace outrigger::api
