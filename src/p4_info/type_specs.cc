// Types as protobuf.
#include "p4_info/type_specs.h"

#include <fmt/format.h>

#include "p4/instance_tree.h"
#include "p4_info/annotations.h"
#include "p4_info/encoding.h"

namespace outrigger::p4_info {

namespace {

namespace proto = ::p4::config::v1;
using p4::TypeKind;

// Types inside one another, structs' fields among them.
constexpr uint32_t depth_max = 1024;

std::string name_of(const p4::Declaration& declaration) {
  const std::string given = p4::name_annotation(declaration.annotations);
  return given.empty() ? declaration.name.text : given;
}

constexpr std::string_view translation_name = "p4runtime_translation";

// The second argument: 32, bit<32>, string. Tokens from `at` on.
bool read_sdn_type(const std::vector<p4::Annotation::Token>& tokens, size_t at, Translation& out) {
  const auto is = [&](size_t i, std::string_view text) { return i < tokens.size() && tokens[i].text == text; };
  const bool is_bit = is(at, "bit") && is(at + 1, "<") && is(at + 3, ">") && tokens.size() == at + 4;
  if (!is_bit && tokens.size() != at + 1) {
    return false;
  }
  if (is(at, "string") && !tokens[at].is_string) {
    out.is_string = true;
    return true;
  }
  const std::optional<uint32_t> width = to_number(tokens[is_bit ? at + 2 : at].text);
  out.width = width.value_or(0);
  return out.width != 0;
}

}  // namespace

std::optional<Translation> TypeSpecs::translation(const p4::NewTypeDeclaration& declaration) {
  const p4::Annotation* const found = p4::find_annotation(declaration.annotations, translation_name);
  if (found == nullptr) {
    return std::nullopt;
  }
  Translation out;
  const auto& tokens = found->tokens;
  if (tokens.size() >= 3 && tokens[0].is_string && tokens[1].text == "," && read_sdn_type(tokens, 2, out)) {
    out.uri = tokens[0].text;
    return out;
  }
  diagnostics_.error(found->where,
                     fmt::format("@{} of '{}' does not say a translation", translation_name, declaration.name.text),
                     "write @p4runtime_translation(\"uri\", bit<32>), with any width, or string in place of bit<32>");
  return std::nullopt;
}

int32_t TypeSpecs::width_seen(const p4::Type* type) {
  if (type->is(TypeKind::NewType)) {
    if (const auto found = translation(static_cast<const p4::NewTypeDeclaration&>(*type->declaration))) {
      return narrowed(found->width);
    }
  }
  return narrowed(p4::size_bits_max(types_, type));
}

std::string TypeSpecs::new_type_name(const p4::Type* type) {
  if (type->is(TypeKind::NewType) || type->is_serializable_enum()) {
    const std::string name = named(type);
    return type->is(TypeKind::NewType) ? name : std::string();
  }
  return {};
}

proto::P4BitstringLikeTypeSpec TypeSpecs::bitstring(const p4::Type* type) {
  proto::P4BitstringLikeTypeSpec out;
  const p4::Type* const below = p4::underlying(type);
  switch (below->kind) {
    case TypeKind::SignedInt: out.mutable_int_()->set_bitwidth(narrowed(below->width)); break;
    case TypeKind::Varbit: out.mutable_varbit()->set_max_bitwidth(narrowed(below->width)); break;
    default: out.mutable_bit()->set_bitwidth(narrowed(p4::size_bits_max(types_, below))); break;
  }
  return out;
}

proto::P4DataTypeSpec TypeSpecs::spec(const p4::Type* type) {
  proto::P4DataTypeSpec out;
  if (depth_ >= depth_max) {
    return out;
  }
  ++depth_;
  switch (type->kind) {
    case TypeKind::Bool: out.mutable_bool_(); break;
    case TypeKind::Error:
      add_error();
      out.mutable_error();
      break;
    case TypeKind::Tuple:
    case TypeKind::StructValue:
      out.mutable_tuple();
      for (const p4::Type* element : type->arguments) {
        *out.mutable_tuple()->add_members() = spec(element);
      }
      break;
    case TypeKind::Struct: out.mutable_struct_()->set_name(named(type)); break;
    case TypeKind::Header: out.mutable_header()->set_name(named(type)); break;
    case TypeKind::HeaderUnion: out.mutable_header_union()->set_name(named(type)); break;
    case TypeKind::NewType: out.mutable_new_type()->set_name(named(type)); break;
    case TypeKind::Enum:
      (type->is_serializable_enum() ? out.mutable_serializable_enum() : out.mutable_enum_())->set_name(named(type));
      break;
    case TypeKind::Stack: {
      const p4::Type* const element = type->arguments[0];
      if (element->is(TypeKind::HeaderUnion)) {
        out.mutable_header_union_stack()->mutable_header_union()->set_name(named(element));
        out.mutable_header_union_stack()->set_size(narrowed(type->size));
      } else {
        out.mutable_header_stack()->mutable_header()->set_name(named(element));
        out.mutable_header_stack()->set_size(narrowed(type->size));
      }
      break;
    }
    case TypeKind::Bit:
    case TypeKind::SignedInt:
    case TypeKind::Varbit: *out.mutable_bitstring() = bitstring(type); break;
    default: break;  // nothing that a value sent to a controller can have
  }
  --depth_;
  return out;
}

// The name, and the type in the P4TypeInfo.
std::string TypeSpecs::named(const p4::Type* type) {
  const std::string name = type->declaration == nullptr                         ? p4::to_text(type)
                           : type->is_struct_like() && !type->arguments.empty() ? p4::to_text(type)
                                                                                : name_of(*type->declaration);
  if (!seen_.insert(type).second) {
    return name;
  }
  switch (type->kind) {
    case TypeKind::Struct: add_struct(name, type); break;
    case TypeKind::Header: add_header(name, type); break;
    case TypeKind::HeaderUnion: add_header_union(name, type); break;
    case TypeKind::NewType: add_new_type(name, type); break;
    case TypeKind::Enum: {
      const auto& declaration = static_cast<const p4::EnumDeclaration&>(*type->declaration);
      if (type->is_serializable_enum()) {
        add_serializable_enum(name, declaration, type);
      } else {
        add_enum(name, declaration);
      }
      break;
    }
    default: break;
  }
  return name;
}

void TypeSpecs::add_struct(const std::string& name, const p4::Type* type) {
  proto::P4StructTypeSpec made;
  add_annotations(made, type->declaration->annotations, locations_);
  for (const p4::Field& field : types_.fields(type)) {
    proto::P4StructTypeSpec::Member& member = *made.add_members();
    member.set_name(name_of(*field.declaration));
    *member.mutable_type_spec() = spec(field.type);
  }
  (*info_.mutable_structs())[name] = std::move(made);
}

void TypeSpecs::add_header(const std::string& name, const p4::Type* type) {
  proto::P4HeaderTypeSpec made;
  add_annotations(made, type->declaration->annotations, locations_);
  for (const p4::Field& field : types_.fields(type)) {
    proto::P4HeaderTypeSpec::Member& member = *made.add_members();
    member.set_name(name_of(*field.declaration));
    *member.mutable_type_spec() = bitstring(field.type);
  }
  (*info_.mutable_headers())[name] = std::move(made);
}

void TypeSpecs::add_header_union(const std::string& name, const p4::Type* type) {
  proto::P4HeaderUnionTypeSpec made;
  add_annotations(made, type->declaration->annotations, locations_);
  for (const p4::Field& field : types_.fields(type)) {
    proto::P4HeaderUnionTypeSpec::Member& member = *made.add_members();
    member.set_name(name_of(*field.declaration));
    member.mutable_header()->set_name(named(field.type));
  }
  (*info_.mutable_header_unions())[name] = std::move(made);
}

void TypeSpecs::add_enum(const std::string& name, const p4::EnumDeclaration& declaration) {
  proto::P4EnumTypeSpec made;
  add_annotations(made, declaration.annotations, locations_);
  for (const p4::EnumMember* member : declaration.members) {
    proto::P4EnumTypeSpec::Member& added = *made.add_members();
    added.set_name(name_of(*member));
    add_annotations(added, member->annotations, locations_);
  }
  (*info_.mutable_enums())[name] = std::move(made);
}

void TypeSpecs::add_serializable_enum(const std::string& name, const p4::EnumDeclaration& declaration,
                                      const p4::Type* type) {
  proto::P4SerializableEnumTypeSpec made;
  add_annotations(made, declaration.annotations, locations_);
  made.mutable_underlying_type()->set_bitwidth(narrowed(p4::size_bits_max(types_, type)));
  for (const p4::EnumMember* member : declaration.members) {
    proto::P4SerializableEnumTypeSpec::Member& added = *made.add_members();
    added.set_name(name_of(*member));
    if (member->value != nullptr) {
      added.set_value(to_bytes(*member->value).value_or(std::string()));
    }
    add_annotations(added, member->annotations, locations_);
  }
  (*info_.mutable_serializable_enums())[name] = std::move(made);
}

void TypeSpecs::add_new_type(const std::string& name, const p4::Type* type) {
  const auto& declaration = static_cast<const p4::NewTypeDeclaration&>(*type->declaration);
  proto::P4NewTypeSpec made;
  static constexpr std::string_view except[] = {translation_name};
  add_annotations(made, declaration.annotations, locations_, except);
  if (const auto found = translation(declaration)) {
    made.mutable_translated_type()->set_uri(found->uri);
    if (found->is_string) {
      made.mutable_translated_type()->mutable_sdn_string();
    } else {
      made.mutable_translated_type()->set_sdn_bitwidth(narrowed(found->width));
    }
  } else {
    // What `type` is made of in the end, whatever other new types are in between.
    const p4::Type* below = type;
    while (below->is(TypeKind::NewType)) {
      below = below->arguments[0];
    }
    *made.mutable_original_type() = spec(below);
  }
  (*info_.mutable_new_types())[name] = std::move(made);
}

void TypeSpecs::add_error() {
  if (info_.has_error()) {
    return;
  }
  for (const p4::ErrorMember* member : program_.errors) {
    info_.mutable_error()->add_members(member->name.text);
  }
}

}  // namespace outrigger::p4_info
