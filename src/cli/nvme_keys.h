// Keys of NVMe hosts: made here, read from files, given to a subsystem. No key is ever an argument.
#pragma once

#include "cli/resources.h"

#include <outrigger/v1/nvme.pb.h>

#include <string>
#include <vector>

namespace outrigger::cli {

// What a subsystem and one host know of each other, or we and a remote controller. Files: "-" is standard input; empty:
// not given.
struct HostKeys {
  std::string dhchap_key_file;
  std::string controller_key_file;
  std::string tls_key_file;
  std::vector<std::string> hashes;      // "sha256"
  std::vector<std::string> dh_groups;   // "ffdhe2048", "null"
  std::string requires_authentication;  // "yes", "no"; empty: as the server thinks best
  std::string requires_tls;
  std::string requires_concatenation;
  std::vector<std::string> removed;  // "dhchap", "controller", "tls"

  [[nodiscard]] bool are_given() const;
};

Result<std::vector<outrigger::v1::NvmeHostSecurity::Hash>> parse_hashes(const std::vector<std::string>& words);
Result<std::vector<outrigger::v1::NvmeHostSecurity::DhGroup>> parse_dh_groups(const std::vector<std::string>& words);
// Standard input can hold one of the keys.
Result<> check_standard_input(const HostKeys& keys);

// Into the host's entry, which has its name. Errors name the option and hold nothing of a key.
Result<> fill_host(const HostKeys& keys, outrigger::v1::NvmeHostSecurity& host);

// Changes what is agreed with one host of a subsystem; the others, and what is not given, stay as they are.
Printed update_host_keys(Client& client, std::string_view subsystem, const std::string& hostnqn, const HostKeys& keys,
                         Format format);

// A new random key, to be configured on both sides: kind "dhchap" (`hash` none, sha256, sha384 or sha512) or "tls"
// (sha256 or sha384).
Printed make_key(const std::string& kind, const std::string& hash);
// The same into a new file that nobody else can read; what a shell's redirection makes is open to others under the
// usual umask. Says where it is, and nothing of the key. "-" is no file but the standard output: the key itself.
Printed make_key_file(const std::string& kind, const std::string& hash, const std::string& path);

// "yes" or "no".
Result<bool> yes_or_no(std::string_view option, std::string_view word);

}  // namespace outrigger::cli
