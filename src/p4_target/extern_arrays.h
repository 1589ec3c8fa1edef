// extern_arrays.h: the counters, meters and registers of a program, by their externs. v1model's, PSA's and PNA's differ
// in name only. Direct ones have a cell for each handle of their table.
#pragma once

#include <map>
#include <memory>

#include "p4_target/tables.h"
#include "pipeline/counter_array.h"
#include "pipeline/meter_array.h"
#include "pipeline/register_array.h"

namespace outrigger::p4_target {

class ExternArrays {
 public:
  // `program` and `tables` outlive the arrays. The error names what cannot be made.
  static Result<std::unique_ptr<ExternArrays>> make(const p4_ir::Program& program, Tables& tables);

  // Null when the extern is none.
  [[nodiscard]] pipeline::CounterArray* counter(p4_ir::ExternId id) noexcept { return find(counters_, id); }
  [[nodiscard]] pipeline::MeterArray* meter(p4_ir::ExternId id) noexcept { return find(meters_, id); }
  [[nodiscard]] pipeline::RegisterArray* register_array(p4_ir::ExternId id) noexcept { return find(registers_, id); }

  // The direct ones of each table, by the table's number.
  struct Direct {
    std::vector<p4_ir::ExternId> counters;
    std::vector<p4_ir::ExternId> meters;
  };
  [[nodiscard]] const Direct& direct_of(p4_ir::TableId table) const noexcept { return direct_[index_of(table)]; }

  static bool is_counter(const p4_ir::Extern& declared);
  static bool is_meter(const p4_ir::Extern& declared);
  static bool is_register(const p4_ir::Extern& declared);
  static bool is_direct(const p4_ir::Extern& declared);

 private:
  template <typename Array>
  using ById = std::map<p4_ir::ExternId, std::unique_ptr<Array>>;

  ExternArrays(const p4_ir::Program& program, Tables& tables) : program_(program), tables_(tables) {}
  template <typename Array>
  static Array* find(ById<Array>& arrays, p4_ir::ExternId id) noexcept {
    const auto found = arrays.find(id);
    return found == arrays.end() ? nullptr : found->second.get();
  }
  Result<> add(p4_ir::ExternId id);
  // Cells of a counter or meter; none for a direct one that no table owns: it counts nothing.
  uint64_t cells_of(p4_ir::ExternId id) const;
  uint32_t register_width(p4_ir::ExternId id) const;
  Result<> set_initial_value(p4_ir::ExternId id);
  void clear_cells(const Direct& direct, uint32_t handle);

  const p4_ir::Program& program_;
  Tables& tables_;
  ById<pipeline::CounterArray> counters_;
  ById<pipeline::MeterArray> meters_;
  ById<pipeline::RegisterArray> registers_;
  std::vector<Direct> direct_;
};

}  // namespace outrigger::p4_target
