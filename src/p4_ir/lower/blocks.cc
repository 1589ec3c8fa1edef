// The parsers and controls that the architecture runs, and instances of both as wholes.
#include "p4_ir/lower/lowerer.h"

namespace outrigger::p4_ir {
namespace {

// What an architecture calls the parameters of its blocks, by package and position. Parameters of one name share their
// variables, so that what the architecture hands from block to block stays where it is.
struct BlockNames {
  std::string_view package;
  size_t position;
  std::vector<std::string_view> parameters;
};

const std::vector<BlockNames>& known_blocks() {
  static const std::vector<BlockNames> blocks = {
      {"V1Switch", 0, {"packet", "hdr", "meta", "standard_metadata"}},
      {"V1Switch", 1, {"hdr", "meta"}},
      {"V1Switch", 2, {"hdr", "meta", "standard_metadata"}},
      {"V1Switch", 3, {"hdr", "meta", "standard_metadata"}},
      {"V1Switch", 4, {"hdr", "meta"}},
      {"V1Switch", 5, {"packet", "hdr"}},
      {"IngressPipeline",
       0,
       {"packet", "ingress.hdr", "ingress.meta", "ingress_parser.istd", "resubmit_meta", "recirculate_meta"}},
      {"IngressPipeline", 1, {"ingress.hdr", "ingress.meta", "ingress.istd", "ingress.ostd"}},
      {"IngressPipeline",
       2,
       {"packet", "clone_i2e_meta.out", "resubmit_meta.out", "normal_meta.out", "ingress.hdr", "ingress.meta",
        "ingress.ostd"}},
      {"EgressPipeline",
       0,
       {"packet", "egress.hdr", "egress.meta", "egress_parser.istd", "normal_meta", "clone_i2e_meta",
        "clone_e2e_meta"}},
      {"EgressPipeline", 1, {"egress.hdr", "egress.meta", "egress.istd", "egress.ostd"}},
      {"EgressPipeline",
       2,
       {"packet", "clone_e2e_meta.out", "recirculate_meta.out", "egress.hdr", "egress.meta", "egress.ostd",
        "egress_deparser.istd"}},
      {"PNA_NIC", 0, {"packet", "hdr", "meta", "parser.istd"}},
      {"PNA_NIC", 1, {"hdr", "meta", "pre.istd", "pre.ostd"}},
      {"PNA_NIC", 2, {"hdr", "meta", "main.istd", "main.ostd"}},
      {"PNA_NIC", 3, {"packet", "hdr", "meta", "main.ostd"}},
      {"ebpfFilter", 0, {"packet", "hdr"}},
      {"ebpfFilter", 1, {"hdr", "accept"}},
      {"xdp", 0, {"packet", "hdr"}},
      {"xdp", 1, {"hdr", "input", "output"}},
      {"xdp", 2, {"hdr", "packet"}},
      {"ubpf", 0, {"packet", "hdr", "meta", "standard_metadata"}},
      {"ubpf", 1, {"hdr", "meta", "standard_metadata"}},
      {"ubpf", 2, {"packet", "hdr"}},
  };
  return blocks;
}

// PNA_NIC of tc has no pre control: what follows the parser has the names of the block behind.
size_t known_position(const p4::Instance& package, size_t position) {
  constexpr size_t blocks_with_pre_control = 4;
  const bool lacks_pre_control =
      package.of->name.text == "PNA_NIC" && package.arguments.size() < blocks_with_pre_control;
  return lacks_pre_control && position > 0 ? position + 1 : position;
}

std::string canonical_name(const std::string& package, size_t position, size_t parameter) {
  for (const BlockNames& block : known_blocks()) {
    if (block.package == package && block.position == position && parameter < block.parameters.size()) {
      return std::string(block.parameters[parameter]);
    }
  }
  return {};
}

// What the type parameters of a generic parser or control stand for in an instance.
void substitute_parameters(p4::TypeTable& types, const p4::Instance& instance, p4::Substitution& into) {
  const auto* parser = p4::as<p4::ParserDeclaration>(instance.of);
  const auto* control = p4::as<p4::ControlDeclaration>(instance.of);
  if (parser == nullptr && control == nullptr) {
    return;
  }
  const auto& parameters = parser != nullptr ? parser->type_parameters : control->type_parameters;
  for (size_t i = 0; i < parameters.size() && i < instance.type->arguments.size(); ++i) {
    into[types.variable(*parameters[i])] = instance.type->arguments[i];
  }
}

}  // namespace

std::span<p4::Parameter* const> Lowerer::parameters_of(const p4::Declaration& block) {
  if (const auto* parser = p4::as<p4::ParserDeclaration>(&block)) {
    return parser->parameters;
  }
  return p4::to<p4::ControlDeclaration>(block).parameters;
}

void Lowerer::add_errors_and_enums() {
  for (const p4::ErrorMember* error : compilation_.program.errors) {
    program_.errors.push_back(error->name.text);
  }
  for (const p4::Declaration* declaration : compilation_.program.declarations) {
    if (const auto* found = p4::as<p4::EnumDeclaration>(declaration);
        found != nullptr && found->underlying == nullptr) {
      EnumInfo info{.name = found->name.text, .members = {}};
      for (const p4::EnumMember* member : found->members) {
        info.members.push_back(member->name.text);
      }
      program_.enums.push_back(std::move(info));
    }
  }
}

void Lowerer::lower_main() {
  program_.architecture = tree_.main()->of->name.text;
  lower_package(*tree_.main(), {});
}

void Lowerer::lower_package(const p4::Instance& package, const std::string& prefix) {
  uint32_t position = 0;
  for (const p4::InstanceArgument& argument : package.arguments) {
    if (is_over()) {
      return;
    }
    const std::string role = prefix + (argument.parameter == nullptr ? "" : argument.parameter->name.text);
    if (argument.instance != nullptr) {
      if (argument.instance->of->kind == p4::DeclarationKind::Package) {
        lower_package(*argument.instance, role + ".");
      } else if (argument.instance->of->kind != p4::DeclarationKind::Extern) {
        lower_block(argument, role, position, package);
      }
    }
    ++position;
  }
}

Place* Lowerer::block_place(const std::string& role, const p4::Parameter& parameter, const std::string& canonical) {
  const p4::Type* type = type_of(parameter.checked_type);
  if (canonical.empty()) {
    return allocate(type, role + "." + parameter.name.text);
  }
  Place*& shared = shared_places_[canonical];
  if (shared == nullptr) {
    shared = allocate(type, canonical);
    add_field_lists(*shared);
  }
  return shared->type == type ? shared : allocate(type, role + "." + parameter.name.text);
}

namespace {

void flatten(const Program& program, const Place& place, Block::Parameter& into) {
  if (place.header.has_value()) {
    into.headers.push_back(*place.header);
    into.variables.push_back(program.at(*place.header).valid);
  }
  if (place.variable.has_value()) {
    into.variables.push_back(*place.variable);
  }
  if (place.next.has_value()) {
    into.variables.push_back(*place.next);
  }
  for (const Place* part : place.parts) {
    flatten(program, *part, into);
  }
}

// packet_in and packet_out are the engines' own.
bool is_extern_of_architecture(const p4::Parameter& parameter) {
  if (!parameter.checked_type->is(p4::TypeKind::Extern)) {
    return false;
  }
  const std::string& name = parameter.checked_type->declaration->name.text;
  return name != "packet_in" && name != "packet_out";
}

}  // namespace

// An extern that the architecture hands to a block each time that it runs it: an instance that no program makes.
p4::Instance* Lowerer::given_by_architecture(const p4::Parameter& parameter, const std::string& role) {
  p4::Instance& made = given_instances_.emplace_back();
  made.of = parameter.checked_type->declaration;
  made.type = parameter.checked_type;
  made.local_name = parameter.name.text;
  made.name = role + "." + parameter.name.text;
  return &made;
}

void Lowerer::lower_block(const p4::InstanceArgument& argument, const std::string& role, uint32_t position,
                          const p4::Instance& package) {
  p4::Instance* instance = argument.instance;
  Block block;
  block.role = role;
  block.name = instance->of->name.text;
  if (const auto found = block_numbers_.find(instance); found != block_numbers_.end()) {
    Block again = program_.blocks[found->second];  // one instance in two places: with the same parameters
    again.role = role;
    program_.blocks.push_back(std::move(again));
    return;
  }
  Frame& frame = frames_.emplace_back();
  frame.instance = instance;
  frame.prefix = instance->name;
  substitute_parameters(compilation_.types, *instance, frame.substitution);
  instance_frames_[instance] = &frame;
  const auto parameters = parameters_of(*instance->of);
  Frame* const before = std::exchange(frame_, &frame);
  const size_t known = known_position(package, position);
  for (size_t i = 0; i < parameters.size(); ++i) {
    Place* place = block_place(role, *parameters[i], canonical_name(package.of->name.text, known, i));
    frame.places[parameters[i]] = place;
    if (is_extern_of_architecture(*parameters[i])) {
      frame.instances[parameters[i]] = given_by_architecture(*parameters[i], role);
      extern_arguments_[{instance, parameters[i]}] = {frame.instances[parameters[i]]};
    }
    Block::Parameter made{.name = parameters[i]->name.text, .variables = {}, .headers = {}};
    flatten(program_, *place, made);
    block.parameters.push_back(std::move(made));
  }
  frame_ = before;
  collect_applications(instance);
  if (instance->of->kind == p4::DeclarationKind::Parser) {
    block.parser = parser_of(instance);
  } else {
    block.procedure = control_procedure(instance);
  }
  block_numbers_[instance] = program_.blocks.size();
  program_.blocks.push_back(std::move(block));
}

Lowerer::Frame* Lowerer::frame_of(p4::Instance* instance, const Places& given) {
  if (instance == nullptr) {
    return nullptr;
  }
  if (const auto found = instance_frames_.find(instance); found != instance_frames_.end()) {
    return found->second;
  }
  Frame& frame = frames_.emplace_back();
  frame.instance = instance;
  frame.prefix = instance->name;
  substitute_parameters(compilation_.types, *instance, frame.substitution);
  instance_frames_[instance] = &frame;
  if (instance->of->kind == p4::DeclarationKind::Parser || instance->of->kind == p4::DeclarationKind::Control) {
    Frame* const before = std::exchange(frame_, &frame);
    for (const p4::Parameter* parameter : parameters_of(*instance->of)) {
      if (const auto same = given.find(parameter); same != given.end()) {
        frame.places[parameter] = same->second;
        frame.by_reference.insert(parameter);
      } else if (!parameter->checked_type->is(p4::TypeKind::Extern)) {
        frame.places[parameter] = allocate(parameter->checked_type, fresh_name(parameter->name.text));
      }
    }
    add_extern_parameters(frame, parameters_of(*instance->of));
    frame_ = before;
  }
  return &frame;
}

ProcedureId Lowerer::control_procedure(p4::Instance* instance) {
  if (const auto found = controls_.find(instance); found != controls_.end()) {
    return found->second;
  }
  const auto& control = p4::to<p4::ControlDeclaration>(*instance->of);
  const auto id = static_cast<ProcedureId>(program_.procedures.size());
  program_.procedures.push_back({.name = instance->name, .body = {}, .may_exit = false});
  controls_[instance] = id;
  in_own_context(frame_of(instance), [&] {
    Statements body = statements_of([&] {
      lower_locals(control.locals);
      lower(*control.apply);
    });
    // Tables that are never applied are the control plane's all the same.
    const Statements nothing = statements_of([&] {
      for (const p4::Declaration* local : control.locals) {
        if (const auto* table = p4::as<p4::TableDeclaration>(local); table != nullptr && !is_over()) {
          table_of(*table);
        }
      }
    });
    (void)nothing;
    program_.procedures[index_of(id)].body = std::move(body);
    program_.procedures[index_of(id)].may_exit = may_exit_;
  });
  return id;
}

void Lowerer::lower_locals(std::span<p4::Declaration* const> locals) {
  for (const p4::Declaration* local : locals) {
    where_ = local->where;
    lower_local(*local);
    if (local->kind == p4::DeclarationKind::Instantiation) {
      extern_of(tree_.find(frame_->instance, local));
    }
  }
}

}  // namespace outrigger::p4_ir
