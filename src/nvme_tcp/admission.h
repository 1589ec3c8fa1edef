// Admission: what the connections of all targets of one daemon take together, descriptors and memory; when there is no
// more the oldest stranger goes, wherever it came in. Control reactor.
#pragma once

#include "nvme_tcp/limits.h"
#include "nvme_tcp/strangers.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace outrigger::nvme_tcp {

struct AdmissionOptions {
  uint32_t connections_max = UINT32_MAX;
  uint64_t memory_bytes_max = nvme_tcp::memory_bytes_max;
  // Of one network: an IPv4 address, 64 bits of an IPv6 address.
  uint64_t memory_bytes_per_network_max = nvme_tcp::memory_bytes_max / memory_share_divisor;
};

// Connections for which there are descriptors where a process may have so many (RLIMIT_NOFILE): some are for others.
[[nodiscard]] uint32_t connections_for(uint64_t descriptors) noexcept;

// Discovery controllers that leave hosts of subsystems their part of the memory.
[[nodiscard]] uint32_t discovery_controllers_for(uint64_t memory_bytes) noexcept;

class Admission {
 public:
  explicit Admission(AdmissionOptions options) : options_(options) {}
  // Every connection has left.
  ~Admission();
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // One more connection of `network`: why there can be none, whoever makes room; empty: it may have one.
  [[nodiscard]] std::string_view may_enter(const std::string& network) const noexcept;
  // For one that may enter: why there can be none; empty: there is room, perhaps because a stranger was sent away.
  [[nodiscard]] std::string_view make_room() noexcept;
  // Its number: they are given in order. It takes connection_bytes.
  uint64_t enter(const std::string& network);
  // A connection may take so many bytes more: there is room, or strangers other than itself would make it.
  [[nodiscard]] bool may_take(uint64_t number, const std::string& network, uint64_t bytes) const noexcept;
  // It takes them, right after it was said that it may: those strangers are sent away.
  void take(uint64_t number, const std::string& network, uint64_t bytes) noexcept;
  void leave(const std::string& network, uint64_t bytes) noexcept;

  // Of all targets.
  [[nodiscard]] Strangers& strangers() noexcept { return strangers_; }
  [[nodiscard]] uint32_t connection_count() const noexcept { return connection_count_; }
  [[nodiscard]] uint64_t memory_bytes() const noexcept { return memory_bytes_; }
  [[nodiscard]] uint64_t memory_bytes_max() const noexcept { return options_.memory_bytes_max; }

 private:
  // With what comes back: those that are on their way out give back at least connection_bytes each.
  [[nodiscard]] uint64_t bytes_max() const noexcept {
    return options_.memory_bytes_max + strangers_.displaced_count() * connection_bytes;
  }

  AdmissionOptions options_;
  std::unordered_map<std::string, uint64_t> bytes_by_network_;
  Strangers strangers_;
  uint64_t last_number_ = 0;
  uint64_t memory_bytes_ = 0;
  uint32_t connection_count_ = 0;
};

}  // namespace outrigger::nvme_tcp
