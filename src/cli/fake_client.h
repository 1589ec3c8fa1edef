// A daemon that answers as a test scripts it, for tests of verbs.
#pragma once

#include "cli/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::cli {

// Answers by method name; keeps the last request of each, and the names of all calls in their order.
class FakeClient final : public Client {
 public:
  using Answer = std::function<Result<std::unique_ptr<Message>>(const Message&)>;

  template <typename Request, typename Handler>
  void on(const std::string& method, Handler handler) {
    answers_[method] = [handler](const Message& request) -> Result<std::unique_ptr<Message>> {
      auto response = handler(static_cast<const Request&>(request));
      if (!response.has_value()) {
        return std::unexpected(response.error());
      }
      return std::make_unique<typename std::decay_t<decltype(*response)>>(*response);
    };
  }
  Result<std::unique_ptr<Message>> call(const MethodDescriptor& method, const Message& request) override {
    calls.push_back(method.name());
    requests_[method.name()].reset(request.New());
    requests_[method.name()]->CopyFrom(request);
    const auto answer = answers_.find(method.name());
    if (answer == answers_.end()) {
      return fail(Code::NotFound, "unable to find key");
    }
    return answer->second(request);
  }
  void wait_at_least(std::chrono::milliseconds timeout) override { patience = std::max(patience, timeout); }
  [[nodiscard]] bool has_failed() const noexcept override { return false; }

  template <typename Request>
  const Request& request(const std::string& method) {
    EXPECT_TRUE(requests_.contains(method)) << method << " was not called";
    static const Request none;
    return requests_.contains(method) ? static_cast<const Request&>(*requests_[method]) : none;
  }

  std::vector<std::string> calls;
  std::chrono::milliseconds patience{};

 private:
  std::map<std::string, Answer> answers_;
  std::map<std::string, std::unique_ptr<Message>> requests_;
};

}  // namespace outrigger::cli
