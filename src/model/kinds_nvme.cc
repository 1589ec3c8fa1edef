// NVMe subsystems with their controllers and namespaces. Over a network an OPI controller is an address at which its
// subsystem is reached; the specification's controllers come and go with the hosts that connect.
#include "model/kind_checks.h"
#include "model/kinds.h"
#include "model/kinds_nvme_keys.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/nvme_address.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

#include <algorithm>
#include <array>
#include <set>

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Serial and model numbers: space-padded ASCII on the wire.
Result<void> check_text(std::string_view text, size_t length_max, std::string_view what, std::string_view field) {
  if (text.size() > length_max) {
    return fail(Code::InvalidArgument, "{}: {} value ({}) is too long, have to be between 1 and {}", field, what,
                quotable(text), length_max);
  }
  if (!std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) {
    return fail(Code::InvalidArgument, "{}: {} has other characters than those of ASCII that can be printed", field,
                what);
  }
  return {};
}

template <typename Names>
Result<void> check_hosts(const Names& hosts, std::string_view field) {
  if (static_cast<size_t>(hosts.size()) > nvme_hosts_max) {
    return fail(Code::InvalidArgument, "{}: {} hosts; at most {} are accepted", field, hosts.size(), nvme_hosts_max);
  }
  std::set<std::string_view> seen;
  for (const std::string& host : hosts) {
    OR_TRY(check_nqn(host, field));
    if (!seen.insert(host).second) {
      return fail(Code::InvalidArgument, "{}: '{}' is named twice", field, quotable(host));
    }
  }
  return {};
}

// "sub1" of "sub1/ctrl1".
std::string_view parent_of(std::string_view key) { return key.substr(0, key.rfind('/')); }

// Calls `visit(name, message)` for the other resources of the type that belong to the same subsystem.
template <typename Resource, typename Visit>
void for_each_sibling(std::string_view key, const Lookup& lookup, const Visit& visit) {
  const std::string parent = fmt::format("nvmeSubsystems/{}/", parent_of(key));
  const std::string own_end = fmt::format("/{}", last_segment(key));
  lookup.for_each(*Resource::descriptor(), [&](const std::string& name, const Message& other) {
    if (name.starts_with(parent) && !name.ends_with(own_end)) {
      visit(name, static_cast<const Resource&>(other));
    }
  });
}

// -- subsystems

// A key is agreed with one host: it does not become another's because the name changes.
Result<void> check_psk_follows_host(const KindSpec::Subject& subject, std::string_view prefix) {
  if (subject.before == nullptr) {
    return {};
  }
  const auto& wanted = static_cast<const opi::NvmeSubsystem&>(subject.wanted).spec();
  const auto& before = static_cast<const opi::NvmeSubsystem&>(*subject.before).spec();
  if (wanted.psk().empty() || wanted.psk() != before.psk() || wanted.hostnqn() == before.hostnqn()) {
    return {};
  }
  return fail(Code::InvalidArgument,
              "{}.psk: the stored key was agreed with host \"{}\": give {}.hostnqn and its own {}.psk in the same call",
              prefix, before.hostnqn(), prefix, prefix);
}

Result<void> check_subsystem(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& spec = static_cast<const opi::NvmeSubsystem&>(subject.wanted).spec();
  const std::string prefix = std::string(subject.prefix) + ".spec";
  OR_TRY(check_nqn(spec.nqn(), prefix + ".nqn"));
  OR_TRY(check_text(spec.serial_number(), nvme_serial_length_max, "SerialNumber", prefix + ".serial_number"));
  OR_TRY(check_text(spec.model_number(), nvme_model_length_max, "ModelNumber", prefix + ".model_number"));
  if (spec.max_namespaces() < 0 || spec.max_namespaces() > nvme_nsid_max) {
    return fail(Code::InvalidArgument, "{}.max_namespaces: {} is not from 0 to {}", prefix, spec.max_namespaces(),
                nvme_nsid_max);
  }
  if (!spec.hostnqn().empty()) {
    OR_TRY(check_nqn(spec.hostnqn(), prefix + ".hostnqn"));
  }
  OR_TRY(check_psk(spec, prefix));
  OR_TRY(check_psk_follows_host(subject, prefix));
  const std::string own_name = "nvmeSubsystems/" + std::string(subject.key);
  std::string holder;
  lookup.for_each(*opi::NvmeSubsystem::descriptor(), [&](const std::string& name, const Message& other) {
    if (name != own_name && static_cast<const opi::NvmeSubsystem&>(other).spec().nqn() == spec.nqn()) {
      holder = name;
    }
  });
  if (!holder.empty()) {
    return fail(Code::AlreadyExists,
                "{}.nqn: Could not create NQN: {} since object {} with same NQN already exists: choose another", prefix,
                spec.nqn(), holder);
  }
  return {};
}

Result<void> check_static_controllers(const google::protobuf::RepeatedField<int32_t>& identifiers) {
  constexpr std::string_view field = "nvme_subsystem_options.static_controllers";
  if (static_cast<size_t>(identifiers.size()) > nvme_static_controllers_max) {
    return fail(Code::InvalidArgument, "{}: {} identifiers; give at most {}", field, identifiers.size(),
                nvme_static_controllers_max);
  }
  std::set<int32_t> known;
  for (const int32_t identifier : identifiers) {
    if (identifier < 0 || identifier > nvme_cntlid_max) {
      return fail(Code::InvalidArgument, "{}: {} is not from 0 to {}", field, identifier, nvme_cntlid_max);
    }
    if (!known.insert(identifier).second) {
      return fail(Code::InvalidArgument, "{}: {} is named twice", field, identifier);
    }
  }
  return {};
}

Result<void> check_subsystem_options(const Message& message) {
  const auto& options = static_cast<const v1::NvmeSubsystemOptions&>(message);
  OR_TRY(check_static_controllers(options.static_controllers()));
  OR_TRY(check_hosts(options.hosts(), "nvme_subsystem_options.hosts"));
  return check_host_security(options, "nvme_subsystem_options.host_security");
}

// Identifiers of namespaces in the subsystem of `key` go up to this.
int64_t nsid_max_of(std::string_view key, const Lookup& lookup) {
  const std::string parent = fmt::format("nvmeSubsystems/{}", parent_of(key));
  int64_t found = 0;
  lookup.for_each(*opi::NvmeSubsystem::descriptor(), [&](const std::string& name, const Message& message) {
    if (name == parent) {
      found = static_cast<const opi::NvmeSubsystem&>(message).spec().max_namespaces();
    }
  });
  return found == 0 ? nvme_nsid_max : found;
}

// -- controllers

Result<void> check_transport(const opi::NvmeControllerSpec& spec, std::string_view prefix) {
  const std::string word = opi::NvmeTransportType_Name(spec.trtype());
  const bool is_pcie = spec.trtype() == opi::NVME_TRANSPORT_TYPE_PCIE;
  if (!is_pcie && spec.trtype() != opi::NVME_TRANSPORT_TYPE_TCP && spec.trtype() != opi::NVME_TRANSPORT_TYPE_RDMA) {
    return fail(Code::InvalidArgument, "{}.trtype: not supported transport type: {}: use TCP", prefix,
                word.empty() ? std::to_string(spec.trtype()) : word);
  }
  if (is_pcie ? !spec.has_pcie_id() : !spec.has_fabrics_id()) {
    return fail(Code::InvalidArgument, "{}: invalid endpoint type passed for transport: {} goes with {}", prefix, word,
                is_pcie ? "pcie_id" : "fabrics_id");
  }
  if (is_pcie) {
    return fail(Code::Unimplemented,
                "{}.trtype: PCIe controllers need vfio-user, which this version does not have: use TCP, or give a "
                "guest the volume as a VirtioBlk",
                prefix);
  }
  if (spec.trtype() == opi::NVME_TRANSPORT_TYPE_RDMA) {
    return fail(Code::Unimplemented, "{}.trtype: this version does not serve NVMe over RDMA: use TCP", prefix);
  }
  return {};
}

Result<void> check_endpoint(const opi::FabricsEndpoint& endpoint, std::string_view prefix) {
  if (endpoint.adrfam() != opi::NVME_ADDRESS_FAMILY_IPV4 && endpoint.adrfam() != opi::NVME_ADDRESS_FAMILY_IPV6) {
    return fail(Code::InvalidArgument, "{}.fabrics_id.adrfam: TCP goes over IPV4 or IPV6", prefix);
  }
  if (!nvme_address(endpoint).empty()) {
    return {};
  }
  opi::FabricsEndpoint with_port = endpoint;
  with_port.set_trsvcid("1");
  if (nvme_address(with_port).empty()) {
    return fail(Code::InvalidArgument, "{}.fabrics_id.traddr: '{}' is not an {} address: write it as numbers", prefix,
                quotable(endpoint.traddr()), endpoint.adrfam() == opi::NVME_ADDRESS_FAMILY_IPV4 ? "IPv4" : "IPv6");
  }
  return fail(Code::InvalidArgument, "{}.fabrics_id.trsvcid: '{}' is not a TCP port: give 1 to 65535", prefix,
              quotable(endpoint.trsvcid()));
}

// A host's queue is a submission and a completion queue (Base 2.0, 3.3.1), so that the smaller number counts.
Result<void> check_queue_counts(const opi::NvmeControllerSpec& spec, std::string_view prefix) {
  const std::pair<std::string_view, int32_t> queues[] = {{"max_nsq", spec.max_nsq()}, {"max_ncq", spec.max_ncq()}};
  for (const auto& [name, value] : queues) {
    if (value < 0 || value > nvme_queue_count_max) {
      return fail(Code::InvalidArgument, "{}.{}: {} is not from 1 to {}; 0 leaves it to the server", prefix, name,
                  value, nvme_queue_count_max);
    }
  }
  return {};
}

// A controller shows the namespaces of its subsystem; a number that they cannot exceed is kept by itself.
Result<void> check_namespace_count(const opi::NvmeControllerSpec& spec, std::string_view prefix, int64_t nsid_max) {
  if (spec.max_namespaces() < 0) {
    return fail(Code::InvalidArgument, "{}.max_namespaces cannot be negative: 0 leaves it to the server", prefix);
  }
  if (spec.max_namespaces() != 0 && spec.max_namespaces() < nsid_max) {
    return fail(Code::Unimplemented,
                "{}.max_namespaces: a controller shows up to {} namespaces, as many as its subsystem may hold: limit "
                "nvme_subsystem.spec.max_namespaces, or leave it 0",
                prefix, nsid_max);
  }
  return {};
}

// What OPI lets one ask for and TCP, or this version, cannot give is refused, not forgotten.
Result<void> check_controller_limits(const opi::NvmeControllerSpec& spec, std::string_view prefix) {
  OR_TRY(check_queue_counts(spec, prefix));
  // NVM Express Base Specification, Identify Controller: SQES and CQES of the NVM command set.
  if ((spec.sqes() != 0 && spec.sqes() != nvme_sqes) || (spec.cqes() != 0 && spec.cqes() != nvme_cqes)) {
    return fail(Code::InvalidArgument, "{}: entries have 2^{} (sqes) and 2^{} (cqes) bytes: give these or 0", prefix,
                nvme_sqes, nvme_cqes);
  }
  if (has_rates(spec.min_limit())) {
    return fail(Code::InvalidArgument,
                "{}.min_limit is not supported: rates can be limited, not promised; leave it out", prefix);
  }
  return check_rates(spec.max_limit(), std::string(prefix) + ".max_limit");
}

Result<void> check_controller(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& spec = static_cast<const opi::NvmeController&>(subject.wanted).spec();
  const std::string prefix = std::string(subject.prefix) + ".spec";
  OR_TRY(check_transport(spec, prefix));
  OR_TRY(check_endpoint(spec.fabrics_id(), prefix));
  OR_TRY(check_controller_limits(spec, prefix));
  OR_TRY(check_namespace_count(spec, prefix, nsid_max_of(subject.key, lookup)));
  const std::string address = nvme_address(spec.fabrics_id());
  std::string holder;
  size_t count = 0;
  for_each_sibling<opi::NvmeController>(subject.key, lookup,
                                        [&](const std::string& name, const opi::NvmeController& other) {
                                          ++count;
                                          if (nvme_address(other.spec().fabrics_id()) == address) {
                                            holder = name;
                                          }
                                        });
  if (!holder.empty()) {
    return fail(Code::AlreadyExists, "{}.fabrics_id: {} is at {} already: choose another address or port", prefix,
                holder, address);
  }
  if (count >= nvme_controllers_max) {
    return fail(Code::ResourceExhausted, "nvmeSubsystems/{} is reached at {} addresses, no more are accepted",
                parent_of(subject.key), count);
  }
  return {};
}

Result<void> check_controller_options(const Message& message) {
  const auto& options = static_cast<const v1::NvmeControllerOptions&>(message);
  std::set<int32_t> seen;
  for (const v1::NvmeAnaState& state : options.ana_states()) {
    if (state.group() < 1 || state.group() > nvme_ana_group_max) {
      return fail(Code::InvalidArgument, "nvme_controller_options.ana_states: {} is not a group: give 1 to {}",
                  state.group(), nvme_ana_group_max);
    }
    if (!seen.insert(state.group()).second) {
      return fail(Code::InvalidArgument, "nvme_controller_options.ana_states: group {} is named twice", state.group());
    }
    if (!v1::NvmeAnaState::State_IsValid(state.state())) {
      return fail(Code::InvalidArgument, "nvme_controller_options.ana_states: unknown state {}",
                  static_cast<int>(state.state()));
    }
  }
  return {};
}

// -- namespaces

// 32 hexadecimal digits, with or without hyphens between; not all zero, which says "none".
bool is_nguid(std::string_view text) noexcept {
  const auto digits = std::ranges::count_if(text, is_hex);
  return digits == 32 && std::ranges::all_of(text, [](char c) { return is_hex(c) || c == '-'; }) &&
         std::ranges::any_of(text, [](char c) { return c != '0' && c != '-'; });
}

// Its digits alone, in lower case.
std::string plain_digits(std::string_view text) {
  std::string out = lower_case(text);
  std::erase(out, '-');
  return out;
}

// Hosts tell namespaces apart by these, in whichever subsystem they are: Linux refuses a second one.
Result<void> check_identifiers(const KindSpec::Subject& subject, const opi::NvmeNamespaceSpec& spec,
                               const std::string& prefix, const Lookup& lookup) {
  if (!spec.uuid().empty() && (!is_uuid(spec.uuid()) || !is_nguid(spec.uuid()))) {
    return fail(Code::InvalidArgument, "{}.uuid: '{}' is not a UUID: leave it empty to get one from the server", prefix,
                quotable(spec.uuid()));
  }
  if (!spec.nguid().empty() && !is_nguid(spec.nguid())) {
    return fail(Code::InvalidArgument, "{}.nguid: '{}' is not 32 hexadecimal digits, not all zero", prefix,
                quotable(spec.nguid()));
  }
  const std::string own_name = fmt::format("nvmeSubsystems/{}/nvmeNamespaces/{}", parent_of(subject.key), subject.id);
  std::string_view field;
  std::string holder;
  const auto is_same = [](const std::string& a, const std::string& b) {
    return !a.empty() && plain_digits(a) == plain_digits(b);
  };
  lookup.for_each(*opi::NvmeNamespace::descriptor(), [&](const std::string& name, const Message& message) {
    const auto& other = static_cast<const opi::NvmeNamespace&>(message).spec();
    if (name == own_name) {
      return;
    }
    if (is_same(spec.uuid(), other.uuid())) {
      field = "uuid";
    } else if (is_same(spec.nguid(), other.nguid())) {
      field = "nguid";
    } else if (spec.eui64() != 0 && spec.eui64() == other.eui64()) {
      field = "eui64";
    } else {
      return;
    }
    holder = name;
  });
  if (!holder.empty()) {
    return fail(Code::AlreadyExists, "{}.{}: {} has it already: hosts tell namespaces apart by it; choose another",
                prefix, field, holder);
  }
  return {};
}

Result<void> check_namespace(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& spec = static_cast<const opi::NvmeNamespace&>(subject.wanted).spec();
  const std::string prefix = std::string(subject.prefix) + ".spec";
  const int64_t nsid_max = nsid_max_of(subject.key, lookup);
  if (spec.host_nsid() < 0 || spec.host_nsid() > nsid_max) {
    return fail(Code::InvalidArgument, "{}.host_nsid: {} is not from 1 to {}; 0 leaves it to the server", prefix,
                spec.host_nsid(), nsid_max);
  }
  std::string holder;
  for_each_sibling<opi::NvmeNamespace>(subject.key, lookup,
                                       [&](const std::string& name, const opi::NvmeNamespace& other) {
                                         if (spec.host_nsid() != 0 && other.spec().host_nsid() == spec.host_nsid()) {
                                           holder = name;
                                         }
                                       });
  if (!holder.empty()) {
    return fail(Code::AlreadyExists, "{}.host_nsid: {} is namespace {} already: choose another, or 0", prefix, holder,
                spec.host_nsid());
  }
  return check_identifiers(subject, spec, prefix, lookup);
}

Result<void> check_namespace_options(const Message& message) {
  const auto& options = static_cast<const v1::NvmeNamespaceOptions&>(message);
  if (options.ana_group() < 0 || options.ana_group() > nvme_ana_group_max) {
    return fail(Code::InvalidArgument, "nvme_namespace_options.ana_group: {} is not a group: give 1 to {}, or 0",
                options.ana_group(), nvme_ana_group_max);
  }
  OR_TRY(check_hosts(options.hosts(), "nvme_namespace_options.hosts"));
  return check_rates(options.max_limit(), "nvme_namespace_options.max_limit");
}

// The number and the UUID stay with the namespace from now on: what hosts know it by must outlive every restart.
Result<void> choose_identifiers(Message& message, const KindSpec::Choice& choice) {
  auto& spec = *static_cast<opi::NvmeNamespace&>(message).mutable_spec();
  if (spec.uuid().empty()) {
    spec.set_uuid(make_uuid(choice.random));
  }
  if (spec.host_nsid() != 0) {
    return {};
  }
  std::set<int32_t> taken;
  for_each_sibling<opi::NvmeNamespace>(
      choice.key, choice.lookup,
      [&](const std::string&, const opi::NvmeNamespace& other) { taken.insert(other.spec().host_nsid()); });
  int32_t lowest = 1;
  while (taken.contains(lowest)) {
    ++lowest;
  }
  if (lowest > nsid_max_of(choice.key, choice.lookup)) {
    return fail(Code::ResourceExhausted, "nvmeSubsystems/{} holds {} namespaces, no more fit: delete some",
                parent_of(choice.key), taken.size());
  }
  spec.set_host_nsid(lowest);
  return {};
}

KindSpec nvme_kind(const google::protobuf::Descriptor* message, std::string word, std::string noun,
                   std::vector<std::string> collections, const google::protobuf::Descriptor* options) {
  KindSpec spec;
  spec.message = message;
  spec.service = message->file()->service(0);
  spec.word = std::move(word);
  spec.noun = std::move(noun);
  spec.rest_collections = collections;
  spec.collections = std::move(collections);
  spec.options = options;
  spec.options_service = options->file()->FindServiceByName(options->name() + "Service");
  return spec;
}

}  // namespace

KindSpec nvme_subsystem_kind() {
  KindSpec spec = nvme_kind(opi::NvmeSubsystem::descriptor(), "nvme-subsystem", "NVMe subsystem", {"nvmeSubsystems"},
                            v1::NvmeSubsystemOptions::descriptor());
  spec.rules.immutable = {"spec.nqn", "spec.max_namespaces"};
  spec.rules.secrets = {"spec.psk"};
  spec.rules.chosen = {"spec.serial_number", "spec.model_number"};
  spec.validate = check_subsystem;
  spec.options_rules.lists = {{"host_security", "hostnqn"}};
  spec.validate_options = check_subsystem_options;
  spec.validate_both = check_keys_together;
  spec.show_options = show_keys;
  return spec;
}

KindSpec nvme_controller_kind() {
  KindSpec spec = nvme_kind(opi::NvmeController::descriptor(), "nvme-controller", "NVMe controller",
                            {"nvmeSubsystems", "nvmeControllers"}, v1::NvmeControllerOptions::descriptor());
  spec.rules.immutable = {"spec.trtype", "spec.pcie_id", "spec.fabrics_id"};
  spec.rules.outputs = {"spec.nvme_controller_id"};  // hosts' controllers are dynamic: what a client sends is ignored
  spec.validate = check_controller;
  spec.options_rules.lists = {{"ana_states", "group"}};
  spec.validate_options = check_controller_options;
  return spec;
}

KindSpec nvme_namespace_kind() {
  KindSpec spec = nvme_kind(opi::NvmeNamespace::descriptor(), "nvme-namespace", "NVMe namespace",
                            {"nvmeSubsystems", "nvmeNamespaces"}, v1::NvmeNamespaceOptions::descriptor());
  spec.rules.immutable = {"spec.volume_name_ref", "spec.host_nsid", "spec.nguid", "spec.eui64", "spec.uuid"};
  spec.rules.chosen = {"spec.host_nsid", "spec.uuid"};
  spec.references = {{"spec.volume_name_ref", {}}};
  spec.validate = check_namespace;
  spec.validate_options = check_namespace_options;
  spec.choose = choose_identifiers;
  return spec;
}

}  // namespace outrigger::model
