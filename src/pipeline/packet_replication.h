// PacketReplication: multicast groups and clone sessions: which copies of a packet go where. Data threads read without
// a lock; each group is replaced as a whole.
#pragma once

#include "pipeline/limits.h"
#include "pipeline/quiescence.h"
#include "pipeline/region.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace outrigger::pipeline {

// One copy. `instance` is v1model's egress_rid, PSA's instance.
struct Replica {
  uint32_t port = 0;
  uint32_t instance = 0;

  friend bool operator==(const Replica&, const Replica&) = default;
};

using ReplicaList = std::vector<Replica>;

struct CloneSession {
  ReplicaList replicas;
  uint32_t class_of_service = 0;
  uint32_t packet_length_bytes = 0;  // the copy is cut to so many bytes; 0: it is whole

  [[nodiscard]] uint32_t length_of_copy(uint32_t packet_bytes) const noexcept {
    return packet_length_bytes != 0 && packet_length_bytes < packet_bytes ? packet_length_bytes : packet_bytes;
  }
  friend bool operator==(const CloneSession&, const CloneSession&) = default;
};

class PacketReplication {
 public:
  static Result<std::unique_ptr<PacketReplication>> make(Quiescence& quiescence);
  ~PacketReplication();
  PacketReplication(const PacketReplication&) = delete;
  PacketReplication& operator=(const PacketReplication&) = delete;

  // The control plane. A new group, or another content of one that is there. Group 0 means "no multicast" and cannot be
  // set.
  Result<> set_multicast_group(uint32_t group, std::span<const Replica> replicas);
  Result<> remove_multicast_group(uint32_t group);
  Result<> set_clone_session(uint32_t session, const CloneSession& content);
  Result<> remove_clone_session(uint32_t session);
  // All groups and sessions go.
  void clear();
  [[nodiscard]] std::vector<uint32_t> multicast_groups();
  [[nodiscard]] std::vector<uint32_t> clone_sessions();

  // Data threads, and the control plane: nullptr when there is none. Valid until announce(), or the next control call.
  [[nodiscard]] const ReplicaList* multicast_group(uint32_t group) const noexcept {
    return group < multicast_groups_max ? groups()[group].load(std::memory_order_acquire) : nullptr;
  }
  [[nodiscard]] const CloneSession* clone_session(uint32_t session) const noexcept {
    return session < clone_sessions_max ? sessions()[session].load(std::memory_order_acquire) : nullptr;
  }

 private:
  using GroupPlace = std::atomic<const ReplicaList*>;
  using SessionPlace = std::atomic<const CloneSession*>;

  explicit PacketReplication(Quiescence& quiescence) noexcept : quiescence_(quiescence) {}
  [[nodiscard]] GroupPlace* groups() const noexcept { return group_places_.as<GroupPlace>(); }
  [[nodiscard]] SessionPlace* sessions() const noexcept { return session_places_.as<SessionPlace>(); }
  template <typename T>
  bool put(std::atomic<const T*>& place, const T* content);

  Quiescence& quiescence_;
  Region group_places_;
  Region session_places_;
  std::mutex mutex_;
};

}  // namespace outrigger::pipeline
