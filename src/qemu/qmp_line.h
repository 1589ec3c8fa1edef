// One line of QEMU's machine protocol as JSON. Whoever answers on a QMP socket may send anything, and copying and
// destroying JSON values goes as deep into the stack as they are nested: so what is nested too deep is refused before
// anything of it is built.
#pragma once

#include "base/result.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace outrigger::qemu {

using Json = nlohmann::json;

// The object that `line` holds. INTERNAL: it is nested deeper than json_depth_max, or is no JSON object.
[[nodiscard]] Result<Json> parse_line(std::string_view line);

}  // namespace outrigger::qemu
