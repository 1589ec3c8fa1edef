// Parsers' value sets (P4Runtime 1.5 §6.4.6).
#include "p4_info/builder.h"

namespace outrigger::p4_info {

namespace {

namespace proto = ::p4::config::v1;

// @match(kind) of a field; exact without.
std::string match_kind_of(Annotations annotations) {
  const std::string given = string_of(annotations, "match");
  return given.empty() ? "exact" : given;
}

void add_fields(Builder& builder, const p4::Type* type, proto::ValueSet& out) {
  static constexpr std::string_view except[] = {"match"};
  std::vector<Annotations> annotations;
  std::vector<p4::SourceRange> places;
  const std::vector<p4::Field>& fields = builder.compilation.types.fields(type);
  for (const p4::Field& field : fields) {
    annotations.emplace_back(field.declaration->annotations);
    places.push_back(field.declaration->where);
  }
  const std::vector<uint32_t> ids = builder.part_ids(annotations, places);
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string given = p4::name_annotation(annotations[i]);
    proto::MatchField& match = *out.add_match();
    match.set_id(ids[i]);
    match.set_name(given.empty() ? fields[i].name : given);
    builder.types.describe(match, fields[i].type);
    set_match(match, match_kind_of(annotations[i]));
    add_annotations(match, annotations[i], builder.locations, except);
    add_documentation(match, annotations[i]);
  }
}

void add_match(Builder& builder, uint32_t id, const p4::Type* type, const std::string& match_kind,
               proto::ValueSet& out) {
  proto::MatchField& match = *out.add_match();
  match.set_id(id);
  builder.types.describe(match, type);
  set_match(match, match_kind);
}

}  // namespace

void add_value_sets(Builder& builder) {
  for (const ValueSetEntity& entity : builder.entities.value_sets) {
    const p4::ValueSetDeclaration& declaration = *entity.declaration;
    proto::ValueSet& out = *builder.info.add_value_sets();
    builder.describe(*out.mutable_preamble(), proto::P4Ids::VALUE_SET, entity.name, declaration.annotations);
    const p4::Type* const type =
        declaration.type == nullptr ? nullptr : builder.tree.type_inside(entity.inside, declaration.type->type);
    if (type != nullptr && type->is_struct_like()) {
      add_fields(builder, type, out);
    } else if (type != nullptr && type->is(p4::TypeKind::Tuple)) {
      for (size_t i = 0; i < type->arguments.size(); ++i) {
        add_match(builder, static_cast<uint32_t>(i + 1), type->arguments[i], "exact", out);
      }
    } else if (type != nullptr) {
      add_match(builder, 1, type, match_kind_of(declaration.annotations), out);
    }
    if (declaration.size != nullptr) {
      out.set_size(to_int32(builder.tree.evaluate(entity.inside, *declaration.size).value));
    }
  }
}

}  // namespace outrigger::p4_info
