#include "model/fields.h"

#include "google/api/field_behavior.pb.h"
#include "model/names.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

namespace outrigger::model {

namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool behaves(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) {
      return true;
    }
  }
  return false;
}

bool has(const std::vector<std::string>& paths, std::string_view path) {
  return std::ranges::find(paths, path) != paths.end();
}

std::string join(std::string_view prefix, std::string_view name) {
  return prefix.empty() ? std::string(name) : std::string(prefix).append(".").append(name);
}

bool is_set(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(message, &field) > 0 : reflection.HasField(message, &field);
}

// A message field whose own fields are fields of the resource; wrappers and the like are values.
bool is_part(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated() &&
         field.message_type()->file()->package() != "google.protobuf";
}

bool is_servers(const FieldDescriptor& field, std::string_view path, const FieldRules& rules) {
  return behaves(field, google::api::OUTPUT_ONLY) || behaves(field, google::api::IDENTIFIER) ||
         has(rules.outputs, path);
}

bool stays_when_unsaid(const FieldDescriptor& field, std::string_view path, const FieldRules& rules) {
  return behaves(field, google::api::REQUIRED) || behaves(field, google::api::IMMUTABLE) ||
         has(rules.immutable, path) || has(rules.chosen, path) || has(rules.secrets, path);
}

// Gives `to` the field as `from` has it, set or not.
void copy_field(Message& to, const Message& from, const FieldDescriptor& field) {
  to.GetReflection()->ClearField(&to, &field);
  if (!is_set(from, field)) {
    return;
  }
  // A message with this one field set, merged: every type of field in one way.
  const std::unique_ptr<Message> only(from.New());
  only->CopyFrom(from);
  std::vector<const FieldDescriptor*> fields;
  only->GetReflection()->ListFields(*only, &fields);
  for (const FieldDescriptor* other : fields) {
    if (other != &field) {
      only->GetReflection()->ClearField(only.get(), other);
    }
  }
  to.MergeFrom(*only);
}

// A singular message field that is absent reads as its type's default.
const Message& part_of(const Message& message, const FieldDescriptor& field) {
  return message.GetReflection()->GetMessage(message, &field);
}
Message& mutable_part_of(Message& message, const FieldDescriptor& field) {
  return *message.GetReflection()->MutableMessage(&message, &field);
}

template <typename Drop>
void clear_where(Message& message, const std::string& prefix, const Drop& drop) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = join(prefix, field->name());
    if (drop(*field, path)) {
      reflection.ClearField(&message, field);
    } else if (is_part(*field)) {
      clear_where(mutable_part_of(message, *field), path, drop);
    } else if (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        clear_where(*reflection.MutableRepeatedMessage(&message, field, i), path, drop);
      }
    }
  }
}

// "*": `merged` starts as a copy of the stored message.
void replace_all(Message& merged, const Message& given, const std::string& prefix, const FieldRules& rules) {
  const auto& descriptor = *merged.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const std::string path = join(prefix, field.name());
    if (is_servers(field, path, rules) || (!is_set(given, field) && stays_when_unsaid(field, path, rules))) {
      continue;
    }
    if (is_part(field) && is_set(given, field)) {
      replace_all(mutable_part_of(merged, field), part_of(given, field), path, rules);
    } else {
      copy_field(merged, given, field);
    }
  }
}

// No mask: `merged` starts as a copy of the stored message.
void merge_set(Message& merged, const Message& given, const std::string& prefix, const FieldRules& rules) {
  std::vector<const FieldDescriptor*> fields;
  given.GetReflection()->ListFields(given, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = join(prefix, field->name());
    if (is_servers(*field, path, rules)) {
      continue;
    }
    if (is_part(*field)) {
      merge_set(mutable_part_of(merged, *field), part_of(given, *field), path, rules);
    } else {
      copy_field(merged, given, *field);
    }
  }
}

std::unexpected<Error> bad_path(std::string_view path, std::string_view prefix) {
  return fail(Code::InvalidArgument, "invalid field path: {}: update_mask names fields of {}, or is \"*\"",
              quotable(path), prefix);
}

const FieldDescriptor* find_field(const google::protobuf::Descriptor& message, const std::string& name) {
  const FieldDescriptor* const field = message.FindFieldByName(name);
  return field != nullptr ? field : message.FindFieldByCamelcaseName(name);
}

// One path of a mask. Walks down both messages; the merged one only grows parts that the given one has.
Result<void> merge_path(Message& merged, const Message& given, std::string_view path, const FieldRules& rules,
                        std::string_view prefix) {
  Message* to = &merged;
  const Message* from = &given;
  std::string walked;
  std::string_view rest = path;
  while (true) {
    const size_t dot = rest.find('.');
    const FieldDescriptor* const field = find_field(*to->GetDescriptor(), std::string(rest.substr(0, dot)));
    const bool is_last = dot == std::string_view::npos;
    if (field == nullptr || (!is_last && !is_part(*field))) {
      return bad_path(path, prefix);
    }
    walked = join(walked, field->name());
    if (is_servers(*field, walked, rules)) {
      // What the server fills is ignored, but the path must exist.
      return is_last || field->message_type() != nullptr ? Result<void>{} : bad_path(path, prefix);
    }
    if (is_last) {
      if (!is_set(*from, *field) && behaves(*field, google::api::REQUIRED)) {
        return fail(Code::InvalidArgument, "missing required field: {}", join(prefix, walked));
      }
      if (is_part(*field) && is_set(*from, *field)) {
        replace_all(mutable_part_of(*to, *field), part_of(*from, *field), walked, rules);
      } else {
        copy_field(*to, *from, *field);
      }
      return {};
    }
    from = &part_of(*from, *field);
    if (!is_set(*to, *field) && from->ByteSizeLong() == 0) {
      to = nullptr;
    } else {
      to = &mutable_part_of(*to, *field);
    }
    rest.remove_prefix(dot + 1);
    if (to == nullptr) {
      // Nothing there and nothing given: only the path's validity is left to see.
      const std::unique_ptr<Message> scratch(from->New());
      return merge_path(*scratch, *from, rest, FieldRules{}, join(prefix, walked));
    }
  }
}

const FieldDescriptor* top_field(const Message& message, std::string_view name) {
  return message.GetDescriptor()->FindFieldByName(std::string(name));
}

// The message that holds the last field of a dotted path, and that field; {nullptr, nullptr} where a part is
// absent.
std::pair<const Message*, const FieldDescriptor*> at_path(const Message& message, std::string_view path) {
  const Message* at = &message;
  while (true) {
    const size_t dot = path.find('.');
    const FieldDescriptor* const field = top_field(*at, path.substr(0, dot));
    if (field == nullptr || dot == std::string_view::npos) {
      return {field == nullptr ? nullptr : at, field};
    }
    if (!is_set(*at, *field)) {
      return {nullptr, nullptr};
    }
    at = &part_of(*at, *field);
    path.remove_prefix(dot + 1);
  }
}

bool is_field_equal(const Message& a, const Message& b, const FieldDescriptor& field) {
  if (is_set(a, field) != is_set(b, field)) {
    return false;
  }
  const std::unique_ptr<Message> only_a(a.New());
  const std::unique_ptr<Message> only_b(b.New());
  copy_field(*only_a, a, field);
  copy_field(*only_b, b, field);
  return google::protobuf::util::MessageDifferencer::Equals(*only_a, *only_b);
}

void collect_immutable(const google::protobuf::Descriptor& message, std::vector<std::string>& into) {
  for (int i = 0; i < message.field_count(); ++i) {
    if (behaves(*message.field(i), google::api::IMMUTABLE)) {
      into.push_back(message.field(i)->name());
    }
  }
}

}  // namespace

Result<void> check_required(const Message& message, std::string_view prefix) {
  const auto& descriptor = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (!is_set(message, field)) {
      if (behaves(field, google::api::REQUIRED)) {
        return fail(Code::InvalidArgument, "missing required field: {}", join(prefix, field.name()));
      }
      continue;
    }
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    if (!field.is_repeated()) {
      OR_TRY(check_required(part_of(message, field), join(prefix, field.name())));
      continue;
    }
    for (int n = 0; n < reflection.FieldSize(message, &field); ++n) {
      OR_TRY(check_required(reflection.GetRepeatedMessage(message, &field, n), join(prefix, field.name())));
    }
  }
  return {};
}

void clear_outputs(Message& message, const FieldRules& rules) {
  clear_where(message, {},
              [&](const FieldDescriptor& field, const std::string& path) { return is_servers(field, path, rules); });
}

void clear_secrets(Message& message, const FieldRules& rules) {
  clear_where(message, {}, [&](const FieldDescriptor& field, const std::string& path) {
    return has(rules.secrets, path) || behaves(field, google::api::INPUT_ONLY);
  });
}

std::string first_difference(const Message& a, const Message& b) {
  const auto& descriptor = *a.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (is_part(field) && is_set(a, field) && is_set(b, field)) {
      const std::string inner = first_difference(part_of(a, field), part_of(b, field));
      if (!inner.empty()) {
        return join(field.name(), inner);
      }
    } else if (!is_field_equal(a, b, field)) {
      return field.name();
    }
  }
  return {};
}

void forget_repeated(Message& wanted, const Message& stored, const Message& answered, const FieldRules& rules) {
  for (const std::string& path : rules.chosen) {
    const auto [target, field] = at_path(wanted, path);
    const auto [holder, stored_field] = at_path(stored, path);
    const auto [shown, shown_field] = at_path(answered, path);
    if (target != nullptr && holder != nullptr && shown != nullptr && !is_set(*holder, *stored_field) &&
        is_field_equal(*target, *shown, *field)) {
      target->GetReflection()->ClearField(const_cast<Message*>(target), field);
    }
  }
}

Result<void> merge_update(const Message& stored, const Message& given, const google::protobuf::FieldMask& mask,
                          const FieldRules& rules, std::string_view prefix, Message& merged) {
  merged.CopyFrom(stored);
  if (mask.paths_size() == 0) {
    merge_set(merged, given, {}, rules);
    return {};
  }
  if (std::ranges::find(mask.paths(), "*") != mask.paths().end()) {
    if (mask.paths_size() > 1) {
      return fail(Code::InvalidArgument, "invalid field path: '*' must not be used with other paths");
    }
    replace_all(merged, given, {}, rules);
    return {};
  }
  for (const std::string& path : mask.paths()) {
    OR_TRY(merge_path(merged, given, path, rules, prefix));
  }
  return {};
}

std::string changed_immutable(const Message& stored, const Message& wanted, const FieldRules& rules) {
  std::vector<std::string> paths = rules.immutable;
  collect_immutable(*stored.GetDescriptor(), paths);
  for (const std::string& path : paths) {
    const auto [holder, field] = at_path(stored, path);
    const auto [other, other_field] = at_path(wanted, path);
    if (holder == nullptr && other == nullptr) {
      continue;
    }
    if (holder == nullptr || other == nullptr || !is_field_equal(*holder, *other, *field)) {
      return path;
    }
  }
  return {};
}

std::string string_field(const Message& message, std::string_view path) {
  const auto [holder, field] = at_path(message, path);
  return holder != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()
             ? holder->GetReflection()->GetString(*holder, field)
             : std::string{};
}

int64_t number_field(const Message& message, std::string_view path) {
  const auto [holder, field] = at_path(message, path);
  return holder != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_INT64 && !field->is_repeated()
             ? holder->GetReflection()->GetInt64(*holder, field)
             : 0;
}

void set_string_field(Message& message, std::string_view path, std::string value) {
  const auto [holder, field] = at_path(message, path);
  if (holder != nullptr) {
    holder->GetReflection()->SetString(const_cast<Message*>(holder), field, std::move(value));
  }
}

}  // namespace outrigger::model
