// Path → route → request → Door → JSON.
#include "api/rest/handler.h"

#include "api/limits.h"
#include "api/metrics/metrics.h"
#include "api/rest/transcode.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <outrigger/v1/telemetry.pb.h>

#include <algorithm>
#include <cctype>
#include <future>

namespace outrigger::api::rest {

HttpAnswer error_answer(const Error& error) {
  return {.status = http_status(error.code), .content_type = "application/json", .body = error_json(error)};
}

Reply call_and_wait(Door& door, const google::protobuf::MethodDescriptor& method,
                    std::unique_ptr<google::protobuf::Message> request) {
  // Shared: the answer may come when nobody waits any more.
  auto promise = std::make_shared<std::promise<Reply>>();
  std::future<Reply> answer = promise->get_future();
  door.call(method, std::move(request), [promise](Reply reply) { promise->set_value(std::move(reply)); });
  if (answer.wait_for(rest_answer) != std::future_status::ready) {
    return fail(Code::DeadlineExceeded, "{} has not finished within {} s; it goes on, look again later", method.name(),
                rest_answer.count());
  }
  return answer.get();
}

// grpc-gateway's path length fallback: a client whose URL would grow too long, or whose proxy lets only GET and POST
// through, POSTs a form instead, with the parameters in the body and perhaps another method in a header.
HttpAnswer Handler::handle(const HttpCall& call) const {
  const size_t question = call.target.find('?');
  const std::string_view path = call.target.substr(0, question);
  std::string query(question == std::string_view::npos ? std::string_view{} : call.target.substr(question + 1));
  if (call.verb != "POST" || !call.is_form || call.method_override.empty()) {
    return route(call.verb, path, query, call);
  }
  std::string verb(call.method_override);
  std::ranges::transform(verb, verb.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  query.append("&").append(call.body);
  HttpCall overridden = call;
  overridden.verb = verb;
  overridden.body = {};
  return route(verb, path, query, overridden);
}

HttpAnswer Handler::route(std::string_view verb, std::string_view path_text, std::string_view query,
                          const HttpCall& http) const {
  if (path_text == "/metrics") {
    return metrics(verb);
  }
  auto path = parse_request_path(path_text);
  if (!path.has_value()) {
    // "/v1/" and the like name nothing; a bad escape is a mistake in writing.
    const bool is_written_badly = path_text.find('%') != std::string_view::npos;
    return error_answer(is_written_badly ? path.error() : Error{Code::NotFound, "Not Found"});
  }
  const auto found = router_.find(verb, *path);
  if (const auto* none = std::get_if<NoMatch>(&found); none != nullptr) {
    if (*none == NoMatch::UnknownPath) {
      return error_answer({Code::NotFound, "Not Found"});
    }
    if (verb == "POST" && http.is_form && std::holds_alternative<Match>(router_.find("GET", *path))) {
      return route("GET", path_text, fmt::format("{}&{}", query, http.body), {.verb = "GET", .target = http.target});
    }
    return error_answer({Code::Unimplemented, "Method Not Allowed"});
  }
  auto json = call(std::get<Match>(found), query, http.body);
  HttpAnswer answer = json.has_value() ? HttpAnswer{.body = std::move(*json)} : error_answer(json.error());
  answer.is_of_a_call = true;
  return answer;
}

Result<std::string> Handler::call(const Match& match, std::string_view query, std::string_view body) const {
  const HttpInput input{
      .query = query, .body = body, .body_field = match.route->body_field, .is_patch = match.route->verb == "PATCH"};
  OR_ASSIGN(auto request, build_request(*match.route->method, input, match.bindings));
  OR_ASSIGN(const auto reply, call_and_wait(door_, *match.route->method, std::move(request)));
  return to_json(*reply);
}

HttpAnswer Handler::metrics(std::string_view verb) const {
  if (verb != "GET") {
    return error_answer({Code::Unimplemented, "Method Not Allowed"});
  }
  const auto* method = outrigger::v1::GetTelemetryRequest::descriptor()
                           ->file()
                           ->FindServiceByName("TelemetryService")
                           ->FindMethodByName("GetTelemetry");
  auto reply = call_and_wait(door_, *method, std::make_unique<outrigger::v1::GetTelemetryRequest>());
  if (!reply.has_value()) {
    return error_answer(reply.error());
  }
  outrigger::v1::Telemetry telemetry;
  telemetry.CopyFrom(**reply);
  return {.status = 200, .content_type = metrics::content_type, .body = metrics::to_text(telemetry)};
}

}  // namespace outrigger::api::rest
