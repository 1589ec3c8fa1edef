// Bursts as their callers see them: verdicts, memory, order, what is slow and why.
#include <gmock/gmock.h>

#include "p4_target/test_bursts.h"
#include "pipeline/hash_functions.h"

namespace outrigger::p4_target {
namespace {

using testing::ElementsAre;

constexpr uint32_t headroom = 16;

class TargetBursts : public TestBursts {
 protected:
  BurstPacket& add(uint32_t port, const std::vector<uint8_t>& bytes) { return TestBursts::add(port, bytes, headroom); }
  // What left: the packet, the port and the first byte.
  std::vector<std::tuple<uint32_t, uint32_t, int>> receive() {
    std::vector<std::tuple<uint32_t, uint32_t, int>> left;
    for (const BurstOutput& output : target->receive_burst(packets, now_ns += 1000)) {
      left.emplace_back(output.packet, output.port, output.bytes.empty() ? -1 : output.bytes.front());
    }
    return left;
  }
};

using Left = std::tuple<uint32_t, uint32_t, int>;

// Kind 1 is dropped, 2 logged and forwarded, 3 goes to a group; others are forwarded with their kind in front.
constexpr const char* by_kind = R"(
  apply {
    sm.egress_spec = (bit<9>)hdr.h.a;
    if (hdr.h.kind == 1) { mark_to_drop(sm); }
    if (hdr.h.kind == 2) { log_msg("two"); }
    if (hdr.h.kind == 3) { sm.mcast_grp = 1; }
    hdr.h.kind = hdr.h.kind + 100;
  })";

TEST_F(TargetBursts, outputs_come_in_the_order_of_the_packets) {
  ASSERT_EQ(load(ingress_program(by_kind)), std::nullopt);
  ASSERT_TRUE(target->prepare_bursts().has_value()) << target->why_no_bursts();
  const pipeline::ReplicaList replicas = {{.port = 8, .instance = 1}, {.port = 9, .instance = 2}};
  ASSERT_TRUE(target->replication().set_multicast_group(1, replicas).has_value());
  add(1, {0, 5, 0, 77});
  add(1, {2, 5, 0, 77});
  add(1, {1, 5, 0, 77});
  add(1, {3, 5, 0, 77});
  add(1, {4, 6, 0, 77});
  EXPECT_THAT(receive(),
              ElementsAre(Left(0, 5, 100), Left(1, 5, 102), Left(3, 8, 103), Left(3, 9, 103), Left(4, 6, 104)));
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Forward, Verdict::Slow, Verdict::Drop, Verdict::Slow, Verdict::Forward));
  EXPECT_EQ(packets[0].data[0], 100);  // in its own memory
  EXPECT_EQ(packets[1].data[0], 2);    // untouched
  EXPECT_THAT(target->log().lines(), ElementsAre("two"));
  EXPECT_THAT(target->log().packets(), ElementsAre(1U));
  const BurstStatistics& counted = target->burst_statistics();
  EXPECT_EQ(counted.forwarded, 2U);
  EXPECT_EQ(counted.dropped, 1U);
  EXPECT_EQ(counted.slow, 2U);
}

TEST_F(TargetBursts, more_packets_than_fit_into_one_go_in_several) {
  ASSERT_EQ(load(ingress_program(by_kind)), std::nullopt);
  ASSERT_TRUE(target->prepare_bursts().has_value());
  constexpr uint32_t count = 2 * burst_packets_max + 3;
  for (uint32_t i = 0; i < count; ++i) {
    add(1, {10, static_cast<uint8_t>(i), 0});
  }
  const auto left = receive();
  ASSERT_EQ(left.size(), count);
  for (uint32_t i = 0; i < count; ++i) {
    EXPECT_EQ(left[i], Left(i, i, 110));
  }
  EXPECT_EQ(target->burst_statistics().bursts, 3U);
}

TEST_F(TargetBursts, a_custom_crc_is_the_one_that_was_set) {
  ASSERT_EQ(load(ingress_program(R"(
    apply {
      bit<16> crc;
      hash(crc, HashAlgorithm.crc16_custom, 16w0, { 72w0x313233343536373839 }, 32w0x10000);
      hdr.h.kind = crc[7:0];
      sm.egress_spec = 2;
    })")),
            std::nullopt);
  ASSERT_TRUE(target->prepare_bursts().has_value());
  const pipeline::CrcParameters ibm_3740{16, 0x1021, 0xFFFF, 0, false, false};  // of "123456789": 0x29B1
  ASSERT_TRUE(target->set_custom_crc(ibm_3740).has_value());
  add(1, {0, 0, 0});
  EXPECT_THAT(receive(), ElementsAre(Left(0, 2, 0xB1)));
}

TEST_F(TargetBursts, a_packet_that_is_too_long_is_dropped_in_its_place) {
  ASSERT_EQ(load(ingress_program(by_kind)), std::nullopt);
  ASSERT_TRUE(target->prepare_bursts().has_value());
  add(1, {10, 1, 0});
  add(1, std::vector<uint8_t>(packet_bytes_max + 1));
  add(1, {10, 2, 0});
  EXPECT_THAT(receive(), ElementsAre(Left(0, 1, 110), Left(2, 2, 110)));
  EXPECT_EQ(target->log().lines().size(), 1U);
}

TEST_F(TargetBursts, without_preparation_all_are_slow) {
  ASSERT_EQ(load(ingress_program(by_kind)), std::nullopt);
  EXPECT_EQ(target->bursts(), nullptr);
  add(1, {10, 1, 0});
  EXPECT_THAT(receive(), ElementsAre(Left(0, 1, 110)));
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Slow));
  EXPECT_TRUE(receive().size() == 1U);  // as often as one likes
}

TEST_F(TargetBursts, what_was_received_before_stays_to_be_taken) {
  ASSERT_EQ(load(ingress_program(by_kind)), std::nullopt);
  target->receive(1, std::vector<uint8_t>{10, 7, 0}, 1);
  add(1, {10, 1, 0});
  EXPECT_THAT(receive(), ElementsAre(Left(0, 1, 110)));
  const std::vector<Output> outputs = target->take_outputs();
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_EQ(outputs[0].port, 7U);
}

TEST_F(TargetBursts, programs_that_look_at_a_clock_say_so) {
  ASSERT_EQ(load(ingress_program(by_kind)), std::nullopt);
  EXPECT_FALSE(target->reads_time());
  ASSERT_EQ(load(ingress_program("apply { hdr.h.a = (bit<8>)sm.ingress_global_timestamp; }")), std::nullopt);
  EXPECT_TRUE(target->reads_time());
  ASSERT_EQ(load(ingress_program("meter(4, MeterType.packets) m; apply { bit<2> c; m.execute_meter(32w0, c); "
                                 "hdr.h.a = (bit<8>)c; }")),
            std::nullopt);
  EXPECT_TRUE(target->reads_time());
}

TEST_F(TargetBursts, the_length_in_egress_and_a_field_set_there_are_as_one_by_one) {
  const std::string text = ingress_program("apply { sm.egress_spec = 5; hdr.h.setInvalid(); }");
  std::string changed = text;
  const std::string empty =
      "control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) { apply { } }";
  ASSERT_NE(changed.find(empty), std::string::npos);
  changed.replace(changed.find(empty), empty.size(), R"(
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
  apply { sm.egress_port = 9; hdr.h.setValid(); hdr.h.kind = (bit<8>)sm.packet_length; }
})");
  ASSERT_EQ(load(changed), std::nullopt);
  ASSERT_TRUE(target->prepare_bursts().has_value()) << target->why_no_bursts();
  add(1, {10, 1, 0, 77, 78});
  EXPECT_THAT(receive(), ElementsAre(Left(0, 5, 2)));
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Forward));
}

}  // namespace
}  // namespace outrigger::p4_target
