// Engine: the seam to what runs a program, interpreter or native code. The runner resolves names and numbers before it
// calls: every index is one of program(), every value as wide as it says.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "stf/program_info.h"
#include "stf/resolved.h"
#include "stf/script.h"

namespace outrigger::stf {

struct Output {
  uint32_t port = 0;
  Bytes bytes;
};

// An entry of one table, as BMv2 counts them: in the order in which they are made, from 0, those of the program first.
using EntryHandle = uint64_t;

// What a counter counted, whatever it is declared to count.
struct CounterValue {
  uint64_t packets = 0;
  uint64_t bytes = 0;
};

// Where the clones of a session go.
struct MirrorTarget {
  bool is_multicast = false;
  uint32_t port_or_group = 0;
  friend bool operator==(const MirrorTarget&, const MirrorTarget&) = default;
};

// One thread uses it. An error of any function becomes a failure of the script at the line that caused it; the run goes
// on.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  // Lives as long as the engine and does not change.
  [[nodiscard]] virtual const ProgramInfo& program() const = 0;

  // A packet arrives. The engine copies it; what comes of it may come now or as late as in wait().
  virtual Result<> send(uint32_t port, std::span<const uint8_t> packet) = 0;
  // Returns when nothing is under way any more, recirculation and clones included. The runner calls it before each
  // command that is neither `packet` nor `expect`, and at the end.
  virtual Result<> wait() = 0;
  // What has left since the last call, of each port in order.
  virtual std::vector<Output> take_outputs() = 0;

  virtual Result<EntryHandle> add_entry(const Entry& entry) = 0;
  virtual Result<> set_default_action(uint32_t table, const ActionCall& call) = 0;
  // Every entry that a script may have added, of every table; those that are const stay, default actions too.
  virtual Result<> remove_all_entries() = 0;

  // `cell` is an index, below CounterInfo::size, or of a direct counter an EntryHandle, which may not exist.
  virtual Result<CounterValue> read_counter(uint32_t counter, uint64_t cell) = 0;

  // Big endian, as wide as the register.
  virtual Result<Bytes> read_register(uint32_t register_index, uint64_t cell) = 0;
  virtual Result<> write_register(uint32_t register_index, uint64_t cell, const Bytes& value) = 0;
  virtual Result<> reset_register(uint32_t register_index) = 0;

  // One or two rates, committed first. `cell` as for counters.
  virtual Result<> set_meter_rates(uint32_t meter, uint64_t cell, std::span<const MeterRate> rates) = 0;
  virtual Result<> set_all_meter_rates(uint32_t meter, std::span<const MeterRate> rates) = 0;
  virtual Result<std::vector<MeterRate>> read_meter_rates(uint32_t meter, uint64_t cell) = 0;

  // A second setting of the same session replaces the first.
  virtual Result<> set_mirror_session(uint32_t session, MirrorTarget target) = 0;
  virtual Result<MirrorTarget> read_mirror_session(uint32_t session) = 0;

  virtual Result<> create_multicast_group(uint32_t group) = 0;
  // Copies to the group go to these ports too, with this replication id. The group has been created.
  virtual Result<> add_replicas(uint32_t group, uint32_t rid, std::span<const uint32_t> ports) = 0;

  // Its numbers have no more bits than its width.
  virtual Result<> set_crc_parameters(const SetCrcParameters& parameters) = 0;
};

}  // namespace outrigger::stf
