// BurstGraph: a walk over the program, in which calls are followed as the writer inlines them.
#include "p4_native/burst_graph.h"

#include <algorithm>

#include "p4_native/limits.h"

namespace outrigger::p4_native {

using p4_ir::as;
using p4_ir::ParserState;
using p4_ir::Statement;
using p4_ir::Statements;

namespace {

// Can the expression have this value, which is not 0? A constant has another one; a narrower one that is made wider is
// too small.
bool may_be(const p4_ir::Expression& expression, uint32_t value) {
  if (const auto* constant = as<p4_ir::Constant>(&expression)) {
    return static_cast<uint32_t>(constant->value.low()) == value;
  }
  const auto* resize = as<p4_ir::Resize>(&expression);
  return resize == nullptr || resize->is_signed || resize->operand->width >= 32 || value >> resize->operand->width == 0;
}

class GraphMaker {
 public:
  GraphMaker(const p4_ir::Program& program, const BurstShape& shape) : program_(program), shape_(shape) {}
  BurstGraph make() {
    here_ = add(BurstNode::Kind::Plain);
    for (step_ = 0; step_ < shape_.steps.size(); ++step_) {
      write_step(shape_.steps[step_]);
    }
    return std::move(graph_);
  }

 private:
  static constexpr uint32_t nowhere = UINT32_MAX;
  struct Targets {
    uint32_t returns = nowhere;
    uint32_t rejects = nowhere;
    uint32_t breaks = nowhere;
    uint32_t continues = nowhere;
  };

  // A new node, which nothing leads to yet.
  uint32_t add(BurstNode::Kind kind) {
    BurstNode& made = graph_.nodes.emplace_back();
    made.kind = kind;
    graph_.is_whole = graph_.is_whole && graph_.nodes.size() <= flow_nodes_max;
    return static_cast<uint32_t>(graph_.nodes.size() - 1);
  }
  BurstNode& pass(BurstNode::Kind kind) {
    const uint32_t made = add(kind);
    lead(here_, made);
    here_ = made;
    return graph_.nodes[made];
  }
  void lead(uint32_t from, uint32_t to) {
    if (from != nowhere && to != nowhere) {
      graph_.nodes[from].next.push_back(to);
    }
  }
  void leave_to(uint32_t target) {
    lead(here_, target);
    here_ = nowhere;
  }
  void join(std::span<const uint32_t> ends) {
    const uint32_t after = add(BurstNode::Kind::Plain);
    for (const uint32_t end : ends) {
      lead(end, after);
    }
    here_ = std::all_of(ends.begin(), ends.end(), [](uint32_t end) { return end == nowhere; }) ? nowhere : after;
  }
  bool count() { return graph_.is_whole = graph_.is_whole && ++statements_ <= flow_nodes_max && depth_ <= depth_max; }

  void write_step(const BurstStep& step);
  void walk(const Statements& statements);
  void walk(const Statement& statement);
  void walk_procedure(p4_ir::ProcedureId procedure);
  void walk_parser(p4_ir::ParserId parser);
  void walk_states(const p4_ir::Parser& parser);
  void walk_if(const p4_ir::If& statement);
  void walk_switch(const p4_ir::Switch& statement);
  void walk_loop(const p4_ir::Loop& statement);
  void walk_apply(const p4_ir::ApplyTable& statement);
  void walk_call(const p4_ir::CallExtern& statement);
  void walk_assign(const p4_ir::Assign& statement);
  void walk_extract(const p4_ir::Extract& statement);
  void note_results(const p4_ir::CallExtern& statement);
  void add_count();
  [[nodiscard]] uint32_t state_target(uint32_t target, uint32_t first, size_t states) const;

  const p4_ir::Program& program_;
  const BurstShape& shape_;
  BurstGraph graph_;
  uint32_t here_ = 0;
  Targets targets_;
  size_t step_ = 0;
  uint32_t statements_ = 0;
  uint32_t depth_ = 0;
  uint32_t circles_ = 0;  // loops and parsers around
  uint32_t parsers_ = 0;
};

void GraphMaker::write_step(const BurstStep& step) {
  const uint32_t after = add(BurstNode::Kind::Plain);
  targets_ = {.returns = after, .rejects = step.drops_rejected ? nowhere : after};
  if (step.block->parser.has_value()) {
    walk_states(program_.at(*step.block->parser));
  } else {
    walk(program_.at(*step.block->procedure).body);
  }
  leave_to(after);
  here_ = after;
  if (step.block->parser.has_value() && graph_.may_leave_bytes) {
    pass(BurstNode::Kind::Slow);
  }
  for (const p4_ir::VariableId variable : step.slow_when_set) {
    if (graph_.set_otherwise.contains(variable)) {
      pass(BurstNode::Kind::Slow);
    }
  }
  if (step.port_from.has_value() && graph_.set_otherwise.contains(*step.port_from)) {
    graph_.sets_again_port = shape_.again_port.has_value();
  }
  if (step.port_from.has_value() && graph_.sets_again_port) {
    pass(BurstNode::Kind::Again);
  }
}

void GraphMaker::walk(const Statements& statements) {
  ++depth_;
  for (const Statement* statement : statements) {
    if (here_ == nowhere || !count()) {
      break;
    }
    walk(*statement);
  }
  --depth_;
}

void GraphMaker::walk(const Statement& statement) {
  using p4_ir::StatementKind;
  switch (statement.kind) {
    case StatementKind::Assign: return walk_assign(*as<p4_ir::Assign>(&statement));
    case StatementKind::If: return walk_if(*as<p4_ir::If>(&statement));
    case StatementKind::Switch: return walk_switch(*as<p4_ir::Switch>(&statement));
    case StatementKind::Loop: return walk_loop(*as<p4_ir::Loop>(&statement));
    case StatementKind::Break: return leave_to(targets_.breaks);
    case StatementKind::Continue: return leave_to(targets_.continues);
    case StatementKind::Return: return leave_to(targets_.returns);
    case StatementKind::Call: return walk_procedure(as<p4_ir::Call>(&statement)->procedure);
    case StatementKind::CallParser: return walk_parser(as<p4_ir::CallParser>(&statement)->parser);
    case StatementKind::ApplyTable: return walk_apply(*as<p4_ir::ApplyTable>(&statement));
    case StatementKind::CallExtern: return walk_call(*as<p4_ir::CallExtern>(&statement));
    case StatementKind::Extract: return walk_extract(*as<p4_ir::Extract>(&statement));
    case StatementKind::Advance: {
      const auto* by = as<p4_ir::Constant>(as<p4_ir::Advance>(&statement)->bits);
      graph_.may_leave_bytes = graph_.may_leave_bytes || by == nullptr || by->value.low() % 8 != 0;
      return lead(here_, targets_.rejects);
    }
    case StatementKind::Lookahead: {
      const auto* ahead = as<p4_ir::Lookahead>(&statement);
      graph_.set_otherwise.insert(ahead->variables.begin(), ahead->variables.end());
      pass(BurstNode::Kind::Slow);  // of bits that do not lie on bytes
      return lead(here_, targets_.rejects);
    }
    case StatementKind::Verify: return lead(here_, targets_.rejects);
    case StatementKind::Emit:
      if (!lies_on_bytes(program_, program_.at(as<p4_ir::Emit>(&statement)->header))) {
        pass(BurstNode::Kind::Slow);
      }
      return;
    case StatementKind::AssignVarbit: return;
  }
}

void GraphMaker::walk_procedure(p4_ir::ProcedureId procedure) {
  const Targets outer = targets_;
  const uint32_t after = add(BurstNode::Kind::Plain);
  targets_.returns = after;
  targets_.breaks = nowhere;
  targets_.continues = nowhere;
  walk(program_.at(procedure).body);
  leave_to(after);
  here_ = after;
  targets_ = outer;
}

void GraphMaker::walk_parser(p4_ir::ParserId parser) {
  const Targets outer = targets_;
  const uint32_t after = add(BurstNode::Kind::Plain);
  targets_.returns = after;
  ++depth_;
  if (count()) {
    walk_states(program_.at(parser));
  }
  --depth_;
  here_ = after;
  targets_ = outer;
}

uint32_t GraphMaker::state_target(uint32_t target, uint32_t first, size_t states) const {
  if (target == ParserState::Accept) {
    return targets_.returns;
  }
  return target < states ? first + target : targets_.rejects;
}

void GraphMaker::walk_states(const p4_ir::Parser& parser) {
  ++circles_;
  ++parsers_;
  walk(parser.prologue);
  const auto first = static_cast<uint32_t>(graph_.nodes.size());
  for (size_t i = 0; i < parser.states.size(); ++i) {
    add(BurstNode::Kind::Plain);
  }
  leave_to(state_target(parser.start, first, parser.states.size()));
  for (uint32_t i = 0; i < parser.states.size() && graph_.is_whole; ++i) {
    const ParserState& state = parser.states[i];
    here_ = first + i;
    walk(state.statements);
    const bool asks_set = std::any_of(state.cases.begin(), state.cases.end(), [](const p4_ir::SelectCase& one) {
      return one.value_set.has_value() || std::any_of(one.keysets.begin(), one.keysets.end(), [](const auto& keyset) {
               return keyset.kind == p4_ir::Keyset::Kind::InSet;
             });
    });
    if (asks_set && here_ != nowhere) {
      pass(BurstNode::Kind::Slow);
    }
    for (const p4_ir::SelectCase& one : state.cases) {
      lead(here_, state_target(one.target, first, parser.states.size()));
    }
    const bool is_direct = state.selected.empty() && state.cases.empty();
    leave_to(is_direct ? state_target(state.target, first, parser.states.size()) : targets_.rejects);
  }
  here_ = nowhere;
  --circles_;
  --parsers_;
}

void GraphMaker::walk_if(const p4_ir::If& statement) {
  const uint32_t before = here_;
  walk(statement.if_true);
  const uint32_t if_true = here_;
  here_ = before;
  walk(statement.if_false);
  const uint32_t ends[] = {if_true, here_};
  if (ends[0] != before || ends[1] != before) {
    join(ends);
  }
}

void GraphMaker::walk_switch(const p4_ir::Switch& statement) {
  const uint32_t before = here_;
  std::vector<uint32_t> ends;
  walk(statement.otherwise);
  ends.push_back(here_);
  for (const p4_ir::Switch::Case& one : statement.cases) {
    here_ = before;
    walk(one.body);
    ends.push_back(here_);
  }
  join(ends);
}

void GraphMaker::walk_loop(const p4_ir::Loop& statement) {
  const Targets outer = targets_;
  pass(BurstNode::Kind::Plain);
  const uint32_t head = here_;
  targets_.breaks = add(BurstNode::Kind::Plain);
  targets_.continues = add(BurstNode::Kind::Plain);
  const Targets inner = targets_;
  ++circles_;
  walk(statement.body);
  leave_to(inner.continues);
  here_ = inner.continues;
  walk(statement.update);
  leave_to(head);
  --circles_;
  targets_ = outer;
  here_ = inner.breaks;
}

// Hits work on direct meters before the action, and on direct counters.
void GraphMaker::walk_apply(const p4_ir::ApplyTable& statement) {
  const p4_ir::Table& table = program_.at(statement.table);
  if (!burst_key_bytes(program_, table).has_value()) {
    pass(BurstNode::Kind::Slow);
  }
  pass(BurstNode::Kind::Apply).table = index_of(statement.table);
  std::vector<p4_ir::ExternId> meters;
  for (const p4_ir::ExternId id : table.direct_externs) {
    if (shape_.counts_every_hit && is_direct_meter(program_, id)) {
      meters.push_back(id);
    } else if (shape_.counts_every_hit && is_direct_counter(program_, id)) {
      add_count();
    }
  }
  if (!meters.empty()) {
    BurstNode& node = pass(BurstNode::Kind::Ordered);
    node.statement = &statement;
    node.objects = std::move(meters);
  }
  const uint32_t before = here_;
  std::vector<uint32_t> ends;
  for (const p4_ir::TableAction& action : table.actions) {
    here_ = before;
    for (const p4_ir::ActionParameter& parameter : action.parameters) {
      graph_.set_otherwise.insert(parameter.variable);
      if (parameter.width > field_bits_inline_max) {
        pass(BurstNode::Kind::Slow);
      }
    }
    ++depth_;
    if (count()) {
      walk_procedure(action.body);
    }
    --depth_;
    ends.push_back(here_);
  }
  join(ends);
}

void GraphMaker::add_count() {
  ++graph_.counts;
  graph_.counts_in_circles = graph_.counts_in_circles || circles_ > 0;
  if (graph_.counts_in_circles || graph_.counts > counts_max) {
    pass(BurstNode::Kind::Slow);  // there may be no place for one more
  }
}

void GraphMaker::note_results(const p4_ir::CallExtern& statement) {
  const auto note = [&](const p4_ir::ExternArgument& argument) {
    using Kind = p4_ir::ExternArgument::Kind;
    if (argument.kind == Kind::Result || argument.kind == Kind::Both) {
      for (const p4_ir::ExternArgument::Part& part : argument.parts) {
        graph_.set_otherwise.insert(part.variable);
      }
    }
  };
  std::for_each(statement.arguments.begin(), statement.arguments.end(), note);
  note(statement.result);
}

void GraphMaker::walk_call(const p4_ir::CallExtern& statement) {
  if (statement.name == "packet_in.length") {
    return note_results(statement);
  }
  const BurstExtern* known = find_burst_extern(program_, shape_, statement);
  if (known == nullptr) {
    BurstNode& node = pass(BurstNode::Kind::Slow);
    if (statement.instance != p4_ir::ExternId::None) {
      node.objects = {statement.instance};
    }
    return note_results(statement);
  }
  if (known->kind != BurstExtern::Kind::Sets) {
    note_results(statement);
  } else {
    for (const auto& [variable, set_to] : values_set(program_, statement, *known)) {
      if (!set_to.is_zero()) {
        graph_.set_otherwise.insert(variable);
      }
    }
  }
  if (known->kind == BurstExtern::Kind::Count) {
    add_count();
  }
  if (is_ordered(known->kind)) {
    BurstNode& node = pass(BurstNode::Kind::Ordered);
    node.statement = &statement;
    node.objects = {statement.instance};
    node.is_in_parser = parsers_ > 0;
  }
  if (known->kind == BurstExtern::Kind::ReadRegister || known->kind == BurstExtern::Kind::WriteRegister) {
    uint32_t& bits = graph_.register_bits[statement.instance];
    bits = std::max(bits, register_call_bits(statement, *known));
  }
}

void GraphMaker::walk_assign(const p4_ir::Assign& statement) {
  const auto is_port = [&](const BurstStep& step) { return step.port_from == statement.variable; };
  if (shape_.again_port.has_value() && std::any_of(shape_.steps.begin(), shape_.steps.end(), is_port)) {
    graph_.sets_again_port = graph_.sets_again_port || may_be(*statement.value, *shape_.again_port);
  }
  if (assigns_zero(statement)) {
    return;
  }
  graph_.made_valid.insert(statement.variable);
  const auto last = last_step_slow_when_set(shape_, statement.variable);
  if (last.has_value() && step_ <= *last) {
    pass(BurstNode::Kind::Slow);
  }
}

void GraphMaker::walk_extract(const p4_ir::Extract& statement) {
  const p4_ir::Header& header = program_.at(statement.header);
  graph_.set_otherwise.insert(header.fields.begin(), header.fields.end());
  graph_.may_leave_bytes = graph_.may_leave_bytes || header.width_fixed % 8 != 0;
  const bool has_wide = std::any_of(header.fields.begin(), header.fields.end(), [&](p4_ir::VariableId field) {
    return program_.at(field).width > field_bits_inline_max;
  });
  if (statement.varbit_size != nullptr || has_wide || graph_.may_leave_bytes) {
    pass(BurstNode::Kind::Slow);
  }
  lead(here_, targets_.rejects);
}

}  // namespace

BurstGraph make_burst_graph(const p4_ir::Program& program, const BurstShape& shape) {
  return GraphMaker(program, shape).make();
}

std::optional<size_t> last_step_slow_when_set(const BurstShape& shape, p4_ir::VariableId variable) {
  std::optional<size_t> last;
  for (size_t i = 0; i < shape.steps.size(); ++i) {
    const auto& variables = shape.steps[i].slow_when_set;
    if (std::find(variables.begin(), variables.end(), variable) != variables.end()) {
      last = i;
    }
  }
  return last;
}

bool assigns_zero(const p4_ir::Assign& statement) {
  const auto* constant = as<p4_ir::Constant>(statement.value);
  return constant != nullptr && constant->value.is_zero();
}

}  // namespace outrigger::p4_native
