// Discovery controllers that are followed, and referrals to others. What a followed one makes are ordinary remote
// controllers and paths, which say in their options who made them; here is how they are called, and which keys they
// get.
#include "model/kind_checks.h"
#include "model/kinds.h"
#include "model/kinds_nvme_keys.h"
#include "model/limits.h"
#include "model/names.h"
#include "model/nvme_address.h"
#include "model/nvme_discovery.h"
#include "model/nvme_discovery_limits.h"
#include "outrigger/v1/nvme_discovery.pb.h"
#include "storage/backend_nvme.pb.h"

#include <algorithm>
#include <functional>
#include <set>

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

// Of a discovery controller, for a discovery, a referral or a question.
template <typename Place>
Result<void> check_place(const Place& place, std::string_view prefix) {
  constexpr int64_t port_max = 65535;
  if (place.trsvcid() < 0 || place.trsvcid() > port_max) {
    return fail(Code::InvalidArgument, "{}.trsvcid: {} is not a TCP port: give 1 to {}, or 0 for {}", prefix,
                place.trsvcid(), port_max, nvme_discovery_port);
  }
  if (nvme_discovery_address(place.traddr(), place.trsvcid()).empty()) {
    return fail(Code::InvalidArgument, "{}.traddr: '{}' is not an IPv4 or IPv6 address in digits", prefix,
                quotable(place.traddr()));
  }
  return {};
}

// Of a discovery subsystem: the well-known one has no part behind a colon. Empty means that one.
Result<void> check_discovery_nqn(const std::string& subnqn, std::string_view field) {
  constexpr std::string_view well_known = "nqn.2014-08.org.nvmexpress.discovery";
  return subnqn.empty() || subnqn == well_known ? Result<void>{} : check_nqn(subnqn, field);
}

// Secrets: no error here holds anything of them.
Result<void> check_keys(const v1::NvmeDiscovery& discovery, std::string_view prefix) {
  return check_discovery_keys(discovery.tls_key(), nvme_discovered_options({}, discovery), prefix);
}

size_t count_of(const google::protobuf::Descriptor& kind, const Lookup& lookup) {
  size_t count = 0;
  lookup.for_each(kind, [&](const std::string&, const Message&) { ++count; });
  return count;
}

Result<void> check_discovery(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& discovery = static_cast<const v1::NvmeDiscovery&>(subject.wanted);
  if (subject.id.size() > nvme_discovery_id_length_max) {
    return fail(Code::InvalidArgument, "{}_id: {} characters; what it makes is called after it: at most {}",
                subject.prefix, subject.id.size(), nvme_discovery_id_length_max);
  }
  OR_TRY(check_place(discovery, subject.prefix));
  if (!discovery.hostnqn().empty()) {
    OR_TRY(check_nqn(discovery.hostnqn(), fmt::format("{}.hostnqn", subject.prefix)));
  }
  if (static_cast<size_t>(discovery.subnqns_size()) > nvme_discovery_filter_max) {
    return fail(Code::InvalidArgument, "{}.subnqns: {} of them; at most {} are accepted", subject.prefix,
                discovery.subnqns_size(), nvme_discovery_filter_max);
  }
  for (const std::string& subnqn : discovery.subnqns()) {
    OR_TRY(check_nqn(subnqn, fmt::format("{}.subnqns", subject.prefix)));
  }
  OR_TRY(check_keys(discovery, subject.prefix));
  // The rest is checked as that of a remote controller.
  OR_TRY(check_remote_values(nvme_discovered_controller(discovery), subject.prefix));
  if (subject.before == nullptr && count_of(*v1::NvmeDiscovery::descriptor(), lookup) >= nvme_discoveries_max) {
    return fail(Code::ResourceExhausted, "there are {} NVMe discoveries, no more are accepted: delete some",
                nvme_discoveries_max);
  }
  return {};
}

// "nvme0" of "nvmeRemoteControllers/nvme0/nvmePaths/path1".
std::string_view controller_of(std::string_view name) {
  name.remove_prefix(std::min(name.size(), name.find('/') + 1));
  return name.substr(0, name.find('/'));
}

// Who else keeps what the discovery made: volumes in use, and paths of others.
std::string keeper_of(std::string_view discovery, std::string_view controller, const Lookup& lookup) {
  std::string keeper;
  const auto is_below = [&](const std::string& name) { return keeper.empty() && controller_of(name) == controller; };
  lookup.for_each(*opi::NvmeRemoteNamespace::descriptor(), [&](const std::string& name, const Message&) {
    if (!is_below(name)) {
      return;
    }
    const std::string key = fmt::format("{}/{}", controller, last_segment(name));
    const auto users = lookup.users_of(*opi::NvmeRemoteNamespace::descriptor(), key);
    if (!users.empty()) {
      keeper = fmt::format("volumes/{} is in use by {}: delete it first", last_segment(name), users.front());
    }
  });
  lookup.for_each(*opi::NvmePath::descriptor(), [&](const std::string& name, const Message& path) {
    const std::string key = fmt::format("{}/{}", controller, last_segment(name));
    if (is_below(name) && !is_discovered(discovery, key, static_cast<const opi::NvmePath&>(path))) {
      keeper = fmt::format("{} was not made by it: delete that first", name);
    }
  });
  return keeper;
}

Result<void> check_discovery_removal(const KindSpec::Subject& subject, const Lookup& lookup) {
  std::set<std::string, std::less<>> controllers;
  lookup.for_each(*opi::NvmePath::descriptor(), [&](const std::string& name, const Message& path) {
    const std::string key = fmt::format("{}/{}", controller_of(name), last_segment(name));
    if (is_discovered(subject.id, key, static_cast<const opi::NvmePath&>(path))) {
      controllers.emplace(controller_of(name));
    }
  });
  for (const std::string& controller : controllers) {
    if (const std::string keeper = keeper_of(subject.id, controller, lookup); !keeper.empty()) {
      return fail(Code::FailedPrecondition, "nvmeDiscoveries/{}: {}", subject.id, keeper);
    }
  }
  return {};
}

Result<void> check_referral(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& referral = static_cast<const v1::NvmeReferral&>(subject.wanted);
  OR_TRY(check_place(referral, subject.prefix));
  OR_TRY(check_discovery_nqn(referral.subnqn(), fmt::format("{}.subnqn", subject.prefix)));
  Result<void> valid;
  size_t count = 0;
  lookup.for_each(*v1::NvmeReferral::descriptor(), [&](const std::string& name, const Message& message) {
    const auto& other = static_cast<const v1::NvmeReferral&>(message);
    ++count;
    if (last_segment(name) != subject.id && other.subnqn() == referral.subnqn() &&
        nvme_discovery_address(other.traddr(), other.trsvcid()) ==
            nvme_discovery_address(referral.traddr(), referral.trsvcid())) {
      valid = fail(Code::AlreadyExists, "{}.traddr: {} refers to {} already", subject.prefix, name,
                   nvme_discovery_address(referral.traddr(), referral.trsvcid()));
    }
  });
  if (valid.has_value() && subject.before == nullptr && count >= nvme_referrals_max) {
    return fail(Code::ResourceExhausted, "there are {} NVMe referrals, no more are accepted: delete some", count);
  }
  return valid;
}

KindSpec discovery_kind(const google::protobuf::Descriptor* message, std::string word, std::string noun,
                        std::string collection) {
  KindSpec spec;
  spec.message = message;
  spec.service = message->file()->FindServiceByName(message->name() + "Service");
  spec.word = std::move(word);
  spec.noun = std::move(noun);
  spec.rest_collections = {collection};
  spec.collections = {std::move(collection)};
  return spec;
}

// 32 bits of FNV-1a: names shall be alike at every start, and say which NQN they are of.
uint32_t hash_of(std::string_view text) {
  uint32_t hash = 2166136261U;
  for (const char c : text) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 16777619U;
  }
  return hash;
}

// What of a text can stand in an id.
std::string id_text(std::string_view text) {
  std::string made = lower_case(text);
  std::ranges::replace_if(made, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')); }, '-');
  return made;
}

}  // namespace

std::string nvme_discovery_address(std::string_view traddr, int64_t trsvcid) {
  opi::FabricsEndpoint endpoint;
  endpoint.set_traddr(std::string(traddr));
  endpoint.set_trsvcid(std::to_string(trsvcid == 0 ? nvme_discovery_port : trsvcid));
  endpoint.set_adrfam(traddr.find(':') == std::string_view::npos ? opi::NVME_ADDRESS_FAMILY_IPV4
                                                                 : opi::NVME_ADDRESS_FAMILY_IPV6);
  return nvme_address(endpoint);
}

bool is_discoverable(std::string_view subnqn) { return check_nqn(subnqn, "subnqn").has_value(); }

std::string nvme_discovered_controller_id(std::string_view discovery, std::string_view subnqn) {
  std::string_view tail = subnqn.substr(subnqn.rfind(':') + 1);
  tail = tail.substr(tail.size() - std::min(tail.size(), nvme_discovery_tail_max));
  return fmt::format("{}-{}-{:08x}", discovery, id_text(tail), hash_of(subnqn));
}

std::string nvme_discovered_path_id(std::string_view address) {
  std::string text = id_text(address);
  text.erase(0, text.find_first_not_of('-'));
  return fmt::format("at-{}", text);
}

opi::NvmeRemoteController nvme_discovered_controller(const v1::NvmeDiscovery& discovery) {
  opi::NvmeRemoteController controller;
  controller.set_multipath(discovery.multipath() == opi::NVME_MULTIPATH_UNSPECIFIED ? opi::NVME_MULTIPATH_MULTIPATH
                                                                                    : discovery.multipath());
  controller.set_io_queues_count(discovery.io_queues_count());
  controller.set_queue_size(discovery.queue_size());
  if (discovery.hdgst() || discovery.ddgst()) {
    controller.mutable_tcp()->set_hdgst(discovery.hdgst());
    controller.mutable_tcp()->set_ddgst(discovery.ddgst());
  }
  if (!discovery.tls_key().empty()) {
    controller.mutable_tcp()->set_psk(discovery.tls_key());
  }
  return controller;
}

v1::NvmeRemoteControllerOptions nvme_discovered_options(std::string_view id, const v1::NvmeDiscovery& discovery) {
  v1::NvmeRemoteControllerOptions options;
  options.set_nvme_discovery(nvme_discovery_name(id));
  options.set_dhchap_key(discovery.dhchap_key());
  options.set_dhchap_controller_key(discovery.dhchap_controller_key());
  *options.mutable_hashes() = discovery.hashes();
  *options.mutable_dh_groups() = discovery.dh_groups();
  options.set_secure_channel_concatenation(discovery.secure_channel_concatenation());
  options.set_tls_identity_version(discovery.tls_identity_version());
  return options;
}

std::string nvme_discovery_name(std::string_view id) { return fmt::format("nvmeDiscoveries/{}", id); }

void show_discovery_keys(const v1::NvmeDiscovery& stored, v1::NvmeDiscovery& shown) {
  shown.set_has_tls_key(!stored.tls_key().empty());
  shown.set_has_dhchap_key(!stored.dhchap_key().empty());
  shown.set_has_dhchap_controller_key(!stored.dhchap_controller_key().empty());
}

bool is_discovered(std::string_view discovery, std::string_view key, const opi::NvmePath& path) {
  return key == fmt::format("{}/{}", nvme_discovered_controller_id(discovery, path.fabrics().subnqn()),
                            nvme_discovered_path_id(nvme_path_address(path)));
}

Result<void> check_discover_request(const v1::DiscoverNvmeRequest& request) {
  OR_TRY(check_place(request, "discover_nvme_request"));
  if (!request.hostnqn().empty()) {
    OR_TRY(check_nqn(request.hostnqn(), "discover_nvme_request.hostnqn"));
  }
  OR_TRY(check_discovery_nqn(request.subnqn(), "discover_nvme_request.subnqn"));
  return check_keys(nvme_discovery_of(request), "discover_nvme_request");
}

v1::NvmeDiscovery nvme_discovery_of(const v1::DiscoverNvmeRequest& request) {
  v1::NvmeDiscovery discovery;
  discovery.set_traddr(request.traddr());
  discovery.set_trsvcid(request.trsvcid());
  discovery.set_hostnqn(request.hostnqn());
  discovery.set_hdgst(request.hdgst());
  discovery.set_ddgst(request.ddgst());
  discovery.set_tls_key(request.tls_key());
  discovery.set_dhchap_key(request.dhchap_key());
  discovery.set_dhchap_controller_key(request.dhchap_controller_key());
  *discovery.mutable_hashes() = request.hashes();
  *discovery.mutable_dh_groups() = request.dh_groups();
  discovery.set_tls_identity_version(request.tls_identity_version());
  return discovery;
}

namespace {

KindSpec nvme_discovery_kind() {
  KindSpec spec =
      discovery_kind(v1::NvmeDiscovery::descriptor(), "nvme-discovery", "NVMe discovery", "nvmeDiscoveries");
  spec.rules.immutable = {"traddr", "trsvcid", "hostnqn"};
  spec.validate = check_discovery;
  spec.validate_remove = check_discovery_removal;
  return spec;
}

KindSpec nvme_referral_kind() {
  KindSpec spec = discovery_kind(v1::NvmeReferral::descriptor(), "nvme-referral", "NVMe referral", "nvmeReferrals");
  spec.validate = check_referral;
  return spec;
}

}  // namespace

void add_discovery_kinds(Model& model, Hooks& discovery, Hooks& referral) {
  model.add_kind(nvme_discovery_kind(), discovery);
  model.add_kind(nvme_referral_kind(), referral);
}

}  // namespace outrigger::model
