// ReservationFolder: reservations that persist through power loss, one small file for each namespace, named by its
// UUID. Control reactor only.
#pragma once

#include "nvme/reservation_store.h"

#include <string>
#include <utility>

namespace outrigger::apply {

class ReservationFolder final : public nvme::ReservationStore {
 public:
  // The directory is made when it is needed.
  explicit ReservationFolder(std::string path) : path_(std::move(path)) {}

  Result<void> save(const std::array<uint8_t, 16>& namespace_uuid, std::string_view bytes) override;
  Result<std::string> load(const std::array<uint8_t, 16>& namespace_uuid) override;

 private:
  std::string path_;
};

}  // namespace outrigger::apply
