// What callers of bursts see of PSA: packets that are parsed twice, that turn slow in egress, and that come again.
#include <gmock/gmock.h>

#include "p4_target/test_bursts.h"

namespace outrigger::p4_target {
namespace {

using testing::ElementsAre;

// A header of 4 bytes, `first`, which ingress and egress change, and 2 of payload at least that egress takes for
// `second`.
std::string psa_program(const std::string& ingress, const std::string& egress) {
  return R"(#include <core.p4>
#include <psa.p4>
header first_t { bit<8> kind; bit<8> port; bit<16> n; }
header second_t { bit<16> m; }
struct headers_t { first_t first; second_t second; }
struct metadata_t { }
struct empty_t { }
parser IP(packet_in b, out headers_t h, inout metadata_t m, in psa_ingress_parser_input_metadata_t i, in empty_t x,
          in empty_t y) { state start { b.extract(h.first); transition accept; } }
control I(inout headers_t h, inout metadata_t m, in psa_ingress_input_metadata_t istd,
          inout psa_ingress_output_metadata_t ostd) {
)" + ingress +
         R"(
}
control ID(packet_out b, out empty_t x, out empty_t y, out empty_t z, inout headers_t h, in metadata_t m,
           in psa_ingress_output_metadata_t i) { apply { b.emit(h); } }
parser EP(packet_in b, out headers_t h, inout metadata_t m, in psa_egress_parser_input_metadata_t i, in empty_t x,
          in empty_t y, in empty_t z) { state start { b.extract(h.first); b.extract(h.second); transition accept; } }
control E(inout headers_t h, inout metadata_t m, in psa_egress_input_metadata_t istd,
          inout psa_egress_output_metadata_t ostd) {
)" + egress +
         R"(
}
control ED(packet_out b, out empty_t x, out empty_t y, inout headers_t h, in metadata_t m,
           in psa_egress_output_metadata_t i, in psa_egress_deparser_input_metadata_t e) { apply { b.emit(h); } }
IngressPipeline(IP(), I(), ID()) ip;
EgressPipeline(EP(), E(), ED()) ep;
PSA_Switch(ip, PacketReplicationEngine(), ep, BufferingQueueingEngine()) main;
)";
}

class PsaBursts : public TestBursts {
 protected:
  void start(const std::string& ingress, const std::string& egress) {
    ASSERT_EQ(load(psa_program(ingress, egress)), std::nullopt);
    ASSERT_TRUE(target->prepare_bursts().has_value()) << target->why_no_bursts();
  }
  void add(const std::vector<uint8_t>& bytes) { TestBursts::add(1, bytes, 0); }
  // What left: of which packet, where, and its bytes.
  using Left = std::tuple<uint32_t, uint32_t, std::vector<uint8_t>>;
  std::vector<Left> receive() {
    std::vector<Left> left;
    for (const BurstOutput& output : target->receive_burst(packets, now_ns += 1000)) {
      left.emplace_back(output.packet, output.port, std::vector<uint8_t>(output.bytes.begin(), output.bytes.end()));
    }
    return left;
  }
};

TEST_F(PsaBursts, egress_parses_what_ingress_has_made) {
  start("apply { send_to_port(ostd, (PortId_t)(PortIdUint_t)h.first.port); h.first.n = h.first.n + 1; }",
        "apply { h.second.m = h.second.m + h.first.n; if (h.first.kind == 9) { egress_drop(ostd); } }");
  add({0, 3, 0, 1, 0, 5, 77});
  add({9, 3, 0, 1, 0, 5, 77});
  add({0, 4, 0, 1, 0});  // egress cannot parse the second header
  EXPECT_THAT(receive(), ElementsAre(Left(0, 3, {0, 3, 0, 2, 0, 7, 77}), Left(2, 4, {0, 4, 0, 2, 0})));
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Forward, Verdict::Drop, Verdict::Forward));
}

TEST_F(PsaBursts, a_packet_that_turns_slow_in_egress_is_as_it_was) {
  start("apply { send_to_port(ostd, (PortId_t)1); h.first.n = 0xffff; h.second.setValid(); h.second.m = 1; }",
        "apply { if (h.first.kind == 1 && istd.packet_path != PSA_PacketPath_t.CLONE_E2E) { ostd.clone = true; "
        "ostd.clone_session_id = (CloneSessionId_t)7; } }");
  ASSERT_TRUE(target->set_clone_port(7, 5).has_value());
  add({0, 0, 0, 0, 77});  // has no room for the second header
  add({0, 0, 1, 0, 0, 0, 1, 2, 3, 4});
  packets[1].data += 2;
  packets[1].bytes -= 2;
  packets[1].headroom = 2;
  packets[1].data[0] = 1;
  const std::vector<uint8_t> sent = {1, 0, 0xff, 0xff, 0, 1, 1, 2, 3, 4};
  const std::vector<Left> left = receive();
  ASSERT_EQ(left.size(), 3U);
  EXPECT_EQ(left[0], Left(0, 1, {0, 0, 0xff, 0xff, 0, 1, 77}));
  EXPECT_EQ(left[1], Left(1, 1, sent));
  EXPECT_EQ(std::get<1>(left[2]), 5U);  // the clone
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Slow, Verdict::Slow));
  EXPECT_EQ(std::vector<uint8_t>(packets[1].data, packets[1].data + packets[1].bytes),
            (std::vector<uint8_t>{1, 0, 0, 0, 1, 2, 3, 4}));
  EXPECT_EQ(packets[1].headroom, 2U);
}

TEST_F(PsaBursts, a_packet_that_comes_again_does_so_before_those_behind_it) {
  start(R"(Register<bit<16>, bit<8>>(1) seen;
           action forward(PortId_t port) { send_to_port(ostd, port); }
           table t { key = { h.first.port : exact; } actions = { forward; } default_action = forward((PortId_t)2);
                     const entries = { 8w9 : forward(PSA_PORT_RECIRCULATE); } }
           apply { t.apply(); h.first.n = seen.read(0); seen.write(0, h.first.n + 1);
                   if (h.first.port == 9) { h.first.port = 1; } })",
        "apply { }");
  add({0, 0, 0, 0});
  add({0, 9, 0, 0});
  add({0, 0, 0, 0});
  EXPECT_THAT(receive(), ElementsAre(Left(0, 2, {0, 0, 0, 0}), Left(1, 2, {0, 1, 0, 2}), Left(2, 2, {0, 0, 0, 3})));
  EXPECT_THAT(verdicts(), ElementsAre(Verdict::Forward, Verdict::Again, Verdict::Slow));
  EXPECT_EQ(target->burst_statistics().slow, 2U);
}

}  // namespace
}  // namespace outrigger::p4_target
