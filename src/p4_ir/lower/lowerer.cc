// The lowering: what all its parts use.
#include "p4_ir/lower/lowerer.h"

#include "p4/large_stack.h"
#include "p4_ir/lower.h"
#include "p4_ir/lower/direct_meters.h"
#include "p4_ir/lower/invalid_keys.h"
#include "p4_ir/lower/unfolded.h"
#include "p4_ir/lower/verified_checksums.h"

namespace outrigger::p4_ir {
namespace {

// Expressions and statements of one lowered program: some hundred times those of the largest program known.
constexpr size_t program_nodes_max = 4U << 20U;

}  // namespace

std::unique_ptr<Program> lower(p4::Compilation& compilation) {
  auto program = std::make_unique<Program>();
  bool is_lowered = false;
  const bool has_run = p4::run_with_large_stack([&] {
    Lowerer lowerer(compilation, *program);
    is_lowered = lowerer.run();
  });
  if (!has_run) {
    compilation.diagnostics.error(p4::SourceRange{}, "there is no memory for the compiler's stack",
                                  "allow this process more address space");
  }
  return is_lowered ? std::move(program) : nullptr;
}

Lowerer::Lowerer(p4::Compilation& compilation, Program& program)
    : compilation_(compilation),
      tree_(compilation.program, compilation.types, compilation.values, compilation.diagnostics),
      program_(program) {}

bool Lowerer::run() {
  if (!compilation_.is_good()) {
    return false;
  }
  if (tree_.main() == nullptr) {
    refuse({}, "the program has no 'main'", "instantiate the architecture's package: `V1Switch(…) main;`");
    return false;
  }
  program_.exited = program_.add_variable("$exited", 1);
  program_.parser_error = program_.add_variable("$parser_error", Program::error_width);
  add_errors_and_enums();
  lower_main();
  fill_extern_methods();
  read_direct_meters(program_);
  clear_keys_of_invalid_headers(program_);
  verify_in_valid_headers_only(program_);
  refuse_endless();
  return !is_over();
}

void Lowerer::refuse_endless() {
  if (is_over()) {
    return;
  }
  const Unfolded most = unfold(program_);
  if (most.statements > unfolded_statements_max) {
    refuse({}, "one packet would run more than " + std::to_string(unfolded_statements_max) + " statements",
           "let functions and controls call others less often");
  } else if (most.work > unfolded_work_max) {
    refuse({}, "what one packet would run takes too long",
           "use smaller header stacks, fewer operations on very wide values, or fewer calls");
  } else if (most.expression_depth > expression_depth_max) {
    refuse({}, "an expression becomes more than " + std::to_string(expression_depth_max) + " deep",
           "use smaller header stacks, or shorter expressions");
  } else if (most.depth > unfolded_depth_max) {
    refuse({}, "calls and statements are more than " + std::to_string(unfolded_depth_max) + " deep inside one another",
           "let functions call one another in a shorter row");
  }
}

const p4::Type* Lowerer::type_of(const p4::Type* type) {
  for (Frame* frame = frame_; type != nullptr && type->has_variables && frame != nullptr; frame = frame->outer) {
    type = compilation_.types.substitute(type, frame->substitution);
  }
  return type;
}

Place* Lowerer::place_of(const p4::Declaration& declaration) {
  for (Frame* frame = frame_; frame != nullptr; frame = frame->outer) {
    if (const auto found = frame->places.find(&declaration); found != frame->places.end()) {
      return found->second;
    }
  }
  return nullptr;
}

p4::Instance* Lowerer::instance_of(const p4::Expression& expression) {
  if (const auto* name = p4::as<p4::NameExpression>(&expression); name != nullptr && name->symbol != nullptr) {
    for (Frame* frame = frame_; frame != nullptr; frame = frame->outer) {
      if (const auto found = frame->instances.find(name->symbol); found != frame->instances.end()) {
        return found->second;
      }
    }
  }
  return tree_.evaluate(frame_ == nullptr ? nullptr : frame_->instance, expression).instance;
}

uint32_t Lowerer::width_of(const p4::Type* type) {
  type = p4::underlying(type_of(type));
  switch (type->kind) {
    case p4::TypeKind::Bool: return 1;
    case p4::TypeKind::Bit:
    case p4::TypeKind::SignedInt:
    case p4::TypeKind::Varbit: return type->width;
    case p4::TypeKind::Error: return Program::error_width;
    case p4::TypeKind::Enum: return Program::enum_width;
    default: return 0;
  }
}

bool Lowerer::is_signed(const p4::Type* type) {
  type = p4::underlying(type);
  return type->kind == p4::TypeKind::SignedInt || type->kind == p4::TypeKind::Int;
}

bool Lowerer::is_scalar(const p4::Type* type) {
  type = p4::underlying(type_of(type));
  return type->kind == p4::TypeKind::Bool || (type->is_fixed_integer() && type->width != 0) ||
         type->kind == p4::TypeKind::Error || type->kind == p4::TypeKind::Enum;
}

bool Lowerer::has_no_bits(const p4::Type* type) {
  if (type == nullptr) {
    return false;
  }
  type = p4::underlying(type_of(type));
  return type->is_fixed_integer() && type->width == 0;
}

const Expression* Lowerer::widened(const Expression* value, uint32_t width) {
  return value->width >= width ? value : program_.expression<Concatenate>(constant(width - value->width, 0), value);
}

const Expression* Lowerer::constant(uint32_t width, uint64_t value) {
  return program_.expression<Constant>(Bits(width, value));
}

const Expression* Lowerer::constant(const p4::Type* type, const p4::Integer& value) {
  return program_.expression<Constant>(Bits::from_integer(width_of(type), value));
}

const Expression* Lowerer::read_variable(VariableId variable) {
  return program_.expression<Read>(variable, program_.at(variable).width);
}

const Expression* Lowerer::all_of(const Expression* a, const Expression* b) {
  if (a == nullptr || b == nullptr) {
    return a == nullptr ? b : a;
  }
  return program_.expression<Binary>(BinaryOp::And, a, b);
}

const Expression* Lowerer::not_of(const Expression* a) { return program_.expression<Unary>(UnaryOp::Not, a); }

std::string Lowerer::fresh_name(const std::string& what) {
  const std::string prefix = frame_ == nullptr || frame_->prefix.empty() ? what : frame_->prefix + "." + what;
  const uint32_t count = names_used_[prefix]++;
  return count == 0 ? prefix : prefix + "#" + std::to_string(count);
}

std::string Lowerer::fresh_callable_name(const std::string& name) {
  const uint32_t count = names_used_[name]++;
  return count == 0 ? name : name + "#" + std::to_string(count);
}

VariableId Lowerer::temporary(uint32_t width, const std::string& what) {
  return program_.add_variable(fresh_name("$" + what), width);
}

void Lowerer::add(Statement* statement) {
  statement->where = where_;
  out_->push_back(statement);
}

void Lowerer::set(VariableId variable, const Expression* value) { add(program_.statement<Assign>(variable, value)); }

void Lowerer::refuse(p4::SourceRange where, std::string what, std::string remedy) {
  is_refused_ = true;
  compilation_.diagnostics.error(where, std::move(what), std::move(remedy));
}

bool Lowerer::is_over() {
  if (!is_refused_ && program_.node_count() > program_nodes_max) {
    refuse(where_, "the program becomes too large where everything in it is unfolded",
           "use fewer instances inside one another, or smaller header stacks");
  }
  return is_refused_ || !compilation_.is_good();
}

}  // namespace outrigger::p4_ir
