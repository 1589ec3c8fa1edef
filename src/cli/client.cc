// The only file here that knows gRPC.
#include "cli/client.h"

#include "api/address.h"
#include "api/tls.h"
#include "base/check.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>

namespace outrigger::cli {

namespace {

// What gRPC says of a failed connection is for gRPC's people.
void stay_silent(gpr_log_func_args*) {}

class GrpcClient final : public Client {
 public:
  GrpcClient(ClientOptions options, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)), channel_(std::move(channel)) {}

  Result<std::unique_ptr<Message>> call(const MethodDescriptor& method, const Message& request) override {
    const Message* prototype =
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.output_type());
    std::unique_ptr<Message> response(prototype->New());
    const std::string name = "/" + method.service()->full_name() + "/" + method.name();
    const grpc::internal::RpcMethod rpc(name.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + options_.timeout);
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall<Message, Message>(channel_.get(), rpc, &context, request, response.get());
    if (status.ok()) {
      return response;
    }
    has_failed_ = true;
    return std::unexpected(explain(status, method));
  }

  void wait_at_least(std::chrono::milliseconds timeout) override {
    options_.timeout = std::max(options_.timeout, timeout);
  }

  [[nodiscard]] bool has_failed() const noexcept override { return has_failed_; }

 private:
  // A person's next step, where we know one.
  [[nodiscard]] Error explain(const grpc::Status& status, const MethodDescriptor& method) const {
    const auto code = static_cast<Code>(status.error_code());
    // The daemon says UNAVAILABLE too, of a host that is away; then we have reached it.
    if (code == Code::Unavailable && channel_->GetState(false) != GRPC_CHANNEL_READY) {
      return {code, fmt::format("cannot reach outriggerd at {}: {}\n"
                                "Is it running? Start it with `systemctl start outriggerd` or `outriggerd --config "
                                "FILE`.\nDoes it listen elsewhere, or with TLS? Say so with --address and --tls, or "
                                "OUTRIGGER_ADDRESS and OUTRIGGER_TLS.",
                                options_.address, status.error_message())};
    }
    if (code == Code::DeadlineExceeded) {
      return {code, fmt::format("{}: no answer within {} s; it may still happen: look again, or give --timeout",
                                method.name(), options_.timeout.count() / 1000)};
    }
    if (code == Code::Unimplemented && status.error_message().empty()) {
      return {code, fmt::format("{}: this outriggerd does not serve {}", method.name(), method.service()->full_name())};
    }
    return {code, status.error_message()};
  }

  ClientOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
  bool has_failed_ = false;
};

}  // namespace

Result<std::unique_ptr<Client>> Client::make(const ClientOptions& options) {
  gpr_set_log_function(&stay_silent);
  auto address = api::Address::parse(options.address);
  if (!address.has_value()) {
    return with_context(std::move(address).error(), "--address");
  }
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!options.tls.empty() && !address->is_unix()) {  // a UNIX socket never speaks TLS, OUTRIGGER_TLS or not
    OR_ASSIGN(const api::TlsPaths paths, api::TlsPaths::parse(options.tls));
    OR_ASSIGN(const api::TlsFiles files, api::TlsFiles::read(paths));
    credentials = grpc::SslCredentials({files.authority_pem, files.key_pem, files.certificate_pem});
  } else if (!address->is_local() && !options.allow_insecure) {
    return fail(Code::InvalidArgument,
                "{} is another machine and would be spoken to in plaintext, keys included: give --tls "
                "certificate:key:ca, or --insecure",
                options.address);
  }
  grpc::ChannelArguments arguments;
  // A proxy of the web is not on the way to a daemon.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(-1);
  return std::make_unique<GrpcClient>(options, grpc::CreateCustomChannel(address->text(), credentials, arguments));
}

const MethodDescriptor& method_of(const google::protobuf::FileDescriptor& file, std::string_view name) {
  for (int i = 0; i < file.service_count(); ++i) {
    const MethodDescriptor* method = file.service(i)->FindMethodByName(std::string(name));
    if (method != nullptr) {
      return *method;
    }
  }
  check(false, "the method is in our .proto");
  __builtin_unreachable();
}

}  // namespace outrigger::cli
