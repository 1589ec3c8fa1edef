#include "apply/reservation_folder.h"

#include "apply/small_file.h"

#include <fmt/format.h>

namespace outrigger::apply {
namespace {

std::string name_of(const std::array<uint8_t, 16>& namespace_uuid) {
  std::string name;
  for (const uint8_t byte : namespace_uuid) {
    name += fmt::format("{:02x}", byte);
  }
  return name;
}

}  // namespace

Result<void> ReservationFolder::save(const std::array<uint8_t, 16>& namespace_uuid, std::string_view bytes) {
  const std::string name = name_of(namespace_uuid);
  return bytes.empty() ? remove_small_file(path_, name) : write_small_file(path_, name, bytes);
}

Result<std::string> ReservationFolder::load(const std::array<uint8_t, 16>& namespace_uuid) {
  return read_small_file_or_nothing(path_, name_of(namespace_uuid));
}

}  // namespace outrigger::apply
