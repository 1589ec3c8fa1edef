// What both sides of an authentication transaction share: who the parties are, what a side accepts, how it ended.
#pragma once

#include "base/result.h"
#include "nvme_auth/dh.h"
#include "nvme_auth/hash.h"
#include "nvme_auth/message.h"

#include <cstdint>
#include <string>
#include <vector>

namespace outrigger::nvme_auth {

// Running: more messages are to come. Failed: what message() still has goes to the peer, then the association ends.
enum class TransactionState : uint8_t { Running, Authenticated, Failed };

// Sequence numbers of one controller or one host: random at first, then one more each time, never 0 (8.13.5.3).
class SequenceNumber {
 public:
  uint32_t next() {
    last_ = last_ == 0 ? random_u32() : last_ + 1;
    if (last_ == 0) {
      last_ = 1;
    }
    return last_;
  }

 private:
  uint32_t last_ = 0;
};

struct Parties {
  std::string hostnqn;
  std::string subnqn;
};

// What a side offers (host) or accepts (controller), in the order in which it prefers them.
struct Algorithms {
  std::vector<HashId> hashes{HashId::Sha256, HashId::Sha384, HashId::Sha512};
  std::vector<DhGroup> dh_groups{DhGroup::Ffdhe2048, DhGroup::Ffdhe3072, DhGroup::Ffdhe4096,
                                 DhGroup::Ffdhe6144, DhGroup::Ffdhe8192, DhGroup::Null};
};

// InvalidArgument: an NQN that is empty or too long, no algorithm, or one twice.
Result<void> check_setup(const Parties& parties, const Algorithms& algorithms);

// A secure channel is made of a DH exchange, and TLS has no cipher suite with SHA-512.
bool is_for_concatenation(HashId hash) noexcept;
bool is_for_concatenation(DhGroup group) noexcept;

}  // namespace outrigger::nvme_auth
