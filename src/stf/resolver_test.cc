// Resolving: names to indices, numbers to values of the program's widths.
#include "stf/resolver.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "stf/fake_engine.h"
#include "stf/reader.h"

namespace outrigger::stf {
namespace {

class ResolverTest : public ::testing::Test {
 protected:
  Checked<Entry> add(std::string_view text) {
    const Reading reading = read_script(text);
    EXPECT_TRUE(reading.errors.empty()) << text;
    return resolver_.resolve(std::get<Add>(reading.script.commands.at(0).command));
  }
  Checked<DefaultAction> setdefault(std::string_view text) {
    const Reading reading = read_script(text);
    EXPECT_TRUE(reading.errors.empty()) << text;
    return resolver_.resolve(std::get<SetDefault>(reading.script.commands.at(0).command));
  }
  // "COLUMN: what | remedy" of the problem.
  std::string refused(std::string_view text) {
    const auto entry = add(text);
    return entry.has_value() ? "resolved" : words(entry.error());
  }
  static std::string words(const Problem& problem) {
    return fmt::format("{}: {} | {}", problem.column, problem.what, problem.remedy);
  }

  const ProgramInfo program_ = fake_program();
  const Resolver resolver_{program_};
};

TEST_F(ResolverTest, a_whole_entry) {
  const auto entry = add(
      "add ingress.t 7 hdr.h.f:0x123 dst:10.0.0.0/8 ip.valid:1 a[0].b:3..5 meta.o:9 ingress.forward(port:2,mac:0x5)");
  ASSERT_TRUE(entry.has_value()) << entry.error().what;
  EXPECT_EQ(*entry, (Entry{.table = 0,
                           .keys = {ExactValue{{0x01, 0x23}}, LpmValue{{10, 0, 0, 0}, 8}, TernaryValue{{1}, {1}},
                                    RangeValue{{3}, {5}}, OptionalValue{Bytes{0, 9}}},
                           .priority = 7,
                           .call = {.action = 0, .arguments = {{0, 2}, {0, 0, 0, 0, 0, 5}}}}));
}

TEST_F(ResolverTest, keys_that_are_not_given) {
  const auto entry = add("add ingress.t NoAction");
  ASSERT_TRUE(entry.has_value()) << entry.error().what;
  EXPECT_EQ(*entry, (Entry{.table = 0,
                           .keys = {ExactValue{{0, 0}}, LpmValue{{0, 0, 0, 0}, 0}, TernaryValue{{0}, {0}},
                                    RangeValue{{0}, {255}}, OptionalValue{}},
                           .priority = 0,
                           .call = {.action = 1, .arguments = {}}}));
}

TEST_F(ResolverTest, a_field_that_is_two_keys) {
  const auto entry = add("add u h.x:0x12 egress.forward()");
  ASSERT_TRUE(entry.has_value()) << entry.error().what;
  EXPECT_EQ(entry->keys, (std::vector<KeyValue>{ExactValue{{0x12}}, TernaryValue{{0x12}, {0xFF}}}));
}

TEST_F(ResolverTest, arguments) {
  EXPECT_EQ(add("add ingress.t forward(mac:5, port:2)")->call.arguments,
            (std::vector<Bytes>{{0, 2}, {0, 0, 0, 0, 0, 5}}));
  EXPECT_EQ(add("add ingress.t forward(2, 00:00:00:00:00:05)")->call.arguments,
            (std::vector<Bytes>{{0, 2}, {0, 0, 0, 0, 0, 5}}));
  EXPECT_EQ(refused("add ingress.t forward(2)"),
            "15: action ingress.forward lacks an argument for its parameter 'mac' | ");
  EXPECT_EQ(refused("add ingress.t forward(1,2,3)"), "27: action ingress.forward takes 2 arguments | ");
  EXPECT_EQ(refused("add ingress.t forward(port:1,port:2)"), "35: parameter 'port' has two arguments | ");
  EXPECT_EQ(refused("add ingress.t forward(prt:1)"),
            "23: action ingress.forward has no parameter 'prt' | It has port, mac.");
  EXPECT_EQ(refused("add ingress.t forward(512,1)"), "23: parameter 'port': the value does not fit into 9 bits | ");
  EXPECT_EQ(refused("add ingress.t NoAction(1)"), "24: action NoAction takes 0 arguments | ");
}

TEST_F(ResolverTest, names_that_are_not_found) {
  EXPECT_EQ(refused("add v NoAction()"), "5: the program has no table 'v' | It has ingress.t, egress.u, egress.t.");
  EXPECT_EQ(refused("add t NoAction()"),
            "5: table 't' of the program is ambiguous | It may be ingress.t, egress.t. Write more of the name.");
  EXPECT_EQ(refused("add ingress.t x:1 NoAction()"),
            "15: table ingress.t has no key 'x' | It has hdr.h.f, dst, hdr.ip.isValid(), hdr.a[0].b, meta.o.");
  EXPECT_EQ(refused("add egress.t x:1 NoAction()"), "14: table egress.t has no key 'x' | It has no keys at all.");
  EXPECT_EQ(refused("add u drop()"),
            "7: table egress.u has no action 'drop' | It has ingress.forward, egress.forward.");
  EXPECT_EQ(refused("add u forward()").substr(0, 51), "7: action 'forward' of table egress.u is ambiguous ");
  EXPECT_FALSE(resolver_.find_register(Name{"x", 1}).has_value());
  EXPECT_EQ(resolver_.find_counter(Name{"d", 1}), 1U);
  EXPECT_EQ(resolver_.find_meter(Name{"ingress.m", 1}), 0U);
}

TEST_F(ResolverTest, values_that_do_not_fit) {
  EXPECT_EQ(refused("add ingress.t h.f:0x1000 NoAction()"), "19: key 'h.f': the value does not fit into 12 bits | ");
  EXPECT_EQ(refused("add ingress.t dst:1/33 NoAction()"),
            "19: key 'dst': the length of a prefix is at most 32 here | ");
  EXPECT_EQ(refused("add ingress.t h.f:1 hdr.h.f:2 NoAction()"), "21: key 'hdr.h.f' has a value already | ");
}

TEST_F(ResolverTest, default_actions) {
  const auto action = setdefault("setdefault ingress.t miss(3)");
  ASSERT_TRUE(action.has_value()) << action.error().what;
  EXPECT_EQ(action->table, 0U);
  EXPECT_EQ(action->call, (ActionCall{.action = 2, .arguments = {{3}}}));
  EXPECT_EQ(words(setdefault("setdefault u egress.forward").error()),
            "14: action egress.forward is @tableonly: it cannot be the default | ");
  EXPECT_EQ(refused("add ingress.t miss(1)"), "15: action ingress.miss is @defaultonly: no entry may have it | ");
}

}  // namespace
}  // namespace outrigger::stf
