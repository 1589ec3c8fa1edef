// Values as text, as a program would write them.
#include <fmt/format.h>

#include "p4/value.h"

namespace outrigger::p4 {

namespace {

// Writes until the text is long enough, as TypeText does.
class ValueText {
 public:
  std::string take() {
    if (text_.size() > type_text_bytes_max) {
      text_.resize(type_text_bytes_max);
      while (!text_.empty() && (static_cast<unsigned char>(text_.back()) & 0xC0U) == 0x80U) {
        text_.pop_back();
      }
      text_ += "…";
    }
    return std::move(text_);
  }

  void write(const Value& value) {
    if (text_.size() > type_text_bytes_max) {
      return;
    }
    if (const Integer* const number = value.number()) {
      write_number(value.type, *number);
    } else if (const bool* const is_true = value.boolean()) {
      text_ += *is_true ? "true" : "false";
    } else if (const std::string* const text = value.text()) {
      write_string(*text);
    } else if (const auto* const member = std::get_if<const EnumMember*>(&value.data)) {
      text_ += to_text(value.type) + "." + (*member)->name.text;
    } else if (const auto* const error = std::get_if<const ErrorMember*>(&value.data)) {
      text_ += "error." + (*error)->name.text;
    } else if (const auto* const kind = std::get_if<const MatchKindMember*>(&value.data)) {
      text_ += (*kind)->name.text;
    } else {
      write_composite(value);
    }
  }

 private:
  // The member of a serializable enum that has this number; null when none has.
  static const EnumMember* member_of(const Type* type, const Integer& number) {
    if (!type->is_serializable_enum() || type->declaration == nullptr) {
      return nullptr;
    }
    for (const EnumMember* member : static_cast<const EnumDeclaration*>(type->declaration)->members) {
      if (member->value != nullptr && member->value->number() != nullptr && *member->value->number() == number) {
        return member;
      }
    }
    return nullptr;
  }

  void write_number(const Type* type, const Integer& number) {
    if (const EnumMember* const member = member_of(type, number)) {
      text_ += type->declaration->name.text + "." + member->name.text;
      return;
    }
    const Type* const below = underlying(type);
    const Integer magnitude = abs(number);
    // Decimal digits of very long numbers take long to make and say nothing to a person.
    constexpr size_t decimal_bits_max = 512;
    const bool is_short = mpz_sizeinbase(magnitude.get_mpz_t(), 2) <= decimal_bits_max;
    text_ += sgn(number) < 0 ? "-" : "";
    if (below->is_fixed_integer()) {
      text_ += fmt::format("{}{}", below->width, below->is(TypeKind::SignedInt) ? "s" : "w");
    }
    text_ += is_short ? magnitude.get_str() : "0x" + magnitude.get_str(16);
  }

  void write_string(const std::string& text) {
    text_ += '"';
    for (const char c : text.substr(0, type_text_bytes_max)) {
      text_ += c == '"' ? "\\\"" : c == '\\' ? "\\\\" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
    }
    text_ += '"';
  }

  void write_composite(const Value& value) {
    const Value::Composite& composite = *value.composite();
    if (value.type->is(TypeKind::Default)) {
      text_ += "...";
      return;
    }
    if (!composite.is_valid) {
      text_ += "{#}";
      return;
    }
    text_ += "{";
    for (size_t i = 0; i < composite.parts.size() && text_.size() <= type_text_bytes_max; ++i) {
      text_ += i == 0 ? "" : ", ";
      if (value.type->is(TypeKind::StructValue) && i < value.type->field_names.size()) {
        text_ += value.type->field_names[i] + " = ";
      }
      write(*composite.parts[i]);
    }
    if (value.type->has_rest) {
      text_ += composite.parts.empty() ? "..." : ", ...";
    }
    text_ += "}";
  }

  std::string text_;
};

}  // namespace

std::string to_text(const Value& value) {
  ValueText text;
  text.write(value);
  return text.take();
}

}  // namespace outrigger::p4
