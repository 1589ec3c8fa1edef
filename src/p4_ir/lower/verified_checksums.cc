// verified_checksums.cc: conditions of verify_checksum and verify_checksum_with_payload.
#include "p4_ir/lower/verified_checksums.h"

#include <algorithm>

#include "p4_ir/passes/walk.h"

namespace outrigger::p4_ir {
namespace {

constexpr size_t condition_position = 0;
constexpr size_t checksum_position = 2;

bool has_one_part(const CallExtern& call, size_t position) {
  return position < call.arguments.size() && call.arguments[position].parts.size() == 1;
}

const Header* header_of(const Program& program, VariableId field) {
  const auto found = std::ranges::find_if(program.headers, [&](const Header& header) {
    return std::ranges::find(header.fields, field) != header.fields.end();
  });
  return found == program.headers.end() ? nullptr : &*found;
}

void check_validity(Program& program, CallExtern& call) {
  if (!has_one_part(call, condition_position) || !has_one_part(call, checksum_position)) {
    return;
  }
  const auto* checksum = as<Read>(call.arguments[checksum_position].parts.front().value);
  const Header* header = checksum == nullptr ? nullptr : header_of(program, checksum->variable);
  if (header != nullptr) {
    const Expression*& condition = call.arguments[condition_position].parts.front().value;
    condition = program.expression<Binary>(BinaryOp::And, condition, program.expression<Read>(header->valid, 1U));
  }
}

}  // namespace

void verify_in_valid_headers_only(Program& program) {
  if (program.architecture != "V1Switch") {
    return;
  }
  for (const Procedure& procedure : program.procedures) {
    for_each_statement(procedure.body, [&](Statement& statement) {
      auto* call = as<CallExtern>(&statement);
      if (call != nullptr && call->instance == ExternId::None && call->name.starts_with("verify_checksum")) {
        check_validity(program, *call);
      }
    });
  }
}

}  // namespace outrigger::p4_ir
