#include "apply/nvme_holds.h"

#include "apply/nvme_table.h"
#include "base/check.h"
#include "base/log.h"
#include "storage/frontend_nvme.pb.h"

#include <algorithm>

namespace outrigger::apply {
namespace {

std::string named(const std::vector<std::string>& names) {
  std::string text;
  const size_t count = std::min(names.size(), nvme_hold_named_max);
  for (size_t i = 0; i < count; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
  }
  return names.size() > count ? fmt::format("{} and {} more", text, names.size() - count) : text;
}

}  // namespace

NvmeHolds::NvmeHolds(NvmeTable& table, core::Reactor& control, const model::FoundRows& rows)
    : table_(table), control_(control), rows_(rows) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<NvmeHolds*>(timer.owner)->look_at_all(); };
}

NvmeHolds::~NvmeHolds() {
  if (timer_.is_armed()) {
    control_.cancel(timer_);
  }
}

std::vector<std::string> NvmeHolds::missing(const std::string& id) const {
  const NvmeSubsystem* const subsystem = table_.find(id);
  check(subsystem != nullptr, "what is held is in the table");
  std::vector<std::string> names;
  for (const auto& [key, resource] : rows_.found_below(*opi_api::storage::v1::NvmeNamespace::descriptor(), id)) {
    std::string name = fmt::format("nvmeSubsystems/{}/nvmeNamespaces/{}", id, key.substr(id.size() + 1));
    if (!subsystem->namespaces.contains(name)) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

void NvmeHolds::restored(const std::string& id, const std::string& name) {
  if (missing(id).empty()) {
    return;
  }
  table_.find(id)->plane->hold(true);
  holds_.insert_or_assign(id, Hold{.name = name, .until_ns = control_.clock().now_ns() + nvme_hold_ns_max});
  if (!timer_.is_armed()) {
    control_.arm(timer_, control_.clock().now_ns() + nvme_hold_look_ns);
  }
}

bool NvmeHolds::look_at(const std::string& id, const Hold& hold) {
  NvmeSubsystem* const subsystem = table_.find(id);
  check(subsystem != nullptr, "a subsystem that goes is forgotten");
  const std::vector<std::string> lacking = missing(id);
  if (!lacking.empty()) {
    if (control_.clock().now_ns() < hold.until_ns) {
      return false;
    }
    log::warning("apply", "{}: takes hosts again after {} s, without {}: hosts lose the disks of what lacks", hold.name,
                 nvme_hold_ns_max / 1'000'000'000, named(lacking));
  }
  subsystem->plane->hold(false);
  return true;
}

void NvmeHolds::look(std::string_view id) {
  if (const auto found = holds_.find(id); found != holds_.end() && look_at(found->first, found->second)) {
    holds_.erase(found);
  }
}

void NvmeHolds::forget(std::string_view id) {
  if (const auto found = holds_.find(id); found != holds_.end()) {
    holds_.erase(found);
  }
}

void NvmeHolds::look_at_all() {
  std::erase_if(holds_, [this](const auto& entry) { return look_at(entry.first, entry.second); });
  if (!holds_.empty()) {
    control_.arm(timer_, control_.clock().now_ns() + nvme_hold_look_ns);
  }
}

std::string NvmeHolds::reason(std::string_view id) const {
  const auto found = holds_.find(id);
  check(found != holds_.end(), "who asks for a reason knows that it is held");
  const uint64_t now_ns = control_.clock().now_ns();
  const uint64_t left_ns = found->second.until_ns > now_ns ? found->second.until_ns - now_ns : 0;
  return fmt::format(
      "hosts are told to come again until its stored namespaces are back, for {} s at most: waits for {}",
      left_ns / 1'000'000'000, named(missing(found->first)));
}

}  // namespace outrigger::apply
