// PSA's and PNA's externs for bursts: PSA 1.2, "PSA Externs"; the methods with the packet's bytes are DPDK's.
#include "p4_native/portable_burst_externs.h"

#include <algorithm>

namespace outrigger::p4_native {
namespace {

using Kind = BurstExtern::Kind;

void set_colors(const p4_ir::Program& program, BurstShape& into) {
  constexpr std::array<std::string_view, 3> names = {"GREEN", "YELLOW", "RED"};
  for (const p4_ir::EnumInfo& one : program.enums) {
    if (one.name == "PSA_MeterColor_t" || one.name == "PNA_MeterColor_t") {
      for (size_t i = 0; i < names.size(); ++i) {
        const auto found = std::find(one.members.begin(), one.members.end(), names[i]);
        into.colors[i] = static_cast<uint64_t>(found - one.members.begin());
      }
    }
  }
}

// execute([index] [, color]), dpdk_execute([index] [, color], bytes)
void add_meters(BurstShape& into) {
  for (const bool is_direct : {false, true}) {
    for (const bool has_color : {false, true}) {
      for (const bool has_bytes : {false, true}) {
        BurstExtern one{.type = is_direct ? "DirectMeter" : "Meter",
                        .name = has_bytes ? "dpdk_execute" : "execute",
                        .kind = Kind::Meter};
        one.arguments = 0;
        one.index = is_direct ? BurstExtern::absent : one.arguments++;
        one.color = has_color ? one.arguments++ : BurstExtern::absent;
        one.bytes = has_bytes ? one.arguments++ : BurstExtern::absent;
        into.externs.push_back(std::move(one));
      }
    }
  }
}

void add_sums(BurstShape& into) {
  const auto add = [&](const char* name, Kind kind, int arguments) -> BurstExtern& {
    into.externs.push_back({.type = "InternetChecksum", .name = name, .kind = kind, .arguments = arguments});
    return into.externs.back();
  };
  add("clear", Kind::ClearSum, 0);
  add("add", Kind::AddToSum, 1).data = 0;
  add("subtract", Kind::SubtractFromSum, 1).data = 0;
  add("get", Kind::GetSum, 0);
  add("get_state", Kind::GetSumState, 0);
  add("set_state", Kind::SetSumState, 1).value = 0;
}

}  // namespace

void add_portable_externs(const p4_ir::Program& program, BurstShape& into) {
  set_colors(program, into);
  into.counts_every_hit = false;
  auto& externs = into.externs;
  externs.push_back({.type = "Counter", .name = "count", .kind = Kind::Count, .arguments = 1, .index = 0});
  externs.push_back({.type = "Counter", .name = "count", .kind = Kind::Count, .arguments = 2, .index = 0, .bytes = 1});
  externs.push_back({.type = "DirectCounter", .name = "count", .kind = Kind::Count, .arguments = 0});
  externs.push_back({.type = "DirectCounter", .name = "count", .kind = Kind::Count, .arguments = 1, .bytes = 0});
  add_meters(into);
  externs.push_back({.type = "Register", .name = "read", .kind = Kind::ReadRegister, .arguments = 1, .index = 0});
  externs.push_back(
      {.type = "Register", .name = "write", .kind = Kind::WriteRegister, .arguments = 2, .index = 0, .value = 1});
  externs.push_back({.type = "Hash", .name = "get_hash", .kind = Kind::Hash, .arguments = 1, .data = 0});
  externs.push_back(
      {.type = "Hash", .name = "get_hash", .kind = Kind::Hash, .arguments = 3, .data = 1, .base = 0, .max = 2});
  externs.push_back({.type = "Random", .name = "read", .kind = Kind::Random, .arguments = 0});
  add_sums(into);
}

}  // namespace outrigger::p4_native
