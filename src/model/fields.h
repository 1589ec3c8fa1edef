// Fields: what the model does to messages by their descriptors alone: required and output-only fields,
// secrets, differences, field masks. Pure functions; any thread. No error text ever holds a field's value.
#pragma once

#include "base/result.h"

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::model {

// A list of messages whose elements are told apart by a field of theirs: what is kept, is kept for that element.
struct ListRule {
  std::string path;
  std::string key;  // a text field of the element
};

// How the fields of a kind behave beyond what google.api.field_behavior says. Paths are dotted: "spec.psk"; those
// within elements of a list are the list's, then the element's: "hosts.key".
struct FieldRules {
  std::vector<std::string> immutable;  // fixed once created
  std::vector<std::string> secrets;    // as INPUT_ONLY: never returned; an update that leaves them out keeps them
  std::vector<std::string> outputs;    // the server's to fill, whatever a client sends
  std::vector<std::string> chosen;     // the server's to choose when a client leaves them out; kept by updates
  std::vector<std::string> sizes;      // whole numbers that do not fall while somebody uses the resource
  std::vector<ListRule> lists{};
};

// Every REQUIRED field of `message` is set, also in what it holds; the first that is not gives
// INVALID_ARGUMENT "missing required field: a.b.c". Zero, empty and unspecified scalars count as missing.
Result<void> check_required(const google::protobuf::Message& message, std::string_view prefix = {});

// Clears OUTPUT_ONLY and IDENTIFIER fields and those of `rules.outputs`.
void clear_outputs(google::protobuf::Message& message, const FieldRules& rules);
// Clears what no client may see.
void clear_secrets(google::protobuf::Message& message, const FieldRules& rules);

// The path of the first field in which two messages of one type differ; empty: they are equal.
[[nodiscard]] std::string first_difference(const google::protobuf::Message& a, const google::protobuf::Message& b);

// Clears in `wanted` those fields of `rules.chosen` that `stored` leaves open and that `wanted` has as
// `answered` shows them to clients.
void forget_repeated(google::protobuf::Message& wanted, const google::protobuf::Message& stored,
                     const google::protobuf::Message& answered, const FieldRules& rules);

// `stored` with the fields of `given` that `mask` names (AIP-134). Empty mask: those set in `given`. "*":
// all, except that REQUIRED, immutable, chosen and secret fields that `given` leaves out stay. Identifiers
// and outputs stay. A named field that `given` leaves out is cleared. A list is replaced; with a ListRule, elements
// keep the secrets that `given` leaves out, and "list.*.field" changes that field of the elements that `given` has.
// `prefix` names the resource in errors. `merged` starts as a new message of the same type.
Result<void> merge_update(const google::protobuf::Message& stored, const google::protobuf::Message& given,
                          const google::protobuf::FieldMask& mask, const FieldRules& rules, std::string_view prefix,
                          google::protobuf::Message& merged);

// The first immutable field in which the two differ; empty: none.
[[nodiscard]] std::string changed_immutable(const google::protobuf::Message& stored,
                                            const google::protobuf::Message& wanted, const FieldRules& rules);

// The string at a dotted path; empty where there is none. Setting it changes nothing where a part is absent.
[[nodiscard]] std::string string_field(const google::protobuf::Message& message, std::string_view path);
void set_string_field(google::protobuf::Message& message, std::string_view path, std::string value);
// The int64 at a dotted path; 0 where there is none.
[[nodiscard]] int64_t number_field(const google::protobuf::Message& message, std::string_view path);

// A message of the same type, copied.
template <typename T>
[[nodiscard]] std::unique_ptr<T> clone(const T& message) {
  std::unique_ptr<T> out(message.New());
  out->CopyFrom(message);
  return out;
}

}  // namespace outrigger::model
