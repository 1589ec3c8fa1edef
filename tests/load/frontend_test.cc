// A front end against the real device: sockets, reactors, rings and a volume, all in this process.
#include "load/target_fixture.h"

namespace outrigger::load {
namespace {

void wait_ms(uint32_t ms) {
  const timespec pause{.tv_sec = 0, .tv_nsec = ms * 1'000'000};
  ::nanosleep(&pause, nullptr);
}

struct Form {
  const char* name;
  bool is_packed;
  bool is_indirect;
  bool has_event_idx;
};
class EveryForm : public TargetFixture, public ::testing::WithParamInterface<Form> {
 protected:
  static WorkloadOptions form_options() {
    WorkloadOptions o = options();
    o.is_packed = GetParam().is_packed;
    o.is_indirect = GetParam().is_indirect;
    o.has_event_idx = GetParam().has_event_idx;
    return o;
  }
};
INSTANTIATE_TEST_SUITE_P(
    Rings, EveryForm,
    ::testing::Values(Form{"split", false, false, false}, Form{"split_event_idx", false, false, true},
                      Form{"split_indirect", false, true, true}, Form{"packed", true, false, false},
                      Form{"packed_event_idx", true, false, true}, Form{"packed_indirect", true, true, true}),
    [](const auto& form) { return form.param.name; });

TEST_P(EveryForm, what_is_written_is_read) {
  const auto outcome = run_at(path(), form_options());
  ASSERT_TRUE(outcome.has_value()) << outcome.error().what;
  EXPECT_GT(outcome->io_count, 0U);
  EXPECT_EQ(outcome->error_count, 0U);
  EXPECT_EQ(outcome->mismatch_count, 0U);
}
TEST_P(EveryForm, four_queues_over_two_cores) {
  WorkloadOptions o = form_options();
  o.queue_count = 4;
  const auto outcome = run_at(path(), o);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().what;
  EXPECT_EQ(outcome->error_count + outcome->mismatch_count, 0U);
  for (uint16_t i = 0; i < 4; ++i) {
    EXPECT_GT(blk->queue_counters(i).requests.load(), 0U) << i;
  }
}
TEST_P(EveryForm, large_and_small_requests) {
  for (const uint32_t bytes : {512U, 65536U}) {
    WorkloadOptions o = form_options();
    o.io_bytes = bytes;
    const auto outcome = run_at(path(), o);
    ASSERT_TRUE(outcome.has_value()) << outcome.error().what;
    EXPECT_EQ(outcome->error_count + outcome->mismatch_count, 0U) << bytes;
  }
}

class FrontendTest : public TargetFixture {};

template <typename Ring>
void stop_and_resume(const std::string& path, WorkloadOptions o, uint32_t base) {
  OneRing<Ring> one(path, o, 1024);
  one.start(base);
  one.driver->begin();
  for (int round = 0; round < 10; ++round) {
    one.driver->run_for(0.002);
    const uint32_t stopped_at = OneRing<Ring>::must(one.frontend->stop_ring(0));
    one.start(stopped_at);
    one.frontend->kick(0);
  }
  one.driver->finish();
  EXPECT_EQ(one.driver->in_flight_count(), 0U);
  EXPECT_EQ(one.driver->outcome().error_count + one.driver->outcome().mismatch_count, 0U);
}
TEST_F(FrontendTest, GET_VRING_BASE_and_a_new_start_lose_nothing_split) {
  stop_and_resume<SplitRing>(path(), options(), 0);
}
TEST_F(FrontendTest, GET_VRING_BASE_and_a_new_start_lose_nothing_packed) {
  WorkloadOptions o = options();
  o.is_packed = true;
  stop_and_resume<PackedRing>(path(), o, PackedRing::base());
}
TEST_F(FrontendTest, SET_MEM_TABLE_under_load_loses_nothing) {
  OneRing<SplitRing> one(path(), options(), 1024);
  one.start(0);
  one.driver->begin();
  const auto more = OneRing<SplitRing>::must(SharedMemory::create(1 << 20));
  const int fds[2] = {one.memory->fd().get(), more->fd().get()};
  vhost_user::MemoryTableDescription table;
  const auto bytes = one.memory->bytes();
  table.regions[0] = {SharedMemory::guest_base, bytes.size(), one.memory->user_address(bytes.data()), 0};
  table.regions[1] = {SharedMemory::guest_base + (1ULL << 32), 1 << 20, 0x1000, 0};
  for (uint32_t round = 0; round < 20; ++round) {
    one.driver->run_for(0.001);
    table.region_count = 1 + round % 2;
    const auto payload = std::as_bytes(std::span(&table, 1)).first(8 + 32 * table.region_count);
    const auto sent =
        one.frontend->send(vhost_user::RequestId::SetMemTable, payload, std::span(fds).first(table.region_count));
    ASSERT_TRUE(sent.has_value()) << sent.error().what;
  }
  one.driver->finish();
  EXPECT_EQ(one.driver->outcome().error_count + one.driver->outcome().mismatch_count, 0U);
}
TEST_F(FrontendTest, a_front_end_that_vanishes_with_requests_in_flight_leaves_a_working_device) {
  for (int round = 0; round < 5; ++round) {
    OneRing<SplitRing> one(path(), options(), 1024);
    one.start(0);
    one.driver->begin();
    one.driver->run_for(0.001);
    one.frontend->hang_up();
    // What is in flight may still be written to; the back end has the memory mapped itself.
  }
  // The next in line waits until the last session has drained.
  const auto outcome = run_at(path(), options());
  ASSERT_TRUE(outcome.has_value()) << outcome.error().what;
  EXPECT_EQ(outcome->error_count + outcome->mismatch_count, 0U);
}
TEST_F(FrontendTest, memory_cut_off_under_load_ends_the_session_and_the_device_lives) {
  OneRing<SplitRing> one(path(), options(), 1024);
  one.start(0);
  one.driver->begin();
  one.driver->run_for(0.002);
  // Everything: rings, headers, buffers. From here on only the back end touches the memory.
  ASSERT_EQ(::ftruncate(one.memory->fd().get(), 0), 0);
  one.frontend->kick(0);
  one.frontend->hang_up();
  const auto outcome = run_at(path(), options());
  ASSERT_TRUE(outcome.has_value()) << outcome.error().what;
  EXPECT_EQ(outcome->error_count + outcome->mismatch_count, 0U);
}
// As after a kill: guest memory and in-flight region are what they were while five requests waited in the volume and
// others overtook them. In this process the old session drains; what that does to memory is undone.
TEST_F(FrontendTest, the_in_flight_region_carries_held_requests_over_a_reconnection) {
  constexpr uint64_t held = 5;
  WorkloadOptions o = options();
  OneRing<SplitRing> one(path(), o, 1024);
  const auto made = one.frontend->make_inflight(1, one.rings[0]->layout().size);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  ASSERT_TRUE(one.frontend->set_inflight(*one.frontend).has_value());
  faulty->add_rule({.fault = block::Fault::Hold, .one_in = 20, .count_max = held});
  one.start(0);
  one.driver->begin();
  for (int i = 0; i < 1000 && faulty->held_count() < held; ++i) {
    one.driver->run_for(0.001);
  }
  ASSERT_EQ(faulty->held_count(), held);
  for (uint64_t seen = 0; const uint64_t now = blk->queue_counters(0).requests.load(); seen = now) {
    if (now == seen) {
      break;  // what was not held has ended: memory stands still
    }
    wait_ms(20);
  }
  std::vector<std::byte> memory(one.memory->bytes().begin(), one.memory->bytes().end());
  std::vector<std::byte> inflight(one.frontend->inflight_bytes());
  const int inflight_fd = one.frontend->inflight_fd();
  ASSERT_EQ(::pread(inflight_fd, inflight.data(), inflight.size(), 0), static_cast<ssize_t>(inflight.size()));

  one.frontend->hang_up();
  faulty->clear_rules();
  const auto is_connected = [this] {
    bool answer = false;
    on_control([&] { answer = server->state().is_connected; });
    return answer;
  };
  for (int i = 0; i < 1000 && is_connected(); ++i) {
    for (auto& reactor : data) {
      reactor->post([this, &reactor] { faulty->release(*reactor); });
    }
    wait_ms(1);
  }
  ASSERT_FALSE(is_connected());
  std::ranges::copy(memory, one.memory->bytes().begin());
  ASSERT_EQ(::pwrite(inflight_fd, inflight.data(), inflight.size(), 0), static_cast<ssize_t>(inflight.size()));

  const uint64_t before = blk->queue_counters(0).requests.load();
  one.reconnect(path());
  for (int i = 0; i < 1000 && blk->queue_counters(0).requests.load() < before + held; ++i) {
    wait_ms(1);
  }
  EXPECT_EQ(blk->queue_counters(0).requests.load(), before + held) << "those and no others, before anything new comes";
  one.driver->run_for(0.002);
  one.driver->finish();
  EXPECT_EQ(one.driver->in_flight_count(), 0U);
  EXPECT_EQ(one.driver->outcome().error_count + one.driver->outcome().mismatch_count, 0U);
}
TEST_F(FrontendTest, a_resize_shows_in_the_configuration) {
  Frontend frontend = OneRing<SplitRing>::must(Frontend::connect(path(), wanted_features(options())));
  EXPECT_EQ(frontend.config()->capacity, device_bytes / 512);
  on_control([this] { EXPECT_TRUE(memory_device->resize(2 * device_bytes / 512).has_value()); });
  EXPECT_EQ(frontend.config()->capacity, 2 * device_bytes / 512);
}
TEST_F(FrontendTest, a_failing_volume_shows_as_errors) {
  faulty->add_rule({.fault = block::Fault::FailBefore, .op = block::Op::Read});
  WorkloadOptions o = options();
  o.write_percent = 0;
  const auto outcome = run_at(path(), o);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().what;
  EXPECT_GT(outcome->error_count, 0U);
}
TEST_F(FrontendTest, the_ceiling_and_the_ping_pong_run) {
  WorkloadOptions o = options();
  o.seconds = 0.3;  // a busy machine may give a thread nothing for some 10 ms
  const auto outcome = run_ceiling(o, -1);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_GT(outcome->io_count, 0U);
}

}  // namespace
}  // namespace outrigger::load
