// target.h: an architecture around a lowered program: what a packet that arrives at a port goes through, and the world
// that the program asks meanwhile (p4_ir::Host). Each architecture is a class of its own; make_target() chooses.
//
// One thread. Time is virtual: whoever hands in packets says what time it is.
//
// Another program takes over between two bursts: make its target on any thread, fill its tables, hand the data thread
// its pointer, and let go of the old target when the data thread has come round.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "p4_native/burst.h"
#include "p4_target/event_log.h"
#include "p4_target/extern_arrays.h"
#include "p4_target/value_sets.h"
#include "pipeline/digest_queue.h"
#include "pipeline/packet_replication.h"

namespace outrigger::p4_native {
struct BurstShape;
struct BurstStep;
}  // namespace outrigger::p4_native

namespace outrigger::p4_target {

class BurstPath;

struct Output {
  uint32_t port = 0;
  std::vector<uint8_t> bytes;
};

// A packet in its caller's memory. It comes with its port of arrival and goes with its verdict; a Forward one with its
// port and new bytes, which may begin up to `headroom` earlier or anywhere later. Again says nothing about its memory:
// it went through the program more than once, the last times slowly.
using p4_native::BurstPacket;
using p4_native::Verdict;
using pipeline::burst_packets_max;

// What left of a burst.
struct BurstOutput {
  uint32_t packet = 0;  // of the burst, which caused it
  uint32_t port = 0;
  std::span<const uint8_t> bytes;  // in that packet's own memory, unless it went slowly: then the target's
};

// Packets that came in bursts, by what became of them.
struct BurstStatistics {
  uint64_t bursts = 0;  // runs of the fast code
  uint64_t forwarded = 0;
  uint64_t dropped = 0;
  uint64_t slow = 0;  // by the engine
};

// Makes what runs the program; the host is the target.
using EngineFactory = std::function<std::unique_ptr<p4_ir::Engine>(const p4_ir::Program& program, p4_ir::Host& host)>;

class Target : public p4_ir::Host {
 public:
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  ~Target() override;

  // A packet arrives. What it causes is over when this returns, and in take_outputs().
  virtual void receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) = 0;
  // What has left since the last call, of each port in order.
  std::vector<Output> take_outputs() { return std::exchange(outputs_, {}); }

  // ---- target_bursts.cc
  // Packets arrive together, any number of them. Comes to the same as receive() for each in turn, but that packets
  // which the program forwards or drops without further ado are rewritten where they are and cost no allocation: their
  // verdict is Forward or Drop. Slow are those that went through receive(), and their memory is as it was. What has
  // left, in the order in which it did, stands until the next call.
  std::span<const BurstOutput> receive_burst(std::span<BurstPacket> packets, uint64_t now_ns);
  // Compiles the program for bursts; before that, and after an error (Unimplemented: not a program for bursts), all
  // packets are slow ones.
  Result<> prepare_bursts();
  // Null when packets do not go in bursts; `why_no_bursts` tells then.
  [[nodiscard]] const BurstPath* bursts() const noexcept { return bursts_.get(); }
  [[nodiscard]] const std::string& why_no_bursts() const noexcept { return why_no_bursts_; }
  [[nodiscard]] const BurstStatistics& burst_statistics() const noexcept { return burst_statistics_; }
  // May the program do otherwise at another time? Else packets of different times can share a burst. Errs on the side
  // of yes.
  [[nodiscard]] bool reads_time() const;

  // A clone session whose clones go where a multicast group says at that time (BMv2's `mirroring_add_mc`), or to one
  // port. Either takes the place of what the session was.
  Result<> set_clone_group(uint32_t session, uint32_t group);
  Result<> set_clone_port(uint32_t session, uint32_t port);

  // What crc16_custom or crc32_custom is from now on, in hashes, checksums and action selectors.
  Result<> set_custom_crc(const pipeline::CrcParameters& parameters) { return hasher_.set_custom_crc(parameters); }
  // The same for one hash or checksum alone, as architectures name them (v1model: calc, calc_0, calc_1, …).
  virtual Result<> set_calculation_crc(std::string_view name, const pipeline::CrcParameters& parameters);

  [[nodiscard]] const p4_ir::Program& program() const noexcept { return program_; }
  [[nodiscard]] Tables& tables() noexcept { return *tables_; }
  [[nodiscard]] ExternArrays& arrays() noexcept { return *arrays_; }
  [[nodiscard]] ValueSets& value_sets() noexcept { return value_sets_; }
  [[nodiscard]] pipeline::PacketReplication& replication() noexcept { return *replication_; }
  [[nodiscard]] EventLog& log() noexcept { return log_; }
  // Messages of digests with data of this type; null when the program sends none.
  [[nodiscard]] pipeline::DigestQueue* digests(std::string_view type_name) noexcept;
  // The names of the types of all digests that it sends.
  [[nodiscard]] std::vector<std::string> digest_types() const;
  // Registers of the device itself, which scripts reach as those of the program.
  struct DeviceRegister {
    std::string name;
    pipeline::RegisterArray* cells = nullptr;
  };
  virtual std::vector<DeviceRegister> device_registers() { return {}; }
  [[nodiscard]] uint64_t failed_assertions() const noexcept { return failed_assertions_; }
  // What failed since the last call, the first assertions_kept_max: "FILE:LINE: CALL does not hold".
  std::vector<std::string> take_assertion_texts() { return std::exchange(assertion_texts_, {}); }

  p4_ir::Found look_up(p4_ir::TableId table, std::span<const p4_ir::Bits> keys) final;
  void call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) final;
  [[nodiscard]] bool is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Bits> values) final;

 protected:
  using Handler = std::function<void(const p4_ir::CallExtern&, p4_ir::ExternValues&)>;
  // A method that an architecture has; of functions the type is empty.
  struct ExternMethod {
    std::string_view type;
    std::string_view name;
    Handler handler;
  };

  Target(const p4_ir::Program& program, uint64_t seed);
  // For architectures that want to know: a table has been looked up, and its action runs next.
  virtual void looked_up(p4_ir::TableId, std::span<const p4_ir::Bits>, const Lookup&) {}
  // How the architecture runs the program in bursts; none: it does not. Called once all is loaded.
  [[nodiscard]] virtual std::optional<p4_native::BurstShape> burst_shape() const;
  // Time has come to this, before a burst.
  virtual void begin_burst(uint64_t) {}
  // A packet of a burst ended as Verdict::Again, with the values of the shape's again_values.
  virtual void receive_again(const BurstPacket&, std::vector<p4_ir::Bits>, uint64_t /* now_ns */) {}
  // Before a packet: no table has been hit.
  void forget_colors() noexcept { direct_colors_.assign(direct_colors_.size(), std::nullopt); }
  // What the burst's shape goes by where it has a port_class.
  void set_port_cells(pipeline::RegisterArray* port_cells) noexcept { port_cells_ = port_cells; }
  // Tables, arrays and the rest, and a handler for each call of an extern. An extern that neither `methods` nor
  // `types_alone` (those without methods) have is an error that names it.
  Result<> load(std::span<const ExternMethod> methods, std::span<const std::string_view> types_alone);
  // The group of a session that has one.
  [[nodiscard]] std::optional<uint32_t> clone_group(uint32_t session) const;
  void put_output(uint32_t port, std::vector<uint8_t> bytes);
  [[nodiscard]] std::optional<HashAlgorithm> algorithm_of(uint64_t member) const;
  void send_digest(const p4_ir::CallExtern& call, const p4_ir::ExternValues::Argument& data);
  // A register's cell as the parts of a value: a struct is its fields, the first one uppermost.
  static void read_cell(const pipeline::RegisterArray& cells, uint64_t index, std::vector<p4_ir::Bits>& parts);
  static void write_cell(pipeline::RegisterArray& cells, uint64_t index, std::span<const p4_ir::Bits> parts);
  // The value of a scalar argument; one that needs more than 64 bits is the greatest of 64: beyond every array.
  static uint64_t scalar(const p4_ir::ExternValues::Argument& argument);
  static void give(p4_ir::ExternValues::Argument& argument, uint64_t result);
  // Both ends belong to it.
  uint64_t random_between(uint64_t low, uint64_t high);
  // log_msg, assert and assume, which are everywhere the same.
  void add_log_externs(std::vector<ExternMethod>& methods);

  const p4_ir::Program& program_;
  core::Random random_;
  Hasher hasher_{random_};
  uint64_t now_ns_ = 0;
  uint32_t counted_bytes_ = 0;          // of the packet at hand, for counters and meters
  bool counts_every_hit_ = true;        // direct counters and meters work without being called (v1model)
  std::vector<uint32_t> last_handles_;  // of the last lookup, by table
  // Of the last lookup, by the number of the direct meter's extern; none: a miss.
  std::vector<std::optional<pipeline::MeterColor>> direct_colors_;

 private:
  void note_hit(p4_ir::TableId table, const Lookup& result);
  void format_message(const p4_ir::CallExtern& call, const p4_ir::ExternValues& values);
  void note_assertion(const p4_ir::CallExtern& call, const p4_ir::ExternValues& values);
  Result<> prepare_calls(std::span<const ExternMethod> methods);
  Result<> prepare_digest(const p4_ir::CallExtern& call);
  [[nodiscard]] std::string digest_name(const p4_ir::CallExtern& call) const;
  size_t run_burst(std::span<BurstPacket> packets, uint32_t number, uint64_t now_ns);
  void take_fast(const BurstPacket& packet, uint32_t number);
  void receive_slowly(BurstPacket& packet, uint32_t number, uint64_t now_ns);
  void run_slowly(uint32_t number, const std::function<void()>& run);
  Result<> check_instances(std::span<const ExternMethod> methods, std::span<const std::string_view> types_alone) const;

  const uint64_t seed_;
  pipeline::Quiescence quiescence_;  // outlives what follows
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<ExternArrays> arrays_;
  std::unique_ptr<pipeline::PacketReplication> replication_;
  ValueSets value_sets_;
  EventLog log_;
  std::map<std::string, std::unique_ptr<pipeline::DigestQueue>, std::less<>> digests_;
  std::vector<const Handler*> handlers_;  // by the number of the call's site
  std::vector<ExternMethod> methods_;
  std::map<uint32_t, uint32_t> clone_groups_;  // by session
  std::vector<Output> outputs_;
  std::unique_ptr<BurstPath> bursts_;
  pipeline::RegisterArray* port_cells_ = nullptr;
  std::string why_no_bursts_ = "it was not asked for";
  BurstStatistics burst_statistics_;
  std::vector<BurstOutput> burst_outputs_;  // of the last burst
  std::vector<Output> slow_outputs_;        // its slow packets'
  uint64_t failed_assertions_ = 0;
  std::vector<std::string> assertion_texts_;
  std::vector<std::string> no_algorithm_;
  const std::vector<std::string>* algorithms_ = nullptr;  // names of the architecture's hash algorithms, by number
};

// Is it the package of an architecture that make_target() has?
[[nodiscard]] bool has_target(std::string_view architecture);

// The program's architecture with an engine around it. Errors: an architecture that cannot run, an extern that the
// architecture does not have, a table or array that is too large. `program` outlives it.
Result<std::unique_ptr<Target>> make_target(const p4_ir::Program& program, const EngineFactory& engine,
                                            uint64_t seed = 1);

}  // namespace outrigger::p4_target
