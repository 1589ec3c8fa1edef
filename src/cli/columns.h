// Which columns the table of a kind has, and what stands in them.
#pragma once

#include "cli/kinds.h"
#include "cli/output.h"

#include <google/protobuf/message.h>

#include <span>

namespace opi_api::storage::v1 {
class QosLimit;
}

namespace outrigger::cli {

// False for kinds that show as fields and values: those with more to say than a row can hold.
bool has_columns(const Kind& kind);
// A row for each resource; all are of `kind`.
Table resource_table(const Kind& kind, std::span<const google::protobuf::Message* const> resources);

// "100KIOPS 200MB/s-read": as limits are written on the command line. Empty: no limit.
std::string limits_text(const opi_api::storage::v1::QosLimit& limit);

}  // namespace outrigger::cli
