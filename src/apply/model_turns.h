// For tests of hooks behind a real model: turns in virtual time until something is done, jobs and calls to their end.
#pragma once

#include "base/check.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/kept_job.h"
#include "model/model.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace outrigger::apply {

class ModelTurns {
 public:
  ModelTurns(core::ManualClock& virtual_time, int turns_max) : clock(virtual_time), turns_max_(turns_max) {}
  virtual ~ModelTurns() = default;

  // One turn of all reactors.
  virtual void turn() = 0;
  // Time goes on by 5 ms a turn.
  template <typename Done>
  void turn_until(Done done) {
    for (int i = 0; i < turns_max_ && !done(); ++i) {
      turn();
      clock.advance(5'000'000);
    }
    check(done(), "the test's reactors have work that ends");
  }
  void pass(uint64_t ms = 200) {
    const uint64_t end_ns = clock.now_ns() + ms * 1'000'000;
    turn_until([&] { return clock.now_ns() >= end_ns; });
  }
  template <typename T>
  T run(core::Job<T> job) {
    std::optional<T> out;
    core::spawn(core::keep(std::move(job), &out));
    turn_until([&] { return out.has_value(); });
    return std::move(*out);
  }
  // Calls the method of that name, of whichever service, and waits for its answer.
  template <typename Response>
  Result<Response> call(std::string_view name, const model::Message& request) {
    const google::protobuf::MethodDescriptor* method = nullptr;
    for (const auto* service : model::api_services()) {
      const auto* const found = service->FindMethodByName(std::string(name));
      method = found != nullptr ? found : method;
    }
    check(method != nullptr, "a method of that name");
    std::optional<Result<std::unique_ptr<model::Message>>> reply;
    model->call(*method, model::clone(request),
                [&reply](Result<std::unique_ptr<model::Message>> value) { reply.emplace(std::move(value)); });
    turn_until([&] { return reply.has_value(); });
    if (!reply->has_value()) {
      return std::unexpected(reply->error());
    }
    return static_cast<const Response&>(***reply);
  }

  core::ManualClock& clock;
  std::unique_ptr<model::Model> model;

 private:
  const int turns_max_;
};

}  // namespace outrigger::apply
