// The log pages of an I/O controller (Base 2.0, section 5.16.1) and of the lists of what it supports.
#include "nvme/host_data.h"
#include "nvme/io_controller.h"
#include "nvme/limits.h"
#include "nvme/log_effects.h"
#include "nvme/nvm_format.h"
#include "nvme/nvm_subsystem.h"

#include <algorithm>
#include <span>

namespace outrigger::nvme {
namespace {

template <typename T>
std::vector<std::byte> page_of(const T& value) {
  const std::span<const std::byte> bytes = bytes_of(value);
  return {bytes.begin(), bytes.end()};
}

constexpr LogPage supported[] = {
    LogPage::Supported,         LogPage::ErrorInformation,       LogPage::Smart, LogPage::FirmwareSlot,
    LogPage::ChangedNamespaces, LogPage::CommandEffects,         LogPage::Ana,   LogPage::FeatureEffects,
    LogPage::ManagementEffects, LogPage::ReservationNotification};

}  // namespace

Status IoController::judge_log(const GetLogPageFields& fields, const Sqe& sqe) const noexcept {
  const auto page = static_cast<LogPage>(fields.page);
  if (std::ranges::find(supported, page) == std::end(supported)) {
    return Status::final(StatusCode::InvalidLogPage);
  }
  // None of them is kept for each namespace (LPA bit 0 is clear).
  if (page == LogPage::Smart && sqe.nsid != 0 && sqe.nsid != nsid_all) {
    return Status::final(has_namespace(sqe.nsid) ? StatusCode::InvalidField : StatusCode::InvalidNamespaceOrFormat);
  }
  if (page == LogPage::CommandEffects && fields.command_set != 0) {
    return Status::final(StatusCode::InvalidField);
  }
  return {};
}

std::vector<std::byte> IoController::log_page(const GetLogPageFields& fields) {
  switch (static_cast<LogPage>(fields.page)) {
    case LogPage::Supported: return page_of(supported_log_pages(supported));
    case LogPage::ErrorInformation: return error_page();
    case LogPage::Smart: return smart_page();
    case LogPage::FirmwareSlot: return firmware_page();
    case LogPage::ChangedNamespaces: return changed_namespaces_page();
    case LogPage::CommandEffects: return page_of(command_effects());
    case LogPage::Ana: return ana_page((fields.specific & 1U) != 0);  // RGO
    case LogPage::FeatureEffects: return page_of(feature_effects(features()));
    case LogPage::ManagementEffects: return page_of(ManagementEffectsLog{});  // no NVMe-MI commands
    case LogPage::ReservationNotification: return page_of(reservation_log_.page());
    case LogPage::Discovery: break;
  }
  return {};
}

void IoController::log_page_read(LogPage page) noexcept {
  switch (page) {
    case LogPage::ErrorInformation: events().clear(AsyncEvent::Error); return;
    case LogPage::Smart: events().clear(AsyncEvent::Smart); return;
    case LogPage::ChangedNamespaces:
      changed_namespaces_.clear();
      has_too_many_changes_ = false;
      events().clear(AsyncEvent::NamespaceAttribute);
      return;
    case LogPage::Ana: events().clear(AsyncEvent::AnaChange); return;
    case LogPage::ReservationNotification:
      events().clear(AsyncEvent::Reservation);
      if (reservation_log_.read()) {
        raise(AsyncEvent::Reservation);
      }
      return;
    default: return;
  }
}

std::vector<std::byte> IoController::firmware_page() const {
  FirmwareSlotLog page;
  page.afi = 1;
  fill_text(page.frs[0], subsystem_.options().firmware);
  return page_of(page);
}

std::vector<std::byte> IoController::changed_namespaces_page() const {
  std::vector<le32> list(changed_namespaces_log_bytes / sizeof(le32));
  if (has_too_many_changes_) {
    list[0] = nsid_all;
  } else {
    std::ranges::copy(changed_namespaces_, list.begin());
  }
  const std::span<const std::byte> bytes = std::as_bytes(std::span(list));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> IoController::smart_page() const {
  constexpr uint64_t ns_per_minute = 60'000'000'000;
  // Thousands of 512 bytes, rounded up.
  const auto units = [](uint64_t bytes) { return (bytes + 511'999) / 512'000; };
  const HealthRecord health = subsystem_.health();
  SmartLog page;
  page.critical_warning = features().is_temperature_beyond() ? 1U << 1U : 0U;
  page.temperature = Features::temperature;
  page.available_spare = 100;
  page.available_spare_threshold = 10;
  page.data_units_read[0] = units(health.read_bytes);
  page.data_units_written[0] = units(health.written_bytes);
  page.host_reads[0] = health.host_reads;
  page.host_writes[0] = health.host_writes;
  page.controller_busy_minutes[0] = health.busy_ns / ns_per_minute;
  page.power_cycles[0] = health.power_cycles;
  page.power_on_hours[0] = health.power_on_ns / (60 * ns_per_minute);
  page.unsafe_shutdowns[0] = health.unsafe_shutdowns;
  page.media_errors[0] = health.media_errors;
  page.error_log_entries[0] = error_log().error_count();
  return page_of(page);
}

std::vector<std::byte> IoController::ana_page(bool groups_only) const {
  std::map<uint32_t, std::vector<uint32_t>> groups;
  for (const auto& [nsid, nvm_namespace] : subsystem_.namespaces()) {
    if (has_namespace(nsid)) {
      groups[nvm_namespace.options.ana_group].push_back(nsid);
    }
  }
  std::vector<std::byte> page = page_of([&] {
    AnaLogHeader header;
    header.change_count = ana_changes_;
    header.group_count = static_cast<uint16_t>(groups.size());
    return header;
  }());
  const auto append = [&page](std::span<const std::byte> bytes) {
    page.insert(page.end(), bytes.begin(), bytes.end());
  };
  for (const auto& [group, nsids] : groups) {
    AnaGroupDescriptor descriptor;
    descriptor.group = group;
    descriptor.namespace_count = groups_only ? 0 : static_cast<uint32_t>(nsids.size());
    const auto changes = ana_group_changes_.find(group);
    descriptor.change_count = changes == ana_group_changes_.end() ? 0 : changes->second;
    descriptor.state = static_cast<uint8_t>(subsystem_.ana_state(port_id(), group));
    append(bytes_of(descriptor));
    for (const uint32_t nsid : nsids) {
      if (!groups_only) {
        append(bytes_of(le32(nsid)));
      }
    }
  }
  // Hosts reckon the page's length from ANAGRPMAX and MNAN and read all of it in parts: what is not used is zeroes.
  const size_t bytes_max = sizeof(AnaLogHeader) + ana_groups_max * sizeof(AnaGroupDescriptor) +
                           (groups_only ? 0 : subsystem_.options().nsid_max * sizeof(le32));
  page.resize(std::max(page.size(), bytes_max));
  return page;
}

}  // namespace outrigger::nvme
