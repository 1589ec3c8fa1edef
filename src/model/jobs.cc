#include "model/jobs.h"

#include "base/check.h"
#include "model/nvme_discovery_limits.h"

#include <utility>

namespace outrigger::model {

JobDispatcher::~JobDispatcher() { check(running_ == 0, "jobs end before their dispatcher goes"); }

void JobDispatcher::add_method(std::string_view full_name, Handler handler) {
  const bool is_new = methods_.emplace(full_name, Method{.handler = std::move(handler)}).second;
  check(is_new, "a method has one handler");
}

core::Job<void> JobDispatcher::stop() {
  is_stopping_ = true;
  if (running_ != 0) {
    core::Event<bool> over;
    over_ = &over;
    co_await over;
  }
}

void JobDispatcher::call(const google::protobuf::MethodDescriptor& method, std::unique_ptr<Message> request,
                         Done done) {
  const auto known = methods_.find(method.full_name());
  if (known == methods_.end()) {
    model_.call(method, std::move(request), std::move(done));
    return;
  }
  if (is_stopping_) {
    done(fail(Code::Unavailable, "outriggerd is stopping: try again when it runs"));
    return;
  }
  if (known->second.running >= method_jobs_max) {
    done(fail(Code::ResourceExhausted,
              "{} such calls are under way, and no more are taken: try again when one has "
              "ended",
              known->second.running));
    return;
  }
  core::spawn(run(this, &known->second, std::move(request), std::move(done)));
}

core::Job<void> JobDispatcher::run(JobDispatcher* self, Method* method, std::shared_ptr<const Message> request,
                                   Done done) {
  ++method->running;
  ++self->running_;
  auto running = method->handler(std::move(request));
  auto reply = co_await running;
  --method->running;
  --self->running_;
  core::Event<bool>* const over = self->running_ == 0 ? std::exchange(self->over_, nullptr) : nullptr;
  done(std::move(reply));
  if (over != nullptr) {
    over->set(true);  // the dispatcher may be gone now
  }
}

}  // namespace outrigger::model
