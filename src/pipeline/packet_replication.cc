// PacketReplication: two arrays of pointers, by group and by session.
#include "pipeline/packet_replication.h"

#include <bit>

namespace outrigger::pipeline {

Result<std::unique_ptr<PacketReplication>> PacketReplication::make(Quiescence& quiescence) {
  std::unique_ptr<PacketReplication> replication(new PacketReplication(quiescence));
  OR_ASSIGN(replication->group_places_,
            Region::make(uint64_t{multicast_groups_max} * sizeof(GroupPlace), "the multicast groups"));
  OR_ASSIGN(replication->session_places_,
            Region::make(uint64_t{clone_sessions_max} * sizeof(SessionPlace), "the clone sessions"));
  return replication;
}

PacketReplication::~PacketReplication() {
  clear();
  quiescence_.drain(this);
}

template <typename T>
bool PacketReplication::put(std::atomic<const T*>& place, const T* content) {
  // A place that nobody used is not written: its page may not exist.
  if (content == nullptr && place.load(std::memory_order_relaxed) == nullptr) {
    return false;
  }
  const T* const before = place.exchange(content, std::memory_order_acq_rel);
  if (before != nullptr) {
    quiescence_.retire([](void*, uint64_t value) noexcept { delete std::bit_cast<const T*>(value); }, this,
                       std::bit_cast<uint64_t>(before));
  }
  return before != nullptr;
}

Result<> PacketReplication::set_multicast_group(uint32_t group, std::span<const Replica> replicas) {
  const std::scoped_lock lock(mutex_);
  if (group == 0 || group >= multicast_groups_max) {
    return fail(Code::InvalidArgument, "multicast groups have numbers from 1 to {}, not {}", multicast_groups_max - 1,
                group);
  }
  if (replicas.size() > replicas_max) {
    return fail(Code::ResourceExhausted, "multicast group {}: at most {} copies, not {}", group, replicas_max,
                replicas.size());
  }
  put<ReplicaList>(groups()[group], new ReplicaList(replicas.begin(), replicas.end()));
  return {};
}

Result<> PacketReplication::remove_multicast_group(uint32_t group) {
  const std::scoped_lock lock(mutex_);
  if (group >= multicast_groups_max || !put<ReplicaList>(groups()[group], nullptr)) {
    return fail(Code::NotFound, "there is no multicast group {}", group);
  }
  return {};
}

Result<> PacketReplication::set_clone_session(uint32_t session, const CloneSession& content) {
  const std::scoped_lock lock(mutex_);
  if (session >= clone_sessions_max) {
    return fail(Code::InvalidArgument, "clone sessions have numbers from 0 to {}, not {}", clone_sessions_max - 1,
                session);
  }
  if (content.replicas.size() > replicas_max) {
    return fail(Code::ResourceExhausted, "clone session {}: at most {} copies, not {}", session, replicas_max,
                content.replicas.size());
  }
  put(sessions()[session], static_cast<const CloneSession*>(new CloneSession(content)));
  return {};
}

Result<> PacketReplication::remove_clone_session(uint32_t session) {
  const std::scoped_lock lock(mutex_);
  if (session >= clone_sessions_max || !put<CloneSession>(sessions()[session], nullptr)) {
    return fail(Code::NotFound, "there is no clone session {}", session);
  }
  return {};
}

void PacketReplication::clear() {
  const std::scoped_lock lock(mutex_);
  for (uint32_t i = 0; i < multicast_groups_max && group_places_.data() != nullptr; ++i) {
    put<ReplicaList>(groups()[i], nullptr);
  }
  for (uint32_t i = 0; i < clone_sessions_max && session_places_.data() != nullptr; ++i) {
    put<CloneSession>(sessions()[i], nullptr);
  }
}

std::vector<uint32_t> PacketReplication::multicast_groups() {
  const std::scoped_lock lock(mutex_);
  std::vector<uint32_t> there;
  for (uint32_t i = 0; i < multicast_groups_max; ++i) {
    if (multicast_group(i) != nullptr) {
      there.push_back(i);
    }
  }
  return there;
}

std::vector<uint32_t> PacketReplication::clone_sessions() {
  const std::scoped_lock lock(mutex_);
  std::vector<uint32_t> there;
  for (uint32_t i = 0; i < clone_sessions_max; ++i) {
    if (clone_session(i) != nullptr) {
      there.push_back(i);
    }
  }
  return there;
}

}  // namespace outrigger::pipeline
