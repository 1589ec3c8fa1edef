// What both sides of a transaction check before it starts.
#include "nvme_auth/transaction.h"

#include "nvme_auth/limits.h"

#include <algorithm>
#include <set>

namespace outrigger::nvme_auth {

Result<void> check_setup(const Parties& parties, const Algorithms& algorithms) {
  for (const std::string& nqn : {parties.hostnqn, parties.subnqn}) {
    if (nqn.empty() || nqn.size() > nqn_bytes_max || nqn.find('\0') != std::string::npos) {
      return fail(Code::InvalidArgument, "an NQN of an authentication is empty or longer than {} bytes", nqn_bytes_max);
    }
  }
  if (algorithms.hashes.empty() || algorithms.dh_groups.empty()) {
    return fail(Code::InvalidArgument, "an authentication allows no hash or no DH group");
  }
  const std::set<HashId> hashes(algorithms.hashes.begin(), algorithms.hashes.end());
  const std::set<DhGroup> groups(algorithms.dh_groups.begin(), algorithms.dh_groups.end());
  if (hashes.size() != algorithms.hashes.size() || groups.size() != algorithms.dh_groups.size()) {
    return fail(Code::InvalidArgument, "an authentication names a hash or a DH group twice");
  }
  return {};
}

bool is_for_concatenation(HashId hash) noexcept { return hash != HashId::Sha512; }
bool is_for_concatenation(DhGroup group) noexcept { return group != DhGroup::Null; }

}  // namespace outrigger::nvme_auth
