// BurstProgram: the part of a lowered program that needs no host, as machine code for bursts of packets: parser,
// controls with tables and the externs that are arrays or functions, deparser; unicast or drop. A packet that comes to
// anything else — a clone, a digest, a varbit — is given back untouched, for an engine.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "p4_native/burst.h"
#include "p4_native/burst_hash.h"
#include "p4_native/native_program.h"

namespace outrigger::p4_native {

// One block, and what the architecture does after it, in this order.
struct BurstStep {
  const p4_ir::Block* block = nullptr;
  bool drops_rejected = false;                                          // of a parser; else a rejected packet goes on
  std::vector<p4_ir::VariableId> slow_when_set;                         // multicast group, clone session …
  std::optional<std::pair<p4_ir::VariableId, p4_ir::Bits>> drops_when;  // it has this value
  std::vector<std::pair<p4_ir::VariableId, p4_ir::VariableId>> copies;  // to, from
  std::vector<std::pair<p4_ir::VariableId, p4_ir::Bits>> sets;
  std::vector<p4_ir::VariableId> timestamps;   // get the burst's time
  bool drops_unsent = false;                   // packets for which no Send was called
  std::optional<p4_ir::VariableId> port_from;  // where the packet goes: what this says now, whatever it says later
  bool marks_length = false;                   // of the shape's headers that are valid
  bool moves_length = false;                   // packet_length, by what these headers are longer or shorter since then
  // A deparser: the packet that it has made is parsed anew by the next step, and all variables are 0 but for what
  // `copies` takes along and `sets` says.
  bool parses_again = false;
};

// An extern that needs no host: what a call of this name (and this many arguments) does. Places of arguments are
// numbers of the call's; `absent` where there is none.
struct BurstExtern {
  enum class Kind : uint8_t {
    Sets,            // mark_to_drop: it only sets variables: fields of its arguments, or else `sets`
    Nothing,         // v1model's direct_counter.count: hits count by themselves
    Send,            // PNA's send_to_port: the packet goes to the port `value`
    DropUnlessSent,  // drop_packet: as if it had not been sent
    Select,          // PNA's SelectByDirection: `result` gets `value` when `condition` is 0, else `base`
    UpdateChecksum,  // `value` gets the checksum over `data` when `condition` holds
    VerifyChecksum,  // sets the variables of `sets` when `value` is not that checksum
    Hash,            // `result`: base + hash over `data` modulo `max`; the hash alone without those
    Random,          // `result`: from `base` to `max`; without those between the constructor's numbers
    Tests,           // `result`: 1 when all of `tests` hold, else 0: PSA's psa_normal
    Count,
    Meter,          // `result`: the colour (shape.colors) after `color`
    ReadColor,      // `result`: the colour that the last hit of the direct meter's table gave
    ReadRegister,   // `result`
    WriteRegister,  // `value`
    ClearSum,       // PSA's InternetChecksum, of which a packet begins with a new one
    AddToSum,       // `data`
    SubtractFromSum,
    GetSum,       // `result`: the checksum
    GetSumState,  // `result`
    SetSumState,  // `value`
  };
  static constexpr int absent = -1;
  // Is this part of an argument, which has 64 bits at most, that number?
  struct Test {
    int argument = 0;
    size_t part = 0;
    uint64_t number = 0;
    bool is_equal = true;  // else: is it another?
  };

  std::string type = {};  // of the instance; empty: a function
  std::string name;
  Kind kind = Kind::Sets;
  std::vector<std::pair<p4_ir::VariableId, p4_ir::Bits>> sets = {};
  std::vector<std::pair<std::string, uint64_t>> fields = {};  // by the last part of their names
  std::vector<Test> tests = {};
  int arguments = absent;  // how many it is called with; absent: any number
  int result = absent;     // absent: what the call returns
  int index = absent;      // absent, of a direct one: that of the entry that the table found
  int value = absent;
  int data = absent;
  int condition = absent;
  int algorithm = absent;  // absent: a member of the architecture's enum in the constructor
  int base = absent;
  int max = absent;
  int color = absent;
  int bytes = absent;  // absent: those of the packet as it came in
  bool has_payload = false;
  const p4_ir::Block* block = nullptr;  // outside of it VerifyChecksum sets nothing
};

// How an architecture runs the program; the last step is the deparser, whose emits come last.
struct BurstShape {
  std::vector<BurstStep> steps;
  std::optional<p4_ir::VariableId> ingress_port;
  std::optional<p4_ir::VariableId> packet_length;
  // Is this when the cell of the port of arrival is not 0 (BurstResources::port_cells); otherwise, and beyond, 0.
  std::optional<std::pair<p4_ir::VariableId, p4_ir::Bits>> port_class;
  std::vector<p4_ir::VariableId> timestamps;  // get the burst's time before the first step
  uint64_t ns_per_timestamp = 1000;
  std::vector<p4_ir::HeaderId> headers;
  p4_ir::VariableId egress_port{};  // at the end, unless a step has port_from
  std::vector<BurstExtern> externs;
  std::vector<BurstHash> hashes;               // by the number of the member of the architecture's enum
  std::array<uint64_t, 3> colors = {0, 1, 2};  // the architecture's numbers of green, yellow and red
  bool counts_every_hit = false;               // direct counters and meters work at each hit, not when they are called
  uint32_t packet_bytes_max = UINT32_MAX;      // what might be longer when it is parsed again is slow
  // Packets with this port, where a step has port_from, come to the first step again. They are slow; but those that
  // went one by one before end as Verdict::Again, with these variables' values (BurstEngine::again_values()).
  std::optional<uint32_t> again_port;
  std::vector<p4_ir::VariableId> again_values;
  bool slow_comes_again = false;  // what is slow may go through some of the program more than once
};

// What a program needs of an extern's instance at run time.
struct BurstNeed {
  enum class Kind : uint8_t { Counter, Meter, Register, Profile };
  Kind kind = Kind::Counter;
  p4_ir::ExternId id{};
  uint32_t words = 0;  // of a register's cell
};

// In which order a burst's packets go on, and whether some must wait for others.
struct BurstOrder {
  std::vector<uint32_t> tables;  // in which they are asked: one before those that packets come to after it
  bool has_circle = false;       // packets may come back to a table
  bool is_ordered = false;       // packets work on registers or meters: their order counts
  bool has_one_by_one = false;   // some go one by one, after all others
  bool turns_slow_late = false;  // a packet may turn slow later than at once, and those behind it must then, too
};

class BurstProgram {
 public:
  // `program` and `shape` are not needed afterwards. Unimplemented: not a program for bursts.
  static Result<std::unique_ptr<BurstProgram>> compile(const p4_ir::Program& program, const BurstShape& shape,
                                                       const NativeOptions& options);
  ~BurstProgram();
  BurstProgram(const BurstProgram&) = delete;
  BurstProgram& operator=(const BurstProgram&) = delete;

  // Leaves in the context how many bytes one packet's coroutine needs.
  using Measure = void (*)(BurstContext* context);
  // Begins packets, with memory for each from `frames` on; returns how many: those behind a slow one are not begun
  // where the order counts. The first BurstContext::packets_ahead are fetched already.
  using Begin = uint64_t (*)(BurstContext* context, BurstPacket* packets, uint64_t count, uint8_t* frames,
                             uint64_t frame_stride);
  // Goes on with `count` packets.
  using Resume = void (*)(BurstContext* context, void* const* frames, const pipeline::Entry* const* found,
                          uint32_t count);
  [[nodiscard]] Measure measure() const noexcept { return measure_; }
  [[nodiscard]] Begin begin() const noexcept { return begin_; }
  [[nodiscard]] Resume resume() const noexcept { return resume_; }
  // Bytes of each table's key; nullopt where no packet waits for it.
  [[nodiscard]] const std::vector<std::optional<uint32_t>>& key_bytes() const noexcept { return key_bytes_; }
  [[nodiscard]] const std::vector<KeyFetch>& fetches() const noexcept { return fetches_; }
  [[nodiscard]] const BurstLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] uint32_t scratch_bytes() const noexcept { return scratch_bytes_; }
  [[nodiscard]] const std::vector<BurstNeed>& needs() const noexcept { return needs_; }
  [[nodiscard]] const BurstOrder& order() const noexcept { return order_; }
  [[nodiscard]] const std::vector<uint32_t>& again_widths() const noexcept { return again_widths_; }
  [[nodiscard]] uint64_t ns_per_timestamp() const noexcept { return ns_per_timestamp_; }
  [[nodiscard]] const std::string& llvm_text() const noexcept { return text_; }
  [[nodiscard]] const std::string& optimised_text() const noexcept { return optimised_text_; }

 private:
  BurstProgram() = default;

  std::unique_ptr<Machine> machine_;
  std::vector<std::optional<uint32_t>> key_bytes_;
  std::vector<KeyFetch> fetches_;  // by table
  BurstLayout layout_;
  uint32_t scratch_bytes_ = 0;
  std::vector<BurstNeed> needs_;
  BurstOrder order_;
  std::vector<uint32_t> again_widths_;  // of the shape's again_values
  uint64_t ns_per_timestamp_ = 1;
  Measure measure_ = nullptr;
  Begin begin_ = nullptr;
  Resume resume_ = nullptr;
  std::string text_;
  std::string optimised_text_;
};

}  // namespace outrigger::p4_native
