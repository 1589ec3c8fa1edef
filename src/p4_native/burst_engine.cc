// BurstEngine: see burst_engine.h.
#include "p4_native/burst_engine.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/check.h"

namespace outrigger::p4_native {
namespace {

constexpr size_t alignment = 64;
constexpr size_t packets_ahead = 6;  // that are fetched while one is parsed

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
      context_(allocate(sizeof(BurstContext) + resources_.tables.size() * sizeof(BurstWaiting))) {}

Result<std::unique_ptr<BurstEngine>> BurstEngine::make(const BurstProgram& program, BurstResources resources) {
  const auto& key_bytes = program.key_bytes();
  check(resources.tables.size() == key_bytes.size(), "a table for each of the program's");
  std::unique_ptr<BurstEngine> made(new BurstEngine(program, std::move(resources)));
  const auto& tables = made->resources_.tables;
  made->keys_.resize(tables.size());
  for (uint32_t i = 0; i < tables.size(); ++i) {
    if (!key_bytes[i].has_value()) {
      continue;
    }
    if (tables[i]->key_bytes != *key_bytes[i]) {
      return fail(Code::InvalidArgument, "table {} has keys of {} bytes; the program's have {}", i,
                  tables[i]->key_bytes, *key_bytes[i]);
    }
    const uint32_t stride = pipeline::key_stride(*key_bytes[i]);
    made->keys_[i] = allocate(size_t{stride} * pipeline::burst_packets_max);
    BurstWaiting& list = *new (&made->waiting(i)) BurstWaiting;
    list.keys = made->keys_[i].get();
    list.stride = stride;
    made->used_.push_back(i);
  }
  program.start()(&made->context(), nullptr, nullptr);
  made->frame_stride_ = (made->context().frame_bytes + alignment - 1) / alignment * alignment;
  made->frames_ = allocate(made->frame_stride_ * pipeline::burst_packets_max);
  return made;
}

size_t BurstEngine::run(std::span<BurstPacket> packets, uint64_t now_ns) {
  check(packets.size() <= pipeline::burst_packets_max, "a burst within its limit");
  context().now_ns = now_ns;
  context().timestamp = now_ns / program_.ns_per_timestamp();
  for (size_t i = 0; i < std::min(packets_ahead, packets.size()); ++i) {
    __builtin_prefetch(packets[i].data);
  }
  const BurstProgram::Start start = program_.start();
  for (size_t i = 0; i < packets.size(); ++i) {
    if (i + packets_ahead < packets.size()) {
      __builtin_prefetch(packets[i + packets_ahead].data);
    }
    start(&context(), &packets[i], frames_.get() + i * frame_stride_);
  }
  // Each packet's turns are limited (go_slow at loop_turns_max), and so are these.
  for (bool is_waiting = true; is_waiting;) {
    is_waiting = false;
    for (const uint32_t table : used_) {
      if (waiting(table).count > 0) {
        is_waiting = true;
        serve(waiting(table), *resources_.tables[table]);
      }
    }
  }
  return packets.size();
}

void BurstEngine::serve(BurstWaiting& list, const pipeline::TableAbi& table) {
  const pipeline::Entry* found[pipeline::burst_packets_max];
  void* frames[pipeline::burst_packets_max];
  const uint32_t count = list.count;
  table.lookup(&table, list.keys, list.stride, count, found);
  for (uint32_t i = 0; i < count; ++i) {
    __builtin_prefetch(found[i]);
    frames[i] = list.frames[i];
  }
  list.count = 0;  // packets may come to this table again
  program_.resume()(&context(), frames, found, count);
}

}  // namespace outrigger::p4_native
