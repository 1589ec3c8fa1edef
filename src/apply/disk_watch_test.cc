// What disks do by themselves: front ends leave and come back, hosts vanish, appear and change, daemons start again
// with other settings; and what happens when a client asks for something in the middle of it.
#include "apply/disk_rig.h"

#include <fstream>

namespace outrigger::apply {
namespace {

using outrigger::v1::Device;
using outrigger::v1::Host;
using testing::HasSubstr;

// Longer than a front end may be away before its host is asked.
constexpr uint64_t away_ns = 4 * second_ns;

class DiskWatchTest : public DiskRig {
 protected:
  [[nodiscard]] const DiskOffer& offer() { return world->disks.all().at(0)->offer(); }
  // A daemon that died or ended and starts again on what it left; the model makes hosts first.
  void restart(const HostSettings& host, const DiskSettings& disk, size_t core_count = 2) {
    stop();
    start(core_count);
    ASSERT_TRUE(put_host(host).has_value());
    ASSERT_TRUE(put(disk, true).has_value());
  }
};

TEST_F(DiskWatchTest, a_host_that_lost_the_disk_gets_it_again) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  restart_qemu();
  turn_for(away_ns);
  EXPECT_TRUE(qemu->devices.contains("or-disk1"));
}

TEST_F(DiskWatchTest, what_a_front_end_relies_on_waits_until_it_leaves) {
  ASSERT_TRUE(put_host({.queue_count = 4}).has_value());
  ASSERT_TRUE(put({}).has_value());
  auto front_end = connect();
  ASSERT_TRUE(put({.is_read_only = true, .queue_size = 64}).has_value());
  ASSERT_TRUE(put_host({.queue_count = 1}).has_value());
  turn_for(away_ns);
  EXPECT_FALSE(device().read_only());
  EXPECT_EQ(device().queue_count(), 4);
  EXPECT_EQ(device().state(), Device::PLUGGED);
  EXPECT_EQ(device().state_reason(), "read_only=true, queue_size=64, queue_count=1 when its front end has left");

  // A moment away is not gone: QEMU still has the device.
  front_end.reset();
  turn_for(2 * away_ns);
  EXPECT_EQ(offer().queue_count, 4);
  front_end = connect();
  turn_for(away_ns);

  restart_qemu();
  front_end.reset();
  turn_for(away_ns);
  EXPECT_TRUE(device().read_only());
  EXPECT_EQ(offer(), (DiskOffer{.queue_count = 1, .queue_size = 64, .is_read_only = true}));
  EXPECT_EQ(qemu->last_device["num-queues"], 1);
  EXPECT_EQ(qemu->last_device["queue-size"], 64);
  EXPECT_EQ(device().state_reason(), "");
}

TEST_F(DiskWatchTest, after_a_restart_the_front_end_finds_what_it_knows) {
  ASSERT_TRUE(put_host({.queue_count = 4}).has_value());
  ASSERT_TRUE(put({}).has_value());
  const DiskOffer before = offer();
  restart({.queue_count = 1}, {.queue_count = 1, .is_read_only = true, .is_packed = true, .queue_size = 64}, 1);
  EXPECT_EQ(offer(), before);
  const auto front_end = connect();
  turn_for(away_ns);
  EXPECT_EQ(offer(), before);
  EXPECT_FALSE(device().read_only());
  EXPECT_THAT(device().state_reason(), HasSubstr("queue_count=1"));
  // Nor does asking again for something else help.
  ASSERT_TRUE(put({.queue_count = 2}).has_value());
  EXPECT_EQ(offer(), before);
}

TEST_F(DiskWatchTest, after_a_restart_a_qemu_that_is_late_still_finds_it) {
  ASSERT_TRUE(put_host({.queue_count = 4}).has_value());
  ASSERT_TRUE(put({}).has_value());
  restart({.queue_count = 1}, {}, 1);
  turn_for(60 * second_ns);
  EXPECT_EQ(offer().queue_count, 4) << "QEMU has the device all the time";
  restart_qemu();
  turn_for(away_ns);
  EXPECT_EQ(offer().queue_count, 1);
  EXPECT_EQ(qemu->last_device["num-queues"], 1);
}

TEST_F(DiskWatchTest, fewer_data_cores_mean_fewer_queues_for_new_front_ends_only) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  EXPECT_EQ(offer().queue_count, 2);
  restart({}, {}, 1);
  const auto front_end = connect();
  turn_for(away_ns);
  EXPECT_EQ(offer().queue_count, 2);
}

TEST_F(DiskWatchTest, a_front_end_started_by_hand_has_half_a_minute_to_come_back) {
  ASSERT_TRUE(put_host({.has_qmp = false, .queue_count = 4}).has_value());
  ASSERT_TRUE(put({}).has_value());
  restart({.has_qmp = false, .queue_count = 1}, {});
  turn_for(25 * second_ns);
  EXPECT_EQ(offer().queue_count, 4);
  {
    const auto front_end = connect();
  }
  turn_for(2 * second_ns);
  EXPECT_EQ(offer().queue_count, 4) << "it was here a moment ago";
  turn_for(10 * second_ns);
  EXPECT_EQ(offer().queue_count, 1);
}

TEST_F(DiskWatchTest, a_note_that_is_damaged_is_no_note) {
  ASSERT_TRUE(put_host({.queue_count = 4}).has_value());
  ASSERT_TRUE(put({}).has_value());
  for (const char* text : {"", "offer 1 connects 0 queues 0 size 256 read_only 0 packed 0\n", "offer 2",
                           "offer 1 connects 0 queues 70000 size 256 read_only 0 packed 0\n"}) {
    std::ofstream(folder / "offers" / "disk1") << text;
    restart({.queue_count = 2}, {});
    EXPECT_EQ(offer().queue_count, 2) << text;
  }
}

TEST_F(DiskWatchTest, a_host_that_comes_after_its_disk_gets_it) {
  ASSERT_TRUE(put({}).has_value());
  EXPECT_EQ(device().host(), "");
  turn_for(second_ns);
  ASSERT_TRUE(put_host({.queue_count = 3}).has_value());
  turn_for(second_ns / 4);
  EXPECT_EQ(device().host(), "hosts/host1");
  EXPECT_TRUE(qemu->devices.contains("or-disk1"));
  EXPECT_EQ(qemu->last_device["num-queues"], 3);
  EXPECT_EQ(host().state(), Host::REACHABLE);
  EXPECT_THAT(host().devices(), testing::ElementsAre("volumes/disk1"));
  ASSERT_TRUE(remove().has_value());
  expect_nothing_left();
}

TEST_F(DiskWatchTest, a_host_that_comes_does_not_disturb_a_front_end) {
  ASSERT_TRUE(put({}).has_value());
  const auto front_end = connect();
  ASSERT_TRUE(put_host({.queue_count = 1}).has_value());
  turn_for(away_ns);
  EXPECT_EQ(device().state(), Device::CONNECTED) << "somebody else's";
  EXPECT_EQ(offer().queue_count, 2);
  EXPECT_FALSE(qemu->devices.contains("or-disk1"));
}

TEST_F(DiskWatchTest, new_buses_hold_for_the_next_plug) {
  ASSERT_TRUE(put_host({.buses = {"rp0"}}).has_value());
  ASSERT_TRUE(put({}).has_value());
  ASSERT_TRUE(put_host({.buses = {"rp1"}}).has_value());
  turn_for(away_ns);
  EXPECT_EQ(qemu->devices.at("or-disk1"), "rp0");
  restart_qemu();
  turn_for(away_ns);
  EXPECT_EQ(qemu->devices.at("or-disk1"), "rp1");
}

TEST_F(DiskWatchTest, the_state_of_a_host_is_what_was_last_seen) {
  ASSERT_TRUE(put_host().has_value());
  EXPECT_EQ(host().state(), Host::UNKNOWN);
  ASSERT_TRUE(put({}).has_value());
  EXPECT_EQ(host().state(), Host::REACHABLE);
  restart({}, {});
  EXPECT_EQ(host().state(), Host::UNKNOWN);
  auto front_end = connect();
  turn_for(second_ns);
  EXPECT_EQ(host().state(), Host::REACHABLE);
  EXPECT_EQ(device().state(), Device::PLUGGED);
  qemu->die();
  front_end.reset();
  turn_for(away_ns);
  EXPECT_EQ(host().state(), Host::UNREACHABLE);
  EXPECT_THAT(host().state_reason(), HasSubstr("no QEMU"));
  EXPECT_EQ(device().location(), "");
  ASSERT_TRUE(remove().has_value());
  EXPECT_EQ(host().state(), Host::UNKNOWN) << "nobody asks any more";
}

TEST_F(DiskWatchTest, limits_do_not_wait_for_a_host_that_does_not_answer) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  qemu->greets = false;
  restart({}, {});
  const auto front_end = connect();
  turn_for(second_ns);
  EXPECT_EQ(world->plugger.job_count(), 1U) << "the watch asks";
  const uint64_t start_ns = clock.now_ns();
  ASSERT_TRUE(put({.kiops = 3}).has_value());
  EXPECT_LT(clock.now_ns() - start_ns, second_ns / 20);
  EXPECT_EQ(world->disks.all().at(0)->spec().limits.total_iops, 3000U);
  turn_for(12 * second_ns);
  EXPECT_EQ(host().state(), Host::UNREACHABLE);
  EXPECT_EQ(device().state(), Device::CONNECTED);
}

TEST_F(DiskWatchTest, a_host_with_a_disk_stays_where_it_is) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  const Result<void> moved = put_host({.has_qmp = false});
  ASSERT_FALSE(moved.has_value());
  EXPECT_EQ(moved.error().code, Code::FailedPrecondition);
  EXPECT_FALSE(run(world->host_hooks.withdraw(host_intent({}))).has_value());
}

// A client deletes the disk at every moment of the watch's attempt to plug it in again.
class DeleteDuringPlugTest : public DiskRig, public testing::WithParamInterface<int> {};

TEST_P(DeleteDuringPlugTest, nothing_comes_back) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  restart_qemu();
  qemu->commands.clear();
  ASSERT_TRUE(turn_until([&] { return !qemu->commands.empty(); }, away_ns)) << "the watch asks its host";
  for (int i = 0; i < GetParam(); ++i) {
    turn();
  }
  ASSERT_TRUE(remove().has_value());
  turn_for(2 * away_ns);
  expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(every_turn, DeleteDuringPlugTest, testing::Range(0, 24));

// The same where QEMU takes its time over device_add.
TEST_F(DiskWatchTest, a_delete_waits_for_a_plug_that_qemu_does_not_answer) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  restart_qemu();
  qemu->commands.clear();
  qemu->faults["device_add"] = qemu::Fault::DoneButSilent;
  qemu->fault_times = 1;
  ASSERT_TRUE(turn_until([&] { return std::ranges::count(qemu->commands, "device_add") == 1; }, away_ns));
  ASSERT_TRUE(remove().has_value());
  turn_for(2 * away_ns);
  expect_nothing_left();
}

}  // namespace
}  // namespace outrigger::apply
