// Disks as clients ask for them: made, changed, refused at every step, removed, stopped; never lost and never half
// there.
#include "apply/disk_rig.h"

#include <fstream>

namespace outrigger::apply {
namespace {

using outrigger::v1::Device;
using testing::HasSubstr;
using testing::IsEmpty;

class DiskHooksTest : public DiskRig {};

TEST_F(DiskHooksTest, a_disk_is_plugged_shown_and_unplugged) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({.kiops = 5}).has_value());
  EXPECT_EQ(qemu->devices.at("or-disk1"), "rp0");
  const auto front_end = connect();
  EXPECT_EQ(device().state(), Device::PLUGGED);
  EXPECT_EQ(device().host(), "hosts/host1");
  EXPECT_EQ(device().location(), "or-disk1");
  EXPECT_THAT(host().devices(), testing::ElementsAre("volumes/disk1"));
  ASSERT_TRUE(remove().has_value());
  expect_nothing_left();
}

TEST_F(DiskHooksTest, a_disk_that_cannot_be_plugged_leaves_nothing) {
  ASSERT_TRUE(put_host().has_value());
  qemu->ports.clear();
  const Result<void> made = put({});
  ASSERT_FALSE(made.has_value());
  EXPECT_THAT(made.error().what, HasSubstr("cannot plug volumes/disk1 into hosts/host1"));
  expect_nothing_left();
}

TEST_F(DiskHooksTest, options_take_effect_at_once_without_a_front_end) {
  ASSERT_TRUE(put({}).has_value());
  EXPECT_FALSE(device().read_only());
  ASSERT_TRUE(put({.is_read_only = true}).has_value());
  EXPECT_TRUE(device().read_only());
  EXPECT_EQ(device().state_reason(), "");
}

TEST_F(DiskHooksTest, an_update_without_a_directory_for_the_socket_loses_nothing) {
  ASSERT_TRUE(put({}).has_value());
  std::filesystem::rename(run_folder(), folder / "away");
  const Result<void> changed = put({.is_packed = true});
  ASSERT_FALSE(changed.has_value());
  EXPECT_THAT(changed.error().what, HasSubstr("cannot make the socket"));
  EXPECT_EQ(device().state(), Device::FAILED);
  EXPECT_THAT(device().state_reason(), HasSubstr("cannot make the socket"));
  EXPECT_EQ(device().socket_path(), socket());
  EXPECT_FALSE(put({.is_packed = true}).has_value()) << "and again";

  std::filesystem::rename(folder / "away", run_folder());
  turn_for(4 * second_ns);
  EXPECT_EQ(device().state(), Device::WAITING) << "served again by itself";
  EXPECT_EQ(device().state_reason(), "");
  EXPECT_TRUE(std::filesystem::exists(socket()));
  ASSERT_TRUE(remove().has_value());
  expect_nothing_left();
}

TEST_F(DiskHooksTest, a_disk_that_is_not_served_can_be_deleted) {
  ASSERT_TRUE(put({}).has_value());
  std::filesystem::rename(run_folder(), folder / "away");
  EXPECT_FALSE(put({.is_packed = true}).has_value());
  EXPECT_TRUE(remove().has_value());
  EXPECT_TRUE(remove().has_value()) << "what is not there is withdrawn";
}

TEST_F(DiskHooksTest, an_offer_that_cannot_be_noted_is_not_made) {
  ASSERT_TRUE(put({}).has_value());
  std::filesystem::remove_all(folder / "offers");
  std::ofstream(folder / "offers") << "a file";
  const Result<void> changed = put({.is_read_only = true});
  ASSERT_FALSE(changed.has_value());
  EXPECT_FALSE(device().read_only());
  EXPECT_FALSE(put({.id = "disk2"}).has_value());
  EXPECT_TRUE(remove().has_value());
}

TEST_F(DiskHooksTest, limits_change_at_once_and_bad_ones_change_nothing) {
  ASSERT_TRUE(put({.kiops = 1}).has_value());
  const auto front_end = connect();
  ASSERT_TRUE(put({.kiops = 7}).has_value());
  EXPECT_EQ(world->disks.all()[0]->spec().limits.total_iops, 7000U);
}

TEST_F(DiskHooksTest, a_host_that_is_away_refuses_no_update_and_no_delete) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  qemu->die();
  ASSERT_TRUE(put({.is_read_only = true}).has_value());
  EXPECT_TRUE(device().read_only());
  EXPECT_EQ(device().state(), Device::WAITING);
  EXPECT_THAT(device().state_reason(), HasSubstr("no QEMU"));
  ASSERT_TRUE(remove().has_value());
}

TEST_F(DiskHooksTest, an_offer_that_the_host_refuses_is_taken_back) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({.queue_size = 128}).has_value());
  restart_qemu();
  qemu->faults["device_add"] = qemu::Fault::Refuse;
  const Result<void> changed = put({.queue_size = 1024});
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(world->disks.all()[0]->offer().queue_size, 128);
  qemu->faults.clear();
  turn_for(4 * second_ns);
  EXPECT_EQ(qemu->last_device["queue-size"], 128) << "plugged in again as it was";
  ASSERT_TRUE(remove().has_value());
  expect_nothing_left();
}

TEST_F(DiskHooksTest, a_guest_that_keeps_the_disk_keeps_it_watched) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  qemu->releases_at_request = 0;
  const Result<void> removed = remove();
  ASSERT_FALSE(removed.has_value());
  EXPECT_EQ(removed.error().code, Code::DeadlineExceeded);
  restart_qemu();
  turn_for(4 * second_ns);
  EXPECT_TRUE(qemu->devices.contains("or-disk1")) << "the watch goes on";
  qemu->releases_at_request = 1;
  ASSERT_TRUE(remove().has_value());
  expect_nothing_left();
}

TEST_F(DiskHooksTest, a_delete_does_not_wait_for_the_watch_to_wake) {
  ASSERT_TRUE(put({}).has_value());
  turn_for(second_ns);
  const uint64_t start_ns = clock.now_ns();
  ASSERT_TRUE(remove().has_value());
  EXPECT_LT(clock.now_ns() - start_ns, second_ns / 20);
}

TEST_F(DiskHooksTest, many_disks_stop_together_and_at_once) {
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(put({.id = fmt::format("disk-{}", i)}).has_value());
  }
  const auto front_end = connect("disk-17");
  turn_for(second_ns / 10);
  const uint64_t start_ns = clock.now_ns();
  stop();
  EXPECT_LT(clock.now_ns() - start_ns, second_ns / 10);
}

TEST_F(DiskHooksTest, a_stop_ends_what_waits_for_a_guest) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({}).has_value());
  qemu->releases_at_request = 0;
  std::optional<Result<void>> removed;
  core::spawn(core::keep(world->disks.withdraw(intent_of({})), &removed));
  turn_until([&] { return std::ranges::count(qemu->commands, "device_del") > 0; });
  const uint64_t start_ns = clock.now_ns();
  world->plugger.stop();
  turn_until([&] { return removed.has_value(); });
  EXPECT_EQ(removed->error().code, Code::Cancelled);
  stop();
  EXPECT_LT(clock.now_ns() - start_ns, second_ns / 10);
}

// One command of QEMU goes wrong in one way while a disk that its host lost is changed: it works or it is refused, and
// either way there is one disk, served, that can be removed.
struct FaultCase {
  std::string command;
  qemu::Fault fault;
};
class DiskFaultTest : public DiskRig, public testing::WithParamInterface<FaultCase> {};

TEST_P(DiskFaultTest, an_update_that_is_refused_changes_nothing) {
  ASSERT_TRUE(put_host().has_value());
  ASSERT_TRUE(put({.queue_size = 128}).has_value());
  restart_qemu();
  qemu->faults[GetParam().command] = GetParam().fault;
  qemu->fault_times = 1;
  const Result<void> changed = put({.queue_size = 512});
  qemu->faults.clear();
  ASSERT_EQ(world->disks.all().size(), 1U);
  const Disk& disk = *world->disks.all()[0];
  EXPECT_TRUE(disk.is_served());
  EXPECT_EQ(disk.spec().queue_size, changed.has_value() ? 512 : 128);
  turn_for(10 * second_ns);
  EXPECT_EQ(disk.offer().queue_size, disk.spec().queue_size);
  EXPECT_TRUE(qemu->devices.contains("or-disk1"));
  EXPECT_EQ(qemu->last_device["queue-size"], disk.spec().queue_size);
  ASSERT_TRUE(remove().has_value());
  expect_nothing_left();
}

std::vector<FaultCase> fault_cases() {
  std::vector<FaultCase> cases;
  for (const char* command :
       {"qmp_capabilities", "qom-list", "query-chardev", "query-memdev", "chardev-add", "device_add"}) {
    for (const qemu::Fault fault : {qemu::Fault::Refuse, qemu::Fault::Silence, qemu::Fault::DoneButSilent,
                                    qemu::Fault::HangUp, qemu::Fault::DoneAndHangUp, qemu::Fault::Garbage}) {
      cases.push_back({command, fault});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(every_step, DiskFaultTest, testing::ValuesIn(fault_cases()), [](const auto& test) {
  std::string name = fmt::format("{}_{}", test.param.command, static_cast<int>(test.param.fault));
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace outrigger::apply
