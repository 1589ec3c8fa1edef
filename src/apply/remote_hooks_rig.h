// For tests of remote controllers through a real model: paths that do what the test says, no sockets, virtual time.
#pragma once

#include "apply/model_turns.h"
#include "apply/remote_hooks.h"
#include "apply/volume_hooks.h"
#include "core/clock.h"
#include "model/kinds.h"
#include "model/model.h"
#include "outrigger/v1/volume.pb.h"
#include "storage/middleend_qos_volume.pb.h"

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <list>

namespace outrigger::apply {

using google::protobuf::Empty;
namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;
using nvme_host::PathState;

enum class Answer : uint8_t { Accepts, Refuses, Unreachable, Silent };

// What stands behind all paths.
struct Target {
  Answer answer = Answer::Accepts;
  std::vector<nvme_host::PathNamespace> namespaces;
  std::vector<std::string> log;  // "+name", "-name"
  uint16_t next_cntlid = 1;
};

class DeafQueue final : public nvme_host::PathQueue {
 public:
  bool submit(nvme_host::Command& command) noexcept override {
    static_cast<void>(command);
    return false;
  }
  bool is_live() const noexcept override { return true; }
  uint32_t in_flight_count() const noexcept override { return 0; }
  uint32_t depth() const noexcept override { return 1; }
};

class FakePath final : public nvme_host::Path {
 public:
  FakePath(core::Reactor& control, Target& target, std::list<FakePath*>& all, nvme_host::PathOptions options)
      : control_(control), target_(target), all_(all), options_(std::move(options)) {
    all_.push_back(this);
    target_.log.push_back("+" + options_.name);
    timer_.owner = this;
    timer_.fire = [](core::Timer& timer) noexcept { static_cast<FakePath*>(timer.owner)->try_once(); };
  }
  ~FakePath() override {
    all_.remove(this);
    target_.log.push_back("-" + options_.name);
  }

  void try_once() {
    switch (target_.answer) {
      case Answer::Silent: return;
      case Answer::Refuses:
      case Answer::Unreachable:
        ++status_.connect_failures;
        status_.is_refused = target_.answer == Answer::Refuses;
        status_.why = status_.is_refused ? "the host is not allowed" : "connection refused";
        return;
      case Answer::Accepts: break;
    }
    controller_.cntlid = target_.next_cntlid++;
    controller_.io_queue_count = 1;
    namespaces_ = target_.namespaces;
    set(PathState::Live);
    ++status_.connects;
    observer_->path_live(*this);
  }
  void reach(std::string_view stage) { status_.stage = stage; }
  void break_off() {
    ++status_.losses;
    status_.why = "the wire was cut";
    set(PathState::Reconnecting);
    observer_->path_down(*this, status_.why);
  }
  void change_namespaces() {
    namespaces_ = target_.namespaces;
    observer_->path_namespaces_changed(*this);
  }

  void start(nvme_host::PathObserver& observer) override {
    observer_ = &observer;
    set(PathState::Connecting);
    control_.arm(timer_, control_.clock().now_ns());
  }
  core::Job<void> stop() override {
    if (timer_.is_armed()) {
      control_.cancel(timer_);
    }
    const bool was_live = status_.state == PathState::Live;
    set(PathState::Stopping);
    if (was_live) {
      observer_->path_down(*this, "stopped");
    }
    co_return;
  }
  void reset() override { target_.log.push_back("!" + options_.name); }
  const nvme_host::PathOptions& options() const noexcept override { return options_; }
  nvme_host::PathStatus status() const override { return status_; }
  const nvme_host::PathController& controller() const noexcept override { return controller_; }
  const std::vector<nvme_host::PathNamespace>& namespaces() const noexcept override { return namespaces_; }
  std::shared_ptr<nvme_host::PathQueue> queue(size_t core) const override {
    static_cast<void>(core);
    return status_.state == PathState::Live ? queue_ : nullptr;
  }

 private:
  void set(PathState state) {
    status_.state = state;
    status_.since_ns = control_.clock().now_ns();
  }
  core::Reactor& control_;
  Target& target_;
  std::list<FakePath*>& all_;
  nvme_host::PathOptions options_;
  nvme_host::PathObserver* observer_ = nullptr;
  nvme_host::PathStatus status_;
  nvme_host::PathController controller_;
  std::vector<nvme_host::PathNamespace> namespaces_;
  std::shared_ptr<nvme_host::PathQueue> queue_ = std::make_shared<DeafQueue>();
  core::Timer timer_;
};

inline nvme_host::PathNamespace shown(uint32_t nsid, uint8_t uuid) {
  nvme_host::PathNamespace made;
  made.nsid = nsid;
  made.uuid.fill(uuid);
  made.block_count = 2048;
  return made;
}

constexpr const char* uuid_11 = "11111111-1111-1111-1111-111111111111";

// Knows how many records were made durable, or erased, in one turn of the control reactor.
class CountingStore final : public model::Store {
 public:
  Result<std::vector<model::Record>> load() override { return kept_.load(); }
  Result<void> put(const model::Record& record) override {
    ++in_turn_;
    return kept_.put(record);
  }
  Result<void> erase(std::string_view kind, std::string_view key) override {
    ++in_turn_;
    return kept_.erase(kind, key);
  }
  void turn_ended() {
    total += in_turn_;
    in_turn_max = std::max(in_turn_max, in_turn_);
    in_turn_ = 0;
  }
  void clear() { total = in_turn_max = 0; }

  size_t total = 0;
  size_t in_turn_max = 0;

 private:
  model::MemoryStore kept_;
  size_t in_turn_ = 0;
};

// A daemon as far as remote controllers go.
struct World : ModelTurns {
  World(core::ManualClock& virtual_time, CountingStore& of_store, Target& of_target)
      : ModelTurns(virtual_time, 30'000), target(of_target), store(of_store) {
    for (auto* slot : {&control, &data}) {
      auto made = core::Reactor::create({.name = "test", .idle_spin_ns = 0, .uring_entries = 0}, clock);
      check(made.has_value(), "a reactor is made");
      *slot = std::move(*made);
    }
    const HostIdentity identity{.nqn = "nqn.2014-08.org.nvmexpress:uuid:0fa6a9b5-8a0c-4e1e-9b4e-3c1f5d0d2b11",
                                .id = {1}};
    remotes = std::make_unique<RemoteTable>(
        Cores{.control = *control, .data = {data.get()}}, volumes(), identity, [this](nvme_host::PathOptions options) {
          return std::make_unique<FakePath>(*control, target, paths, std::move(options));
        });
    controllers = std::make_unique<RemoteControllerHooks>(*remotes);
    path_hooks = std::make_unique<NvmePathHooks>(*remotes);
    namespaces = std::make_unique<RemoteNamespaceHooks>(*remotes);
    qos = std::make_unique<QosVolumeHooks>(volumes(), clock);
    model = std::make_unique<model::Model>(*control, store, 1);
    model->add_kind(model::qos_volume_kind(), *qos);
    model->add_kind(model::nvme_remote_controller_kind(), *controllers);
    model->add_kind(model::nvme_path_kind(), *path_hooks);
    model->add_kind(model::nvme_remote_namespace_kind(), *namespaces);
    model::add_nvme_remote_views(*model);
    model::add_views(*model);
    remotes->set_rows(*model);
    model->watch([this](const model::Change& change) {
      if (change.what == model::Change::What::Deleted) {
        remotes->look_again();
      }
    });
    run(model->restore());
  }
  ~World() override {
    std::optional<int> ended;
    core::spawn(end(*this, ended));
    turn_until([&] { return ended.has_value(); });
    model.reset();
    table.reset();
    remotes.reset();
  }

  VolumeTable& volumes() { return *table; }
  static core::Job<void> end(World& world, std::optional<int>& ended) {
    core::Job<void> stopping = world.model->stop();
    co_await stopping;
    core::Job<void> closing = world.remotes->close_all();
    co_await closing;
    ended = 1;
  }
  void turn() override {
    control->run_turn();
    store.turn_ended();
    data->run_turn();
  }

  Target& target;
  CountingStore& store;
  std::unique_ptr<core::Reactor> control, data;
  std::list<FakePath*> paths;
  std::unique_ptr<RemoteTable> remotes;
  std::unique_ptr<VolumeTable> table = std::make_unique<VolumeTable>();
  std::unique_ptr<RemoteControllerHooks> controllers;
  std::unique_ptr<NvmePathHooks> path_hooks;
  std::unique_ptr<RemoteNamespaceHooks> namespaces;
  std::unique_ptr<QosVolumeHooks> qos;
};

class RemoteHooks : public testing::Test {
 protected:
  void SetUp() override {
    target.namespaces = {shown(1, 0x11)};
    start();
  }
  void start() { world = std::make_unique<World>(clock, store, target); }
  void restart() {
    world.reset();
    start();
  }
  Result<opi::NvmeRemoteController> create_controller(const std::string& psk = "") {
    opi::CreateNvmeRemoteControllerRequest request;
    request.set_nvme_remote_controller_id("nvme0");
    request.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_MULTIPATH);
    if (!psk.empty()) {
      request.mutable_nvme_remote_controller()->mutable_tcp()->set_psk(psk);
    }
    return world->call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request);
  }
  static opi::CreateNvmePathRequest path_request(const std::string& id = "path1",
                                                 const std::string& address = "192.0.2.1") {
    opi::CreateNvmePathRequest request;
    request.set_parent("nvmeRemoteControllers/nvme0");
    request.set_nvme_path_id(id);
    auto& path = *request.mutable_nvme_path();
    path.set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
    path.set_traddr(address);
    path.mutable_fabrics()->set_trsvcid(4420);
    path.mutable_fabrics()->set_adrfam(opi::NVME_ADDRESS_FAMILY_IPV4);
    path.mutable_fabrics()->set_subnqn("nqn.2016-06.io.example:target");
    return request;
  }
  // Does not wait for the answer.
  void begin_path(std::optional<Result<void>>& answer, const std::string& id = "path1",
                  const std::string& address = "192.0.2.1") {
    const auto& method = *opi::NvmePath::descriptor()->file()->FindServiceByName("NvmeRemoteControllerService");
    world->model->call(*method.FindMethodByName("CreateNvmePath"), model::clone(path_request(id, address)),
                       [&answer](const Result<std::unique_ptr<model::Message>>& reply) {
                         answer = reply.has_value() ? Result<void>{} : std::unexpected(reply.error());
                       });
  }
  Result<opi::NvmePath> create_path(const std::string& id = "path1", const std::string& address = "192.0.2.1") {
    return world->call<opi::NvmePath>("CreateNvmePath", path_request(id, address));
  }
  Result<Empty> delete_path(const std::string& id = "path1") {
    opi::DeleteNvmePathRequest request;
    request.set_name("nvmeRemoteControllers/nvme0/nvmePaths/" + id);
    return world->call<Empty>("DeleteNvmePath", request);
  }
  Result<opi::QosVolume> create_qos(const std::string& below) {
    opi::CreateQosVolumeRequest request;
    request.set_qos_volume_id("qos1");
    request.mutable_qos_volume()->set_volume_name_ref(below);
    request.mutable_qos_volume()->mutable_limits()->mutable_max()->set_rw_bandwidth_mbs(10);
    return world->call<opi::QosVolume>("CreateQosVolume", request);
  }
  Result<Empty> delete_qos() {
    opi::DeleteQosVolumeRequest request;
    request.set_name("qos1");
    return world->call<Empty>("DeleteQosVolume", request);
  }
  Result<v1::Volume> volume(const std::string& name) {
    v1::GetVolumeRequest request;
    request.set_name(name);
    return world->call<v1::Volume>("GetVolume", request);
  }
  v1::NvmeRemoteState state() {
    v1::GetNvmeRemoteStateRequest request;
    request.set_name("nvmeRemoteControllers/nvme0");
    return world->call<v1::NvmeRemoteState>("GetNvmeRemoteState", request).value_or(v1::NvmeRemoteState{});
  }
  void connect() {
    ASSERT_TRUE(create_controller().has_value());
    const auto made = create_path();
    ASSERT_TRUE(made.has_value()) << made.error().what;
  }

  core::ManualClock clock;
  CountingStore store;
  Target target;
  std::unique_ptr<World> world;
};

}  // namespace outrigger::apply
