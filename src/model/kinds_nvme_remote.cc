// Remote NVMe controllers, the paths to them, and the namespaces that are found there. A remote controller is a
// subsystem of somebody else's with all our paths to it; a namespace is a volume whose id is that of the controller,
// "n" and its number, as SPDK's clients write it.
#include "model/kind_checks.h"
#include "model/kinds.h"
#include "model/kinds_nvme_keys.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/nvme_address.h"
#include "model/nvme_discovery.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "storage/backend_nvme.pb.h"

#include <algorithm>

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

// Base 2.0, 4.5: the name of every discovery service.
constexpr std::string_view nvme_discovery_nqn = "nqn.2014-08.org.nvmexpress.discovery";

// "nvme0" of "nvme0/path1".
std::string_view parent_of(std::string_view key) { return key.substr(0, key.rfind('/')); }

template <typename Resource, typename Visit>
void for_each_below(std::string_view parent, const Lookup& lookup, const Visit& visit) {
  const std::string begin = fmt::format("nvmeRemoteControllers/{}/", parent);
  lookup.for_each(*Resource::descriptor(), [&](const std::string& name, const Message& message) {
    if (name.starts_with(begin)) {
      visit(name, static_cast<const Resource&>(message));
    }
  });
}

// Other paths of the same controller.
template <typename Visit>
void for_each_sibling(std::string_view key, const Lookup& lookup, const Visit& visit) {
  const std::string own_end = fmt::format("/{}", last_segment(key));
  for_each_below<opi::NvmePath>(parent_of(key), lookup, [&](const std::string& name, const opi::NvmePath& path) {
    if (!name.ends_with(own_end)) {
      visit(name, path);
    }
  });
}

// -- controllers

size_t path_count_of(std::string_view controller, const Lookup& lookup) {
  size_t count = 0;
  for_each_below<opi::NvmePath>(controller, lookup, [&](const std::string&, const opi::NvmePath&) { ++count; });
  return count;
}

Result<void> check_remote_controller(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& controller = static_cast<const opi::NvmeRemoteController&>(subject.wanted);
  OR_TRY(check_remote_values(controller, subject.prefix));
  if (controller.tcp().psk().size() > nvme_psk_length_max) {
    return fail(Code::InvalidArgument, "{}.tcp.psk: {} bytes; at most {} are accepted", subject.prefix,
                controller.tcp().psk().size(), nvme_psk_length_max);
  }
  OR_TRY(check_remote_psk(controller, subject.prefix));
  if (controller.multipath() == opi::NVME_MULTIPATH_DISABLE && subject.before != nullptr) {
    const size_t count = path_count_of(subject.key, lookup);
    if (count > 1) {
      return fail(Code::FailedPrecondition,
                  "{}.multipath: nvmeRemoteControllers/{} has {} paths, and without multipathing it may have one: "
                  "delete the others first",
                  subject.prefix, subject.key, count);
    }
  }
  return {};
}

Result<void> check_remote_controller_removal(const KindSpec::Subject& subject, const Lookup& lookup) {
  std::string first;
  for_each_below<opi::NvmePath>(subject.key, lookup, [&](const std::string& name, const opi::NvmePath&) {
    first = first.empty() ? name : first;
  });
  if (first.empty()) {
    return {};
  }
  return fail(Code::FailedPrecondition, "NvmePaths exist for controller nvmeRemoteControllers/{}: delete {} first",
              subject.key, first);
}

Result<void> check_milliseconds(int64_t value, int64_t least, std::string_view field) {
  if (value < least || value > nvme_remote_ms_max) {
    return fail(Code::InvalidArgument, "nvme_remote_controller_options.{}: {} is not from {} to {}", field, value,
                least, nvme_remote_ms_max);
  }
  return {};
}

Result<void> check_remote_options(const Message& message) {
  const auto& options = static_cast<const v1::NvmeRemoteControllerOptions&>(message);
  if (!v1::NvmeRemoteControllerOptions::Selector_IsValid(options.selector())) {
    return fail(Code::InvalidArgument, "nvme_remote_controller_options.selector: unknown value {}",
                static_cast<int>(options.selector()));
  }
  OR_TRY(check_milliseconds(options.connect_timeout_ms(), 0, "connect_timeout_ms"));
  OR_TRY(check_milliseconds(options.keep_alive_ms(), 0, "keep_alive_ms"));
  OR_TRY(check_milliseconds(options.reconnect_delay_ms(), 0, "reconnect_delay_ms"));
  OR_TRY(check_milliseconds(options.controller_loss_ms(), 0, "controller_loss_ms"));
  OR_TRY(check_milliseconds(options.fast_io_fail_ms(), 0, "fast_io_fail_ms"));
  OR_TRY(check_milliseconds(options.write_retry_hold_ms(), -1, "write_retry_hold_ms"));
  OR_TRY(check_milliseconds(options.answer_timeout_ms(), 0, "answer_timeout_ms"));
  return check_remote_keys(options, "nvme_remote_controller_options");
}

// -- paths

opi::FabricsEndpoint endpoint_of(std::string_view traddr, int64_t trsvcid, opi::NvmeAddressFamily adrfam) {
  opi::FabricsEndpoint endpoint;
  endpoint.set_traddr(std::string(traddr));
  endpoint.set_trsvcid(std::to_string(trsvcid));
  endpoint.set_adrfam(adrfam);
  return endpoint;
}

Result<void> check_transport(const opi::NvmePath& path, std::string_view prefix) {
  if (path.trtype() == opi::NVME_TRANSPORT_TYPE_PCIE) {
    return path.has_fabrics()
               ? fail(Code::InvalidArgument, "{}: fabrics field is not allowed for pcie transport", prefix)
               : Result<void>{};
  }
  if (path.trtype() != opi::NVME_TRANSPORT_TYPE_TCP && path.trtype() != opi::NVME_TRANSPORT_TYPE_RDMA) {
    return fail(Code::InvalidArgument, "{}.trtype: not supported transport type: {}: drives are reached over TCP",
                prefix, opi::NvmeTransportType_Name(path.trtype()));
  }
  if (!path.has_fabrics()) {
    return fail(Code::InvalidArgument, "{}: missing required field for fabrics transports: fabrics", prefix);
  }
  return {};
}

Result<void> check_address(const opi::NvmePath& path, std::string_view prefix) {
  const opi::FabricsPath& fabrics = path.fabrics();
  if (fabrics.adrfam() != opi::NVME_ADDRESS_FAMILY_IPV4 && fabrics.adrfam() != opi::NVME_ADDRESS_FAMILY_IPV6) {
    return fail(Code::InvalidArgument, "{}.fabrics.adrfam: {} is not a family of TCP: IPV4 or IPV6", prefix,
                opi::NvmeAddressFamily_Name(fabrics.adrfam()));
  }
  constexpr int64_t port_max = 65535;
  if (fabrics.trsvcid() < 1 || fabrics.trsvcid() > port_max) {
    return fail(Code::InvalidArgument, "{}.fabrics.trsvcid: {} is not a TCP port: give 1 to {}", prefix,
                fabrics.trsvcid(), port_max);
  }
  const auto is_literal = [&fabrics](const std::string& address) {
    return !nvme_address(endpoint_of(address, 1, fabrics.adrfam())).empty();
  };
  const std::string_view family = fabrics.adrfam() == opi::NVME_ADDRESS_FAMILY_IPV6 ? "IPv6" : "IPv4";
  if (!is_literal(path.traddr())) {
    return fail(Code::InvalidArgument, "{}.traddr: '{}' is not an {} address in digits, as fabrics.adrfam says", prefix,
                quotable(path.traddr()), family);
  }
  if (!fabrics.source_traddr().empty() && !is_literal(fabrics.source_traddr())) {
    return fail(Code::InvalidArgument, "{}.fabrics.source_traddr: '{}' is not an {} address in digits", prefix,
                quotable(fabrics.source_traddr()), family);
  }
  if (fabrics.source_trsvcid() < 0 || fabrics.source_trsvcid() > port_max) {
    return fail(Code::InvalidArgument, "{}.fabrics.source_trsvcid: {} is not a TCP port: give 1 to {}, or 0 for any",
                prefix, fabrics.source_trsvcid(), port_max);
  }
  if (fabrics.subnqn() == nvme_discovery_nqn) {
    return fail(Code::InvalidArgument,
                "{}.fabrics.subnqn: a discovery service has no namespaces: name one of the subsystems that it tells of",
                prefix);
  }
  OR_TRY(check_nqn(fabrics.subnqn(), fmt::format("{}.fabrics.subnqn", prefix)));
  return fabrics.hostnqn().empty() ? Result<void>{}
                                   : check_nqn(fabrics.hostnqn(), fmt::format("{}.fabrics.hostnqn", prefix));
}

// The paths of one controller lead to one subsystem, for one host, over different ways.
Result<void> check_siblings(const KindSpec::Subject& subject, const opi::NvmePath& path,
                            const opi::NvmeRemoteController& controller, const Lookup& lookup) {
  Result<void> valid;
  size_t count = 0;
  const auto& fabrics = path.fabrics();
  const auto refuse = [&valid](std::unexpected<Error> error) { valid = valid.has_value() ? error : valid; };
  for_each_sibling(subject.key, lookup, [&](const std::string& name, const opi::NvmePath& other) {
    ++count;
    if (other.fabrics().subnqn() != fabrics.subnqn()) {
      refuse(fail(Code::FailedPrecondition,
                  "{}.fabrics.subnqn: {} leads to {}, and all paths of a controller lead to one subsystem: create "
                  "another controller",
                  subject.prefix, name, other.fabrics().subnqn()));
    } else if (other.fabrics().hostnqn() != fabrics.hostnqn()) {
      refuse(fail(Code::FailedPrecondition,
                  "{}.fabrics.hostnqn: {} is of another host, and all paths of a controller are of one", subject.prefix,
                  name));
    } else if (nvme_path_address(other) == nvme_path_address(path) &&
               other.fabrics().source_traddr() == fabrics.source_traddr()) {
      refuse(fail(Code::AlreadyExists, "{}.traddr: {} leads to {} already: one path to an address is enough",
                  subject.prefix, name, nvme_path_address(path)));
    }
  });
  if (valid.has_value() && count > 0 && controller.multipath() == opi::NVME_MULTIPATH_DISABLE) {
    return fail(Code::FailedPrecondition,
                "nvmeRemoteControllers/{} has a path already, and its multipath is DISABLE: change that first, to "
                "FAILOVER or MULTIPATH",
                parent_of(subject.key));
  }
  if (valid.has_value() && count >= nvme_paths_max) {
    return fail(Code::ResourceExhausted, "nvmeRemoteControllers/{} has {} paths, no more are accepted: delete some",
                parent_of(subject.key), count);
  }
  return valid;
}

Result<void> check_path(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& path = static_cast<const opi::NvmePath&>(subject.wanted);
  OR_TRY(check_transport(path, subject.prefix));
  const std::string parent = fmt::format("nvmeRemoteControllers/{}", parent_of(subject.key));
  const opi::NvmeRemoteController* controller = nullptr;
  lookup.for_each(*opi::NvmeRemoteController::descriptor(), [&](const std::string& name, const Message& message) {
    controller = name == parent ? static_cast<const opi::NvmeRemoteController*>(&message) : controller;
  });
  if (controller == nullptr) {
    return fail(Code::NotFound, "parent: unable to find NvmeRemoteController by key {}", parent);
  }
  if (path.trtype() == opi::NVME_TRANSPORT_TYPE_PCIE && controller->has_tcp()) {
    return fail(Code::FailedPrecondition, "{}.trtype: pcie transport on tcp controller is not allowed", subject.prefix);
  }
  if (path.trtype() != opi::NVME_TRANSPORT_TYPE_TCP) {
    return fail(Code::Unimplemented,
                "{}.trtype: not supported transport type: {}: this version reaches drives over TCP", subject.prefix,
                opi::NvmeTransportType_Name(path.trtype()));
  }
  OR_TRY(check_address(path, subject.prefix));
  return check_siblings(subject, path, *controller, lookup);
}

// What following a discovery controller made would come back at once.
Result<void> check_made(const KindSpec::Subject& subject, const Lookup& lookup) {
  Result<void> valid;
  const auto& path = static_cast<const opi::NvmePath&>(subject.wanted);
  lookup.for_each(*v1::NvmeDiscovery::descriptor(), [&](const std::string& discovery, const Message&) {
    if (is_discovered(last_segment(discovery), subject.key, path)) {
      valid = fail(Code::FailedPrecondition,
                   "nvmeRemoteControllers/{}/nvmePaths/{} was made by {}, which would make it again: delete that, or "
                   "say in its subnqns what it shall connect to",
                   parent_of(subject.key), subject.id, discovery);
    }
  });
  return valid;
}

// Without the last path, what stands on the namespaces would wait for ever.
Result<void> check_path_removal(const KindSpec::Subject& subject, const Lookup& lookup) {
  OR_TRY(check_made(subject, lookup));
  if (path_count_of(parent_of(subject.key), lookup) > 1) {
    return {};
  }
  Result<void> valid;
  for_each_below<opi::NvmeRemoteNamespace>(
      parent_of(subject.key), lookup, [&](const std::string& name, const opi::NvmeRemoteNamespace& space) {
        const std::string key = fmt::format("{0}/{0}n{1}", parent_of(subject.key), space.nsid());
        const auto users = lookup.users_of(*opi::NvmeRemoteNamespace::descriptor(), key);
        if (valid.has_value() && !users.empty()) {
          std::string list;
          for (size_t i = 0; i < users.size() && i < users_named_max; ++i) {
            list.append(i == 0 ? "" : ", ").append(users[i]);
          }
          valid = fail(Code::FailedPrecondition,
                       "nvmeRemoteControllers/{}/nvmePaths/{} is the last path to {}, which is in use by {}: delete {} "
                       "first, or create another path",
                       parent_of(subject.key), subject.id, name, list, users.size() == 1 ? "it" : "them");
        }
      });
  return valid;
}

// -- namespaces

// "nvme0/nvme0n1" of "nvme0n1".
std::string key_of_namespace(std::string_view id) {
  const size_t at = id.rfind('n');
  if (at == std::string_view::npos || at == 0 || at + 1 == id.size() ||
      !std::ranges::all_of(id.substr(at + 1), [](char c) { return c >= '0' && c <= '9'; })) {
    return {};
  }
  return fmt::format("{}/{}", id.substr(0, at), id);
}

KindSpec remote_kind(const google::protobuf::Descriptor* message, std::string word, std::string noun,
                     std::vector<std::string> collections) {
  KindSpec spec;
  spec.message = message;
  spec.service = message->file()->service(0);
  spec.word = std::move(word);
  spec.noun = std::move(noun);
  spec.rest_collections = collections;
  spec.collections = std::move(collections);
  return spec;
}

}  // namespace

Result<void> check_remote_values(const opi::NvmeRemoteController& controller, std::string_view prefix) {
  if (!opi::NvmeMultipath_IsValid(controller.multipath())) {
    return fail(Code::InvalidArgument, "{}.multipath: unknown value {}", prefix,
                static_cast<int>(controller.multipath()));
  }
  if (controller.io_queues_count() < 0 || controller.io_queues_count() > nvme_remote_queue_count_max) {
    return fail(Code::InvalidArgument, "{}.io_queues_count: {} is not from 0 to {}; 0 means one for each data core",
                prefix, controller.io_queues_count(), nvme_remote_queue_count_max);
  }
  if (controller.queue_size() != 0 &&
      (controller.queue_size() < nvme_remote_queue_size_min || controller.queue_size() > nvme_remote_queue_size_max)) {
    return fail(Code::InvalidArgument, "{}.queue_size: {} is not from {} to {}; 0 leaves it to the server", prefix,
                controller.queue_size(), nvme_remote_queue_size_min, nvme_remote_queue_size_max);
  }
  return {};
}

std::string nvme_path_address(const opi::NvmePath& path) {
  return nvme_address(endpoint_of(path.traddr(), path.fabrics().trsvcid(), path.fabrics().adrfam()));
}

KindSpec nvme_remote_controller_kind() {
  KindSpec spec = remote_kind(opi::NvmeRemoteController::descriptor(), "nvme-remote-controller",
                              "remote NVMe controller", {"nvmeRemoteControllers"});
  spec.rules.secrets = {"tcp.psk"};
  spec.options = v1::NvmeRemoteControllerOptions::descriptor();
  spec.options_service = spec.options->file()->FindServiceByName("NvmeRemoteControllerOptionsService");
  spec.validate = check_remote_controller;
  spec.validate_options = check_remote_options;
  spec.validate_both = check_remote_keys_together;
  spec.show_options = show_remote_keys;
  spec.validate_remove = check_remote_controller_removal;
  return spec;
}

KindSpec nvme_path_kind() {
  KindSpec spec =
      remote_kind(opi::NvmePath::descriptor(), "nvme-path", "NVMe path", {"nvmeRemoteControllers", "nvmePaths"});
  spec.rules.immutable = {"trtype",          "traddr",
                          "fabrics.trsvcid", "fabrics.subnqn",
                          "fabrics.adrfam",  "fabrics.source_traddr",
                          "fabrics.hostnqn", "fabrics.source_trsvcid"};
  spec.validate = check_path;
  spec.validate_remove = check_path_removal;
  return spec;
}

KindSpec nvme_remote_namespace_kind() {
  KindSpec spec = remote_kind(opi::NvmeRemoteNamespace::descriptor(), "nvme", "remote NVMe namespace",
                              {"nvmeRemoteControllers", "nvmeRemoteNamespaces"});
  spec.view = View::Volume;
  spec.key_of_id = key_of_namespace;
  spec.choose = [](Message& space, const KindSpec::Choice& choice) -> Result<void> {
    choose_uuid(space, choice.random);
    return {};
  };
  return spec;
}

}  // namespace outrigger::model
