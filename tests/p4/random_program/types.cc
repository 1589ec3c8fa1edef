// Random programs: their types, and what is in scope.
#include <algorithm>

#include "random_program/generator.h"

namespace outrigger::p4_random {
namespace {

constexpr uint32_t widths[] = {1, 2, 3, 4, 7, 8, 9, 12, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 100, 128, 200};

}  // namespace

void Generator::line(const std::string& text) {
  text_.append(size_t{level_} * 4, ' ');
  text_ += text;
  text_ += '\n';
}

void Generator::open(const std::string& text) {
  line(text + " {");
  ++level_;
}

void Generator::close(const std::string& after) {
  --level_;
  line("}" + after);
}

Type& Generator::add_type(Type::Kind kind, std::string name, uint32_t width) {
  Type& type = types_.emplace_back();
  type.kind = kind;
  type.name = std::move(name);
  type.width = width;
  return type;
}

const Type* Generator::bit(uint32_t width) {
  for (const Type& type : types_) {
    if (type.kind == Type::Kind::Bit && type.width == width) {
      return &type;
    }
  }
  return &add_type(Type::Kind::Bit, "bit<" + std::to_string(width) + ">", width);
}

const Type* Generator::signed_int(uint32_t width) {
  for (const Type& type : types_) {
    if (type.kind == Type::Kind::Int && type.width == width) {
      return &type;
    }
  }
  return &add_type(Type::Kind::Int, "int<" + std::to_string(width) + ">", width);
}

const Type* Generator::scalar() {
  if (chance(3)) {
    return one_of(scalars_);
  }
  const uint32_t width = widths[below(std::size(widths))];
  return chance(5) && width > 1 ? signed_int(width) : bit(width);
}

const Type* Generator::value_type() {
  switch (below(6)) {
    case 0: return one_of(structs_);
    case 1: return one_of(tuples_);
    default: return scalar();
  }
}

const Type* Generator::make_header(std::string name, bool has_varbit) {
  Type& header = add_type(Type::Kind::Header, std::move(name));
  uint32_t bits = 0;
  open("header " + header.name);
  for (uint32_t i = 0, count = 1 + below(4); i < count; ++i) {
    const uint32_t width = widths[below(std::size(widths))];
    const Type* type = width > 1 && chance(6) ? signed_int(width) : bit(width);
    header.fields.push_back({"f" + std::to_string(i), type});
    bits += width;
  }
  if (bits % 8 != 0) {
    header.fields.push_back({"pad", bit(8 - bits % 8)});
  }
  for (const Type::Field& field : header.fields) {
    line(field.type->name + " " + field.name + ";");
  }
  if (has_varbit) {  // no place: only extracted, copied with the header and emitted
    line("varbit<64> rest;");
  }
  close();
  return &header;
}

void Generator::make_types() {
  boolean_ = &add_type(Type::Kind::Bool, "bool", 1);
  Type& plain = add_type(Type::Kind::Enum, "Colour");
  plain.members = {"Red", "Green", "Blue"};
  line("enum Colour { Red, Green, Blue }");
  Type& numbered = add_type(Type::Kind::SerializableEnum, "Code", 4);
  numbered.members = {"One", "Two", "Ten"};
  line("enum bit<4> Code { One = 1, Two = 2, Ten = 10 }");
  Type& error = add_type(Type::Kind::Error, "error");
  error.members = {"NoError", "PacketTooShort", "Odd", "Even"};
  line("error { Odd, Even }");
  const Type* fresh_type = &add_type(Type::Kind::New, "Mark", 12);
  line("type bit<12> Mark;");
  scalars_ = {boolean_, &plain, &numbered, &error, fresh_type, boolean_, bit(8), bit(32)};
  line("struct Pair<T> { T first; T second; }");
  for (uint32_t i = 0; i < 3; ++i) {
    Type& made = add_type(Type::Kind::Struct, "S" + std::to_string(i));
    open("struct " + made.name);
    for (uint32_t f = 0, count = 1 + below(4); f < count; ++f) {
      const Type* type = !structs_.empty() && chance(4) ? one_of(structs_) : scalar();
      made.fields.push_back({"g" + std::to_string(f), type});
      line(type->name + " " + made.fields.back().name + ";");
    }
    close();
    structs_.push_back(&made);
  }
  const Type* paired = scalar();
  Type& pair = add_type(Type::Kind::Struct, "Pair<" + paired->name + ">");
  pair.fields = {{"first", paired}, {"second", paired}};
  structs_.push_back(&pair);
  for (uint32_t i = 0; i < 2; ++i) {
    const Type* a = scalar();
    const Type* b = chance(3) ? one_of(structs_) : scalar();
    Type& made = add_type(Type::Kind::Tuple, "tuple<" + a->name + ", " + b->name + ">");
    made.fields = {{"", a}, {"", b}};
    tuples_.push_back(&made);
  }
  for (uint32_t i = 0; i < 4; ++i) {
    headers_.push_back(make_header("h" + std::to_string(i) + "_t", false));
  }
  Type& either = add_type(Type::Kind::Union, "either_t");
  either.fields = {{"left", headers_[0]}, {"right", headers_[1]}};
  line("header_union either_t { h0_t left; h1_t right; }");
  union_ = &either;
  Type& stack = add_type(Type::Kind::Stack, "h2_t[3]");
  stack.element = headers_[2];
  stack.size = 3;
  Type& hdr = add_type(Type::Kind::Struct, "headers_t");
  hdr.fields = {{"a", headers_[0]}, {"b", headers_[3]}, {"c", headers_[1]}, {"u", union_}, {"st", &stack}};
  if (options_.has_varbit) {
    varbit_header_ = make_header("options_t", true);
    hdr.fields.push_back({"o", varbit_header_});
  }
  Type& meta = add_type(Type::Kind::Struct, "metadata_t");
  meta.fields = {{"x", bit(32)}, {"y", bit(8)}, {"s", structs_[2]}, {"p", structs_[3]}, {"flag", boolean_}};
  for (uint32_t i = 0; i < 4; ++i) {
    meta.fields.push_back({"m" + std::to_string(i), scalar()});
  }
  for (const Type* made : {&hdr, &meta}) {
    open("struct " + made->name);
    for (const Type::Field& field : made->fields) {
      line(field.type->name + " " + field.name + ";");
    }
    close();
  }
  hdr_ = &hdr;
  meta_ = &meta;
}

void Generator::add_place(const std::string& path, const Type* type, bool is_writable) {
  places_.push_back({path, type, is_writable});
  if (type->kind == Type::Kind::Tuple) {  // its fields are only read
    for (size_t i = 0; i < type->fields.size(); ++i) {
      add_place(path + "[" + std::to_string(i) + "]", type->fields[i].type, false);
    }
    return;
  }
  for (const Type::Field& field : type->fields) {
    add_place(path + "." + field.name, field.type, is_writable);
  }
  for (uint32_t i = 0; i < type->size; ++i) {
    add_place(path + "[" + std::to_string(i) + "]", type->element, is_writable);
  }
}

void Generator::declare(const std::string& name, const Type* type) {
  line(type->name + " " + name + " = " + expression(type) + ";");
  add_place(name, type, true);
}

}  // namespace outrigger::p4_random
