// burst_path.cc: compiling for bursts, and what that leaves to be cared for.
#include "p4_target/burst_path.h"

#include <algorithm>

#include "p4_target/variable_reads.h"

namespace outrigger::p4_target {
namespace {

// Bursts turn the signs of signed ranges round, as tables do: but not where an initial entry made the key ternary.
Result<> check_keys(const p4_ir::Program& program, Tables& tables) {
  for (size_t i = 0; i < tables.count(); ++i) {
    const p4_ir::Table& table = program.tables[i];
    const pipeline::TableShape& shape = tables.at(static_cast<p4_ir::TableId>(i)).entries().shape();
    for (size_t key = 0; key < shape.key.size(); ++key) {
      const bool is_signed_range = table.keys[key].kind == p4_ir::MatchKind::Range && table.keys[key].is_signed;
      if (is_signed_range && shape.key[key].kind != pipeline::MatchKind::Range) {
        return fail(Code::Unimplemented, "table {}: key {} is a signed range that is matched by masks", table.name,
                    table.keys[key].name);
      }
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<BurstPath>> BurstPath::make(const p4_ir::Program& program, const p4_native::BurstShape& shape,
                                                   Tables& tables, ExternArrays& arrays,
                                                   pipeline::RegisterArray* port_cells, uint64_t seed) {
  OR_TRY(check_keys(program, tables));
  std::unique_ptr<BurstPath> made(new BurstPath);
  OR_ASSIGN(made->program_, p4_native::BurstProgram::compile(program, shape, {}));
  p4_native::BurstResources resources;
  for (size_t i = 0; i < tables.count(); ++i) {
    resources.tables.push_back(&tables.at(static_cast<p4_ir::TableId>(i)).entries().abi());
  }
  for (size_t i = 0; i < program.externs.size(); ++i) {
    const auto id = static_cast<p4_ir::ExternId>(i);
    const auto give = [id](auto& to, auto* resource) {
      if (resource != nullptr) {
        to.emplace(id, resource);
      }
    };
    give(resources.profiles, tables.profile(id));
    give(resources.counters, arrays.counter(id));
    give(resources.meters, arrays.meter(id));
    give(resources.registers, arrays.register_array(id));
  }
  resources.port_cells = port_cells;
  resources.seed = seed;
  OR_ASSIGN(made->engine_, p4_native::BurstEngine::make(*made->program_, std::move(resources)));
  return made;
}

bool reads_time(const p4_ir::Program& program, const p4_native::BurstShape& shape) {
  const bool has_clocks =
      std::ranges::any_of(program.tables,
                          [](const p4_ir::Table& table) { return table.supports_timeout || table.adds_on_miss; }) ||
      std::ranges::any_of(program.externs, &ExternArrays::is_meter);
  if (has_clocks) {
    return true;
  }
  const std::vector<bool> is_read = variables_read(program);
  const auto is_stamp_read = [&](p4_ir::VariableId variable) { return is_read[index_of(variable)]; };
  return std::ranges::any_of(shape.timestamps, is_stamp_read) ||
         std::ranges::any_of(shape.steps, [&](const p4_native::BurstStep& step) {
           return std::ranges::any_of(step.timestamps, is_stamp_read);
         });
}

}  // namespace outrigger::p4_target
