// What is wrong with JSON, said without a character of it: what a client sends may be a key, and an error travels into
// logs and terminals.
#pragma once

#include <string>
#include <string_view>

namespace google::protobuf {
class FieldDescriptor;
}

namespace outrigger::api::rest {

// Where `json` stops being JSON: " (line 1, column 12: …)"; empty when it is JSON, only of another shape.
std::string json_fault(std::string_view json);
// protobuf's error for a value that does not fit its field, as a sentence of the field's path and type alone.
std::string misfit(std::string_view error);
// "bytes in base64", "a duration such as \"3.5s\"": what JSON has for such a field.
std::string expected_value(const google::protobuf::FieldDescriptor& field);
// "ENCRYPTION_TYPE_AES_CBC_128, ENCRYPTION_TYPE_…": the names of the field's enum.
std::string enum_names(const google::protobuf::FieldDescriptor& field);

}  // namespace outrigger::api::rest
