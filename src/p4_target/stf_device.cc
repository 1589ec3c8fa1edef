// stf_device.cc: counters, registers, meters, clone sessions and multicast groups for scripts.
#include <cmath>
#include <set>

#include "p4_target/stf_engine.h"
#include "pipeline/hash_functions.h"

namespace outrigger::p4_target {
namespace {

constexpr double microseconds_per_second = 1e6;

uint64_t per_second(double per_microsecond) {
  constexpr double most = 1e18;
  const double rate = per_microsecond * microseconds_per_second;
  return rate >= 0 ? static_cast<uint64_t>(std::min(rate, most) + 0.5) : 0;
}

// Committed first; one rate is both.
pipeline::MeterRates rates_of(std::span<const stf::MeterRate> rates) {
  if (rates.empty()) {
    return {};
  }
  const stf::MeterRate& committed = rates.front();
  const stf::MeterRate& peak = rates.back();
  return {.committed_rate = per_second(committed.per_microsecond),
          .committed_burst = committed.burst,
          .peak_rate = per_second(peak.per_microsecond),
          .peak_burst = peak.burst};
}

}  // namespace

Result<stf::CounterValue> StfEngine::read_counter(uint32_t counter, uint64_t cell) {
  const stf::CounterInfo& info = names_.info.counters[counter];
  if (info.is_direct) {
    OR_ASSIGN(cell, handle_of(info.table, cell));
  }
  OR_ASSIGN(const pipeline::CounterValue value, target_.arrays().counter(names_.counters[counter])->read(cell));
  return stf::CounterValue{.packets = value.packets, .bytes = value.bytes};
}

Result<stf::Bytes> StfEngine::read_register(uint32_t register_index, uint64_t cell) {
  const auto& cells = *names_.registers[register_index];
  stf::Bytes bytes(cells.width_bytes());
  cells.read_bytes(cell, bytes);
  return bytes;
}

Result<> StfEngine::write_register(uint32_t register_index, uint64_t cell, const stf::Bytes& value) {
  auto& cells = *names_.registers[register_index];
  OR_TRY(cells.check_write(cell, value));
  cells.write_bytes(cell, value);
  return {};
}

Result<> StfEngine::reset_register(uint32_t register_index) {
  names_.registers[register_index]->reset();
  return {};
}

Result<> StfEngine::set_meter_rates(uint32_t meter, uint64_t cell, std::span<const stf::MeterRate> rates) {
  const stf::MeterInfo& info = names_.info.meters[meter];
  if (info.is_direct) {
    OR_ASSIGN(cell, handle_of(info.table, cell));
  }
  return target_.arrays().meter(names_.meters[meter])->configure(cell, rates_of(rates), now_ns_);
}

Result<> StfEngine::set_all_meter_rates(uint32_t meter, std::span<const stf::MeterRate> rates) {
  pipeline::MeterArray& cells = *target_.arrays().meter(names_.meters[meter]);
  for (uint64_t cell = 0; cell < cells.size(); ++cell) {
    OR_TRY(cells.configure(cell, rates_of(rates), now_ns_));
  }
  return {};
}

Result<std::vector<stf::MeterRate>> StfEngine::read_meter_rates(uint32_t meter, uint64_t cell) {
  const stf::MeterInfo& info = names_.info.meters[meter];
  if (info.is_direct) {
    OR_ASSIGN(cell, handle_of(info.table, cell));
  }
  OR_ASSIGN(const pipeline::MeterRates rates, target_.arrays().meter(names_.meters[meter])->read(cell));
  return std::vector<stf::MeterRate>{
      {static_cast<double>(rates.committed_rate) / microseconds_per_second, rates.committed_burst},
      {static_cast<double>(rates.peak_rate) / microseconds_per_second, rates.peak_burst}};
}

Result<> StfEngine::set_mirror_session(uint32_t session, stf::MirrorTarget target) {
  if (target.is_multicast) {
    OR_TRY(target_.set_clone_group(session, target.port_or_group));
  } else {
    OR_TRY(target_.set_clone_port(session, target.port_or_group));
  }
  sessions_[session] = target;
  return {};
}

Result<stf::MirrorTarget> StfEngine::read_mirror_session(uint32_t session) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end()) {
    return fail(Code::NotFound, "there is no clone session {}", session);
  }
  return found->second;
}

Result<> StfEngine::create_multicast_group(uint32_t group) {
  if (groups_.contains(group)) {
    return fail(Code::AlreadyExists, "there is a multicast group {} already", group);
  }
  OR_TRY(target_.replication().set_multicast_group(group, {}));
  groups_[group] = {};
  return {};
}

Result<> StfEngine::add_replicas(uint32_t group, uint32_t rid, std::span<const uint32_t> ports) {
  pipeline::ReplicaList replicas = groups_[group];
  for (const uint32_t port : std::set(ports.begin(), ports.end())) {  // a node sends one copy to a port
    replicas.push_back({.port = port, .instance = rid});
  }
  OR_TRY(target_.replication().set_multicast_group(group, replicas));
  groups_[group] = std::move(replicas);
  return {};
}

Result<> StfEngine::set_crc_parameters(const stf::SetCrcParameters& parameters) {
  return target_.set_calculation_crc(parameters.name.text, {.width_bits = parameters.width_bits,
                                                            .polynomial = parameters.polynomial,
                                                            .initial = parameters.initial,
                                                            .final_xor = parameters.final_xor,
                                                            .is_input_reflected = parameters.is_input_reflected,
                                                            .is_output_reflected = parameters.is_output_reflected});
}

}  // namespace outrigger::p4_target
