// v1model's verify_checksum: only in headers that are valid.
#pragma once

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// BMv2 does not verify a checksum that is a field of a header which is not valid, whatever the call's condition says:
// the validity becomes part of the condition.
void verify_in_valid_headers_only(Program& program);

}  // namespace outrigger::p4_ir
