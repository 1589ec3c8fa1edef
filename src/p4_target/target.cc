// target.cc: what all architectures share.
#include "p4_target/target.h"

#include <algorithm>

#include "p4_target/extern_calls.h"
#include "p4_target/field_bytes.h"
#include "p4_target/filter/packet_filter.h"
#include "p4_target/pna/pna_nic.h"
#include "p4_target/psa/psa_switch.h"
#include "p4_target/v1model/v1_switch.h"

namespace outrigger::p4_target {

namespace {

// The fewest arguments that an extern is called with. A program with an architecture file of its own may declare it
// otherwise.
struct Arity {
  std::string_view type;
  std::string_view name;
  size_t arguments_min;
  std::string_view architecture = {};  // where it differs from the others'
};

constexpr Arity arities[] = {
    {"", "hash", 3, "ubpf"},
    {"", "csum_replace2", 3},
    {"", "csum_replace4", 3},
    {"", "truncate", 1, "ubpf"},
    {"CounterArray", "increment", 1},
    {"CounterArray", "add", 2},
    {"counter", "count", 1},
    {"meter", "execute_meter", 2},
    {"direct_meter", "read", 1},
    {"register", "read", 2},
    {"register", "write", 2},
    {"Checksum16", "get", 1},
    {"", "random", 3},
    {"", "hash", 5},
    {"", "verify_checksum", 4},
    {"", "update_checksum", 4},
    {"", "verify_checksum_with_payload", 4},
    {"", "update_checksum_with_payload", 4},
    {"", "digest", 1},
    {"", "log_msg", 1},
    {"", "psa_clone_i2e", 1},
    {"", "psa_resubmit", 1},
    {"", "psa_normal", 1},
    {"", "psa_clone_e2e", 1},
    {"", "psa_recirculate", 2},
    {"", "send_to_port", 1},
    {"", "mirror_packet", 2},
    {"", "SelectByDirection", 3},
    {"", "add_entry", 2},
    {"", "add_entry_if", 3},
    {"", "set_entry_expire_time", 1},
    {"", "set_entry_expire_time_if", 2},
    {"", "update_expire_info", 3},
    {"Counter", "count", 1},
    {"Meter", "execute", 1},
    {"Meter", "dpdk_execute", 2},
    {"DirectMeter", "dpdk_execute", 1},
    {"Register", "read", 1},
    {"Register", "write", 2},
    {"Digest", "pack", 1},
    {"Hash", "get_hash", 1},
    {"Checksum", "update", 1},
    {"InternetChecksum", "add", 1},
    {"InternetChecksum", "subtract", 1},
    {"InternetChecksum", "set_state", 1},
};

bool has_too_few_arguments(const p4_ir::Program& program, std::string_view type, const p4_ir::CallExtern& call) {
  const auto* const found =
      std::ranges::find_if(arities, [&](const Arity& arity) {  // the architecture's own come first
        return arity.type == type && arity.name == call.name &&
               (arity.architecture.empty() || arity.architecture == program.architecture);
      });
  return found != std::end(arities) && call.arguments.size() < found->arguments_min;
}

}  // namespace

bool has_target(std::string_view architecture) {
  return architecture == "V1Switch" || architecture == "PSA_Switch" || architecture == "PNA_NIC" ||
         PacketFilter::is_one(architecture);
}

Result<std::unique_ptr<Target>> make_target(const p4_ir::Program& program, const EngineFactory& engine, uint64_t seed) {
  if (program.architecture == "V1Switch") {
    return V1Switch::make(program, engine, seed);
  }
  if (program.architecture == "PSA_Switch") {
    return PsaSwitch::make(program, engine, seed);
  }
  if (program.architecture == "PNA_NIC") {
    return PnaNic::make(program, engine, seed);
  }
  if (PacketFilter::is_one(program.architecture)) {
    return PacketFilter::make(program, engine, seed);
  }
  return fail(
      Code::Unimplemented,
      "programs of the architecture {} can be compiled, but not run; V1Switch, PSA_Switch, PNA_NIC, ebpfFilter, "
      "xdp and ubpf can",
      program.architecture);
}

Result<> Target::load(std::span<const ExternMethod> methods, std::span<const std::string_view> types_alone) {
  methods_.assign(methods.begin(), methods.end());
  OR_TRY(check_instances(methods_, types_alone));
  OR_TRY(prepare_calls(methods_));
  OR_ASSIGN(tables_, Tables::make(program_, quiescence_));
  OR_ASSIGN(arrays_, ExternArrays::make(program_, *tables_));
  OR_ASSIGN(replication_, pipeline::PacketReplication::make(quiescence_));
  last_handles_.assign(program_.tables.size(), pipeline::no_handle);
  direct_colors_.assign(program_.externs.size(), std::nullopt);
  algorithms_ = &no_algorithm_;
  for (const p4_ir::EnumInfo& known : program_.enums) {
    if (known.name == "HashAlgorithm" || known.name == "PSA_HashAlgorithm_t" || known.name == "PNA_HashAlgorithm_t") {
      algorithms_ = &known.members;
    }
  }
  return {};
}

Result<> Target::check_instances(std::span<const ExternMethod> methods,
                                 std::span<const std::string_view> types_alone) const {
  for (const p4_ir::Extern& declared : program_.externs) {
    const bool is_known = std::ranges::find(types_alone, declared.type_name) != types_alone.end() ||
                          std::ranges::find(methods, declared.type_name, &ExternMethod::type) != methods.end();
    if (!is_known) {
      return fail(Code::Unimplemented, "{} is an extern of type {}, which the architecture {} does not have",
                  declared.name, declared.type_name, program_.architecture);
    }
  }
  return {};
}

Result<> Target::prepare_calls(std::span<const ExternMethod> methods) {
  handlers_.assign(program_.extern_sites, nullptr);
  Result<> result;
  for_each_extern_call(program_, [&](const p4_ir::CallExtern& call) {
    if (!result.has_value() || call.name == p4_ir::packet_length_name || call.name == p4_ir::varbit_equal_name) {
      return;
    }
    const bool is_method = call.instance != p4_ir::ExternId::None;
    const std::string_view type = is_method ? std::string_view(program_.at(call.instance).type_name) : "";
    const auto found = std::ranges::find_if(
        methods, [&](const ExternMethod& method) { return method.type == type && method.name == call.name; });
    if (found == methods.end() || has_too_few_arguments(program_, type, call)) {
      result = fail(Code::Unimplemented, "the program calls the extern {}{}{}, which the architecture {} does not have",
                    type, type.empty() ? "" : ".", call.name, program_.architecture);
      return;
    }
    handlers_[call.site] = &found->handler;
    if (call.name == "digest" || type == "Digest") {
      result = prepare_digest(call);
    }
  });
  return result;
}

Result<> Target::prepare_digest(const p4_ir::CallExtern& call) {
  uint32_t size = 0;
  for (const p4_ir::ExternArgument::Part& part : call.arguments.back().parts) {
    size += bytes_of(part.width);
  }
  const std::string name = digest_name(call);
  if (size > pipeline::digest_bytes_max) {
    return fail(Code::ResourceExhausted, "a digest of {} has {} bytes; at most {} can be sent", name, size,
                pipeline::digest_bytes_max);
  }
  auto& queue = digests_[name];
  if (queue == nullptr || queue->message_bytes() < size) {
    queue = std::make_unique<pipeline::DigestQueue>(std::max(size, 1U), digest_messages_waiting_max);
  }
  return {};
}

// The data's type: the function's argument, or the instance's.
std::string Target::digest_name(const p4_ir::CallExtern& call) const {
  const auto& names = call.instance == p4_ir::ExternId::None ? call.type_argument_names
                                                             : program_.at(call.instance).type_argument_names;
  return names.empty() ? "" : names.front();
}

pipeline::DigestQueue* Target::digests(std::string_view type_name) noexcept {
  const auto found = digests_.find(type_name);
  return found == digests_.end() ? nullptr : found->second.get();
}

std::vector<std::string> Target::digest_types() const {
  std::vector<std::string> types;
  for (const auto& [type, queue] : digests_) {
    types.push_back(type);
  }
  return types;
}

Result<> Target::set_clone_group(uint32_t session, uint32_t group) {
  if (group == 0 || group >= pipeline::multicast_groups_max) {
    return fail(Code::InvalidArgument, "there is no multicast group {}", group);
  }
  OR_TRY(replication_->set_clone_session(session, {}));
  clone_groups_[session] = group;
  return {};
}

Result<> Target::set_clone_port(uint32_t session, uint32_t port) {
  OR_TRY(replication_->set_clone_session(session, {.replicas = {{.port = port, .instance = 0}}}));
  clone_groups_.erase(session);
  return {};
}

Result<> Target::set_calculation_crc(std::string_view name, const pipeline::CrcParameters&) {
  return fail(Code::Unimplemented, "{} has no calculations with names, and so no {}", program_.architecture, name);
}

std::optional<uint32_t> Target::clone_group(uint32_t session) const {
  const auto found = clone_groups_.find(session);
  return found == clone_groups_.end() ? std::nullopt : std::optional(found->second);
}

p4_ir::Found Target::look_up(p4_ir::TableId table, std::span<const p4_ir::Bits> keys) {
  const Lookup result = tables_->at(table).look_up(keys, now_ns_, hasher_);
  last_handles_[index_of(table)] = result.handle;
  if (counts_every_hit_) {
    note_hit(table, result);
  }
  looked_up(table, keys, result);
  return result.found;
}

void Target::note_hit(p4_ir::TableId table, const Lookup& result) {
  const ExternArrays::Direct& direct = arrays_->direct_of(table);
  for (const p4_ir::ExternId id : direct.meters) {
    auto& color = direct_colors_[index_of(id)];
    color.reset();
    if (result.found.is_hit) {
      color = arrays_->meter(id)->execute(result.handle, counted_bytes_, now_ns_);
    }
  }
  for (const p4_ir::ExternId id : direct.counters) {
    if (result.found.is_hit) {
      arrays_->counter(id)->count(0, result.handle, counted_bytes_);
    }
  }
}

void Target::call(const p4_ir::CallExtern& call, p4_ir::ExternValues& values) {
  if (const Handler* handler = handlers_[call.site]) {
    (*handler)(call, values);
  }
}

bool Target::is_in_set(p4_ir::ValueSetId set, std::span<const p4_ir::Bits> values) {
  return value_sets_.contains(set, values);
}

void Target::put_output(uint32_t port, std::vector<uint8_t> bytes) {
  if (outputs_.size() >= outputs_max) {
    log_.add("a packet was dropped: nobody takes what leaves");
    return;
  }
  outputs_.push_back({port, std::move(bytes)});
}

std::optional<HashAlgorithm> Target::algorithm_of(uint64_t member) const {
  return member < algorithms_->size() ? find_hash_algorithm((*algorithms_)[member]) : std::nullopt;
}

}  // namespace outrigger::p4_target
