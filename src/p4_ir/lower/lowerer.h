// The lowering's one object. Each file of this folder has the functions of its noun.
//
// A parser or control instance, a function (with its type arguments) and an action have one Frame or share their
// instance's: the places of all that is declared in them. Code is added to `out_`, the statements being made. An
// expression that calls something adds statements for it; what was read before it and could change by it is put aside
// first (spill).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "p4/front.h"
#include "p4_ir/lower/place.h"

namespace outrigger::p4_ir {

class Lowerer {
 public:
  Lowerer(p4::Compilation& compilation, Program& program);
  // False after an error, which is in the diagnostics.
  bool run();

 private:
  // An extern that is a parameter and is given several: which one, by its ExternId.
  struct ExternChoice {
    std::vector<p4::Instance*> possible;
    VariableId which{};
  };
  struct Frame {
    p4::Instance* instance = nullptr;  // whose code it is; null: a top-level function or action
    std::string prefix;                // of its variables' names
    std::unordered_map<const p4::Declaration*, Place*> places;
    std::unordered_map<const p4::Declaration*, p4::Instance*> instances;  // parameters of extern types
    std::unordered_map<const p4::Declaration*, ExternChoice> choices;     // … that are given several
    p4::Substitution substitution;                                        // of a generic function's type parameters
    Frame* outer = nullptr;   // of an action or function inside a control: the control's
    Place* result = nullptr;  // a function's
    std::unordered_set<const p4::Declaration*> by_reference;  // parameters that are the caller's variables
  };
  struct Callable {
    ProcedureId procedure{};
    Frame* frame = nullptr;
    std::span<p4::Parameter* const> parameters;
    bool is_being_made = false;
  };
  struct TableState {
    TableId id{};
    std::map<const p4::TableAction*, uint32_t> numbers;  // of actions
    bool may_exit = false;
    std::vector<std::optional<VariableId>> key_variables;  // of keys whose expressions have effects
  };

  // ---- blocks.cc: the package's arguments, parsers and controls as wholes
  void lower_main();
  void lower_package(const p4::Instance& package, const std::string& prefix);
  void lower_block(const p4::InstanceArgument& argument, const std::string& role, uint32_t position,
                   const p4::Instance& package);
  using Places = std::unordered_map<const p4::Declaration*, Place*>;
  // `given`: parameters that are places of the caller's, for an instance that is met here first.
  Frame* frame_of(p4::Instance* instance, const Places& given = {});
  ProcedureId control_procedure(p4::Instance* instance);
  ParserId parser_of(p4::Instance* instance);
  void lower_locals(std::span<p4::Declaration* const> locals);
  p4::Instance* given_by_architecture(const p4::Parameter& parameter, const std::string& role);
  Place* block_place(const std::string& role_name, const p4::Parameter& parameter, const std::string& canonical);
  void add_errors_and_enums();
  void refuse_endless();
  // field_lists.cc
  void add_field_lists(const Place& place);
  [[nodiscard]] std::optional<uint32_t> annotation_number(std::span<const p4::Annotation::Token> item) const;
  std::vector<uint32_t> annotation_numbers(const p4::Annotation& annotation);

  // ---- parsers.cc
  void lower_state(const p4::ParserDeclaration& parser, const p4::ParserState& state, ParserState& into);
  void lower_select(const p4::ParserDeclaration& parser, const p4::Transition& transition, ParserState& into);
  void lower_select_case(const p4::SelectCase& one, std::span<const Operand> selected, SelectCase& into);
  void flatten_keyset(const p4::Expression& keyset, const Operand& selected, std::vector<Keyset>& into);
  static uint32_t state_number(const p4::ParserDeclaration& parser, const p4::ParserState* target,
                               const std::string& name);
  ValueSetId value_set_of(const p4::ValueSetDeclaration& declaration);

  // ---- tables.cc, table_entries.cc
  TableState& table_of(const p4::TableDeclaration& table);
  void lower_key(const p4::TableDeclaration& table, size_t index, TableState& state);
  void keep_keys_before_effects(TableState& state);
  void lower_table_actions(const p4::TableDeclaration& table, TableState& state);
  uint32_t chosen_action(const p4::TableDeclaration::DefaultAction& chosen, const TableState& state,
                         std::vector<TableAction>& actions);
  TableAction table_action(const p4::ActionDeclaration& action, const p4::TableAction* listed);
  std::optional<Bits> known_bits(const p4::Expression& expression, uint32_t width);
  void lower_table_properties(const p4::TableDeclaration& table, TableState& state);
  void lower_table_entries(const p4::TableDeclaration& table, TableState& state);
  bool lower_entry_key(const p4::Expression& keyset, const TableKey& key, EntryKey& into);
  static bool is_empty_set(const TableEntry& entry, std::span<const TableKey> keys);
  bool set_annotated_priorities(const p4::TableDeclaration& table, Table& into);  // false: there are none
  void set_priorities(const p4::TableDeclaration& table, Table& into);
  ActionCall action_call(const p4::Binding& binding, uint32_t number, const TableAction& action);
  std::optional<int64_t> known_number(const p4::Expression* expression);
  Operand lower_table_apply(const p4::CallExpression& call, VariableId* hit, VariableId* action_run);

  // ---- statements.cc, loops.cc
  void lower(const p4::Statement& statement);
  void lower_all(std::span<p4::Statement* const> statements);
  void lower_assignment(const p4::AssignmentStatement& statement);
  void lower_conditional(const p4::ConditionalStatement& statement);
  void lower_switch(const p4::SwitchStatement& statement);
  void lower_return(const p4::ReturnStatement& statement);
  void lower_exit();
  void lower_local(const p4::Declaration& declaration);
  void break_unless(const Expression* condition);
  LValue loop_variable(const p4::ForInStatement& statement);
  void lower_for(const p4::ForStatement& statement);
  void lower_for_in(const p4::ForInStatement& statement);
  void lower_for_in_range(const p4::ForInStatement& statement, const p4::BinaryExpression& range);
  void lower_for_in_elements(const p4::ForInStatement& statement);

  // ---- expressions.cc, operators.cc, conversions.cc
  // Of the expression's `converted` type.
  Operand lower(const p4::Expression& expression);
  Operand lower_raw(const p4::Expression& expression);  // of its `type`
  const Expression* lower_scalar(const p4::Expression& expression);
  Operand lower_unary(const p4::UnaryExpression& expression);
  Operand lower_binary(const p4::BinaryExpression& expression);
  // left op right, for all operators but && and ||.
  Operand apply_operator(p4::BinaryOperator op, Operand left, Operand right, p4::SourceRange where);
  Operand apply_without_bits(p4::BinaryOperator op, Operand left, Operand right);
  Operand lower_logical(const p4::BinaryExpression& expression);
  Operand lower_choice(const p4::ConditionalExpression& expression);
  Operand lower_member(const p4::MemberExpression& expression);
  Operand lower_index(const p4::IndexExpression& expression);
  Operand lower_parts(const p4::Expression& expression);
  void add_defaults(Operand& list, const p4::Type& plain);
  Operand lower_slice(const p4::SliceExpression& expression);
  Operand lower_moving_slice(const p4::SliceExpression& expression);
  const Expression* equal(const Operand& left, const Operand& right);
  const Expression* equal_varbits(VariableId left, VariableId right);
  Operand choose(const Expression* condition, const Operand& if_true, const Operand& if_false);
  Operand convert(Operand operand, const p4::Type* to);
  const Expression* convert_scalar(const Operand& operand, const p4::Type* to);
  Operand convert_composite(Operand operand, const p4::Type* to);
  Operand operand_of(const p4::Value& value);
  Operand default_operand(const p4::Type* type);
  // Operands of one operation from left to right: what a later one's effects could change is spilled.
  std::vector<Operand> lower_in_order(std::span<const p4::Expression* const> expressions);
  bool has_effects(const p4::Expression& expression);

  // ---- l_values.cc, places.cc
  LValue lower_l_value(const p4::Expression& expression);
  bool is_path(const p4::Expression& expression);  // has a place, as a whole or by a run-time index
  LValue l_value_of(Place& place);
  LValue member_of(const LValue& base, const std::string& member);
  LValue element_of(const LValue& base, const Expression* index);
  LValue stack_next(const p4::MemberExpression& expression);
  Operand read(const LValue& from);
  Operand read(const Place& place);
  void assign(const LValue& to, const Operand& from);
  void assign(Place& to, const Operand& from);  // `from` reads nothing that is assigned
  void assign_scalar(const LValue& to, const Expression* from);
  const Expression* moved_into(const Expression* whole, const LValue& to, const Expression* from);
  LValue lower_slice_l_value(const p4::SliceExpression& slice);
  void after_valid(Place& header, const Expression* valid);  // a union has one valid header at most
  void push_front(Place& stack, uint32_t count);
  void pop_front(Place& stack, uint32_t count);
  Place* allocate(const p4::Type* type, const std::string& name);
  uint64_t scalars_in(const p4::Type* type);  // of structs, tuples and stacks all; without a limit
  Place* allocate_header(const p4::Type* type, const std::string& name);
  void reset(Place& place);  // headers invalid, all else zero
  Operand spill(Operand operand);
  bool reads_of(const Operand& operand, const Place& place);
  void for_alternatives(const LValue& to, const std::function<void(Place&)>& act);

  // ---- by_reference.cc
  Places places_by_reference(const p4::Binding& binding, const p4::Instance& instance);
  Place* whole_place(const p4::Expression& expression);

  // ---- applications.cc
  void collect_applications(p4::Instance* block);
  bool add_extern_arguments(const p4::CallExpression& call, const p4::Instance& inside, p4::Instance* callee);
  void add_extern_parameters(Frame& frame, std::span<p4::Parameter* const> parameters);
  const ExternChoice* extern_choice(const p4::Expression& expression);
  void choose_externs(const p4::Binding& binding, const Frame& callee);
  void add_chosen(CallExtern* call, const ExternChoice& choice);

  // ---- calls.cc, externs.cc, packets.cc
  Operand lower_call(const p4::CallExpression& call);
  void clear_unless_valid(const Place& header);
  Operand lower_built_in(const p4::CallExpression& call);
  Operand lower_apply(const p4::CallExpression& call);
  Operand lower_function(const p4::CallExpression& call);
  static std::vector<p4::BoundArgument> in_written_order(std::vector<p4::BoundArgument> arguments);
  static p4::Binding binding_to(std::span<p4::Parameter* const> parameters, p4::Binding binding);
  static std::span<p4::Parameter* const> parameters_of(const p4::Declaration& block);
  // `invoke` adds the call and says whether it may exit.
  Operand lower_procedure_call(const p4::Binding& binding, Frame& callee, const std::function<bool()>& invoke);
  Callable* abstract_callable(const p4::CallExpression& call, const p4::MethodDeclaration& method);
  std::string fresh_callable_name(const std::string& name);
  Callable& function_callable(const p4::FunctionDeclaration& function, const p4::Binding& binding, Frame* outer);
  Callable& action_callable(const p4::ActionDeclaration& action);
  void make_procedure(Callable& callable, const std::string& name, const p4::BlockStatement& body);
  Operand lower_extern(const p4::CallExpression& call);
  Operand lower_packet_method(const p4::CallExpression& call, const std::string& object, const std::string& method);
  Operand lower_extract(const p4::CallExpression& call);
  void verify_whole_bytes(const Expression* bits);
  Operand lower_lookahead(const p4::CallExpression& call);
  void become_valid(const Place& place);
  void emit_place(const Place& place);
  ExternArgument extern_argument(const p4::BoundArgument& bound, bool is_followed,
                                 std::vector<std::pair<LValue, Place*>>& copy_out);
  void add_parts(ExternArgument& argument, const Operand& operand, const std::string& name);
  void add_result_parts(ExternArgument& argument, Place& place, const std::string& name);
  ExternId extern_of(p4::Instance* instance);
  ConstantArgument constant_of(const p4::Value& value);
  ConstantArgument constant_argument(const p4::InstanceArgument& argument);
  void exit_if_exited();
  void fill_extern_methods();

  // ---- lowerer.cc: small things
  const p4::Type* type_of(const p4::Type* type);  // generic functions' variables replaced
  Place* place_of(const p4::Declaration& declaration);
  p4::Instance* instance_of(const p4::Expression& expression);
  uint32_t width_of(const p4::Type* type);
  static bool is_signed(const p4::Type* type);
  bool is_scalar(const p4::Type* type);
  // bit<0> and int<0> (§7.1.6.2): there is nothing to hold, so that their places and operands are like empty structs'.
  bool has_no_bits(const p4::Type* type);
  const Expression* constant(uint32_t width, uint64_t value);
  const Expression* widened(const Expression* value, uint32_t width);  // zeros before it
  const Expression* constant(const p4::Type* type, const p4::Integer& value);
  const Expression* read_variable(VariableId variable);
  const Expression* all_of(const Expression* a, const Expression* b);  // either may be null: true
  const Expression* not_of(const Expression* a);
  std::string fresh_name(const std::string& what);
  VariableId temporary(uint32_t width, const std::string& what);
  void add(Statement* statement);
  void set(VariableId variable, const Expression* value);
  void refuse(p4::SourceRange where, std::string what, std::string remedy = {});
  bool is_over();  // an error was said, or the program has become too large

  // `act` makes a body of its own: what is being made now waits.
  template <typename Act>
  void in_own_context(Frame* frame, Act&& act) {
    Frame* const frame_before = std::exchange(frame_, frame);
    const bool exit_before = std::exchange(may_exit_, false);
    const bool parser_before = std::exchange(in_parser_, false);
    const p4::SourceRange where_before = where_;
    act();
    frame_ = frame_before;
    may_exit_ = exit_before;
    in_parser_ = parser_before;
    where_ = where_before;
  }
  // Statements made by `act` instead of in out_.
  template <typename Act>
  Statements statements_of(Act&& act) {
    Statements made;
    Statements* const before = std::exchange(out_, &made);
    act();
    out_ = before;
    return made;
  }

  p4::Compilation& compilation_;
  p4::InstanceTree tree_;
  Program& program_;
  std::deque<Place> places_;
  std::deque<Frame> frames_;
  std::deque<p4::Instance> given_instances_;  // by the architecture: externs that are parameters of blocks
  std::map<const p4::Instance*, Frame*> instance_frames_;
  std::map<const p4::Instance*, ProcedureId> controls_;
  std::map<const p4::Instance*, ParserId> parsers_;
  std::map<const p4::Instance*, ExternId> externs_;
  std::map<const p4::Instance*, size_t> block_numbers_;  // in Program::blocks
  std::map<std::pair<const p4::Instance*, const p4::Declaration*>, TableState> tables_;
  std::map<std::pair<const p4::Instance*, const p4::Declaration*>, ValueSetId> value_sets_;
  // What it is local to, what it is, its type arguments, and the externs that it is given.
  using CallableKey =
      std::tuple<const p4::Instance*, const p4::Declaration*, std::vector<const p4::Type*>, std::vector<p4::Instance*>>;
  std::map<CallableKey, Callable> callables_;
  using Application = std::pair<const p4::Instance*, const p4::CallExpression*>;  // in whose code
  std::map<const p4::Instance*, std::set<Application>> applications_;
  std::map<std::pair<const p4::Instance*, const p4::Declaration*>, std::vector<p4::Instance*>> extern_arguments_;
  std::map<std::string, Place*> shared_places_;  // of blocks, by the architecture's name
  std::map<std::string, uint32_t> names_used_;
  std::unordered_map<const p4::Expression*, bool> effects_;
  std::unordered_map<const p4::Type*, uint64_t> scalars_in_;
  Statements* out_ = nullptr;
  Frame* frame_ = nullptr;
  uint32_t callable_depth_ = 0;  // functions that are being made inside one another
  bool may_exit_ = false;        // the procedure being made may
  bool in_parser_ = false;
  p4::SourceRange where_;  // of the statement being lowered
  bool is_refused_ = false;
};

}  // namespace outrigger::p4_ir
