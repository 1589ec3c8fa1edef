// @field_list(n, …) on fields of user metadata (v1model): which fields a packet keeps that is cloned, resubmitted or
// recirculated.
#include <charconv>

#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

void variables_in(const Place& place, std::vector<VariableId>& into) {
  if (place.variable.has_value()) {
    into.push_back(*place.variable);
  }
  for (const Place* part : place.parts) {
    variables_in(*part, into);
  }
}

// A number as it is written: 3, 0x3, 8w3.
std::optional<uint32_t> number_of(std::string_view text) {
  if (const size_t width = text.find('w'); width != std::string_view::npos) {
    text.remove_prefix(width + 1);
  }
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  text.remove_prefix(is_hex ? 2 : 0);
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, is_hex ? 16 : 10);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional(number)
                                                                                   : std::nullopt;
}

}  // namespace

std::vector<uint32_t> Lowerer::field_list_numbers(const p4::Annotation& annotation) {
  std::vector<uint32_t> numbers;
  for (const p4::Annotation::Token& token : annotation.tokens) {
    if (const auto number = number_of(token.text)) {
      numbers.push_back(*number);
      continue;
    }
    for (const p4::Declaration* declaration : compilation_.program.declarations) {  // a constant's name
      const auto* constant = p4::as<p4::ConstantDeclaration>(declaration);
      if (constant != nullptr && constant->name.text == token.text && constant->value != nullptr &&
          constant->value->number() != nullptr) {
        numbers.push_back(static_cast<uint32_t>(constant->value->number()->get_ui()));
      }
    }
  }
  for (const p4::Expression* expression : annotation.expressions) {
    if (const auto number = known_number(expression)) {
      numbers.push_back(static_cast<uint32_t>(*number));
    }
  }
  return numbers;
}

void Lowerer::add_field_lists(const Place& place) {
  const p4::Type* plain = p4::underlying(place.type);
  if (!plain->is(p4::TypeKind::Struct)) {
    return;
  }
  const auto& fields = compilation_.types.fields(plain);
  for (size_t i = 0; i < fields.size() && i < place.parts.size(); ++i) {
    const p4::Annotation* annotation = fields[i].declaration == nullptr
                                           ? nullptr
                                           : p4::find_annotation(fields[i].declaration->annotations, "field_list");
    if (annotation != nullptr) {
      for (const uint32_t number : field_list_numbers(*annotation)) {
        variables_in(*place.parts[i], program_.field_lists[number]);
      }
    } else {
      add_field_lists(*place.parts[i]);
    }
  }
}

}  // namespace outrigger::p4_ir
