#include "apply/disk_offer.h"

#include "base/log.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

namespace outrigger::apply {
namespace {

// Longer than any offer.
constexpr size_t file_bytes_max = 256;

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

Result<std::string> read_file(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) {
    return fail_errno(errno, path);
  }
  std::array<char, file_bytes_max> bytes;
  const ssize_t count = ::read(fd.get(), bytes.data(), bytes.size());
  if (count < 0) {
    return fail_errno(errno, path);
  }
  return std::string(bytes.data(), static_cast<size_t>(count));
}

// The client asked for a disk, not for our directory: what is wrong with that is not "not found" to it.
std::unexpected<Error> own_place_failed(int error_number, std::string_view what) {
  Error error = fail_errno(error_number, what).error();
  if (error.code != Code::ResourceExhausted) {
    error.code = Code::FailedPrecondition;
  }
  return std::unexpected(std::move(error));
}

Result<void> write_file(const std::string& path, const std::string& text) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.is_open() || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return own_place_failed(errno, fmt::format("cannot write {}", path));
  }
  return {};
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

std::string OfferFolder::file_of(std::string_view disk_id) const { return fmt::format("{}/{}", path_, disk_id); }

std::optional<DiskOffer> OfferFolder::read(std::string_view disk_id) const {
  const std::string path = file_of(disk_id);
  const Result<std::string> text = read_file(path);
  if (!text.has_value()) {
    if (text.error().code != Code::NotFound) {
      log::warning("apply", "{}: what its front end was offered is not known: {}", disk_id, text.error().what);
    }
    return std::nullopt;
  }
  const std::optional<DiskOffer> offer = offer_of(*text);
  if (!offer.has_value()) {
    log::warning("apply", "{}: what its front end was offered is not known: {} is damaged", disk_id, path);
  }
  return offer;
}

Result<void> OfferFolder::write(std::string_view disk_id, const DiskOffer& offer) {
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) {
    return own_place_failed(errno, fmt::format("cannot make the directory {}", path_));
  }
  const std::string path = file_of(disk_id);
  const std::string fresh = path + ".new";
  Result<void> written = write_file(fresh, text_of(offer));
  if (written.has_value() && ::rename(fresh.c_str(), path.c_str()) != 0) {
    written = own_place_failed(errno, fmt::format("cannot write {}", path));
  }
  if (!written.has_value()) {
    ::unlink(fresh.c_str());
  }
  return written;
}

void OfferFolder::remove(std::string_view disk_id) {
  const std::string path = file_of(disk_id);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    log::warning("apply", "cannot remove {}: {}", path, std::strerror(errno));
  }
}

}  // namespace outrigger::apply
