// SharedMapping: memory that a front end shares through a descriptor, mapped and guarded. Everything about
// the descriptor is doubted: what it is, how long it is, whether the offset lies in it.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "vhost_user/sigbus_guard.h"
#include "virtio/guest_memory.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace outrigger::vhost_user {

class SharedMapping final : public virtio::Mapping {
 public:
  // Maps `size_bytes` at `offset` of `fd` for reading and writing. `what` names it in errors ("region 0 of
  // SET_MEM_TABLE"). The descriptor is not needed any more afterwards. Control thread.
  static Result<std::shared_ptr<SharedMapping>> create(const UniqueFd& fd, uint64_t offset,
                                                       uint64_t size_bytes,
                                                       std::shared_ptr<BreakSignal> signal,
                                                       std::string_view what);
  ~SharedMapping() override;
  SharedMapping(const SharedMapping&) = delete;
  SharedMapping& operator=(const SharedMapping&) = delete;

  // The bytes asked for.
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
  // True when this shows the same bytes of the same file as a mapping of `fd` would.
  [[nodiscard]] bool is_same(const UniqueFd& fd, uint64_t offset, uint64_t size_bytes) const noexcept;

 private:
  SharedMapping() = default;
  std::byte* base_ = nullptr;
  size_t mapped_bytes_ = 0;
  std::span<std::byte> bytes_;
  std::shared_ptr<BreakSignal> signal_;  // set while bytes of its budget are taken
  GuardedRange guard_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace outrigger::vhost_user
