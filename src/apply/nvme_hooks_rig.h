// For tests of the hooks of the NVMe kinds: a plane that only notes what it is told, and fails or waits where it is
// told to; and resources over it.
#pragma once

#include "apply/nvme_hooks.h"
#include "block/null_device.h"
#include "block/test_rig.h"
#include "core/job.h"
#include "core/kept_job.h"
#include "core/reactor.h"
#include "nvme/host_security.h"
#include "outrigger/v1/nvme.pb.h"
#include "storage/frontend_nvme.pb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace outrigger::apply {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

struct Facts {
  std::set<std::string> subsystems, open_addresses;
  std::set<std::string> hosts, exposed, held;
  std::map<std::string, std::shared_ptr<const nvme::HostSecurity>> security;  // by host
  std::map<uint32_t, std::string> namespaces;                                 // nsid → device
  std::map<uint32_t, std::set<std::string>> visible;
  std::map<uint32_t, nvme::NamespaceOptions> options;
  std::map<uint32_t, nvme::AnaState> states;
  std::vector<std::string> changed_ports;        // by whom they were looked at
  std::map<std::string, nvme::PortRules> rules;  // by TCP port
  std::map<std::string, uint64_t> reads_at;      // by TCP port
  std::vector<uint8_t> forgotten;                // reservations, by the first byte of the UUID
  bool is_any_allowed = false;
  // What fails from now on.
  std::string refused_host;
  std::optional<Error> refuse_listen, refuse_namespace, refuse_remove, refuse_rename, refuse_ana, refuse_settle;
  // What was sent before ends when this is set; nullptr: at once.
  core::Event<std::monostate>* all_settled = nullptr;
  std::map<std::string, core::Event<std::monostate>*> settled_of;  // for one subsystem; by NQN
  std::vector<std::string> settling;                               // that were asked for it, ever
  uint32_t settles_before_refusal = 0;
  uint64_t withdrawal_count = 0;
  uint64_t settled_since = 0;
};

class FakeSubsystem final : public nvme::Subsystem {
 public:
  FakeSubsystem(Facts& facts, nvme::SubsystemOptions options) : facts_(facts), options_(std::move(options)) {
    facts_.subsystems.insert(options_.nqn);
    facts_.is_any_allowed = options_.allows_any_host;
  }
  ~FakeSubsystem() override { check(is_closed_, "a subsystem is closed before it is destroyed"); }

  const nvme::SubsystemOptions& options() const noexcept override { return options_; }
  core::Job<void> close() override {
    facts_.subsystems.erase(options_.nqn);
    facts_.namespaces.clear();
    is_closed_ = true;
    co_return;
  }
  uint64_t withdrawal_count() const noexcept override { return facts_.withdrawal_count; }
  core::Job<Result<void>> settle(uint64_t since) override {
    facts_.settled_since = since;
    facts_.settling.push_back(options_.nqn);
    if (const auto own = facts_.settled_of.find(options_.nqn); own != facts_.settled_of.end()) {
      core::Event<std::monostate>& settled = *own->second;
      co_await settled;
    } else if (facts_.all_settled != nullptr) {
      core::Event<std::monostate>& all_settled = *facts_.all_settled;
      co_await all_settled;
    }
    if (facts_.settles_before_refusal > 0) {
      --facts_.settles_before_refusal;
      co_return Result<void>();
    }
    co_return facts_.refuse_settle.has_value() ? Result<void>(std::unexpected(*facts_.refuse_settle)) : Result<void>();
  }
  Result<void> rename(std::string serial, std::string model) override {
    if (facts_.refuse_rename.has_value()) {
      return std::unexpected(*facts_.refuse_rename);
    }
    options_.serial = std::move(serial);
    options_.model = std::move(model);
    return {};
  }
  core::Job<Result<uint32_t>> add_namespace(nvme::NamespaceOptions options, block::Device& device) override {
    if (facts_.refuse_namespace.has_value()) {
      co_return std::unexpected(*facts_.refuse_namespace);
    }
    facts_.namespaces[options.nsid] = device.name();
    facts_.options[options.nsid] = options;
    co_return options.nsid;
  }
  core::Job<Result<void>> remove_namespace(uint32_t nsid) override {
    if (facts_.refuse_remove.has_value()) {
      co_return std::unexpected(*facts_.refuse_remove);
    }
    check(facts_.namespaces.erase(nsid) == 1, "what is removed is there");
    facts_.visible.erase(nsid);
    co_return Result<void>{};
  }
  Result<void> set_visible(uint32_t nsid, std::string_view hostnqn, bool is_visible) override {
    if (hostnqn == facts_.refused_host) {
      return fail(Code::ResourceExhausted, "too many hosts");
    }
    if (is_visible) {
      facts_.visible[nsid].emplace(hostnqn);
    } else {
      facts_.visible[nsid].erase(std::string(hostnqn));
    }
    return {};
  }
  Result<void> set_ana_group(uint32_t nsid, uint32_t group) override {
    facts_.options[nsid].ana_group = group;
    return {};
  }
  void allow_any_host(bool is_allowed) override { facts_.is_any_allowed = options_.allows_any_host = is_allowed; }
  void set_static_controllers(std::vector<uint16_t> identifiers) override {
    options_.static_controllers = std::move(identifiers);
  }
  Result<void> allow_host(nvme::HostOptions options) override {
    if (options.nqn == facts_.refused_host) {
      return fail(Code::ResourceExhausted, "too many hosts");
    }
    facts_.hosts.insert(options.nqn);
    facts_.security[options.nqn] = options.security;
    return {};
  }
  Result<void> forbid_host(std::string_view hostnqn) override {
    check(facts_.hosts.erase(std::string(hostnqn)) == 1, "who is forbidden was allowed");
    return {};
  }
  void hold(bool is_held) override {
    if (is_held) {
      facts_.held.insert(options_.nqn);
    } else {
      facts_.held.erase(options_.nqn);
    }
  }
  void expose_at(const nvme::Port& port) override {
    check(facts_.exposed.insert(options_.nqn + "@" + port.traddr + ":" + port.trsvcid).second, "once");
  }
  void withdraw_from(const nvme::Port& port) override {
    check(facts_.exposed.erase(options_.nqn + "@" + port.traddr + ":" + port.trsvcid) == 1, "it was exposed there");
  }
  void port_changed(const nvme::Port& port) override {
    facts_.changed_ports.push_back(options_.nqn + (port.requires_tls ? " tls" : " clear"));
  }
  Result<void> set_ana_state(const nvme::Port&, uint32_t group, nvme::AnaState state) override {
    if (facts_.refuse_ana.has_value()) {
      return std::unexpected(*facts_.refuse_ana);
    }
    facts_.states[group] = state;
    return {};
  }
  void set_port_rules(const nvme::Port& port, const nvme::PortRules& rules) override {
    check(facts_.exposed.contains(options_.nqn + "@" + port.traddr + ":" + port.trsvcid), "it is exposed there");
    facts_.rules[port.trsvcid] = rules;
  }
  nvme::IoTotals io_totals() const override { return {}; }
  nvme::IoTotals io_totals_at(const nvme::Port& port) const override {
    nvme::IoTotals totals;
    totals.commands.by_class[static_cast<size_t>(block::OpClass::Read)].operations = facts_.reads_at[port.trsvcid];
    return totals;
  }
  std::optional<nvme::IoTotals> io_totals_of(uint16_t) const override { return std::nullopt; }
  std::vector<nvme::ControllerFacts> controllers() const override {
    return {{.cntlid = 7, .hostnqn = "nqn.2022-09.io.example:h1", .peer = "192.0.2.9:1234", .io_queue_count = 4}};
  }
  bool is_host_allowed(std::string_view) const noexcept override { return false; }
  std::shared_ptr<const nvme::HostSecurity> security_of(std::string_view) const override { return nullptr; }
  const std::vector<const nvme::Port*>& ports() const noexcept override { return no_ports_; }
  nvme::ConnectOutcome connect(const nvme::ConnectArguments&) override { return {}; }

 private:
  Facts& facts_;
  nvme::SubsystemOptions options_;
  std::vector<const nvme::Port*> no_ports_;
  bool is_closed_ = false;
};

class FakeListener final : public NvmeListener {
 public:
  FakeListener(Facts& facts, nvme::Port port) : facts_(facts), port_(std::move(port)) {
    facts_.open_addresses.insert(port_.traddr + ":" + port_.trsvcid);
  }
  const nvme::Port& port() const noexcept override { return port_; }
  void require_tls(bool is_required) override { port_.requires_tls = is_required; }
  core::Job<void> close() override {
    facts_.open_addresses.erase(port_.traddr + ":" + port_.trsvcid);
    co_return;
  }

 private:
  Facts& facts_;
  nvme::Port port_;
};

class FakePlane final : public NvmePlane {
 public:
  Result<std::unique_ptr<nvme::Subsystem>> make_subsystem(nvme::SubsystemOptions options) override {
    return std::make_unique<FakeSubsystem>(facts, std::move(options));
  }
  Result<std::unique_ptr<NvmeListener>> listen(nvme::Port port) override {
    if (facts.refuse_listen.has_value()) {
      return std::unexpected(*facts.refuse_listen);
    }
    return std::make_unique<FakeListener>(facts, std::move(port));
  }
  Result<void> forget_reservation(const std::array<uint8_t, 16>& namespace_uuid) override {
    facts.forgotten.push_back(namespace_uuid[0]);
    return {};
  }
  Facts facts;
};

class NvmeHooks : public testing::Test {
 protected:
  NvmeHooks() {
    block::Geometry geometry;
    geometry.block_count = 1 << 20;
    volumes.add("vol", {.name = "volumes/vol",
                        .kind = "null",
                        .uuid = "",
                        .device = std::make_unique<block::NullDevice>("vol", geometry)});
  }
  ~NvmeHooks() override { run(closing(&table)); }

  static core::Job<Result<void>> closing(NvmeTable* table) {
    auto job = table->close_all();
    co_await job;
    co_return Result<void>{};
  }
  // The fakes do not wait unless they are told to.
  static Result<void> run(core::Job<Result<void>> job) {
    std::optional<Result<void>> outcome;
    core::spawn(core::keep(std::move(job), &outcome));
    check(outcome.has_value(), "the job hangs");
    return *outcome;
  }
  static model::Intent intent(std::string name, std::shared_ptr<model::Message> resource,
                              std::shared_ptr<model::Message> options) {
    model::Intent made;
    made.id = name.substr(name.rfind('/') + 1);
    made.name = std::move(name);
    made.resource = std::move(resource);
    made.options = std::move(options);
    return made;
  }
  static model::Intent subsystem(const std::string& id, const v1::NvmeSubsystemOptions& options = {},
                                 const std::string& hostnqn = "") {
    auto resource = std::make_shared<opi::NvmeSubsystem>();
    resource->mutable_spec()->set_nqn("nqn.2022-09.io.example:" + id);
    resource->mutable_spec()->set_hostnqn(hostnqn);
    return intent("nvmeSubsystems/" + id, resource, std::make_shared<v1::NvmeSubsystemOptions>(options));
  }
  static model::Intent controller(const std::string& parent, const std::string& id, const std::string& port = "4420",
                                  const v1::NvmeControllerOptions& options = {}) {
    auto resource = std::make_shared<opi::NvmeController>();
    auto& spec = *resource->mutable_spec();
    spec.set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
    spec.mutable_fabrics_id()->set_traddr("192.0.2.1");
    spec.mutable_fabrics_id()->set_trsvcid(port);
    spec.mutable_fabrics_id()->set_adrfam(opi::NVME_ADDRESS_FAMILY_IPV4);
    return intent("nvmeSubsystems/" + parent + "/nvmeControllers/" + id, resource,
                  std::make_shared<v1::NvmeControllerOptions>(options));
  }
  static model::Intent space(const std::string& parent, const std::string& id, int32_t nsid = 1,
                             const v1::NvmeNamespaceOptions& options = {}) {
    auto resource = std::make_shared<opi::NvmeNamespace>();
    auto& spec = *resource->mutable_spec();
    spec.set_volume_name_ref("volumes/vol");
    spec.set_host_nsid(nsid);
    spec.set_uuid("01020304-0506-0708-090a-0b0c0d0e0fF0");
    spec.set_eui64(0x0102030405060708);
    return intent("nvmeSubsystems/" + parent + "/nvmeNamespaces/" + id, resource,
                  std::make_shared<v1::NvmeNamespaceOptions>(options));
  }
  static model::Intent after(const model::Intent& before, model::Intent next) {
    next.before = before.resource;
    next.options_before = before.options;
    return next;
  }
  Result<void> put_namespace(const model::Intent& wanted) {
    Result<void> admitted = namespaces.admit(wanted);
    return admitted.has_value() ? run(namespaces.realise(wanted)) : admitted;
  }
  // One read of a block through what hosts read through.
  void read_one() {
    const auto all = table.namespaces();
    ASSERT_EQ(all.size(), 1U);
    block::TestCore core(clock);
    auto channel = all[0]->limits->open_channel(core.reactor());
    ASSERT_TRUE(channel.has_value());
    block::TestIo io(block::Op::Read, 0, 1, 512);
    io.submit(**channel);
  }
  uint64_t reads(model::Hooks& hooks, const model::Intent& of) {
    const auto stats = hooks.stats(of);
    EXPECT_TRUE(stats.has_value()) << stats.error().what;
    return stats.has_value() ? stats->read_operations : 0;
  }

  core::ManualClock clock;
  FakePlane plane;
  Facts& facts = plane.facts;
  VolumeTable volumes;
  NvmeTable table{plane};
  NvmeSubsystemHooks subsystems{table, "1.0"};
  NvmeControllerHooks controllers{table};
  NvmeNamespaceHooks namespaces{table, volumes, clock};
};

}  // namespace outrigger::apply
