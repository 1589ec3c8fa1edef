// Annotations: their texts and what they say.
#include "p4_info/annotations.h"

#include <algorithm>
#include <charconv>

#include "p4/instance_tree.h"
#include "p4/value.h"
#include "p4_info/encoding.h"

namespace outrigger::p4_info {

namespace {

namespace proto = ::p4::config::v1;
using Body = p4::Annotation::Body;

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

bool is_structured(const p4::Annotation& annotation) {
  return annotation.body == Body::Expressions || annotation.body == Body::Pairs;
}

bool is_shown_as_text(const p4::Annotation& annotation, std::span<const std::string_view> except) {
  static constexpr std::string_view told_otherwise[] = {"name", "id", "brief", "description", "hidden"};
  const std::string& name = annotation.name.text;
  return !is_structured(annotation) && std::ranges::find(told_otherwise, name) == std::end(told_otherwise) &&
         std::ranges::find(except, name) == except.end();
}

// A value that is none of the three kinds is left unset: the checker has said what it may be.
proto::Expression expression_of(const p4::Expression* expression) {
  proto::Expression out;
  if (expression == nullptr) {
    return out;
  }
  const p4::Value* const value = expression->value;
  if (const auto* text = p4::as<p4::StringExpression>(expression)) {
    out.set_string_value(text->text);
  } else if (const auto* is_true = p4::as<p4::BoolExpression>(expression)) {
    out.set_bool_value(is_true->is_true);
  } else if (const auto* number = p4::as<p4::NumberExpression>(expression); number != nullptr && value == nullptr) {
    out.set_int64_value(number->number.fits_slong_p() ? number->number.get_si() : 0);
  } else if (value != nullptr && value->number() != nullptr) {
    out.set_int64_value(value->number()->fits_slong_p() ? value->number()->get_si() : 0);
  } else if (value != nullptr && value->boolean() != nullptr) {
    out.set_bool_value(*value->boolean());
  } else if (value != nullptr && value->text() != nullptr) {
    out.set_string_value(*value->text());
  }
  return out;
}

std::string text_of(const p4::Expression* expression) {
  const proto::Expression value = expression_of(expression);
  switch (value.value_case()) {
    case proto::Expression::kStringValue: return value.string_value();
    case proto::Expression::kInt64Value: return std::to_string(value.int64_value());
    case proto::Expression::kBoolValue: return value.bool_value() ? "true" : "false";
    default: return {};
  }
}

}  // namespace

std::string to_text(const p4::Annotation& annotation) {
  std::string out = "@" + annotation.name.text;
  if (annotation.tokens.empty()) {
    return out;
  }
  out += "(";
  for (size_t i = 0; i < annotation.tokens.size(); ++i) {
    const p4::Annotation::Token& token = annotation.tokens[i];
    out += (i == 0 ? "" : " ") + (token.is_string ? quoted(token.text) : token.text);
  }
  return out + ")";
}

std::vector<std::string> unstructured(Annotations annotations, std::span<const std::string_view> except) {
  std::vector<std::string> out;
  for (const p4::Annotation* annotation : annotations) {
    if (is_shown_as_text(*annotation, except)) {
      out.push_back(to_text(*annotation));
    }
  }
  return out;
}

std::vector<proto::SourceLocation> locations(Annotations annotations, const p4::SourceText& source,
                                             std::span<const std::string_view> except) {
  std::vector<proto::SourceLocation> out;
  for (const p4::Annotation* annotation : annotations) {
    if (is_shown_as_text(*annotation, except)) {
      const p4::Place place = source.place(annotation->where);
      proto::SourceLocation& made = out.emplace_back();
      made.set_file(place.file);
      made.set_line(narrowed(place.line));
      made.set_column(narrowed(place.column));
    }
  }
  return out;
}

std::vector<proto::StructuredAnnotation> structured(Annotations annotations) {
  std::vector<proto::StructuredAnnotation> out;
  for (const p4::Annotation* annotation : annotations) {
    if (!is_structured(*annotation)) {
      continue;
    }
    proto::StructuredAnnotation& made = out.emplace_back();
    made.set_name(annotation->name.text);
    for (const p4::Expression* expression : annotation->expressions) {
      *made.mutable_expression_list()->add_expressions() = expression_of(expression);
    }
    for (const p4::Annotation::Pair& pair : annotation->pairs) {
      proto::KeyValuePair& added = *made.mutable_kv_pair_list()->add_kv_pairs();
      added.set_key(pair.key.text);
      *added.mutable_value() = expression_of(pair.value);
    }
  }
  return out;
}

std::optional<proto::Documentation> documentation(Annotations annotations) {
  if (!p4::has_annotation(annotations, "brief") && !p4::has_annotation(annotations, "description")) {
    return std::nullopt;
  }
  proto::Documentation out;
  out.set_brief(string_of(annotations, "brief"));
  out.set_description(string_of(annotations, "description"));
  return out;
}

std::string string_of(Annotations annotations, std::string_view name) {
  const p4::Annotation* const found = p4::find_annotation(annotations, name);
  std::string out;
  if (found != nullptr) {
    for (const p4::Annotation::Token& token : found->tokens) {
      out += token.text;
    }
    for (const p4::Expression* expression : found->expressions) {
      out += text_of(expression);
    }
  }
  return out;
}

std::optional<uint32_t> number_of(Annotations annotations, std::string_view name) {
  return p4::has_annotation(annotations, name) ? to_number(string_of(annotations, name)) : std::nullopt;
}

std::optional<uint32_t> to_number(std::string_view token) {
  std::string digits(token);
  std::erase(digits, '_');
  if (const size_t width = digits.find_first_of("ws"); width != std::string::npos && width != 0) {
    digits.erase(0, width + 1);  // 8w5
  }
  int base = 10;
  if (digits.size() > 2 && digits[0] == '0') {
    const char letter = static_cast<char>(digits[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    digits.erase(0, base == 10 && letter != 'd' ? 0 : 2);
  }
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  const bool is_whole = error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
  return is_whole ? std::optional(number) : std::nullopt;
}

std::vector<std::pair<std::string, std::string>> pairs_of(const p4::Annotation& annotation) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const p4::Annotation::Pair& pair : annotation.pairs) {
    out.emplace_back(pair.key.text, text_of(pair.value));
  }
  const std::vector<p4::Annotation::Token>& tokens = annotation.tokens;
  for (size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!tokens[i + 1].is_string && tokens[i + 1].text == "=") {
      out.emplace_back(tokens[i].text, tokens[i + 2].text);
    }
  }
  return out;
}

}  // namespace outrigger::p4_info
