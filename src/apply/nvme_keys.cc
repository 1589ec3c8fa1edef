#include "apply/nvme_keys.h"

#include <optional>
#include <utility>
#include <vector>

namespace outrigger::apply {
namespace {

using outrigger::v1::NvmeHostSecurity;

nvme_auth::HashId hash_of(int hash) {
  switch (hash) {
    case NvmeHostSecurity::SHA_384: return nvme_auth::HashId::Sha384;
    case NvmeHostSecurity::SHA_512: return nvme_auth::HashId::Sha512;
    default: return nvme_auth::HashId::Sha256;
  }
}

nvme_auth::DhGroup group_of(int group) {
  switch (group) {
    case NvmeHostSecurity::FFDHE2048: return nvme_auth::DhGroup::Ffdhe2048;
    case NvmeHostSecurity::FFDHE3072: return nvme_auth::DhGroup::Ffdhe3072;
    case NvmeHostSecurity::FFDHE4096: return nvme_auth::DhGroup::Ffdhe4096;
    case NvmeHostSecurity::FFDHE6144: return nvme_auth::DhGroup::Ffdhe6144;
    case NvmeHostSecurity::FFDHE8192: return nvme_auth::DhGroup::Ffdhe8192;
    default: return nvme_auth::DhGroup::Null;
  }
}

nvme_auth::Algorithms algorithms_of(const NvmeHostSecurity& host) {
  nvme_auth::Algorithms algorithms;
  if (host.hashes_size() != 0) {
    algorithms.hashes.clear();
    for (const int hash : host.hashes()) {
      algorithms.hashes.push_back(hash_of(hash));
    }
  }
  if (host.dh_groups_size() != 0) {
    algorithms.dh_groups.clear();
    for (const int group : host.dh_groups()) {
      algorithms.dh_groups.push_back(group_of(group));
    }
  }
  return algorithms;
}

// Reads a key where there is one.
template <typename Key>
Result<void> read_key(const std::string& text, const char* field, std::optional<Key>& into) {
  if (text.empty()) {
    return {};
  }
  auto key = Key::parse(text);
  if (!key.has_value()) {
    return with_context(std::move(key).error(), field);
  }
  into.emplace(std::move(*key));
  return {};
}

Result<std::shared_ptr<nvme::HostSecurity>> security_of(const NvmeHostSecurity& host) {
  auto security = std::make_shared<nvme::HostSecurity>();
  OR_TRY(read_key(host.dhchap_key(), "nvme_subsystem_options.host_security.dhchap_key", security->host_key));
  OR_TRY(read_key(host.dhchap_controller_key(), "nvme_subsystem_options.host_security.dhchap_controller_key",
                  security->controller_key));
  OR_TRY(read_key(host.tls_key(), "nvme_subsystem_options.host_security.tls_key", security->tls_psk));
  security->algorithms = algorithms_of(host);
  security->requires_authentication = !host.has_requires_authentication() || host.requires_authentication();
  security->may_concatenate = host.requires_concatenation();
  security->requires_tls =
      host.has_requires_tls() ? host.requires_tls() : security->tls_psk.has_value() || host.requires_concatenation();
  return security;
}

template <typename Key>
bool is_same_key(const std::optional<Key>& a, const std::optional<Key>& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || a->format() == b->format());
}

}  // namespace

Result<NamedHosts> named_hosts(const opi_api::storage::v1::NvmeSubsystemSpec& spec,
                               const outrigger::v1::NvmeSubsystemOptions& options) {
  NamedHosts hosts;
  for (const std::string& host : options.hosts()) {
    hosts[host];
  }
  if (!spec.hostnqn().empty()) {
    hosts[spec.hostnqn()];
  }
  std::shared_ptr<nvme::HostSecurity> of_spec;
  for (const NvmeHostSecurity& host : options.host_security()) {
    OR_ASSIGN(std::shared_ptr<nvme::HostSecurity> security, security_of(host));
    if (host.hostnqn() == spec.hostnqn()) {
      of_spec = security;
      if (!spec.psk().empty() && !host.has_requires_tls()) {
        security->requires_tls = true;
      }
    }
    hosts[host.hostnqn()] = std::move(security);
  }
  if (spec.psk().empty()) {
    return hosts;
  }
  if (spec.hostnqn().empty()) {
    return fail(Code::InvalidArgument,
                "nvme_subsystem.spec.psk: it is the key of nvme_subsystem.spec.hostnqn, which is empty: name the host");
  }
  // OPI's key is the one of the host that its message names, and asks for TLS: nothing else goes over a listener that
  // SPDK would call a secure channel.
  if (of_spec == nullptr) {
    of_spec = std::make_shared<nvme::HostSecurity>();
    of_spec->requires_tls = true;
    hosts[spec.hostnqn()] = of_spec;
  }
  OR_TRY(read_key(spec.psk(), "nvme_subsystem.spec.psk", of_spec->tls_psk));
  return hosts;
}

bool is_same(const nvme::HostSecurity* a, const nvme::HostSecurity* b) {
  if (a == nullptr || b == nullptr) {
    return a == b;
  }
  return is_same_key(a->host_key, b->host_key) && is_same_key(a->controller_key, b->controller_key) &&
         is_same_key(a->tls_psk, b->tls_psk) && a->algorithms.hashes == b->algorithms.hashes &&
         a->algorithms.dh_groups == b->algorithms.dh_groups &&
         a->requires_authentication == b->requires_authentication && a->requires_tls == b->requires_tls &&
         a->may_concatenate == b->may_concatenate;
}

}  // namespace outrigger::apply
