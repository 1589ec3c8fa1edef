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

bool is_secret(const FieldDescriptor& field, std::string_view path, const FieldRules& rules) {
  return behaves(field, google::api::INPUT_ONLY) || has(rules.secrets, path);
}

bool stays_when_unsaid(const FieldDescriptor& field, std::string_view path, const FieldRules& rules) {
  return behaves(field, google::api::REQUIRED) || behaves(field, google::api::IMMUTABLE) ||
         has(rules.immutable, path) || has(rules.chosen, path) || is_secret(field, path, rules);
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

// What tells the elements of the list apart; null: nothing.
const FieldDescriptor* element_key(const FieldDescriptor& list, std::string_view path, const FieldRules& rules) {
  const auto rule = std::ranges::find(rules.lists, path, &ListRule::path);
  return rule == rules.lists.end() ? nullptr : list.message_type()->FindFieldByName(rule->key);
}

// Keys are names or numbers. An element without one has the empty name, or 0.
std::string key_text(const Message& element, const FieldDescriptor& key) {
  const Reflection& reflection = *element.GetReflection();
  return key.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? std::to_string(reflection.GetInt32(element, &key))
                                                          : reflection.GetString(element, &key);
}

// The element of the list in `message` that is the same as `element`; null: none.
const Message* find_element(const Message& message, const FieldDescriptor& list, const FieldDescriptor& key,
                            const Message& element) {
  const Reflection& reflection = *message.GetReflection();
  const std::string wanted = key_text(element, key);
  for (int i = 0; i < reflection.FieldSize(message, &list); ++i) {
    const Message& other = reflection.GetRepeatedMessage(message, &list, i);
    if (key_text(other, key) == wanted) {
      return &other;
    }
  }
  return nullptr;
}

// Gives `to` the secrets of `from` that it lacks.
void keep_secrets(Message& to, const Message& from, const std::string& prefix, const FieldRules& rules) {
  std::vector<const FieldDescriptor*> fields;
  from.GetReflection()->ListFields(from, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = join(prefix, field->name());
    if (is_part(*field) && is_set(to, *field)) {
      keep_secrets(mutable_part_of(to, *field), part_of(from, *field), path, rules);
    } else if (is_secret(*field, path, rules) && !is_set(to, *field)) {
      copy_field(to, from, *field);
    }
  }
}

// An element as a client gives it: what the server fills is not its to give, and secrets that it lacks stay.
void settle_element(Message& element, const Message* old, const std::string& path, const FieldRules& rules) {
  clear_where(element, path,
              [&](const FieldDescriptor& of, const std::string& at) { return is_servers(of, at, rules); });
  if (old != nullptr) {
    keep_secrets(element, *old, path, rules);
  }
}

// Gives `merged` the field as `given` has it, but for what elements of lists keep.
void replace_field(Message& merged, const Message& given, const FieldDescriptor& field, const std::string& path,
                   const FieldRules& rules) {
  const FieldDescriptor* const key = field.is_repeated() ? element_key(field, path, rules) : nullptr;
  if (key == nullptr) {
    copy_field(merged, given, field);
    return;
  }
  const std::unique_ptr<Message> before(merged.New());
  copy_field(*before, merged, field);
  copy_field(merged, given, field);
  const Reflection& reflection = *merged.GetReflection();
  for (int i = 0; i < reflection.FieldSize(merged, &field); ++i) {
    Message& element = *reflection.MutableRepeatedMessage(&merged, &field, i);
    settle_element(element, find_element(*before, field, *key, element), path, rules);
  }
}

bool holds_secrets(const Message& message, const std::string& prefix, const FieldRules& rules) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return std::ranges::any_of(fields, [&](const FieldDescriptor* field) {
    const std::string path = join(prefix, field->name());
    return is_secret(*field, path, rules) || (is_part(*field) && holds_secrets(part_of(message, *field), path, rules));
  });
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
    if (is_part(field) && (is_set(given, field) || holds_secrets(part_of(merged, field), path, rules))) {
      replace_all(mutable_part_of(merged, field), part_of(given, field), path, rules);
    } else {
      replace_field(merged, given, field, path, rules);
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
      replace_field(merged, given, *field, path, rules);
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

// What the paths of a mask are in.
struct Where {
  const FieldRules& rules;
  std::string_view whole;   // the path as the client wrote it
  std::string_view prefix;  // the resource, in errors
};

Result<void> merge_path(Message& merged, const Message& given, std::string_view path, std::string walked,
                        const Where& where);

// "list.*": the elements of `given` come in the place of those that are the same, or beside the others.
void put_elements(Message& merged, const Message& given, const FieldDescriptor& list, const FieldDescriptor& key,
                  const std::string& path, const FieldRules& rules) {
  const Reflection& reflection = *given.GetReflection();
  for (int i = 0; i < reflection.FieldSize(given, &list); ++i) {
    const std::unique_ptr<Message> element = clone(reflection.GetRepeatedMessage(given, &list, i));
    // Found in a list that may be changed.
    auto* const old = const_cast<Message*>(find_element(merged, list, key, *element));
    settle_element(*element, old, path, rules);
    (old != nullptr ? old : merged.GetReflection()->AddMessage(&merged, &list))->CopyFrom(*element);
  }
}

// "list.*.rest", where `path` is "*.rest": of the elements that both messages have. "list.*": all of those given.
Result<void> merge_elements(Message& merged, const Message& given, const FieldDescriptor& list, std::string_view path,
                            const std::string& walked, const Where& where) {
  const FieldDescriptor* const key = element_key(list, walked, where.rules);
  if (key == nullptr || (path != "*" && !path.starts_with("*."))) {
    return bad_path(where.whole, where.prefix);
  }
  const Reflection& reflection = *given.GetReflection();
  if (path == "*" && reflection.FieldSize(given, &list) > 0) {
    put_elements(merged, given, list, *key, walked, where.rules);
    return {};
  }
  path.remove_prefix(std::min<size_t>(path.size(), 2));
  for (int i = 0; i < reflection.FieldSize(given, &list); ++i) {
    const Message& element = reflection.GetRepeatedMessage(given, &list, i);
    // Found in a list that may be changed.
    auto* const old = const_cast<Message*>(find_element(merged, list, *key, element));
    if (old == nullptr) {
      return fail(Code::InvalidArgument,
                  "{}: update_mask names a field of elements that are there, and this one is not: "
                  "name {}.* to add it",
                  join(where.prefix, walked), list.name());
    }
    OR_TRY(merge_path(*old, element, path, walked, where));
  }
  if (reflection.FieldSize(given, &list) > 0) {
    return {};
  }
  return fail(Code::InvalidArgument,
              "{}: update_mask names its elements: give those that shall change, each "
              "with its {}",
              join(where.prefix, walked), key->name());
}

// One path of a mask, or what is left of it behind `walked`. The merged message only grows parts that the given one
// has.
Result<void> merge_path(Message& merged, const Message& given, std::string_view path, std::string walked,
                        const Where& where) {
  const size_t dot = path.find('.');
  const FieldDescriptor* const field = find_field(*merged.GetDescriptor(), std::string(path.substr(0, dot)));
  const bool is_last = dot == std::string_view::npos;
  const bool is_list = field != nullptr && field->is_repeated() && field->message_type() != nullptr;
  if (field == nullptr || (!is_last && !is_part(*field) && !is_list)) {
    return bad_path(where.whole, where.prefix);
  }
  walked = join(walked, field->name());
  if (is_servers(*field, walked, where.rules)) {
    // What the server fills is ignored, but the path must exist.
    return is_last || field->message_type() != nullptr ? Result<void>{} : bad_path(where.whole, where.prefix);
  }
  if (!is_last && is_list) {
    return merge_elements(merged, given, *field, path.substr(dot + 1), walked, where);
  }
  if (!is_last) {
    const Message& from = part_of(given, *field);
    if (is_set(merged, *field) || from.ByteSizeLong() != 0) {
      return merge_path(mutable_part_of(merged, *field), from, path.substr(dot + 1), walked, where);
    }
    // Nothing there and nothing given: only the path's validity is left to see.
    const std::unique_ptr<Message> scratch(from.New());
    return merge_path(*scratch, from, path.substr(dot + 1), walked, where);
  }
  if (!is_set(given, *field) && behaves(*field, google::api::REQUIRED)) {
    return fail(Code::InvalidArgument, "missing required field: {}", join(where.prefix, walked));
  }
  if (is_part(*field) && is_set(given, *field)) {
    replace_all(mutable_part_of(merged, *field), part_of(given, *field), walked, where.rules);
  } else {
    replace_field(merged, given, *field, walked, where.rules);
  }
  return {};
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
  clear_where(message, {},
              [&](const FieldDescriptor& field, const std::string& path) { return is_secret(field, path, rules); });
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
    OR_TRY(merge_path(merged, given, path, {}, {.rules = rules, .whole = path, .prefix = prefix}));
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
