// Random programs: functions, actions, tables and controls.
#include <algorithm>

#include "random_program/generator.h"

namespace outrigger::p4_random {

using Kind = Type::Kind;

namespace {

std::string text_of(const std::vector<Parameter>& parameters) {
  std::string text;
  for (const Parameter& parameter : parameters) {
    text += text.empty() ? "" : ", ";
    text +=
        parameter.direction + (parameter.direction.empty() ? "" : " ") + parameter.type->name + " " + parameter.name;
  }
  return "(" + text + ")";
}

}  // namespace

void Generator::make_function(uint32_t number) {
  static const std::vector<std::string> directions = {"in", "in", "inout", "out"};
  Callable function;
  function.name = "function" + std::to_string(number);
  function.result = chance(4) ? nullptr : value_type();
  places_.clear();
  for (uint32_t i = 0, count = below(4); i < count; ++i) {
    const std::string direction = one_of(directions);
    function.parameters.push_back({direction, value_type(), "p" + std::to_string(i)});
    add_place(function.parameters.back().name, function.parameters.back().type, direction != "in");
  }
  add_place("LIMIT_BITS", bit(8), false);
  open((function.result == nullptr ? "void" : function.result->name) + " " + function.name +
       text_of(function.parameters));
  const std::string local = fresh("v");
  declare(local, scalar());
  in_function_ = true;
  result_ = function.result;
  block(1);
  if (result_ != nullptr) {
    line("return " + expression(result_) + ";");
  }
  result_ = nullptr;
  in_function_ = false;
  close();
  functions_.push_back(std::move(function));
}

void Generator::make_functions() {
  line("const int LIMIT = 17;");
  line("const bit<8> LIMIT_BITS = 3;");
  line("T same<T>(in T x) { return x; }");
  line("control Swap<T>(inout T x, inout T y) { T kept; apply { kept = x; x = y; y = kept; } }");
  line("control Turn<T>(inout T x, inout T y) { Swap<T>() swap; apply { Swap<T>.apply(x, y); swap.apply(x, y); } }");
  for (uint32_t i = 0; i < 4; ++i) {
    make_function(i);
  }
}

void Generator::make_action() {
  static const std::vector<std::string> directions = {"in", "inout", "out"};
  Callable action;
  action.name = fresh("action");
  const size_t in_scope = places_.size();
  const bool has_directions = chance(4);
  for (uint32_t i = 0, count = below(3); i < count; ++i) {
    action.parameters.push_back({has_directions ? one_of(directions) : "", scalar(), fresh("d")});
  }
  for (uint32_t i = 0, count = below(3); i < count; ++i) {
    action.parameters.push_back({"", scalar(), fresh("e")});
  }
  for (const Parameter& parameter : action.parameters) {
    add_place(parameter.name, parameter.type, parameter.direction.ends_with("out"));
  }
  open("action " + action.name + text_of(action.parameters));
  const bool before = in_control_;
  in_control_ = false;
  block(2);
  in_control_ = before;
  close();
  places_.resize(in_scope);
  actions_.push_back(std::move(action));
}

std::string Generator::entry_keyset(const std::string& kind, const Type* type, uint32_t number) {
  const std::string width = std::to_string(type->width);
  const uint64_t most = type->width >= 32 ? UINT32_MAX : (uint64_t{1} << type->width) - 1;
  const std::string value = std::to_string(number & most);
  if (kind != "exact" && chance(4)) {
    return "_";
  }
  if (kind == "ternary" && chance(2)) {
    return width + "w" + value + " &&& " + width + "w" + std::to_string(most);
  }
  if (kind == "lpm" && type->width <= 32) {
    const uint32_t length = below(type->width + 1);
    const uint64_t whole = (uint64_t{1} << type->width) - 1;
    const uint64_t mask = (whole << (type->width - length)) & whole;
    return std::to_string((uint64_t{number} << (type->width - 1)) & mask) + " &&& " + std::to_string(mask);
  }
  if (kind == "range") {
    const uint64_t end = std::min<uint64_t>(most, (number & most) + below(9));
    return value + " .. " + std::to_string(end);
  }
  return value;
}

void Generator::table_entries(const std::vector<Parameter>& keys, const Callable& action) {
  uint32_t count = 1 + below(5);
  for (const Parameter& key : keys) {
    count = key.type->width < 3 ? std::min(count, 1U << key.type->width) : count;
  }
  open(chance(4) ? "entries =" : "const entries =");
  for (uint32_t i = 0; i < count; ++i) {
    std::string keysets;
    for (const Parameter& key : keys) {
      keysets += keysets.empty() ? "" : ", ";
      keysets += entry_keyset(key.direction, key.type, i);
    }
    std::string arguments;
    for (const Parameter& parameter : action.parameters) {
      arguments += arguments.empty() ? "" : ", ";
      arguments += literal(parameter.type);
    }
    line("(" + keysets + ") : " + action.name + "(" + arguments + ");");
  }
  close();
}

void Generator::make_table() {
  static const std::vector<std::string> kinds = {"exact", "exact", "ternary", "lpm", "range", "optional"};
  const std::string name = fresh("table");
  open("table " + name);
  std::vector<Parameter> keys;  // the match kind as the direction
  bool has_lpm = false;
  for (uint32_t i = 0, count = below(4); i < count; ++i) {
    std::string kind = one_of(kinds);
    kind = kind == "lpm" && has_lpm ? "exact" : kind;
    has_lpm = has_lpm || kind == "lpm";
    keys.push_back({kind, bit(1 + below(40)), fresh("k")});
  }
  if (!keys.empty()) {
    open("key =");
    for (const Parameter& key : keys) {
      line(expression(key.type) + " : " + key.direction + " @name(\"" + key.name + "\");");
    }
    close();
  }
  std::vector<std::string> names = {"NoAction"};
  Callable usable{.name = "NoAction", .parameters = {}, .result = nullptr};
  open("actions =");
  line("NoAction;");
  for (const Callable& action : actions_) {
    const bool has_directions =
        std::ranges::any_of(action.parameters, [](const Parameter& p) { return !p.direction.empty(); });
    const bool has_places = std::ranges::all_of(action.parameters, [&](const Parameter& p) {
      return !p.direction.ends_with("out") || find_place(p.type, true) != nullptr;
    });
    if (!has_places || chance(3)) {
      continue;
    }
    line(has_directions ? action.name + "(" + arguments_of(action, false, 2) + ");" : action.name + ";");
    names.push_back(action.name);
    usable = has_directions ? usable : action;
  }
  close();
  if (chance(2)) {
    std::string arguments;
    for (const Parameter& parameter : usable.parameters) {
      arguments += arguments.empty() ? "" : ", ";
      arguments += literal(parameter.type);
    }
    line((chance(2) ? "const " : "") + std::string("default_action = ") + usable.name + "(" + arguments + ");");
  }
  if (!keys.empty() && chance(2)) {
    table_entries(keys, usable);
  } else if (chance(2)) {
    line("size = " + std::to_string(1 + below(4096)) + ";");
  }
  close();
  tables_.push_back(name);
  table_actions_.push_back(std::move(names));
}

void Generator::control_locals(uint32_t level) {
  actions_.clear();
  tables_.clear();
  table_actions_.clear();
  registers_.clear();
  counters_.clear();
  subs_.clear();
  if (options_.has_externs) {
    registers_.push_back(fresh("register_"));
    line("register<bit<32>>(8) " + registers_.back() + ";");
    counters_.push_back(fresh("counter_"));
    line("counter(8, CounterType.packets) " + counters_.back() + ";");
  }
  for (uint32_t i = 0, count = 1 + below(3); i < count; ++i) {
    const std::string name = fresh("v");
    declare(name, value_type());
  }
  const std::string stack = fresh("stack");
  line("h2_t[3] " + stack + ";");
  add_place(stack, find_kind(Kind::Stack, false)->type, true);
  for (uint32_t i = 0; i < controls_.size() && i < level; ++i) {
    if (chance(2)) {
      const std::string name = fresh("instance");
      line(controls_[i].name + "(" + std::to_string(below(256)) + ") " + name + ";");
      subs_.push_back({name + ".apply", &controls_[i]});
    }
    if (chance(3)) {
      subs_.push_back({controls_[i].name + "Direct.apply", &controls_[i]});
    }
  }
  for (uint32_t i = 0, count = 1 + below(3); i < count; ++i) {
    make_action();
  }
  for (uint32_t i = 0, count = 1 + below(2); i < count; ++i) {
    make_table();
  }
}

// Twice: with a constructor parameter, and without for direct application.
void Generator::make_control(const std::string& name, uint32_t level) {
  static const std::vector<std::string> directions = {"in", "in", "inout", "out"};
  Callable control;
  control.name = name;
  control.parameters = {{"inout", hdr_, "hdr"}, {"inout", meta_, "meta"}};
  for (uint32_t i = 0, count = below(3); i < count; ++i) {
    const std::string direction = one_of(directions);
    control.parameters.push_back({direction, scalar(), "p" + std::to_string(i)});
  }
  const std::vector<Callable> functions = functions_;
  for (const bool is_direct : {false, true}) {
    places_.clear();
    for (const Parameter& parameter : control.parameters) {
      add_place(parameter.name, parameter.type, parameter.direction != "in");
    }
    if (!is_direct) {
      add_place("K", bit(8), false);
    }
    open("control " + name + (is_direct ? "Direct" : "") + text_of(control.parameters) +
         (is_direct ? "" : "(bit<8> K)"));
    control_locals(level);
    open("apply");
    in_control_ = true;
    block(0);
    in_control_ = false;
    close();
    close();
  }
  controls_.push_back(std::move(control));
}

}  // namespace outrigger::p4_random
