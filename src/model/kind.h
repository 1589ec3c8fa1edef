// Kind: one row of the table of kinds. A KindSpec says what cannot be read off the protocol's descriptors;
// the rest (verbs, request fields, required fields) is derived from them once, when the kind is added.
#pragma once

#include "base/result.h"
#include "core/random.h"
#include "model/fields.h"
#include "model/hooks.h"

#include <google/protobuf/descriptor.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::model {

// What a validation may look at besides the message itself. Control reactor only.
class Lookup {
 public:
  virtual ~Lookup() = default;
  // Calls `visit(name, message)` for every resource of the kind of `message`, by name.
  virtual void for_each(const google::protobuf::Descriptor& message,
                        const std::function<void(const std::string&, const Message&)>& visit) const = 0;
  // Names of what refers to the resource.
  [[nodiscard]] virtual std::vector<std::string> users_of(const google::protobuf::Descriptor& message,
                                                          std::string_view id) const = 0;
};

// A field that names another resource.
struct Reference {
  std::string field;                                       // dotted path in the message
  std::vector<const google::protobuf::Descriptor*> kinds;  // what it may name; empty: any volume
};

enum class View : uint8_t { None, Volume, Device };  // the outrigger.v1 view that shows it

struct KindSpec {
  const google::protobuf::Descriptor* message = nullptr;
  const google::protobuf::ServiceDescriptor* service = nullptr;
  std::string word;  // for views and metrics: "malloc"
  std::string noun;  // for sentences: "memory volume"
  // Collections from the root down, one per id in the name: {"nvmeSubsystems", "nvmeControllers"}.
  std::vector<std::string> collections;       // in the names that are returned
  std::vector<std::string> rest_collections;  // in REST paths; accepted everywhere
  View view = View::None;
  FieldRules rules;
  std::vector<Reference> references;
  // Our extension of the kind: a message with its own Get… and Update… methods, and Create…WithOptions of the kind;
  // null: none.
  const google::protobuf::Descriptor* options = nullptr;
  const google::protobuf::ServiceDescriptor* options_service = nullptr;
  FieldRules options_rules;
  // Values, beyond what descriptors say. `before` is null for a new resource. Errors name fields with
  // `prefix`.
  struct Subject {
    std::string_view id;   // last segment of the name
    std::string_view key;  // all ids of the name, joined by slashes
    const Message& wanted;
    const Message* before;
    std::string_view prefix;  // "malloc_volume"
  };
  std::function<Result<void>(const Subject&, const Lookup&)> validate;
  // Why it may not be deleted, beyond being in use; `wanted` is what is stored.
  std::function<Result<void>(const Subject&, const Lookup&)> validate_remove;
  // OPI's bridges answer a Create of a name that exists before they look at its values, except for these kinds.
  bool is_validated_first = false;
  // Update with allow_missing creates.
  bool is_made_by_update = false;
  std::function<Result<void>(const Message& options)> validate_options;
  // What each of the two says may be right, and not both together.
  std::function<Result<void>(const Message& resource, const Message& options)> validate_both;
  // Fills outputs of the options that come from the options: whether there is a secret. `stored` holds the secrets,
  // `shown` does not.
  std::function<void(const Message& stored, Message& shown)> show_options;
  // Fills rules.chosen fields that are empty, when a resource is created.
  struct Choice {
    std::string_view key;
    core::Random& random;
    const Lookup& lookup;
  };
  std::function<Result<void>(Message&, const Choice&)> choose;
  // Names of what a resource refers to without naming it: a disk means the host at its port.
  std::function<std::vector<std::string>(const Message&, const Lookup&)> implied;
  // Resources of this kind are referred to in that way.
  bool is_implied = false;
  // The key that a bare id means, for kinds below others whose ids are known by themselves ("nvme0n1"); empty: none.
  // Such volumes are also known by their UUIDs.
  std::function<std::string(std::string_view id)> key_of_id;
};

enum class Verb : uint8_t { Create, Get, List, Update, Delete, Stats, Reset, GetOptions, UpdateOptions };

// A spec with what was derived from it. Lives as long as the model; rows point at it.
class Kind {
 public:
  Kind(KindSpec spec, Hooks& hooks);

  [[nodiscard]] const KindSpec& spec() const noexcept { return spec_; }
  [[nodiscard]] Hooks& hooks() const noexcept { return hooks_; }
  [[nodiscard]] const std::string& full_name() const { return spec_.message->full_name(); }
  [[nodiscard]] bool is_volume() const noexcept { return spec_.view == View::Volume; }
  // The methods it answers.
  [[nodiscard]] const std::map<const google::protobuf::MethodDescriptor*, Verb>& methods() const { return methods_; }
  // "malloc_volume": the field of requests that holds the resource.
  [[nodiscard]] const std::string& field() const noexcept { return field_; }

  // The key of the resource that `name` means: its ids joined by slashes. Takes the names that are returned,
  // REST names, and for kinds at the root the bare id. Empty: the name is of another kind.
  [[nodiscard]] std::string key_of(std::string_view name) const;
  [[nodiscard]] std::string name_of(std::string_view key) const;
  // The same for the parent's part of a name; empty where the kind has no parent or the name is of another
  // kind.
  [[nodiscard]] std::string parent_key_of(std::string_view name) const;
  [[nodiscard]] bool has_parent() const noexcept { return spec_.collections.size() > 1; }

 private:
  void derive_methods();
  [[nodiscard]] std::string key_of_depth(std::string_view name, size_t depth) const;

  KindSpec spec_;
  Hooks& hooks_;
  std::string field_;
  std::map<const google::protobuf::MethodDescriptor*, Verb> methods_;
};

}  // namespace outrigger::model
