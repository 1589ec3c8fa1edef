// Remote controllers, paths and namespaces through a real model, over paths that do what the test says: no sockets.
#include "apply/remote_hooks_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace outrigger::apply {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST_F(RemoteHooks, a_path_that_was_created_is_live_and_its_namespaces_are_volumes) {
  connect();
  const auto made = volume("nvme0n1");
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_EQ(made->state(), v1::Volume::READY);
  EXPECT_EQ(made->uuid(), uuid_11);
  EXPECT_EQ(made->blocks_count(), 2048);
  EXPECT_TRUE(create_qos(uuid_11).has_value());
  const v1::NvmeRemoteState shown = state();
  EXPECT_EQ(shown.state(), v1::NvmeRemoteState::READY);
  EXPECT_THAT(shown.hostnqn(), StartsWith("nqn.2014-08.org.nvmexpress:uuid:"));
  ASSERT_EQ(shown.paths_size(), 1);
  EXPECT_EQ(shown.paths(0).state(), v1::NvmePathState::LIVE);
  EXPECT_EQ(shown.paths(0).cntlid(), 1);
  ASSERT_EQ(shown.namespaces_size(), 1);
  ASSERT_EQ(shown.namespaces(0).reach_size(), 1);
  EXPECT_EQ(shown.namespaces(0).reach(0).path(), "nvmeRemoteControllers/nvme0/nvmePaths/path1");
  EXPECT_EQ(shown.namespaces(0).reach(0).ana(), v1::NvmeRemoteNamespaceState::Reach::OPTIMIZED);
  EXPECT_EQ(world->paths.front()->options().hostid, (std::array<uint8_t, 16>{1}));
  EXPECT_EQ(world->paths.front()->options().controller_loss_ms, -1);
}

TEST_F(RemoteHooks, a_path_that_does_not_come_up_leaves_nothing_but_the_reason) {
  ASSERT_TRUE(create_controller().has_value());
  const struct {
    Answer answer;
    Code code;
    const char* why;
  } cases[] = {{Answer::Refuses, Code::FailedPrecondition, "no path to 192.0.2.1:4420: the host is not allowed"},
               {Answer::Unreachable, Code::Unavailable, "no path to 192.0.2.1:4420: connection refused"},
               {Answer::Silent, Code::Unavailable,
                "no path to 192.0.2.1:4420: no connection within 100 s: it is still connecting"}};
  for (const auto& [answer, code, why] : cases) {
    target.answer = answer;
    const auto made = create_path();
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, code);
    EXPECT_EQ(made.error().what, why);
    EXPECT_EQ(state().paths_size(), 0);
    EXPECT_THAT(world->paths, IsEmpty());
  }
  restart();
  EXPECT_EQ(state().paths_size(), 0) << "nor in the store";
}

TEST_F(RemoteHooks, a_target_that_takes_its_time_is_waited_for_and_the_error_says_how_far_it_got) {
  ASSERT_TRUE(create_controller().has_value());
  target.answer = Answer::Silent;
  std::optional<Result<void>> answer;
  const auto begin = [&] {
    answer.reset();
    begin_path(answer);
    world->pass(30'000);
  };
  const auto why = [&answer] { return answer.has_value() && !answer->has_value() ? answer->error().what : ""; };
  begin();
  ASSERT_EQ(world->paths.size(), 1U) << "six times the time of one step is not too long";
  target.answer = Answer::Accepts;
  world->paths.front()->try_once();
  world->pass(200);
  EXPECT_TRUE(answer.has_value() && answer->has_value());
  ASSERT_TRUE(delete_path().has_value());
  // One that gets somewhere and then no further.
  target.answer = Answer::Silent;
  begin();
  world->paths.front()->reach("enabling the controller");
  world->pass(80'000);
  EXPECT_EQ(why(), "no path to 192.0.2.1:4420: no connection within 100 s: it is still enabling the controller");
  begin();
  world->paths.front()->reach("identifying the controller");
  target.answer = Answer::Unreachable;
  world->paths.front()->try_once();
  world->pass(200);
  EXPECT_EQ(why(), "no path to 192.0.2.1:4420: connection refused (while identifying the controller)");
}

TEST_F(RemoteHooks, whoever_waits_is_told_that_the_daemon_ends) {
  ASSERT_TRUE(create_controller().has_value());
  target.answer = Answer::Silent;
  world->remotes->begin_stop();
  const auto made = create_path();
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().what, HasSubstr("outriggerd is stopping"));
}

TEST_F(RemoteHooks, what_vanishes_goes_when_nobody_uses_it) {
  target.namespaces = {shown(1, 0x11), shown(2, 0x22)};
  connect();
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  target.namespaces.clear();
  world->paths.front()->change_namespaces();
  world->pass(100);
  EXPECT_FALSE(volume("nvme0n2").has_value()) << "nobody used it";
  auto used = volume("nvme0n1");
  ASSERT_TRUE(used.has_value());
  EXPECT_EQ(used->state(), v1::Volume::OFFLINE);
  EXPECT_EQ(used->state_reason(), "the target does not show it any more");
  ASSERT_TRUE(delete_qos().has_value());
  world->pass(1500);
  EXPECT_FALSE(volume("nvme0n1").has_value()) << "its last user went";
  target.namespaces = {shown(1, 0x11), shown(3, 0x33)};
  world->paths.front()->change_namespaces();
  world->pass(100);
  EXPECT_TRUE(volume("nvme0n1").has_value());
  EXPECT_TRUE(volume("nvme0n3").has_value());
}

std::vector<nvme_host::PathNamespace> shown_many(uint32_t count, uint8_t kind) {
  std::vector<nvme_host::PathNamespace> all;
  for (uint32_t nsid = 1; nsid <= count; ++nsid) {
    nvme_host::PathNamespace& made = all.emplace_back(shown(nsid, kind));
    made.uuid[14] = static_cast<uint8_t>(nsid >> 8U);
    made.uuid[15] = static_cast<uint8_t>(nsid);
  }
  return all;
}

TEST_F(RemoteHooks, a_thousand_namespaces_come_and_go_one_record_a_turn) {
  constexpr uint32_t count = nvme_host::remote_namespaces_max;
  target.namespaces = shown_many(count, 0x11);
  connect();
  EXPECT_EQ(state().namespaces_size(), static_cast<int>(count));
  EXPECT_GE(store.total, count);
  EXPECT_LE(store.in_turn_max, 2U) << "the path's own, and then others have their turns in between";
  // And gone, while whoever asks has an answer.
  store.clear();
  target.namespaces.clear();
  world->paths.front()->change_namespaces();
  world->pass(500);
  EXPECT_LT(store.total, count);
  EXPECT_EQ(state().state(), v1::NvmeRemoteState::READY);
  world->turn_until([&] { return store.total == count; });
  EXPECT_EQ(store.in_turn_max, 1U);
  world->pass(2000);
  EXPECT_EQ(state().namespaces_size(), 0);
  EXPECT_EQ(store.total, count) << "and then it is quiet";
}

TEST_F(RemoteHooks, many_namespaces_become_others_one_record_a_turn) {
  constexpr uint32_t count = nvme_host::remote_namespaces_max / 2;  // the old ones and the new ones are there together
  target.namespaces = shown_many(count, 0x11);
  connect();
  store.clear();
  target.namespaces = shown_many(count, 0x77);
  world->paths.front()->change_namespaces();
  world->turn_until([&] { return store.total == 2 * count; });
  EXPECT_EQ(store.in_turn_max, 1U);
  world->pass(2000);
  EXPECT_EQ(store.total, 2 * count) << "and then it is quiet";
  EXPECT_EQ(volume("nvme0n512")->uuid(), "77777777-7777-7777-7777-777777770200");
  EXPECT_EQ(volume("nvme0n512")->state(), v1::Volume::READY);
}

TEST_F(RemoteHooks, as_many_namespaces_as_there_may_be_become_others) {
  constexpr uint32_t count = nvme_host::remote_namespaces_max;
  target.namespaces = shown_many(count, 0x11);
  connect();
  ASSERT_TRUE(create_qos("nvme0n7").has_value());
  target.namespaces = shown_many(count, 0x77);
  world->paths.front()->change_namespaces();
  // There is no room for the new ones before the old ones are let go of, and nothing else happens then.
  world->pass(60'000);
  EXPECT_EQ(state().namespaces_size(), static_cast<int>(count) - 1) << "the one in use has a place";
  EXPECT_EQ(volume("nvme0n7")->state(), v1::Volume::OFFLINE);
  EXPECT_EQ(volume("nvme0n8")->uuid(), "77777777-7777-7777-7777-777777770008");
  EXPECT_EQ(volume("nvme0n1023")->state(), v1::Volume::READY);
  EXPECT_THAT(state().state_reason(), HasSubstr("1 namespaces are too many, such as 1024: at most 1024 are used"));
  ASSERT_TRUE(delete_qos().has_value());
  world->pass(10'000);
  EXPECT_EQ(volume("nvme0n7")->uuid(), "77777777-7777-7777-7777-777777770007");
  EXPECT_EQ(volume("nvme0n1024")->state(), v1::Volume::READY);
  EXPECT_EQ(state().state_reason(), "");
}

TEST_F(RemoteHooks, a_target_that_changes_all_the_time_is_looked_at_at_intervals) {
  connect();
  store.clear();
  constexpr uint64_t changes = 200;  // every 5 ms
  for (uint64_t i = 0; i < changes; ++i) {
    target.namespaces = {shown(1, static_cast<uint8_t>(i % 2 == 0 ? 0x22 : 0x11))};
    world->paths.front()->change_namespaces();
    world->turn();
    clock.advance(5'000'000);
  }
  // Each round takes one row away and brings another.
  EXPECT_LE(store.total, 2 * (1 + changes * 5'000'000 / remote_round_pause_ns));
  EXPECT_GE(store.total, 2U);
  world->pass(500);
  EXPECT_EQ(volume("nvme0n1")->uuid(), uuid_11);
}

TEST_F(RemoteHooks, a_row_of_what_comes_back_during_a_round_stays) {
  // Without an identifier: the volume's UUID is chosen, and would be another.
  constexpr uint32_t count = 40;
  target.namespaces = shown_many(count, 0x11);
  nvme_host::PathNamespace bare = shown(900, 0);
  target.namespaces.push_back(bare);
  connect();
  const std::string uuid = volume("nvme0n900")->uuid();
  target.namespaces = shown_many(count, 0x77);
  world->paths.front()->change_namespaces();
  world->pass(200);  // the round has begun and is not over
  ASSERT_NE(volume("nvme0n40")->uuid(), "77777777-7777-7777-7777-777777770028");
  target.namespaces.push_back(bare);
  world->paths.front()->change_namespaces();
  world->pass(3000);
  EXPECT_EQ(volume("nvme0n40")->uuid(), "77777777-7777-7777-7777-777777770028");
  ASSERT_TRUE(volume("nvme0n900").has_value());
  EXPECT_EQ(volume("nvme0n900")->uuid(), uuid);
  EXPECT_EQ(volume("nvme0n900")->state(), v1::Volume::READY);
}

TEST_F(RemoteHooks, another_namespace_under_a_number_that_is_in_use_is_no_volume) {
  connect();
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  target.namespaces = {shown(1, 0x77)};
  world->paths.front()->change_namespaces();
  world->pass(3000);
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::OFFLINE);
  EXPECT_EQ(volume("nvme0n1")->uuid(), uuid_11);
  ASSERT_TRUE(delete_qos().has_value());
  world->pass(3000);
  EXPECT_EQ(volume("nvme0n1")->uuid(), "77777777-7777-7777-7777-777777777777");
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::READY);
}

TEST_F(RemoteHooks, a_path_that_is_lost_is_shown_so_until_it_is_back) {
  connect();
  world->paths.front()->break_off();
  world->pass(3000);
  auto lost = state();
  EXPECT_EQ(lost.state(), v1::NvmeRemoteState::OFFLINE);
  EXPECT_EQ(lost.paths(0).state(), v1::NvmePathState::RECONNECTING);
  EXPECT_EQ(lost.paths(0).state_reason(), "the wire was cut");
  EXPECT_GE(lost.paths(0).state_age_ms(), 2900);
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::OFFLINE);
  EXPECT_EQ(volume("nvme0n1")->state_reason(), "no path to it is live");
  world->paths.front()->try_once();
  world->pass(100);
  EXPECT_EQ(state().paths(0).state(), v1::NvmePathState::LIVE);
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::READY);
}

TEST_F(RemoteHooks, after_a_restart_everything_waits_for_the_target) {
  connect();
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  target.answer = Answer::Unreachable;
  restart();
  world->pass(100);
  EXPECT_EQ(state().paths(0).state(), v1::NvmePathState::CONNECTING);
  EXPECT_EQ(state().paths(0).state_reason(), "connection refused");
  EXPECT_EQ(volume("qos1")->state(), v1::Volume::FAILED);
  EXPECT_THAT(volume("qos1")->state_reason(), HasSubstr("no path to it is live"));
  world->pass(20'000);
  target.answer = Answer::Accepts;
  world->paths.front()->try_once();
  world->pass(200);
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::READY);
  EXPECT_EQ(volume("qos1")->state(), v1::Volume::READY) << volume("qos1")->state_reason();
}

TEST_F(RemoteHooks, the_last_path_takes_the_namespaces_with_it) {
  connect();
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  const auto refused = delete_path();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
  EXPECT_THAT(refused.error().what, HasSubstr("in use by volumes/qos1"));
  EXPECT_EQ(state().paths(0).state(), v1::NvmePathState::LIVE);
  ASSERT_TRUE(delete_qos().has_value());
  ASSERT_TRUE(delete_path().has_value());
  EXPECT_THAT(world->paths, IsEmpty());
  EXPECT_FALSE(volume("nvme0n1").has_value());
  opi::DeleteNvmeRemoteControllerRequest request;
  request.set_name("nvmeRemoteControllers/nvme0");
  const auto gone = world->call<Empty>("DeleteNvmeRemoteController", request);
  EXPECT_TRUE(gone.has_value()) << gone.error().what;
}

TEST_F(RemoteHooks, one_path_of_two_goes_without_a_trace) {
  connect();
  ASSERT_TRUE(create_path("path2", "192.0.2.2").has_value());
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  EXPECT_EQ(state().namespaces(0).reach_size(), 2);
  ASSERT_TRUE(delete_path("path1").has_value());
  world->pass(100);
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::READY);
  EXPECT_EQ(state().namespaces(0).reach_size(), 1);
}

TEST_F(RemoteHooks, the_last_live_path_to_what_is_in_use_stays_whatever_else_is_configured) {
  connect();
  ASSERT_TRUE(create_path("path2", "192.0.2.2").has_value());
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  world->paths.front()->break_off();
  world->pass(100);
  const auto refused = delete_path("path2");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
  EXPECT_THAT(refused.error().what, HasSubstr("nvmePaths/path2 is the last live path to volumes/nvme0n1, which is in "
                                              "use by volumes/qos1: delete it first"));
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::READY);
  // The other one may go, or come back, and then this one may.
  world->paths.front()->try_once();
  world->pass(100);
  ASSERT_TRUE(delete_path("path2").has_value());
  ASSERT_TRUE(create_path("path2", "192.0.2.2").has_value());
  world->paths.front()->break_off();
  ASSERT_TRUE(delete_path("path1").has_value()) << "it was not live";
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::READY);
}

TEST_F(RemoteHooks, a_path_over_which_a_namespace_cannot_be_reached_is_no_way_to_it) {
  connect();
  target.namespaces.front().ana = nvme_host::PathAnaState::Inaccessible;
  ASSERT_TRUE(create_path("path2", "192.0.2.2").has_value());
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  EXPECT_THAT(delete_path("path1").error().what, HasSubstr("nvmePaths/path1 is the last live path"));
  ASSERT_TRUE(delete_path("path2").has_value());
}

TEST_F(RemoteHooks, new_digests_take_a_new_connection_that_is_live_before_the_old_one_goes) {
  connect();
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  target.log.clear();
  opi::UpdateNvmeRemoteControllerRequest request;
  request.mutable_nvme_remote_controller()->set_name("nvmeRemoteControllers/nvme0");
  request.mutable_nvme_remote_controller()->mutable_tcp()->set_ddgst(true);
  const auto changed = world->call<opi::NvmeRemoteController>("UpdateNvmeRemoteController", request);
  ASSERT_TRUE(changed.has_value()) << changed.error().what;
  EXPECT_THAT(target.log, ElementsAre("+nvme0/path1#2", "-nvme0/path1"));
  EXPECT_TRUE(world->paths.front()->options().has_data_digest);
  EXPECT_EQ(volume("nvme0n1")->state(), v1::Volume::READY);
  EXPECT_EQ(state().paths(0).state(), v1::NvmePathState::LIVE);
  // What the target refuses is not so.
  target.answer = Answer::Refuses;
  request.mutable_nvme_remote_controller()->mutable_tcp()->set_hdgst(true);
  const auto refused = world->call<opi::NvmeRemoteController>("UpdateNvmeRemoteController", request);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
  EXPECT_FALSE(world->paths.front()->options().has_header_digest);
  EXPECT_EQ(state().paths(0).state(), v1::NvmePathState::LIVE) << "it goes on as it was";
}

TEST_F(RemoteHooks, policy_and_options_reach_the_plane) {
  connect();
  v1::UpdateNvmeRemoteControllerOptionsRequest request;
  auto& options = *request.mutable_nvme_remote_controller_options();
  options.set_name("nvmeRemoteControllers/nvme0");
  options.set_selector(v1::NvmeRemoteControllerOptions::QUEUE_DEPTH);
  options.set_fast_io_fail_ms(7000);
  options.set_write_retry_hold_ms(-1);
  target.log.clear();
  ASSERT_TRUE(world->call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request).has_value());
  EXPECT_THAT(target.log, IsEmpty()) << "no connection is made anew for that";
  const RemoteSpec& spec = world->remotes->find("nvme0")->spec();
  const nvme_host::RemoteOptions plane = spec.plane_options("nvme0");
  EXPECT_EQ(plane.selection, nvme_host::PathSelection::QueueDepth);
  EXPECT_EQ(plane.fast_io_fail_ms, 7000);
  EXPECT_EQ(plane.write_retry_hold_ms, 0);
  options.set_keep_alive_ms(1500);
  ASSERT_TRUE(world->call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request).has_value());
  EXPECT_EQ(world->paths.front()->options().keep_alive_ms, 1500U);
}

TEST_F(RemoteHooks, a_path_has_the_keys_of_its_controller) {
  constexpr const char* psk = "NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";
  constexpr const char* key = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:";
  ASSERT_TRUE(create_controller(psk).has_value());
  ASSERT_TRUE(create_path().has_value());
  ASSERT_NE(world->paths.front()->options().security, nullptr);
  EXPECT_TRUE(world->paths.front()->options().security->tls_psk.has_value());
  EXPECT_FALSE(world->paths.front()->options().security->host_key.has_value());
  EXPECT_NE(world->paths.front()->options().pace, nullptr);
  // Other keys are other connections.
  v1::UpdateNvmeRemoteControllerOptionsRequest request;
  v1::NvmeRemoteControllerOptions& options = *request.mutable_nvme_remote_controller_options();
  options.set_name("nvmeRemoteControllers/nvme0");
  options.set_dhchap_key(key);
  options.set_reauthentication_interval_s(60);
  options.add_hashes(v1::NvmeHostSecurity::SHA_384);
  options.add_dh_groups(v1::NvmeHostSecurity::FFDHE2048);
  ASSERT_TRUE(world->call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request).has_value());
  const auto changed = world->paths.front()->options().security;
  ASSERT_NE(changed, nullptr);
  EXPECT_TRUE(changed->tls_psk.has_value());
  ASSERT_TRUE(changed->host_key.has_value());
  EXPECT_EQ(changed->host_key->format(), key);
  EXPECT_EQ(changed->reauthenticate_ns, 60'000'000'000U);
  EXPECT_THAT(changed->algorithms.hashes, ElementsAre(nvme_auth::HashId::Sha384));
  EXPECT_THAT(changed->algorithms.dh_groups, ElementsAre(nvme_auth::DhGroup::Ffdhe2048));
  EXPECT_FALSE(state().paths(0).is_secure()) << "a path of a test is not";
}

TEST_F(RemoteHooks, reset_reaches_every_path_and_counters_are_there) {
  connect();
  opi::ResetNvmeRemoteControllerRequest reset;
  reset.set_name("nvmeRemoteControllers/nvme0");
  target.log.clear();
  ASSERT_TRUE(world->call<Empty>("ResetNvmeRemoteController", reset).has_value());
  world->pass(300);
  EXPECT_THAT(target.log, ElementsAre("+nvme0/path1#2", "-nvme0/path1")) << "the old one goes when the new one is live";
  EXPECT_EQ(state().paths(0).connects(), 2) << "of the path, whatever stands for it";
  // A target that takes no second connection, or none at all.
  target.answer = Answer::Refuses;
  ASSERT_TRUE(world->call<Empty>("ResetNvmeRemoteController", reset).has_value());
  world->pass(10'000);
  EXPECT_EQ(target.log.back(), "-nvme0/path1#2");
  EXPECT_NE(state().paths(0).state(), v1::NvmePathState::LIVE);
  EXPECT_EQ(state().paths(0).connects(), 2);
  opi::StatsNvmePathRequest path;
  path.set_name("nvmeRemoteControllers/nvme0/nvmePaths/path1");
  const auto counted = world->call<opi::StatsNvmePathResponse>("StatsNvmePath", path);
  ASSERT_TRUE(counted.has_value());
  EXPECT_EQ(counted->stats().read_ops_count(), 0);
  opi::StatsNvmeRemoteControllerRequest all;
  all.set_name("nvmeRemoteControllers/nvme0");
  EXPECT_TRUE(world->call<opi::StatsNvmeRemoteControllerResponse>("StatsNvmeRemoteController", all).has_value());
  ASSERT_EQ(world->remotes->paths().size(), 1U);
  EXPECT_EQ(world->remotes->paths()[0].first, "nvmeRemoteControllers/nvme0/nvmePaths/path1");
}

class Identity : public testing::Test {
 protected:
  Identity() {
    std::string pattern = testing::TempDir() + "/identityXXXXXX";
    check(::mkdtemp(pattern.data()) != nullptr, "a directory for the test");
    folder = pattern;
  }
  ~Identity() override { std::filesystem::remove_all(folder); }
  std::string folder;
};

TEST_F(Identity, is_chosen_once) {
  const auto made = HostIdentity::load_or_make(folder + "/hostnqn");
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_THAT(made->nqn, StartsWith("nqn.2014-08.org.nvmexpress:uuid:"));
  const auto again = HostIdentity::load_or_make(folder + "/hostnqn");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->nqn, made->nqn);
  EXPECT_EQ(again->id, made->id);
  EXPECT_EQ(made->id_of(made->nqn), made->id);
  EXPECT_EQ(made->id_of(""), made->id);
  EXPECT_NE(made->id_of("nqn.2016-06.io.example:host"), made->id);
  EXPECT_EQ(made->id_of("nqn.2016-06.io.example:host"), again->id_of("nqn.2016-06.io.example:host"));
  EXPECT_EQ(made->id_of("nqn.2014-08.org.nvmexpress:uuid:01000000-0000-0000-0000-000000000000"),
            (std::array<uint8_t, 16>{1}));
}

TEST_F(Identity, that_is_damaged_is_not_replaced) {
  std::ofstream(folder + "/hostnqn") << "nqn.2014-08.org.nvmexpress:uuid:not\n";
  const auto read = HostIdentity::load_or_make(folder + "/hostnqn");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, Code::DataLoss);
  EXPECT_FALSE(HostIdentity::load_or_make(folder + "/none/hostnqn").has_value());
}

}  // namespace
}  // namespace outrigger::apply
