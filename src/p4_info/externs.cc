// Extern instances: counters, meters, registers, action profiles and selectors, digests.
#include <algorithm>
#include <cctype>

#include "p4_info/builder.h"

namespace outrigger::p4_info {

namespace {

namespace proto = ::p4::config::v1;

constexpr std::string_view size_parameters[] = {"size", "n_counters", "n_meters"};
constexpr std::string_view type_parameters[] = {"type"};

// The member that an argument is, in small letters: v1model writes `packets`, PSA and PNA `PACKETS`.
std::string unit_of(const p4::Instance& instance) {
  const p4::Value* const value = Builder::argument(instance, type_parameters);
  const auto* const member = value == nullptr ? nullptr : std::get_if<const p4::EnumMember*>(&value->data);
  std::string name = member == nullptr ? std::string() : (*member)->name.text;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

proto::CounterSpec counter_spec(const p4::Instance& instance) {
  const std::string unit = unit_of(instance);
  proto::CounterSpec out;
  out.set_unit(unit == "packets"             ? proto::CounterSpec::PACKETS
               : unit == "bytes"             ? proto::CounterSpec::BYTES
               : unit == "packets_and_bytes" ? proto::CounterSpec::BOTH
                                             : proto::CounterSpec::UNSPECIFIED);
  return out;
}

proto::MeterSpec meter_spec(const p4::Instance& instance) {
  const std::string unit = unit_of(instance);
  proto::MeterSpec out;
  out.set_unit(unit == "packets" ? proto::MeterSpec::PACKETS
               : unit == "bytes" ? proto::MeterSpec::BYTES
                                 : proto::MeterSpec::UNSPECIFIED);
  if (p4::has_annotation(instance.annotations, "single_rate_three_color")) {
    out.set_type(proto::MeterSpec::SINGLE_RATE_THREE_COLOR);
  } else if (p4::has_annotation(instance.annotations, "single_rate_two_color")) {
    out.set_type(proto::MeterSpec::SINGLE_RATE_TWO_COLOR);
  }
  return out;
}

// The type of the index: v1model's counter and meter have it as their only type argument, all registers and PSA's
// counter as their second, PSA's meter as its only one.
template <typename Message>
void add_index_type(Builder& builder, const p4::Instance& instance, size_t position, Message& out) {
  const std::vector<const p4::Type*>& arguments = instance.type->arguments;
  const size_t at = std::min(position, arguments.size());
  if (at < arguments.size()) {
    if (const std::string name = builder.types.new_type_name(arguments[at]); !name.empty()) {
      out.mutable_index_type_name()->set_name(name);
    }
  }
}

uint32_t user_of(const Builder& builder, const p4::Instance& instance) {
  const auto found = builder.users.find(&instance);
  return found == builder.users.end() ? 0 : found->second.front();
}

void add_counter(Builder& builder, const p4::Instance& instance) {
  proto::Counter& out = *builder.info.add_counters();
  builder.describe(*out.mutable_preamble(), proto::P4Ids::COUNTER, instance.name, instance.annotations);
  *out.mutable_spec() = counter_spec(instance);
  out.set_size(to_int64(Builder::argument(instance, size_parameters)));
  add_index_type(builder, instance, instance.type->arguments.size() > 1 ? 1 : 0, out);
}

void add_direct_counter(Builder& builder, const p4::Instance& instance) {
  proto::DirectCounter& out = *builder.info.add_direct_counters();
  builder.describe(*out.mutable_preamble(), proto::P4Ids::DIRECT_COUNTER, instance.name, instance.annotations);
  *out.mutable_spec() = counter_spec(instance);
  out.set_direct_table_id(user_of(builder, instance));
}

void add_meter(Builder& builder, const p4::Instance& instance) {
  proto::Meter& out = *builder.info.add_meters();
  builder.describe(*out.mutable_preamble(), proto::P4Ids::METER, instance.name, instance.annotations);
  *out.mutable_spec() = meter_spec(instance);
  out.set_size(to_int64(Builder::argument(instance, size_parameters)));
  add_index_type(builder, instance, 0, out);
}

void add_direct_meter(Builder& builder, const p4::Instance& instance) {
  proto::DirectMeter& out = *builder.info.add_direct_meters();
  builder.describe(*out.mutable_preamble(), proto::P4Ids::DIRECT_METER, instance.name, instance.annotations);
  *out.mutable_spec() = meter_spec(instance);
  out.set_direct_table_id(user_of(builder, instance));
}

void add_register(Builder& builder, const p4::Instance& instance) {
  proto::Register& out = *builder.info.add_registers();
  builder.describe(*out.mutable_preamble(), proto::P4Ids::REGISTER, instance.name, instance.annotations);
  if (!instance.type->arguments.empty()) {
    *out.mutable_type_spec() = builder.types.spec(instance.type->arguments[0]);
  }
  out.set_size(to_int32(Builder::argument(instance, size_parameters)));
  add_index_type(builder, instance, 1, out);
}

void add_action_profile(Builder& builder, const p4::Instance& instance, bool with_selector) {
  proto::ActionProfile& out = *builder.info.add_action_profiles();
  builder.describe(*out.mutable_preamble(), proto::P4Ids::ACTION_PROFILE, instance.name, instance.annotations);
  if (const auto found = builder.users.find(&instance); found != builder.users.end()) {
    out.mutable_table_ids()->Add(found->second.begin(), found->second.end());
  }
  out.set_size(to_int64(Builder::argument(instance, size_parameters)));
  if (!with_selector) {
    return;
  }
  out.set_with_selector(true);
  out.set_max_group_size(narrowed(number_of(instance.annotations, "max_group_size")));
  if (string_of(instance.annotations, "selector_size_semantics") == "sum_of_members") {
    proto::ActionProfile::SumOfMembers& members = *out.mutable_sum_of_members();
    members.set_max_member_weight(narrowed(number_of(instance.annotations, "max_member_weight")));
  } else {
    out.mutable_sum_of_weights();
  }
}

// One message for each type, with all instances of it. What they are like inside, P4Runtime leaves to the architecture.
void add_other(Builder& builder, const p4::Instance& instance, std::map<std::string, proto::Extern*>& types) {
  const std::string& type = instance.of->name.text;
  const Prefix prefix = builder.extern_types.at(type);
  proto::Extern*& out = types[type];
  if (out == nullptr) {
    out = builder.info.add_externs();
    out->set_extern_type_id(static_cast<uint32_t>(prefix));
    out->set_extern_type_name(type);
  }
  builder.describe(*out->add_instances()->mutable_preamble(), prefix, instance.name, instance.annotations);
}

}  // namespace

void add_externs(Builder& builder) {
  std::map<std::string, proto::Extern*> other_types;
  for (const ExternEntity& entity : builder.entities.externs) {
    const p4::Instance& instance = *entity.instance;
    switch (entity.kind) {
      case ExternKind::Counter: add_counter(builder, instance); break;
      case ExternKind::DirectCounter: add_direct_counter(builder, instance); break;
      case ExternKind::Meter: add_meter(builder, instance); break;
      case ExternKind::DirectMeter: add_direct_meter(builder, instance); break;
      case ExternKind::Register: add_register(builder, instance); break;
      case ExternKind::ActionProfile: add_action_profile(builder, instance, false); break;
      case ExternKind::ActionSelector: add_action_profile(builder, instance, true); break;
      case ExternKind::Other: add_other(builder, instance, other_types); break;
      case ExternKind::Digest: break;
    }
  }
  for (const DigestEntity& digest : builder.entities.digests) {
    proto::Digest& out = *builder.info.add_digests();
    builder.describe(*out.mutable_preamble(), proto::P4Ids::DIGEST, digest.name, digest.annotations);
    if (digest.type != nullptr) {
      *out.mutable_type_spec() = builder.types.spec(digest.type);
    }
  }
}

}  // namespace outrigger::p4_info
