#include "daemon/model_door.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <utility>

namespace outrigger::daemon {

void ModelDoor::call(const google::protobuf::MethodDescriptor& method,
                     std::unique_ptr<google::protobuf::Message> request, api::CallDone done) {
  control_.post([this, &method, request = std::move(request), done = std::move(done)]() mutable {
    model_.call(method, std::move(request), std::move(done));
  });
}

}  // namespace outrigger::daemon
