#include "apply/volume_table.h"

#include "base/check.h"
#include "volume/layer.h"

#include <algorithm>
#include <cctype>

namespace outrigger::apply {

std::string_view id_of(std::string_view name) noexcept {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

DeviceHolder borrowed(block::Device& device) noexcept {
  DeviceRelease release;
  release.is_borrowed = true;
  return {&device, release};
}

VolumeTable::~VolumeTable() {
  while (!volumes_.empty()) {
    volumes_.erase(
        std::ranges::max_element(volumes_, {}, [](const auto& entry) { return entry.second.device->stack_depth(); }));
  }
}

void VolumeTable::add(std::string id, Volume volume) {
  check(volume.device != nullptr, "a volume has a device");
  const bool is_new = volumes_.emplace(std::move(id), std::move(volume)).second;
  check(is_new, "the model keeps volume ids unique");
}

void VolumeTable::remove(std::string_view id) {
  const auto found = volumes_.find(id);
  check(found != volumes_.end(), "only realised volumes are withdrawn");
  volumes_.erase(found);
}

Volume* VolumeTable::find(std::string_view id) noexcept {
  const auto found = volumes_.find(id);
  return found == volumes_.end() ? nullptr : &found->second;
}

std::string VolumeTable::trouble_of(const block::Device& device) const {
  const block::Device* leaf = &device;
  while (const auto* const layer = dynamic_cast<const volume::LayerDevice*>(leaf)) {
    leaf = &layer->below();
  }
  return trouble_source_ ? trouble_source_(*leaf) : std::string();
}

Result<block::Device*> VolumeTable::borrow(std::string_view reference) {
  Volume* volume = find(id_of(reference));
  if (volume == nullptr) {
    // The model takes a reference's id in any case ("Malloc0", as SPDK's clients write it); ids are in lower case.
    std::string lower(id_of(reference));
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    volume = find(lower);
    if (volume == nullptr) {
      const auto known = std::ranges::find(volumes_, lower, [](const auto& entry) { return entry.second.uuid; });
      volume = known == volumes_.end() ? nullptr : &known->second;
    }
  }
  if (volume == nullptr) {
    return fail(Code::Unavailable, "volume {} is not ready; see its state with `outrigger get volume {}`", reference,
                id_of(reference));
  }
  return volume->device.get();
}

std::vector<const Volume*> VolumeTable::all() const {
  std::vector<const Volume*> all;
  all.reserve(volumes_.size());
  for (const auto& [id, volume] : volumes_) {
    all.push_back(&volume);
  }
  return all;
}

}  // namespace outrigger::apply
