// What generated code and its driver share when packets go in bursts. Plain data with a fixed layout.
//
// Each packet of a burst is a coroutine: it runs to the first table's apply, writes its key behind the keys of the
// packets before it, and stops. When all have, the table is asked once for all keys, and each packet goes on with its
// entry: to the next apply or to its end. Packets stay in order on each table's list.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pipeline/abi.h"

namespace outrigger::p4_native {

enum class Verdict : uint32_t {
  Forward = 0,  // to `port`; the packet is rewritten in place
  Drop = 1,
  Slow = 2,   // needs an engine with a host; the packet is as it was, and nothing has been done for it
  Again = 3,  // to `port`, from where it comes to the program again: an engine's business, before those behind it
};

struct BurstPacket {
  uint8_t* data = nullptr;
  uint32_t bytes = 0;
  uint32_t headroom = 0;  // bytes before `data` that may be written
  uint32_t port = 0;      // ingress; of what is forwarded: egress
  Verdict verdict = Verdict::Forward;
};
static_assert(sizeof(BurstPacket) == 24 && offsetof(BurstPacket, verdict) == 20);

// What a packet fetches of a table's structure (pipeline::FetchPlan) when it writes its key.
enum class KeyFetch : uint8_t {
  None,
  Bucket,  // of an exact table; the key's hash goes behind it
  Place,   // in DIR-24-8
};

// The packets that wait for one table.
struct alignas(64) BurstWaiting {
  uint8_t* keys = nullptr;
  uint32_t count = 0;
  uint32_t stride = 0;
  void* frames[pipeline::burst_packets_max] = {};
  pipeline::FetchPlan fetch;  // of this burst; without a mask where there is nothing to fetch
  bool is_fetched = false;    // fetch is the table's own
};

// Bytes from one key to the next.
constexpr uint32_t burst_key_stride(uint32_t key_bytes, KeyFetch fetch) noexcept {
  return pipeline::key_stride(key_bytes) + (fetch == KeyFetch::Bucket ? uint32_t{sizeof(uint64_t)} : 0);
}

// What an extern's instance is at run time: a counter's shard, a register's cells, a MeterArray, an ActionProfile.
struct BurstArray {
  void* cells = nullptr;
  uint64_t size = 0;  // of counters and registers
};

// Followed by a BurstWaiting for each table and one for the packets that go one by one, a BurstArray for each extern,
// the tables' TableAbi pointers, and scratch memory for what hashes are calculated over.
struct alignas(64) BurstContext {
  static constexpr size_t packets_ahead = 32;  // that are fetched while one is parsed

  uint64_t frame_bytes = 0;  // of one packet's coroutine, once it has been measured
  uint64_t timestamp = 0;    // what time stamps get
  uint64_t now_ns = 0;       // what meters go by
  uint64_t random_state = 0;
  const void* port_cells = nullptr;  // BurstResources::port_cells: 64 bits each
  uint64_t ports = 0;
};
static_assert(sizeof(BurstContext) == 64 && sizeof(BurstWaiting) == 576 && offsetof(BurstWaiting, frames) == 16 &&
              sizeof(BurstArray) == 16);

// Of a value of a packet that comes again: little-endian words.
constexpr uint64_t again_value_bytes(uint32_t width) noexcept { return (uint64_t{width} + 63) / 64 * 8; }

// Where things lie behind the context, in bytes.
struct BurstLayout {
  uint32_t tables = 0;
  uint32_t externs = 0;

  [[nodiscard]] uint64_t waiting(uint64_t table) const noexcept {
    return sizeof(BurstContext) + table * sizeof(BurstWaiting);
  }
  // The list of those that go one by one.
  [[nodiscard]] uint64_t one_by_one() const noexcept { return waiting(tables); }
  [[nodiscard]] uint64_t array(uint64_t of_extern) const noexcept {
    return waiting(uint64_t{tables} + 1) + of_extern * sizeof(BurstArray);
  }
  [[nodiscard]] uint64_t table(uint64_t number) const noexcept { return array(externs) + number * sizeof(void*); }
  [[nodiscard]] uint64_t scratch() const noexcept { return (table(tables) + 63) / 64 * 64; }
};

}  // namespace outrigger::p4_native
