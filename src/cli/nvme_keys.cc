#include "cli/nvme_keys.h"

#include "cli/key_files.h"
#include "nvme_auth/dhchap_key.h"
#include "nvme_auth/tls_psk.h"

#include <algorithm>
#include <cctype>

namespace outrigger::cli {

namespace v1 = outrigger::v1;
using Security = v1::NvmeHostSecurity;

namespace {

std::string upper(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

// The field of each key, as `--remove-key` calls it.
Result<std::string> field_of_key(const std::string& word) {
  constexpr std::pair<std::string_view, std::string_view> fields[] = {
      {"dhchap", "dhchap_key"}, {"controller", "dhchap_controller_key"}, {"tls", "tls_key"}};
  const auto* const found = std::ranges::find(fields, word, &std::pair<std::string_view, std::string_view>::first);
  if (found == std::end(fields)) {
    return fail(Code::InvalidArgument, "--remove-key: '{}' is none of dhchap, controller, tls", word);
  }
  return std::string(found->second);
}

bool has_host(const v1::NvmeSubsystemOptions& options, const std::string& hostnqn) {
  return std::ranges::find(options.host_security(), hostnqn, &Security::hostnqn) != options.host_security().end();
}

// What of a host's entry changes, as a mask names it. Never the whole list: somebody else may add a host meanwhile.
std::vector<std::string> mask_of(const HostKeys& keys) {
  const std::pair<bool, std::string_view> changes[] = {
      {!keys.dhchap_key_file.empty(), "dhchap_key"}, {!keys.controller_key_file.empty(), "dhchap_controller_key"},
      {!keys.tls_key_file.empty(), "tls_key"},       {!keys.hashes.empty(), "hashes"},
      {!keys.dh_groups.empty(), "dh_groups"},        {!keys.requires_authentication.empty(), "requires_authentication"},
      {!keys.requires_tls.empty(), "requires_tls"},  {!keys.requires_concatenation.empty(), "requires_concatenation"}};
  std::vector<std::string> mask{"host_security.*.hostnqn"};  // says who, also where nothing changes
  for (const auto& [is_given, field] : changes) {
    if (is_given) {
      mask.push_back(fmt::format("host_security.*.{}", field));
    }
  }
  return mask;
}

}  // namespace

Result<std::vector<Security::Hash>> parse_hashes(const std::vector<std::string>& words) {
  std::vector<Security::Hash> hashes;
  for (const std::string& word : words) {
    const std::string name = upper(word);
    if (!name.starts_with("SHA") || !Security::Hash_Parse("SHA_" + name.substr(3), &hashes.emplace_back())) {
      return fail(Code::InvalidArgument, "--hash: '{}' is none of sha256, sha384, sha512", word);
    }
  }
  return hashes;
}

Result<std::vector<Security::DhGroup>> parse_dh_groups(const std::vector<std::string>& words) {
  std::vector<Security::DhGroup> groups;
  for (const std::string& word : words) {
    const std::string name = upper(word);
    Security::DhGroup& group = groups.emplace_back();
    if (!Security::DhGroup_Parse(name == "NULL" ? "DH_NULL" : name, &group) || group == 0) {
      return fail(Code::InvalidArgument,
                  "--dh-group: '{}' is none of null, ffdhe2048, ffdhe3072, ffdhe4096, ffdhe6144, ffdhe8192", word);
    }
  }
  return groups;
}

Result<> check_standard_input(const HostKeys& keys) {
  const std::string* const files[] = {&keys.dhchap_key_file, &keys.controller_key_file, &keys.tls_key_file};
  if (std::ranges::count_if(files, [](const std::string* file) { return *file == "-"; }) > 1) {
    return fail(Code::InvalidArgument, "standard input holds one key: give the others as files");
  }
  return {};
}

bool HostKeys::are_given() const {
  const bool has_words = !(hashes.empty() && dh_groups.empty() && removed.empty());
  return has_words || !(dhchap_key_file + controller_key_file + tls_key_file + requires_authentication + requires_tls +
                        requires_concatenation)
                           .empty();
}

Result<bool> yes_or_no(std::string_view option, std::string_view word) {
  if (word != "yes" && word != "no") {
    return fail(Code::InvalidArgument, "{}: '{}' is neither yes nor no", option, word);
  }
  return word == "yes";
}

Result<> fill_host(const HostKeys& keys, Security& host) {
  OR_TRY(check_standard_input(keys));
  OR_ASSIGN(*host.mutable_dhchap_key(), read_key_line("--dhchap-key-file", keys.dhchap_key_file));
  OR_ASSIGN(*host.mutable_dhchap_controller_key(), read_key_line("--controller-key-file", keys.controller_key_file));
  OR_ASSIGN(*host.mutable_tls_key(), read_key_line("--tls-key-file", keys.tls_key_file));
  OR_ASSIGN(const auto hashes, parse_hashes(keys.hashes));
  if (!hashes.empty()) {
    host.mutable_hashes()->Assign(hashes.begin(), hashes.end());
  }
  OR_ASSIGN(const auto groups, parse_dh_groups(keys.dh_groups));
  if (!groups.empty()) {
    host.mutable_dh_groups()->Assign(groups.begin(), groups.end());
  }
  if (!keys.requires_authentication.empty()) {
    OR_ASSIGN(const bool is_required, yes_or_no("--require-authentication", keys.requires_authentication));
    host.set_requires_authentication(is_required);
  }
  if (!keys.requires_tls.empty()) {
    OR_ASSIGN(const bool is_required, yes_or_no("--require-tls", keys.requires_tls));
    host.set_requires_tls(is_required);
  }
  if (!keys.requires_concatenation.empty()) {
    OR_ASSIGN(const bool is_required, yes_or_no("--require-concatenation", keys.requires_concatenation));
    host.set_requires_concatenation(is_required);
  }
  return {};
}

Printed update_host_keys(Client& client, std::string_view subsystem, const std::string& hostnqn, const HostKeys& keys,
                         Format format) {
  const Kind& kind = kind_of(*v1::NvmeSubsystemOptions::descriptor());
  std::vector<std::string> mask;
  for (const std::string& word : keys.removed) {
    OR_ASSIGN(std::string field, field_of_key(word));
    mask.push_back("host_security.*." + field);
  }
  HostKeys changed = keys;
  changed.removed.clear();
  if (!mask.empty() && changed.are_given()) {
    return fail(Code::InvalidArgument, "--remove-key stands alone: remove first, then change");
  }
  v1::NvmeSubsystemOptions wanted;
  Security& host = *wanted.add_host_security();
  host.set_hostnqn(hostnqn);
  OR_TRY(fill_host(changed, host));
  if (mask.empty()) {
    OR_ASSIGN(const auto there, fetch(client, kind, subsystem));
    const bool is_known = has_host(static_cast<const v1::NvmeSubsystemOptions&>(*there), hostnqn);
    mask = is_known ? mask_of(changed) : std::vector<std::string>{"host_security.*"};
  }
  OR_ASSIGN(const auto made, update(client, kind, subsystem, wanted, mask));
  return show_one(kind, *made, format);
}

Printed make_key_file(const std::string& kind, const std::string& hash, const std::string& path) {
  if (path == "-") {
    return make_key(kind, hash);
  }
  OR_ASSIGN(const std::string key, make_key(kind, hash));
  OR_TRY(write_secret("--output", path, key));
  return fmt::format("{}: a {} key, for its owner alone\n", path, kind);
}

Printed make_key(const std::string& kind, const std::string& hash) {
  std::optional<nvme_auth::HashId> id;
  if (hash == "sha256") {
    id = nvme_auth::HashId::Sha256;
  } else if (hash == "sha384") {
    id = nvme_auth::HashId::Sha384;
  } else if (hash == "sha512") {
    id = nvme_auth::HashId::Sha512;
  } else if (hash != "none") {
    return fail(Code::InvalidArgument, "--hash: '{}' is none of none, sha256, sha384, sha512", hash);
  }
  if (kind == "dhchap") {
    OR_ASSIGN(const nvme_auth::DhchapKey key,
              nvme_auth::DhchapKey::generate(id ? nvme_auth::hash_bytes(*id) : size_t{32}, id));
    return key.format() + "\n";
  }
  if (!id || *id == nvme_auth::HashId::Sha512) {
    return fail(Code::InvalidArgument, "--hash: a TLS key is for sha256 or sha384");
  }
  OR_ASSIGN(const nvme_auth::ConfiguredPsk key, nvme_auth::ConfiguredPsk::generate(*id));
  return key.format() + "\n";
}

}  // namespace outrigger::cli
