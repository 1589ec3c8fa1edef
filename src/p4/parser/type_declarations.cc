// Declarations of types (P4-16 §7.2): struct, header, header_union, enum, error, match_kind, typedef and type.
#include <fmt/format.h>

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

Declaration* ProgramReader::read_derived_type(Annotations annotations) {
  const Keyword keyword = static_cast<Keyword>(peek().which);
  if (keyword == Keyword::Enum) {
    return read_enum(std::move(annotations));
  }
  const DeclarationKind kind = keyword == Keyword::Struct   ? DeclarationKind::Struct
                               : keyword == Keyword::Header ? DeclarationKind::Header
                                                            : DeclarationKind::HeaderUnion;
  return read_struct_like(kind, std::move(annotations));
}

Declaration* ProgramReader::read_struct_like(DeclarationKind kind, Annotations annotations) {
  auto* const type =
      make<StructLikeDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin, kind);
  type->annotations = std::move(annotations);
  const Token keyword = take();
  const uint32_t name = position();
  type->name = expect_name(fmt::format("the {}", keyword.text));
  if (is_panicking()) {
    return type;
  }
  declare_type(name);
  const Scope scope(*this);
  type->type_parameters = read_type_parameters();
  if (is_panicking()) {
    return type;
  }
  read_braced("around the fields", [&] {
    StructField* const field = read_field();
    if (!is_panicking()) {
      type->fields.push_back(field);
    }
  });
  return finished(type);
}

StructField* ProgramReader::read_field() {
  auto* const field = make<StructField>(begin());
  field->annotations = read_annotations();
  field->type = read_type();
  field->name = expect_name("the field");
  field->type = with_sizes(field->type);
  expect_semicolon(fmt::format("after the field '{}'", field->name.text));
  return finished(field);
}

// enum Name {A, B}, enum bit<8> Name {A = 1, B = 2}
Declaration* ProgramReader::read_enum(Annotations annotations) {
  auto* const type = make<EnumDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  type->annotations = std::move(annotations);
  take();
  if (!(is_name() && is(Symbol::LeftBrace, 1))) {
    type->underlying = read_type();
  }
  const uint32_t name = position();
  type->name = expect_name("the enum");
  if (is_panicking()) {
    return type;
  }
  declare_type(name);
  const uint32_t open = position();
  expect(Symbol::LeftBrace, "before the members");
  if (!is_panicking() && is(Symbol::RightBrace)) {
    tell(peek().where, fmt::format("the enum '{}' has no members", type->name.text), "give it at least one");
  }
  while (!is_panicking() && !is(Symbol::RightBrace)) {
    EnumMember* const member = read_enum_member(type->underlying != nullptr);
    if (!is_panicking()) {
      member->index = static_cast<uint32_t>(type->members.size());
      type->members.push_back(member);
    }
    if (!accept(Symbol::Comma)) {
      break;
    }
  }
  expect_closing(Symbol::RightBrace, open, "after the members");
  return finished(type);
}

EnumMember* ProgramReader::read_enum_member(bool is_serializable) {
  auto* const member = make<EnumMember>(begin());
  member->annotations = read_annotations();
  member->name = expect_name("the member");
  if (!is_panicking() && accept(Symbol::Assign)) {
    member->initial = read_expression();
    if (!is_serializable) {
      tell(member->name.where, fmt::format("'{}' has a value, but its enum has no underlying type", member->name.text),
           "write the type before the enum's name: enum bit<8> Name { … }");
      member->initial = nullptr;
    }
  } else if (!is_panicking() && is_serializable) {
    tell(member->name.where,
         fmt::format("'{}' needs a value, since its enum has an underlying type", member->name.text),
         fmt::format("write {} = …", member->name.text));
    member->initial = nothing();
  }
  return finished(member);
}

// {A, B}
template <typename Member>
void ProgramReader::read_members(std::vector<Member*>& members, std::string_view what) {
  const uint32_t open = position();
  expect(Symbol::LeftBrace, fmt::format("before the members of {}", what));
  if (!is_panicking() && is(Symbol::RightBrace)) {
    tell(peek().where, fmt::format("this {} has no members", what), "give it at least one");
  }
  while (!is_panicking() && !is(Symbol::RightBrace)) {
    auto* const member = make<Member>(begin());
    member->annotations = read_annotations();
    member->name = expect_name("the member");
    if (!is_panicking()) {
      members.push_back(finished(member));
    }
    if (!accept(Symbol::Comma)) {
      break;
    }
  }
  expect_closing(Symbol::RightBrace, open, fmt::format("after the members of {}", what));
}

Declaration* ProgramReader::read_error(Annotations annotations) {
  auto* const errors = make<ErrorDeclaration>(begin());
  errors->annotations = std::move(annotations);
  errors->name = {.text = "error", .where = take().where};
  read_members(errors->members, "error");
  return finished(errors);
}

Declaration* ProgramReader::read_match_kind(Annotations annotations) {
  auto* const kinds = make<MatchKindDeclaration>(begin());
  kinds->annotations = std::move(annotations);
  kinds->name = {.text = "match_kind", .where = take().where};
  read_members(kinds->members, "match_kind");
  return finished(kinds);
}

Declaration* ProgramReader::read_typedef(Annotations annotations) {
  auto* const type = make<TypedefDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  type->annotations = std::move(annotations);
  take();
  Annotations of_derived = read_annotations();
  if (is(Keyword::Struct) || is(Keyword::Header) || is(Keyword::HeaderUnion) || is(Keyword::Enum)) {
    type->derived = read_derived_type(std::move(of_derived));
  } else {
    if (!of_derived.empty()) {
      tell(of_derived.front()->where, "an annotation of a type must stand before 'typedef'");
    }
    type->type = read_type();
  }
  const uint32_t name = position();
  type->name = expect_name("the type");
  if (type->type != nullptr) {
    type->type = with_sizes(type->type);
  }
  expect_semicolon("after the typedef");
  if (!is_panicking()) {
    declare_type(name);
  }
  return finished(type);
}

Declaration* ProgramReader::read_new_type(Annotations annotations) {
  auto* const type = make<NewTypeDeclaration>(annotations.empty() ? begin() : annotations.front()->where.begin);
  type->annotations = std::move(annotations);
  take();
  type->type = read_type();
  const uint32_t name = position();
  type->name = expect_name("the type");
  expect_semicolon("after the type");
  if (!is_panicking()) {
    declare_type(name);
  }
  return finished(type);
}

}  // namespace outrigger::p4
