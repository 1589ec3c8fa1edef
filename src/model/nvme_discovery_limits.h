// The named limits of discovery, as far as the model goes.
#pragma once

#include <cstddef>

namespace outrigger::model {

// What a discovery makes is called after it: its id, '-', the end of the NQN, '-', 8 digits; and volumes 'n' and a
// number behind that, in one label of 63 characters.
inline constexpr size_t nvme_discovery_id_length_max = 36;
inline constexpr size_t nvme_discovery_tail_max = 12;
inline constexpr size_t nvme_discovery_filter_max = 256;
// Resources that follow discovery controllers: each has connections and buffers of its own.
inline constexpr size_t nvme_discoveries_max = 32;
// Referrals to other discovery controllers; src/apply holds it against what the plane can do.
inline constexpr size_t nvme_referrals_max = 64;
// Calls of one method that take their time, such as asking a discovery controller, at once.
inline constexpr size_t method_jobs_max = 8;

}  // namespace outrigger::model
