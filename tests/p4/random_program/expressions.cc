// Random programs: expressions of a given type.
//
// Each random choice is a statement of its own: C++ leaves the order of operands open, and a seed is to give the same
// program everywhere.
#include <array>

#include "random_program/generator.h"

namespace outrigger::p4_random {

using Kind = Type::Kind;

const Place* Generator::find_place(const Type* type, bool is_writable) {
  const size_t begin = below(places_.size());
  for (size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[(begin + i) % places_.size()];
    if (place.type == type && (place.is_writable || !is_writable)) {
      return &place;
    }
  }
  return nullptr;
}

const Place* Generator::find_kind(Kind kind, bool is_writable) {
  const size_t begin = below(places_.size());
  for (size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[(begin + i) % places_.size()];
    if (place.type->kind == kind && (place.is_writable || !is_writable)) {
      return &place;
    }
  }
  return nullptr;
}

// Below 2^width, mostly small or at the edge.
std::string Generator::constant_number(uint32_t width) {
  const uint64_t most = width >= 64 ? UINT64_MAX : (uint64_t{1} << width) - 1;
  switch (below(4)) {
    case 0: return std::to_string(most);
    case 1: return std::to_string(random_() & most);
    default: return std::to_string(below(4) & most);
  }
}

std::string Generator::literal(const Type* type) {
  switch (type->kind) {
    case Kind::Bit: return std::to_string(type->width) + "w" + constant_number(type->width);
    case Kind::Int: {
      const std::string number = std::to_string(type->width) + "s" + constant_number(type->width - 1);
      return chance(3) ? "(-" + number + ")" : number;
    }
    case Kind::Bool: return chance(2) ? "true" : "false";
    case Kind::New: return "(" + type->name + ")" + std::to_string(type->width) + "w" + constant_number(type->width);
    case Kind::Enum:
    case Kind::Error: return type->name + "." + one_of(type->members);
    case Kind::SerializableEnum: {
      if (chance(3)) {
        return "(" + type->name + ")" + std::to_string(type->width) + "w" + constant_number(type->width);
      }
      return type->name + "." + one_of(type->members);
    }
    default: return aggregate(type, 0);
  }
}

std::string Generator::aggregate(const Type* type, uint32_t depth) {
  const bool by_name = type->kind != Kind::Tuple && chance(2);
  std::string text = "{ ";
  for (const Type::Field& field : type->fields) {
    text += by_name ? field.name + " = " : std::string();
    text += expression(field.type, depth);
    text += ", ";
  }
  text.resize(text.size() - 2);
  text += " }";
  if (type->kind == Kind::Tuple) {
    return text;
  }
  return "(" + type->name + ")" + text;
}

std::string Generator::expression(const Type* type, uint32_t depth) {
  if (depth == 0 || chance(4)) {
    const Place* place = chance(5) ? nullptr : find_place(type, false);
    if (place != nullptr) {
      return place->path;
    }
    if (depth == 0 || type->is_scalar()) {
      return literal(type);
    }
  }
  --depth;
  if (type->kind != Kind::Tuple && chance(8)) {
    const std::string condition = bool_expression(depth);
    const std::string first = expression(type, depth);
    const std::string second = expression(type, depth);
    return "(" + condition + " ? " + first + " : " + second + ")";
  }
  if (type->is_scalar() && chance(12)) {
    return "same<" + type->name + ">(" + expression(type, depth) + ")";
  }
  if (chance(6)) {
    for (const Callable& function : functions_) {
      if (function.result == type) {
        return call_of(function, depth);
      }
    }
  }
  switch (type->kind) {
    case Kind::Bit: return bits_expression(type, depth);
    case Kind::Int: return int_expression(type, depth);
    case Kind::Bool: return bool_expression(depth);
    case Kind::New: return "((" + type->name + ")" + expression(bit(type->width), depth) + ")";
    case Kind::SerializableEnum: return "((" + type->name + ")" + expression(bit(type->width), depth) + ")";
    case Kind::Enum:
    case Kind::Error: return literal(type);
    default: return aggregate(type, depth);
  }
}

std::string Generator::bits_expression(const Type* type, uint32_t depth) {
  static constexpr std::array<const char*, 8> operators = {"+", "-", "*", "&", "|", "^", "|+|", "|-|"};
  switch (below(5)) {
    case 0: {
      const char* const op = chance(3) ? "-" : "~";
      return "(" + std::string(op) + expression(type, depth) + ")";
    }
    case 1: {
      const std::string left = expression(type, depth);
      const bool by_expression = chance(2);
      const std::string right = by_expression ? expression(bit(8), depth) : std::to_string(below(type->width + 3));
      return "(" + left + (chance(2) ? " << " : " >> ") + right + ")";
    }
    case 2: return bits_from_other(type, depth);
    default: {
      const char* const op = operators[below(operators.size())];
      const std::string left = expression(type, depth);
      const std::string right = expression(type, depth);
      return "(" + left + " " + op + " " + right + ")";
    }
  }
}

// Slices, concatenations, casts, constants.
std::string Generator::bits_from_other(const Type* type, uint32_t depth) {
  const std::string width = std::to_string(type->width);
  switch (below(6)) {
    case 0: {
      const uint32_t low = below(20);
      const uint32_t above = below(9);
      const std::string whole = expression(bit(type->width + low + above), depth);
      if (chance(3)) {
        return whole + "[" + std::to_string(low) + "+:" + width + "]";
      }
      return whole + "[" + std::to_string(low + type->width - 1) + ":" + std::to_string(low) + "]";
    }
    case 1:
      if (type->width > 1) {
        const uint32_t low = 1 + below(type->width - 1);
        const std::string high_part = expression(bit(type->width - low), depth);
        const std::string low_part = expression(bit(low), depth);
        return "(" + high_part + " ++ " + low_part + ")";
      }
      return "((bit<1>)" + bool_expression(depth) + ")";
    case 2:
      if (type->width > 1) {
        return "((" + type->name + ")" + expression(signed_int(type->width), depth) + ")";
      }
      return "((bit<1>)" + bool_expression(depth) + ")";
    case 3: {
      static constexpr std::array<const char*, 3> constants = {"((1 << 70) / 7)", "(1234567 % 1000)",
                                                               "(LIMIT * 3 - 5)"};
      return "((" + type->name + ")" + constants[below(constants.size())] + ")";
    }
    default: return "((" + type->name + ")" + expression(bit(1 + below(70)), depth) + ")";
  }
}

std::string Generator::int_expression(const Type* type, uint32_t depth) {
  static constexpr std::array<const char*, 8> operators = {"+", "-", "*", "&", "|", "^", "|+|", "|-|"};
  switch (below(6)) {
    case 0: return "(-" + expression(type, depth) + ")";
    case 1: return "((" + type->name + ")" + expression(bit(type->width), depth) + ")";
    case 2: return "((" + type->name + ")" + expression(signed_int(2 + below(70)), depth) + ")";
    case 3: {
      const std::string left = expression(type, depth);
      const bool by_expression = chance(2);
      const std::string right = by_expression ? expression(bit(8), depth) : std::to_string(below(type->width + 3));
      return "(" + left + (chance(2) ? " << " : " >> ") + right + ")";
    }
    default: {
      const char* const op = operators[below(operators.size())];
      const std::string left = expression(type, depth);
      const std::string right = expression(type, depth);
      return "(" + left + " " + op + " " + right + ")";
    }
  }
}

std::string Generator::comparison(uint32_t depth) {
  static constexpr std::array<const char*, 6> operators = {"==", "!=", "<", ">", "<=", ">="};
  if (chance(5)) {  // wholes, which only places are
    for (const Kind kind : {Kind::Header, Kind::Struct, Kind::Stack, Kind::Union, Kind::Tuple}) {
      const Place* first = chance(3) ? find_kind(kind, false) : nullptr;
      if (first != nullptr && first->type != hdr_ && first->type != varbit_header_) {
        const std::string path = first->path;
        const Place* second = find_place(first->type, false);
        return "(" + path + (chance(2) ? " == " : " != ") + second->path + ")";
      }
    }
  }
  const Type* type = scalar();
  const std::string left = expression(type, depth);
  const std::string right = expression(type, depth);
  const char* const op = operators[below(type->is_integer() ? operators.size() : 2)];
  return "(" + left + " " + op + " " + right + ")";
}

std::string Generator::bool_expression(uint32_t depth) {
  if (depth == 0) {
    const Place* place = find_place(boolean_, false);
    return place == nullptr || chance(4) ? literal(boolean_) : place->path;
  }
  --depth;
  switch (below(6)) {
    case 0: return "(!" + bool_expression(depth) + ")";
    case 1: {
      const std::string left = bool_expression(depth);
      const std::string right = bool_expression(depth);
      return "(" + left + (chance(2) ? " && " : " || ") + right + ")";
    }
    case 2: {
      const Place* header = find_kind(chance(4) ? Kind::Union : Kind::Header, false);
      return header == nullptr ? literal(boolean_) : header->path + ".isValid()";
    }
    case 3: return "((bool)" + expression(bit(1), depth) + ")";
    default: return comparison(depth);
  }
}

std::string Generator::arguments_of(const Callable& callable, bool with_directionless, uint32_t depth) {
  std::string text;
  for (const Parameter& parameter : callable.parameters) {
    if (parameter.direction.empty() && !with_directionless) {
      continue;
    }
    text += text.empty() ? "" : ", ";
    if (parameter.direction == "in" || parameter.direction.empty()) {
      text += expression(parameter.type, depth);
      continue;
    }
    const Place* place = find_place(parameter.type, true);
    text += place == nullptr ? "_" : place->path;  // the caller sees to it that only `out` comes here without a place
  }
  return text;
}

std::string Generator::call_of(const Callable& function, uint32_t depth) {
  for (const Parameter& parameter : function.parameters) {
    if (parameter.direction == "inout" && find_place(parameter.type, true) == nullptr) {
      return literal(function.result);
    }
  }
  return function.name + "(" + arguments_of(function, true, depth) + ")";
}

}  // namespace outrigger::p4_random
