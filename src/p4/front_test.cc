// The front end as a whole: from text with includes to a checked program, however deep it nests.
#include "p4/front.h"

#include <gtest/gtest.h>

namespace outrigger::p4 {
namespace {

TEST(Front, ChecksWhatItIncludes) {
  const auto compiled = compile_front_text("test.p4", R"(
#include <v1model.p4>
header H { bit<8> a; }
struct Headers { H h; }
struct Meta {}
parser P(packet_in b, out Headers h, inout Meta m, inout standard_metadata_t s) {
  state start { b.extract(h.h); transition accept; }
}
control Check(inout Headers h, inout Meta m) { apply {} }
control MyIngress(inout Headers h, inout Meta m, inout standard_metadata_t s) {
  counter(16, CounterType.packets) hits;
  action drop() { mark_to_drop(s); }
  action send(bit<9> port) { s.egress_spec = port; hits.count((bit<32>)port); }
  table t {
    key = { h.h.a : ternary; }
    actions = { send; drop; NoAction; }
    const entries = { 1 &&& 0xF : send(3); _ : drop(); }
    size = 64;
  }
  apply { t.apply(); }
}
control MyEgress(inout Headers h, inout Meta m, inout standard_metadata_t s) { apply {} }
control MyDeparser(packet_out b, in Headers h) { apply { b.emit(h); } }
V1Switch(P(), Check(), MyIngress(), MyEgress(), Check(), MyDeparser()) main;
)",
                                           {});
  EXPECT_TRUE(compiled->is_good()) << to_text(compiled->diagnostics, compiled->source);
  ASSERT_NE(compiled->program.main, nullptr);
  EXPECT_EQ(compiled->program.main->target->name.text, "V1Switch");
}

TEST(Front, KeepsPlaces) {
  const auto compiled = compile_front_text("test.p4", "\nconst bit<8> a = true;\n", {});
  ASSERT_FALSE(compiled->is_good());
  const Place place = compiled->source.place(compiled->diagnostics.all().front().where);
  EXPECT_EQ(place.file, "test.p4");
  EXPECT_EQ(place.line, 2U);
}

TEST(Front, AMissingFileIsADiagnostic) {
  EXPECT_FALSE(compile_front("/nowhere/at/all.p4", {})->is_good());
  EXPECT_FALSE(compile_front_text("test.p4", "#include <nowhere.p4>\n", {})->is_good());
}

// As deep as the parser lets through, and deeper: no stack is too small for either.
TEST(Front, DeepNesting) {
  for (const size_t depth : {300U, 1000U, 3000U, 100000U}) {
    const std::string expression = "const bit<8> a = " + std::string(depth, '(') + "1" + std::string(depth, ')') + ";";
    const std::string unary = "const bit<8> a = " + std::string(depth, '~') + "8w1;";
    const std::string block = "control C() { apply " + std::string(depth, '{') + std::string(depth, '}') + " }";
    std::string sum = "const bit<8> a = 1";
    std::string condition = "control C(inout bit<8> x) { apply { ";
    std::string chain = condition + "if (x == 1) x = 2;";
    for (size_t i = 0; i < depth; ++i) {
      sum += " + 1";
      condition += "if (x == 1) ";
      chain += " else if (x == 1) x = 2;";
    }
    for (const std::string& text : {expression, unary, block, sum + ";", condition + "x = 2; } }", chain + " } }"}) {
      const auto compiled = compile_front_text("test.p4", text, {});
      EXPECT_TRUE(compiled->is_good() || compiled->diagnostics.error_count() > 0);
      if (depth == 300) {
        EXPECT_TRUE(compiled->is_good()) << to_text(compiled->diagnostics, compiled->source);
      }
    }
  }
}

}  // namespace
}  // namespace outrigger::p4
