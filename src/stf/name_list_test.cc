// Names: whole, by suffix, ambiguous; the spellings of validity and of stacks' indices.
#include "stf/name_list.h"

#include <gtest/gtest.h>

namespace outrigger::stf {
namespace {

using Items = std::vector<size_t>;

NameList list(std::initializer_list<std::string_view> names) {
  NameList made;
  size_t item = 0;
  for (const std::string_view name : names) {
    made.add(item++, name);
  }
  return made;
}

TEST(NameList, whole_names_and_suffixes) {
  const NameList names = list({"ingress.t", "ingress.sub.u", "egress.sub.u", ".global"});
  EXPECT_EQ(names.find("ingress.t"), Items{0});
  EXPECT_EQ(names.find("t"), Items{0});
  EXPECT_EQ(names.find("ingress.sub.u"), Items{1});
  EXPECT_EQ(names.find("global"), Items{3});
  EXPECT_EQ(names.find(".global"), Items{3});
  EXPECT_EQ(names.find("u"), (Items{1, 2}));
  EXPECT_EQ(names.find("sub.u"), (Items{1, 2}));
  EXPECT_EQ(names.find("gress.t"), Items{});
  EXPECT_EQ(names.find("ingress"), Items{});
  EXPECT_EQ(names.find(""), Items{});
}

TEST(NameList, a_whole_name_goes_before_a_suffix) { EXPECT_EQ(list({"a.t", "t"}).find("t"), Items{1}); }

TEST(NameList, a_script_may_say_more_than_the_program) {
  const NameList names = list({"t", "c.t", "u"});
  EXPECT_EQ(names.find("ingress.u"), Items{2});
  EXPECT_EQ(names.find("ingress.c.t"), Items{1});
  EXPECT_EQ(names.find("ingress.t"), Items{0});
}

TEST(NameList, one_thing_with_two_names_is_not_ambiguous) {
  NameList names;
  names.add(4, "a.dst");
  names.add(4, "hdr.ipv4.dst");
  EXPECT_EQ(names.find("dst"), Items{4});
}

TEST(NameList, validity) {
  const NameList names = list({"hdr.h.isValid()", "hdr.h.f", "hdr.g.$valid$"});
  for (const char* const text : {"hdr.h.isValid()", "hdr.h.isValid", "h.$valid$", "hdr.h.valid", "hdr.h.valid$", "h"}) {
    EXPECT_EQ(names.find(text), Items{0}) << text;
  }
  EXPECT_EQ(names.find("g.isValid()"), Items{2});
  EXPECT_EQ(names.find("valid"), (Items{0, 2}));
  EXPECT_EQ(list({"h.valid", "h.$valid$"}).find("h.valid"), Items{0});
}

TEST(NameList, indices) {
  const NameList names = list({"hdr.a[0].b", "hdr.a[12].b", "hdr.a[0].isValid()"});
  EXPECT_EQ(names.find("a[0].b"), Items{0});
  EXPECT_EQ(names.find("hdr.a[ 0 ].b"), Items{0});
  EXPECT_EQ(names.find("a$12.b"), Items{1});
  EXPECT_EQ(names.find("a$0.valid"), Items{2});
}

TEST(NameList, names_as_c_has_them) {
  const NameList names = list({"pipe.check.t", "pipe.check_t", "pipe.a.b", "pipe.a_b", "pipe_c"});
  EXPECT_EQ(names.find("pipe_check_t"), (Items{0, 1}));
  EXPECT_EQ(names.find("pipe/check/t"), (Items{0, 1}));
  EXPECT_EQ(names.find("pipe_c"), Items{4});
  EXPECT_EQ(names.find("check_t"), Items{1});  // a suffix
  EXPECT_EQ(names.find("ipe_c"), Items{});
}

}  // namespace
}  // namespace outrigger::stf
