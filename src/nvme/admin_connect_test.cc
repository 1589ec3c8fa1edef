// Connect: who is let in, and what the refusals say (Base 2.0, section 6.3).
#include "base/log.h"
#include "nvme/admin_rig.h"

#include <fmt/format.h>

namespace outrigger::nvme {
namespace {

constexpr uint32_t in_sqe(size_t offset) { return invalid_parameter(ConnectPlace::Sqe, static_cast<uint16_t>(offset)); }
constexpr uint32_t in_data(size_t offset) {
  return invalid_parameter(ConnectPlace::Data, static_cast<uint16_t>(offset));
}

class ConnectTest : public AdminTest {
 protected:
  // Connects with what `change` made of a good Connect.
  template <typename Change>
  ConnectOutcome attempt(Change change) {
    TestHost host(world, port);
    change(host);
    return host.connect();
  }
  template <typename Change>
  void expect_invalid(Change change, uint32_t place) {
    const ConnectOutcome outcome = attempt(change);
    EXPECT_EQ(outcome.status.code(), StatusCode::ConnectInvalidParameters);
    EXPECT_EQ(outcome.result, place);
    EXPECT_TRUE(subsystem->controllers().empty());
  }
};

TEST_F(ConnectTest, what_is_malformed_is_refused_with_its_place) {
  EXPECT_EQ(attempt([](TestHost& host) { host.sqe.recfmt = 1; }).status.code(), StatusCode::ConnectIncompatibleFormat);
  expect_invalid([](TestHost& host) { host.sqe.sqsize = 0; }, in_sqe(offsetof(ConnectSqe, sqsize)));
  expect_invalid([](TestHost& host) { host.sqe.sqsize = admin_queue_entries_max; },
                 in_sqe(offsetof(ConnectSqe, sqsize)));
  expect_invalid([](TestHost& host) { host.sqe.kato = keep_alive_ms_max + 1; }, in_sqe(offsetof(ConnectSqe, kato)));
  expect_invalid([](TestHost& host) { host.sqe.qid = 0xFFFF; }, in_sqe(offsetof(ConnectSqe, qid)));
  expect_invalid([](TestHost& host) { std::memset(host.data.subnqn, 'x', sizeof(host.data.subnqn)); },
                 in_data(offsetof(ConnectData, subnqn)));
  expect_invalid([](TestHost& host) { std::memset(host.data.hostnqn, 'x', sizeof(host.data.hostnqn)); },
                 in_data(offsetof(ConnectData, hostnqn)));
  expect_invalid([](TestHost& host) { std::memset(host.data.hostnqn, 0, sizeof(host.data.hostnqn)); },
                 in_data(offsetof(ConnectData, hostnqn)));
  expect_invalid([](TestHost& host) { host.data.hostnqn[0] = '\n'; }, in_data(offsetof(ConnectData, hostnqn)));
  expect_invalid([](TestHost& host) { std::memset(host.data.hostid, 0, sizeof(host.data.hostid)); },
                 in_data(offsetof(ConnectData, hostid)));
  // 224 characters are one more than a name has.
  expect_invalid([](TestHost& host) { std::memset(host.data.hostnqn, 'x', 224); },
                 in_data(offsetof(ConnectData, hostnqn)));
  // No UTF-8, or a control character in it: neither an operator's view nor a log can show it.
  for (const std::string_view bytes : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "x\xC3", "\xC2\x9B"}) {
    const auto change = [bytes](char(&field)[nqn_field_bytes]) {
      std::memset(field, 0, sizeof(field));
      std::ranges::copy(bytes, field);
    };
    expect_invalid([&](TestHost& host) { change(host.data.hostnqn); }, in_data(offsetof(ConnectData, hostnqn)));
    expect_invalid([&](TestHost& host) { change(host.data.subnqn); }, in_data(offsetof(ConnectData, subnqn)));
  }
  EXPECT_TRUE(attempt([](TestHost& host) { std::memcpy(host.data.hostnqn, "nqn.\xC3\xA4", 7); }).status.is_success());
  EXPECT_TRUE(attempt([](TestHost& host) { std::memset(host.data.hostnqn, 'x', 223); }).status.is_success());
  EXPECT_TRUE(attempt([](TestHost& host) { host.sqe.sqsize = admin_queue_entries_max - 1; }).status.is_success());
}

// -- strangers do not take all there is

class ManyDiscoveryHosts : public ConnectTest {
 protected:
  StatusCode arrive(std::string hostnqn, std::string peer) {
    hosts.push_back(std::make_unique<TestHost>(
        world, port,
        HostOf{.hostnqn = std::move(hostnqn), .subnqn = std::string(discovery_nqn), .peer = std::move(peer)}));
    return hosts.back()->connect().status.code();
  }
  std::vector<std::unique_ptr<TestHost>> hosts;
};

TEST_F(ManyDiscoveryHosts, of_one_address_have_their_share) {
  for (int i = 0; i < discovery_controllers_per_peer_max; ++i) {
    ASSERT_EQ(arrive("nqn.2026-11.example:" + std::to_string(i), "192.0.2.66:" + std::to_string(1024 + i)),
              StatusCode::Success);
  }
  EXPECT_EQ(arrive("nqn.2026-11.example:more", "192.0.2.66:99"), StatusCode::ConnectControllerBusy);
  EXPECT_FALSE(hosts.back()->admin_connection().outcome.status.is_final()) << "there may be room in a moment";
  EXPECT_EQ(arrive("nqn.2026-11.example:more", "192.0.2.6:6"), StatusCode::Success) << "another address";
  EXPECT_EQ(arrive("nqn.2026-11.example:more", "fe80::1:4420"), StatusCode::Success);
  hosts.erase(hosts.begin());
  world.settle();
  EXPECT_EQ(arrive("nqn.2026-11.example:more", "192.0.2.66:99"), StatusCode::Success);
  // As the operator says.
  world.directory().limit_discovery_controllers(2);
  EXPECT_EQ(arrive("nqn.2026-11.example:two", "192.0.2.67:1"), StatusCode::Success);
  EXPECT_EQ(arrive("nqn.2026-11.example:two", "192.0.2.67:2"), StatusCode::Success);
  EXPECT_EQ(arrive("nqn.2026-11.example:two", "192.0.2.67:3"), StatusCode::ConnectControllerBusy);
}

// Nobody proves a name here.
TEST_F(ManyDiscoveryHosts, with_its_name_lock_no_host_out) {
  for (int i = 0; i < 2 * discovery_controllers_per_peer_max; ++i) {
    ASSERT_EQ(arrive("nqn.2026-11.example:same", "192.0.2." + std::to_string(i) + ":4"), StatusCode::Success);
  }
  EXPECT_EQ(arrive("nqn.2026-11.example:same", "198.51.100.1:4"), StatusCode::Success);
}

TEST_F(ManyDiscoveryHosts, of_a_few_addresses_leave_room_for_others) {
  ASSERT_EQ(arrive("nqn.2026-11.example:other", "198.51.100.1:4"), StatusCode::Success);
  const int per_address = discovery_controllers_max / 8;
  for (int i = 0; i < discovery_controllers_max - 1; ++i) {
    const std::string peer = "192.0.2." + std::to_string(i / per_address) + ":" + std::to_string(i);
    ASSERT_EQ(arrive("nqn.2026-11.example:" + std::to_string(i), peer), StatusCode::Success);
  }
  EXPECT_EQ(arrive("nqn.2026-11.example:new", "198.51.100.2:4"), StatusCode::Success) << "all are given away";
  world.settle();
  EXPECT_TRUE(hosts[0]->admin_connection().is_open()) << "who has few keeps them";
  EXPECT_FALSE(hosts[1]->admin_connection().is_open()) << "the oldest of an address with the most";
  EXPECT_EQ(arrive("nqn.2026-11.example:greedy", "192.0.2.1:4"), StatusCode::ConnectControllerBusy);
}

TEST_F(ManyDiscoveryHosts, are_no_more_than_there_is_memory_for) {
  world.directory().limit_discovery_controllers(2, 4);
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(arrive("nqn.2026-11.example:host", fmt::format("192.0.2.{}:{}", 1 + i / 2, i)), StatusCode::Success);
  }
  EXPECT_EQ(arrive("nqn.2026-11.example:new", "198.51.100.2:4"), StatusCode::Success);
  world.settle();
  EXPECT_FALSE(hosts[0]->admin_connection().is_open()) << "the oldest of an address with the most";
  EXPECT_EQ(std::ranges::count_if(hosts, [](const auto& one) { return one->admin_connection().is_open(); }), 4);
}

TEST_F(ManyDiscoveryHosts, of_one_ipv6_network_leave_room_for_others) {
  ASSERT_EQ(arrive("nqn.2026-11.example:other", "2001:db8:1::1:4"), StatusCode::Success);
  for (int i = 0; i < discovery_controllers_max - 1; ++i) {
    ASSERT_EQ(arrive("nqn.2026-11.example:" + std::to_string(i), fmt::format("2001:db8::{:x}:4", i + 1)),
              StatusCode::Success);
  }
  EXPECT_EQ(arrive("nqn.2026-11.example:new", "2001:db8:2::1:4"), StatusCode::Success);
  EXPECT_EQ(arrive("nqn.2026-11.example:new", "198.51.100.2:4"), StatusCode::Success);
  EXPECT_EQ(arrive("nqn.2026-11.example:new", "2001:db8::ffff:4"), StatusCode::Success) << "in the place of its like";
  world.settle();
  EXPECT_TRUE(hosts[0]->admin_connection().is_open());
  for (size_t i = 1; i <= 4; ++i) {
    EXPECT_EQ(hosts[i]->admin_connection().is_open(), i == 4) << i;
  }
}

TEST_F(ManyDiscoveryHosts, that_were_sent_away_and_do_not_go_have_a_limit) {
  for (int i = 0; i < discovery_controllers_max; ++i) {
    ASSERT_EQ(arrive("nqn.2026-11.example:a", fmt::format("2001:db8::{:x}:4", i + 1)), StatusCode::Success);
    hosts.back()->admin_connection().is_stuck = true;
  }
  for (int i = 0; i < discovery_controllers_displaced_max; ++i) {
    ASSERT_EQ(arrive("nqn.2026-11.example:b", fmt::format("192.0.2.{}:4", i + 1)), StatusCode::Success);
  }
  EXPECT_EQ(arrive("nqn.2026-11.example:b", "198.51.100.2:4"), StatusCode::ConnectControllerBusy);
}

TEST_F(ManyDiscoveryHosts, in_the_clear_go_when_their_port_requires_tls) {
  ASSERT_EQ(arrive("nqn.2026-11.example:a", "192.0.2.1:1"), StatusCode::Success);
  hosts.push_back(std::make_unique<TestHost>(world, other_port, HostOf{.subnqn = std::string(discovery_nqn)}));
  ASSERT_TRUE(hosts.back()->connect().status.is_success());
  world.directory().port_changed(port);
  world.settle();
  EXPECT_TRUE(hosts[0]->admin_connection().is_open());
  port.requires_tls = true;
  world.directory().port_changed(port);
  world.settle();
  EXPECT_FALSE(hosts[0]->admin_connection().is_open());
  EXPECT_TRUE(hosts[1]->admin_connection().is_open()) << "another port";
}

TEST_F(ManyDiscoveryHosts, do_not_flood_the_log_when_they_end) {
  const auto count_lines = [](const std::string& text) {
    size_t count = 0;
    for (size_t at = text.find(" ends: "); at != std::string::npos; at = text.find(" ends: ", at + 1)) {
      ++count;
    }
    return count;
  };
  log::drain(1'000'000'000);
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(arrive("nqn.2026-11.example:" + std::to_string(i), "192.0.2.66:1"), StatusCode::Success);
    hosts.clear();
    TestHost other(world, port);
    ASSERT_TRUE(other.connect().status.is_success());
  }
  log::drain(1'000'000'000);
  const size_t count = count_lines(::testing::internal::GetCapturedStderr());
  EXPECT_GE(count, 2U) << "who ends is told";
  EXPECT_LE(count, 40U);
}

TEST_F(ConnectTest, subsystems_are_found_where_they_are_exposed) {
  expect_invalid([](TestHost& host) { host.data.subnqn[5] = 'X'; }, in_data(offsetof(ConnectData, subnqn)));
  TestHost elsewhere(world, other_port);
  const ConnectOutcome& refused = elsewhere.connect();
  EXPECT_EQ(refused.status.code(), StatusCode::ConnectInvalidParameters);
  EXPECT_FALSE(refused.status.is_final()) << "it may be exposed in a moment";
  subsystem->expose_at(other_port);
  TestHost again(world, other_port);
  EXPECT_TRUE(again.connect().status.is_success());
  // Withdrawing ends what came through the port.
  TestHost here(world, port);
  ASSERT_TRUE(here.connect().status.is_success());
  subsystem->withdraw_from(other_port);
  world.settle();
  EXPECT_FALSE(again.admin_connection().is_open());
  EXPECT_TRUE(here.admin_connection().is_open());
  EXPECT_EQ(subsystem->controllers().size(), 1U);
}

TEST_F(ConnectTest, hosts_that_are_not_allowed_are_refused_and_ended) {
  subsystem->allow_any_host(false);
  TestHost host(world, port);
  EXPECT_EQ(host.connect().status, Status::final(StatusCode::ConnectInvalidHost));
  ASSERT_TRUE(subsystem->allow_host({.nqn = "nqn.2014-08.org.nvmexpress:uuid:host1"}));
  TestHost allowed(world, port);
  allowed.start();
  EXPECT_TRUE(allowed.connect_io(1).outcome.status.is_success());
  ASSERT_TRUE(subsystem->forbid_host("nqn.2014-08.org.nvmexpress:uuid:host1"));
  EXPECT_FALSE(subsystem->forbid_host("nqn.2014-08.org.nvmexpress:uuid:host1"));
  world.settle();
  EXPECT_FALSE(allowed.admin_connection().is_open());
  EXPECT_TRUE(subsystem->controllers().empty());
}

TEST_F(ConnectTest, a_port_that_wants_tls_lets_nobody_else_in) {
  port.requires_tls = true;
  TestHost host(world, port);
  EXPECT_EQ(host.connect().status.code(), StatusCode::ConnectInvalidHost);
}

TEST_F(ConnectTest, identifiers_are_given_dynamically_and_not_again_at_once) {
  uint16_t first = 0;
  {
    TestHost host(world, port);
    ASSERT_TRUE(host.connect().status.is_success());
    first = host.cntlid;
  }
  world.settle();
  ASSERT_TRUE(subsystem->controllers().empty());
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  EXPECT_NE(host.cntlid, first);
  TestHost asks(world, port);
  asks.data.cntlid = 77;
  EXPECT_EQ(asks.connect().result, in_data(offsetof(ConnectData, cntlid)));
}

TEST_F(ConnectTest, static_controllers_are_asked_for_by_number) {
  SubsystemOptions options;
  options.nqn = "nqn.2026-11.example:fixed";
  options.static_controllers = {7, 9};
  auto made = Subsystem::create(world.directory(), options);
  ASSERT_TRUE(made);
  (*made)->expose_at(port);
  const HostOf names{.subnqn = "nqn.2026-11.example:fixed"};
  {
    TestHost seven(world, port, names), taken(world, port, names), any(world, port, names), none(world, port, names),
        unknown(world, port, names), dynamic(world, port, names);
    seven.data.cntlid = taken.data.cntlid = 7;
    any.data.cntlid = none.data.cntlid = 0xFFFE;
    unknown.data.cntlid = 8;
    EXPECT_EQ(seven.connect().result, 7U);
    EXPECT_EQ(taken.connect().status, Status::retryable(StatusCode::ConnectControllerBusy));
    EXPECT_EQ(any.connect().result, 9U);
    EXPECT_EQ(none.connect().status, Status::retryable(StatusCode::ConnectControllerBusy));
    EXPECT_EQ(unknown.connect().status.code(), StatusCode::ConnectInvalidParameters);
    EXPECT_TRUE(dynamic.connect().status.is_success());
    EXPECT_TRUE(dynamic.cntlid != 7 && dynamic.cntlid != 9);
    (*made)->set_static_controllers({8});
    EXPECT_EQ(unknown.connect().result, 8U);
    TestHost gone(world, port, names);
    gone.data.cntlid = 9;
    EXPECT_EQ(gone.connect().status.code(), StatusCode::ConnectInvalidParameters) << "though it is connected still";
    EXPECT_EQ((*made)->controllers().size(), 4U);
  }
  EXPECT_TRUE(world.wait((*made)->close()));
}

TEST_F(ConnectTest, an_identifier_that_becomes_static_is_busy_until_its_holder_goes) {
  TestHost asks(world, port);
  {
    TestHost dynamic(world, port);
    ASSERT_TRUE(dynamic.connect().status.is_success());
    subsystem->set_static_controllers({dynamic.cntlid});
    asks.data.cntlid = dynamic.cntlid;
    EXPECT_EQ(asks.connect().status, Status::retryable(StatusCode::ConnectControllerBusy));
    EXPECT_TRUE(dynamic.admin_connection().is_open());
  }
  world.settle();
  EXPECT_TRUE(asks.connect().status.is_success());
  EXPECT_EQ(asks.cntlid, asks.data.cntlid);
  subsystem->set_static_controllers({});
  EXPECT_TRUE(asks.admin_connection().is_open());
}

TEST_F(ConnectTest, a_held_subsystem_tells_hosts_to_come_again) {
  TestHost before(world, port);
  before.start();
  subsystem->hold(true);
  TestHost host(world, port);
  EXPECT_EQ(host.connect().status, Status::retryable(StatusCode::ConnectControllerBusy));
  EXPECT_EQ(subsystem->controllers().size(), 1U) << "who was there stays";
  EXPECT_TRUE(before.connect_io(1).is_open());
  subsystem->hold(false);
  TestHost again(world, port);
  EXPECT_TRUE(again.connect().status.is_success());
}

TEST_F(ConnectTest, io_queues_belong_to_a_live_enabled_controller_of_the_same_host) {
  TestHost host(world, port);
  ASSERT_TRUE(host.connect().status.is_success());
  EXPECT_EQ(host.connect_io(1).outcome.status.code(), StatusCode::CommandSequenceError) << "it is not enabled";
  host.set_property(Property::Cc, 0x0046'0001);
  EXPECT_TRUE(host.connect_io(1).outcome.status.is_success());
  EXPECT_EQ(subsystem->controllers()[0].io_queue_count, 1U);

  const auto refusal = [&](auto change) {
    Connection connection(world);
    host.reset_connect(2);
    change();
    return host.connect_with(connection);
  };
  const uint32_t place_of_cntlid = in_data(offsetof(ConnectData, cntlid));
  EXPECT_EQ(refusal([&] { host.data.cntlid = host.cntlid + 1U; }).result, place_of_cntlid);
  EXPECT_EQ(refusal([&] { host.data.cntlid = 0xFFFF; }).result, place_of_cntlid);
  EXPECT_EQ(refusal([&] { host.data.hostnqn[8] ^= 1; }).result, in_data(offsetof(ConnectData, hostnqn)));
  EXPECT_EQ(refusal([&] { host.data.hostid[3] ^= 1; }).result, in_data(offsetof(ConnectData, hostid)));
  EXPECT_EQ(refusal([&] { host.sqe.sqsize = queue_entries_max; }).result, in_sqe(offsetof(ConnectSqe, sqsize)));
  EXPECT_EQ(refusal([&] { host.sqe.qid = io_queues_max + 1; }).result, in_sqe(offsetof(ConnectSqe, qid)));
  // The old connection may not have gone yet: come again.
  EXPECT_EQ(refusal([&] { host.sqe.qid = 1; }).status, Status::retryable(StatusCode::ConnectControllerBusy));
  EXPECT_EQ(subsystem->controllers()[0].io_queue_count, 1U);
}

TEST_F(ConnectTest, io_queues_are_as_many_as_granted_and_spread_over_the_cores) {
  TestHost host(world, port);
  host.start();
  EXPECT_EQ(host.set_feature(0x07, 0x0001'0003).result, 0x0001'0001U) << "pairs";
  Connection& first = host.connect_io(1);
  Connection& second = host.connect_io(2);
  ASSERT_TRUE(first.is_open() && second.is_open());
  EXPECT_NE(&first.queue->home(), &second.queue->home());
  EXPECT_EQ(host.connect_io(3).outcome.result, in_sqe(offsetof(ConnectSqe, qid)));
  EXPECT_EQ(host.set_feature(0x07, 0x0003'0003).status.code(), StatusCode::CommandSequenceError);
  // A queue that closed makes room for another of the same number, on the core that has none now.
  core::Reactor* const home = &first.queue->home();
  first.close();
  EXPECT_EQ(subsystem->controllers()[0].io_queue_count, 1U);
  Connection& third = host.connect_io(1);
  ASSERT_TRUE(third.is_open());
  EXPECT_EQ(&third.queue->home(), home);
}

TEST_F(ConnectTest, a_controller_ends_with_its_admin_queue) {
  TestHost host(world, port);
  host.start();
  Connection& io = host.connect_io(1);
  ASSERT_TRUE(io.is_open());
  io.is_stuck = true;
  host.admin_connection().close();
  EXPECT_EQ(io.disconnect_count, 1U);
  EXPECT_EQ(subsystem->controllers().size(), 1U) << "until its last queue has closed";
  EXPECT_FALSE(host.connect_io(2).outcome.status.is_success());
  io.close();
  EXPECT_TRUE(subsystem->controllers().empty());
}

TEST_F(ConnectTest, options_of_a_subsystem_are_checked) {
  const auto fails = [&](auto change) {
    SubsystemOptions options;
    options.nqn = "x";
    change(options);
    return !Subsystem::create(world.directory(), options).has_value();
  };
  EXPECT_FALSE(fails([](SubsystemOptions&) {}));
  EXPECT_TRUE(fails([](SubsystemOptions& options) { options.nqn = ""; }));
  EXPECT_TRUE(fails([](SubsystemOptions& options) { options.nqn = "nqn.2026-11.example:disks"; })) << "it is taken";
  EXPECT_TRUE(fails([](SubsystemOptions& options) { options.nqn = discovery_nqn; }));
  EXPECT_TRUE(fails([](SubsystemOptions& options) { options.nqn = "a\nb"; }));
  EXPECT_TRUE(fails([](SubsystemOptions& options) { options.serial = std::string(21, 's'); }));
  EXPECT_TRUE(fails([](SubsystemOptions& options) { options.model = std::string(41, 's'); }));
  EXPECT_TRUE(fails([](SubsystemOptions& options) { options.firmware = std::string(9, 's'); }));
  EXPECT_TRUE(fails([](SubsystemOptions& options) { options.nsid_max = subsystem_nsid_max + 1; }));
  EXPECT_TRUE(subsystem->rename("S2", "M2"));
  TestHost host(world, port);
  host.start();
  EXPECT_FALSE(subsystem->rename("S3", "M3"));
  host.identify(Cns::Controller);
  EXPECT_EQ(std::string(host.last->data<IdentifyController>().sn, 3), "S2 ");
}

}  // namespace
}  // namespace outrigger::nvme
