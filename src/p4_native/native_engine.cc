// NativeEngine: see native_engine.h.
#include "p4_native/native_engine.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/check.h"
#include "p4_native/run_time.h"

namespace outrigger::p4_native {

using p4_ir::Bits;
using p4_ir::ExternArgument;
using p4_ir::Outcome;

namespace {

constexpr size_t state_alignment = 64;
constexpr uint64_t output_bytes_first = 2048;

uint64_t bits_of(std::span<const uint8_t> bytes) { return uint64_t{bytes.size()} * 8; }

}  // namespace

void NativeEngine::FreeState::operator()(uint8_t* state) const noexcept {
  ::operator delete(state, std::align_val_t{state_alignment});
}

NativeEngine::NativeEngine(const NativeProgram& program, p4_ir::Host& host)
    : native_(program),
      program_(program.program()),
      host_(host),
      state_(static_cast<uint8_t*>(::operator new(program.layout().bytes(), std::align_val_t{state_alignment}))),
      output_(output_bytes_first) {
  std::memset(state_.get(), 0, program.layout().bytes());
  new (state_.get()) Context{.output = output_.data(), .output_capacity_bits = bits_of(output_), .engine = this};
}

void NativeEngine::begin(std::span<const uint8_t> packet) {
  const StateLayout& layout = native_.layout();
  std::memset(state_.get() + layout.variables_begin(), 0, layout.variables_end() - layout.variables_begin());
  context().loop_turns = 0;
  context().parser_steps = 0;
  set_packet(packet);
}

void NativeEngine::set_packet(std::span<const uint8_t> packet) {
  packet_.assign(packet.begin(), packet.end());
  context().packet = packet_.data();
  context().packet_bits = bits_of(packet_);
  context().cursor = 0;
  context().output_bits = 0;
}

Outcome NativeEngine::run(const p4_ir::Block& block) {
  set(program_.exited, Bits(1));
  if (block.parser.has_value()) {
    set(program_.parser_error, Bits(p4_ir::Program::error_width));
  }
  switch (native_.entry(block)(&context())) {
    case Status::Next: return Outcome::Done;
    case Status::Rejected: return block.parser.has_value() ? Outcome::Rejected : Outcome::Done;
    case Status::Exhausted: return Outcome::Exhausted;
  }
  return Outcome::Done;
}

Bits NativeEngine::get(p4_ir::VariableId variable) const {
  const uint8_t* memory = state_.get() + native_.layout().offset(variable);
  const p4_ir::Variable& of = program_.at(variable);
  return of.is_varbit ? read_varbit(memory) : read_scalar(memory, of.width);
}

void NativeEngine::set(p4_ir::VariableId variable, const Bits& value) {
  const p4_ir::Variable& of = program_.at(variable);
  check(of.is_varbit ? value.width() <= of.width : value.width() == of.width, "a value as wide as its variable");
  uint8_t* memory = state_.get() + native_.layout().offset(variable);
  of.is_varbit ? write_varbit(memory, value) : write_scalar(memory, value);
}

uint32_t NativeEngine::parsed_bits() const { return static_cast<uint32_t>(context().cursor); }

std::vector<uint8_t> NativeEngine::take_output() {
  Context& now = context();
  append_bits(now, now.packet, now.cursor, now.packet_bits - now.cursor);
  std::vector<uint8_t> taken(output_.begin(), output_.begin() + static_cast<ptrdiff_t>((now.output_bits + 7) / 8));
  now.output_bits = 0;
  return taken;
}

void NativeEngine::reserve_output(uint64_t bits) {
  output_.resize(std::max<uint64_t>(output_.size() * 2, (context().output_bits + bits + 7) / 8));
  context().output = output_.data();
  context().output_capacity_bits = bits_of(output_);
}

std::vector<Bits> NativeEngine::scratch_values(std::span<const uint32_t> widths) const {
  const uint8_t* at = state_.get() + native_.layout().scratch();
  std::vector<Bits> values;
  values.reserve(widths.size());
  for (const uint32_t width : widths) {
    values.push_back(read_scalar(at, width));
    at += (scalar_bytes(width) + 7) / 8 * 8;
  }
  return values;
}

uint32_t NativeEngine::apply(uint32_t table) {
  const p4_ir::Table& of = program_.tables[table];
  const std::vector<Bits> keys = scratch_values(native_.sites().key_widths[table]);
  const p4_ir::Found found = host_.look_up(static_cast<p4_ir::TableId>(table), keys);
  check(found.action < of.actions.size(), "a table's entry names one of its actions");
  const auto& parameters = of.actions[found.action].parameters;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const uint32_t width = parameters[i].width;
    set(parameters[i].variable,
        found.arguments != nullptr && i < found.arguments->size() ? (*found.arguments)[i].resized(width) : Bits(width));
  }
  constexpr uint32_t hit_bit = 1U << 31;
  return found.action | (found.is_hit ? hit_bit : 0);
}

bool NativeEngine::is_in_set(uint32_t site) {
  const CallSites::InSet& of = native_.sites().sets[site];
  return host_.is_in_set(of.set, scratch_values(of.widths));
}

// Takes what it needs from the front of `values`.
void NativeEngine::prepare(const ExternArgument& argument, std::span<const Bits>& values,
                           p4_ir::ExternValues::Argument& into) const {
  for (const ExternArgument::Part& part : argument.parts) {
    if (argument.kind == ExternArgument::Kind::Result) {
      into.parts.emplace_back(part.is_varbit ? 0 : part.width);
    } else if (const auto* read = p4_ir::as<p4_ir::Read>(part.value);
               read != nullptr && program_.at(read->variable).is_varbit) {
      into.parts.push_back(get(read->variable));
    } else {
      into.parts.push_back(values.front());
      values = values.subspan(1);
    }
  }
  for (size_t i = 0; i < argument.header_valid.size(); ++i) {
    into.header_valid.push_back(!values.front().is_zero());
    values = values.subspan(1);
  }
}

void NativeEngine::finish(const ExternArgument& argument, const p4_ir::ExternValues::Argument& made) {
  if (argument.kind != ExternArgument::Kind::Result && argument.kind != ExternArgument::Kind::Both) {
    return;
  }
  for (size_t i = 0; i < argument.parts.size(); ++i) {
    set(argument.parts[i].variable, made.parts[i]);
  }
}

void NativeEngine::call(uint32_t site) {
  const p4_ir::CallExtern& statement = *native_.sites().calls[site];
  const std::vector<Bits> all = scratch_values(native_.sites().call_widths[site]);
  std::span<const Bits> values = all;
  p4_ir::ExternValues made;
  for (const ExternArgument& argument : statement.arguments) {
    prepare(argument, values, made.arguments.emplace_back());
  }
  prepare(statement.result, values, made.result);
  if (statement.name == p4_ir::varbit_equal_name) {
    made.result.parts.front() = Bits(1, made.arguments[0].parts == made.arguments[1].parts ? 1 : 0);
  } else {
    host_.call(statement, made);
  }
  for (size_t i = 0; i < statement.arguments.size(); ++i) {
    finish(statement.arguments[i], made.arguments[i]);
  }
  finish(statement.result, made.result);
}

}  // namespace outrigger::p4_native
