// No error here holds anything of a key; the parsers' own say what is wrong with one and not what is in it.
#include "model/kinds_nvme_keys.h"

#include "model/kind_checks.h"
#include "model/limits.h"
#include "model/names.h"
#include "nvme_auth/dhchap_key.h"
#include "nvme_auth/tls_psk.h"

#include <algorithm>
#include <set>

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

using Security = v1::NvmeHostSecurity;

template <typename Key>
Result<void> check_key(const std::string& text, const std::string& field) {
  if (text.empty()) {
    return {};
  }
  if (auto key = Key::parse(text); !key.has_value()) {
    return with_context(std::move(key).error(), field);
  }
  return {};
}

// Each value is one that is known, and there once.
template <typename Values, typename IsValid>
Result<void> check_choices(const Values& values, const std::string& field, IsValid is_valid) {
  std::set<int> seen;
  for (const int value : values) {
    if (value == 0 || !is_valid(value)) {
      return fail(Code::InvalidArgument, "{}: {} is none of its values", field, value);
    }
    if (!seen.insert(value).second) {
      return fail(Code::InvalidArgument, "{}: one is named twice", field);
    }
  }
  return {};
}

// A TLS key is made of a Diffie-Hellman exchange, and TLS has no cipher suite with SHA-512.
template <typename Options>
Result<void> check_algorithms_of_concatenation(const Options& options, const std::string& field) {
  const auto& groups = options.dh_groups();
  if (!groups.empty() && std::ranges::all_of(groups, [](int group) { return group == Security::DH_NULL; })) {
    return fail(Code::InvalidArgument, "{}.dh_groups: concatenation needs another group than DH_NULL", field);
  }
  const auto& hashes = options.hashes();
  if (!hashes.empty() && std::ranges::all_of(hashes, [](int hash) { return hash == Security::SHA_512; })) {
    return fail(Code::InvalidArgument, "{}.hashes: concatenation needs SHA_256 or SHA_384", field);
  }
  return {};
}

Result<void> check_concatenation(const Security& host, const std::string& field) {
  if (!host.requires_concatenation()) {
    return {};
  }
  if (host.dhchap_key().empty()) {
    return fail(Code::InvalidArgument,
                "{}.requires_concatenation: a TLS key is made by authenticating: give dhchap_key", field);
  }
  if (host.has_requires_tls() && !host.requires_tls()) {
    return fail(Code::InvalidArgument,
                "{}.requires_tls: concatenation, which is required, ends in TLS: leave requires_tls out", field);
  }
  return check_algorithms_of_concatenation(host, field);
}

Result<void> check_host(const Security& host, const std::string& field) {
  OR_TRY(check_nqn(host.hostnqn(), field + ".hostnqn"));
  OR_TRY(check_key<nvme_auth::DhchapKey>(host.dhchap_key(), field + ".dhchap_key"));
  OR_TRY(check_key<nvme_auth::DhchapKey>(host.dhchap_controller_key(), field + ".dhchap_controller_key"));
  OR_TRY(check_key<nvme_auth::ConfiguredPsk>(host.tls_key(), field + ".tls_key"));
  OR_TRY(check_choices(host.hashes(), field + ".hashes", Security::Hash_IsValid));
  OR_TRY(check_choices(host.dh_groups(), field + ".dh_groups", Security::DhGroup_IsValid));
  if (host.dhchap_key().empty()) {
    if (!host.dhchap_controller_key().empty()) {
      return fail(Code::InvalidArgument,
                  "{}.dhchap_controller_key: it goes with dhchap_key, which is not there: give it, "
                  "or remove both",
                  field);
    }
    if (host.requires_authentication()) {
      return fail(Code::InvalidArgument,
                  "{}.requires_authentication: there is nothing to authenticate with: give "
                  "dhchap_key",
                  field);
    }
  } else if (host.dhchap_key() == host.dhchap_controller_key()) {
    // Whoever has one key for both can give a host its own answers back.
    return fail(Code::InvalidArgument, "{}.dhchap_controller_key: it is the same as dhchap_key: make another one",
                field);
  }
  return check_concatenation(host, field);
}

}  // namespace

Result<void> check_psk(const opi::NvmeSubsystemSpec& spec, std::string_view prefix) {
  if (!spec.psk().empty() && spec.hostnqn().empty()) {
    return fail(Code::InvalidArgument, "{0}.psk: it is the key of {0}.hostnqn, which is empty: name the host", prefix);
  }
  return check_key<nvme_auth::ConfiguredPsk>(spec.psk(), std::string(prefix) + ".psk");
}

Result<void> check_host_security(const v1::NvmeSubsystemOptions& options, std::string_view field) {
  std::set<std::string_view> named(options.hosts().begin(), options.hosts().end());
  std::set<std::string_view> seen;
  for (const Security& host : options.host_security()) {
    OR_TRY(check_host(host, std::string(field)));
    if (!seen.insert(host.hostnqn()).second) {
      return fail(Code::InvalidArgument, "{}.hostnqn: '{}' is named twice", field, quotable(host.hostnqn()));
    }
    named.insert(host.hostnqn());
  }
  if (named.size() > nvme_hosts_max) {
    return fail(Code::InvalidArgument, "{}: {} hosts with those of hosts; at most {} are accepted", field, named.size(),
                nvme_hosts_max);
  }
  return {};
}

Result<void> check_keys_together(const Message& subsystem, const Message& options) {
  const auto& spec = static_cast<const opi::NvmeSubsystem&>(subsystem).spec();
  for (const Security& host : static_cast<const v1::NvmeSubsystemOptions&>(options).host_security()) {
    const bool has_psk = !spec.psk().empty() && host.hostnqn() == spec.hostnqn();
    if (has_psk && !host.tls_key().empty()) {
      return fail(
          Code::InvalidArgument,
          "nvme_subsystem_options.host_security.tls_key: {} has its TLS key in nvme_subsystem.spec.psk already: "
          "remove one of them",
          host.hostnqn());
    }
    if (host.requires_tls() && !has_psk && host.tls_key().empty() && !host.requires_concatenation()) {
      return fail(
          Code::InvalidArgument,
          "nvme_subsystem_options.host_security.requires_tls: {} has no key for it: give tls_key, or dhchap_key "
          "and requires_concatenation",
          host.hostnqn());
    }
  }
  return {};
}

void show_keys(const Message& stored, Message& shown) {
  const auto& from = static_cast<const v1::NvmeSubsystemOptions&>(stored);
  auto& to = static_cast<v1::NvmeSubsystemOptions&>(shown);
  for (int i = 0; i < from.host_security_size(); ++i) {
    const Security& host = from.host_security(i);
    to.mutable_host_security(i)->set_has_dhchap_key(!host.dhchap_key().empty());
    to.mutable_host_security(i)->set_has_dhchap_controller_key(!host.dhchap_controller_key().empty());
    to.mutable_host_security(i)->set_has_tls_key(!host.tls_key().empty());
  }
}

// -- remote controllers

Result<void> check_remote_psk(const opi::NvmeRemoteController& controller, std::string_view prefix) {
  return check_key<nvme_auth::ConfiguredPsk>(controller.tcp().psk(), std::string(prefix) + ".tcp.psk");
}

Result<void> check_remote_keys(const v1::NvmeRemoteControllerOptions& options, std::string_view prefix) {
  const std::string field(prefix);
  OR_TRY(check_key<nvme_auth::DhchapKey>(options.dhchap_key(), field + ".dhchap_key"));
  OR_TRY(check_key<nvme_auth::DhchapKey>(options.dhchap_controller_key(), field + ".dhchap_controller_key"));
  OR_TRY(check_choices(options.hashes(), field + ".hashes", Security::Hash_IsValid));
  OR_TRY(check_choices(options.dh_groups(), field + ".dh_groups", Security::DhGroup_IsValid));
  if (options.dhchap_key().empty() && !options.dhchap_controller_key().empty()) {
    return fail(Code::InvalidArgument,
                "{}.dhchap_controller_key: it goes with dhchap_key, which is not there: give it, or remove both",
                field);
  }
  if (!options.dhchap_key().empty() && options.dhchap_key() == options.dhchap_controller_key()) {
    return fail(Code::InvalidArgument, "{}.dhchap_controller_key: it is the same as dhchap_key: make another one",
                field);
  }
  const int32_t interval_s = options.reauthentication_interval_s();
  if (interval_s != 0 && (interval_s < nvme_reauthentication_s_min || interval_s > nvme_reauthentication_s_max)) {
    return fail(Code::InvalidArgument, "{}.reauthentication_interval_s: {} is not from {} to {}; 0 means never", field,
                interval_s, nvme_reauthentication_s_min, nvme_reauthentication_s_max);
  }
  if (options.tls_identity_version() != 0 && options.tls_identity_version() != 1) {
    return fail(Code::InvalidArgument, "{}.tls_identity_version: {} is neither 0 nor 1", field,
                options.tls_identity_version());
  }
  if (!options.secure_channel_concatenation()) {
    return {};
  }
  if (options.dhchap_key().empty()) {
    return fail(Code::InvalidArgument,
                "{}.secure_channel_concatenation: a TLS key is made by authenticating: give dhchap_key", field);
  }
  return check_algorithms_of_concatenation(options, field);
}

Result<void> check_remote_keys_together(const Message& controller, const Message& options) {
  const auto& wanted = static_cast<const v1::NvmeRemoteControllerOptions&>(options);
  if (wanted.secure_channel_concatenation() &&
      !static_cast<const opi::NvmeRemoteController&>(controller).tcp().psk().empty()) {
    return fail(
        Code::InvalidArgument,
        "nvme_remote_controller_options.secure_channel_concatenation: it makes the key of TLS itself, and there "
        "is one in nvme_remote_controller.tcp.psk: remove one of them");
  }
  return {};
}

Result<void> check_discovery_keys(const std::string& tls_key, const v1::NvmeRemoteControllerOptions& others,
                                  std::string_view prefix) {
  const std::string field(prefix);
  OR_TRY(check_key<nvme_auth::ConfiguredPsk>(tls_key, field + ".tls_key"));
  OR_TRY(check_remote_keys(others, prefix));
  if (others.secure_channel_concatenation() && !tls_key.empty()) {
    return fail(Code::InvalidArgument,
                "{}.secure_channel_concatenation: it makes the key of TLS itself, and there is one in tls_key: remove "
                "one of them",
                field);
  }
  return {};
}

void show_remote_keys(const Message& stored, Message& shown) {
  const auto& from = static_cast<const v1::NvmeRemoteControllerOptions&>(stored);
  auto& to = static_cast<v1::NvmeRemoteControllerOptions&>(shown);
  to.set_has_dhchap_key(!from.dhchap_key().empty());
  to.set_has_dhchap_controller_key(!from.dhchap_controller_key().empty());
}

}  // namespace outrigger::model
