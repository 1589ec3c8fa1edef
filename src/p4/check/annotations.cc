// Annotations (P4-16 §20): those that the specification knows have the shape that it gives them; others may be
// anything.
#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"

namespace outrigger::p4 {

namespace {

constexpr std::array<std::string_view, 9> without_body = {
    "hidden", "atomic", "optional", "tableonly", "pure", "defaultonly", "noSideEffects", "likely", "unlikely"};
constexpr std::array<std::string_view, 3> with_string = {"name", "deprecated", "noWarn"};

bool is_structured(const Annotation& annotation) {
  return annotation.body == Annotation::Body::Expressions || annotation.body == Annotation::Body::Pairs;
}

// One literal, or several joined by ++.
bool is_string(const Annotation& annotation) {
  if (annotation.body != Annotation::Body::Unstructured || annotation.tokens.size() % 2 == 0) {
    return false;
  }
  for (size_t i = 0; i < annotation.tokens.size(); ++i) {
    const Annotation::Token& token = annotation.tokens[i];
    if (i % 2 == 0 ? !token.is_string : token.text != "++") {
      return false;
    }
  }
  return true;
}

// Of strings joined by ++ makes one, so that whoever reads the annotation finds its text.
void join_strings(Annotation& annotation) {
  for (size_t i = 2; i < annotation.tokens.size(); i += 2) {
    annotation.tokens[0].text += annotation.tokens[i].text;
  }
  annotation.tokens.resize(1);
}

}  // namespace

void Checker::check_annotations(std::span<Annotation* const> annotations, const Declaration* /*of*/) {
  std::unordered_map<std::string_view, const Annotation*> structured;
  std::unordered_map<std::string_view, const Annotation*> unstructured;
  for (Annotation* const annotation : annotations) {
    const std::string& name = annotation->name.text;
    const bool is_one = is_structured(*annotation);
    if (is_one && structured.contains(name)) {
      error(annotation->where, fmt::format("there are two structured annotations @{} here", name),
            "put all of it into one")
          .note(structured.at(name)->where, "the first is here");
    } else if (const auto& others = is_one ? unstructured : structured; others.contains(name)) {
      error(annotation->where, fmt::format("@{} is both structured, with [], and not, here", name),
            "write all annotations of a name in the same way")
          .note(others.at(name)->where, "the other one is here");
    } else if (name == "name" && unstructured.contains(name)) {
      warning("duplicate-name", annotation->where, "this has two annotations @name", "leave one of them away");
    }
    (is_one ? structured : unstructured).emplace(name, annotation);
    check_annotation(*annotation);
  }
}

void Checker::check_annotation(Annotation& annotation) {
  const std::string& name = annotation.name.text;
  if (annotation.is_pragma) {
    return;  // these are for whatever compiler knows them
  }
  if (std::ranges::find(without_body, name) != without_body.end()) {
    if (annotation.body != Annotation::Body::None && !annotation.tokens.empty()) {
      error(annotation.where, fmt::format("@{} takes nothing in parentheses", name), fmt::format("write @{}", name));
    }
  } else if (std::ranges::find(with_string, name) != with_string.end()) {
    read_constants(annotation);
    if (!is_string(annotation)) {
      error(annotation.where, fmt::format("@{} takes one string", name), fmt::format("write @{}(\"…\")", name));
    } else {
      join_strings(annotation);
    }
  }
  if (is_structured(annotation)) {
    check_structured_annotation(annotation);
  }
}

// §20.3.3, §20.3.8: the string may be a constant's, which then stands in the annotation.
void Checker::read_constants(Annotation& annotation) {
  for (Annotation::Token& token : annotation.tokens) {
    const Scopes::Overloads& found = token.is_string ? Scopes::Overloads() : scopes_.lookup(token.text);
    const auto* const constant = found.empty() ? nullptr : as<ConstantDeclaration>(found.front());
    const std::string* const text =
        constant != nullptr && constant->value != nullptr ? constant->value->text() : nullptr;
    if (text != nullptr) {
      token.text = *text;
      token.is_string = true;
    }
  }
}

// §13.6: the match kind of a field of a value set's struct.
void Checker::check_match_annotation(const StructField& field) {
  for (const Annotation* const annotation : field.annotations) {
    if (annotation->name.text != "match" || annotation->is_pragma) {
      continue;
    }
    const bool is_kind = annotation->tokens.size() == 1 && !annotation->tokens.front().is_string;
    if (is_kind) {
      find_match_kind(Name{annotation->tokens.front().text, annotation->tokens.front().where});
    } else {
      error(annotation->where, "@match takes the name of one match kind", "write @match(ternary), or another one");
    }
  }
}

// §20.2: compile-time known strings, numbers and booleans; no key twice.
void Checker::check_structured_annotation(Annotation& annotation) {
  const auto check_value = [&](Expression& value) {
    const Type* const type = check(value);
    if (type->is_poison()) {
      return;
    }
    if (!type->is_integer() && !type->is(TypeKind::String) && !type->is(TypeKind::Bool)) {
      error(value.where, fmt::format("an annotation cannot have a value of type '{}'", to_text(type)),
            "write a string, a number, true or false");
    } else if (!value.is_known) {
      error(value.where, "the value of an annotation is not known at compile time", "use constants only");
    }
  };
  for (Expression* const value : annotation.expressions) {
    check_value(*value);
  }
  std::unordered_set<std::string_view> keys;
  for (const Annotation::Pair& pair : annotation.pairs) {
    if (!keys.insert(pair.key.text).second) {
      error(pair.key.where, fmt::format("@{} has the key '{}' twice", annotation.name.text, pair.key.text),
            "leave one of them away");
    }
    check_value(*pair.value);
  }
}

// @removed("name", "what to write instead") of an architecture's struct: what a field was that programs may still name.
std::string_view remedy_for_removed(const Declaration* owner, std::string_view name) {
  if (owner == nullptr) {
    return {};
  }
  for (const Annotation* const annotation : owner->annotations) {
    const std::vector<Annotation::Token>& tokens = annotation->tokens;
    if (annotation->name.text == "removed" && tokens.size() == 3 && tokens[0].text == name && tokens[2].is_string) {
      return tokens[2].text;
    }
  }
  return {};
}

// §20.3.7.
void Checker::warn_deprecated(const Declaration& used, SourceRange where) {
  for (const Annotation* const annotation : used.annotations) {
    if (annotation->name.text == "deprecated" && is_string(*annotation)) {
      warning("deprecated", where,
              fmt::format("'{}' is deprecated: {}", used.name.text, annotation->tokens.front().text))
          .note(used.name.where, "it is declared here");
      return;
    }
  }
}

}  // namespace outrigger::p4
