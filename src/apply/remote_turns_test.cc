// What goes on at a remote controller while one of its paths is waited for.
#include "apply/remote_hooks_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrigger::apply {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A live path1, and a path2 to a target that says nothing for as long as the test wants.
class RemoteTurns : public RemoteHooks {
 protected:
  void SetUp() override {
    RemoteHooks::SetUp();
    connect();
    target.answer = Answer::Silent;
    begin_path(answer, "path2", "192.0.2.2");
    world->pass(100);
    ASSERT_EQ(world->paths.size(), 2U);
  }
  void TearDown() override {
    target.answer = Answer::Accepts;
    world->remotes->begin_stop();  // nobody shall be waited for
    RemoteHooks::TearDown();
  }
  [[nodiscard]] bool is_waiting() const { return !answer.has_value(); }
  void pass_patience() {
    world->turn_until([&] { return answer.has_value(); });
  }

  std::optional<Result<void>> answer;
};

TEST_F(RemoteTurns, namespaces_come_and_go_while_a_path_is_waited_for) {
  target.namespaces = {shown(2, 0x22)};
  world->paths.front()->change_namespaces();
  world->pass(500);
  EXPECT_TRUE(volume("nvme0n2").has_value());
  EXPECT_FALSE(volume("nvme0n1").has_value());
  ASSERT_TRUE(is_waiting());
  pass_patience();
  ASSERT_FALSE(answer->has_value());
  EXPECT_EQ(answer->error().what, "no path to 192.0.2.2:4420: no connection within 100 s: it is still connecting");
  EXPECT_EQ(world->paths.size(), 1U);
  EXPECT_TRUE(volume("nvme0n2").has_value());
}

TEST_F(RemoteTurns, a_live_path_goes_and_takes_its_namespaces_with_it) {
  const uint64_t begin_ns = clock.now_ns();
  ASSERT_TRUE(delete_path("path1").has_value());
  EXPECT_LT(clock.now_ns() - begin_ns, 1'000'000'000U);
  ASSERT_TRUE(is_waiting());
  EXPECT_FALSE(volume("nvme0n1").has_value()) << "a path that was never live is no way to it";
  world->paths.front()->reach("enabling the controller");
  pass_patience();
  ASSERT_FALSE(answer->has_value());
  EXPECT_THAT(world->paths, IsEmpty());
  EXPECT_EQ(state().paths_size(), 0);
}

TEST_F(RemoteTurns, what_is_in_use_keeps_its_path_and_what_comes_up_later_brings_it_back) {
  ASSERT_TRUE(create_qos("nvme0n1").has_value());
  EXPECT_THAT(delete_path("path1").error().what, HasSubstr("path1 is the last live path to volumes/nvme0n1"));
  // Lost, it is no way to it either; but the other one is none yet.
  world->paths.front()->break_off();
  const auto refused = delete_path("path1");
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().what, HasSubstr("in use by rate-limited volume volumes/qos1"));
  ASSERT_TRUE(delete_qos().has_value());
  ASSERT_TRUE(delete_path("path1").has_value());
  ASSERT_TRUE(is_waiting());
  target.answer = Answer::Accepts;
  world->paths.front()->try_once();
  world->pass(500);
  ASSERT_TRUE(answer.has_value() && answer->has_value());
  EXPECT_TRUE(volume("nvme0n1").has_value());
}

TEST_F(RemoteTurns, a_reset_does_not_wait_for_it_and_has_it_begin_anew_too) {
  target.answer = Answer::Accepts;
  target.log.clear();
  opi::ResetNvmeRemoteControllerRequest reset;
  reset.set_name("nvmeRemoteControllers/nvme0");
  ASSERT_TRUE(world->call<Empty>("ResetNvmeRemoteController", reset).has_value());
  world->pass(1000);
  EXPECT_THAT(target.log, ElementsAre("+nvme0/path1#3", "-nvme0/path1", "+nvme0/path2#4", "-nvme0/path2#2"));
  ASSERT_TRUE(answer.has_value() && answer->has_value()) << "and the new one came up";
  EXPECT_EQ(state().paths_size(), 2);
  EXPECT_EQ(state().paths(1).state(), v1::NvmePathState::LIVE);
}

TEST_F(RemoteTurns, a_path_that_was_live_for_a_moment_stays_and_is_tried_again) {
  target.answer = Answer::Accepts;
  world->paths.back()->try_once();
  world->paths.back()->break_off();
  world->pass(100);
  ASSERT_TRUE(answer.has_value() && answer->has_value());
  EXPECT_EQ(state().paths(1).state(), v1::NvmePathState::RECONNECTING);
}

TEST_F(RemoteTurns, other_keys_are_for_a_path_that_is_waited_for_too) {
  target.answer = Answer::Accepts;
  v1::UpdateNvmeRemoteControllerOptionsRequest request;
  request.mutable_nvme_remote_controller_options()->set_name("nvmeRemoteControllers/nvme0");
  request.mutable_nvme_remote_controller_options()->set_keep_alive_ms(1500);
  ASSERT_TRUE(world->call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request).has_value());
  world->pass(100);
  ASSERT_TRUE(answer.has_value() && answer->has_value());
  ASSERT_EQ(world->paths.size(), 2U);
  for (const FakePath* path : world->paths) {
    EXPECT_EQ(path->options().keep_alive_ms, 1500U);
  }
}

TEST_F(RemoteTurns, the_end_of_the_controller_does_not_wait_for_it) {
  const uint64_t begin_ns = clock.now_ns();
  std::optional<int> ended;
  core::spawn([](RemoteTable& table, std::optional<int>& slot) -> core::Job<void> {
    core::Job<void> closing = table.close_all();
    co_await closing;
    slot = 1;
  }(*world->remotes, ended));
  world->turn_until([&] { return ended.has_value(); });
  EXPECT_LT(clock.now_ns() - begin_ns, 1'000'000'000U);
  EXPECT_THAT(target.log, Contains("-nvme0/path2#2"));
  pass_patience();
  ASSERT_FALSE(answer->has_value());
  EXPECT_THAT(answer->error().what, HasSubstr("its remote controller goes"));
}

}  // namespace
}  // namespace outrigger::apply
