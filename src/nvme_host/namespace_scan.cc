#include "nvme_host/namespace_scan.h"

#include "base/log.h"
#include "nvme_host/limits.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace outrigger::nvme_host {
namespace {

using Page = std::array<std::byte, nvme::identify_bytes>;

// CNS 02h gives 1024 identifiers above the one it is asked with, rising, zeroes behind the last.
core::Job<Result<std::vector<uint32_t>>> list_namespaces(AdminSession* session) {
  std::vector<uint32_t> list;
  auto page = std::make_unique<Page>();
  constexpr size_t entries = nvme::identify_bytes / sizeof(le32);
  uint32_t last = 0;
  for (bool is_full = true; is_full;) {
    auto identifying = session->identify_other(nvme::Cns::ActiveNamespaces, last, *page);
    const auto identified = co_await identifying;
    if (!identified.has_value()) {
      co_return std::unexpected(identified.error());
    }
    is_full = false;
    for (size_t i = 0; i < entries; ++i) {
      le32 nsid;
      std::memcpy(&nsid, page->data() + i * sizeof(nsid), sizeof(nsid));
      if (nsid == 0) {
        break;
      }
      if (nsid <= last) {
        co_return fail(Code::FailedPrecondition, "{}: the list of namespaces is not in order",
                       session->queue().options().address.text());
      }
      if (list.size() == namespaces_max) {
        log::warning("nvme_host", "{}: more than {} namespaces; the others are not seen",
                     session->queue().options().name, namespaces_max);
        co_return list;
      }
      last = nsid;
      list.push_back(nsid);
      is_full = i + 1 == entries;
    }
  }
  co_return list;
}

}  // namespace

std::optional<PathNamespace> namespace_of(uint32_t nsid, const nvme::IdentifyNamespace& identity) noexcept {
  // FLBAS: the format in bits 3:0, with bits 6:5 above them.
  const uint32_t format = (identity.flbas & 0xFU) | ((identity.flbas >> 1U) & 0x30U);
  const nvme::LbaFormat& lbaf = identity.lbaf[format];
  constexpr uint32_t shift_min = 9;
  constexpr uint32_t shift_max = 12;
  if (identity.nsze == 0 || lbaf.ms != 0 || lbaf.lbads < shift_min || lbaf.lbads > shift_max ||
      identity.nsze > UINT64_MAX >> shift_max) {
    return std::nullopt;
  }
  PathNamespace space;
  space.nsid = nsid;
  space.block_bytes = 1U << lbaf.lbads;
  space.block_count = identity.nsze;
  space.physical_block_bytes = space.block_bytes;
  if ((identity.nsfeat & nvme::nsfeat::OptimalPerformance) != 0) {
    space.physical_block_bytes = (identity.npwg + 1U) * space.block_bytes;
    space.optimal_io_bytes = identity.nows == 0 ? 0 : (identity.nows + 1U) * space.block_bytes;
  }
  space.is_writable = (identity.nsattr & nvme::nsattr_write_protected) == 0;
  // MSRC is 0's based: one range is always taken.
  space.copy_blocks_max = std::min<uint32_t>(identity.mssrl, identity.mcl);
  space.ana_group = identity.anagrpid;
  std::ranges::copy(identity.nguid, space.nguid.begin());
  std::ranges::copy(identity.eui64, space.eui64.begin());
  return space;
}

void take_identifiers(std::span<const std::byte> descriptors, PathNamespace& space) noexcept {
  nvme::NamespaceIdDescriptor head;
  while (descriptors.size() >= sizeof(head)) {
    std::memcpy(&head, descriptors.data(), sizeof(head));
    descriptors = descriptors.subspan(sizeof(head));
    if (head.nidl == 0 || head.nidl > descriptors.size()) {
      return;
    }
    const auto take = [&](auto& to) {
      if (head.nidl == to.size()) {
        std::memcpy(to.data(), descriptors.data(), to.size());
      }
    };
    switch (static_cast<nvme::NamespaceIdType>(head.nidt)) {
      case nvme::NamespaceIdType::Eui64: take(space.eui64); break;
      case nvme::NamespaceIdType::Nguid: take(space.nguid); break;
      case nvme::NamespaceIdType::Uuid: take(space.uuid); break;
      default: break;
    }
    descriptors = descriptors.subspan(head.nidl);
  }
}

core::Job<Result<std::vector<PathNamespace>>> scan_namespaces(AdminSession* session) {
  auto listing = list_namespaces(session);
  const auto list = co_await listing;
  if (!list.has_value()) {
    co_return std::unexpected(list.error());
  }
  std::vector<PathNamespace> found;
  auto page = std::make_unique<Page>();
  auto identity = std::make_unique<nvme::IdentifyNamespace>();
  const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(identity.get()), sizeof(*identity));
  for (const uint32_t nsid : *list) {
    auto identifying = session->identify_other(nvme::Cns::Namespace, nsid, bytes);
    const auto identified = co_await identifying;
    if (!session->queue().is_live()) {
      co_return std::unexpected(identified.error());
    }
    // One that went meanwhile will be told of by an event.
    std::optional<PathNamespace> space;
    if (identified.has_value()) {
      space = namespace_of(nsid, *identity);
    }
    if (!space.has_value()) {
      log::warning("nvme_host", "{}: namespace {} is left out: it is gone or of a format that we do not take",
                   session->queue().options().name, nsid);
      continue;
    }
    auto describing = session->identify_other(nvme::Cns::NamespaceDescriptors, nsid, *page);
    const auto described = co_await describing;
    if (!session->queue().is_live()) {
      co_return std::unexpected(described.error());
    }
    // Controllers before 1.3 have no descriptors.
    if (described.has_value()) {
      take_identifiers(*page, *space);
    }
    found.push_back(*space);
  }
  co_return found;
}

}  // namespace outrigger::nvme_host
