// Annotations as P4Info shows them (P4Runtime 1.5 §6.1.3), and what some of them say.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "p4/ast/declaration.h"
#include "p4/config/v1/p4info.pb.h"
#include "p4/source_text.h"

namespace outrigger::p4_info {

using Annotations = std::span<p4::Annotation* const>;

// `@name`, `@name(body)`: the tokens of the body with a blank between, strings in quotes.
std::string to_text(const p4::Annotation& annotation);
// Those that are not told otherwise: not @name, @id, @brief, @description, @hidden, nor `except`. Structured ones are
// left out, see structured().
std::vector<std::string> unstructured(Annotations annotations, std::span<const std::string_view> except = {});
// Where those of unstructured() are, one for one.
std::vector<::p4::config::v1::SourceLocation> locations(Annotations annotations, const p4::SourceText& source,
                                                        std::span<const std::string_view> except = {});
std::vector<::p4::config::v1::StructuredAnnotation> structured(Annotations annotations);
// From @brief and @description; none without either.
std::optional<::p4::config::v1::Documentation> documentation(Annotations annotations);

// The string that an annotation's body is; empty where there is none.
std::string string_of(Annotations annotations, std::string_view name);
// The number that an annotation's body is.
std::optional<uint32_t> number_of(Annotations annotations, std::string_view name);
// A number as it is written: 5, 0x5, 8w5, 1_000.
std::optional<uint32_t> to_number(std::string_view token);
// `key = value, …` of an annotation's body, whether in parentheses or in brackets.
std::vector<std::pair<std::string, std::string>> pairs_of(const p4::Annotation& annotation);

// Fills in what any message with annotations has; where they are if there is a `source`.
template <typename Message>
void add_annotations(Message& message, Annotations annotations, const p4::SourceText* source,
                     std::span<const std::string_view> except = {}) {
  for (std::string& text : unstructured(annotations, except)) {
    message.add_annotations(std::move(text));
  }
  if (source != nullptr) {
    for (auto& location : locations(annotations, *source, except)) {
      *message.add_annotation_locations() = std::move(location);
    }
  }
  for (auto& annotation : structured(annotations)) {
    *message.add_structured_annotations() = std::move(annotation);
  }
}

template <typename Message>
void add_documentation(Message& message, Annotations annotations) {
  if (auto found = documentation(annotations)) {
    *message.mutable_doc() = std::move(*found);
  }
}

}  // namespace outrigger::p4_info
