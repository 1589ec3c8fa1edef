// Client: calls any method of the daemon by its descriptor. One connection; blocks.
#pragma once

#include "base/result.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace outrigger::cli {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

struct ClientOptions {
  std::string address;                         // host:port or unix:/path
  std::string tls;                             // certificate:key:ca of the client; empty: plaintext
  bool allow_insecure = false;                 // plaintext to other machines
  std::chrono::milliseconds timeout{120'000};  // of one call
};

class Client {
 public:
  virtual ~Client() = default;
  // Connects lazily: an unreachable daemon shows with the first call, as Unavailable with what to do about
  // it.
  static Result<std::unique_ptr<Client>> make(const ClientOptions& options);

  virtual Result<std::unique_ptr<Message>> call(const MethodDescriptor& method, const Message& request) = 0;
  // From now on a call waits so long at least, whatever ClientOptions::timeout says.
  virtual void wait_at_least(std::chrono::milliseconds timeout) = 0;
  // True once a call has failed: what went wrong was not only in the arguments.
  [[nodiscard]] virtual bool has_failed() const noexcept = 0;

  // The same with the answer in its own type.
  template <typename Response>
  Result<Response> call_for(const MethodDescriptor& method, const Message& request) {
    auto reply = call(method, request);
    if (!reply.has_value()) {
      return std::unexpected(std::move(reply).error());
    }
    return Response(static_cast<const Response&>(**reply));
  }
};

// The method of `message`'s service file called `name`; a method that is not there is our own mistake.
const MethodDescriptor& method_of(const google::protobuf::FileDescriptor& file, std::string_view name);

}  // namespace outrigger::cli
