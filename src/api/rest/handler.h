// Handler: one HTTP request in, one HTTP answer out, without a word about sockets or the HTTP library.
#pragma once

#include "api/door.h"
#include "api/rest/router.h"

#include <string>
#include <string_view>

namespace outrigger::api::rest {

struct HttpAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

// Any thread, many at once.
class Handler {
 public:
  // Both outlive the handler.
  Handler(Door& door, const Router& router) noexcept : door_(door), router_(router) {}

  // `target` is path and query as they came. Blocks until the model has answered, at most rest_answer.
  [[nodiscard]] HttpAnswer handle(std::string_view verb, std::string_view target,
                                  std::string_view body) const;

 private:
  Result<std::string> call(const Match& match, std::string_view query, std::string_view body) const;
  HttpAnswer metrics(std::string_view verb) const;

  Door& door_;
  const Router& router_;
};

// The answer to a request that failed, or that never got as far as a handler.
HttpAnswer error_answer(const Error& error);

// Calls `method` and waits for the answer: Unavailable-like DeadlineExceeded after rest_answer.
Reply call_and_wait(Door& door, const google::protobuf::MethodDescriptor& method,
                    std::unique_ptr<google::protobuf::Message> request);

}  // namespace outrigger::api::rest
