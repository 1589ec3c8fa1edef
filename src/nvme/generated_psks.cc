#include "nvme/generated_psks.h"

#include "nvme/limits.h"
#include "nvme_auth/limits.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme {

void GeneratedPsks::add(nvme_auth::TlsPsk psk, std::string hostnqn, std::string subnqn, uint64_t now_ns) {
  std::erase_if(entries_,
                [&](const Entry& entry) { return entry.expires_ns <= now_ns || entry.psk.identity == psk.identity; });
  const auto is_same = [&](const Entry& entry) { return entry.hostnqn == hostnqn && entry.subnqn == subnqn; };
  if (std::ranges::count_if(entries_, is_same) >= generated_psks_per_host_max) {
    entries_.erase(std::ranges::find_if(entries_, is_same));
  } else if (entries_.size() >= generated_psks_max) {
    entries_.erase(entries_.begin());
  }
  entries_.push_back({.psk = std::move(psk),
                      .hostnqn = std::move(hostnqn),
                      .subnqn = std::move(subnqn),
                      .expires_ns = now_ns + nvme_auth::generated_psk_lifetime_ms * 1'000'000ULL});
}

std::optional<nvme_auth::TlsPsk> GeneratedPsks::find(std::string_view identity, uint64_t now_ns) const {
  const auto found = std::ranges::find_if(entries_, [&](const Entry& entry) {
    return !entry.is_aside && entry.psk.identity == identity && now_ns < entry.expires_ns;
  });
  if (found == entries_.end()) {
    return std::nullopt;
  }
  return nvme_auth::TlsPsk{.identity = found->psk.identity, .hash = found->psk.hash, .key = found->psk.key.clone()};
}

size_t GeneratedPsks::set_aside(std::string_view hostnqn, std::string_view subnqn) {
  forget_aside(hostnqn, subnqn);
  size_t count = 0;
  for (Entry& entry : entries_) {
    if (entry.subnqn == subnqn && entry.hostnqn == hostnqn) {
      entry.is_aside = true;
      ++count;
    }
  }
  return count;
}

void GeneratedPsks::bring_back(std::string_view hostnqn, std::string_view subnqn) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return !entry.is_aside && entry.subnqn == subnqn && entry.hostnqn == hostnqn;
  });
  for (Entry& entry : entries_) {
    if (entry.subnqn == subnqn && entry.hostnqn == hostnqn) {
      entry.is_aside = false;
    }
  }
}

void GeneratedPsks::forget_aside(std::string_view hostnqn, std::string_view subnqn) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return entry.is_aside && entry.subnqn == subnqn && entry.hostnqn == hostnqn;
  });
}

void GeneratedPsks::forget(std::string_view hostnqn, std::string_view subnqn) {
  std::erase_if(entries_, [&](const Entry& entry) {
    return entry.subnqn == subnqn && (hostnqn.empty() || entry.hostnqn == hostnqn);
  });
}

}  // namespace outrigger::nvme
