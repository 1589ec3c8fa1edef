// Rate limits as the API gives them, in the data plane's units: OPI's kIOPS are thousands of operations a second, its
// MB/s are 10^6 bytes a second.
#pragma once

#include "outrigger/v1/qos_burst.pb.h"
#include "storage/opicommon.pb.h"
#include "volume/qos.h"

namespace outrigger::apply {

[[nodiscard]] volume::QosLimits qos_limits(const opi_api::storage::v1::QosLimit& limit);
// The same with bursts; 0 in a burst leaves the choice to the device.
[[nodiscard]] volume::QosLimits qos_limits(const opi_api::storage::v1::QosLimit& limit,
                                           const outrigger::v1::QosBurst& burst);

}  // namespace outrigger::apply
