// The run time's functions of bursts: see burst_run_time.h.
#include "p4_native/burst_run_time.h"

#include <array>

#include "core/random.h"
#include "p4_native/burst.h"
#include "p4_native/burst_hash.h"
#include "pipeline/action_profile.h"
#include "pipeline/meter_array.h"

namespace outrigger::p4_native {
namespace {

// What a group without members comes to when the default entry is a member or group itself: action 0, parameters 0.
struct NoEntry {
  pipeline::Entry entry = {.handle = pipeline::no_handle, .is_hit = 0};
  uint8_t data[pipeline::action_data_bytes_max] = {};
};
constexpr NoEntry no_entry;

uint64_t hash(uint32_t which, const uint8_t* bytes, uint64_t size) {
  return compute_burst_hash(static_cast<BurstHash>(which), {bytes, size});
}

uint64_t csum16(uint8_t* bytes, uint64_t size, const uint8_t* payload, uint64_t payload_size) {
  return checksum_with_payload(bytes, size, {payload, payload_size});
}

void append(uint8_t* into, uint64_t position, const uint8_t* value, uint32_t width) {
  for (uint32_t i = 0; i < width; ++i) {
    const uint32_t from = width - 1 - i;  // little-endian: the uppermost bit is the last
    const uint64_t to = position + i;
    const auto bit = static_cast<uint32_t>(value[from / 8] >> (from % 8)) & 1U;
    into[to / 8] = static_cast<uint8_t>(into[to / 8] | bit << (7 - to % 8));
  }
}

uint32_t add_to_sum(uint32_t state, const uint8_t* bytes, uint64_t size, uint32_t subtracts) {
  return sum_after(static_cast<uint16_t>(state), {bytes, size}, subtracts != 0);
}

uint64_t random(BurstContext* context, uint64_t low, uint64_t high) {
  core::Random source(context->random_state);
  const uint64_t next = source.next();
  context->random_state = next;
  if (low == 0 && high == UINT64_MAX) {
    return next;
  }
  return high > low ? low + source.below(high - low + 1) : low;
}

uint32_t meter(pipeline::MeterArray* meters, uint64_t index, uint64_t bytes, uint64_t now_ns, uint32_t before) {
  return static_cast<uint32_t>(meters->execute(index, bytes, now_ns, static_cast<pipeline::MeterColor>(before)));
}

const pipeline::Entry* resolve(const pipeline::ActionProfile* profile, const pipeline::TableAbi* table,
                               const pipeline::Entry* entry, uint64_t hash) {
  if (const pipeline::Entry* member = profile->resolve(*entry, hash)) {
    return member;
  }
  const pipeline::Entry* otherwise = table->default_entry.load(std::memory_order_acquire);
  return otherwise->kind == pipeline::EntryKind::Action ? otherwise : &no_entry.entry;
}

template <typename Function>
RunTimeFunction named(std::string_view name, Function* function) {
  return {.name = name, .address = reinterpret_cast<void*>(function)};
}

}  // namespace

std::span<const RunTimeFunction> burst_run_time_functions() {
  static const std::array functions = {
      named("p4_burst_hash", &hash),       named("p4_burst_csum16", &csum16),
      named("p4_burst_append", &append),   named("p4_burst_add_to_sum", &add_to_sum),
      named("p4_burst_random", &random),   named("p4_burst_meter", &meter),
      named("p4_burst_resolve", &resolve),
  };
  return functions;
}

}  // namespace outrigger::p4_native
