// Handler: one HTTP request in, one HTTP answer out, without a word about sockets or the HTTP library.
#pragma once

#include "api/door.h"
#include "api/rest/router.h"

#include <string>
#include <string_view>

namespace outrigger::api::rest {

struct HttpCall {
  std::string_view verb;
  std::string_view target;  // path and query as they came
  std::string_view body = {};
  bool is_form = false;                   // Content-Type: application/x-www-form-urlencoded, as curl -d sends
  std::string_view method_override = {};  // X-HTTP-Method-Override; counts for a POST of a form
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  bool is_of_a_call = false;  // a method answered or refused, so that gRPC's response metadata belong to it
};

// Any thread, many at once.
class Handler {
 public:
  // Both outlive the handler.
  Handler(Door& door, const Router& router) noexcept : door_(door), router_(router) {}

  // Blocks until the model has answered, at most rest_answer.
  [[nodiscard]] HttpAnswer handle(const HttpCall& call) const;

 private:
  [[nodiscard]] HttpAnswer route(std::string_view verb, std::string_view path, std::string_view query,
                                 const HttpCall& call) const;
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
