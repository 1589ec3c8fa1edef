// JobDispatcher: stands in front of the model and answers the methods that take their time and change no resource, such
// as asking somebody else on the network. Every other call goes through to the model. Control reactor's thread only.
#pragma once

#include "core/job.h"
#include "model/dispatcher.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::model {

class JobDispatcher final : public Dispatcher {
 public:
  using Message = google::protobuf::Message;
  // Must end by itself, and soon when the daemon stops.
  using Handler = std::function<core::Job<Result<std::unique_ptr<Message>>>(std::shared_ptr<const Message> request)>;

  // `model` outlives it.
  explicit JobDispatcher(Dispatcher& model) : model_(model) {}
  // stop() must have ended.
  ~JobDispatcher() override;

  // At most method_jobs_max calls of it are under way at once; more are refused with RESOURCE_EXHAUSTED.
  void add_method(std::string_view full_name, Handler handler);
  // Takes no more calls of these methods; ends when none is under way.
  core::Job<void> stop();

  const std::vector<const google::protobuf::ServiceDescriptor*>& services() const override { return model_.services(); }
  void call(const google::protobuf::MethodDescriptor& method, std::unique_ptr<Message> request, Done done) override;

 private:
  struct Method {
    Handler handler;
    size_t running = 0;
  };
  static core::Job<void> run(JobDispatcher* self, Method* method, std::shared_ptr<const Message> request, Done done);

  Dispatcher& model_;
  std::map<std::string, Method, std::less<>> methods_;
  size_t running_ = 0;
  bool is_stopping_ = false;
  core::Event<bool>* over_ = nullptr;
};

}  // namespace outrigger::model
