// Random programs: statements.
#include <array>

#include "random_program/generator.h"

namespace outrigger::p4_random {

using Kind = Type::Kind;

void Generator::block(uint32_t nesting) {
  const size_t in_scope = places_.size();
  for (uint32_t left = 1 + below(options_.statements_max); left > 0; --left) {
    statement(nesting);
  }
  places_.resize(in_scope);
}

void Generator::statement(uint32_t nesting) {
  const bool may_nest = nesting < options_.nesting_max;
  switch (below(16)) {
    case 0: {
      const std::string name = fresh("v");
      declare(name, value_type());
      return;
    }
    case 1: return header_statement();
    case 2: return stack_statement();
    case 3: return compound_assignment();
    case 4: return may_nest ? if_statement(nesting) : assignment();
    case 5: return may_nest ? switch_statement(nesting) : assignment();
    case 6: return may_nest && loops_ < 2 ? loop_statement(nesting) : assignment();
    case 7:
    case 8: return call_statement();
    case 9: return in_control_ && may_nest ? table_statement(nesting) : assignment();
    case 10: return nesting > 0 ? leave_statement() : assignment();
    case 11: {
      open("");
      block(options_.nesting_max);
      return close();
    }
    default: return assignment();
  }
}

void Generator::assignment() {
  for (uint32_t tries = 0; tries < 8; ++tries) {
    const Place place = one_of(places_);  // a copy: places_ may grow
    if (!place.is_writable || place.type == hdr_) {
      continue;
    }
    switch (place.type->kind) {
      case Kind::Stack:
      case Kind::Union:
      case Kind::Header: {
        const Place* from = find_place(place.type, false);
        if (place.type->kind == Kind::Header && place.type != varbit_header_ && chance(2)) {
          return line(place.path + " = " + aggregate(place.type, 1) + ";");
        }
        return line(place.path + " = " + from->path + ";");
      }
      case Kind::Bit:
        if (chance(4)) {
          const uint32_t high = below(place.type->width);
          const uint32_t low = below(high + 1);
          const std::string value = expression(bit(high - low + 1));
          return line(place.path + "[" + std::to_string(high) + ":" + std::to_string(low) + "] = " + value + ";");
        }
        [[fallthrough]];
      default: return line(place.path + " = " + expression(place.type) + ";");
    }
  }
}

void Generator::compound_assignment() {
  static constexpr std::array<const char*, 10> operators = {
      "+=", "-=", "*=", "&=", "|=", "^=", "|+|=", "|-|=", "<<=", ">>="};
  const Place* place = find_kind(chance(4) ? Kind::Int : Kind::Bit, true);
  if (place == nullptr) {
    return;
  }
  const Place to = *place;
  const uint32_t which = below(operators.size());
  const std::string value = which >= 8 ? expression(bit(8)) : expression(to.type);
  line(to.path + " " + operators[which] + " " + value + ";");
}

void Generator::header_statement() {
  const Place* header = find_kind(Kind::Header, true);
  if (header == nullptr) {
    return assignment();
  }
  line(header->path + (chance(3) ? ".setInvalid();" : ".setValid();"));
}

void Generator::stack_statement() {
  const Place* place = find_kind(Kind::Stack, true);
  const Place* index = find_place(bit(8), false);
  if (place == nullptr || index == nullptr || in_parser_) {
    return assignment();
  }
  const Place stack = *place;
  const std::string element = stack.path + "[" + index->path + "]";
  const Type::Field& field = one_of(stack.type->element->fields);
  switch (below(5)) {
    case 0: {
      const std::string count = std::to_string(1 + below(4));
      return line(stack.path + (chance(2) ? ".push_front(" : ".pop_front(") + count + ");");
    }
    case 1: return line(element + "." + field.name + " = " + expression(field.type) + ";");
    case 2: {
      const Place* to = find_place(field.type, true);
      return to == nullptr ? line(element + ".setValid();") : line(to->path + " = " + element + "." + field.name + ";");
    }
    case 3: return line(element + (chance(2) ? ".setInvalid();" : ".setValid();"));
    default: {
      const Place* other = find_place(stack.type->element, true);
      return other == nullptr ? line(element + ".setValid();") : line(other->path + " = " + element + ";");
    }
  }
}

void Generator::if_statement(uint32_t nesting) {
  open("if (" + bool_expression(options_.expression_depth_max) + ")");
  block(nesting + 1);
  if (chance(2)) {
    --level_;
    open("} else");
    block(nesting + 1);
  }
  close();
}

void Generator::switch_statement(uint32_t nesting) {
  if (in_parser_) {
    return if_statement(nesting);
  }
  const Type* type = chance(3) ? scalars_[1 + below(2)] : bit(8);
  open("switch (" + expression(type) + ")");
  for (uint32_t i = 0, count = 1 + below(3); i < count; ++i) {
    const std::string label = type->kind == Kind::Bit ? std::to_string(i * 3) : type->name + "." + type->members[i];
    if (chance(4) && i + 1 < count) {
      line(label + ":");
      continue;
    }
    open(label + ":");
    block(nesting + 1);
    close();
  }
  if (chance(2)) {
    open("default:");
    block(nesting + 1);
    close();
  }
  close();
}

void Generator::loop_statement(uint32_t nesting) {
  if (in_parser_) {
    return if_statement(nesting);
  }
  const std::string name = fresh("i");
  const std::string turns = std::to_string(1 + below(5));
  const size_t in_scope = places_.size();
  switch (below(3)) {
    case 0: open("for (bit<8> " + name + " = 0; " + name + " < " + turns + "; " + name + " = " + name + " + 1)"); break;
    case 1: open("for (bit<8> " + name + " in 8w" + std::to_string(below(3)) + " .. " + turns + ")"); break;
    default:
      open("for (bit<8> " + name + " = 0, bit<16> " + name + "b = 9; " + name + " < " + turns + "; " + name +
           " += 1, " + name + "b -= 2)");
  }
  add_place(name, bit(8), false);
  ++loops_;
  block(nesting + 1);
  if (chance(3)) {
    const std::string condition = bool_expression(2);
    line("if (" + condition + ") " + (chance(2) ? "break;" : "continue;"));
    block(nesting + 1);
  }
  --loops_;
  places_.resize(in_scope);
  close();
}

void Generator::call_statement() {
  if (!registers_.empty() && !in_function_ && chance(4)) {
    const Place* to = find_place(bit(32), true);
    if (to != nullptr && chance(2)) {
      const std::string target = to->path;
      const std::string name = one_of(registers_);
      return line(name + ".read(" + target + ", (bit<32>)" + expression(bit(3)) + ");");
    }
    const std::string name = one_of(registers_);
    const std::string value = expression(bit(32));
    return line(name + ".write((bit<32>)" + expression(bit(3)) + ", " + value + ");");
  }
  if (!counters_.empty() && !in_function_ && chance(6)) {
    const std::string name = one_of(counters_);
    return line(name + ".count((bit<32>)" + expression(bit(3)) + ");");
  }
  const bool is_function = actions_.empty() || in_function_ || in_parser_ || chance(2);
  if (is_function && functions_.empty()) {
    return assignment();
  }
  const Callable callable = is_function ? one_of(functions_) : one_of(actions_);
  for (const Parameter& parameter : callable.parameters) {
    if (parameter.direction == "inout" && find_place(parameter.type, true) == nullptr) {
      return assignment();
    }
  }
  line(callable.name + "(" + arguments_of(callable, true, 2) + ");");
}

// A generic control, directly.
void Generator::generic_statement() {
  const Type* type = value_type();
  const Place* place = find_place(type, true);
  if (place == nullptr) {
    return assignment();
  }
  const std::string first = place->path;
  const std::string second = find_place(type, true)->path;
  line((chance(2) ? "Swap<" : "Turn<") + type->name + ">.apply(" + first + ", " + second + ");");
}

void Generator::table_statement(uint32_t nesting) {
  if (chance(6)) {
    return generic_statement();
  }
  if (!subs_.empty() && chance(2)) {
    const Sub sub = one_of(subs_);
    for (const Parameter& parameter : sub.of->parameters) {
      if (!parameter.direction.ends_with("in") && find_place(parameter.type, true) == nullptr) {
        return assignment();
      }
    }
    if (sub.call.starts_with(sub.of->name)) {  // directly, which a control with tables is once in each other (§15.1)
      std::erase_if(subs_, [&](const Sub& other) { return other.call == sub.call; });
    }
    return line(sub.call + "(" + arguments_of(*sub.of, true, 2) + ");");
  }
  if (tables_.empty()) {
    return assignment();
  }
  const size_t which = below(tables_.size());
  const std::string apply = tables_[which] + ".apply()";
  switch (below(3)) {
    case 0: return line(apply + ";");
    case 1: {
      const std::string more = chance(3) ? " && " + bool_expression(2) : std::string();
      open("if (" + apply + (chance(2) ? ".hit" : ".miss") + more + ")");
      block(nesting + 1);
      return close();
    }
    default:
      open("switch (" + apply + ".action_run)");
      for (const std::string& action : table_actions_[which]) {
        open(action + ":");
        block(nesting + 1);
        close();
      }
      return close();
  }
}

void Generator::leave_statement() {
  const std::string condition = "if (" + bool_expression(2) + ") ";
  if (in_parser_) {
    return assignment();
  }
  if (loops_ > 0 && chance(2)) {
    return line(condition + (chance(2) ? "break;" : "continue;"));
  }
  if (result_ != nullptr) {
    return line(condition + "return " + expression(result_) + ";");
  }
  if (in_function_) {
    return line(condition + "return;");
  }
  line(condition + (chance(2) ? "exit;" : "return;"));
}

}  // namespace outrigger::p4_random
