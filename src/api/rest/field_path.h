// Setting one field of a message from text, as path variables and query parameters need it:
// "virtio_blk.name", "limits.max.rwIopsKiops", "update_mask".
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace outrigger::api::rest {

enum class Unknown : uint8_t { Ignore, Refuse };

// The field that JSON calls `name`, in lowerCamelCase or as the .proto spells it; null when there is none.
const google::protobuf::FieldDescriptor* find_field(const google::protobuf::Descriptor& type,
                                                    std::string_view name);

// Parses `value` by the field's type and sets it; a repeated field gets one more element. InvalidArgument
// when the value does not fit, when the path leads to a message that has no text form or, with Refuse,
// nowhere.
Result<> set_field(google::protobuf::Message& message, std::string_view path, const std::string& value,
                   Unknown unknown);

}  // namespace outrigger::api::rest
