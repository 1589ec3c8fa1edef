// World: a model with fake hooks on a reactor that the test drives by hand, in virtual time. For model's
// tests only.
#pragma once

#include "core/clock.h"
#include "core/kept_job.h"
#include "model/kinds.h"
#include "model/names.h"
#include "outrigger/v1/device.pb.h"
#include "outrigger/v1/host.pb.h"
#include "outrigger/v1/nvme.pb.h"
#include "outrigger/v1/nvme_remote.pb.h"
#include "outrigger/v1/qos_burst.pb.h"
#include "outrigger/v1/volume.pb.h"
#include "storage/backend_aio.pb.h"
#include "storage/backend_malloc.pb.h"
#include "storage/backend_null.pb.h"
#include "storage/backend_nvme.pb.h"
#include "storage/frontend_nvme.pb.h"
#include "storage/frontend_virtio_blk.pb.h"
#include "storage/middleend_encryption.pb.h"
#include "storage/middleend_qos_volume.pb.h"

#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

// Every kind's hooks: remembers what is real, refuses when told to, and can be held in the middle of a job.
class FakeHooks final : public Hooks {
 public:
  // What is real: id → serialised resource. Kept by whoever owns it, as a world outlives a daemon's crash.
  explicit FakeHooks(std::map<std::string, std::string>& real) : real_(real) {}

  Result<void> admit(const Intent&) override {
    return refuse_admit.has_value() ? Result<void>(std::unexpected(*refuse_admit)) : Result<void>{};
  }

  core::Job<Result<void>> realise(Intent intent) override {
    ++realise_count;
    last_was_restore = intent.is_restore;
    last_had_before = intent.before != nullptr;
    const Busy busy(busy_, intent.id);
    if (hold != nullptr) {
      core::Event<int>& event = *hold;
      co_await event;
    }
    if (refuse_realise.has_value()) {
      co_return std::unexpected(*refuse_realise);
    }
    real_[intent.id] = intent.resource->SerializeAsString();
    if (intent.options != nullptr) {
      options[intent.id] = intent.options->SerializeAsString();
    }
    co_return Result<void>{};
  }

  core::Job<Result<void>> withdraw(Intent intent) override {
    ++withdraw_count;
    const Busy busy(busy_, intent.id);
    if (hold != nullptr) {
      core::Event<int>& event = *hold;
      co_await event;
    }
    if (refuse_withdraw.has_value()) {
      co_return std::unexpected(*refuse_withdraw);
    }
    check(real_.erase(intent.id) == 1, "only what is realised is withdrawn");
    co_return Result<void>{};
  }

  void observe(const Intent& intent, Message& into) override {
    check(real_.contains(intent.id), "only what is realised is observed");
    check(!busy_.contains(intent.id), "nothing is observed in the middle of its job");
    if (into.GetDescriptor() == opi::AioVolume::descriptor()) {
      auto& volume = static_cast<opi::AioVolume&>(into);
      volume.set_blocks_count(1000);
      volume.set_block_size(volume.block_size() == 0 ? 4096 : volume.block_size());
    }
  }

  void describe(const Intent&, Message& view) override {
    if (view.GetDescriptor() == v1::Volume::descriptor()) {
      static_cast<v1::Volume&>(view).set_block_size(512);
    } else if (view.GetDescriptor() == v1::Device::descriptor()) {
      static_cast<v1::Device&>(view).set_socket_path("/run/outrigger/disk.sock");
    }
  }

  Result<VolumeCounters> stats(const Intent&) override { return counters; }
  Result<void> reset(const Intent&) override {
    ++reset_count;
    return {};
  }

  std::optional<Error> refuse_admit, refuse_realise, refuse_withdraw;
  core::Event<int>* hold = nullptr;
  VolumeCounters counters;
  std::map<std::string, std::string> options;
  int realise_count = 0;
  int withdraw_count = 0;
  int reset_count = 0;
  bool last_was_restore = false;
  bool last_had_before = false;

 private:
  // While it lives, a job for the resource is under way: there is never another.
  struct Busy {
    Busy(std::set<std::string>& set, const std::string& id) : ids(set), own(id) {
      check(ids.insert(own).second, "one job at a time for a resource");
    }
    ~Busy() { ids.erase(own); }
    std::set<std::string>& ids;
    std::string own;
  };

  std::map<std::string, std::string>& real_;
  std::set<std::string> busy_;
};

// A store that can be told to refuse.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(Store& below) : below_(below) {}
  Result<std::vector<Record>> load() override { return below_.load(); }
  Result<void> put(const Record& record) override {
    OR_TRY(admit());
    return below_.put(record);
  }
  Result<void> erase(std::string_view kind, std::string_view key) override {
    OR_TRY(admit());
    return below_.erase(kind, key);
  }
  // Changes that still succeed before every one fails; -1: all succeed.
  int left = -1;

 private:
  Result<void> admit() {
    if (left == 0) {
      return fail(Code::ResourceExhausted, "no space left for the store");
    }
    left -= left > 0 ? 1 : 0;
    return {};
  }
  Store& below_;
};

// A call under way: answered when `reply` is there.
struct PendingCall {
  std::optional<Result<std::unique_ptr<Message>>> reply;
};

class World {
 public:
  explicit World(Store& store, std::map<std::string, std::string>& real, uint64_t seed = 1) : faulty(store) {
    auto made = core::Reactor::create({.name = "test", .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "a reactor is made");
    reactor = std::move(*made);
    for (auto* slot : {&null_volume, &malloc_volume, &aio_volume, &qos_volume, &encrypted_volume}) {
      *slot = std::make_unique<FakeHooks>(real);
    }
    for (auto* slot : {&host, &virtio_blk, &nvme_subsystem, &nvme_controller, &nvme_namespace, &nvme_remote_controller,
                       &nvme_path, &nvme_remote_namespace}) {
      *slot = std::make_unique<FakeHooks>(devices_real);
    }
    model = std::make_unique<Model>(*reactor, faulty, seed);
    add_standard_kinds(*model,
                       {.host = *host,
                        .null_volume = *null_volume,
                        .malloc_volume = *malloc_volume,
                        .aio_volume = *aio_volume,
                        .qos_volume = *qos_volume,
                        .encrypted_volume = *encrypted_volume,
                        .virtio_blk = *virtio_blk,
                        .nvme_subsystem = *nvme_subsystem,
                        .nvme_controller = *nvme_controller,
                        .nvme_namespace = *nvme_namespace,
                        .nvme_remote_controller = *nvme_remote_controller,
                        .nvme_path = *nvme_path,
                        .nvme_remote_namespace = *nvme_remote_namespace},
                       "/nonexistent");
  }
  ~World() { stop(); }

  // Ends what is under way, which must be able to end, and the model.
  void stop() {
    if (model == nullptr) {
      return;
    }
    bool is_stopped = false;
    core::spawn(core::keep(model->stop(), &is_stopped));
    turn_until([&] { return is_stopped; });
    model.reset();
  }

  Result<void> restore() {
    std::optional<Result<void>> result;
    core::spawn(core::keep(model->restore(), &result));
    turn_until([&] { return result.has_value(); });
    return *result;
  }

  // Time goes on by a little, for rows that wait for their turn: less than what is tried again waits.
  template <typename Done>
  void turn_until(Done done) {
    for (int i = 0; i < 10'000 && !done(); ++i) {
      reactor->run_turn();
      clock.advance(10'000);
    }
    check(done(), "the test's reactor has work that ends");
  }

  static const google::protobuf::MethodDescriptor& method(std::string_view name) {
    for (const auto* service : api_services()) {
      if (const auto* const found = service->FindMethodByName(std::string(name))) {
        return *found;
      }
    }
    check(false, "a method of that name");
    std::abort();
  }

  // Starts a call; the name alone says the service, since no two share one.
  std::unique_ptr<PendingCall> start(std::string_view name, const Message& request) {
    auto pending = std::make_unique<PendingCall>();
    PendingCall& slot = *pending;
    model->call(method(name), clone(request), [&slot](Result<std::unique_ptr<Message>> reply) {
      check(!slot.reply.has_value(), "a call is answered once");
      slot.reply.emplace(std::move(reply));
    });
    return pending;
  }

  template <typename Response>
  static Result<Response> answer(const PendingCall& call) {
    if (!call.reply->has_value()) {
      return std::unexpected(call.reply->error());
    }
    return static_cast<const Response&>(***call.reply);
  }

  template <typename Response>
  Result<Response> call(std::string_view name, const Message& request) {
    const auto pending = start(name, request);
    turn_until([&] { return pending->reply.has_value(); });
    return answer<Response>(*pending);
  }

  Result<opi::MallocVolume> create_malloc(const std::string& id, int64_t blocks = 64, int64_t block_size = 512) {
    opi::CreateMallocVolumeRequest request;
    request.set_malloc_volume_id(id);
    request.mutable_malloc_volume()->set_block_size(block_size);
    request.mutable_malloc_volume()->set_blocks_count(blocks);
    return call<opi::MallocVolume>("CreateMallocVolume", request);
  }
  Result<opi::MallocVolume> get_malloc(const std::string& name) {
    opi::GetMallocVolumeRequest request;
    request.set_name(name);
    return call<opi::MallocVolume>("GetMallocVolume", request);
  }
  Result<google::protobuf::Empty> delete_malloc(const std::string& name, bool allow_missing = false) {
    opi::DeleteMallocVolumeRequest request;
    request.set_name(name);
    request.set_allow_missing(allow_missing);
    return call<google::protobuf::Empty>("DeleteMallocVolume", request);
  }
  Result<opi::QosVolume> create_qos(const std::string& id, const std::string& below, int64_t rw_mbs = 10) {
    opi::CreateQosVolumeRequest request;
    request.set_qos_volume_id(id);
    request.mutable_qos_volume()->set_volume_name_ref(below);
    request.mutable_qos_volume()->mutable_limits()->mutable_max()->set_rw_bandwidth_mbs(rw_mbs);
    return call<opi::QosVolume>("CreateQosVolume", request);
  }
  Result<v1::Host> create_host(const std::string& id, int32_t port) {
    v1::CreateHostRequest request;
    request.set_host_id(id);
    request.mutable_host()->mutable_port_id()->set_value(port);
    return call<v1::Host>("CreateHost", request);
  }
  static opi::CreateVirtioBlkRequest disk_request(const std::string& id, const std::string& volume, int32_t port,
                                                  int32_t function) {
    opi::CreateVirtioBlkRequest request;
    request.set_virtio_blk_id(id);
    auto& disk = *request.mutable_virtio_blk();
    disk.set_volume_name_ref(volume);
    disk.mutable_pcie_id()->mutable_port_id()->set_value(port);
    disk.mutable_pcie_id()->mutable_physical_function()->set_value(function);
    disk.mutable_pcie_id()->mutable_virtual_function()->set_value(0);
    return request;
  }
  Result<opi::VirtioBlk> create_disk(const std::string& id, const std::string& volume, int32_t port = 0,
                                     int32_t function = 0) {
    return call<opi::VirtioBlk>("CreateVirtioBlk", disk_request(id, volume, port, function));
  }

  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor;
  FaultyStore faulty;
  std::map<std::string, std::string> devices_real;
  std::unique_ptr<FakeHooks> host, null_volume, malloc_volume, aio_volume, qos_volume, encrypted_volume, virtio_blk;
  std::unique_ptr<FakeHooks> nvme_subsystem, nvme_controller, nvme_namespace;
  std::unique_ptr<FakeHooks> nvme_remote_controller, nvme_path, nvme_remote_namespace;
  std::unique_ptr<Model> model;
};

class ModelTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Result<void> restored = world.restore();
    ASSERT_TRUE(restored.has_value()) << restored.error().what;
  }

  MemoryStore store;
  std::map<std::string, std::string> real;
  World world{store, real};
};

template <typename T>
void expect_error(const Result<T>& result, Code code, std::string_view part) {
  ASSERT_FALSE(result.has_value()) << "expected " << code_name(code) << ": " << part;
  EXPECT_EQ(code_name(result.error().code), code_name(code)) << result.error().what;
  EXPECT_NE(result.error().what.find(part), std::string::npos) << result.error().what;
}

template <typename T>
::testing::AssertionResult succeeds(const char* expression, const Result<T>& result) {
  return result.has_value() ? ::testing::AssertionSuccess()
                            : ::testing::AssertionFailure() << expression << ": " << result.error().what;
}

#define OR_EXPECT_OK(result) EXPECT_PRED_FORMAT1(::outrigger::model::succeeds, result)
#define OR_ASSERT_OK(result) ASSERT_PRED_FORMAT1(::outrigger::model::succeeds, result)

}  // namespace outrigger::model
