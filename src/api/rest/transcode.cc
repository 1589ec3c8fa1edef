// HTTP → request message → HTTP. protobuf's own json_util does the JSON; what is ours is the placing of body,
// query parameters and path variables, and the mask of a PATCH.
#include "api/rest/transcode.h"

#include "api/limits.h"
#include "api/rest/field_path.h"
#include "api/rest/json_fault.h"
#include "api/rest/json_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

namespace outrigger::api::rest {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Struct;

namespace {

bool is_message(const FieldDescriptor& field) { return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }

// A field whose inside JSON writes in its own way ("5" for a wrapper, a string for a mask): a leaf of a mask.
bool is_leaf(const FieldDescriptor& field) {
  return !is_message(field) || field.is_repeated() ||
         field.message_type()->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED;
}

// json_util drops an enum name it does not know when it ignores unknown fields; a person wants to hear of it. What was
// written there is not repeated: somebody may have put a key into the wrong field.
Result<> check_enum(const FieldDescriptor& field, const google::protobuf::Value& value, const std::string& path) {
  if (value.kind_case() != google::protobuf::Value::kStringValue ||
      field.enum_type()->FindValueByName(value.string_value()) != nullptr) {
    return {};
  }
  return fail(Code::InvalidArgument, "{}: not one of {}", path, enum_names(field));
}

// What of `type` the JSON object names: leaves as field paths, in the mask's snake_case spelling.
Result<> walk_keys(const Descriptor& type, const Struct& object, const std::string& prefix, size_t depth,
                   google::protobuf::FieldMask& mask) {
  if (depth > field_depth_max) {
    return fail(Code::InvalidArgument, "the JSON body is nested more than {} deep", field_depth_max);
  }
  for (const auto& [key, value] : object.fields()) {
    const FieldDescriptor* field = find_field(type, key);
    if (field == nullptr) {
      continue;
    }
    const std::string path = prefix + field->name();
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      OR_TRY(check_enum(*field, value, path));
    }
    if (!is_leaf(*field) && value.has_struct_value() && !value.struct_value().fields().empty()) {
      OR_TRY(walk_keys(*field->message_type(), value.struct_value(), path + ".", depth + 1, mask));
    } else {
      mask.add_paths(path);
    }
    if (static_cast<size_t>(mask.paths_size()) > mask_paths_max) {
      return fail(Code::InvalidArgument, "the JSON body has more than {} fields", mask_paths_max);
    }
  }
  return {};
}

// The JSON text of `object`, into `target`. json_util's own errors repeat what was sent, keys included: ours say
// where it is wrong and what belongs there.
Result<> parse_json(std::string_view json, Message& target, google::protobuf::FieldMask& mask) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  Struct object;
  const google::protobuf::StringPiece text(json.data(), json.size());
  if (!google::protobuf::util::JsonStringToMessage(text, &object, options).ok()) {
    return fail(Code::InvalidArgument, "the body is not a JSON object{}", json_fault(json));
  }
  OR_TRY(walk_keys(*target.GetDescriptor(), object, "", 0, mask));
  if (const auto status = google::protobuf::util::JsonStringToMessage(text, &target, options); !status.ok()) {
    const std::string_view said(status.message().data(), status.message().size());
    return fail(Code::InvalidArgument, "the body does not fit {}: {}", target.GetDescriptor()->name(), misfit(said));
  }
  return {};
}

Result<> place_body(const HttpInput& input, Message& request, google::protobuf::FieldMask& mask) {
  if (input.body_field.empty()) {
    if (!input.body.empty()) {
      return fail(Code::InvalidArgument, "this method takes no body; give its fields as query parameters");
    }
    return {};
  }
  if (input.body_field == "*") {
    // An empty body stands for an empty object: POST …:reset needs none.
    google::protobuf::FieldMask whole;
    return input.body.empty() ? Result<>{} : parse_json(input.body, request, whole);
  }
  if (input.body.empty()) {
    return fail(Code::InvalidArgument, "the body is missing; it must be a JSON object, the {}", input.body_field);
  }
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(std::string(input.body_field));
  if (field == nullptr || !is_message(*field) || field->is_repeated()) {
    return fail(Code::Internal, "the rule of {} names a body '{}' that is no message field of it",
                request.GetDescriptor()->full_name(), input.body_field);
  }
  return parse_json(input.body, *request.GetReflection()->MutableMessage(&request, field), mask);
}

Result<> place_query(const HttpInput& input, Message& request) {
  std::string_view rest = input.query;
  while (!rest.empty()) {
    const size_t ampersand = rest.find('&');
    const std::string_view pair = rest.substr(0, ampersand);
    rest = ampersand == std::string_view::npos ? std::string_view{} : rest.substr(ampersand + 1);
    if (pair.empty()) {
      continue;
    }
    const size_t equals = pair.find('=');
    OR_ASSIGN(const std::string key, percent_decode(pair.substr(0, equals), true));
    OR_ASSIGN(const std::string value,
              percent_decode(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1), true));
    OR_TRY(set_field(request, key, value, Unknown::Ignore));
  }
  return {};
}

// grpc-gateway's rule: a PATCH that says no mask means the fields it shows. The name addresses, it is no
// change.
void place_mask(const HttpInput& input, Message& request, google::protobuf::FieldMask& mask) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("update_mask");
  if (!input.is_patch || field == nullptr || !is_message(*field) ||
      field->message_type()->full_name() != "google.protobuf.FieldMask" ||
      request.GetReflection()->HasField(request, field)) {
    return;
  }
  google::protobuf::FieldMask kept;
  for (const std::string& path : mask.paths()) {
    if (path != "name") {
      kept.add_paths(path);
    }
  }
  if (kept.paths_size() > 0) {
    request.GetReflection()->MutableMessage(&request, field)->CopyFrom(kept);
  }
}

}  // namespace

Result<std::unique_ptr<Message>> build_request(const MethodDescriptor& method, const HttpInput& input,
                                               std::span<const Binding> bindings) {
  const Message* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type());
  if (prototype == nullptr) {
    return fail(Code::Internal, "no class for {}", method.input_type()->full_name());
  }
  std::unique_ptr<Message> request(prototype->New());
  google::protobuf::FieldMask mask;
  OR_TRY(place_body(input, *request, mask));
  OR_TRY(place_query(input, *request));
  place_mask(input, *request, mask);
  // The path is what was addressed: it wins over the same field in the body or the query.
  for (const Binding& binding : bindings) {
    OR_TRY(set_field(*request, binding.field_path, binding.value, Unknown::Refuse));
  }
  return request;
}

Result<std::string> to_json(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  if (const auto status = google::protobuf::util::MessageToJsonString(message, &json, options); !status.ok()) {
    return fail(Code::Internal, "{} does not become JSON", message.GetDescriptor()->full_name());
  }
  return json;
}

std::string error_json(const Error& error) {
  return fmt::format(R"({{"code":{},"message":{},"details":[]}})", static_cast<int>(error.code),
                     quote_json(error.what));
}

int http_status(Code code) noexcept {
  switch (code) {
    case Code::Ok: return 200;
    case Code::Cancelled: return 499;
    case Code::InvalidArgument:
    case Code::FailedPrecondition:
    case Code::OutOfRange: return 400;
    case Code::DeadlineExceeded: return 504;
    case Code::NotFound: return 404;
    case Code::AlreadyExists:
    case Code::Aborted: return 409;
    case Code::PermissionDenied: return 403;
    case Code::ResourceExhausted: return 429;
    case Code::Unimplemented: return 501;
    case Code::Unavailable: return 503;
    case Code::Unauthenticated: return 401;
    case Code::Unknown:
    case Code::Internal:
    case Code::DataLoss: return 500;
  }
  return 500;
}

}  // namespace outrigger::api::rest
