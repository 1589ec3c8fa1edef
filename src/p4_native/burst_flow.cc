// BurstFlow: sets of stages forwards, what may follow backwards, until nothing changes. Each round makes more packets
// go alone or slow, never fewer.
#include "p4_native/burst_flow.h"

#include <algorithm>

#include "p4_native/limits.h"

namespace outrigger::p4_native {

namespace {

using Kind = BurstNode::Kind;

// True when something is new.
bool add_all(std::vector<bool>& to, const std::vector<bool>& from) {
  bool is_new = false;
  for (size_t i = 0; i < from.size(); ++i) {
    if (from[i] && !to[i]) {
      to[i] = true;
      is_new = true;
    }
  }
  return is_new;
}

}  // namespace

BurstFlow::BurstFlow(const p4_ir::Program& program, const BurstShape& shape)
    : program_(program), shape_(shape), graph_(make_burst_graph(program, shape)), tables_(program.tables.size()) {
  for (const BurstNode& node : graph_.nodes) {
    if (node.kind == Kind::Ordered && (node.is_in_parser || is_too_large())) {
      slow_.insert(node.statement);
    }
  }
  const bool is_ordered =
      std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const BurstNode& node) { return is_worked_on(node); });
  order_.turns_slow_late = is_ordered && std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [](const auto& node) {
                             return node.kind == Kind::Again;  // all go one by one then
                           });
  for (bool is_changed = is_ordered; is_changed;) {
    do {
      find_stages();
      find_tables_after();
    } while (find_alone());
    find_ahead();
    is_changed = find_slow();
  }
  order_.is_ordered =
      std::any_of(graph_.nodes.begin(), graph_.nodes.end(), [&](const BurstNode& node) { return is_worked_on(node); });
  if (order_.is_ordered) {
    find_waits();
  }
  order_tables();
}

bool BurstFlow::is_too_large() const {
  return !graph_.is_whole || tables_ > flow_tables_max || graph_.nodes.size() * (tables_ + 2) > flow_stages_max;
}

bool BurstFlow::is_slow_node(const BurstNode& node) const {
  return node.kind == Kind::Slow || (node.kind == Kind::Ordered && slow_.contains(node.statement));
}

bool BurstFlow::is_worked_on(const BurstNode& node) const {
  return node.kind == Kind::Ordered && !slow_.contains(node.statement);
}

bool BurstFlow::goes_alone(const BurstNode& node) const {
  return is_worked_on(node) &&
         std::any_of(node.objects.begin(), node.objects.end(), [&](p4_ir::ExternId id) { return alone_.contains(id); });
}

BurstFlow::Stages BurstFlow::stages_after(uint32_t number) const {
  const BurstNode& node = graph_.nodes[number];
  const size_t alone = tables_ + 1;
  if (node.kind == Kind::Apply) {
    Stages after(tables_ + 2);
    const Stages& before = stages_[number];
    after[node.table] = std::any_of(before.begin(), before.end() - 1, [](bool is_there) { return is_there; });
    after[alone] = before[alone];
    return after;
  }
  if (goes_alone(node)) {
    Stages after(tables_ + 2);
    after[alone] = true;
    return after;
  }
  return stages_[number];
}

void BurstFlow::find_stages() {
  stages_.assign(graph_.nodes.size(), {});
  stages_[0].assign(tables_ + 2, false);
  stages_[0][tables_] = true;
  for (bool is_changed = true; is_changed;) {
    is_changed = false;
    for (uint32_t number = 0; number < graph_.nodes.size(); ++number) {
      if (stages_[number].empty()) {
        continue;
      }
      const Stages after = stages_after(number);
      for (const uint32_t next : graph_.nodes[number].next) {
        const bool is_first = stages_[next].empty();
        stages_[next].resize(tables_ + 2);
        is_changed = add_all(stages_[next], after) || is_first || is_changed;
      }
    }
  }
}

void BurstFlow::find_tables_after() {
  tables_after_.assign(tables_, Stages(tables_));
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    for (size_t from = 0; graph_.nodes[i].kind == Kind::Apply && !stages_[i].empty() && from < tables_; ++from) {
      if (stages_[i][from]) {
        tables_after_[from][graph_.nodes[i].table] = true;
      }
    }
  }
  for (size_t through = 0; through < tables_; ++through) {  // Warshall
    for (size_t from = 0; from < tables_; ++from) {
      if (tables_after_[from][through] && from != through) {
        add_all(tables_after_[from], tables_after_[through]);
      }
    }
  }
}

// Objects that packets come to at several stages, or at one to which they come back. True when there are more.
bool BurstFlow::find_alone() {
  std::map<p4_ir::ExternId, Stages> stages;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (is_worked_on(graph_.nodes[i]) && !stages_[i].empty()) {
      for (const p4_ir::ExternId id : graph_.nodes[i].objects) {
        stages[id].resize(tables_ + 2);
        add_all(stages[id], stages_[i]);
      }
    }
  }
  const size_t before = alone_.size();
  for (const auto& [id, of] : stages) {
    const auto count = std::count(of.begin(), of.end(), true);
    const auto only = static_cast<size_t>(std::find(of.begin(), of.end(), true) - of.begin());
    const bool comes_back = only < tables_ && tables_after_[only][only];
    if (order_.turns_slow_late || count > 1 || only > tables_ || comes_back) {
      alone_.insert(id);
    }
  }
  for (const BurstNode& node : graph_.nodes) {
    if (goes_alone(node)) {
      alone_.insert(node.objects.begin(), node.objects.end());
    }
  }
  return alone_.size() != before;
}

// Of what follows and the node itself.
BurstFlow::Ahead BurstFlow::ahead_of(uint32_t number) const {
  const BurstNode& node = graph_.nodes[number];
  Ahead ahead = behind_[number];
  if (is_slow_node(node)) {
    ahead.turns_slow = true;
    ahead.turns_slow_alone = true;
  }
  ahead.turns_slow = ahead.turns_slow || node.kind == Kind::Again;
  if (goes_alone(node)) {
    ahead.turns_slow = order_.turns_slow_late || ahead.turns_slow_alone;
  }
  ahead.touches = ahead.touches || is_worked_on(node);
  return ahead;
}

void BurstFlow::find_ahead() {
  behind_.assign(graph_.nodes.size(), {});
  for (bool is_changed = true; is_changed;) {
    is_changed = false;
    for (size_t i = graph_.nodes.size(); i-- > 0;) {
      Ahead all = behind_[i];
      for (const uint32_t next : graph_.nodes[i].next) {
        all.add(ahead_of(next));
      }
      if (!(all == behind_[i])) {
        behind_[i] = all;
        is_changed = true;
      }
    }
  }
}

// Not at once, and what the engine does then touches what packets behind it may touch first.
bool BurstFlow::turns_slow_late(uint32_t number, const std::set<p4_ir::ExternId>& worked_on) const {
  const BurstNode& node = graph_.nodes[number];
  const Stages& stages = stages_[number];
  const bool comes_again = node.kind == Kind::Again;
  if ((!is_slow_node(node) && !comes_again) || stages.empty()) {
    return false;
  }
  const bool is_late = std::count(stages.begin(), stages.end(), true) > 1 || !stages[tables_];
  const bool touches =
      behind_[number].touches || ((comes_again || shape_.slow_comes_again) && !worked_on.empty()) ||
      std::any_of(node.objects.begin(), node.objects.end(), [&](p4_ir::ExternId id) { return worked_on.contains(id); });
  return is_late && touches;
}

// What must make packets slow, and whether they turn slow late. True when something is new.
bool BurstFlow::find_slow() {
  const size_t slow_before = slow_.size();
  const bool late_before = order_.turns_slow_late;
  std::set<p4_ir::ExternId> worked_on;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const BurstNode& node = graph_.nodes[i];
    if (!is_worked_on(node) || stages_[i].empty()) {
      continue;
    }
    const bool is_alone = goes_alone(node);
    if (behind_[i].turns_slow_alone || (!is_alone && behind_[i].turns_slow)) {
      slow_.insert(node.statement);
    } else {
      worked_on.insert(node.objects.begin(), node.objects.end());
    }
  }
  for (uint32_t i = 0; i < graph_.nodes.size(); ++i) {
    order_.turns_slow_late = order_.turns_slow_late || turns_slow_late(i, worked_on);
  }
  return slow_.size() != slow_before || order_.turns_slow_late != late_before;
}

void BurstFlow::find_waits() {
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    const BurstNode& node = graph_.nodes[i];
    const bool may_go_with_others = !stages_[i].empty() && std::any_of(stages_[i].begin(), stages_[i].end() - 1,
                                                                       [](bool is_there) { return is_there; });
    if (goes_alone(node) && may_go_with_others) {
      waits_.insert(node.statement);
      order_.has_one_by_one = true;
    }
  }
}

// A table that packets pass before others has fewer before it; tables of a circle are as good in any order.
void BurstFlow::order_tables() {
  std::vector<size_t> before(tables_);
  for (size_t table = 0; table < tables_; ++table) {
    order_.tables.push_back(static_cast<uint32_t>(table));
    for (size_t from = 0; order_.is_ordered && from < tables_; ++from) {
      before[table] += from == table || tables_after_[from][table] ? 1 : 0;
    }
    order_.has_circle = order_.has_circle || (order_.is_ordered && tables_after_[table][table]);
  }
  std::sort(order_.tables.begin(), order_.tables.end(),
            [&](uint32_t a, uint32_t b) { return before[a] != before[b] ? before[a] < before[b] : a < b; });
}

// In order, as often as they are.
std::vector<p4_ir::HeaderId> BurstFlow::emitted_by(const BurstStep& step) const {
  std::vector<p4_ir::HeaderId> emitted;
  for (const p4_ir::Statement* statement : program_.at(*step.block->procedure).body) {
    if (const auto* emit = p4_ir::as<p4_ir::Emit>(statement)) {
      emitted.push_back(emit->header);
    }
  }
  return emitted;
}

// What extracts do not account for: headers that are made valid otherwise, and those that are emitted twice.
uint64_t BurstFlow::growth_bytes() const {
  uint64_t bits = 0;
  for (const BurstStep& step : shape_.steps) {
    if (!step.parses_again && &step != &shape_.steps.back()) {
      continue;
    }
    std::set<p4_ir::HeaderId> emitted;
    for (const p4_ir::HeaderId id : emitted_by(step)) {
      const p4_ir::Header& header = program_.at(id);
      const bool is_again = !emitted.insert(id).second;
      bits += is_again || graph_.made_valid.contains(header.valid) ? header.width_fixed : 0;
    }
  }
  return (bits + 7) / 8;
}

uint64_t BurstFlow::longer_between_bytes() const {
  uint64_t bits = 0;
  for (const BurstStep& step : shape_.steps) {
    for (const p4_ir::HeaderId id : step.parses_again ? emitted_by(step) : std::vector<p4_ir::HeaderId>()) {
      bits += program_.at(id).width_fixed;
    }
  }
  return (bits + 7) / 8;
}

}  // namespace outrigger::p4_native
