// AdminQueue: a controller's admin queue as its transport sees it. Its home is the control reactor.
#pragma once

#include "nvme/controller.h"
#include "nvme/queue.h"

#include <memory>
#include <utility>

namespace outrigger::nvme {

class AdminQueue final : public Queue {
 public:
  explicit AdminQueue(std::shared_ptr<Controller> controller) : controller_(std::move(controller)) {}

  core::Reactor& home() const noexcept override { return controller_->control(); }
  bool is_ready() const noexcept override { return controller_->is_admitted(); }
  void closed() noexcept override {
    // The controller may go with this; it shall do so when it has returned.
    const std::shared_ptr<Controller> controller = std::move(controller_);
    controller->admin_queue_closed();
  }
  void attach() noexcept override {}
  void detach() noexcept override {}
  Status prepare(Command& command) noexcept override { return controller_->prepare(command); }
  void execute(Command& command) noexcept override { controller_->execute(command); }
  void expedite() noexcept override { controller_->expedite(); }

 private:
  std::shared_ptr<Controller> controller_;
};

}  // namespace outrigger::nvme
