// Limits as OPI says them: operations in thousands, bandwidth in megabytes, a second.
#pragma once

#include "base/result.h"

#include <string>
#include <vector>

#include <storage/opicommon.pb.h>

namespace outrigger::cli {

// {"100KIOPS", "1GB/s-read"} → rw_iops_kiops: 100, rd_bandwidth_mbs: 1000. InvalidArgument for what OPI
// cannot say (1500IOPS, 1MiB/s) and for one limit given twice.
Result<opi_api::storage::v1::QosLimit> to_qos_limit(const std::vector<std::string>& tokens);

}  // namespace outrigger::cli
