// Door: the one way from any wire into the model. gRPC, REST and /metrics hold no state of their own;
// whatever they are asked becomes one call here, and the answer or the error travels back.
#pragma once

#include "base/result.h"

#include <functional>
#include <memory>

namespace google::protobuf {
class Message;
class MethodDescriptor;
}  // namespace google::protobuf

namespace outrigger::api {

using Reply = Result<std::unique_ptr<google::protobuf::Message>>;
// Called exactly once, on any thread, perhaps before call() returns. Must not block.
using CallDone = std::move_only_function<void(Reply)>;

class Door {
 public:
  Door() = default;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  virtual ~Door() = default;

  // Carries out `method` with `request` (of the method's input type, of the generated class). The reply is of
  // the method's output type. Any thread may call; an operation once begun runs to its end even when the
  // asker has gone, so that nothing is left half-made.
  virtual void call(const google::protobuf::MethodDescriptor& method,
                    std::unique_ptr<google::protobuf::Message> request, CallDone done) = 0;
};

}  // namespace outrigger::api
