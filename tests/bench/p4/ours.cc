// Our side of the P4 benchmark: the source through front end, lowering and native code, entries through the target's
// tables, packets in bursts.
#include <chrono>

#include "base/check.h"
#include "contender.h"
#include "p4/front.h"
#include "p4_ir/lower.h"
#include "p4_native/burst_engine.h"
#include "p4_native/v1_burst_shape.h"
#include "p4_target/engines.h"

namespace outrigger::p4_bench {
namespace {

using p4_ir::Bits;

class OurContender final : public Contender {
 public:
  static Result<Ours> make(const Workload& workload);
  void run(Packets& packets) override;

 private:
  Result<double> compile(const Workload& workload);
  Result<> add_entries(const Workload& workload);
  Result<> make_engine();
  // An entry of the `table`th table: its first action with these arguments.
  Result<> add(uint32_t table, const p4_ir::EntryKey& key, std::initializer_list<uint64_t> arguments);
  Result<> add_tunnel(const Tunnel& tunnel);

  std::unique_ptr<p4::Compilation> compilation_;
  std::unique_ptr<p4_ir::Program> program_;
  std::unique_ptr<p4_target::Target> target_;
  std::unique_ptr<p4_native::BurstProgram> bursts_;
  std::unique_ptr<p4_native::BurstEngine> engine_;
};

Result<Ours> OurContender::make(const Workload& workload) {
  auto made = std::make_unique<OurContender>();
  OR_ASSIGN(const double compile_ms, made->compile(workload));
  OR_TRY(made->add_entries(workload));
  OR_TRY(made->make_engine());
  return Ours{.contender = std::move(made), .compile_ms = compile_ms};
}

Result<double> OurContender::compile(const Workload& workload) {
  const auto before = std::chrono::steady_clock::now();
  p4::PreprocessorOptions options;
  options.defines = {"ENTRIES=" + std::to_string(workload.entries), "TABLES=" + std::to_string(workload.tables)};
  const std::string path = std::string(OUTRIGGER_BENCH_FOLDER "/").append(name_of(workload.program)).append(".p4");
  compilation_ = p4::compile_front(path, options);
  program_ = compilation_->is_good() ? p4_ir::lower(*compilation_) : nullptr;
  if (program_ == nullptr) {
    return fail(Code::InvalidArgument, "{}", p4::to_text(compilation_->diagnostics, compilation_->source, false));
  }
  const auto shape = p4_native::v1_burst_shape(*program_);
  if (!shape.has_value()) {
    return fail(Code::Unimplemented, "{} is not a program for bursts", path);
  }
  OR_ASSIGN(bursts_, p4_native::BurstProgram::compile(*program_, *shape, {}));
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before).count();
}

Result<> OurContender::add(uint32_t table, const p4_ir::EntryKey& key, std::initializer_list<uint64_t> arguments) {
  const p4_ir::Table& of = program_->tables.at(table);
  p4_target::EntryAction action;
  for (const uint64_t argument : arguments) {
    const size_t at = action.call.arguments.size();
    action.call.arguments.emplace_back(of.actions.at(0).parameters.at(at).width, argument);
  }
  OR_TRY(target_->tables().at(static_cast<p4_ir::TableId>(table)).add({&key, 1}, 0, action));
  return {};
}

Result<> OurContender::add_tunnel(const Tunnel& tunnel) {
  p4_target::EntryAction action;
  uint32_t bit = 0;
  for (const p4_ir::ActionParameter& parameter : program_->tables.at(0).actions.at(0).parameters) {
    const bool is_port = bit == outer_bytes * 8;
    action.call.arguments.push_back(is_port ? Bits(parameter.width, tunnel.port)
                                            : Bits::from_bytes(parameter.width, tunnel.outer, bit));
    bit += parameter.width;
  }
  const p4_ir::EntryKey key{.kind = p4_ir::EntryKey::Kind::Exact, .value = Bits(48, tunnel.mac), .mask = {}};
  OR_TRY(target_->tables().at(p4_ir::TableId{0}).add({&key, 1}, 0, action));
  return {};
}

Result<> OurContender::add_entries(const Workload& workload) {
  OR_ASSIGN(const auto interpreter, p4_target::engine_factory(*program_, p4_target::EngineKind::Interpreter));
  OR_ASSIGN(target_, p4_target::make_target(*program_, interpreter));
  using Kind = p4_ir::EntryKey::Kind;
  for (const Address& one : workload.addresses) {
    OR_TRY(add(0, {.kind = Kind::Exact, .value = Bits(48, one.mac), .mask = {}}, {one.port}));
  }
  for (const Route& one : workload.routes) {
    const Bits mask(32, ~uint32_t{0} << (32 - one.length));
    OR_TRY(add(0, {.kind = Kind::Prefix, .value = Bits(32, one.prefix), .mask = mask},
               {one.dst_mac, one.src_mac, one.port}));
  }
  for (const Tunnel& one : workload.tunnels) {
    OR_TRY(add_tunnel(one));
  }
  for (uint32_t table = 0; table < workload.steps.size(); ++table) {
    for (const Step& one : workload.steps[table]) {
      OR_TRY(add(table, {.kind = Kind::Exact, .value = Bits(32, one.label), .mask = {}}, {one.next}));
    }
  }
  return {};
}

Result<> OurContender::make_engine() {
  p4_native::BurstResources resources;
  for (uint32_t i = 0; i < program_->tables.size(); ++i) {
    resources.tables.push_back(&target_->tables().at(static_cast<p4_ir::TableId>(i)).entries().abi());
  }
  OR_ASSIGN(engine_, p4_native::BurstEngine::make(*bursts_, std::move(resources)));
  return {};
}

void OurContender::run(Packets& packets) {
  constexpr uint32_t burst = pipeline::burst_packets_max;
  static_assert(packets_count % burst == 0);
  for (uint32_t at = 0; at < packets_count; at += burst) {
    for (uint32_t i = 0; i < burst; ++i) {
      packets.arrive(at + i);
    }
    const size_t taken = engine_->run({&packets.descriptor(at), burst});
    check(taken == burst, "these programs have nothing that packets wait for");
  }
}

}  // namespace

Result<Ours> make_ours(const Workload& workload) { return OurContender::make(workload); }

}  // namespace outrigger::p4_bench
