// SourceText: offsets of the preprocessed text back to files, lines and columns.
#include "p4/source_text.h"

#include "p4/limits.h"

#include <gtest/gtest.h>

#include <string>

namespace outrigger::p4 {
namespace {

TEST(SourceText, nothing_has_a_place_without_a_line) {
  const SourceText source;
  EXPECT_EQ(source.text(), "");
  EXPECT_EQ(source.place(0), Place{});
  EXPECT_EQ(source.place(SourceRange{5, 9}), Place{});
  EXPECT_FALSE(source.is_shipped(0));
}

TEST(SourceText, an_empty_file_has_one_line) {
  const SourceText source = SourceText::from_text("empty.p4", "");
  const Place place = source.place(0);
  EXPECT_EQ(place.file, "empty.p4");
  EXPECT_EQ(place.line, 1U);
  EXPECT_EQ(place.column, 1U);
}

TEST(SourceText, lines_and_columns_count_from_one) {
  const SourceText source = SourceText::from_text("a.p4", "bit<8> x;\r\n  bool y;\n");
  const Place place = source.place(SourceRange{13, 17});
  EXPECT_EQ(place.line, 2U);
  EXPECT_EQ(place.column, 3U);
  EXPECT_EQ(place.length, 4U);
  EXPECT_EQ(place.line_text, "  bool y;");
  EXPECT_EQ(source.place(0).line_text, "bit<8> x;");
  EXPECT_EQ(source.text({13, 17}), "bool");
}

TEST(SourceText, the_end_is_behind_the_last_line) {
  const SourceText source = SourceText::from_text("a.p4", "x\ny\n");
  EXPECT_EQ(source.place(4).line, 3U);
  EXPECT_EQ(source.place(4).column, 1U);
  EXPECT_EQ(source.place(1000), source.place(4));
  EXPECT_EQ(source.text({2, 1000}), "y\n");
  EXPECT_EQ(source.text({9, 3}), "");
}

TEST(SourceText, columns_are_code_points_and_bytes_that_are_none) {
  // Two letters of two bytes, one of four, a tab, a stray byte.
  const SourceText source = SourceText::from_text("a.p4", "\xC3\xA4\xC3\xB6\xF0\x9F\x98\x80\t\xFFX");
  EXPECT_EQ(source.place(2).column, 2U);
  EXPECT_EQ(source.place(4).column, 3U);
  EXPECT_EQ(source.place(8).column, 4U);
  EXPECT_EQ(source.place(10).column, 6U);
  EXPECT_EQ(source.place(SourceRange{0, 10}).length, 5U);
}

TEST(SourceText, a_range_over_lines_is_marked_to_the_end_of_the_first) {
  const SourceText source = SourceText::from_text("a.p4", "abc def\nghi");
  EXPECT_EQ(source.place(SourceRange{4, 11}).length, 3U);
}

TEST(SourceText, long_lines_are_cut_around_the_place) {
  const SourceText source = SourceText::from_text("a.p4", std::string(100'000, 'a') + "b" + std::string(100'000, 'c'));
  const Place place = source.place(100'000);
  EXPECT_EQ(place.column, 100'001U);
  ASSERT_EQ(place.line_text.size(), shown_columns_max);
  EXPECT_EQ(place.line_text[place.column - place.line_text_column], 'b');
  EXPECT_TRUE(place.is_line_cut);
  EXPECT_EQ(source.place(0).line_text_column, 1U);
  EXPECT_FALSE(source.place(200'000).is_line_cut);
}

TEST(SourceText, segments_lead_back_to_their_files) {
  SourceText source;
  const uint32_t a = source.add_file("a.p4", "one M three\n");
  const uint32_t b = source.add_file("<shipped>/b.p4", "four\n");
  const uint32_t macro = source.add_macro("M");
  source.append_verbatim("one", a, 0);
  source.append_blank(" ");
  source.append_made("two + two", {a, 4, 5, macro});
  source.append_blank(" ");
  source.append_verbatim("three", a, 6);
  source.append_verbatim("four", b, 0);
  EXPECT_EQ(source.text(), "one two + two threefour");
  EXPECT_EQ(source.place(SourceRange{1, 3}).column, 2U);
  const Place made = source.place(SourceRange{8, 13});
  EXPECT_EQ(made.column, 5U);
  EXPECT_EQ(made.length, 1U);
  EXPECT_EQ(made.macro, "M");
  EXPECT_EQ(source.place(16).column, 9U);
  EXPECT_EQ(source.place(16).macro, "");
  EXPECT_EQ(source.file_name(18), "a.p4");
  EXPECT_TRUE(source.is_shipped(19));
  // From before the expansion until behind it, and from one file into another.
  EXPECT_EQ(source.place(SourceRange{0, 19}).length, 11U);
  EXPECT_EQ(source.place(SourceRange{14, 23}).length, 5U);
}

TEST(SourceText, moves_with_its_text) {
  SourceText source = SourceText::from_text("a.p4", "x");
  const SourceText moved = std::move(source);
  EXPECT_EQ(moved.text(), "x");
  EXPECT_EQ(moved.place(0).file, "a.p4");
}

}  // namespace
}  // namespace outrigger::p4
