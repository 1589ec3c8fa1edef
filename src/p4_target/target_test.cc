// What scripts do not see: logs, assertions, digests, limits, value sets, and externs that nobody has.
#include <gmock/gmock.h>

#include "p4_target/test_switch.h"
#include "pipeline/hash_functions.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::EntryKey;
using testing::ElementsAre;
using testing::HasSubstr;

using Crc = pipeline::CrcParameters;
using TargetTest = TestSwitch;

TEST_F(TargetTest, messages_are_formatted_and_assertions_counted) {
  ASSERT_EQ(load(ingress_program(R"(
    apply {
      log_msg("seen");
      log_msg("{}: kind {}, b {} and {}", { hdr.h.isValid(), hdr.h.kind, hdr.h.b });
      assert (hdr.h.kind == 1);
      assume(hdr.h.a == 1);
    })")),
            std::nullopt);
  send({1, 2, 0xFF});
  EXPECT_THAT(target->log().lines(),
              ElementsAre("seen", "1: kind 1, b -1 and {}", "test.p4:17: assume(hdr.h.a == 1) does not hold"));
  EXPECT_EQ(target->failed_assertions(), 1U);
}

TEST_F(TargetTest, a_failed_assertion_says_where_it_stands) {
  ASSERT_EQ(load(ingress_program("apply {\n  assert (hdr.h.kind ==\n     1 || false);\n}")), std::nullopt);
  send({1, 0, 0});
  EXPECT_THAT(target->take_assertion_texts(), ElementsAre());
  send({2, 0, 0});
  EXPECT_THAT(target->take_assertion_texts(), ElementsAre("test.p4:13: assert"
                                                          "(hdr.h.kind == 1 || false) does not hold"));
  EXPECT_THAT(target->take_assertion_texts(), ElementsAre());
}

TEST_F(TargetTest, a_digest_holds_what_headers_and_metadata_are_at_the_end_of_ingress) {
  ASSERT_EQ(load(ingress_program(
                R"(apply {
                     bit<9> port = 3;
                     digest<seen_t>(1, { hdr.h.kind, sm.ingress_port, 8w1 + hdr.h.a });
                     if (hdr.h.kind == 7) {
                       digest<seen_t>(1, { hdr.h.kind, port, hdr.h.a });  // the last one counts
                     }
                     port = 4;
                     hdr.h.kind = 9;
                     hdr.h.a = 0x55;
                     mark_to_drop(sm);
                   })",
                "struct seen_t { bit<8> kind; bit<9> port; bit<8> a; }")),
            std::nullopt);
  send({7, 0, 0});
  send({8, 0x10, 0});
  pipeline::DigestQueue* const queue = target->digests("seen_t");
  ASSERT_NE(queue, nullptr);
  pipeline::DigestMessage message;
  ASSERT_TRUE(queue->pop(message));
  EXPECT_THAT(message, ElementsAre(9, 0, 3, 0x55));
  ASSERT_TRUE(queue->pop(message));
  EXPECT_THAT(message, ElementsAre(9, 0, 1, 0x11));
  EXPECT_FALSE(queue->pop(message));
  EXPECT_EQ(target->digests("headers_t"), nullptr);
}

TEST_F(TargetTest, calculations_have_crcs_of_their_own) {
  ASSERT_EQ(load(ingress_program(R"(
    apply {
      bit<16> one;
      bit<16> two;
      hash(one, HashAlgorithm.crc16_custom, 16w0, { 72w0x313233343536373839 }, 32w0x10000);
      hash(two, HashAlgorithm.crc16, 16w0, { 72w0x313233343536373839 }, 32w0x10000);
      log_msg("{} {}", { one, two });
    })")),
            std::nullopt);
  const Crc ibm_3740{16, 0x1021, 0xFFFF, 0, false, false};
  ASSERT_TRUE(target->set_calculation_crc("calc", ibm_3740).has_value());
  send({0, 0, 0});
  EXPECT_THAT(target->log().lines(), ElementsAre(fmt::format("{} {}", 0x29B1, 0xBB3D)));
  EXPECT_THAT(target->set_calculation_crc("calc_0", ibm_3740).error().what, HasSubstr("calc_0 is not a crc16_custom"));
  EXPECT_THAT(target->set_calculation_crc("calc_1", ibm_3740).error().what, HasSubstr("the program has 2"));
  EXPECT_THAT(target->set_calculation_crc("calc", pipeline::crc32_parameters).error().what,
              HasSubstr("calc is not a crc32_custom"));
}

TEST_F(TargetTest, custom_crcs_are_the_standard_ones_until_they_are_set) {
  ASSERT_EQ(load(ingress_program(R"(
    apply {
      bit<16> short;
      bit<32> long;
      hash(short, HashAlgorithm.crc16_custom, 16w0, { 72w0x313233343536373839 }, 32w0x10000);
      hash(long, HashAlgorithm.crc32_custom, 32w0, { 72w0x313233343536373839 }, 64w0x100000000);
      log_msg("{} {}", { short, long });
    })")),
            std::nullopt);
  const auto logged = [&] {
    send({0, 0, 0});
    return target->log().lines().back();
  };
  // What the catalogue of parametrised CRC algorithms has for "123456789".
  EXPECT_EQ(logged(), fmt::format("{} {}", 0xBB3D, 0xCBF43926U));  // CRC-16/ARC, CRC-32/ISO-HDLC
  ASSERT_TRUE(target->set_custom_crc(Crc{16, 0x1021, 0xFFFF, 0, false, false}).has_value());
  EXPECT_EQ(logged(), fmt::format("{} {}", 0x29B1, 0xCBF43926U));  // CRC-16/IBM-3740
  ASSERT_TRUE(target->set_custom_crc(Crc{32, 0x04C11DB7, 0xFFFFFFFF, 0xFFFFFFFF, false, false}).has_value());
  EXPECT_EQ(logged(), fmt::format("{} {}", 0x29B1, 0xFC891918U));  // CRC-32/BZIP2
  EXPECT_THAT(target->set_custom_crc(Crc{24, 1, 0, 0, false, false}).error().what, HasSubstr("16 or 32 bits; 24"));
  EXPECT_THAT(target->set_custom_crc(Crc{16, 0x11021, 0, 0, false, false}).error().what, HasSubstr("more than its 16"));
}

TEST_F(TargetTest, a_packet_that_is_resubmitted_for_ever_is_given_up) {
  ASSERT_EQ(load(ingress_program("apply { resubmit_preserving_field_list(0); clone(CloneType.I2E, 1); }")),
            std::nullopt);
  ASSERT_TRUE(target->set_clone_port(1, 4).has_value());
  EXPECT_LE(send({7, 0, 0}).size(), runs_max);
  ASSERT_EQ(target->log().lines().size(), 1U);
  EXPECT_THAT(target->log().lines().front(), HasSubstr("runs of ingress and egress came of one packet"));
}

TEST_F(TargetTest, a_packet_that_grows_for_ever_is_given_up) {
  ASSERT_EQ(load(ingress_program("apply { }")), std::nullopt);
  EXPECT_TRUE(send(std::vector<uint8_t>(packet_bytes_max + 1)).empty());
  EXPECT_EQ(target->log().lines().size(), 1U);
  EXPECT_EQ(send(std::vector<uint8_t>(packet_bytes_max)).size(), 1U);
}

TEST_F(TargetTest, externs_that_the_architecture_lacks_are_named) {
  const std::string mine = "extern Mine { Mine(bit<8> size); void poke(in bit<8> value); }\n";
  auto error = load(ingress_program("Mine(4) mine; apply { mine.poke(1); }", mine));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->code, Code::Unimplemented);
  EXPECT_THAT(error->what, HasSubstr("I.mine is an extern of type Mine"));
  error = load(ingress_program("apply { poke(1); }", "extern void poke(in bit<8> value);\n"));
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what, HasSubstr("calls the extern poke"));
}

TEST_F(TargetTest, externs_that_are_declared_otherwise_are_refused) {
  const auto error = load(R"(
    #include <core.p4>
    struct headers_t { }
    struct metadata_t { }
    struct standard_metadata_t { bit<9> egress_spec; }
    extern void hash(in bit<8> data);
    parser Parser(packet_in b, out headers_t h, inout metadata_t m, inout standard_metadata_t s);
    control Two(inout headers_t h, inout metadata_t m);
    control Three(inout headers_t h, inout metadata_t m, inout standard_metadata_t s);
    control Out(packet_out b, in headers_t h);
    package V1Switch(Parser p, Two v, Three i, Three e, Two c, Out d);
    parser P(packet_in b, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
      state start { transition accept; }
    }
    control V(inout headers_t h, inout metadata_t m) { apply { } }
    control I(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { hash(1); } }
    control E(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
    control D(packet_out b, in headers_t h) { apply { } }
    V1Switch(P(), V(), I(), E(), V(), D()) main;
  )");
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what, HasSubstr("the extern hash"));
}

TEST_F(TargetTest, value_sets_have_the_members_that_they_are_given) {
  std::string text = ingress_program("apply { sm.egress_spec = (bit<9>)meta.m; }");
  const std::string before = "transition accept;";
  text.replace(text.find(before), before.size(),
               "transition select(hdr.h.kind, hdr.h.a) { known: yes; default: accept; }");
  const std::string state = "state start {";
  text.replace(text.find(state), state.size(),
               "value_set<tuple<bit<8>, bit<8>>>(2) known; state yes { meta.m = 3; transition accept; } state start {");
  ASSERT_EQ(load(text), std::nullopt);
  EXPECT_EQ(port_of({1, 2, 0}), 0U);
  constexpr auto set = p4_ir::ValueSetId{0};
  const EntryKey one{.kind = EntryKey::Kind::Exact, .value = bits(8, 1), .mask = {}};
  const EntryKey masked{.kind = EntryKey::Kind::Masked, .value = bits(8, 2), .mask = bits(8, 0x0F)};
  ASSERT_TRUE(target->value_sets().add(set, {one, masked}).has_value());
  EXPECT_EQ(port_of({1, 2, 0}), 3U);
  EXPECT_EQ(port_of({1, 0x42, 0}), 3U);
  EXPECT_EQ(port_of({1, 3, 0}), 0U);
  EXPECT_EQ(target->value_sets().add(set, {one}).error().code, Code::InvalidArgument);
  ASSERT_TRUE(target->value_sets().add(set, {one, one}).has_value());
  EXPECT_EQ(target->value_sets().add(set, {one, one}).error().code, Code::ResourceExhausted);
}

}  // namespace
}  // namespace outrigger::p4_target
