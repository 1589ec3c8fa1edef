#include "apply/host_identity.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>

namespace outrigger::apply {
namespace {

constexpr std::string_view prefix = "nqn.2014-08.org.nvmexpress:uuid:";
constexpr size_t uuid_length = 36;
using Id = std::array<uint8_t, 16>;

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", in lower case.
std::optional<Id> id_from(std::string_view text) noexcept {
  if (text.size() != uuid_length) {
    return std::nullopt;
  }
  Id id{};
  size_t count = 0;
  for (size_t i = 0; i < text.size();) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') {
        return std::nullopt;
      }
      ++i;
      continue;
    }
    const int high = digit_of(text[i]);
    const int low = digit_of(text[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    id[count++] = static_cast<uint8_t>(high * 16 + low);
    i += 2;
  }
  return id;
}

std::string text_of(const Id& id) {
  std::string text;
  for (size_t i = 0; i < id.size(); ++i) {
    text.append(i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "").append(fmt::format("{:02x}", id[i]));
  }
  return text;
}

Result<HostIdentity> read(int fd, const std::string& path) {
  std::array<char, 256> buffer{};
  const ssize_t size = ::read(fd, buffer.data(), buffer.size());
  if (size < 0) {
    return fail_errno(errno, path);
  }
  std::string_view text(buffer.data(), static_cast<size_t>(size));
  text = text.substr(0, text.find('\n'));
  const auto id = text.starts_with(prefix) ? id_from(text.substr(prefix.size())) : std::nullopt;
  if (!id.has_value()) {
    return fail(Code::DataLoss,
                "{} does not hold {}UUID: targets know this machine by it; restore it, or remove it for a new one",
                path, prefix);
  }
  return HostIdentity{.nqn = std::string(text), .id = *id};
}

// Under another name first: a crash leaves the whole file or none.
Result<void> write(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  const UniqueFd fd(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (fd.get() < 0) {
    return fail_errno(errno, fresh);
  }
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(fd.get()) != 0 ||
      ::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail_errno(errno, fresh);
  }
  return {};
}

uint64_t fnv(std::string_view text, uint64_t seed) noexcept {
  uint64_t hash = 0xCBF2'9CE4'8422'2325ULL ^ seed;
  for (const char c : text) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100'0000'01B3ULL;
  }
  return hash;
}

}  // namespace

Result<HostIdentity> HostIdentity::load_or_make(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() >= 0) {
    return read(fd.get(), path);
  }
  if (errno != ENOENT) {
    return fail_errno(errno, path);
  }
  HostIdentity made;
  if (::getrandom(made.id.data(), made.id.size(), 0) != static_cast<ssize_t>(made.id.size())) {
    return fail_errno(errno, "getrandom");
  }
  made.id[6] = static_cast<uint8_t>((made.id[6] & 0x0FU) | 0x40U);  // version 4
  made.id[8] = static_cast<uint8_t>((made.id[8] & 0x3FU) | 0x80U);  // RFC 4122 variant
  made.nqn = std::string(prefix) + text_of(made.id);
  OR_TRY(write(path, made.nqn + "\n"));
  return made;
}

std::array<uint8_t, 16> HostIdentity::id_of(std::string_view hostnqn) const noexcept {
  if (hostnqn.empty() || hostnqn == nqn) {
    return id;
  }
  if (hostnqn.starts_with(prefix)) {
    if (const auto named = id_from(hostnqn.substr(prefix.size()))) {
      return *named;
    }
  }
  Id made = id;
  for (size_t half = 0; half < 2; ++half) {
    const uint64_t hash = fnv(hostnqn, half);
    for (size_t i = 0; i < 8; ++i) {
      made[half * 8 + i] ^= static_cast<uint8_t>(hash >> (8 * i));
    }
  }
  return made;
}

}  // namespace outrigger::apply
