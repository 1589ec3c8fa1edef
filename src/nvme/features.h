// Features: what a host can set of a controller and ask for (NVM Express Base Specification 2.0, sections 5.15, 5.27):
// the table of the features there are, and their values. Nothing is saved over a reset. Control reactor.
#pragma once

#include "nvme/feature_format.h"
#include "nvme/identify_format.h"
#include "nvme/status.h"

#include <array>
#include <cstdint>
#include <map>
#include <span>

namespace outrigger::nvme {

// What is fixed of one feature.
struct FeatureRow {
  FeatureId id;
  bool is_changeable = true;
  bool is_namespace_specific = false;
  bool has_other_values = true;  // than its default: setting that is taken, and changes nothing
  bool is_of_discovery = false;  // discovery controllers have it, too
  uint16_t set_bytes = 0;        // data of Set Features and of Get Features
  uint16_t get_bytes = 0;
  uint32_t default_value = 0;
};

class Features {
 public:
  // The composite temperature that we claim, and its default threshold, in Kelvin.
  static constexpr uint16_t temperature = 313;
  static constexpr uint16_t temperature_warning = 343;
  static constexpr uint16_t temperature_critical = 353;

  // `events`: the asynchronous events that can be masked, all on by default.
  Features(ControllerType type, uint32_t events);

  [[nodiscard]] std::span<const FeatureRow> rows() const noexcept;
  // nullptr: this kind of controller does not have it.
  [[nodiscard]] const FeatureRow* find(FeatureId id) const noexcept;
  [[nodiscard]] uint32_t default_value(const FeatureRow& row) const noexcept;

  // Back to the defaults, as a reset does.
  void reset() noexcept;

  // The dword of a feature; `specific` is CDW11 of the command, `nsid` its namespace.
  [[nodiscard]] uint32_t value(FeatureId id, uint32_t specific, uint32_t nsid) const noexcept;
  // Those that are a value and nothing more. The status says when a field is out of range.
  [[nodiscard]] Status set_value(FeatureId id, uint32_t value, uint32_t nsid);

  [[nodiscard]] uint32_t enabled_events() const noexcept { return events_; }
  [[nodiscard]] uint8_t reservation_mask(uint32_t nsid) const noexcept;
  // Is the temperature beyond a threshold that the host set?
  [[nodiscard]] bool is_temperature_beyond() const noexcept {
    return temperature >= threshold_over_ || temperature <= threshold_under_;
  }

  HostBehaviorData host_behavior;

 private:
  ControllerType type_;
  uint32_t events_supported_;
  uint32_t events_;
  uint32_t arbitration_ = 0;
  uint16_t threshold_over_ = 0;
  uint16_t threshold_under_ = 0;
  std::map<uint32_t, uint16_t> error_recovery_;    // by namespace
  std::map<uint32_t, uint8_t> reservation_masks_;  // by namespace
  [[nodiscard]] Status set_temperature_threshold(uint32_t value) noexcept;
};

}  // namespace outrigger::nvme
