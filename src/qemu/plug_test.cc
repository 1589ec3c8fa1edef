// Plugger against a QEMU that does as it should, and against one that fails at every step in every way: whatever
// happens, the job ends, and nothing half-made is left.
#include "qemu/plug.h"
#include "core/kept_job.h"
#include "qemu/fake_qemu.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace outrigger::qemu {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// How long a job may take in virtual time: the sum of every named time-out, generously.
constexpr uint64_t job_ns_max = 400 * second_ns;

class PlugTest : public testing::Test {
 protected:
  PlugTest() {
    core::ReactorOptions options;
    options.uring_entries = 0;
    auto made = core::Reactor::create(options, clock_);
    reactor_ = std::move(*made);
    reactor_->run_turn();
    plugger_.emplace(*reactor_);
  }

  // Turns the reactor and the fake in virtual time until `done`.
  template <typename Done>
  void turn_until(Done done) {
    const uint64_t end_ns = clock_.now_ns() + job_ns_max;
    while (!done() && clock_.now_ns() < end_ns) {
      reactor_->run_turn();
      qemu_.serve();
      clock_.advance(second_ns / 1000);
    }
  }

  template <typename T>
  T run(core::Job<T> job) {
    std::optional<T> outcome;
    core::spawn(core::keep(std::move(job), &outcome));
    turn_until([&] { return outcome.has_value(); });
    EXPECT_TRUE(outcome.has_value()) << "the job hangs";
    EXPECT_EQ(plugger_->job_count(), 0U);
    return std::move(*outcome);
  }

  [[nodiscard]] HostAddress host() const { return {qemu_.path(), {}}; }
  [[nodiscard]] static BlkPlug plug(std::string_view name = "disk1") {
    BlkPlug plug;
    plug.id = device_id(name);
    plug.socket_path = "/run/disk.sock";
    plug.queue_count = 2;
    return plug;
  }
  void expect_empty() const {
    EXPECT_THAT(qemu_.devices, IsEmpty());
    EXPECT_THAT(qemu_.chardevs, IsEmpty());
  }

  core::ManualClock clock_;
  std::unique_ptr<core::Reactor> reactor_;
  FakeQemu qemu_;
  std::optional<Plugger> plugger_;
};

TEST_F(PlugTest, ids_are_valid_and_different) {
  EXPECT_EQ(device_id("disk1"), "or-disk1");
  EXPECT_EQ(device_id("volumes/a_b"), "or-volumes_2fa_5fb");
  EXPECT_NE(device_id("a/b"), device_id("a_2fb"));
}

TEST_F(PlugTest, plugs_and_unplugs) {
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  EXPECT_EQ(qemu_.devices.at("or-disk1"), "rp0");
  EXPECT_TRUE(qemu_.chardevs.contains("or-disk1.socket"));
  EXPECT_EQ(string_at(qemu_.last_device, "driver"), "vhost-user-blk-pci");
  EXPECT_EQ(qemu_.last_device["num-queues"], 2);
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Plugged);
  ASSERT_TRUE(run(plugger_->unplug(host(), "or-disk1")).has_value());
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Absent);
  expect_empty();
}

TEST_F(PlugTest, a_second_plug_finds_the_first) {
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  EXPECT_EQ(std::ranges::count(qemu_.commands, "device_add"), 1);
}

TEST_F(PlugTest, a_chardev_left_behind_is_replaced) {
  qemu_.chardevs.insert("or-disk1.socket");
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Incomplete);
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Plugged);
}

TEST_F(PlugTest, a_chardev_left_behind_is_removed_by_unplug) {
  qemu_.chardevs.insert("or-disk1.socket");
  ASSERT_TRUE(run(plugger_->unplug(host(), "or-disk1")).has_value());
  expect_empty();
}

TEST_F(PlugTest, many_at_once_take_different_slots) {
  qemu_.ports = {"rp0", "rp1", "rp2", "rp3"};
  std::vector<std::optional<Result<void>>> outcomes(4);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    core::spawn(core::keep(plugger_->plug_virtio_blk(host(), plug(fmt::format("disk{}", i))), &outcomes[i]));
  }
  turn_until([&] { return std::ranges::all_of(outcomes, [](const auto& outcome) { return outcome.has_value(); }); });
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome.has_value());
    EXPECT_TRUE(outcome->has_value()) << outcome->error().what;
  }
  std::set<std::string> buses;
  for (const auto& [id, bus] : qemu_.devices) {
    buses.insert(bus);
  }
  EXPECT_EQ(buses.size(), 4U);
  EXPECT_EQ(std::ranges::count(qemu_.commands, "qmp_capabilities"), 1) << "one connection serves them all";
}

TEST_F(PlugTest, only_the_hosts_own_buses_are_used) {
  HostAddress address = host();
  address.buses = {"rp1"};
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(address, plug())).has_value());
  EXPECT_EQ(qemu_.devices.at("or-disk1"), "rp1");
  const Result<void> second = run(plugger_->plug_virtio_blk(address, plug("disk2")));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Code::ResourceExhausted);
  EXPECT_THAT(second.error().what, HasSubstr("pcie-root-port"));
  EXPECT_FALSE(qemu_.chardevs.contains("or-disk2.socket"));
}

TEST_F(PlugTest, memory_that_is_not_shared_is_said) {
  qemu_.is_memory_shared = false;
  const Result<void> outcome = run(plugger_->plug_virtio_blk(host(), plug()));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Code::FailedPrecondition);
  EXPECT_THAT(outcome.error().what, HasSubstr("share=on"));
  expect_empty();
}

TEST_F(PlugTest, a_socket_that_nobody_serves_never_reaches_device_add) {
  qemu_.are_chardevs_connected = false;
  const Result<void> outcome = run(plugger_->plug_virtio_blk(host(), plug()));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Code::DeadlineExceeded);
  EXPECT_EQ(std::ranges::count(qemu_.commands, "device_add"), 0);
  expect_empty();
}

TEST_F(PlugTest, a_guest_that_misses_the_request_is_asked_again) {
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  qemu_.releases_at_request = 3;
  ASSERT_TRUE(run(plugger_->unplug(host(), "or-disk1")).has_value());
  expect_empty();
}

TEST_F(PlugTest, a_guest_that_keeps_the_disk_is_an_error_and_it_stays) {
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  qemu_.releases_at_request = 0;
  const Result<void> outcome = run(plugger_->unplug(host(), "or-disk1"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Code::DeadlineExceeded);
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Plugged);
}

TEST_F(PlugTest, a_qemu_that_is_gone_has_nothing_to_unplug) {
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  qemu_.die();
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Unreachable);
  EXPECT_TRUE(run(plugger_->unplug(host(), "or-disk1")).has_value());
  const Result<void> outcome = run(plugger_->plug_virtio_blk(host(), plug()));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Code::Unavailable);
}

TEST_F(PlugTest, a_socket_that_does_not_greet_is_an_error_for_all_who_wait) {
  qemu_.greets = false;
  std::vector<std::optional<Result<void>>> outcomes(3);
  for (auto& outcome : outcomes) {
    core::spawn(core::keep(plugger_->plug_virtio_blk(host(), plug()), &outcome));
  }
  const uint64_t start_ns = clock_.now_ns();
  turn_until([&] { return std::ranges::all_of(outcomes, [](const auto& outcome) { return outcome.has_value(); }); });
  EXPECT_LT(clock_.now_ns() - start_ns, 2 * connect_timeout_ns);
  for (const auto& outcome : outcomes) {
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->error().code, Code::DeadlineExceeded);
  }
}

TEST_F(PlugTest, stop_ends_jobs_at_once) {
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  qemu_.releases_at_request = 0;
  std::optional<Result<void>> outcome;
  core::spawn(core::keep(plugger_->unplug(host(), "or-disk1"), &outcome));
  turn_until([&] { return std::ranges::count(qemu_.commands, "device_del") > 0; });
  plugger_->stop();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->error().code, Code::Cancelled);
  EXPECT_EQ(plugger_->job_count(), 0U);
  EXPECT_EQ(run(plugger_->query(host(), "or-disk1")).error().code, Code::Cancelled);
}

TEST_F(PlugTest, stop_lets_a_plug_that_has_begun_end) {
  std::optional<Result<void>> outcome;
  core::spawn(core::keep(plugger_->plug_virtio_blk(host(), plug()), &outcome));
  turn_until([&] { return std::ranges::count(qemu_.commands, "chardev-add") > 0; });
  plugger_->stop();
  ASSERT_FALSE(outcome.has_value());
  turn_until([&] { return outcome.has_value(); });
  ASSERT_TRUE(outcome->has_value()) << outcome->error().what;
  EXPECT_TRUE(qemu_.devices.contains("or-disk1"));
  EXPECT_EQ(plugger_->job_count(), 0U);
}

TEST_F(PlugTest, stop_does_not_wait_long_for_a_plug_that_hangs) {
  qemu_.faults["device_add"] = Fault::Silence;
  std::optional<Result<void>> outcome;
  core::spawn(core::keep(plugger_->plug_virtio_blk(host(), plug()), &outcome));
  turn_until([&] { return std::ranges::count(qemu_.commands, "device_add") > 0; });
  const uint64_t start_ns = clock_.now_ns();
  plugger_->stop();
  turn_until([&] { return outcome.has_value(); });
  EXPECT_EQ(outcome->error().code, Code::Cancelled);
  EXPECT_LT(clock_.now_ns() - start_ns, stop_grace_ns + second_ns);
}

struct FaultCase {
  std::string command;
  Fault fault;
};

class PlugFaultTest : public PlugTest, public testing::WithParamInterface<FaultCase> {};

// A fault at one step, once: the plug either works or reports an error and leaves nothing.
TEST_P(PlugFaultTest, a_failed_plug_leaves_nothing) {
  qemu_.faults[GetParam().command] = GetParam().fault;
  qemu_.fault_times = 1;
  const Result<void> outcome = run(plugger_->plug_virtio_blk(host(), plug()));
  if (outcome.has_value()) {
    EXPECT_TRUE(qemu_.devices.contains("or-disk1"));
  } else {
    EXPECT_THAT(outcome.error().what, testing::Not(IsEmpty()));
    expect_empty();
  }
  // And the next one works.
  ASSERT_TRUE(run(plugger_->plug_virtio_blk(host(), plug())).has_value());
  EXPECT_EQ(*run(plugger_->query(host(), "or-disk1")), PlugState::Plugged);
}

// The same fault for ever: an error within the time-outs, never a hang.
TEST_P(PlugFaultTest, a_fault_that_stays_ends_every_job) {
  qemu_.faults[GetParam().command] = GetParam().fault;
  (void)run(plugger_->plug_virtio_blk(host(), plug()));
  (void)run(plugger_->query(host(), "or-disk1"));
  (void)run(plugger_->unplug(host(), "or-disk1"));
  qemu_.faults.clear();
  ASSERT_TRUE(run(plugger_->unplug(host(), "or-disk1")).has_value());
  expect_empty();
}

std::vector<FaultCase> fault_cases() {
  std::vector<FaultCase> cases;
  for (const char* command : {"qmp_capabilities", "qom-list", "query-chardev", "query-memdev", "chardev-add",
                              "device_add", "device_del", "chardev-remove"}) {
    for (const Fault fault : {Fault::Refuse, Fault::Silence, Fault::DoneButSilent, Fault::HangUp, Fault::DoneAndHangUp,
                              Fault::Garbage, Fault::Lie, Fault::WrongType}) {
      cases.push_back({command, fault});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(every_step, PlugFaultTest, testing::ValuesIn(fault_cases()), [](const auto& test) {
  std::string name = fmt::format("{}_{}", test.param.command, static_cast<int>(test.param.fault));
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace outrigger::qemu
