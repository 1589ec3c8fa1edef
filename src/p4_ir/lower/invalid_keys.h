// What a key is that is a field of a header which is not valid.
#pragma once

#include "p4_ir/program.h"

namespace outrigger::p4_ir {

// P4-16 §8.17 leaves it open; on BMv2 such a key is 0, while an expression sees what the field had last. Keys that are
// fields of headers which a control may make invalid become `valid ? field : 0`; before it is valid for the first time
// a header's fields are 0 anyway.
void clear_keys_of_invalid_headers(Program& program);

}  // namespace outrigger::p4_ir
