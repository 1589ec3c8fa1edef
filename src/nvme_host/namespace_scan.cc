#include "nvme_host/namespace_scan.h"

#include "base/log.h"
#include "nvme_host/limits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>

namespace outrigger::nvme_host {
namespace {

using Page = std::array<std::byte, nvme::identify_bytes>;

// Lines that the target causes.
struct ScanLog {
  log::CountedLimiter& limiter;
  const core::Clock& clock;
};

// CNS 02h gives 1024 identifiers above the one it is asked with, rising, zeroes behind the last.
core::Job<Result<std::vector<uint32_t>>> list_namespaces(AdminSession* session, ScanLog* lines) {
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
        if (lines->limiter.admit(lines->clock.now_ns())) {
          log::warning("nvme_host", "{}: more than {} namespaces; the others are not seen{}",
                       session->queue().options().name, namespaces_max, lines->limiter.left_out_note());
        }
        co_return list;
      }
      last = nsid;
      list.push_back(nsid);
      is_full = i + 1 == entries;
    }
  }
  co_return list;
}

// One look at all namespaces.
struct Scan {
  AdminSession& session;
  core::Reactor& control;
  uint32_t retries = 0;
  std::unique_ptr<Page> page = std::make_unique<Page>();
};

bool is_for_good(nvme::Status status) noexcept {
  return status.is_success() || status.is_final() || status.code() == nvme::StatusCode::InvalidNamespaceOrFormat;
}

// Identify into the page, until the controller has an answer.
core::Job<Result<nvme::Status>> ask(Scan* scan, nvme::Cns cns, uint32_t nsid) {
  for (;;) {
    auto asking = scan->session.ask_identify(cns, nsid, *scan->page);
    const auto status = co_await asking;
    if (!status.has_value() || is_for_good(*status)) {
      co_return status;
    }
    if (scan->retries == scan_retries_max) {
      co_return fail(Code::Unavailable, "{}: Identify of namespace {} (CNS {:02x}h) keeps failing with status {:03x}h",
                     scan->session.queue().options().address.text(), nsid, static_cast<uint32_t>(cns),
                     static_cast<uint16_t>(status->code()));
    }
    ++scan->retries;
    auto pause = core::sleep_for(scan->control, scan_retry_pause_ns);
    co_await pause;
  }
}

// Nothing: it is not there, or not for us.
core::Job<Result<std::optional<PathNamespace>>> look_at(Scan* scan, uint32_t nsid) {
  auto identifying = ask(scan, nvme::Cns::Namespace, nsid);
  const auto identified = co_await identifying;
  if (!identified.has_value()) {
    co_return std::unexpected(identified.error());
  }
  std::optional<PathNamespace> space;
  if (identified->is_success()) {
    space = namespace_of(nsid, std::bit_cast<nvme::IdentifyNamespace>(*scan->page));
  }
  // Controllers before 1.3 have no descriptors. A later one that will not give them has none either; but without an
  // answer the namespace would be taken for another one.
  if (!space.has_value() || !scan->session.is_version(1, 3)) {
    co_return space;
  }
  auto describing = ask(scan, nvme::Cns::NamespaceDescriptors, nsid);
  const auto described = co_await describing;
  if (!described.has_value()) {
    co_return std::unexpected(described.error());
  }
  if (described->code() == nvme::StatusCode::InvalidNamespaceOrFormat) {
    co_return std::nullopt;  // gone since
  }
  if (described->is_success()) {
    take_identifiers(*scan->page, *space);
  }
  co_return space;
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

core::Job<Result<std::vector<PathNamespace>>> scan_namespaces(AdminSession* session, core::Reactor* control,
                                                              log::CountedLimiter* limiter) {
  ScanLog lines{.limiter = *limiter, .clock = control->clock()};
  auto listing = list_namespaces(session, &lines);
  const auto list = co_await listing;
  if (!list.has_value()) {
    co_return std::unexpected(list.error());
  }
  std::vector<PathNamespace> found;
  Scan scan{.session = *session, .control = *control};
  for (const uint32_t nsid : *list) {
    auto looking = look_at(&scan, nsid);
    const auto space = co_await looking;
    if (!space.has_value()) {
      co_return std::unexpected(space.error());
    }
    if (space->has_value()) {
      found.push_back(**space);
    } else if (limiter->admit(lines.clock.now_ns())) {
      // One that went meanwhile will be told of by an event.
      log::warning("nvme_host", "{}: namespace {} is left out: it is gone or of a format that we do not take{}",
                   session->queue().options().name, nsid, limiter->left_out_note());
    }
  }
  co_return found;
}

}  // namespace outrigger::nvme_host
