// DiskOffer: what a front end is offered of a disk and relies on as long as it lives: QEMU asks for as many queues
// when it connects again as it was started with, a driver goes on writing to a disk that it found writable. So an
// offer stays as it is until its front end has left, over restarts of the daemon and changes of every setting that it
// was made from.
#pragma once

#include "base/result.h"
#include "vhost_user/endpoint.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace outrigger::apply {

struct DiskOffer {
  vhost_user::Role role = vhost_user::Role::Listen;
  uint16_t queue_count = 1;
  uint16_t queue_size = 256;
  bool is_read_only = false;
  bool is_packed = false;  // the host offers packed rings to the guest; we can always serve them

  friend bool operator==(const DiskOffer&, const DiskOffer&) = default;
};

// What `wanted` has other than `offered`, for a person: "read_only=true, queue_size=64"; empty: nothing.
[[nodiscard]] std::string differences(const DiskOffer& offered, const DiskOffer& wanted);

// OfferFolder: the offers that are made, one small file per disk, so that the next start makes the same. They matter
// while front ends live, so not beyond the machine's own restart: nothing is forced to the medium. Control reactor.
class OfferFolder {
 public:
  // The folder is made when it is first needed.
  explicit OfferFolder(std::string path) : path_(std::move(path)) {}
  // Nothing: none is kept, or it cannot be read (which is logged).
  [[nodiscard]] std::optional<DiskOffer> read(std::string_view disk_id) const;
  // Replaces the file as a whole.
  Result<void> write(std::string_view disk_id, const DiskOffer& offer);
  void remove(std::string_view disk_id);

 private:
  std::string path_;
};

}  // namespace outrigger::apply
