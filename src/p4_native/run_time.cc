// The run time's functions: see run_time.h.
#include "p4_native/run_time.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "p4_ir/expression.h"
#include "p4_native/native_engine.h"

namespace outrigger::p4_native {
namespace {

using p4_ir::BinaryOp;
using p4_ir::Bits;

std::span<const uint8_t> packet_of(const Context& context) { return {context.packet, context.packet_bits / 8}; }

void read(const Context* context, uint64_t position, uint32_t width, uint8_t* into) {
  write_scalar(into, Bits::from_bytes(width, packet_of(*context), static_cast<uint32_t>(position)));
}

void read_size_and_bits(const Context* context, uint64_t position, uint32_t size, uint8_t* into) {
  std::memcpy(into, &size, sizeof size);
  uint8_t* const bytes = into + varbit_header_bytes;
  if (size == 0) {
    return;
  }
  const uint32_t count = (size + 7) / 8;
  if (position % 8 != 0) {
    write_varbit(into, Bits::from_bytes(size, packet_of(*context), static_cast<uint32_t>(position)));
    return;
  }
  std::memcpy(bytes, context->packet + position / 8, count);
  if (size % 8 != 0) {
    bytes[count - 1] = static_cast<uint8_t>(bytes[count - 1] & (0xFF << (8 - size % 8)));
  }
}

void reserve(Context* context, uint64_t bits) {
  if (context->output_bits + bits > context->output_capacity_bits) {
    context->engine->reserve_output(bits);
  }
}

void append(Context* context, const uint8_t* from, uint32_t width) {
  const std::vector<uint8_t> bytes = read_scalar(from, width).to_big_endian();
  append_bits(*context, bytes.data(), bytes.size() * 8 - width, width);
}

void append_varbit(Context* context, const uint8_t* from) {
  uint32_t size = 0;
  std::memcpy(&size, from, sizeof size);
  append_bits(*context, from + varbit_header_bytes, 0, size);
}

void arithmetic(uint32_t op, uint32_t width, const uint8_t* left, const uint8_t* right, uint8_t* into) {
  const Bits a = read_scalar(left, width);
  const Bits b = read_scalar(right, width);
  switch (static_cast<BinaryOp>(op)) {
    case BinaryOp::Multiply: write_scalar(into, Bits::multiply(a, b)); return;
    case BinaryOp::Divide: write_scalar(into, Bits::divide(a, b)); return;
    case BinaryOp::Modulo: write_scalar(into, Bits::modulo(a, b)); return;
    default: check(false, "an operator that generated code calculates itself"); return;
  }
}

uint32_t apply(Context* context, uint32_t table) { return context->engine->apply(table); }
uint32_t is_in_set(Context* context, uint32_t site) { return context->engine->is_in_set(site) ? 1 : 0; }
void call(Context* context, uint32_t site) { context->engine->call(site); }

template <typename Function>
RunTimeFunction named(std::string_view name, Function* function) {
  return {.name = name, .address = reinterpret_cast<void*>(function)};
}

}  // namespace

void append_bits(Context& context, const uint8_t* from, uint64_t bit_offset, uint64_t count) {
  reserve(&context, count);
  if (context.output_bits % 8 == 0 && bit_offset % 8 == 0 && count % 8 == 0) {
    if (count > 0) {
      std::memcpy(context.output + context.output_bits / 8, from + bit_offset / 8, count / 8);
    }
    context.output_bits += count;
    return;
  }
  for (uint64_t done = 0; done < count;) {  // what lies in one byte here and there
    const uint64_t source = bit_offset + done;
    const uint64_t target = context.output_bits;
    const uint64_t part = std::min({8 - source % 8, 8 - target % 8, count - done});
    const auto bits = static_cast<uint32_t>(from[source / 8]) >> (8 - source % 8 - part) & ((1U << part) - 1);
    uint8_t& byte = context.output[target / 8];
    const uint32_t before = target % 8 == 0 ? 0U : byte;  // what lies in a new byte means nothing
    byte = static_cast<uint8_t>(before | bits << (8 - target % 8 - part));
    context.output_bits += part;
    done += part;
  }
}

std::span<const RunTimeFunction> run_time_functions() {
  static const std::array functions = {
      named("p4_read", &read),
      named("p4_read_varbit", &read_size_and_bits),
      named("p4_reserve", &reserve),
      named("p4_append", &append),
      named("p4_append_varbit", &append_varbit),
      named("p4_arithmetic", &arithmetic),
      named("p4_apply", &apply),
      named("p4_is_in_set", &is_in_set),
      named("p4_call", &call),
  };
  return functions;
}

}  // namespace outrigger::p4_native
