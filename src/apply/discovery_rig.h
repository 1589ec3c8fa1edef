// For tests of discoveries through a real model: feeds that show what the test says, no sockets, virtual time.
#pragma once

#include "apply/discovery_hooks.h"
#include "apply/model_turns.h"
#include "core/clock.h"
#include "model/kinds.h"
#include "model/model.h"
#include "model/nvme_discovery.h"
#include "outrigger/v1/nvme_discovery.pb.h"
#include "storage/backend_nvme.pb.h"

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <list>

namespace outrigger::apply {

using google::protobuf::Empty;
using nvme_host::DiscoveryRecord;
namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

inline constexpr const char* disks = "nqn.2026-11.org.example:disks";
inline constexpr const char* tapes = "nqn.2026-11.org.example:tapes";

// One discovery controller, as the test wants it.
class FakeFeed final : public nvme_host::DiscoveryFeed {
 public:
  FakeFeed(core::Reactor& control, std::list<FakeFeed*>& all, nvme_host::DiscoveryOptions options, Changed changed)
      : control_(control), all_(all), options_(std::move(options)), changed_(std::move(changed)) {
    all_.push_back(this);
  }
  ~FakeFeed() override {
    check(!is_running_, "a feed is stopped before it is destroyed");
    all_.remove(this);
  }
  void start() override { is_running_ = true; }
  core::Job<void> stop() override {
    if (goodbye_ns != 0) {
      co_await core::sleep_for(control_, goodbye_ns);
    }
    is_running_ = is_current_ = false;
  }
  bool is_current() const noexcept override { return is_current_; }
  bool has_log() const noexcept override { return has_log_; }
  const nvme_host::DiscoveryLog& log() const noexcept override { return log_; }
  const std::string& why() const noexcept override { return why_; }

  void show(std::vector<DiscoveryRecord> records) {
    ++log_.generation;
    log_.record_count = records.size();
    log_.records = std::move(records);
    has_log_ = is_current_ = true;
    changed_(log_.records);
  }
  void lose() {
    is_current_ = false;
    why_ = "the cable";
  }
  [[nodiscard]] std::string address() const { return options_.address.text(); }
  [[nodiscard]] const nvme_host::DiscoveryOptions& options() const noexcept { return options_; }
  uint64_t goodbye_ns = 0;  // how long it takes to be stopped

 private:
  core::Reactor& control_;
  std::list<FakeFeed*>& all_;
  nvme_host::DiscoveryOptions options_;
  Changed changed_;
  nvme_host::DiscoveryLog log_;
  std::string why_;
  bool has_log_ = false;
  bool is_current_ = false;
  bool is_running_ = false;
};

class Accepting final : public model::Hooks {
 public:
  core::Job<Result<void>> realise(model::Intent) override {
    ++realised;
    co_return refuse_realise ? Result<void>(std::unexpected(*refuse_realise)) : Result<void>{};
  }
  core::Job<Result<void>> withdraw(model::Intent) override {
    co_return refuse_withdraw ? Result<void>(std::unexpected(*refuse_withdraw)) : Result<void>{};
  }
  std::optional<Error> refuse_realise, refuse_withdraw;
  int realised = 0;
};

inline DiscoveryRecord subsystem(std::string nqn, std::string traddr, std::string trsvcid = "4420") {
  DiscoveryRecord record;
  record.traddr = std::move(traddr);
  record.trsvcid = std::move(trsvcid);
  record.subnqn = std::move(nqn);
  return record;
}
inline DiscoveryRecord referral(std::string traddr, std::string trsvcid = "8009") {
  DiscoveryRecord record = subsystem(std::string(nvme::discovery_nqn), std::move(traddr), std::move(trsvcid));
  record.subtype = nvme::SubsystemType::DiscoveryReferral;
  return record;
}

struct World : ModelTurns {
  World(core::ManualClock& virtual_time, model::Store& store) : ModelTurns(virtual_time, 20'000) {
    auto made = core::Reactor::create({.name = "test", .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "a reactor is made");
    control = std::move(*made);
    const HostIdentity identity{.nqn = "nqn.2014-08.org.nvmexpress:uuid:0fa6a9b5-8a0c-4e1e-9b4e-3c1f5d0d2b11",
                                .id = {1}};
    discoveries = std::make_unique<NvmeDiscoveryHooks>(
        *control, identity,
        [this](nvme_host::DiscoveryOptions options, nvme_host::DiscoveryFeed::Changed changed) {
          return std::make_unique<FakeFeed>(*control, feeds, std::move(options), std::move(changed));
        },
        std::make_shared<nvme_host::KeyExchangePace>());
    model = std::make_unique<model::Model>(*control, store, 1);
    model->add_kind(model::qos_volume_kind(), qos);
    model->add_kind(model::nvme_remote_controller_kind(), controllers);
    model->add_kind(model::nvme_path_kind(), paths);
    model->add_kind(model::nvme_remote_namespace_kind(), namespaces);
    model::add_discovery_kinds(*model, *discoveries, referrals);
    discoveries->set_rows(*model);
    model->watch([this](const model::Change& change) {
      if (change.what == model::Change::What::Deleted) {
        deleted.push_back(change.name);
      }
      discoveries->changed(change);
    });
    run(model->restore());
  }
  ~World() override {
    discoveries->begin_stop();
    std::optional<int> ended;
    core::spawn(end(*this, ended));
    turn_until([&] { return ended.has_value(); });
    model.reset();
    discoveries.reset();
    check(feeds.empty(), "no feed is left");
  }

  static core::Job<void> end(World& world, std::optional<int>& ended) {
    core::Job<void> stopping = world.model->stop();
    co_await stopping;
    core::Job<void> closing = world.discoveries->close_all();
    co_await closing;
    ended = 1;
  }
  void turn() override { control->run_turn(); }
  FakeFeed* feed(const std::string& address) {
    for (FakeFeed* each : feeds) {
      if (each->address() == address) {
        return each;
      }
    }
    return nullptr;
  }
  std::vector<std::string> keys(const google::protobuf::Descriptor& kind) const {
    std::vector<std::string> all;
    for (const auto& [key, message] : model->found_below(kind, "")) {
      all.push_back(key);
    }
    return all;
  }

  std::unique_ptr<core::Reactor> control;
  std::list<FakeFeed*> feeds;
  Accepting controllers, paths, namespaces, referrals, qos;
  std::vector<std::string> deleted;
  std::unique_ptr<NvmeDiscoveryHooks> discoveries;
};

class DiscoveryHooks : public testing::Test {
 protected:
  void SetUp() override { start(); }
  void start() { world = std::make_unique<World>(clock, store); }
  void restart() {
    world.reset();
    start();
  }
  Result<v1::NvmeDiscovery> follow(v1::NvmeDiscovery wanted = {}, const std::string& id = "fabric0") {
    v1::CreateNvmeDiscoveryRequest request;
    request.set_nvme_discovery_id(id);
    wanted.set_traddr("192.0.2.1");
    *request.mutable_nvme_discovery() = wanted;
    auto made = world->call<v1::NvmeDiscovery>("CreateNvmeDiscovery", request);
    world->pass();
    return made;
  }
  v1::NvmeDiscovery get() {
    v1::GetNvmeDiscoveryRequest request;
    request.set_name("nvmeDiscoveries/fabric0");
    auto got = world->call<v1::NvmeDiscovery>("GetNvmeDiscovery", request);
    return got.has_value() ? *got : v1::NvmeDiscovery();
  }
  Result<Empty> stop_following() {
    v1::DeleteNvmeDiscoveryRequest request;
    request.set_name("nvmeDiscoveries/fabric0");
    return world->call<Empty>("DeleteNvmeDiscovery", request);
  }
  void show(std::vector<DiscoveryRecord> records, const std::string& at = "192.0.2.1:8009") {
    FakeFeed* const feed = world->feed(at);
    ASSERT_NE(feed, nullptr) << at;
    feed->show(std::move(records));
    world->pass();
  }
  std::vector<std::string> paths() const { return world->keys(*opi::NvmePath::descriptor()); }
  std::vector<std::string> controllers() const { return world->keys(*opi::NvmeRemoteController::descriptor()); }
  static std::string key(const char* nqn, const std::string& path) {
    return model::nvme_discovered_controller_id("fabric0", nqn) + "/" + path;
  }

  core::ManualClock clock;
  model::MemoryStore store;
  std::unique_ptr<World> world;
};

}  // namespace outrigger::apply
