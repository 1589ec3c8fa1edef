// BurstEngine: see burst_engine.h.
#include "p4_native/burst_engine.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"

namespace outrigger::p4_native {
namespace {

constexpr size_t alignment = 64;

// Is the table of the structure that a packet fetches when it writes its key?
bool can_fetch(KeyFetch fetch, const pipeline::TableAbi& table) {
  using Kind = pipeline::TableAbi::InlineKind;
  return table.probe != nullptr && ((fetch == KeyFetch::Bucket && table.inline_kind == Kind::Exact) ||
                                    (fetch == KeyFetch::Place && table.inline_kind == Kind::Dir24));
}

// Frames lie in the packets' order. What waits for a table mostly is in order already.
void sort_by_arrival(void** frames, const pipeline::Entry** found, uint32_t count) {
  for (uint32_t i = 1; i < count; ++i) {
    void* const frame = frames[i];
    const pipeline::Entry* const entry = found[i];
    uint32_t to = i;
    for (; to > 0 && std::less<>()(frame, frames[to - 1]); --to) {
      frames[to] = frames[to - 1];
      found[to] = found[to - 1];
    }
    frames[to] = frame;
    found[to] = entry;
  }
}

template <typename Map>
auto find_in(const Map& arrays, p4_ir::ExternId id) {
  const auto found = arrays.find(id);
  return found == arrays.end() ? nullptr : found->second;
}

}  // namespace

void BurstEngine::FreeMemory::operator()(uint8_t* memory) const noexcept {
  ::operator delete(memory, std::align_val_t{alignment});
}

BurstEngine::Memory BurstEngine::allocate(size_t bytes) {
  Memory made(static_cast<uint8_t*>(::operator new(std::max<size_t>(bytes, 1), std::align_val_t{alignment})));
  std::memset(made.get(), 0, bytes);
  return made;
}

BurstEngine::BurstEngine(const BurstProgram& program, BurstResources resources)
    : program_(program),
      resources_(std::move(resources)),
      context_(allocate(program.layout().scratch() + program.scratch_bytes())) {}

Result<std::unique_ptr<BurstEngine>> BurstEngine::make(const BurstProgram& program, BurstResources resources) {
  check(resources.tables.size() == program.key_bytes().size(), "a table for each of the program's");
  std::unique_ptr<BurstEngine> made(new BurstEngine(program, std::move(resources)));
  made->keys_.resize(program.key_bytes().size());
  for (const uint32_t table : program.order().tables) {
    if (program.key_bytes()[table].has_value()) {
      OR_TRY(made->prepare_table(table));
    }
  }
  for (const BurstNeed& need : program.needs()) {
    OR_TRY(made->prepare_array(need));
  }
  new (&made->waiting(program.layout().tables)) BurstWaiting;
  if (pipeline::RegisterArray* const ports = made->resources_.port_cells) {
    check(ports->words_per_cell() == 1, "ports have cells of 64 bits");
    made->context().port_cells = ports->cells();
    made->context().ports = ports->size();
  }
  made->context().random_state = made->resources_.seed;
  program.measure()(&made->context());
  made->frame_stride_ = (made->context().frame_bytes + alignment - 1) / alignment * alignment;
  made->frames_ = allocate(made->frame_stride_ * pipeline::burst_packets_max);
  return made;
}

Result<> BurstEngine::prepare_table(uint32_t number) {
  const pipeline::TableAbi& table = *resources_.tables[number];
  const uint32_t key_bytes = *program_.key_bytes()[number];
  if (table.key_bytes != key_bytes) {
    return fail(Code::InvalidArgument, "table {} has keys of {} bytes; the program's have {}", number, table.key_bytes,
                key_bytes);
  }
  const KeyFetch fetch = program_.fetches()[number];
  const uint32_t stride = burst_key_stride(key_bytes, fetch);
  keys_[number] = allocate(size_t{stride} * pipeline::burst_packets_max);
  BurstWaiting& list = *new (&waiting(number)) BurstWaiting;
  list.keys = keys_[number].get();
  list.stride = stride;
  list.fetch.places = keys_[number].get();
  list.is_fetched = can_fetch(fetch, table);
  const pipeline::TableAbi* const abi = &table;
  std::memcpy(context_.get() + program_.layout().table(number), &abi, sizeof abi);
  used_.push_back(number);
  if (list.is_fetched) {
    fetched_.push_back(number);
  }
  return {};
}

Result<> BurstEngine::prepare_array(const BurstNeed& need) {
  BurstArray array;
  if (need.kind == BurstNeed::Kind::Counter) {
    if (pipeline::CounterArray* const counters = find_in(resources_.counters, need.id)) {
      array = {.cells = counters->shard(resources_.thread), .size = counters->size()};
    }
  } else if (need.kind == BurstNeed::Kind::Meter) {
    array.cells = find_in(resources_.meters, need.id);
  } else if (need.kind == BurstNeed::Kind::Profile) {
    array.cells = const_cast<pipeline::ActionProfile*>(find_in(resources_.profiles, need.id));
  } else if (pipeline::RegisterArray* const registers = find_in(resources_.registers, need.id)) {
    if (registers->words_per_cell() != need.words) {
      return fail(Code::InvalidArgument, "register {} has cells of {} words; the program's have {}", index_of(need.id),
                  registers->words_per_cell(), need.words);
    }
    array = {.cells = registers->cells(), .size = registers->size()};
  }
  const bool may_be_empty = need.kind == BurstNeed::Kind::Counter || need.kind == BurstNeed::Kind::Register;
  const bool is_given = resources_.counters.contains(need.id) || resources_.registers.contains(need.id);
  if (array.cells == nullptr && !(may_be_empty && is_given)) {
    return fail(Code::InvalidArgument, "the program's extern number {} was not given", index_of(need.id));
  }
  std::memcpy(context_.get() + program_.layout().array(index_of(need.id)), &array, sizeof array);
  return {};
}

size_t BurstEngine::run(std::span<BurstPacket> packets, uint64_t now_ns) {
  check(packets.size() <= pipeline::burst_packets_max, "a burst within its limit");
  context().now_ns = now_ns;
  context().timestamp = now_ns / program_.ns_per_timestamp();
  plan_fetches();
  const size_t taken = start(packets);
  serve_tables();
  if (program_.order().has_one_by_one) {
    serve_one_by_one(packets.first(taken));
  }
  for (BurstPacket& packet : packets.subspan(taken)) {
    packet.verdict = Verdict::Slow;
  }
  return taken;
}

void BurstEngine::plan_fetches() {
  for (const uint32_t number : fetched_) {
    waiting(number).fetch = pipeline::fetch_plan(*resources_.tables[number]);
  }
}

size_t BurstEngine::start(std::span<BurstPacket> packets) {
  for (size_t i = 0; i < std::min(BurstContext::packets_ahead, packets.size()); ++i) {
    __builtin_prefetch(packets[i].data);
  }
  return program_.begin()(&context(), packets.data(), packets.size(), frames_.get(), frame_stride_);
}

// Each packet's turns are limited (Program::loop_turns_max), and so are these. A table is asked when all packets that
// can come to it are there, as far as no circle leads back to it.
void BurstEngine::serve_tables() {
  const bool has_circle = program_.order().has_circle;
  for (bool is_waiting = true; is_waiting;) {
    is_waiting = false;
    for (const uint32_t table : used_) {
      if (waiting(table).count > 0) {
        is_waiting = true;
        serve(table);
        if (has_circle) {
          break;  // those before it may be waited for again
        }
      }
    }
  }
}

// Where all may go on in the order of the list, the first of them do while the entries of others are still being
// fetched. Those that come to this table again write their keys over ones that were confirmed before.
void BurstEngine::serve(uint32_t number) {
  constexpr uint32_t confirmed_at_once = 16;
  BurstWaiting& list = waiting(number);
  const pipeline::TableAbi& table = *resources_.tables[number];
  const pipeline::Entry* found[pipeline::burst_packets_max];
  void* frames[pipeline::burst_packets_max];
  const uint32_t count = list.count;
  if (list.is_fetched) {
    table.probe(&table, list.keys, list.stride, count, list.fetch.seed, found);
  } else {
    table.lookup(&table, list.keys, list.stride, count, found);
  }
  std::copy_n(list.frames, count, frames);
  list.count = 0;  // packets may come to this table again
  const bool confirms = list.is_fetched && table.confirm != nullptr;
  const bool is_ordered = program_.order().is_ordered;
  const uint32_t step = confirms && !is_ordered ? confirmed_at_once : count;
  for (uint32_t first = 0; first < count; first += step) {
    const uint32_t some = std::min(step, count - first);
    if (confirms) {
      table.confirm(&table, list.keys + size_t{first} * list.stride, list.stride, some, found + first);
    }
    if (table.hit_ns != nullptr) {
      for (uint32_t i = first; i < first + some; ++i) {
        pipeline::touch(table, *found[i], context().now_ns);
      }
    }
    if (is_ordered) {
      sort_by_arrival(frames, found, count);
    }
    program_.resume()(&context(), frames + first, found + first, some);
  }
}

// Each goes to its end before the next one begins. A slow packet's turn comes later, on an engine.
void BurstEngine::serve_one_by_one(std::span<BurstPacket> packets) {
  BurstWaiting& list = waiting(program_.layout().tables);
  static constexpr pipeline::Entry turns_slow = {};
  void* frames[pipeline::burst_packets_max];
  const uint32_t count = list.count;
  std::copy_n(list.frames, count, frames);
  std::sort(frames, frames + count, std::less<>());
  list.count = 0;
  const auto is_slow = [](const BurstPacket& packet) { return packet.verdict >= Verdict::Slow; };
  for (uint32_t i = 0; i < count; ++i) {
    const auto number = static_cast<size_t>(static_cast<uint8_t*>(frames[i]) - frames_.get()) / frame_stride_;
    const std::span<BurstPacket> before = packets.first(number);
    const bool is_behind_slow = program_.order().turns_slow_late && std::any_of(before.begin(), before.end(), is_slow);
    const pipeline::Entry* const found = is_behind_slow ? &turns_slow : nullptr;
    program_.resume()(&context(), &frames[i], &found, 1);
    serve_tables();
  }
}

std::vector<p4_ir::Bits> BurstEngine::again_values() const {
  std::vector<p4_ir::Bits> values;
  const uint8_t* from = context_.get() + program_.layout().scratch();
  for (const uint32_t width : program_.again_widths()) {
    std::vector<uint8_t> bytes(from, from + again_value_bytes(width));
    std::reverse(bytes.begin(), bytes.end());
    values.push_back(p4_ir::Bits::from_big_endian(width, bytes));
    from += bytes.size();
  }
  return values;
}

}  // namespace outrigger::p4_native
