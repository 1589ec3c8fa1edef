// Transcoding between HTTP and protobuf as google.api.http defines it: JSON body, query parameters and path
// variables become one request message; a reply becomes JSON. Field names are accepted in lowerCamelCase and
// snake_case and written in lowerCamelCase; unknown JSON fields and query parameters are ignored, as
// grpc-gateway does.
#pragma once

#include "api/rest/path_template.h"
#include "base/result.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace google::protobuf {
class Message;
class MethodDescriptor;
}  // namespace google::protobuf

namespace outrigger::api::rest {

struct HttpInput {
  std::string_view query = {};  // what follows '?', still encoded
  std::string_view body = {};
  std::string_view body_field =
      {};                 // the rule's `body`: a field of the request, "*" for all of it, empty for none
  bool is_patch = false;  // derive update_mask from the body's keys when none is given
};

// The request message of `method`. InvalidArgument names the field and what was wrong with it.
Result<std::unique_ptr<google::protobuf::Message>> build_request(
    const google::protobuf::MethodDescriptor& method, const HttpInput& input,
    std::span<const Binding> bindings);

// JSON with unpopulated scalars and lists, 64-bit integers as strings, enums as names, bytes in base64.
Result<std::string> to_json(const google::protobuf::Message& message);

// {"code":5,"message":"…","details":[]}: the body of every error.
std::string error_json(const Error& error);

// The status line for a canonical code, as grpc-gateway maps them.
int http_status(Code code) noexcept;

}  // namespace outrigger::api::rest
