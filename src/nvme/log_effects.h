// The log pages that say what there is: supported log pages, effects of commands and of features.
#pragma once

#include "nvme/features.h"
#include "nvme/log_format.h"

#include <span>

namespace outrigger::nvme {

[[nodiscard]] SupportedLogPages supported_log_pages(std::span<const LogPage> pages) noexcept;
[[nodiscard]] CommandEffectsLog command_effects() noexcept;
[[nodiscard]] FeatureEffectsLog feature_effects(const Features& features) noexcept;

}  // namespace outrigger::nvme
