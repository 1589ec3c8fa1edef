// v1_switch.h: v1model as BMv2's simple_switch runs it (docs/simple_switch.md of p4lang/behavioral-model): parser,
// verify, ingress; then clones, resubmission, multicast, drop or unicast; egress; then clones, drop, recirculation or
// out, through compute and deparser.
#pragma once

#include <deque>
#include <variant>

#include "p4_target/target.h"
#include "p4_target/v1model/standard_metadata.h"
#include "pipeline/hash_functions.h"

namespace outrigger::p4_target {

class V1Switch final : public Target {
 public:
  // egress_spec of a packet that is to be dropped.
  static constexpr uint32_t drop_port = 511;

  static Result<std::unique_ptr<Target>> make(const p4_ir::Program& program, const EngineFactory& engine,
                                              uint64_t seed);

  void receive(uint32_t port, std::span<const uint8_t> packet, uint64_t now_ns) override;
  Result<> set_calculation_crc(std::string_view name, const pipeline::CrcParameters& parameters) override;

 private:
  using VariableList = std::vector<p4_ir::VariableId>;
  using Values = std::vector<std::pair<p4_ir::VariableId, p4_ir::Bits>>;

  // A packet before the parser.
  struct Arrival {
    std::vector<uint8_t> bytes;
    uint32_t port = 0;
    InstanceType type = InstanceType::Normal;
    uint64_t timestamp_us = 0;  // 0 for one that comes again
    Values preserved;           // metadata of the packet that it was
  };
  // A packet before egress, as all its copies share it.
  struct Parsed {
    std::vector<p4_ir::Bits> headers;   // of header_variables_
    std::vector<p4_ir::Bits> metadata;  // of metadata_variables_
    std::vector<uint8_t> payload;       // what the parser has not read
    uint32_t counted_bytes = 0;
    uint32_t packet_length = 0;
    std::optional<VariableList> recirculated;  // asked for in ingress
    std::optional<uint32_t> truncated_bytes;
  };
  struct Departure {
    std::shared_ptr<const Parsed> packet;
    uint32_t port = 0;
    std::optional<uint32_t> rid;  // of a copy
    uint32_t bytes_max = 0;       // 0: whole
  };
  struct Clone {
    uint32_t session = 0;
    VariableList preserved;
  };
  // The last digest of ingress: where it is called, and what it was given then.
  struct Digest {
    const p4_ir::CallExtern* call = nullptr;
    p4_ir::ExternValues::Argument data;
  };
  // A hash or checksum of the program's.
  struct Calculation {
    std::string name;
    uint32_t site = 0;                           // the call's
    std::optional<uint32_t> custom_width_bits;   // of the CRC, if it is a custom one
    std::optional<pipeline::CrcParameters> crc;  // if it is one of its own
  };
  // What the program asked for since the last block began.
  struct Requests {
    std::optional<Clone> clone;
    std::optional<Digest> digest;
    std::optional<VariableList> resubmitted;
    std::optional<VariableList> recirculated;
    std::optional<uint32_t> truncated_bytes;
  };

  V1Switch(const p4_ir::Program& program, uint64_t seed);
  Result<> find_blocks();
  [[nodiscard]] std::optional<p4_native::BurstShape> burst_shape() const override;

  // ---- v1_switch.cc: a packet's way
  void drain();
  void run_ingress(const Arrival& arrival);
  bool run_parser(const Arrival& arrival);
  void begin_ingress(const Arrival& arrival);
  void after_ingress(const Arrival& arrival);
  void run_egress(const Departure& departure);
  void begin_egress(const Departure& departure);
  void after_egress(const Departure& departure);
  void run_deparser(const Departure& departure);
  bool run(const p4_ir::Block& block);
  void send_requested_digest();
  // Puts the copies of a clone session or multicast group on their way.
  void send_clones(const Clone& clone, std::shared_ptr<const Parsed> packet);
  void replicate(uint32_t group, const std::shared_ptr<const Parsed>& packet);
  void enqueue(Departure departure);

  // ---- v1_packet.cc: a packet's state, in the engine and beside it
  [[nodiscard]] std::vector<p4_ir::Bits> read(const VariableList& variables) const;
  void write(const VariableList& variables, const std::vector<p4_ir::Bits>& values);
  [[nodiscard]] Values values_of(const VariableList& variables) const;
  // All metadata 0 but what is preserved and the type.
  [[nodiscard]] std::vector<p4_ir::Bits> fresh_metadata(const VariableList& preserved, InstanceType type) const;
  [[nodiscard]] uint64_t get(StandardMetadata::Field field) const;
  void set(StandardMetadata::Field field, uint64_t value);
  [[nodiscard]] std::vector<uint8_t> unread_payload() const;
  [[nodiscard]] uint32_t header_bytes() const;  // of the headers that are valid
  [[nodiscard]] std::shared_ptr<Parsed> snapshot() const;
  void give_up(std::string_view why);

  // ---- v1_calculations.cc
  void find_calculations();
  [[nodiscard]] uint64_t compute_hash(const p4_ir::CallExtern& call, HashAlgorithm algorithm,
                                      std::span<const uint8_t> bytes) const;

  // ---- v1_externs.cc, v1_packet_externs.cc
  [[nodiscard]] std::vector<ExternMethod> extern_methods();
  void add_packet_externs(std::vector<ExternMethod>& methods);
  void add_checksum_externs(std::vector<ExternMethod>& methods);
  void add_array_externs(std::vector<ExternMethod>& methods);
  void execute_meter(const p4_ir::CallExtern& call, p4_ir::ExternValues& values);
  void mark_to_drop(const p4_ir::CallExtern& call, p4_ir::ExternValues& values);
  void make_hash(const p4_ir::CallExtern& call, p4_ir::ExternValues& values);
  [[nodiscard]] std::optional<p4_ir::Bits> checksum_of(const p4_ir::CallExtern& call, const p4_ir::ExternValues& values,
                                                       bool with_payload);
  void verify_checksum(const p4_ir::CallExtern& call, const p4_ir::ExternValues& values, bool with_payload);
  void update_checksum(const p4_ir::CallExtern& call, p4_ir::ExternValues& values, bool with_payload);
  // The fields that a call lists itself, or whose number in @field_list it gives, in its `position`th argument.
  [[nodiscard]] static VariableList listed_fields(const p4_ir::CallExtern& call, size_t position);
  [[nodiscard]] VariableList field_list(const p4_ir::ExternValues& values, size_t position) const;

  std::unique_ptr<p4_ir::Engine> engine_;
  const p4_ir::Block* parser_ = nullptr;
  const p4_ir::Block* verify_ = nullptr;
  const p4_ir::Block* ingress_ = nullptr;
  const p4_ir::Block* egress_ = nullptr;
  const p4_ir::Block* compute_ = nullptr;
  const p4_ir::Block* deparser_ = nullptr;
  StandardMetadata standard_;
  VariableList header_variables_;
  VariableList metadata_variables_;
  std::vector<p4_ir::HeaderId> headers_;
  bool has_clones_ = false;
  std::vector<Calculation> calculations_;

  // Of the packet at hand:
  std::vector<uint8_t> packet_;  // what the engine parses
  std::vector<p4_ir::Bits> parsed_headers_;
  uint32_t parsed_bytes_ = 0;
  bool has_checksum_error_ = false;
  Requests requests_;
  std::deque<std::variant<Arrival, Departure>> waiting_;
};

}  // namespace outrigger::p4_target
