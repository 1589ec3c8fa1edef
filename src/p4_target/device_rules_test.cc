// What devices refuse or warn of, with its place; and what looks like it and is fine.
#include "p4_target/device_rules.h"

#include <gmock/gmock.h>

#include "p4_target/test_switch.h"

namespace outrigger::p4_target {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What is said of a v1model program with this ingress.
std::string said_of(const std::string& ingress, const std::string& top = "") {
  const auto compilation = p4::compile_front_text("test.p4", ingress_program(ingress, top), {});
  const auto program = compilation->is_good() ? p4_ir::lower(*compilation) : nullptr;
  EXPECT_NE(program, nullptr);
  const bool is_good = program != nullptr && check_device_rules(*program, compilation->diagnostics);
  const std::string text = p4::to_text(compilation->diagnostics, compilation->source);
  EXPECT_EQ(is_good, text.find("error:") == std::string::npos) << text;
  return text;
}

// Declarations of this test, and a table t and a table u with these keys and properties.
std::string two_tables(const std::string& declarations, const std::string& in_t, const std::string& in_u) {
  return declarations + "\naction x() { }\ntable t { actions = { x; }\n" + in_t + "\n}\ntable u { actions = { x; }\n" +
         in_u + "\n}\napply { t.apply(); u.apply(); }";
}

constexpr const char* exact_key = "key = { hdr.h.a: exact; }";

TEST(DeviceRules, a_key_has_one_lpm_field_unless_priorities_choose) {
  const auto with = [](const std::string& keys) {
    return said_of("table t {\nkey = {\n" + keys + "\n}\nactions = { NoAction; } }\napply { t.apply(); }");
  };
  EXPECT_THAT(with("hdr.h.a: lpm;\nhdr.h.kind: lpm;"),
              AllOf(HasSubstr("test.p4:15:1: error: the key of table 'I.t' has two lpm fields"),
                    HasSubstr("help: make one of them ternary"), HasSubstr("test.p4:14:1: note: the first one is")));
  EXPECT_THAT(with("hdr.h.a: lpm; hdr.h.kind: exact;"), IsEmpty());
  EXPECT_THAT(said_of("table t { key = { hdr.h.a: lpm; hdr.h.kind: lpm; } actions = { NoAction; } } apply { }"),
              IsEmpty());  // nothing applies it
  EXPECT_THAT(with("hdr.h.a: lpm; hdr.h.kind: lpm; meta.m: ternary;"), IsEmpty());
}

TEST(DeviceRules, a_direct_counter_or_meter_belongs_to_one_table) {
  const std::string counted = std::string(exact_key) + " counters = d;";
  const std::string counter = "direct_counter(CounterType.packets) d;";
  EXPECT_THAT(said_of(two_tables(counter, counted, counted)),
              AllOf(HasSubstr("test.p4:17:7: error: the direct_counter 'I.d' belongs to two tables, 'I.t' and 'I.u'"),
                    HasSubstr("note: table 'I.t' has it first"), HasSubstr("test.p4:12:37: note: it is declared")));
  const std::string metered = std::string(exact_key) + " meters = d;";
  EXPECT_THAT(said_of(two_tables("direct_meter<bit<8>>(MeterType.bytes) d;", metered, metered)),
              HasSubstr("error: the direct_meter 'I.d' belongs to two tables"));
  EXPECT_THAT(said_of(two_tables(counter, counted, exact_key)), IsEmpty());
  // What is not applied is no table of the device.
  EXPECT_THAT(said_of(counter + " action x() { } table t { actions = { x; } " + counted +
                      " } table u { actions = { x; } " + counted + " } apply { t.apply(); }"),
              IsEmpty());
}

TEST(DeviceRules, a_property_names_no_array_with_an_index) {
  const auto with = [](const std::string& array, const std::string& property) {
    return said_of(two_tables(array, std::string(exact_key) + property, exact_key));
  };
  EXPECT_THAT(with("counter(4, CounterType.bytes) k;", " counters = k;"),
              AllOf(HasSubstr("error: a property of table 'I.t' names the counter 'I.k', whose cells are not"),
                    HasSubstr("help: name a direct counter"), HasSubstr("note: it is declared here")));
  EXPECT_THAT(with("meter(4, MeterType.bytes) k;", " meters = k;"), HasSubstr("names the meter 'I.k'"));
  EXPECT_THAT(with("register<bit<8>>(4) k;", " implementation = k;"), HasSubstr("names the register 'I.k'"));
}

TEST(DeviceRules, each_instance_of_a_control_has_direct_counters_of_its_own) {
  const std::string top =
      "control Sub(inout headers_t hdr) { direct_counter(CounterType.packets) d; action x() { } "
      "table t { key = { hdr.h.a: exact; } actions = { x; } counters = d; } apply { t.apply(); } }";
  EXPECT_THAT(said_of("Sub() one; Sub() two; apply { one.apply(hdr); two.apply(hdr); }", top), IsEmpty());
}

TEST(DeviceRules, direct_externs_without_a_table_do_nothing) {
  const std::string text = said_of(
      "direct_meter<bit<8>>(MeterType.packets) d; action z() {\nd.read(meta.m); }\n"
      "table t { key = { hdr.h.a: exact; } actions = { z; } } apply { t.apply(); }");
  EXPECT_THAT(text, AllOf(HasSubstr("test.p4:13:1: warning: this does nothing: the direct_meter 'I.d' belongs to no"),
                          Not(HasSubstr("error:"))));
}

TEST(DeviceRules, a_selector_key_is_for_an_action_selector) {
  const std::string selector = "action_selector(HashAlgorithm.crc16, 32w4, 32w4) s;";
  const std::string by_a = "key = { hdr.h.kind: exact; hdr.h.a: selector; }";
  const std::string by_m = "key = { hdr.h.kind: exact; meta.m: selector; }";
  EXPECT_THAT(said_of(two_tables("", by_a, exact_key)),
              AllOf(HasSubstr("warning: the selector key 'hdr.h.a' does nothing"), Not(HasSubstr("error:"))));
  EXPECT_THAT(said_of(two_tables(selector, by_a + " implementation = s;", by_a + " implementation = s;")), IsEmpty());
  EXPECT_THAT(said_of(two_tables(selector, by_a + " implementation = s;", by_m + " implementation = s;")),
              AllOf(HasSubstr("error: tables 'I.t' and 'I.u' share the action_selector 'I.s', but their selector keys"),
                    HasSubstr("note: table 'I.t' is here")));
}

TEST(DeviceRules, tables_that_share_a_profile_list_the_same_actions) {
  const auto with = [](const std::string& actions_of_u) {
    const std::string of_p = std::string(exact_key) + " implementation = p; ";
    return said_of("action_profile(4) p; action x() { } action y() { } table t { actions = { x; y; } " + of_p +
                   "} table u { actions = { " + actions_of_u + " } " + of_p + "} apply { t.apply(); u.apply(); }");
  };
  EXPECT_THAT(with("x; y;"), IsEmpty());
  EXPECT_THAT(with("y; x;"), HasSubstr("share the action_profile 'I.p', but not the same actions in one order"));
}

TEST(DeviceRules, arrays_have_sizes_that_can_be) {
  EXPECT_THAT(said_of("register<bit<8>>(-1) r; apply { r.write(0, 1); }"),
              AllOf(HasSubstr("test.p4:12:22: error: the register 'I.r' has 4294967295 cells; at most 268435456"),
                    HasSubstr("help: give it a smaller size")));
  EXPECT_THAT(said_of("meter(0xffffffff, MeterType.bytes) m; apply { m.execute_meter(0, meta.m); }"),
              HasSubstr("error: the meter 'I.m' has 4294967295 cells"));
  EXPECT_THAT(said_of("counter(0xffffffff, CounterType.bytes) c; apply { c.count(0); }"),
              HasSubstr("error: the counter 'I.c' has 4294967295 cells"));
  EXPECT_THAT(said_of("counter(0, CounterType.bytes) c; apply { c.count(0); }"), IsEmpty());
}

TEST(DeviceRules, registers_hold_what_has_a_size) {
  EXPECT_THAT(said_of("register<int>(1) r; apply { }"),
              HasSubstr("error: the register 'I.r' cannot hold values of type 'int'"));
  EXPECT_THAT(said_of("register<string>(1) r; apply { }"), HasSubstr("cannot hold values of type 'string'"));
  EXPECT_THAT(said_of("register<bool>(1) r; register<h_t>(1) q; apply { }"), IsEmpty());
}

TEST(DeviceRules, other_architectures_have_none) {
  const auto compilation = p4::compile_front_text("test.p4",
                                                  R"(#include <core.p4>
    control Ctl(inout bit<8> a);
    package Device(Ctl c);
    control C(inout bit<8> a) {
      table t { key = { a: lpm; a + 1: lpm @name("b"); } actions = { NoAction; } }
      apply { t.apply(); }
    }
    Device(C()) main;)",
                                                  {});
  const auto program = p4_ir::lower(*compilation);
  ASSERT_NE(program, nullptr) << p4::to_text(compilation->diagnostics, compilation->source);
  EXPECT_TRUE(check_device_rules(*program, compilation->diagnostics));
}

}  // namespace
}  // namespace outrigger::p4_target
