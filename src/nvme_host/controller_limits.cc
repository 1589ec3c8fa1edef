#include "nvme_host/controller_limits.h"

#include "nvme/feature_format.h"
#include "nvme_host/admin_call.h"

#include <algorithm>
#include <array>
#include <memory>

namespace outrigger::nvme_host {
namespace {

constexpr uint32_t page_bytes = 4096;  // CAP.MPSMIN 0, which enable() has made sure of
constexpr uint32_t version_2_0 = 0x0002'0000;
constexpr uint32_t ms_per_unit = 100;  // of KAS and of the Command Retry Delay Times

// Units of a field that counts powers of two of pages; 0: no limit, which nothing else may say.
uint64_t bytes_of_power(uint8_t power) noexcept {
  constexpr uint8_t power_max = 48;
  return power == 0 || power > power_max ? 0 : uint64_t{page_bytes} << power;
}

// The controller counts in units of KAS, upwards (Base 2.0, 3.9.1: the granularity of the timer).
uint32_t rounded_keep_alive_ms(uint32_t asked_ms, uint32_t kas) noexcept {
  const uint32_t unit_ms = kas * ms_per_unit;
  if (asked_ms == 0 || unit_ms == 0) {
    return 0;
  }
  const uint64_t rounded_ms = (uint64_t{asked_ms} + unit_ms - 1) / unit_ms * unit_ms;
  return static_cast<uint32_t>(std::min<uint64_t>(rounded_ms, UINT32_MAX));
}

// The lower of two limits, of which 0 is none.
uint64_t lower(uint64_t one, uint64_t other) noexcept {
  return one == 0 || other == 0 ? std::max(one, other) : std::min(one, other);
}

}  // namespace

PathController controller_of(const nvme::IdentifyController& identity, uint32_t keep_alive_ms) {
  const uint32_t oncs = identity.oncs;
  PathController made;
  made.cntlid = identity.cntlid;
  made.serial = printable(identity.sn, sizeof(identity.sn));
  made.model = printable(identity.mn, sizeof(identity.mn));
  made.firmware = printable(identity.fr, sizeof(identity.fr));
  made.can_compare = (oncs & nvme::oncs::Compare) != 0;
  made.can_deallocate = (oncs & nvme::oncs::DatasetManagement) != 0;
  made.can_write_zeroes = (oncs & nvme::oncs::WriteZeroes) != 0;
  made.can_copy = (oncs & nvme::oncs::Copy) != 0;
  made.can_compare_and_write = made.can_compare && (identity.fuses & 1U) != 0;
  made.has_write_cache = (identity.vwc & 1U) != 0;
  made.has_keep_alive = identity.kas != 0;
  made.keep_alive_ms = rounded_keep_alive_ms(keep_alive_ms, identity.kas);
  made.retry_delay_ms = {identity.crdt1 * ms_per_unit, identity.crdt2 * ms_per_unit, identity.crdt3 * ms_per_unit};
  return made;
}

// NVM Command Set 1.0, 4.1.5.2. VSL is of Verify, which we do not send; DMRL of ranges, of which we send one.
void take_limits(const nvme::IdentifyNvmController& limits, PathController& controller) noexcept {
  controller.zeroes_bytes_max = bytes_of_power(limits.wzsl);
  controller.discard_blocks_max = lower(limits.dmrsl, limits.dmsl);
}

core::Job<Result<PathController>> learn_controller(core::Reactor* control, AdminSession* session,
                                                   uint32_t keep_alive_ms) {
  const nvme::IdentifyController& identity = session->identity();
  PathController made = controller_of(identity, keep_alive_ms);
  made.transfer_bytes_max = session->transfer_bytes_max();
  if (identity.ver >= version_2_0) {
    auto limits = std::make_unique<nvme::IdentifyNvmController>();
    static_assert(sizeof(*limits) == nvme::identify_bytes);
    const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(limits.get()), sizeof(*limits));
    auto identifying = session->identify_other(nvme::Cns::CommandSetController, 0, bytes);
    const auto identified = co_await identifying;
    if (!session->queue().is_live()) {
      co_return std::unexpected(identified.error());
    }
    if (identified.has_value()) {
      take_limits(*limits, made);
    }
  }
  // Base 2.0, 5.27.1.18: a controller gives delays only to a host that says it knows them (ACRE).
  if (std::ranges::any_of(made.retry_delay_ms, [](uint32_t ms) { return ms != 0; })) {
    auto behavior = std::make_unique<nvme::HostBehaviorData>();
    behavior->acre = 1;
    nvme::Sqe sqe = admin_sqe(nvme::AdminOpcode::SetFeatures);
    sqe.cdw10 = static_cast<uint32_t>(nvme::FeatureId::HostBehavior);
    const std::span<std::byte> bytes(reinterpret_cast<std::byte*>(behavior.get()), sizeof(*behavior));
    AdminCall call(*control, session->queue(), sqe, Direction::ToController, bytes);
    co_await call;
    if (!session->queue().is_live()) {
      co_return fail(Code::Unavailable, "{}: Set Features: {}", session->queue().options().address.text(),
                     session->queue().why());
    }
  }
  co_return made;
}

}  // namespace outrigger::nvme_host
