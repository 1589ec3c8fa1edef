// ActionProfile: actions that several entries share (members), and groups of members of which a hash chooses one
// (action selectors). A table's entry refers to one by its handle; handles are dense and given by create_…().
//
// Control calls exclude each other by a mutex; data threads use resolve() alone. What is in use cannot be removed
// (FailedPrecondition).
#pragma once

#include "pipeline/abi.h"
#include "pipeline/free_list.h"
#include "pipeline/quiescence.h"
#include "pipeline/region.h"

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace outrigger::pipeline {

struct ProfileShape {
  std::string name;
  std::vector<uint32_t> action_data_bytes;  // for each action, as in the tables that use the profile
  uint64_t size = 0;                        // members; 0: as many as there may be
  uint32_t group_size_max = 0;              // weights of a group's members together; 0: as much as there may be
};

struct GroupMember {
  uint32_t member = 0;
  uint32_t weight = 1;

  friend bool operator==(const GroupMember&, const GroupMember&) = default;
};

class ActionProfile {
 public:
  static Result<std::unique_ptr<ActionProfile>> make(const ProfileShape& shape, Quiescence& quiescence);
  ~ActionProfile();
  ActionProfile(const ActionProfile&) = delete;
  ActionProfile& operator=(const ActionProfile&) = delete;

  Result<uint32_t> create_member(uint32_t action, std::span<const uint8_t> data);
  Result<> modify_member(uint32_t member, uint32_t action, std::span<const uint8_t> data);
  Result<> remove_member(uint32_t member);
  // The action and its data, as an Entry; valid until the next control call.
  Result<const Entry*> get_member(uint32_t member);

  Result<uint32_t> create_group(std::span<const GroupMember> members);
  // All of its members anew.
  Result<> modify_group(uint32_t group, std::span<const GroupMember> members);
  Result<> remove_group(uint32_t group);
  Result<std::vector<GroupMember>> get_group(uint32_t group);
  [[nodiscard]] uint32_t member_count();
  [[nodiscard]] uint32_t group_count();

  // A table's entry refers to it from now on, and no more. NotFound: there is none.
  Result<> hold(EntryKind kind, uint32_t reference);
  void release(EntryKind kind, uint32_t reference);

  // Data threads: what the entry does. For an Action the entry itself; of a group the member that the hash chooses, in
  // the order of their handles as BMv2 has it; nullptr when the group is empty.
  [[nodiscard]] const Entry* resolve(const Entry& entry, uint64_t hash) const noexcept {
    if (entry.kind == EntryKind::Action) {
      return &entry;
    }
    uint32_t member = entry.reference;
    if (entry.kind == EntryKind::Group) {
      const Group* const group = groups()[entry.reference].load(std::memory_order_acquire);
      if (group == nullptr || group->places.empty()) {
        return nullptr;
      }
      member = group->places[hash % group->places.size()];
    }
    return members()[member].load(std::memory_order_acquire);
  }

 private:
  struct Group {
    std::vector<uint32_t> places;  // a member as often as it weighs
    std::vector<GroupMember> members;
  };
  using MemberPlace = std::atomic<const Entry*>;
  using GroupPlace = std::atomic<const Group*>;

  ActionProfile(const ProfileShape& shape, Quiescence& quiescence) : shape_(shape), quiescence_(quiescence) {}
  [[nodiscard]] MemberPlace* members() const noexcept { return member_places_.as<MemberPlace>(); }
  [[nodiscard]] GroupPlace* groups() const noexcept { return group_places_.as<GroupPlace>(); }
  Result<const Entry*> make_member(uint32_t action, std::span<const uint8_t> data) const;
  Result<std::unique_ptr<Group>> make_group(std::span<const GroupMember> members) const;
  Result<> check_member(uint32_t member) const;
  Result<> check_group(uint32_t group) const;
  void put_member(uint32_t member, const Entry* entry);
  void put_group(uint32_t group, const Group* content);
  void count_uses(const Group& group, bool is_more);

  const ProfileShape shape_;
  Quiescence& quiescence_;
  Region member_places_;
  Region group_places_;
  std::mutex mutex_;  // guards what follows
  FreeList free_members_;
  FreeList free_groups_;
  std::vector<uint32_t> member_uses_;  // by groups and by tables' entries
  std::vector<uint32_t> group_uses_;   // by tables' entries
  uint32_t member_count_ = 0;
  uint32_t group_count_ = 0;
};

}  // namespace outrigger::pipeline
