// How paths are joined into namespaces: identities, sizes, vanishing and coming back, adding and removing paths.
#include "nvme_host/remote_test_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrigger::nvme_host {
namespace {

using block::Op;
using block::Status;
using block::TestIo;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct ResizeCounter : block::DeviceObserver {
  void device_resized(block::Device&) override { ++count; }
  int count = 0;
};

PathOptions named(const char* name) {
  PathOptions options;
  options.name = name;
  return options;
}

TEST(RemoteController, paths_are_added_within_its_policy) {
  RemoteOptions options;
  options.multipath = Multipath::Disable;
  RemoteTestBench bench(options);
  bench.add_path("a");
  EXPECT_EQ(bench.remote->add_path(named("a")).error().code, Code::AlreadyExists);
  EXPECT_EQ(bench.remote->add_path(named("b")).error().code, Code::FailedPrecondition);
  EXPECT_EQ(bench.remove("x").error().code, Code::NotFound);
  RemoteTestBench many;
  for (uint32_t i = 0; i < paths_max; ++i) {
    many.add_path(std::to_string(i));
  }
  EXPECT_EQ(many.remote->add_path(named("more")).error().code, Code::ResourceExhausted);
  EXPECT_TRUE(many.remove("7").has_value());
  PathOptions other = named("other");
  other.subnqn = "nqn.2020-01.example:other";
  EXPECT_EQ(many.remote->add_path(other).error().code, Code::FailedPrecondition);
  many.add_path("again");
  many.remote->reset();
  EXPECT_EQ(many.paths[0]->reset_count(), 1U);
}

TEST(RemoteController, failover_uses_one_path_whatever_the_selector_says) {
  RemoteOptions options;
  options.multipath = Multipath::Failover;
  options.selection = PathSelection::RoundRobin;
  RemoteTestBench bench(options);
  FakePath& a = bench.add_live_path("a");
  FakePath& b = bench.add_live_path("b");
  block::Channel& channel = bench.open_first();
  for (int i = 0; i < 10; ++i) {
    TestIo read(Op::Read, 0, 1, 512);
    EXPECT_EQ(bench.run(channel, read), Status::Ok);
  }
  EXPECT_EQ(a.fake_queue(0).taken, 10U);
  EXPECT_EQ(b.fake_queue(0).taken, 0U);
}

TEST(RemoteController, a_path_with_another_identity_is_not_used_for_that_namespace) {
  struct Change {
    const char* what;
    std::function<void(PathNamespace&)> make;
  };
  const Change changes[] = {
      {"identity", [](PathNamespace& shown) { shown.uuid[3] ^= 1U; }},
      {"identity", [](PathNamespace& shown) { shown.nguid[0] = 1; }},
      {"identity", [](PathNamespace& shown) { shown.eui64[7] = 1; }},
      {"blocks of 4096", [](PathNamespace& shown) { shown.block_bytes = 4096; }},
      {"blocks of 520", [](PathNamespace& shown) { shown.block_bytes = 520; }},
      {"not a size", [](PathNamespace& shown) { shown.block_count = 0; }},
      {"not a size", [](PathNamespace& shown) { shown.block_count = UINT64_MAX; }},
  };
  for (const Change& change : changes) {
    RemoteTestBench bench;
    FakePath& a = bench.add_live_path("a");
    FakePath& b = bench.add_path("b");
    change.make(b.shown()[0]);
    b.shown().push_back(b.shown(2));
    b.come_up();
    bench.turn();
    ASSERT_EQ(bench.added.size(), 2U);  // the other namespace is fine
    EXPECT_THAT(bench.remote->problems(), ElementsAre(HasSubstr(change.what)));
    EXPECT_THAT(bench.remote->problems()[0], HasSubstr("path b: namespace 1"));
    block::Channel& channel = bench.open_first();
    for (int i = 0; i < 4; ++i) {
      TestIo read(Op::Read, 0, 1, 512);
      EXPECT_EQ(bench.run(channel, read), Status::Ok);
    }
    EXPECT_EQ(a.fake_queue(0).taken, 4U);
    // It is mended.
    b.shown()[0] = b.shown(1);
    b.change_namespaces();
    EXPECT_THAT(bench.remote->problems(), IsEmpty());
  }
}

TEST(RemoteController, two_subsystems_of_one_name_are_not_mixed) {
  RemoteTestBench bench;
  FakePath& a = bench.add_live_path("a");
  FakePath& b = bench.add_path("b");
  b.mutable_controller().cntlid = a.controller().cntlid;
  b.shown().push_back(b.shown(2));
  b.come_up();
  EXPECT_EQ(bench.added.size(), 1U);
  EXPECT_THAT(bench.remote->problems(), ElementsAre(HasSubstr("another subsystem")));
}

TEST(RemoteController, one_identity_under_two_nsids_and_a_cache_that_was_not_there) {
  RemoteTestBench bench;
  FakePath& a = bench.add_path("a");
  a.shown().push_back(a.shown(1));
  a.shown()[1].nsid = 5;
  a.mutable_controller().has_write_cache = false;
  a.come_up();
  EXPECT_EQ(bench.added.size(), 1U);
  EXPECT_THAT(bench.remote->problems(), ElementsAre(HasSubstr("same identity")));
  a.shown().pop_back();
  a.change_namespaces();
  FakePath& b = bench.add_live_path("b");
  EXPECT_THAT(bench.remote->problems(), ElementsAre(HasSubstr("write cache")));
  a.go_down();
  bench.turn();
  TestIo read(Op::Read, 0, 1, 512);
  block::Channel& channel = bench.open_first();
  read.submit(channel);
  bench.sim.run_for(second);
  EXPECT_FALSE(read.is_done());
  EXPECT_EQ(b.fake_queue(0).taken, 0U);
  a.come_up();
  bench.turn();
  EXPECT_TRUE(read.is_done());
}

TEST(RemoteController, sizes_follow_what_a_path_says_last) {
  RemoteTestBench bench;
  FakePath& a = bench.add_live_path("a");
  FakePath& b = bench.add_live_path("b");
  RemoteNamespace& device = *bench.added.front();
  block::Channel& channel = bench.open_first();
  ResizeCounter resizes;
  device.subscribe(resizes);
  bench.storage.resize(8192);
  a.shown()[0].block_count = 8192;
  a.change_namespaces();
  EXPECT_EQ(device.block_count(), 8192U);
  TestIo read(Op::Read, 8000, 1, 512);
  EXPECT_EQ(bench.run(channel, read), Status::Ok);
  b.set_ana(PathAnaState::Optimized);  // with its old size: no news
  EXPECT_EQ(device.block_count(), 8192U);
  b.shown()[0].block_count = 8192;
  b.change_namespaces();
  EXPECT_EQ(resizes.count, 1);
  // Smaller, with a request in flight.
  a.fake_queue(0).is_holding = b.fake_queue(0).is_holding = true;
  read.submit(channel);
  bench.storage.resize(100);
  b.shown()[0].block_count = 100;
  b.change_namespaces();
  EXPECT_EQ(device.block_count(), 100U);
  a.fake_queue(0).release();
  b.fake_queue(0).release();
  EXPECT_TRUE(bench.finish(read));
  EXPECT_EQ(read.status(), Status::OutOfRange);
  EXPECT_EQ(bench.run(channel, read), Status::OutOfRange);
  EXPECT_EQ(resizes.count, 2);
  device.unsubscribe(resizes);
}

TEST(RemoteController, a_path_that_comes_during_a_resize_does_not_take_it_back) {
  RemoteTestBench bench;
  FakePath& a = bench.add_live_path("a");
  RemoteNamespace& device = *bench.added.front();
  ResizeCounter resizes;
  device.subscribe(resizes);
  FakePath& b = bench.add_path("b");
  bench.storage.resize(8192);
  a.shown()[0].block_count = 8192;
  a.change_namespaces();
  EXPECT_EQ(device.block_count(), 8192U);
  b.come_up();  // its controller has not heard yet
  bench.turn();
  EXPECT_EQ(device.block_count(), 8192U);
  b.shown()[0].block_count = 8192;
  b.change_namespaces();
  EXPECT_EQ(resizes.count, 1);
  // Where nobody else is there, the new one is right.
  a.go_down();
  b.go_down();
  FakePath& c = bench.add_path("c");
  bench.storage.resize(4096);
  c.shown()[0].block_count = 4096;
  c.come_up();
  EXPECT_EQ(device.block_count(), 4096U);
  EXPECT_EQ(resizes.count, 2);
  device.unsubscribe(resizes);
}

TEST(RemoteController, a_namespace_vanishes_and_comes_back_as_the_same_device) {
  RemoteTestBench bench;
  FakePath& path = bench.add_live_path("a");
  RemoteNamespace& device = *bench.added.front();
  block::Channel& channel = bench.open_first();
  path.fake_queue(0).is_holding = true;
  TestIo in_flight(Op::Read, 0, 1, 512);
  in_flight.submit(channel);
  const PathNamespace shown = path.shown()[0];
  path.shown().clear();
  path.change_namespaces();
  bench.turn();
  EXPECT_THAT(bench.removed, ElementsAre(&device));
  EXPECT_FALSE(device.is_present());
  TestIo read(Op::Read, 0, 1, 512);
  EXPECT_EQ(bench.run(channel, read), Status::IoError);
  path.fake_queue(0).release();
  EXPECT_TRUE(bench.finish(in_flight));  // as the controller says
  // Another namespace takes the NSID; then the old one is back under another.
  path.shown().push_back(path.shown(9));
  path.shown()[0].nsid = 1;
  path.change_namespaces();
  ASSERT_EQ(bench.added.size(), 2U);
  EXPECT_NE(bench.added[1], &device);
  path.shown().push_back(shown);
  path.shown()[1].nsid = 2;
  path.shown()[1].block_count = 1000;
  path.change_namespaces();
  bench.turn();
  ASSERT_EQ(bench.added.size(), 3U);
  EXPECT_EQ(bench.added[2], &device);
  EXPECT_EQ(device.nsid(), 2U);
  EXPECT_EQ(device.block_count(), 1000U);
  EXPECT_EQ(bench.run(channel, read), Status::Ok);
}

TEST(RemoteController, only_what_has_vanished_is_released) {
  RemoteTestBench bench;
  FakePath& path = bench.add_live_path("a");
  RemoteNamespace& device = *bench.added.front();
  EXPECT_EQ(bench.remote->release(device).error().code, Code::FailedPrecondition);
  path.shown().clear();
  path.change_namespaces();
  EXPECT_TRUE(bench.remote->release(device).has_value());
  EXPECT_THAT(bench.remote->namespaces(), IsEmpty());
  path.shown().push_back(path.shown(1));
  path.change_namespaces();
  EXPECT_EQ(bench.added.size(), 2U);
}

TEST(RemoteController, a_lost_path_keeps_its_namespaces_until_it_has_failed) {
  RemoteTestBench bench;
  FakePath& a = bench.add_live_path("a");
  FakePath& b = bench.add_path("b");
  b.shown()[0] = b.shown(2);
  b.come_up();
  EXPECT_EQ(bench.added.size(), 2U);
  a.go_down();
  EXPECT_THAT(bench.removed, IsEmpty());
  a.fail();
  EXPECT_THAT(bench.removed, ElementsAre(bench.added[0]));
}

// Such is a path that is made anew, with other keys or by Reset: what it shows is expected of it until it says
// otherwise.
TEST(RemoteController, a_path_in_the_place_of_another_keeps_its_namespaces) {
  RemoteTestBench bench;
  FakePath& a = bench.add_live_path("a");
  block::Channel& channel = bench.open_first();
  a.go_down();
  TestIo zeroes(Op::WriteZeroes, 0, 1);
  zeroes.submit(channel);
  ASSERT_TRUE(bench.remote->add_path(named("b"), "a").has_value());
  bench.paths.back()->mutable_controller() = {};  // nothing is known of it yet
  EXPECT_TRUE(bench.remove("a").has_value());
  ASSERT_TRUE(bench.remote->add_path(named("c"), "b").has_value());
  EXPECT_TRUE(bench.remove("b").has_value());
  FakePath& c = *bench.paths.back();
  bench.sim.run_for(second);
  EXPECT_FALSE(zeroes.is_done());
  EXPECT_THAT(bench.removed, IsEmpty());
  c.come_up();
  EXPECT_TRUE(bench.finish(zeroes));
  EXPECT_EQ(zeroes.status(), Status::Ok);
  c.go_down();
  ASSERT_TRUE(bench.remote->add_path(named("d"), "c").has_value());
  EXPECT_TRUE(bench.remove("c").has_value());
  bench.paths.back()->fail();
  EXPECT_THAT(bench.removed, ElementsAre(bench.added.front()));
}

// Two paths that show namespace 1; the one that is cut off is the first or the second of them.
class CutOff : public testing::TestWithParam<bool> {
 protected:
  CutOff() : one_(bench.add_live_path("a")), two_(bench.add_live_path("b")) {}
  void expect_gone() {
    EXPECT_THAT(bench.removed, ElementsAre(&device));
    TestIo read(Op::Read, 0, 1, 512);
    EXPECT_EQ(bench.run(channel, read), Status::IoError);
  }
  // What the live path shows now is there, without complaints, and takes requests.
  void expect_another() {
    EXPECT_THAT(bench.remote->problems(), IsEmpty());
    expect_gone();
    ASSERT_EQ(bench.added.size(), 2U);
    TestIo read(Op::Read, 0, 1, 512);
    EXPECT_EQ(bench.run(bench.open(*bench.added[1]), read), Status::Ok);
  }

  RemoteTestBench bench;
  FakePath& one_;
  FakePath& two_;
  FakePath& cut = GetParam() ? one_ : two_;
  FakePath& live = GetParam() ? two_ : one_;
  RemoteNamespace& device = *bench.added.front();
  block::Channel& channel = bench.open_first();
};

TEST_P(CutOff, a_namespace_that_a_live_path_dropped_is_gone) {
  cut.go_down();
  EXPECT_THAT(bench.removed, IsEmpty());
  live.shown().clear();
  live.change_namespaces();
  bench.turn();
  expect_gone();
  EXPECT_EQ(live.fake_queue(0).taken, 0U);
}
// As a rule the loss is noticed later than it happens.
TEST_P(CutOff, a_namespace_that_was_dropped_before_the_loss_was_noticed_is_gone) {
  live.shown().clear();
  live.change_namespaces();
  EXPECT_THAT(bench.removed, IsEmpty()) << "the other path still shows it";
  cut.go_down();
  bench.turn();
  expect_gone();
}
TEST_P(CutOff, a_path_that_looked_again_since_is_remembered) {
  live.shown().clear();
  live.change_namespaces();
  cut.change_namespaces();
  cut.set_ana(PathAnaState::NonOptimized);
  cut.go_down();
  EXPECT_THAT(bench.removed, IsEmpty());
}
TEST_P(CutOff, a_namespace_that_is_another_on_a_live_path_is_another) {
  cut.go_down();
  live.shown()[0].uuid.fill(0xEE);
  live.change_namespaces();
  bench.turn();
  expect_another();
  // The path comes back and shows the same.
  cut.shown() = live.shown();
  cut.come_up();
  EXPECT_THAT(bench.remote->problems(), IsEmpty());
  EXPECT_EQ(bench.remote->reach_of(*bench.added[1]).size(), 2U);
}
TEST_P(CutOff, a_namespace_that_became_another_before_the_loss_was_noticed_is_another) {
  live.shown()[0].uuid.fill(0xEE);
  live.change_namespaces();
  EXPECT_FALSE(bench.remote->problems().empty());
  cut.set_ana(PathAnaState::NonOptimized);  // says nothing of what it is
  cut.go_down();
  bench.turn();
  expect_another();
}
TEST_P(CutOff, what_a_path_shows_that_comes_back_while_the_other_is_lost_counts) {
  live.go_down();
  cut.go_down();
  live.shown()[0].uuid.fill(0xEE);
  live.come_up();
  bench.turn();
  expect_another();
}
TEST_P(CutOff, the_same_under_another_nsid_goes_on) {
  cut.go_down();
  live.shown()[0].nsid = 2;
  live.change_namespaces();
  bench.turn();
  EXPECT_THAT(bench.remote->problems(), IsEmpty());
  EXPECT_EQ(device.nsid(), 2U);
  TestIo read(Op::Read, 0, 1, 512);
  EXPECT_EQ(bench.run(channel, read), Status::Ok);
  EXPECT_THAT(bench.removed, IsEmpty());
}
TEST_P(CutOff, what_a_path_does_not_know_it_does_not_deny) {
  cut.shown().push_back(cut.shown(2));
  cut.change_namespaces();
  cut.go_down();
  live.shown().push_back(live.shown(3));
  live.change_namespaces();
  live.shown()[0].block_count *= 2;  // nor does another size
  live.change_namespaces();
  EXPECT_THAT(bench.removed, IsEmpty());
  EXPECT_EQ(bench.added.size(), 3U);
  EXPECT_THAT(bench.remote->problems(), IsEmpty());
}
TEST_P(CutOff, a_path_that_is_removed_denies_nothing) {
  cut.go_down();
  ASSERT_TRUE(bench.remove(live.options().name).has_value());
  EXPECT_THAT(bench.removed, IsEmpty());
}
INSTANTIATE_TEST_SUITE_P(RemoteController, CutOff, testing::Bool());

TEST(RemoteController, a_path_is_removed_after_what_is_in_flight_on_it) {
  RemoteTestBench bench;
  FakePath& a = bench.add_path("a");
  a.delay_ns_min = a.delay_ns_max = 100 * millisecond;
  a.come_up();
  bench.turn();
  block::Channel& channel = bench.open_first();
  TestIo write(Op::Write, 0, 1, 512);
  write.submit(channel);
  FakePath& b = bench.add_live_path("b");
  const uint64_t start_ns = bench.sim.clock().now_ns();
  EXPECT_TRUE(bench.remove("a").has_value());
  EXPECT_TRUE(write.is_done());
  EXPECT_EQ(write.status(), Status::Ok);
  EXPECT_LE(bench.sim.clock().now_ns() - start_ns, 120 * millisecond);
  EXPECT_EQ(b.fake_queue(0).taken, 0U);
  TestIo read(Op::Read, 0, 1, 512);
  EXPECT_EQ(bench.run(channel, read), Status::Ok);
  EXPECT_EQ(b.fake_queue(0).taken, 1U);
  // A command that never comes back does not keep a path for ever.
  b.fake_queue(0).is_holding = true;
  read.submit(channel);
  EXPECT_TRUE(bench.remove("b").has_value());
  bench.turn();
  EXPECT_TRUE(read.is_done());
  EXPECT_EQ(read.status(), Status::IoError);
  EXPECT_THAT(bench.remote->path_statistics(), IsEmpty());
}

// Whatever comes back behind an address, what was meant for one namespace is never sent to another.
class Comeback : public testing::Test {
 protected:
  Comeback() : path(bench.add_path("a")) {}
  // A write to the device is under way when the path breaks; then the target shows `change` of what it showed.
  void come_back_with(const std::function<void(PathNamespace&)>& change) {
    path.come_up();
    bench.turn();
    first = bench.added.front();
    channel = &bench.open(*first);
    path.fake_queue(0).is_holding = true;
    write.submit(*channel);
    bench.turn();
    path.go_down();
    change(path.shown()[0]);
    path.come_up();
    EXPECT_TRUE(bench.finish(write));
  }
  void expect_refused() {
    EXPECT_EQ(write.status(), block::Status::IoError);
    EXPECT_EQ(path.fake_queue(0).taken, 0U);
    EXPECT_FALSE(first->is_present());
    EXPECT_EQ(bench.removed, std::vector<RemoteNamespace*>{first});
    ASSERT_EQ(bench.added.size(), 2U) << "the other is a namespace of its own";
    EXPECT_NE(bench.added[1], first);
    block::TestIo late(block::Op::Write, 0, 1, 512);
    EXPECT_EQ(bench.run(*channel, late), block::Status::IoError);
    EXPECT_EQ(path.fake_queue(0).taken, 0U);
  }

  RemoteTestBench bench;
  FakePath& path;
  RemoteNamespace* first = nullptr;
  block::Channel* channel = nullptr;
  block::TestIo write{block::Op::Write, 0, 1, 512};
};

TEST_F(Comeback, the_same_goes_on) {
  come_back_with([](PathNamespace&) {});
  EXPECT_EQ(write.status(), block::Status::Ok);
  EXPECT_TRUE(first->is_present());
}
TEST_F(Comeback, another_uuid_is_another_namespace) {
  come_back_with([](PathNamespace& shown) { shown.uuid.fill(0xEE); });
  expect_refused();
}
TEST_F(Comeback, another_block_size_is_another_namespace) {
  come_back_with([](PathNamespace& shown) { shown.block_bytes = 4096; });
  expect_refused();
}
TEST_F(Comeback, without_identifiers_another_serial_number_is_another_namespace) {
  path.shown()[0].uuid = {};
  path.shown()[0].serial = "S1";
  come_back_with([](PathNamespace& shown) { shown.serial = "S2"; });
  expect_refused();
  path.go_down();
  path.shown()[0].serial = "S1";
  path.come_up();
  bench.turn();
  EXPECT_TRUE(first->is_present());
  block::TestIo again(block::Op::Write, 0, 1, 512);
  EXPECT_EQ(bench.run(*channel, again), block::Status::Ok);
}
TEST_F(Comeback, a_larger_one_is_the_same) {
  come_back_with([](PathNamespace& shown) { shown.block_count *= 2; });
  EXPECT_EQ(write.status(), block::Status::Ok);
  EXPECT_EQ(first->block_count(), 8192U);
}
// Requests behind the new end that were under way end with what the target says of them.
TEST_F(Comeback, a_smaller_one_is_the_same) {
  come_back_with([this](PathNamespace& shown) {
    shown.block_count = 8;
    bench.storage.resize(8);
  });
  EXPECT_EQ(write.status(), block::Status::Ok);
  EXPECT_EQ(first->block_count(), 8U);
  block::TestIo beyond(block::Op::Read, 8, 1, 512);
  EXPECT_EQ(bench.run(*channel, beyond), block::Status::OutOfRange);
}

}  // namespace
}  // namespace outrigger::nvme_host
