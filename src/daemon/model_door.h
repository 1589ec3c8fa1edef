// ModelDoor: the API's door into the model. Calls come on the API's threads and are carried to the control reactor.
#pragma once

#include "api/door.h"
#include "core/reactor.h"
#include "model/dispatcher.h"

namespace outrigger::daemon {

class ModelDoor final : public api::Door {
 public:
  // Both outlive the door, and every call that came through it.
  ModelDoor(core::Reactor& control, model::Dispatcher& model) noexcept : control_(control), model_(model) {}
  void call(const google::protobuf::MethodDescriptor& method, std::unique_ptr<google::protobuf::Message> request,
            api::CallDone done) override;

 private:
  core::Reactor& control_;
  model::Dispatcher& model_;
};

}  // namespace outrigger::daemon
