// What a discovery makes of what its discovery controllers show.
#include "apply/discovery_rig.h"
#include "model/jobs.h"
#include "model/nvme_discovery_limits.h"
#include "storage/middleend_qos_volume.pb.h"

#include <gmock/gmock.h>

namespace outrigger::apply {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

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
