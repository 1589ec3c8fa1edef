#include "pipeline/packet_replication.h"

#include <gtest/gtest.h>

#include <array>

namespace outrigger::pipeline {
namespace {

TEST(PacketReplication, groups_and_sessions_are_what_was_set) {
  Quiescence quiescence;
  const auto replication = PacketReplication::make(quiescence).value();
  const std::array<Replica, 3> replicas = {Replica{1, 5}, Replica{2, 5}, Replica{1, 6}};
  ASSERT_TRUE(replication->set_multicast_group(7, replicas).has_value());
  EXPECT_EQ(*replication->multicast_group(7), ReplicaList(replicas.begin(), replicas.end()));
  EXPECT_EQ(replication->multicast_group(8), nullptr);
  EXPECT_EQ(replication->multicast_group(UINT32_MAX), nullptr);
  ASSERT_TRUE(replication->set_multicast_group(7, {}).has_value());
  EXPECT_TRUE(replication->multicast_group(7)->empty());

  const CloneSession session{.replicas = {{3, 0}}, .class_of_service = 4, .packet_length_bytes = 128};
  ASSERT_TRUE(replication->set_clone_session(0, session).has_value());
  EXPECT_EQ(*replication->clone_session(0), session);
  EXPECT_EQ(session.length_of_copy(1500), 128U);
  EXPECT_EQ(session.length_of_copy(64), 64U);
  EXPECT_EQ(CloneSession{}.length_of_copy(1500), 1500U);

  EXPECT_EQ(replication->multicast_groups(), std::vector<uint32_t>{7});
  EXPECT_EQ(replication->clone_sessions(), std::vector<uint32_t>{0});
  EXPECT_TRUE(replication->remove_multicast_group(7).has_value());
  EXPECT_EQ(replication->remove_multicast_group(7).error().code, Code::NotFound);
  replication->clear();
  EXPECT_EQ(replication->clone_session(0), nullptr);
}

TEST(PacketReplication, numbers_out_of_range_are_refused) {
  Quiescence quiescence;
  const auto replication = PacketReplication::make(quiescence).value();
  EXPECT_EQ(replication->set_multicast_group(0, {}).error().code, Code::InvalidArgument);
  EXPECT_EQ(replication->set_multicast_group(multicast_groups_max, {}).error().code, Code::InvalidArgument);
  EXPECT_EQ(replication->set_clone_session(clone_sessions_max, {}).error().code, Code::InvalidArgument);
  const std::vector<Replica> many(replicas_max + 1);
  EXPECT_EQ(replication->set_multicast_group(1, many).error().code, Code::ResourceExhausted);
  EXPECT_EQ(replication->remove_clone_session(clone_sessions_max).error().code, Code::NotFound);
}

TEST(PacketReplication, a_group_that_is_replaced_stays_readable_until_all_have_passed) {
  Quiescence quiescence;
  const auto replication = PacketReplication::make(quiescence).value();
  const std::array<Replica, 1> one = {Replica{1, 0}};
  ASSERT_TRUE(replication->set_multicast_group(1, one).has_value());
  const uint32_t thread = quiescence.join().value();
  const ReplicaList* const before = replication->multicast_group(1);
  ASSERT_TRUE(replication->set_multicast_group(1, {}).has_value());
  EXPECT_EQ(quiescence.reclaim(), 0U);
  EXPECT_EQ(before->at(0), one[0]);
  quiescence.announce(thread);
  EXPECT_EQ(quiescence.reclaim(), 1U);
  quiescence.leave(thread);
}

}  // namespace
}  // namespace outrigger::pipeline
