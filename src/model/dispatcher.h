// Dispatcher: the one door to the model. gRPC, REST, the other northbound APIs and tests call methods through
// it by descriptor; whoever stands in front turns a wire format into a request message and back, and knows no
// kinds.
#pragma once

#include "base/result.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <vector>

namespace outrigger::model {

class Dispatcher {
 public:
  // Called exactly once, on the control reactor's thread, possibly before call() returns. The error's code is
  // the gRPC code to answer with; its sentence holds no secret.
  using Done = std::move_only_function<void(Result<std::unique_ptr<google::protobuf::Message>>)>;

  virtual ~Dispatcher() = default;

  // Every service that is served, of which some methods may answer UNIMPLEMENTED. Constant; any thread.
  [[nodiscard]] virtual const std::vector<const google::protobuf::ServiceDescriptor*>& services() const = 0;

  // Runs `method` with `request`, a message of method.input_type() from the generated pool. The answer is a
  // message of method.output_type(). Control reactor's thread only: others post there first. A caller that no
  // longer cares lets `done` drop the answer; work that has begun is finished.
  virtual void call(const google::protobuf::MethodDescriptor& method,
                    std::unique_ptr<google::protobuf::Message> request, Done done) = 0;
};

// Every service of this API: OPI's storage and inventory, and outrigger.v1. Any thread; constant. Linking
// this in links their descriptors in, so that reflection finds them all.
const std::vector<const google::protobuf::ServiceDescriptor*>& api_services();

}  // namespace outrigger::model
