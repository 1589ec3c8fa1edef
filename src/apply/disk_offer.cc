#include "apply/disk_offer.h"

#include "apply/small_file.h"
#include "base/log.h"

#include <fmt/ranges.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::apply {
namespace {

std::string_view role_name(vhost_user::Role role) {
  return role == vhost_user::Role::Listen ? "BACKEND_LISTENS" : "BACKEND_CONNECTS";
}

std::string text_of(const DiskOffer& offer) {
  return fmt::format("offer 1 connects {} queues {} size {} read_only {} packed {}\n",
                     offer.role == vhost_user::Role::Connect ? 1 : 0, offer.queue_count, offer.queue_size,
                     offer.is_read_only ? 1 : 0, offer.is_packed ? 1 : 0);
}

std::optional<DiskOffer> offer_of(const std::string& text) {
  unsigned connects = 0;
  unsigned queue_count = 0;
  unsigned queue_size = 0;
  unsigned is_read_only = 0;
  unsigned is_packed = 0;
  if (std::sscanf(text.c_str(), "offer 1 connects %1u queues %5u size %5u read_only %1u packed %1u", &connects,
                  &queue_count, &queue_size, &is_read_only, &is_packed) != 5) {
    return std::nullopt;
  }
  const DiskOffer offer{.role = connects != 0 ? vhost_user::Role::Connect : vhost_user::Role::Listen,
                        .queue_count = static_cast<uint16_t>(queue_count),
                        .queue_size = static_cast<uint16_t>(queue_size),
                        .is_read_only = is_read_only != 0,
                        .is_packed = is_packed != 0};
  // What we would not write ourselves is no offer: damaged, or of another version.
  return queue_count > 0 && queue_size > 0 && text_of(offer) == text ? std::optional(offer) : std::nullopt;
}

// The client asked for a disk, not for our directory: what is wrong with that is not "not found" to it.
Error own_place_failed(Error error) {
  if (error.code != Code::ResourceExhausted) {
    error.code = Code::FailedPrecondition;
  }
  error.what = fmt::format("cannot write {}", error.what);
  return error;
}

}  // namespace

std::string differences(const DiskOffer& offered, const DiskOffer& wanted) {
  std::vector<std::string> all;
  if (offered.is_read_only != wanted.is_read_only) {
    all.push_back(fmt::format("read_only={}", wanted.is_read_only));
  }
  if (offered.is_packed != wanted.is_packed) {
    all.push_back(fmt::format("packed={}", wanted.is_packed));
  }
  if (offered.queue_size != wanted.queue_size) {
    all.push_back(fmt::format("queue_size={}", wanted.queue_size));
  }
  if (offered.queue_count != wanted.queue_count) {
    all.push_back(fmt::format("queue_count={}", wanted.queue_count));
  }
  if (offered.role != wanted.role) {
    all.push_back(fmt::format("vhost_socket_role={}", role_name(wanted.role)));
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

std::optional<DiskOffer> OfferFolder::read(std::string_view disk_id) const {
  const Result<std::string> text = read_small_file(path_, disk_id);
  if (!text.has_value()) {
    if (text.error().code != Code::NotFound) {
      log::warning("apply", "{}: what its front end was offered is not known: {}", disk_id, text.error().what);
    }
    return std::nullopt;
  }
  const std::optional<DiskOffer> offer = offer_of(*text);
  if (!offer.has_value()) {
    log::warning("apply", "{}: what its front end was offered is not known: {}/{} is damaged", disk_id, path_, disk_id);
  }
  return offer;
}

Result<void> OfferFolder::write(std::string_view disk_id, const DiskOffer& offer) {
  if (Result<void> written = write_small_file(path_, disk_id, text_of(offer)); !written.has_value()) {
    return std::unexpected(own_place_failed(std::move(written).error()));
  }
  return {};
}

void OfferFolder::remove(std::string_view disk_id) {
  if (const Result<void> removed = remove_small_file(path_, disk_id); !removed.has_value()) {
    log::warning("apply", "cannot remove what {}'s front end was offered: {}", disk_id, removed.error().what);
  }
}

}  // namespace outrigger::apply
