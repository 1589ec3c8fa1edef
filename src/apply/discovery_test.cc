// Discoveries through a real model, over feeds that show what the test says: no sockets, virtual time.
#include "apply/discovery_hooks.h"
#include "apply/model_turns.h"
#include "core/clock.h"
#include "model/jobs.h"
#include "model/kinds.h"
#include "model/model.h"
#include "model/nvme_discovery.h"
#include "model/nvme_discovery_limits.h"
#include "outrigger/v1/nvme_discovery.pb.h"
#include "storage/backend_nvme.pb.h"
#include "storage/middleend_qos_volume.pb.h"

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>

#include <list>

namespace outrigger::apply {
namespace {

using google::protobuf::Empty;
using nvme_host::DiscoveryRecord;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

constexpr const char* disks = "nqn.2026-11.org.example:disks";
constexpr const char* tapes = "nqn.2026-11.org.example:tapes";

// One discovery controller, as the test wants it.
class FakeFeed final : public nvme_host::DiscoveryFeed {
 public:
  FakeFeed(std::list<FakeFeed*>& all, nvme_host::DiscoveryOptions options, Changed changed)
      : all_(all), options_(std::move(options)), changed_(std::move(changed)) {
    all_.push_back(this);
  }
  ~FakeFeed() override {
    check(!is_running_, "a feed is stopped before it is destroyed");
    all_.remove(this);
  }
  void start() override { is_running_ = true; }
  core::Job<void> stop() override {
    is_running_ = false;
    co_return;
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

 private:
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

DiscoveryRecord subsystem(std::string nqn, std::string traddr, std::string trsvcid = "4420") {
  DiscoveryRecord record;
  record.traddr = std::move(traddr);
  record.trsvcid = std::move(trsvcid);
  record.subnqn = std::move(nqn);
  return record;
}
DiscoveryRecord referral(std::string traddr, std::string trsvcid = "8009") {
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
          return std::make_unique<FakeFeed>(feeds, std::move(options), std::move(changed));
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

TEST_F(DiscoveryHooks, what_is_shown_comes_and_goes) {
  ASSERT_TRUE(follow().has_value());
  ASSERT_THAT(world->feeds, SizeIs(1));
  EXPECT_EQ(world->feeds.front()->options().subnqn, nvme::discovery_nqn);
  EXPECT_EQ(get().state(), v1::NvmeDiscovery::CONNECTING);
  EXPECT_THAT(get().state_reason(), HasSubstr("192.0.2.1:8009: no answer yet"));
  show({subsystem(disks, "192.0.2.1"), subsystem(disks, "198.51.100.1"), subsystem(tapes, "2001:db8::1")});
  auto ipv6 = subsystem(tapes, "2001:db8::1");
  ipv6.adrfam = nvme::AddressFamily::Ipv6;
  show({subsystem(disks, "192.0.2.1"), subsystem(disks, "198.51.100.1"), ipv6});
  EXPECT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-1-4420"), key(disks, "at-198-51-100-1-4420"),
                                   key(tapes, "at-2001-db8--1--4420")));
  EXPECT_EQ(controllers().front().substr(0, 14), "fabric0-disks-");
  EXPECT_EQ(get().state(), v1::NvmeDiscovery::FOLLOWING);
  EXPECT_EQ(get().generation(), 2U);
  EXPECT_EQ(get().entry_count(), 3);
  EXPECT_EQ(get().entries(0).state(), v1::NvmeDiscoveryEntry::MADE);
  show({subsystem(disks, "198.51.100.1")});
  EXPECT_THAT(paths(), ElementsAre(key(disks, "at-198-51-100-1-4420")));
  EXPECT_THAT(controllers(), SizeIs(1));
  ASSERT_TRUE(stop_following().has_value());
  EXPECT_THAT(controllers(), IsEmpty());
  EXPECT_THAT(world->feeds, IsEmpty());
}

TEST_F(DiscoveryHooks, a_discovery_controller_that_is_away_changes_nothing) {
  ASSERT_TRUE(follow().has_value());
  show({subsystem(disks, "192.0.2.1"), referral("192.0.2.2")});
  show({subsystem(tapes, "192.0.2.2")}, "192.0.2.2:8009");
  ASSERT_THAT(paths(), SizeIs(2));
  world->feed("192.0.2.2:8009")->lose();
  world->pass(60'000);
  EXPECT_THAT(paths(), SizeIs(2));
  EXPECT_EQ(get().state(), v1::NvmeDiscovery::CONNECTING);
  EXPECT_EQ(get().state_reason(), "the cable");
  // After a start nothing goes before both were heard.
  restart();
  world->pass(60'000);
  EXPECT_THAT(paths(), SizeIs(2));
  show({referral("192.0.2.2")});
  EXPECT_THAT(paths(), SizeIs(2));
  show({subsystem(tapes, "192.0.2.2")}, "192.0.2.2:8009");
  EXPECT_THAT(paths(), ElementsAre(key(tapes, "at-192-0-2-2-4420")));
}

TEST_F(DiscoveryHooks, referrals_without_end_or_in_a_circle_are_bounded) {
  ASSERT_TRUE(follow().has_value());
  // Each refers to the first and to two of its own; nobody refers deeper than four levels.
  for (int round = 0; round < 8; ++round) {
    const auto all = world->feeds;
    for (FakeFeed* each : all) {
      if (!each->has_log()) {
        const size_t number = std::hash<std::string>{}(each->address());
        each->show({referral("192.0.2.1"), referral(fmt::format("198.51.{}.1", number % 200)),
                    referral(fmt::format("198.51.{}.2", number % 200)), referral("localhost"),
                    referral("192.0.2.1", "0"), referral("192.0.2.1", "x")});
      }
    }
    world->pass();
  }
  EXPECT_LE(world->feeds.size(), discovery_sources_max);
  EXPECT_GT(world->feeds.size(), 4U);
  int32_t deepest = 0;
  const auto shown = get();
  for (const auto& source : shown.sources()) {
    deepest = std::max(deepest, source.depth());
  }
  EXPECT_LE(deepest, static_cast<int32_t>(discovery_depth_max));
  show({});
  EXPECT_THAT(world->feeds, SizeIs(1)) << "what nobody refers to is followed no more";
}

TEST_F(DiscoveryHooks, as_many_referrals_as_are_followed) {
  ASSERT_TRUE(follow().has_value());
  std::vector<DiscoveryRecord> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(referral(fmt::format("198.51.{}.{}", i / 250, 1 + i % 250)));
  }
  show(many);
  EXPECT_THAT(world->feeds, SizeIs(discovery_sources_max));
  EXPECT_EQ(get().sources_size(), static_cast<int>(discovery_sources_max));
}

TEST_F(DiscoveryHooks, what_is_in_use_stays_and_says_so) {
  ASSERT_TRUE(follow().has_value());
  show({subsystem(disks, "192.0.2.1")});
  world->paths.refuse_withdraw = Error{Code::FailedPrecondition, "in use by volumes/limited"};
  show({});
  ASSERT_THAT(paths(), SizeIs(1));
  ASSERT_EQ(get().entries_size(), 1);
  EXPECT_EQ(get().entries(0).state(), v1::NvmeDiscoveryEntry::GONE);
  EXPECT_THAT(get().entries(0).state_reason(), HasSubstr("in use by volumes/limited"));
  const auto refused = stop_following();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
  world->paths.refuse_withdraw.reset();
  world->discoveries->changed({.what = model::Change::What::Deleted, .kind = "", .name = ""});
  world->pass();
  EXPECT_THAT(paths(), IsEmpty());
  EXPECT_THAT(controllers(), IsEmpty());
  EXPECT_EQ(get().entries_size(), 0);
}

TEST_F(DiscoveryHooks, what_cannot_be_made_is_tried_again) {
  world->paths.refuse_realise = Error{Code::Unavailable, "not now"};
  ASSERT_TRUE(follow().has_value());
  show({subsystem(disks, "192.0.2.1")});
  ASSERT_EQ(get().entries_size(), 1);
  EXPECT_EQ(get().entries(0).state(), v1::NvmeDiscoveryEntry::WAITING);
  EXPECT_EQ(get().entries(0).state_reason(), "not now");
  const int tries = world->paths.realised;
  world->pass(60'000);
  EXPECT_LE(world->paths.realised, tries + 10) << "less and less often";
  world->paths.refuse_realise.reset();
  world->pass(40'000);
  EXPECT_EQ(get().entries(0).state(), v1::NvmeDiscoveryEntry::MADE);
}

opi::CreateNvmeRemoteControllerRequest empty_controller(const std::string& id) {
  opi::CreateNvmeRemoteControllerRequest controller;
  controller.set_nvme_remote_controller_id(id);
  controller.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_MULTIPATH);
  return controller;
}

TEST_F(DiscoveryHooks, a_controller_without_a_path_goes_when_it_is_not_wanted) {
  for (const char* others : {"nvme0", "fabric0-mine", "fabric00-disks-01234567", "fabric0-disks-0123456g"}) {
    ASSERT_TRUE(
        world->call<opi::NvmeRemoteController>("CreateNvmeRemoteController", empty_controller(others)).has_value());
  }
  const size_t count = controllers().size();
  world->paths.refuse_realise = Error{Code::Unavailable, "not now"};
  ASSERT_TRUE(follow().has_value());
  show({subsystem(disks, "192.0.2.1")});
  EXPECT_THAT(paths(), IsEmpty());
  EXPECT_THAT(controllers(), SizeIs(count + 1)) << "the path is tried again";
  show({});
  EXPECT_THAT(controllers(), SizeIs(count));
  // One that a crash left behind, before and after its discovery controller was heard.
  show({subsystem(disks, "192.0.2.1")});
  ASSERT_THAT(controllers(), SizeIs(count + 1));
  restart();
  world->pass(1000);
  EXPECT_THAT(controllers(), SizeIs(count + 1));
  show({subsystem(tapes, "192.0.2.1")});
  EXPECT_THAT(controllers(), testing::Contains(model::nvme_discovered_controller_id("fabric0", tapes)));
  EXPECT_THAT(controllers(), SizeIs(count + 1));
}

// A name that looks like one of its own may be anybody's: of a client that gives keys before paths, of another
// discovery.
TEST_F(DiscoveryHooks, a_controller_that_it_did_not_make_stays) {
  const std::string exactly = model::nvme_discovered_controller_id("fabric0", tapes);
  for (const std::string& others : {exactly, std::string("fabric0-backup-20261101")}) {
    ASSERT_TRUE(
        world->call<opi::NvmeRemoteController>("CreateNvmeRemoteController", empty_controller(others)).has_value());
  }
  ASSERT_TRUE(follow().has_value());
  show({});
  EXPECT_THAT(controllers(), UnorderedElementsAre(exactly, "fabric0-backup-20261101"));
  // Also where it used one for a while.
  show({subsystem(tapes, "192.0.2.1")});
  EXPECT_THAT(paths(), SizeIs(1));
  show({});
  EXPECT_THAT(paths(), IsEmpty());
  EXPECT_THAT(controllers(), UnorderedElementsAre(exactly, "fabric0-backup-20261101"));
  // What `fabric0` makes of a target called `far-disks` looks as if `fabric0-far` had made it.
  world->paths.refuse_realise = Error{Code::Unavailable, "not now"};
  show({subsystem("nqn.2026-11.org.example:far-disks", "192.0.2.1")});
  const std::string awaited = model::nvme_discovered_controller_id("fabric0", "nqn.2026-11.org.example:far-disks");
  ASSERT_THAT(controllers(), testing::Contains(awaited));
  ASSERT_TRUE(follow({}, "fabric0-far").has_value());
  for (FakeFeed* const feed : world->feeds) {
    feed->show(feed->log().records);
  }
  world->pass(1000);
  EXPECT_THAT(world->deleted, testing::Not(testing::Contains(HasSubstr(awaited))));
  ASSERT_TRUE(stop_following().has_value());
  EXPECT_THAT(controllers(), UnorderedElementsAre(exactly, "fabric0-backup-20261101"));
}

TEST_F(DiscoveryHooks, a_deletion_that_somebody_came_before_takes_nothing_away) {
  ASSERT_TRUE(follow().has_value());
  show({subsystem(disks, "192.0.2.1"), subsystem(tapes, "192.0.2.1")});
  const std::string controller = model::nvme_discovered_controller_id("fabric0", tapes);
  auto space = std::make_shared<opi::NvmeRemoteNamespace>();
  space->set_nsid(1);
  ASSERT_TRUE(
      world->run(world->model->found(*space->GetDescriptor(), fmt::format("{0}/{0}n1", controller), space, nullptr))
          .has_value());
  // A round is under way, for which the deletion waits.
  std::vector<DiscoveryRecord> many{subsystem(disks, "192.0.2.1"), subsystem(tapes, "192.0.2.1")};
  for (int i = 2; i < 200; ++i) {
    many.push_back(subsystem(fmt::format("nqn.2026-11.org.example:s{}", i), "192.0.2.1"));
  }
  world->feeds.front()->show(many);
  world->pass(150);
  std::optional<Result<void>> refused;
  v1::DeleteNvmeDiscoveryRequest request;
  request.set_name("nvmeDiscoveries/fabric0");
  const auto& method = *v1::NvmeDiscovery::descriptor()->file()->FindServiceByName("NvmeDiscoveryService");
  world->model->call(*method.FindMethodByName("DeleteNvmeDiscovery"), model::clone(request),
                     [&refused](const Result<std::unique_ptr<model::Message>>& reply) {
                       refused = reply.has_value() ? Result<void>{} : std::unexpected(reply.error());
                     });
  opi::CreateQosVolumeRequest qos;
  qos.set_qos_volume_id("limited");
  qos.mutable_qos_volume()->set_volume_name_ref(controller + "n1");
  qos.mutable_qos_volume()->mutable_limits()->mutable_max()->set_rw_bandwidth_mbs(10);
  ASSERT_FALSE(refused.has_value());
  ASSERT_TRUE(world->call<opi::QosVolume>("CreateQosVolume", qos).has_value());
  world->turn_until([&] { return refused.has_value(); });
  ASSERT_FALSE(refused->has_value());
  EXPECT_THAT(refused->error().what, HasSubstr("n1 is in use by volumes/limited"));
  EXPECT_THAT(world->deleted, IsEmpty());
}

TEST_F(DiscoveryHooks, what_is_left_alone) {
  v1::NvmeDiscovery wanted;
  wanted.add_subnqns(disks);
  wanted.set_multipath(opi::NVME_MULTIPATH_DISABLE);
  ASSERT_TRUE(follow(wanted).has_value());
  auto secure = subsystem(disks, "192.0.2.9");
  secure.requires_secure_channel = true;
  auto rdma = subsystem(disks, "192.0.2.8");
  rdma.trtype = nvme::TransportType::Rdma;
  show({subsystem(tapes, "192.0.2.1"), subsystem(disks, "192.0.2.1"), subsystem(disks, "192.0.2.2"), secure, rdma,
        subsystem(disks, "host.example"), subsystem(disks, "192.0.2.3", "0"), subsystem("nonsense", "192.0.2.1")});
  EXPECT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-1-4420")));
  ASSERT_EQ(get().entries_size(), 3);
  EXPECT_THAT(get().entries(1).state_reason(), HasSubstr("has 1 paths, which is all it may have"));
  EXPECT_THAT(get().entries(2).state_reason(), HasSubstr("requires TLS"));
}

TEST_F(DiscoveryHooks, another_way_that_is_there_is_left_alone) {
  opi::CreateNvmeRemoteControllerRequest controller;
  controller.set_nvme_remote_controller_id("nvme0");
  controller.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_MULTIPATH);
  ASSERT_TRUE(world->call<opi::NvmeRemoteController>("CreateNvmeRemoteController", controller).has_value());
  opi::CreateNvmePathRequest path;
  path.set_parent("nvmeRemoteControllers/nvme0");
  path.set_nvme_path_id("path1");
  path.mutable_nvme_path()->set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
  path.mutable_nvme_path()->set_traddr("192.0.2.1");
  auto& fabrics = *path.mutable_nvme_path()->mutable_fabrics();
  fabrics.set_trsvcid(4420);
  fabrics.set_adrfam(opi::NVME_ADDRESS_FAMILY_IPV4);
  fabrics.set_subnqn(disks);
  ASSERT_TRUE(world->call<opi::NvmePath>("CreateNvmePath", path).has_value());
  ASSERT_TRUE(follow().has_value());
  show({subsystem(disks, "192.0.2.1")});
  EXPECT_THAT(paths(), ElementsAre("nvme0/path1"));
  EXPECT_THAT(get().entries(0).state_reason(), HasSubstr("nvmeRemoteControllers/nvme0 leads there already"));
  opi::DeleteNvmePathRequest gone;
  gone.set_name("nvmeRemoteControllers/nvme0/nvmePaths/path1");
  ASSERT_TRUE(world->call<Empty>("DeleteNvmePath", gone).has_value());
  world->pass();
  EXPECT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-1-4420")));
  // Nobody takes it away but who made it.
  gone.set_name(fmt::format("nvmeRemoteControllers/{}/nvmePaths/at-192-0-2-1-4420", controllers().front()));
  const auto refused = world->call<Empty>("DeleteNvmePath", gone);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().what, HasSubstr("was made by nvmeDiscoveries/fabric0"));
}

TEST_F(DiscoveryHooks, more_than_it_connects_to) {
  ASSERT_TRUE(follow().has_value());
  std::vector<DiscoveryRecord> many;
  for (size_t i = 0; i < 20; ++i) {
    many.push_back(subsystem(disks, fmt::format("192.0.2.{}", i + 1)));
  }
  for (size_t i = 0; i < discovery_entries_max; ++i) {
    many.push_back(subsystem(fmt::format("nqn.2026-11.org.example:s{}", i), "192.0.2.1"));
  }
  show(many);
  world->pass(20'000);
  EXPECT_EQ(get().entry_count(), static_cast<int32_t>(discovery_entries_max));
  EXPECT_EQ(get().entries_size(), discovery_entries_shown_max);
  EXPECT_THAT(paths(), SizeIs(discovery_entries_max - 5)) << "fifteen paths of one subsystem";
}

constexpr const char* tls_key = "NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";
constexpr const char* dhchap_key = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:";
constexpr const char* other_key = "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:";

class DiscoveryKeys : public DiscoveryHooks {
 protected:
  static v1::NvmeDiscovery with_all() {
    v1::NvmeDiscovery wanted;
    wanted.set_tls_key(tls_key);
    wanted.set_dhchap_key(dhchap_key);
    wanted.set_dhchap_controller_key(other_key);
    wanted.add_hashes(v1::NvmeHostSecurity::SHA_384);
    wanted.add_dh_groups(v1::NvmeHostSecurity::FFDHE3072);
    wanted.set_tls_identity_version(1);
    return wanted;
  }
  Result<v1::NvmeDiscovery> update(v1::NvmeDiscovery wanted, const std::vector<std::string>& paths) {
    v1::UpdateNvmeDiscoveryRequest request;
    wanted.set_name("nvmeDiscoveries/fabric0");
    *request.mutable_nvme_discovery() = std::move(wanted);
    request.mutable_update_mask()->mutable_paths()->Add(paths.begin(), paths.end());
    auto updated = world->call<v1::NvmeDiscovery>("UpdateNvmeDiscovery", request);
    world->pass();
    return updated;
  }
  const nvme_host::PathSecurity* security() const { return world->feeds.front()->options().security.get(); }
  opi::NvmeRemoteController controller(const std::string& id) const {
    const auto all = world->model->found_below(*opi::NvmeRemoteController::descriptor(), "");
    return all.contains(id) ? static_cast<const opi::NvmeRemoteController&>(*all.at(id)) : opi::NvmeRemoteController();
  }
  v1::NvmeRemoteControllerOptions options(const std::string& id) const {
    const auto stored = world->model->found_options(*opi::NvmeRemoteController::descriptor(), id);
    return stored == nullptr ? v1::NvmeRemoteControllerOptions()
                             : static_cast<const v1::NvmeRemoteControllerOptions&>(*stored);
  }
  const std::string made_ = model::nvme_discovered_controller_id("fabric0", disks);
};

void expect_no_key(const v1::NvmeDiscovery& shown) {
  EXPECT_EQ(shown.tls_key() + shown.dhchap_key() + shown.dhchap_controller_key(), "");
}

TEST_F(DiscoveryKeys, are_for_discovery_controllers_and_what_is_found) {
  const auto followed = follow(with_all());
  ASSERT_TRUE(followed.has_value()) << followed.error().what;
  for (const v1::NvmeDiscovery& shown : {*followed, get()}) {
    expect_no_key(shown);
    EXPECT_TRUE(shown.has_tls_key() && shown.has_dhchap_key() && shown.has_dhchap_controller_key());
  }
  ASSERT_NE(security(), nullptr);
  EXPECT_TRUE(security()->host_key && security()->controller_key && security()->tls_psk);
  EXPECT_FALSE(security()->demands_authentication) << "most discovery services do not ask";
  EXPECT_THAT(security()->algorithms.hashes, ElementsAre(nvme_auth::HashId::Sha384));
  EXPECT_THAT(security()->algorithms.dh_groups, ElementsAre(nvme_auth::DhGroup::Ffdhe3072));
  EXPECT_EQ(security()->psk_version, nvme_auth::PskVersion::V1);
  EXPECT_NE(world->feeds.front()->options().pace, nullptr) << "that of all paths";
  auto secure = subsystem(disks, "192.0.2.9");
  auto beyond = referral("192.0.2.2");
  secure.requires_secure_channel = beyond.requires_secure_channel = true;
  show({secure, beyond});
  ASSERT_THAT(world->feeds, SizeIs(2));
  ASSERT_NE(world->feeds.back()->options().security, nullptr);
  EXPECT_TRUE(world->feeds.back()->options().security->tls_psk.has_value());
  ASSERT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-9-4420")));
  EXPECT_EQ(controller(made_).tcp().psk(), tls_key);
  EXPECT_EQ(options(made_).dhchap_key(), dhchap_key);
  EXPECT_EQ(options(made_).dhchap_controller_key(), other_key);
  EXPECT_THAT(options(made_).hashes(), ElementsAre(v1::NvmeHostSecurity::SHA_384));
  EXPECT_EQ(options(made_).tls_identity_version(), 1);
  // All of it is there after a restart.
  restart();
  world->pass();
  EXPECT_TRUE(security()->host_key && security()->controller_key && security()->tls_psk);
  EXPECT_TRUE(get().has_tls_key());
  EXPECT_EQ(options(made_).dhchap_key(), dhchap_key);
  EXPECT_THAT(paths(), SizeIs(1));
}

TEST_F(DiscoveryKeys, that_change_are_used_at_once) {
  ASSERT_TRUE(follow().has_value());
  EXPECT_EQ(security(), nullptr);
  auto secure = subsystem(tapes, "192.0.2.1");
  secure.requires_secure_channel = true;
  show({subsystem(disks, "192.0.2.1"), secure, referral("192.0.2.2")});
  show({}, "192.0.2.2:8009");
  EXPECT_THAT(paths(), SizeIs(1));
  EXPECT_THAT(get().entries(1).state_reason(), HasSubstr("requires TLS, for which the discovery has no key (tls_key)"));
  v1::NvmeDiscovery wanted;
  wanted.set_tls_key(tls_key);
  const auto updated = update(wanted, {"tls_key"});
  ASSERT_TRUE(updated.has_value()) << updated.error().what;
  expect_no_key(*updated);
  EXPECT_TRUE(updated->has_tls_key());
  // Connected to anew; until there is a list nothing comes or goes.
  ASSERT_THAT(world->feeds, SizeIs(1));
  ASSERT_NE(security(), nullptr);
  EXPECT_TRUE(security()->tls_psk.has_value());
  world->pass(60'000);
  EXPECT_THAT(paths(), SizeIs(1));
  EXPECT_EQ(get().state(), v1::NvmeDiscovery::CONNECTING);
  show({subsystem(disks, "192.0.2.1"), secure, referral("192.0.2.2")});
  EXPECT_THAT(paths(), SizeIs(2));
  EXPECT_EQ(controller(made_).tcp().psk(), "") << "what was there has its own";
  EXPECT_EQ(controller(model::nvme_discovered_controller_id("fabric0", tapes)).tcp().psk(), tls_key);
  // Not by a change of something else.
  wanted.set_queue_size(64);
  ASSERT_TRUE(update(wanted, {"queue_size"}).has_value());
  EXPECT_TRUE(world->feeds.front()->has_log()) << "the same connection";
  EXPECT_TRUE(get().has_tls_key());
  // And taken away by its name.
  ASSERT_TRUE(update({}, {"tls_key"}).has_value());
  EXPECT_FALSE(get().has_tls_key());
  EXPECT_EQ(security(), nullptr);
  show({subsystem(disks, "192.0.2.1"), secure});
  EXPECT_THAT(paths(), SizeIs(2)) << "what was found with it has it";
  auto another = subsystem(disks, "192.0.2.2");
  another.requires_secure_channel = true;
  show({subsystem(disks, "192.0.2.1"), another, secure});
  EXPECT_THAT(paths(), SizeIs(2));
  EXPECT_THAT(get().entries(1).state_reason(), HasSubstr("for which its remote controller has no key"));
}

// What was made before the discovery had keys stays as it is; nothing more is made that is less than they promise.
TEST_F(DiscoveryKeys, make_no_path_of_a_controller_that_has_none) {
  v1::NvmeDiscovery with_tls;
  with_tls.set_tls_key(tls_key);
  v1::NvmeDiscovery with_proof;
  with_proof.set_dhchap_key(dhchap_key);
  with_proof.set_dhchap_controller_key(other_key);
  v1::NvmeDiscovery with_concatenation;
  with_concatenation.set_dhchap_key(dhchap_key);
  with_concatenation.set_secure_channel_concatenation(true);
  const std::vector<DiscoveryRecord> two{subsystem(disks, "192.0.2.1"), subsystem(disks, "192.0.2.2")};
  for (const v1::NvmeDiscovery& wanted : {with_tls, with_proof, with_concatenation}) {
    ASSERT_TRUE(follow().has_value());
    show({two.front()});
    ASSERT_TRUE(update(wanted, {}).has_value());
    show(two);
    EXPECT_THAT(paths(), ElementsAre(key(disks, "at-192-0-2-1-4420")));
    ASSERT_EQ(get().entries_size(), 2);
    EXPECT_EQ(get().entries(0).state(), v1::NvmeDiscoveryEntry::MADE);
    EXPECT_EQ(get().entries(1).state(), v1::NvmeDiscoveryEntry::IGNORED);
    EXPECT_THAT(get().entries(1).state_reason(), HasSubstr(fmt::format("`outrigger update remote {} ", made_)));
    // Other keys than the discovery's are its own affair.
    v1::UpdateNvmeRemoteControllerOptionsRequest request;
    auto& changed = *request.mutable_nvme_remote_controller_options();
    changed.set_name(fmt::format("nvmeRemoteControllers/{}", made_));
    changed.set_dhchap_key(other_key);
    changed.set_dhchap_controller_key(dhchap_key);
    changed.set_secure_channel_concatenation(true);
    ASSERT_TRUE(world->call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request).has_value());
    world->pass();
    EXPECT_THAT(paths(), SizeIs(2));
    ASSERT_TRUE(stop_following().has_value());
  }
}

TEST_F(DiscoveryKeys, concatenation_is_for_what_is_found) {
  v1::NvmeDiscovery wanted;
  wanted.set_dhchap_key(dhchap_key);
  wanted.set_secure_channel_concatenation(true);
  ASSERT_TRUE(follow(wanted).has_value());
  EXPECT_TRUE(security()->host_key.has_value());
  EXPECT_FALSE(security()->concatenates);
  auto secure = subsystem(disks, "192.0.2.9");
  secure.requires_secure_channel = true;
  show({secure});
  EXPECT_TRUE(options(made_).secure_channel_concatenation());
}

TEST_F(DiscoveryKeys, that_cannot_be_are_refused_and_not_told) {
  const auto refused = [this](const auto& set) {
    v1::NvmeDiscovery wanted;
    set(wanted);
    const auto followed = follow(wanted);
    v1::DiscoverNvmeRequest question;
    question.set_traddr("192.0.2.1");
    question.set_tls_key(wanted.tls_key());
    question.set_dhchap_key(wanted.dhchap_key());
    question.set_dhchap_controller_key(wanted.dhchap_controller_key());
    question.set_tls_identity_version(wanted.tls_identity_version());
    *question.mutable_hashes() = wanted.hashes();
    const Result<void> asked = model::check_discover_request(question);
    EXPECT_TRUE(asked.has_value() == wanted.secure_channel_concatenation());
    if (followed.has_value() || followed.error().code != Code::InvalidArgument) {
      return std::string("it was not refused");
    }
    EXPECT_THAT(followed.error().what, testing::Not(HasSubstr("+secret")));
    return followed.error().what + " / " + (asked.has_value() ? "" : asked.error().what);
  };
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_tls_key("NVMeTLSkey-1:01:very+secret:"); }),
              testing::AllOf(HasSubstr("nvme_discovery.tls_key"), HasSubstr("discover_nvme_request.tls_key")));
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_dhchap_key("DHHC-1:00:very+secret:"); }),
              HasSubstr("nvme_discovery.dhchap_key"));
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_dhchap_controller_key(other_key); }),
              HasSubstr("nvme_discovery.dhchap_controller_key: it goes with dhchap_key"));
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_tls_identity_version(2); }), HasSubstr("neither 0 nor 1"));
  EXPECT_THAT(refused([](auto& wanted) { wanted.add_hashes(static_cast<v1::NvmeHostSecurity::Hash>(9)); }),
              HasSubstr("nvme_discovery.hashes"));
  EXPECT_THAT(refused([](auto& wanted) { wanted.set_secure_channel_concatenation(true); }),
              HasSubstr("a TLS key is made by authenticating: give dhchap_key"));
  EXPECT_THAT(refused([](auto& wanted) {
                wanted.set_secure_channel_concatenation(true);
                wanted.set_dhchap_key(dhchap_key);
                wanted.set_tls_key(tls_key);
              }),
              HasSubstr("there is one in tls_key"));
  ASSERT_TRUE(follow(with_all()).has_value());
  const auto alone = update({}, {"dhchap_key"});
  ASSERT_FALSE(alone.has_value());
  EXPECT_THAT(alone.error().what, HasSubstr("it goes with dhchap_key"));
}

TEST(DiscoveryNames, are_short_and_always_the_same) {
  EXPECT_EQ(model::nvme_discovered_controller_id("fabric0", disks),
            model::nvme_discovered_controller_id("fabric0", disks));
  EXPECT_NE(model::nvme_discovered_controller_id("fabric0", disks),
            model::nvme_discovered_controller_id("fabric0", tapes));
  const std::string longest =
      model::nvme_discovered_controller_id(std::string(model::nvme_discovery_id_length_max, 'a'),
                                           "nqn.2014-08.org.nvmexpress:uuid:" + std::string(150, 'F'));
  EXPECT_LE(longest.size() + std::string_view("n1024").size(), 63U);
  EXPECT_EQ(model::nvme_discovered_path_id("[::1]:4420"), "at-1--4420");
  EXPECT_EQ(model::nvme_discovery_address("192.0.2.1", 0), "192.0.2.1:8009");
  EXPECT_EQ(model::nvme_discovery_address("2001:DB8::1", 4420), "[2001:db8::1]:4420");
  EXPECT_EQ(model::nvme_discovery_address("host.example", 0), "");
}

// -- methods that take their time

class Nothing final : public model::Dispatcher {
 public:
  const std::vector<const google::protobuf::ServiceDescriptor*>& services() const override {
    return model::api_services();
  }
  void call(const google::protobuf::MethodDescriptor&, std::unique_ptr<model::Message>, Done done) override {
    done(fail(Code::Unimplemented, "the model's"));
  }
};

core::Job<Result<std::unique_ptr<model::Message>>> wait_for(core::Event<int>* gate) {
  core::Event<int>& event = *gate;
  const int opened = co_await event;
  EXPECT_EQ(opened, 1);
  std::unique_ptr<model::Message> reply = std::make_unique<v1::DiscoverNvmeResponse>();
  co_return reply;
}
core::Job<void> stop_jobs(model::JobDispatcher* jobs, bool* is_over) {
  auto stopping = jobs->stop();
  co_await stopping;
  *is_over = true;
}

TEST(Jobs, are_bounded_and_waited_for) {
  Nothing below;
  model::JobDispatcher jobs(below);
  std::list<core::Event<int>> gates;
  jobs.add_method("outrigger.v1.NvmeDiscoveryService.DiscoverNvme",
                  [&gates](std::shared_ptr<const model::Message>) { return wait_for(&gates.emplace_back()); });
  const auto& service = *v1::NvmeDiscovery::descriptor()->file()->FindServiceByName("NvmeDiscoveryService");
  std::vector<Code> refused;
  size_t answered = 0;
  const auto ask = [&](const char* method) {
    jobs.call(*service.FindMethodByName(method), std::make_unique<v1::DiscoverNvmeRequest>(),
              [&](Result<std::unique_ptr<model::Message>> reply) {
                reply.has_value() ? void(++answered) : refused.push_back(reply.error().code);
              });
  };
  for (size_t i = 0; i < model::method_jobs_max + 2; ++i) {
    ask("DiscoverNvme");
  }
  EXPECT_THAT(refused, ElementsAre(Code::ResourceExhausted, Code::ResourceExhausted));
  gates.front().set(1);
  EXPECT_EQ(answered, 1U);
  ask("DiscoverNvme");
  ask("GetNvmeDiscovery");
  EXPECT_EQ(refused.back(), Code::Unimplemented);
  bool is_over = false;
  core::spawn(stop_jobs(&jobs, &is_over));
  ask("DiscoverNvme");
  EXPECT_EQ(refused.back(), Code::Unavailable);
  for (auto gate = std::next(gates.begin()); gate != gates.end(); ++gate) {
    EXPECT_FALSE(is_over);
    gate->set(1);
  }
  EXPECT_TRUE(is_over);
  EXPECT_EQ(answered, model::method_jobs_max + 1);
}

}  // namespace
}  // namespace outrigger::apply
