// extern_argument.h: what the constructors of externs were given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "p4_ir/program.h"

namespace outrigger::p4_target {

// The `position`th of the numbers among the arguments; UINT64_MAX for one that is too large, none if there are fewer.
[[nodiscard]] inline std::optional<uint64_t> number_argument(const p4_ir::Extern& declared, size_t position) {
  for (const p4_ir::ConstantArgument& argument : declared.arguments) {
    if (argument.kind == p4_ir::ConstantArgument::Kind::Number && position-- == 0) {
      return argument.number.fits_ulong_p() ? argument.number.get_ui() : UINT64_MAX;
    }
  }
  return std::nullopt;
}

// The name of the first that is an enum's member; null: none is.
[[nodiscard]] inline const std::string* member_argument(const p4_ir::Extern& declared) {
  for (const p4_ir::ConstantArgument& argument : declared.arguments) {
    if (argument.kind == p4_ir::ConstantArgument::Kind::Member) {
      return &argument.text;
    }
  }
  return nullptr;
}

}  // namespace outrigger::p4_target
