// P4Info: finds what there is, gives it names and numbers, writes each kind.
#include "p4_info/p4_info.h"

#include <fmt/format.h>

#include <algorithm>

#include "p4_info/builder.h"

namespace outrigger::p4_info {

namespace {

namespace proto = ::p4::config::v1;

// Externs of further types share it; their ids are distinct even so.
constexpr uint32_t extern_type_max = proto::P4Ids::MAX - 1;

// The @id of an object or part; one that is no number is an error, and none.
std::optional<uint32_t> wanted_id(Annotations annotations, p4::Diagnostics& diagnostics) {
  const std::optional<uint32_t> id = number_of(annotations, "id");
  if (const p4::Annotation* found = p4::find_annotation(annotations, "id"); found != nullptr && !id.has_value()) {
    diagnostics.error(found->where, "@id is a number of 32 bits", "write @id(5), say");
  }
  return id;
}

Prefix prefix_of(const Builder& builder, const ExternEntity& entity) {
  switch (entity.kind) {
    case ExternKind::Counter: return proto::P4Ids::COUNTER;
    case ExternKind::DirectCounter: return proto::P4Ids::DIRECT_COUNTER;
    case ExternKind::Meter: return proto::P4Ids::METER;
    case ExternKind::DirectMeter: return proto::P4Ids::DIRECT_METER;
    case ExternKind::Register: return proto::P4Ids::REGISTER;
    case ExternKind::Other: return builder.extern_types.at(entity.instance->of->name.text);
    default: return proto::P4Ids::ACTION_PROFILE;
  }
}

// P4Runtime 1.5, "Extern": the first byte of their ids is for the architecture to choose; here they are numbered by
// name.
void number_extern_types(Builder& builder) {
  for (const ExternEntity& entity : builder.entities.externs) {
    if (entity.kind == ExternKind::Other) {
      builder.extern_types[entity.instance->of->name.text] = Prefix{};
    }
  }
  uint32_t next = proto::P4Ids::OTHER_EXTERNS_START + 1;
  for (auto& [name, prefix] : builder.extern_types) {
    prefix = static_cast<Prefix>(std::min<uint32_t>(next++, extern_type_max));
  }
}

void add_symbols(Builder& builder) {
  const auto add = [&](Prefix prefix, const std::string& name, const std::string& hashed, Annotations annotations,
                       p4::SourceRange where) {
    builder.symbols.add({prefix, name, hashed, wanted_id(annotations, builder.compilation.diagnostics), where});
  };
  const Entities& found = builder.entities;
  for (const TableEntity& table : found.tables) {
    add(proto::P4Ids::TABLE, table.name, table.name, table.declaration->annotations, table.declaration->name.where);
  }
  for (const ActionEntity& action : found.actions) {
    const p4::ActionDeclaration& declaration = *action.declaration;
    add(proto::P4Ids::ACTION, action.name, action.name, declaration.annotations, declaration.name.where);
  }
  for (const ValueSetEntity& value_set : found.value_sets) {
    const p4::ValueSetDeclaration& declaration = *value_set.declaration;
    add(proto::P4Ids::VALUE_SET, value_set.name, value_set.name, declaration.annotations, declaration.name.where);
  }
  for (const ExternEntity& entity : found.externs) {
    const p4::Instance& instance = *entity.instance;
    add(prefix_of(builder, entity), instance.name, instance.name, instance.annotations, instance.made_by->where);
  }
  for (const DigestEntity& digest : found.digests) {
    add(proto::P4Ids::DIGEST, digest.name, digest.name, digest.annotations, digest.where);
  }
  for (const HeaderEntity& header : found.headers) {
    const p4::StructLikeDeclaration& declaration = *header.declaration;
    add(proto::P4Ids::CONTROLLER_HEADER, header.name, declaration.name.text, declaration.annotations,
        declaration.name.where);
  }
}

}  // namespace

void Builder::describe(proto::Preamble& preamble, Prefix prefix, const std::string& name, Annotations annotations) {
  preamble.set_id(symbols.id(prefix, name));
  preamble.set_name(name);
  preamble.set_alias(symbols.alias(name));
  add_annotations(preamble, annotations, locations);
  add_documentation(preamble, annotations);
}

std::vector<uint32_t> Builder::part_ids(std::span<const Annotations> parts, std::span<const p4::SourceRange> places) {
  std::vector<std::optional<uint32_t>> wanted;
  wanted.reserve(parts.size());
  for (const Annotations annotations : parts) {
    wanted.push_back(wanted_id(annotations, compilation.diagnostics));
  }
  PartIds numbered = number_parts(wanted);
  for (const size_t at : numbered.faults) {
    compilation.diagnostics.error(places[at], fmt::format("@id({}) is taken, or 0", *wanted[at]),
                                  "each part of one object has a number of its own, from 1 on");
  }
  return std::move(numbered.ids);
}

const p4::Value* Builder::argument(const p4::Instance& instance, std::span<const std::string_view> names) {
  for (const p4::InstanceArgument& argument : instance.arguments) {
    if (argument.parameter != nullptr && std::ranges::find(names, argument.parameter->name.text) != names.end()) {
      return argument.value;
    }
  }
  return nullptr;
}

P4Info make_p4_info(p4::Compilation& compilation, p4::InstanceTree& tree, const Options& options) {
  P4Info info;
  if (tree.main() == nullptr) {
    return info;
  }
  proto::P4TypeInfo type_info;
  const p4::SourceText* const locations = options.has_locations ? &compilation.source : nullptr;
  Builder builder{.compilation = compilation,
                  .tree = tree,
                  .info = info,
                  .entities = find_entities(compilation, tree),
                  .extern_types = {},
                  .locations = locations,
                  .symbols = {},
                  .types = {compilation.types, compilation.program, compilation.diagnostics, type_info, locations}};
  if (builder.entities.is_cut) {
    compilation.diagnostics.error(tree.main()->made_by->where,
                                  fmt::format("the program has more than {} tables and actions", objects_max),
                                  "make fewer instances of controls inside one another");
  }
  number_extern_types(builder);
  add_symbols(builder);
  builder.symbols.settle(compilation.diagnostics);
  find_links(builder);
  add_package(builder);
  add_tables(builder);
  add_actions(builder);
  add_externs(builder);
  add_value_sets(builder);
  add_controller_headers(builder);
  if (type_info.ByteSizeLong() != 0) {
    *info.mutable_type_info() = std::move(type_info);
  }
  return info;
}

}  // namespace outrigger::p4_info
