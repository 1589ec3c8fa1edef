#include "model/kind.h"

#include "model/names.h"

#include <array>
#include <utility>

namespace outrigger::model {

namespace {

struct VerbWord {
  std::string_view word;
  Verb verb;
};
constexpr std::array<VerbWord, 7> verb_words{{{"Create", Verb::Create},
                                              {"Get", Verb::Get},
                                              {"List", Verb::List},
                                              {"Update", Verb::Update},
                                              {"Delete", Verb::Delete},
                                              {"Stats", Verb::Stats},
                                              {"Reset", Verb::Reset}}};

std::string snake_case(std::string_view pascal) {
  std::string out;
  for (const char c : pascal) {
    if (c >= 'A' && c <= 'Z') {
      if (!out.empty()) {
        out.push_back('_');
      }
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

Kind::Kind(KindSpec spec, Hooks& hooks) : spec_(std::move(spec)), hooks_(hooks) {
  check(spec_.message != nullptr && spec_.service != nullptr, "a kind has a message and a service");
  check(!spec_.collections.empty() && spec_.rest_collections.size() == spec_.collections.size(),
        "a kind has as many REST collections as collections");
  field_ = snake_case(spec_.message->name());
  derive_methods();
}

namespace {

// "NvmePath" → "NvmePaths", "NvmeDiscovery" → "NvmeDiscoveries".
std::string plural(std::string noun) {
  if (noun.ends_with('y')) {
    noun.pop_back();
    return noun + "ies";
  }
  return noun + "s";
}

}  // namespace

void Kind::derive_methods() {
  for (int i = 0; i < spec_.service->method_count(); ++i) {
    const auto* const method = spec_.service->method(i);
    for (const auto& [word, verb] : verb_words) {
      const std::string noun = verb == Verb::List ? plural(spec_.message->name()) : spec_.message->name();
      if (method->name() == std::string(word) + noun) {
        methods_.emplace(method, verb);
      }
    }
  }
  if (spec_.options_service == nullptr) {
    return;
  }
  for (int i = 0; i < spec_.options_service->method_count(); ++i) {
    const auto* const method = spec_.options_service->method(i);
    if (method->name() == "Create" + spec_.message->name() + "WithOptions") {
      methods_.emplace(method, Verb::Create);
    } else if (method->name() == "Get" + spec_.options->name()) {
      methods_.emplace(method, Verb::GetOptions);
    } else if (method->name() == "Update" + spec_.options->name()) {
      methods_.emplace(method, Verb::UpdateOptions);
    }
  }
}

std::string Kind::key_of_depth(std::string_view name, size_t depth) const {
  const auto segments = segments_of(name);
  if (depth == 1 && segments.size() == 1) {
    return std::string(segments[0]);
  }
  if (segments.size() != 2 * depth) {
    return {};
  }
  std::string key;
  for (size_t i = 0; i < depth; ++i) {
    const std::string_view collection = segments[2 * i];
    if (collection != spec_.collections[i] && collection != spec_.rest_collections[i]) {
      return {};
    }
    key.append(i == 0 ? "" : "/").append(segments[2 * i + 1]);
  }
  return key;
}

std::string Kind::key_of(std::string_view name) const { return key_of_depth(name, spec_.collections.size()); }

std::string Kind::parent_key_of(std::string_view name) const {
  return has_parent() ? key_of_depth(name, spec_.collections.size() - 1) : std::string{};
}

std::string Kind::name_of(std::string_view key) const {
  std::string name;
  for (const std::string& collection : spec_.collections) {
    const size_t slash = key.find('/');
    name.append(name.empty() ? "" : "/").append(collection).append("/").append(key.substr(0, slash));
    key.remove_prefix(slash == std::string_view::npos ? key.size() : slash + 1);
  }
  return name;
}

}  // namespace outrigger::model
