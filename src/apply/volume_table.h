// VolumeTable: the block devices there are, by volume id. What stands on a volume borrows it from here; the model
// withdraws users before what they use, so a borrowed device outlives its borrower. Control reactor only.
#pragma once

#include "base/result.h"
#include "block/device.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::apply {

// A resource name's last segment: "bdev1" of "volumes/bdev1", of "mallocVolumes/bdev1" and of "bdev1".
[[nodiscard]] std::string_view id_of(std::string_view name) noexcept;

// Lets go of a device: of one that belongs to the table it is the end, of a borrowed one it is not.
struct DeviceRelease {
  DeviceRelease() noexcept = default;
  template <typename T>
  DeviceRelease(const std::default_delete<T>&) noexcept {}  // of a std::unique_ptr that is moved here
  void operator()(block::Device* device) const noexcept {
    if (!is_borrowed) {
      std::default_delete<block::Device>{}(device);
    }
  }
  bool is_borrowed = false;
};
using DeviceHolder = std::unique_ptr<block::Device, DeviceRelease>;
// A device that somebody else owns, for longer than it is in the table.
[[nodiscard]] DeviceHolder borrowed(block::Device& device) noexcept;

struct Volume {
  std::string name;  // "volumes/bdev1"
  std::string kind;  // "malloc"
  std::string uuid;  // as given or made
  DeviceHolder device;
};

class VolumeTable {
 public:
  VolumeTable() = default;
  // Layers go before what they stand on.
  ~VolumeTable();
  VolumeTable(const VolumeTable&) = delete;
  VolumeTable& operator=(const VolumeTable&) = delete;

  // Adds a volume; its id must be new.
  void add(std::string id, Volume volume);
  void remove(std::string_view id);
  // nullptr when there is none: it is not realised (yet).
  [[nodiscard]] Volume* find(std::string_view id) noexcept;
  // The device that `reference` (any form of name, or a UUID) means, or UNAVAILABLE when it stands in the model but
  // could not be made real.
  [[nodiscard]] Result<block::Device*> borrow(std::string_view reference);
  [[nodiscard]] std::vector<const Volume*> all() const;

  // Why requests to a device wait or fail at present, because of what it stands on; empty: they do not.
  [[nodiscard]] std::string trouble_of(const block::Device& device) const;
  // Who knows that of the devices that are borrowed.
  using TroubleSource = std::function<std::string(const block::Device& leaf)>;
  void set_trouble_source(TroubleSource source) { trouble_source_ = std::move(source); }

 private:
  TroubleSource trouble_source_;
  std::map<std::string, Volume, std::less<>> volumes_;
};

}  // namespace outrigger::apply
