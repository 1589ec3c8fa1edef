#include "apply/remote_keys.h"

#include "model/nvme_discovery.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace outrigger::apply {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

// Nothing for no text.
template <typename Key>
Result<std::optional<Key>> parse(const std::string& text, const char* field) {
  if (text.empty()) {
    return std::optional<Key>();
  }
  auto key = Key::parse(text);
  if (!key.has_value()) {
    return with_context(std::move(key).error(), field);
  }
  return std::optional<Key>(std::move(*key));
}

// The API's numbers of hashes are the specification's; those of groups are one more, for the null group is a choice.
nvme_auth::Algorithms algorithms_of(const v1::NvmeRemoteControllerOptions& options) {
  nvme_auth::Algorithms made;
  if (!options.hashes().empty()) {
    made.hashes.clear();
    for (const int hash : options.hashes()) {
      if (const auto known = nvme_auth::hash_id(static_cast<unsigned>(hash))) {
        made.hashes.push_back(*known);
      }
    }
  }
  if (!options.dh_groups().empty()) {
    made.dh_groups.clear();
    for (const int group : options.dh_groups()) {
      const auto known = group > 0 ? nvme_auth::dh_group(static_cast<unsigned>(group - 1)) : std::nullopt;
      if (known) {
        made.dh_groups.push_back(*known);
      }
    }
  }
  return made;
}

// nullptr: no keys.
Result<std::shared_ptr<nvme_host::PathSecurity>> security_of(const opi::NvmeRemoteController& controller,
                                                             const v1::NvmeRemoteControllerOptions& options,
                                                             const nvme_auth::Parties& parties) {
  constexpr uint64_t ns_per_s = 1'000'000'000;
  auto made = std::make_shared<nvme_host::PathSecurity>();
  OR_ASSIGN(made->host_key, parse<nvme_auth::DhchapKey>(options.dhchap_key(), "dhchap_key"));
  OR_ASSIGN(made->controller_key,
            parse<nvme_auth::DhchapKey>(options.dhchap_controller_key(), "dhchap_controller_key"));
  OR_ASSIGN(made->tls_psk, parse<nvme_auth::ConfiguredPsk>(controller.tcp().psk(), "tcp.psk"));
  made->concatenates = options.secure_channel_concatenation();
  if (!made->host_key && !made->controller_key && !made->tls_psk && !made->concatenates) {
    return std::shared_ptr<nvme_host::PathSecurity>();
  }
  made->algorithms = algorithms_of(options);
  made->reauthenticate_ns = static_cast<uint64_t>(std::max(options.reauthentication_interval_s(), 0)) * ns_per_s;
  made->psk_version = options.tls_identity_version() == 1 ? nvme_auth::PskVersion::V1 : nvme_auth::PskVersion::V0;
  OR_TRY(nvme_host::check_security(*made, parties));
  return made;
}

}  // namespace

Result<std::shared_ptr<const nvme_host::PathSecurity>> path_security(const opi::NvmeRemoteController& controller,
                                                                     const v1::NvmeRemoteControllerOptions& options,
                                                                     const nvme_auth::Parties& parties) {
  OR_ASSIGN(auto made, security_of(controller, options, parties));
  return std::shared_ptr<const nvme_host::PathSecurity>(std::move(made));
}

Result<std::shared_ptr<const nvme_host::PathSecurity>> discovery_security(const v1::NvmeDiscovery& discovery,
                                                                          const nvme_auth::Parties& parties) {
  v1::NvmeRemoteControllerOptions options = model::nvme_discovered_options({}, discovery);
  options.clear_secure_channel_concatenation();
  OR_ASSIGN(auto made, security_of(model::nvme_discovered_controller(discovery), options, parties));
  if (made != nullptr) {
    made->demands_authentication = false;
  }
  return std::shared_ptr<const nvme_host::PathSecurity>(std::move(made));
}

bool has_other_keys(const v1::NvmeDiscovery& one, const v1::NvmeDiscovery& other) {
  return has_other_keys(model::nvme_discovered_controller(one), model::nvme_discovered_options({}, one),
                        model::nvme_discovered_controller(other), model::nvme_discovered_options({}, other));
}

bool has_other_keys(const opi::NvmeRemoteController& one, const v1::NvmeRemoteControllerOptions& its,
                    const opi::NvmeRemoteController& other, const v1::NvmeRemoteControllerOptions& others) {
  return one.tcp().psk() != other.tcp().psk() || its.dhchap_key() != others.dhchap_key() ||
         its.dhchap_controller_key() != others.dhchap_controller_key() ||
         !std::ranges::equal(its.hashes(), others.hashes()) ||
         !std::ranges::equal(its.dh_groups(), others.dh_groups()) ||
         its.secure_channel_concatenation() != others.secure_channel_concatenation() ||
         its.reauthentication_interval_s() != others.reauthentication_interval_s() ||
         its.tls_identity_version() != others.tls_identity_version();
}

}  // namespace outrigger::apply
