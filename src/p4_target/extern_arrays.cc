// extern_arrays.cc: which arrays a program has, and how large.
#include "p4_target/extern_arrays.h"

#include <algorithm>

#include "p4_target/extern_argument.h"
#include "p4_target/extern_calls.h"
#include "p4_target/field_bytes.h"

namespace outrigger::p4_target {
namespace {

bool is_one_of(const p4_ir::Extern& declared, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, declared.type_name) != names.end();
}

}  // namespace

bool ExternArrays::is_counter(const p4_ir::Extern& declared) {
  return is_one_of(declared, {"counter", "direct_counter", "Counter", "DirectCounter", "CounterArray"});
}

bool ExternArrays::is_meter(const p4_ir::Extern& declared) {
  return is_one_of(declared, {"meter", "direct_meter", "Meter", "DirectMeter"});
}

bool ExternArrays::is_register(const p4_ir::Extern& declared) { return is_one_of(declared, {"register", "Register"}); }

bool ExternArrays::is_direct(const p4_ir::Extern& declared) {
  return is_one_of(declared, {"direct_counter", "DirectCounter", "direct_meter", "DirectMeter"});
}

Result<std::unique_ptr<ExternArrays>> ExternArrays::make(const p4_ir::Program& program, Tables& tables) {
  std::unique_ptr<ExternArrays> made(new ExternArrays(program, tables));
  for (size_t i = 0; i < program.externs.size(); ++i) {
    OR_TRY(made->add(static_cast<p4_ir::ExternId>(i)));
  }
  for (size_t i = 0; i < program.tables.size(); ++i) {
    Direct direct;
    for (const p4_ir::ExternId id : program.tables[i].direct_externs) {
      if (is_counter(program.at(id))) {
        direct.counters.push_back(id);
      } else if (is_meter(program.at(id))) {
        direct.meters.push_back(id);
      }
    }
    made->direct_.push_back(std::move(direct));
  }
  for (size_t i = 0; i < made->direct_.size(); ++i) {
    ExternArrays* const arrays = made.get();
    tables.at(static_cast<p4_ir::TableId>(i)).entries().on_new_handle([arrays, i](uint32_t handle) {
      arrays->clear_cells(arrays->direct_[i], handle);
    });
  }
  return made;
}

Result<> ExternArrays::add(p4_ir::ExternId id) {
  const p4_ir::Extern& declared = program_.at(id);
  if (is_counter(declared)) {  // packets and bytes, whatever the program wants to know, as BMv2
    OR_ASSIGN(auto made,
              pipeline::CounterArray::make(declared.name, pipeline::CounterUnit::PacketsAndBytes, cells_of(id), 1));
    counters_[id] = std::move(made);
  } else if (is_meter(declared)) {
    const std::string* unit = member_argument(declared);
    const bool is_bytes = unit != nullptr && (*unit == "bytes" || *unit == "BYTES");
    OR_ASSIGN(auto made,
              pipeline::MeterArray::make(
                  declared.name, is_bytes ? pipeline::MeterUnit::Bytes : pipeline::MeterUnit::Packets, cells_of(id)));
    meters_[id] = std::move(made);
  } else if (is_register(declared)) {
    OR_ASSIGN(auto made, pipeline::RegisterArray::make(declared.name, register_width(id),
                                                       number_argument(declared, 0).value_or(0)));
    registers_[id] = std::move(made);
    OR_TRY(set_initial_value(id));
  }
  return {};
}

uint64_t ExternArrays::cells_of(p4_ir::ExternId id) const {
  if (!is_direct(program_.at(id))) {
    return number_argument(program_.at(id), 0).value_or(0);
  }
  const auto owner = tables_.owner_of(id);
  return owner.has_value() ? tables_.at(*owner).entries().handles_max() : 0;
}

// The type's, or what calls pass where the type is no scalar.
uint32_t ExternArrays::register_width(p4_ir::ExternId id) const {
  const p4_ir::Extern& declared = program_.at(id);
  uint32_t width = declared.type_argument_widths.empty() ? 0 : declared.type_argument_widths.front();
  for_each_extern_call(program_, [&](const p4_ir::CallExtern& call) {
    if (call.instance != id) {
      return;
    }
    const auto measure = [&](const p4_ir::ExternArgument& argument) {
      uint32_t sum = 0;
      for (const p4_ir::ExternArgument::Part& part : argument.parts) {
        sum += part.width;
      }
      width = std::max(width, sum);
    };
    measure(call.result);
    for (const p4_ir::ExternArgument& argument : call.arguments) {
      if (argument.parameter == "result" || argument.parameter == "value") {
        measure(argument);
      }
    }
  });
  return std::max(width, 1U);
}

// PSA's and PNA's registers may have one.
Result<> ExternArrays::set_initial_value(p4_ir::ExternId id) {
  const p4_ir::Extern& declared = program_.at(id);
  const p4_ir::ConstantArgument* initial = nullptr;
  for (const p4_ir::ConstantArgument& argument : declared.arguments) {
    initial = argument.parameter == "initial_value" ? &argument : initial;
  }
  if (initial == nullptr || initial->kind != p4_ir::ConstantArgument::Kind::Number || initial->number == 0) {
    return {};
  }
  pipeline::RegisterArray& cells = *registers_[id];
  std::vector<uint8_t> bytes(cells.width_bytes());
  put_number(p4_ir::Bits::from_integer(cells.width_bits(), initial->number), bytes);
  for (uint64_t cell = 0; cell < cells.size(); ++cell) {
    cells.write_bytes(cell, bytes);
  }
  return {};
}

void ExternArrays::clear_cells(const Direct& direct, uint32_t handle) {
  for (const p4_ir::ExternId id : direct.counters) {
    (void)counters_[id]->write(handle, {});
  }
  for (const p4_ir::ExternId id : direct.meters) {
    (void)meters_[id]->reset(handle);
  }
}

}  // namespace outrigger::p4_target
