// The tree of instances (P4-16 §18.2 "evaluation"): what `main` is made of, each parser, control and extern with the
// arguments of its constructor and the name by which the control plane knows it (§18.3.2). P4Info and the lowering both
// start from here.
//
// Made from a checked program. Instances of externs at the top level and those that nobody reaches from `main` are in
// the tree too where they are declared at the top level (roots).
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "p4/ast/program.h"
#include "p4/diagnostics.h"
#include "p4/value.h"

namespace outrigger::p4 {

struct Instance;

// What a constructor's parameter was given: exactly one of the two; neither where an optional one was left out.
struct InstanceArgument {
  const Parameter* parameter = nullptr;
  const Value* value = nullptr;
  Instance* instance = nullptr;
};

struct Instance {
  const Declaration* of = nullptr;  // ParserDeclaration, ControlDeclaration, ExternDeclaration, PackageDeclaration
  const Type* type = nullptr;       // with its type arguments
  // What made it: an InstantiationDeclaration, a ConstructExpression, or the CallExpression of a direct application.
  const Node* made_by = nullptr;
  const InstantiationDeclaration* declaration = nullptr;  // made_by where it is one: abstract methods, annotations
  std::vector<Annotation*> annotations;
  std::string local_name;  // as written, or what stands for it; for the architecture's parsers and controls the type's
  std::string name;        // for the control plane: the parents' and its own, joined by dots; @name is followed
  bool is_hidden = false;  // @hidden
  Instance* parent = nullptr;
  std::vector<InstanceArgument> arguments;
  std::vector<Instance*> children;             // in the order of the text
  std::map<const Node*, Instance*> made_here;  // the same by made_by

  [[nodiscard]] const InstanceArgument* argument(const Declaration* parameter) const;
};

// What a known expression is inside an instance: a value, or another instance. Both null: it is not known (a bug of the
// checker's).
struct Evaluated {
  const Value* value = nullptr;
  Instance* instance = nullptr;
};

class InstanceTree {
 public:
  // Builds all of it. Faults (too many instances, an evaluation that fails, as a division by zero) go to the
  // diagnostics.
  InstanceTree(const Program& program, TypeTable& types, ValueTable& values, Diagnostics& diagnostics);
  InstanceTree(const InstanceTree&) = delete;
  InstanceTree& operator=(const InstanceTree&) = delete;

  [[nodiscard]] const std::vector<Instance*>& roots() const noexcept { return roots_; }  // in the order of the text
  [[nodiscard]] Instance* main() const noexcept { return main_; }                        // null without a `main`
  // The instance that this one's code means by a declaration or expression: its own, its parents' constructor arguments
  // or the top level's. Null when there is none.
  [[nodiscard]] Instance* find(const Instance* inside, const Node* made_by) const;
  // The value of a known expression as seen inside an instance (null: the top level), of its `converted` type.
  Evaluated evaluate(const Instance* inside, const Expression& expression);
  // What a type that is written inside a generic parser or control means in one instance of it (null: the top level).
  [[nodiscard]] const Type* type_inside(const Instance* inside, const Type* type) const;
  // The name that a table, action or value set declared inside an instance has for the control plane.
  static std::string control_name(const Instance* inside, const Declaration& declaration);

 private:
  Instance* make(const Node* made_by, const Declaration* of, const Type* type, Instance* parent);
  void fill_arguments(Instance& instance, const Binding& binding);
  Evaluated evaluate_raw(const Instance* inside, const Expression& expression);
  Evaluated evaluate_composite(const Instance* inside, const Expression& expression);
  Evaluated evaluate_operator(const Instance* inside, const Expression& expression);
  Evaluated evaluate_name(const Instance* inside, const NameExpression& expression);
  Evaluated evaluate_member(const Instance* inside, const MemberExpression& expression);
  Evaluated convert(const Value* value, const Type* to, SourceRange where);
  Evaluated folded(Folded result, SourceRange where);
  Instance* construct(const ConstructExpression& expression, Instance* inside, std::string local_name);
  void instantiate(const InstantiationDeclaration& declaration, Instance* inside);
  void fill_children(Instance& instance);
  void fill_from_table(Instance& instance, const TableDeclaration& table);
  void apply_directly(Instance& instance, const CallExpression& call);
  void name(Instance& instance);

  const Program& program_;
  TypeTable& types_;
  ValueTable& values_;
  Diagnostics& diagnostics_;
  std::deque<Instance> instances_;
  std::vector<Instance*> roots_;
  std::map<const Node*, Instance*> at_top_;
  Instance* main_ = nullptr;
  uint32_t depth_ = 0;
  bool is_full_ = false;
};

// The string of @name("…"), without quotes; empty when there is none.
std::string name_annotation(std::span<Annotation* const> annotations);
bool has_annotation(std::span<Annotation* const> annotations, std::string_view name);
const Annotation* find_annotation(std::span<Annotation* const> annotations, std::string_view name);

}  // namespace outrigger::p4
