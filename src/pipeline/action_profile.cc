// ActionProfile: members and groups are published by one pointer each.
#include "pipeline/action_profile.h"

#include "base/check.h"

#include <algorithm>
#include <bit>
#include <new>

namespace outrigger::pipeline {

namespace {

// An Entry and its data in one piece.
Entry* allocate_entry(size_t data_bytes) {
  void* const memory = ::operator new(sizeof(Entry) + data_bytes);
  return new (memory) Entry{};
}

void free_entry(const Entry* entry) noexcept { ::operator delete(const_cast<Entry*>(entry)); }

}  // namespace

Result<std::unique_ptr<ActionProfile>> ActionProfile::make(const ProfileShape& shape, Quiescence& quiescence) {
  std::unique_ptr<ActionProfile> profile(new ActionProfile(shape, quiescence));
  OR_ASSIGN(profile->member_places_, Region::make(uint64_t{profile_members_max} * sizeof(MemberPlace), shape.name));
  OR_ASSIGN(profile->group_places_, Region::make(uint64_t{profile_groups_max} * sizeof(GroupPlace), shape.name));
  return profile;
}

ActionProfile::~ActionProfile() {
  quiescence_.drain(this);
  quiescence_.drain(&free_members_);
  quiescence_.drain(&free_groups_);
  for (size_t i = 0; i < member_uses_.size(); ++i) {
    free_entry(members()[i].load(std::memory_order_relaxed));
  }
  for (size_t i = 0; i < group_uses_.size(); ++i) {
    delete groups()[i].load(std::memory_order_relaxed);
  }
}

Result<const Entry*> ActionProfile::make_member(uint32_t action, std::span<const uint8_t> data) const {
  if (action >= shape_.action_data_bytes.size()) {
    return fail(Code::InvalidArgument, "action profile {} has {} actions; there is no number {}", shape_.name,
                shape_.action_data_bytes.size(), action);
  }
  if (data.size() != shape_.action_data_bytes[action]) {
    return fail(Code::InvalidArgument, "action profile {}: action number {} has data of {} bytes; {} were given",
                shape_.name, action, shape_.action_data_bytes[action], data.size());
  }
  Entry* const entry = allocate_entry(data.size());
  entry->action = action;
  entry->handle = no_handle;
  std::ranges::copy(data, entry->data());
  return entry;
}

Result<> ActionProfile::check_member(uint32_t member) const {
  if (member >= member_uses_.size() || members()[member].load(std::memory_order_relaxed) == nullptr) {
    return fail(Code::NotFound, "action profile {} has no member {}", shape_.name, member);
  }
  return {};
}

Result<> ActionProfile::check_group(uint32_t group) const {
  if (group >= group_uses_.size() || groups()[group].load(std::memory_order_relaxed) == nullptr) {
    return fail(Code::NotFound, "action profile {} has no group {}", shape_.name, group);
  }
  return {};
}

void ActionProfile::put_member(uint32_t member, const Entry* entry) {
  const Entry* const before = members()[member].exchange(entry, std::memory_order_acq_rel);
  if (before != nullptr) {
    quiescence_.retire([](void*, uint64_t value) noexcept { free_entry(std::bit_cast<const Entry*>(value)); }, this,
                       std::bit_cast<uint64_t>(before));
  }
}

void ActionProfile::put_group(uint32_t group, const Group* content) {
  const Group* const before = groups()[group].exchange(content, std::memory_order_acq_rel);
  if (before != nullptr) {
    quiescence_.retire([](void*, uint64_t value) noexcept { delete std::bit_cast<const Group*>(value); }, this,
                       std::bit_cast<uint64_t>(before));
  }
}

Result<uint32_t> ActionProfile::create_member(uint32_t action, std::span<const uint8_t> data) {
  const std::scoped_lock lock(mutex_);
  const uint64_t most = shape_.size == 0 ? profile_members_max : std::min<uint64_t>(shape_.size, profile_members_max);
  if (member_count_ >= most) {
    return fail(Code::ResourceExhausted, "action profile {} is full: it has {} members", shape_.name, member_count_);
  }
  const auto free = free_members_.pop();
  if (!free && member_uses_.size() == profile_members_max) {
    return fail(Code::Unavailable, "action profile {}: too many changes wait for the data threads; try again",
                shape_.name);
  }
  const auto member = free.value_or(static_cast<uint32_t>(member_uses_.size()));
  auto entry = make_member(action, data);
  if (!entry.has_value()) {
    if (free) {
      free_members_.push(member);
    }
    return std::unexpected(std::move(entry).error());
  }
  if (!free) {
    member_uses_.push_back(0);
  }
  put_member(member, *entry);
  ++member_count_;
  return member;
}

Result<> ActionProfile::modify_member(uint32_t member, uint32_t action, std::span<const uint8_t> data) {
  const std::scoped_lock lock(mutex_);
  OR_TRY(check_member(member));
  OR_ASSIGN(const Entry* entry, make_member(action, data));
  put_member(member, entry);
  return {};
}

Result<> ActionProfile::remove_member(uint32_t member) {
  const std::scoped_lock lock(mutex_);
  OR_TRY(check_member(member));
  if (member_uses_[member] != 0) {
    return fail(Code::FailedPrecondition,
                "action profile {}: the member {} is in use; remove the groups and entries first", shape_.name, member);
  }
  put_member(member, nullptr);
  // The handle waits too: a data thread may still hold an entry that names it.
  quiescence_.retire(&FreeList::give_back, &free_members_, member);
  --member_count_;
  return {};
}

Result<const Entry*> ActionProfile::get_member(uint32_t member) {
  const std::scoped_lock lock(mutex_);
  OR_TRY(check_member(member));
  return members()[member].load(std::memory_order_relaxed);
}

Result<std::unique_ptr<ActionProfile::Group>> ActionProfile::make_group(std::span<const GroupMember> members) const {
  const uint64_t most =
      shape_.group_size_max == 0 ? group_weight_max : std::min(shape_.group_size_max, group_weight_max);
  uint64_t weight = 0;
  for (const GroupMember& member : members) {
    OR_TRY(check_member(member.member));
    weight += member.weight;
    if (member.weight == 0 || weight > most) {
      return fail(Code::InvalidArgument,
                  "action profile {}: the weights of a group are at least 1, and {} together at most", shape_.name,
                  most);
    }
  }
  auto group = std::make_unique<Group>();
  group->members.assign(members.begin(), members.end());
  std::ranges::sort(group->members, {}, &GroupMember::member);
  if (std::ranges::adjacent_find(group->members, {}, &GroupMember::member) != group->members.end()) {
    return fail(Code::InvalidArgument, "action profile {}: a member is in a group once; give it a weight", shape_.name);
  }
  for (const GroupMember& member : group->members) {
    group->places.insert(group->places.end(), member.weight, member.member);
  }
  return group;
}

void ActionProfile::count_uses(const Group& group, bool is_more) {
  for (const GroupMember& member : group.members) {
    is_more ? ++member_uses_[member.member] : --member_uses_[member.member];
  }
}

Result<uint32_t> ActionProfile::create_group(std::span<const GroupMember> members) {
  const std::scoped_lock lock(mutex_);
  OR_ASSIGN(auto content, make_group(members));
  const auto free = free_groups_.pop();
  if (!free && group_uses_.size() == profile_groups_max) {
    return fail(Code::ResourceExhausted, "action profile {} is full: it has {} groups", shape_.name, group_count_);
  }
  const auto group = free.value_or(static_cast<uint32_t>(group_uses_.size()));
  if (!free) {
    group_uses_.push_back(0);
  }
  count_uses(*content, true);
  put_group(group, content.release());
  ++group_count_;
  return group;
}

Result<> ActionProfile::modify_group(uint32_t group, std::span<const GroupMember> members) {
  const std::scoped_lock lock(mutex_);
  OR_TRY(check_group(group));
  OR_ASSIGN(auto content, make_group(members));
  count_uses(*groups()[group].load(std::memory_order_relaxed), false);
  count_uses(*content, true);
  put_group(group, content.release());
  return {};
}

Result<> ActionProfile::remove_group(uint32_t group) {
  const std::scoped_lock lock(mutex_);
  OR_TRY(check_group(group));
  if (group_uses_[group] != 0) {
    return fail(Code::FailedPrecondition, "action profile {}: the group {} is in use; remove the entries first",
                shape_.name, group);
  }
  count_uses(*groups()[group].load(std::memory_order_relaxed), false);
  put_group(group, nullptr);
  quiescence_.retire(&FreeList::give_back, &free_groups_, group);
  --group_count_;
  return {};
}

Result<std::vector<GroupMember>> ActionProfile::get_group(uint32_t group) {
  const std::scoped_lock lock(mutex_);
  OR_TRY(check_group(group));
  return groups()[group].load(std::memory_order_relaxed)->members;
}

uint32_t ActionProfile::member_count() {
  const std::scoped_lock lock(mutex_);
  return member_count_;
}

uint32_t ActionProfile::group_count() {
  const std::scoped_lock lock(mutex_);
  return group_count_;
}

Result<> ActionProfile::hold(EntryKind kind, uint32_t reference) {
  const std::scoped_lock lock(mutex_);
  if (kind == EntryKind::Member) {
    OR_TRY(check_member(reference));
    ++member_uses_[reference];
  } else if (kind == EntryKind::Group) {
    OR_TRY(check_group(reference));
    ++group_uses_[reference];
  }
  return {};
}

void ActionProfile::release(EntryKind kind, uint32_t reference) {
  const std::scoped_lock lock(mutex_);
  if (kind != EntryKind::Action) {
    std::vector<uint32_t>& uses = kind == EntryKind::Member ? member_uses_ : group_uses_;
    check(uses[reference] > 0, "what is released was held");
    --uses[reference];
  }
}

}  // namespace outrigger::pipeline
