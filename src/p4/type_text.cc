// Types as text, for diagnostics.
#include <fmt/format.h>

#include "p4/types.h"

namespace outrigger::p4 {

namespace {

// Writes until the text is long enough; what is left then is not looked at, so that a type that holds itself a million
// times over by sharing costs no more than another.
class TypeText {
 public:
  std::string take() {
    if (text_.size() > type_text_bytes_max) {
      text_.resize(type_text_bytes_max);
      while (!text_.empty() && (static_cast<unsigned char>(text_.back()) & 0xC0U) == 0x80U) {
        text_.pop_back();  // not into the middle of a letter
      }
      text_ += "…";
    }
    return std::move(text_);
  }

  void write(const Type* type) {
    if (text_.size() > type_text_bytes_max) {
      return;
    }
    switch (type->kind) {
      case TypeKind::Poison: text_ += "<unknown>"; break;
      case TypeKind::Void: text_ += "void"; break;
      case TypeKind::Bool: text_ += "bool"; break;
      case TypeKind::Int: text_ += "int"; break;
      case TypeKind::Bit: text_ += fmt::format("bit<{}>", type->width); break;
      case TypeKind::SignedInt: text_ += fmt::format("int<{}>", type->width); break;
      case TypeKind::Varbit: text_ += fmt::format("varbit<{}>", type->width); break;
      case TypeKind::String: text_ += "string"; break;
      case TypeKind::Error: text_ += "error"; break;
      case TypeKind::MatchKind: text_ += "match_kind"; break;
      case TypeKind::InvalidHeader: text_ += "{#}"; break;
      case TypeKind::Default: text_ += "..."; break;
      case TypeKind::DontCare: text_ += "_"; break;
      case TypeKind::Tuple: write_generic("tuple", type, true); break;
      case TypeKind::List: write_generic("list", type, true); break;
      case TypeKind::Set: write_generic("set", type, true); break;
      case TypeKind::Stack:
        write(type->arguments[0]);
        text_ += fmt::format("[{}]", type->size);
        break;
      case TypeKind::StructValue: write_struct_value(type); break;
      default: write_declared(type); break;
    }
  }

 private:
  // The kinds that are a declaration.
  void write_declared(const Type* type) {
    const std::string name = type->declaration == nullptr ? "_" : type->declaration->name.text;
    switch (type->kind) {
      case TypeKind::Enum:
      case TypeKind::NewType:
      case TypeKind::Variable: text_ += name; break;
      case TypeKind::Table: text_ += "table " + name; break;
      case TypeKind::Action: text_ += "action " + name; break;
      case TypeKind::Callable:
        text_ += (type->declaration->kind == DeclarationKind::Method ? "method " : "function ") + name;
        break;
      case TypeKind::ValueSet: text_ += "value_set " + name; break;
      case TypeKind::State: text_ += "state " + name; break;
      case TypeKind::ApplyResult: text_ += "result of " + name + ".apply()"; break;
      case TypeKind::ActionList: text_ += "action of table " + name; break;
      default: write_generic(name, type, false); break;
    }
  }

  void write_generic(const std::string& name, const Type* type, bool always) {
    text_ += name;
    if (type->arguments.empty() && !type->has_rest && !always) {
      return;
    }
    text_ += "<";
    for (size_t i = 0; i < type->arguments.size() && text_.size() <= type_text_bytes_max; ++i) {
      text_ += i == 0 ? "" : ", ";
      write(type->arguments[i]);
    }
    if (type->has_rest) {
      text_ += type->arguments.empty() ? "..." : ", ...";
    }
    text_ += ">";
  }

  void write_struct_value(const Type* type) {
    text_ += "struct {";
    for (size_t i = 0; i < type->arguments.size() && text_.size() <= type_text_bytes_max; ++i) {
      text_ += i == 0 ? "" : "; ";
      write(type->arguments[i]);
      text_ += " " + type->field_names[i];
    }
    if (type->has_rest) {
      text_ += type->arguments.empty() ? "..." : "; ...";
    }
    text_ += "}";
  }

  std::string text_;
};

}  // namespace

std::string to_text(const Type* type) {
  TypeText text;
  text.write(type);
  return text.take();
}

}  // namespace outrigger::p4
