// @field_list(n, …) on fields of user metadata (v1model): which fields a packet keeps that is cloned, resubmitted or
// recirculated.
#include <algorithm>
#include <charconv>
#include <iterator>

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

// One item of the annotation, whose body has not been parsed: a number, a constant's name, or Enum.member, perhaps
// behind a cast. None: something else, or not known here.
std::optional<uint32_t> Lowerer::annotation_number(std::span<const p4::Annotation::Token> item) const {
  if (item.empty()) {
    return std::nullopt;
  }
  const std::string& last = item.back().text;
  if (const auto number = number_of(last)) {
    return number;
  }
  const bool is_member = item.size() >= 3 && item[item.size() - 2].text == ".";
  const std::string& name = is_member ? item[item.size() - 3].text : last;
  for (const p4::Declaration* declaration : compilation_.program.declarations) {
    const p4::Value* value = nullptr;
    if (declaration->name.text != name) {
      continue;
    }
    if (const auto* constant = p4::as<p4::ConstantDeclaration>(declaration); constant != nullptr && !is_member) {
      value = constant->value;
    } else if (const auto* of = p4::as<p4::EnumDeclaration>(declaration); of != nullptr && is_member) {
      const auto found = std::ranges::find(of->members, last, [](const p4::EnumMember* one) { return one->name.text; });
      value = found == of->members.end() ? nullptr : (*found)->value;
    }
    if (value != nullptr && value->number() != nullptr) {
      return static_cast<uint32_t>(value->number()->get_ui());
    }
  }
  return std::nullopt;
}

std::vector<uint32_t> Lowerer::annotation_numbers(const p4::Annotation& annotation) {
  std::vector<uint32_t> numbers;
  const std::span<const p4::Annotation::Token> tokens = annotation.tokens;
  size_t begin = 0;
  for (size_t i = 0; i <= tokens.size(); ++i) {
    if (i == tokens.size() || tokens[i].text == ",") {
      if (const auto number = annotation_number(tokens.subspan(begin, i - begin))) {
        numbers.push_back(*number);
      }
      begin = i + 1;
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
      for (const uint32_t number : annotation_numbers(*annotation)) {
        std::vector<VariableId>& list = program_.field_lists[number];
        std::vector<VariableId> variables;
        variables_in(*place.parts[i], variables);
        std::ranges::copy_if(variables, std::back_inserter(list),
                             [&](VariableId variable) { return std::ranges::find(list, variable) == list.end(); });
      }
    }
    add_field_lists(*place.parts[i]);  // fields inside may be in further lists
  }
}

}  // namespace outrigger::p4_ir
