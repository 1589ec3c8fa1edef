// Externs that P4Runtime does not know, and where annotations stand.
#include <gtest/gtest.h>

#include "p4_info/p4_info.h"

namespace outrigger::p4_info {
namespace {

P4Info make(const std::string& text, const Options& options = {}) {
  const auto compilation = p4::compile_front_text("test.p4", text, {});
  EXPECT_FALSE(compilation->diagnostics.has_errors()) << p4::to_text(compilation->diagnostics, compilation->source);
  p4::InstanceTree tree(compilation->program, compilation->types, compilation->values, compilation->diagnostics);
  P4Info info = make_p4_info(*compilation, tree, options);
  EXPECT_FALSE(compilation->diagnostics.has_errors()) << p4::to_text(compilation->diagnostics, compilation->source);
  return info;
}

const std::string architecture = R"(
#include <core.p4>
extern Turner<T> { Turner(bit<32> size); void turn(in T x); }
extern Clock { Clock(); bit<8> now(); }
control Block(inout bit<8> x);
package Device(Block block);
)";

TEST(ExternObjectsTest, InstancesAreListedByTheirType) {
  const P4Info info = make(architecture + R"(
Clock() clock;
control MyBlock(inout bit<8> x) {
  @brief("To the left.") Turner<bit<8>>(4) left;
  @id(7) @my_annotation Turner<bit<16>>(2) right;
  apply { left.turn(x); right.turn(1); x = clock.now(); }
}
Device(MyBlock()) main;
)");
  ASSERT_EQ(info.externs_size(), 2);
  const auto& clocks = info.externs(0);
  EXPECT_EQ(clocks.extern_type_name(), "Clock");
  EXPECT_EQ(clocks.extern_type_id(), 0x81U);
  ASSERT_EQ(clocks.instances_size(), 1);
  EXPECT_EQ(clocks.instances(0).preamble().name(), "clock");
  EXPECT_EQ(clocks.instances(0).preamble().id() >> 24U, 0x81U);
  const auto& turners = info.externs(1);
  EXPECT_EQ(turners.extern_type_name(), "Turner");
  EXPECT_EQ(turners.extern_type_id(), 0x82U);
  ASSERT_EQ(turners.instances_size(), 2);
  EXPECT_EQ(turners.instances(0).preamble().name(), "MyBlock.left");
  EXPECT_EQ(turners.instances(0).preamble().alias(), "left");
  EXPECT_EQ(turners.instances(0).preamble().doc().brief(), "To the left.");
  EXPECT_EQ(turners.instances(1).preamble().id(), 0x8200'0007U);
  ASSERT_EQ(turners.instances(1).preamble().annotations_size(), 1);
  EXPECT_EQ(turners.instances(1).preamble().annotations(0), "@my_annotation");
}

TEST(ExternObjectsTest, WhatArchitecturesThatShipHaveBesideThemIsNotListed) {
  const P4Info info = make(R"(
#include <core.p4>
#include <v1model.p4>
struct none_t {}
parser P(packet_in p, out none_t h, inout none_t m, inout standard_metadata_t s) { state start { transition accept; } }
control V(inout none_t h, inout none_t m) { apply {} }
control I(inout none_t h, inout none_t m, inout standard_metadata_t s) {
  Checksum16() sum;
  apply { s.egress_spec = sum.get({16w0})[8:0]; }
}
control E(inout none_t h, inout none_t m, inout standard_metadata_t s) { apply {} }
control D(packet_out p, in none_t h) { apply {} }
V1Switch(P(), V(), I(), E(), V(), D()) main;
)");
  EXPECT_EQ(info.externs_size(), 0);
}

TEST(ExternObjectsTest, MoreTypesThanThereAreNumbersShareTheLast) {
  std::string declarations;
  std::string instances;
  for (int i = 100; i < 300; ++i) {
    const std::string number = std::to_string(i);
    declarations += "extern E" + number + " { E" + number + "(); }\n";
    instances += "E" + number + "() e" + number + ";\n";
  }
  const P4Info info = make(architecture + declarations + "control MyBlock(inout bit<8> x) { " + instances +
                           " apply {} }\n" + "Device(MyBlock()) main;\n");
  ASSERT_EQ(info.externs_size(), 200);
  std::set<uint32_t> ids;
  for (const auto& type : info.externs()) {
    EXPECT_LT(type.extern_type_id(), 0xffU);
    ids.insert(type.instances(0).preamble().id());
  }
  EXPECT_EQ(ids.size(), 200U);
}

constexpr std::string_view annotated = R"(
control MyBlock(inout bit<8> x) {
  @first @id(3) @second("a", 1) @third[1, 2]
  action a(@of_parameter bit<8> data) { x = data; }
  table t { key = { x : exact @of_key; } actions = { a; } }
  apply { t.apply(); }
}
@of_main Device(MyBlock()) main;
)";

TEST(ExternObjectsTest, AnnotationsHavePlacesWhereTheyAreWanted) {
  const P4Info info = make(architecture + std::string(annotated), {.has_locations = true});
  const auto& action = info.actions(1);
  ASSERT_EQ(action.preamble().annotations_size(), 2);
  ASSERT_EQ(action.preamble().annotation_locations_size(), 2);  // those that are shown as texts
  const auto& second = action.preamble().annotation_locations(1);
  EXPECT_EQ(second.file(), "test.p4");
  EXPECT_EQ(second.line(), 9);
  EXPECT_EQ(second.column(), 17);
  ASSERT_EQ(action.params(0).annotation_locations_size(), 1);
  EXPECT_EQ(action.params(0).annotation_locations(0).line(), 10);
  EXPECT_EQ(info.tables(0).match_fields(0).annotation_locations(0).line(), 11);
  for (const auto& ref : info.tables(0).action_refs()) {
    EXPECT_EQ(ref.annotation_locations_size(), ref.annotations_size());
  }
  ASSERT_EQ(info.pkg_info().annotation_locations_size(), 1);
  EXPECT_EQ(info.pkg_info().annotation_locations(0).line(), 14);
}

TEST(ExternObjectsTest, AnnotationsHaveNoPlacesOtherwise) {
  const P4Info info = make(architecture + std::string(annotated));
  EXPECT_EQ(info.actions(1).preamble().annotation_locations_size(), 0);
  EXPECT_EQ(info.pkg_info().annotation_locations_size(), 0);
}

}  // namespace
}  // namespace outrigger::p4_info
