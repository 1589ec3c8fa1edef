// A path's life in virtual time, on a target that the test scripts: silence, refusals, pauses between tries, the end of
// all tries, a controller that misbehaves while it is being set up.
#include "nvme_host/discovery.h"
#include "nvme_host/discovery_limits.h"
#include "nvme_host/fake_target.h"
#include "nvme_host/limits.h"
#include "nvme_host/path_rig.h"

#include <gtest/gtest.h>

namespace outrigger::nvme_host {
namespace {

using nvme::AdminOpcode;
using nvme::Status;
using nvme::StatusCode;

class PathLifeTest : public testing::Test {
 protected:
  PathLifeTest() : cores_(world_.data_cores()) {
    world_.pumps.push_back([this] { target_.pump(); });
  }
  ~PathLifeTest() override {
    if (path_ != nullptr) {
      stop();
    }
  }
  PathOptions options() const {
    PathOptions made;
    made.name = "path";
    made.traddr = "127.0.0.1";
    made.trsvcid = std::to_string(target_.tcp_port());
    made.subnqn = FakeTarget::nqn;
    made.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:6e33f0ae-5d55-4f9f-bbbf-2d4dc1f1f001";
    made.connect_timeout_ms = 500;
    made.keep_alive_ms = 2000;
    made.answer_timeout_ms = 3000;
    made.reconnect_delay_ms = 1000;
    made.reconnect_delay_max_ms = 4000;
    made.controller_loss_ms = 30'000;
    return made;
  }
  void start(const PathOptions& with) {
    path_ = make_tcp_path(world_.control(), cores_, with);
    path_->start(observer_);
  }
  void connect(const PathOptions& with) {
    start(with);
    ASSERT_TRUE(wait([this] { return observer_.live_count == 1; }, 1000)) << path_->status().why;
  }
  bool wait(const std::function<bool()>& done, uint64_t ms = 5000) { return world_.wait_until(done, ms); }
  void stop(uint64_t ms = 3000) {
    bool is_stopped = false;
    core::spawn(core::keep(path_->stop(), &is_stopped));
    EXPECT_TRUE(wait([&] { return is_stopped; }, ms));
    check(is_stopped, "a path stops");
    path_ = nullptr;
  }
  // The first failure's reason holds this.
  void expect_failure(const std::string& text) {
    start(options());
    EXPECT_TRUE(wait([this] { return path_->status().connect_failures != 0; }));
    EXPECT_NE(path_->status().why.find(text), std::string::npos) << path_->status().why;
    EXPECT_EQ(observer_.live_count, 0);
  }

  PathWorld world_;
  std::vector<core::Reactor*> cores_;
  FakeTarget target_;
  RecordingObserver observer_;
  std::unique_ptr<Path> path_;
};

TEST_F(PathLifeTest, KeepsAliveAtHalfTheTime) {
  connect(options());
  const size_t before = target_.keep_alives;
  world_.pass(10'000);
  EXPECT_GE(target_.keep_alives - before, 9U);
  EXPECT_LE(target_.keep_alives - before, 11U);
  EXPECT_EQ(target_.kato_ms, 2000U);
}

TEST_F(PathLifeTest, NoticesASilentController) {
  connect(options());
  target_.is_silent = true;
  const uint64_t start_ns = world_.clock.now_ns();
  EXPECT_TRUE(wait([this] { return observer_.down_count == 1; }, 3100));
  EXPECT_GE(world_.clock.now_ns() - start_ns, 500 * test_ms);
  EXPECT_EQ(path_->status().state, PathState::Reconnecting);
  target_.is_silent = false;
  EXPECT_TRUE(wait([this] { return observer_.live_count == 2; }, 10'000));
}

TEST_F(PathLifeTest, NoticesASilentIoQueue) {
  connect(options());
  target_.ignores_io = true;
  TestCommand read(Direction::ToHost, 512);
  read.command.sqe.opcode = 2;
  read.command.sqe.nsid = 1;
  const auto queue = path_->queue(0);
  ASSERT_TRUE(queue->submit(read.command));
  world_.pass(2900);
  EXPECT_EQ(read.done_count, 0);
  EXPECT_TRUE(wait([&] { return observer_.down_count == 1; }, 200));
  EXPECT_EQ(read.done_count, 1);
  EXPECT_EQ(read.command.status.code(), StatusCode::HostPathingError);
  EXPECT_FALSE(queue->is_live());
  EXPECT_NE(observer_.why.find("I/O queue 1"), std::string::npos) << observer_.why;
  EXPECT_TRUE(wait([this] { return observer_.live_count == 2; }));
  EXPECT_NE(path_->queue(0), queue);
}

TEST_F(PathLifeTest, PausesGrowAndEnd) {
  target_.refuses = Status::retryable(StatusCode::ConnectControllerBusy);
  start(options());
  EXPECT_TRUE(wait([this] { return path_->status().state == PathState::Failed; }, 31'000));
  // 0, 1, 3, 7, 11 … seconds, each a little later, and one at the end.
  EXPECT_GE(path_->status().connect_failures, 8U);
  EXPECT_LE(path_->status().connect_failures, 11U);
  EXPECT_EQ(observer_.down_count, 1);
  EXPECT_NE(observer_.why.find("given up after 30000 ms"), std::string::npos) << observer_.why;
  EXPECT_NE(observer_.why.find("Controller Busy"), std::string::npos) << observer_.why;
  const uint64_t before = path_->status().connect_failures;
  world_.pass(20'000);
  EXPECT_EQ(path_->status().connect_failures, before);
  target_.refuses = Status();
  path_->reset();
  EXPECT_TRUE(wait([this] { return observer_.live_count == 1; }, 1000));
}

TEST_F(PathLifeTest, NeverGivesUpWhenToldSo) {
  target_.refuses = Status::final(StatusCode::ConnectInvalidHost);
  PathOptions with = options();
  with.controller_loss_ms = -1;
  start(with);
  world_.pass(120'000);
  EXPECT_EQ(path_->status().state, PathState::Connecting);
  // A final refusal is asked about no more often than every ten seconds.
  EXPECT_LE(path_->status().connect_failures, 13U);
  target_.refuses = Status();
  EXPECT_TRUE(wait([this] { return observer_.live_count == 1; }, 13'000));
}

TEST_F(PathLifeTest, ALossIsTriedAgainAtOnceButNotForEver) {
  connect(options());
  world_.pass(1500);
  target_.hang_up();
  EXPECT_TRUE(wait([this] { return observer_.live_count == 2; }, 100));
  // Lost as soon as it was made: the next ones wait.
  target_.hang_up();
  world_.pass(500);
  EXPECT_EQ(observer_.live_count, 2);
  EXPECT_TRUE(wait([this] { return observer_.live_count == 3; }, 1000));
}

TEST_F(PathLifeTest, NobodyListens) {
  target_.close();
  expect_failure("Connection refused");
}

TEST_F(PathLifeTest, StopsWhileItWaits) {
  target_.is_silent = true;
  start(options());
  world_.pass(100);
  stop(50);
  EXPECT_EQ(observer_.down_count, 0);
}

TEST_F(PathLifeTest, DoesNotFloodTheLogWhenItComesAndGoes) {
  log::drain(1'000'000'000);
  testing::internal::CaptureStderr();
  connect(options());
  for (int i = 2; i < 40; ++i) {
    path_->reset();
    ASSERT_TRUE(wait([&] { return observer_.live_count == i; })) << i;
  }
  log::drain(1'000'000'000);
  const std::string lines = testing::internal::GetCapturedStderr();
  const auto count = [&lines](std::string_view what) {
    size_t found = 0;
    for (size_t at = lines.find(what); at != std::string::npos; at = lines.find(what, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_GE(count(": connected to "), 1U);
  EXPECT_LE(count(": connected to ") + count(": lost: "), 40U) << lines;
}

TEST_F(PathLifeTest, StopsInOrder) {
  connect(options());
  stop();
  EXPECT_TRUE(target_.was_shut_down);
  EXPECT_EQ(observer_.down_count, 1);
}

TEST_F(PathLifeTest, StopsAlthoughTheControllerDoesNot) {
  connect(options());
  target_.is_silent = true;
  stop(2500);
}

TEST_F(PathLifeTest, AControllerThatDoesNotBecomeReady) {
  target_.is_never_ready = true;
  expect_failure("did not become ready within 1000 ms");
  EXPECT_EQ(path_->status().stage, "enabling the controller");
}

// CAP.TO is 1 s.
TEST_F(PathLifeTest, AControllerThatSaysThatItNeedsLonger) {
  target_.has_crwms = true;
  target_.crto = 0x0001'000AU;  // CRIMT, CRWMT
  target_.is_never_ready = true;
  start(options());
  world_.pass(4500);
  EXPECT_EQ(path_->status().connect_failures, 0U) << path_->status().why;
  EXPECT_TRUE(wait([this] { return path_->status().connect_failures != 0; }, 1000));
  EXPECT_NE(path_->status().why.find("did not become ready within 5000 ms"), std::string::npos) << path_->status().why;
  world_.pass(4500);
  target_.is_never_ready = false;
  EXPECT_TRUE(wait([this] { return observer_.live_count == 1; }, 500)) << path_->status().why;
}

TEST_F(PathLifeTest, AControllerThatNeedsHoursHasMinutes) {
  target_.has_crwms = true;
  target_.crto = 0xFFFFU;
  target_.is_never_ready = true;
  start(options());
  EXPECT_FALSE(world_.wait_until([this] { return path_->status().connect_failures != 0; }, 599'000, 20));
  EXPECT_TRUE(world_.wait_until([this] { return path_->status().connect_failures != 0; }, 2'000, 20));
}

TEST_F(PathLifeTest, AControllerThatPromisesCrtoAndHasNone) {
  target_.has_crwms = true;
  target_.is_never_ready = true;
  expect_failure("did not become ready within 1000 ms");
}

TEST_F(PathLifeTest, AnIoQueueThatIsNotConnectedInTime) {
  target_.io_connect = [](uint16_t) { return false; };
  start(options());
  EXPECT_TRUE(wait([this] { return path_->status().connect_failures != 0; }, 600)) << "no longer than connect_timeout";
  EXPECT_NE(path_->status().why.find("within 500 ms"), std::string::npos) << path_->status().why;
  EXPECT_EQ(path_->status().stage, "connecting the I/O queues");
}

// The admin queue goes while I/O queues are being connected: no more of them are.
TEST_F(PathLifeTest, ALossInTheMiddleOfTheQueues) {
  PathWorld wide(8);
  wide.pumps.push_back([this] { target_.pump(); });
  std::vector<uint16_t> connected;
  target_.io_connect = [&](uint16_t qid) {
    if (connected.empty()) {
      target_.hang_up_admin();
    }
    connected.push_back(qid);
    return true;
  };
  auto path = make_tcp_path(wide.control(), wide.data_cores(), options());
  path->start(observer_);
  EXPECT_TRUE(wide.wait_until([&] { return path->status().connect_failures != 0; }, 900));
  EXPECT_NE(path->status().why.find("admin queue"), std::string::npos) << path->status().why;
  EXPECT_LE(connected.size(), 2U);
  EXPECT_TRUE(wide.wait_until([&] { return observer_.live_count == 1; }, 3000)) << path->status().why;
  bool is_stopped = false;
  core::spawn(core::keep(path->stop(), &is_stopped));
  EXPECT_TRUE(wide.wait_until([&] { return is_stopped; }, 3000));
}

TEST_F(PathLifeTest, AResetAtAnyStepOfTheSetUpLeavesAPathThatIsKeptAlive) {
  for (int turns = 0; observer_.live_count == 0; ++turns) {
    ASSERT_LT(turns, 500) << "it came up before the reset";
    start(options());
    world_.turns(turns);
    const bool was_live = std::exchange(observer_.live_count, 0) != 0;
    path_->reset();
    ASSERT_TRUE(wait([this] { return observer_.live_count == 1; })) << path_->status().why;
    world_.pass(100);
    const size_t before = target_.keep_alives;
    (void)world_.wait_until([] { return false; }, 2100, 20);
    EXPECT_GE(target_.keep_alives - before, 1U) << "after " << turns << " turns";
    EXPECT_EQ(path_->status().losses, was_live ? 1U : 0U) << "after " << turns << " turns";
    stop();
    observer_ = {};
    if (was_live) {
      return;
    }
  }
}

TEST_F(PathLifeTest, AControllerWithAFatalError) {
  target_.csts = 3;
  expect_failure("CSTS.CFS");
}

TEST_F(PathLifeTest, AnotherControllerThanConnects) {
  target_.identity.cntlid = uint16_t{9};
  expect_failure("Identify speaks of 9");
}

TEST_F(PathLifeTest, AControllerWithoutSgls) {
  target_.identity.sgls = 0U;
  expect_failure("SGLs");
}

TEST_F(PathLifeTest, AnotherSubsystem) {
  target_.identity.subnqn[0] = 'x';
  expect_failure("answers instead of");
}

TEST_F(PathLifeTest, AuthenticationIsAskedFor) {
  target_.connect_bits = nvme::connect_atr;
  expect_failure("authenticate");
}

TEST_F(PathLifeTest, ANamespaceListWithoutEnd) {
  target_.list = [](uint32_t) { return std::vector<uint32_t>(1024, 7); };
  expect_failure("not in order");
}

TEST_F(PathLifeTest, MoreNamespacesThanWeLookAt) {
  target_.list = [](uint32_t above) {
    std::vector<uint32_t> list(1024);
    for (uint32_t& nsid : list) {
      nsid = ++above;
    }
    return list;
  };
  start(options());
  EXPECT_TRUE(wait([this] { return observer_.live_count == 1; }, 60'000));
  EXPECT_EQ(path_->namespaces().size(), 4096U);
}

// An answer that is none for now does not make a namespace vanish, nor another one of it.
TEST_F(PathLifeTest, WhatCannotBeIdentifiedNowIsAskedForAgain) {
  target_.uuid = uint8_t{7};
  for (const nvme::Cns failing : {nvme::Cns::Namespace, nvme::Cns::NamespaceDescriptors}) {
    uint32_t failures = scan_retries_max;
    target_.identify_status = [&](nvme::Cns cns) {
      return cns == failing && failures != 0 && failures-- != 0 ? Status::retryable(StatusCode::InternalError)
                                                                : Status();
    };
    observer_.live_count = 0;
    start(options());
    EXPECT_TRUE(wait([this] { return observer_.live_count == 1; }, 3000)) << path_->status().why;
    EXPECT_EQ(failures, 0U);
    EXPECT_EQ(path_->status().connect_failures, 0U);
    ASSERT_EQ(path_->namespaces().size(), 1U);
    EXPECT_EQ(path_->namespaces()[0].uuid[15], 7);
    stop();
  }
}

TEST_F(PathLifeTest, ATryToConnectThatCannotIdentifyANamespaceFails) {
  for (const nvme::Cns failing : {nvme::Cns::Namespace, nvme::Cns::NamespaceDescriptors}) {
    uint32_t asked = 0;
    target_.identify_status = [&](nvme::Cns cns) {
      asked += cns == failing ? 1U : 0U;
      return cns == failing ? Status::retryable(StatusCode::InternalError) : Status();
    };
    expect_failure("Identify of namespace 1");
    EXPECT_EQ(asked, scan_retries_max + 1);
    stop();
  }
}

TEST_F(PathLifeTest, AScanThatCannotIdentifyANamespaceShowsNothingNew) {
  bool is_first = true;
  target_.identify_status = [&](nvme::Cns cns) {
    const bool is_fine = cns != nvme::Cns::Namespace || std::exchange(is_first, false);
    return is_fine ? Status() : Status::retryable(StatusCode::InternalError);
  };
  target_.floods_events = true;  // there are namespaces to look at again at once
  connect(options());
  EXPECT_TRUE(wait([this] { return observer_.down_count == 1; }, 5000));
  EXPECT_NE(observer_.why.find("Identify of namespace 1"), std::string::npos) << observer_.why;
  EXPECT_EQ(observer_.namespaces_count, 0);
}

TEST_F(PathLifeTest, ANamespaceIsGoneWhenTheControllerSaysSoForGood) {
  for (const Status status :
       {Status::final(StatusCode::InternalError), Status::retryable(StatusCode::InvalidNamespaceOrFormat)}) {
    target_.identify_status = [&](nvme::Cns cns) { return cns == nvme::Cns::Namespace ? status : Status(); };
    observer_.live_count = 0;
    start(options());
    EXPECT_TRUE(wait([this] { return observer_.live_count == 1; }, 90)) << "without a pause";
    EXPECT_TRUE(path_->namespaces().empty());
    stop();
  }
}

TEST_F(PathLifeTest, ControllersWithoutDescriptors) {
  uint32_t asked = 0;
  target_.identify_status = [&](nvme::Cns cns) {
    asked += cns == nvme::Cns::NamespaceDescriptors ? 1U : 0U;
    return cns == nvme::Cns::NamespaceDescriptors ? Status::final(StatusCode::InvalidField) : Status();
  };
  for (const uint32_t version : {0x0001'0300U, 0x0001'0201U}) {
    target_.version = version;
    observer_.live_count = 0;
    start(options());
    EXPECT_TRUE(wait([this] { return observer_.live_count == 1; }, 90));
    EXPECT_EQ(path_->namespaces().size(), 1U);
    EXPECT_EQ(asked, 1U) << "only of those of 1.3 or later";
    stop();
  }
}

TEST_F(PathLifeTest, EventsWithoutEndAreHeardSlowly) {
  target_.floods_events = true;
  connect(options());
  const size_t commands = target_.commands;
  const size_t logs = target_.logs_asked;
  world_.pass(3000);
  // Each event with its two logs (changed namespaces, ANA) and its scan.
  EXPECT_GE(target_.logs_asked - logs, 2 * 2 * events_per_second_max);
  EXPECT_LE(target_.logs_asked - logs, 4 * 2 * events_per_second_max);
  EXPECT_LE(target_.commands - commands, 4 * 8 * events_per_second_max);
  EXPECT_EQ(path_->status().state, PathState::Live);
}

TEST_F(PathLifeTest, ErrorsWithoutEndAreReadOnceASecond) {
  target_.floods_events = true;
  target_.event = 0x0001'0400;
  connect(options());
  const size_t before = target_.logs_asked;
  world_.pass(5500);
  EXPECT_GE(target_.logs_asked - before, 4U);
  EXPECT_LE(target_.logs_asked - before, 6U);
  EXPECT_EQ(path_->status().state, PathState::Live);
}

TEST_F(PathLifeTest, ATransitionThatDoesNotEnd) {
  target_.ana_state = 15;
  target_.identity.anatt = 3;
  connect(options());
  EXPECT_EQ(path_->namespaces()[0].ana, PathAnaState::Change);
  // A target that ends it in the last moment is heard in time.
  world_.pass(5900);
  EXPECT_EQ(observer_.down_count, 0);
  EXPECT_TRUE(wait([this] { return observer_.down_count == 1; }, 200));
  EXPECT_NE(observer_.why.find("ANATT"), std::string::npos) << observer_.why;
}

TEST_F(PathLifeTest, TransitionsOfGroupsHaveEachItsTime) {
  target_.ana_state = 15;
  target_.identity.anatt = 3;
  target_.floods_events = true;  // of changes: the log is read many times a second
  connect(options());
  world_.pass(5000);
  target_.ana_group = 2;  // the first has come out of it
  world_.pass(5000);
  EXPECT_EQ(observer_.down_count, 0) << observer_.why;
  EXPECT_TRUE(wait([this] { return observer_.down_count == 1; }, 1500));
}

TEST_F(PathLifeTest, AnErrorLogThatCannotBeReadIsReadAgain) {
  target_.floods_events = true;
  target_.event = 0x0001'0400;
  target_.error_logs_failing = 3;
  connect(options());
  target_.floods_events = false;  // one event, and none before its log was read
  const size_t before = target_.error_logs_asked;
  world_.pass(6000);
  EXPECT_LE(before, 1U);
  EXPECT_EQ(target_.error_logs_asked, 4U);
  EXPECT_EQ(path_->status().state, PathState::Live);
}

TEST_F(PathLifeTest, FewerQueuesThanCores) {
  target_.queues_granted = 1;
  PathWorld wide(3);
  wide.pumps.push_back([this] { target_.pump(); });
  auto path = make_tcp_path(wide.control(), wide.data_cores(), options());
  path->start(observer_);
  EXPECT_TRUE(wide.wait_until([this] { return observer_.live_count == 1; }, 1000));
  ASSERT_TRUE(path->queue(0) != nullptr && path->queue(1) != nullptr && path->queue(2) != nullptr);
  EXPECT_EQ(path->controller().io_queue_count, 1U);
  EXPECT_EQ(path->queue(1)->depth(), path->queue(2)->depth());
  // Entries for three cores were wanted, and the controller takes 128 at most (MAXCMD).
  EXPECT_EQ(path->queue(0)->depth() + 2 * path->queue(1)->depth(), 128U);
  bool is_stopped = false;
  core::spawn(core::keep(path->stop(), &is_stopped));
  EXPECT_TRUE(wide.wait_until([&] { return is_stopped; }, 3000));
}

class DiscoveryLifeTest : public PathLifeTest {
 protected:
  // Without events, unless `oaes` has them: the log is read again every second.
  void follow(uint32_t oaes = 0) {
    target_.identity.oaes = oaes;
    DiscoveryOptions options =
        discovery_at(target_.tcp_port(), "nqn.2014-08.org.nvmexpress:uuid:6e33f0ae-5d55-4f9f-bbbf-2d4dc1f1f001");
    options.answer_timeout_ms = 3'600'000;
    options.keep_alive_ms = 4'000'000;
    options.poll_ms = 1000;
    watch_ = std::make_unique<DiscoveryWatch>(world_.control(), options, [](const auto&) {});
    watch_->start();
    ASSERT_TRUE(wait([this] { return watch_->is_current(); })) << watch_->why();
  }
  // Its log is being read for the second time, and will not come.
  void stall() {
    follow();
    target_.ignores_logs = true;
    const size_t before = target_.logs_asked;
    ASSERT_TRUE(wait([&] { return target_.logs_asked > before; }));
    world_.pass(1000);
    ASSERT_TRUE(watch_->is_current());
  }
  void expect_stop_within(uint64_t ms) {
    bool is_stopped = false;
    core::spawn(core::keep(watch_->stop(), &is_stopped));
    EXPECT_TRUE(wait([&] { return is_stopped; }, ms));
    check(is_stopped, "a watch stops");
  }
  std::unique_ptr<DiscoveryWatch> watch_;
};

TEST_F(DiscoveryLifeTest, StopEndsAReadingAtOnce) {
  stall();
  expect_stop_within(50);
}

TEST_F(DiscoveryLifeTest, ChangesWithoutEndAreReadSlowly) {
  target_.floods_events = true;
  target_.event = 0x0070'F002;  // Discovery Log Page Change
  follow(nvme::oaes::DiscoveryChange);
  const size_t before = target_.logs_asked;
  constexpr uint64_t reading_count = 20;
  world_.pass(reading_count * discovery_read_pause_ns / test_ms);
  // A reading is three commands: the header, the records (of which there are none), the header again.
  EXPECT_GE(target_.logs_asked - before, reading_count);
  EXPECT_LE(target_.logs_asked - before, 3 * (reading_count + 1));
  EXPECT_TRUE(watch_->is_current()) << watch_->why();
  expect_stop_within(3000);
}

TEST_F(DiscoveryLifeTest, AReadingHasALimitOfTime) {
  stall();
  EXPECT_TRUE(wait([this] { return !watch_->is_current(); }, discovery_reading_ns_max / test_ms));
  EXPECT_NE(watch_->why().find("could not be read within 15 s"), std::string::npos) << watch_->why();
  EXPECT_TRUE(watch_->has_log()) << "the last one holds";
  target_.ignores_logs = false;
  EXPECT_TRUE(wait([this] { return watch_->is_current(); })) << watch_->why();
  expect_stop_within(3000);
}

}  // namespace
}  // namespace outrigger::nvme_host
