// One field from text. Numbers are parsed whole: trailing characters and overflow are errors.
#include "api/rest/field_path.h"

#include "api/limits.h"
#include "api/rest/json_fault.h"
#include "api/rest/json_text.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <charconv>

namespace outrigger::api::rest {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

template <typename T>
Result<T> parse_number(std::string_view path, const std::string& text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc::result_out_of_range) {
    return fail(Code::InvalidArgument, "{}: {} is out of range", path, text);
  }
  if (error != std::errc{} || stop != end) {
    return fail(Code::InvalidArgument, "{}: '{}' is not a number", path, text);
  }
  return number;
}

Result<bool> parse_bool(std::string_view path, const std::string& text) {
  if (text == "true" || text == "1") {
    return true;
  }
  if (text == "false" || text == "0") {
    return false;
  }
  return fail(Code::InvalidArgument, "{}: '{}' is neither true nor false", path, text);
}

Result<int> parse_enum(std::string_view path, const FieldDescriptor& field, const std::string& text) {
  if (const EnumValueDescriptor* named = field.enum_type()->FindValueByName(text); named != nullptr) {
    return named->number();
  }
  int number = 0;
  const char* end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, number); error == std::errc{} && stop == end) {
    return number;
  }
  return fail(Code::InvalidArgument, "{}: not one of {}", path, enum_names(field));
}

// json_util knows the text forms of the well-known types (wrappers, masks, durations), and base64. It parses
// whole messages, so what is a field's text is given to it as the JSON of a message with that one field.
Result<> set_through_json(Message& message, const FieldDescriptor& field, std::string_view path,
                          const std::string& value) {
  std::unique_ptr<Message> one(message.New());
  const std::string element = field.is_repeated() ? "[" + quote_json(value) + "]" : quote_json(value);
  const std::string json = fmt::format("{{{}:{}}}", quote_json(field.json_name()), element);
  // json_util's own error repeats the value, which may be a key.
  if (!google::protobuf::util::JsonStringToMessage(json, one.get()).ok()) {
    return fail(Code::InvalidArgument, "{}: the value is not {}", path, expected_value(field));
  }
  if (!field.is_repeated()) {
    message.GetReflection()->ClearField(&message, &field);
  }
  message.MergeFrom(*one);
  return {};
}

template <typename T>
Result<> store(Message& message, const FieldDescriptor& field, Result<T> parsed,
               void (Reflection::*set)(Message*, const FieldDescriptor*, T) const,
               void (Reflection::*add)(Message*, const FieldDescriptor*, T) const) {
  if (!parsed.has_value()) {
    return std::unexpected(std::move(parsed).error());
  }
  (message.GetReflection()->*(field.is_repeated() ? add : set))(&message, &field, *parsed);
  return {};
}

Result<> set_scalar(Message& message, const FieldDescriptor& field, std::string_view path, const std::string& value) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return store(message, field, parse_number<int32_t>(path, value), &Reflection::SetInt32, &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return store(message, field, parse_number<int64_t>(path, value), &Reflection::SetInt64, &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return store(message, field, parse_number<uint32_t>(path, value), &Reflection::SetUInt32, &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return store(message, field, parse_number<uint64_t>(path, value), &Reflection::SetUInt64, &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return store(message, field, parse_number<double>(path, value), &Reflection::SetDouble, &Reflection::AddDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return store(message, field, parse_number<float>(path, value), &Reflection::SetFloat, &Reflection::AddFloat);
    case FieldDescriptor::CPPTYPE_BOOL:
      return store(message, field, parse_bool(path, value), &Reflection::SetBool, &Reflection::AddBool);
    case FieldDescriptor::CPPTYPE_ENUM:
      return store(message, field, parse_enum(path, field, value), &Reflection::SetEnumValue,
                   &Reflection::AddEnumValue);
    case FieldDescriptor::CPPTYPE_STRING:
      if (field.type() == FieldDescriptor::TYPE_BYTES) {
        return set_through_json(message, field, path, value);
      }
      if (field.is_repeated()) {
        reflection.AddString(&message, &field, value);
      } else {
        reflection.SetString(&message, &field, value);
      }
      return {};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.is_map() || field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
        return fail(Code::InvalidArgument, "{}: is a message; name a field inside it ({}.…) or use the body", path,
                    path);
      }
      return set_through_json(message, field, path, value);
  }
  return {};
}

}  // namespace

const FieldDescriptor* find_field(const Descriptor& type, std::string_view name) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->name() == name || field->json_name() == name) {
      return field;
    }
  }
  return nullptr;
}

Result<> set_field(Message& message, std::string_view path, const std::string& value, Unknown unknown) {
  Message* target = &message;
  std::string_view rest = path;
  for (size_t depth = 0; depth < field_depth_max; ++depth) {
    const size_t dot = rest.find('.');
    const FieldDescriptor* field = find_field(*target->GetDescriptor(), rest.substr(0, dot));
    if (field == nullptr) {
      return unknown == Unknown::Ignore
                 ? Result<>{}
                 : fail(Code::InvalidArgument, "{}: {} has no such field", path, target->GetDescriptor()->name());
    }
    if (dot == std::string_view::npos) {
      return set_scalar(*target, *field, path, value);
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated()) {
      return fail(Code::InvalidArgument, "{}: {} has no fields inside it", path, field->name());
    }
    target = target->GetReflection()->MutableMessage(target, field);
    rest = rest.substr(dot + 1);
  }
  return fail(Code::InvalidArgument, "{}: a field path of more than {} parts", path, field_depth_max);
}

}  // namespace outrigger::api::rest
