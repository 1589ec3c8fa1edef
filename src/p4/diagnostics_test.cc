// Diagnostics: collected with limits, shown with their lines.
#include "p4/diagnostics.h"

#include "base/utf8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace outrigger::p4 {
namespace {

const SourceText& program() {
  static const SourceText source = SourceText::from_text("dir/a.p4", "bit<8> x;\n\tbool y = x;\n");
  return source;
}

TEST(Diagnostics, are_shown_with_line_caret_remedy_and_notes) {
  Diagnostics diagnostics;
  diagnostics.error({20, 21}, "'x' is of type bit<8>, not bool", "compare it: x != 0")
      .note({7, 8}, "'x' is declared here");
  diagnostics.warning("unused", {16, 17}, "'y' is never read");
  EXPECT_EQ(to_text(diagnostics, program()),
            "dir/a.p4:2:11: error: 'x' is of type bit<8>, not bool\n"
            "    2 | \tbool y = x;\n"
            "      | \t         ^\n"
            "      = help: compare it: x != 0\n"
            "dir/a.p4:1:8: note: 'x' is declared here\n"
            "    1 | bit<8> x;\n"
            "      |        ^\n"
            "dir/a.p4:2:7: warning: 'y' is never read [unused]\n"
            "    2 | \tbool y = x;\n"
            "      | \t     ^\n");
  EXPECT_TRUE(diagnostics.has_errors());
  EXPECT_EQ(diagnostics.error_count(), 1U);
  EXPECT_EQ(diagnostics.warning_count(), 1U);
}

TEST(Diagnostics, mark_the_whole_range) {
  Diagnostics diagnostics;
  diagnostics.error({11, 15}, "no");
  EXPECT_EQ(to_text(diagnostics.all().front(), program()),
            "dir/a.p4:2:2: error: no\n"
            "    2 | \tbool y = x;\n"
            "      | \t^~~~\n");
}

TEST(Diagnostics, colours_are_asked_for) {
  Diagnostics diagnostics;
  diagnostics.error({0, 3}, "no");
  EXPECT_EQ(to_text(diagnostics, program()).find('\x1b'), std::string::npos);
  EXPECT_NE(to_text(diagnostics, program(), true).find("\x1b[1;31merror:\x1b[0m no"), std::string::npos);
}

TEST(Diagnostics, the_same_is_said_once) {
  Diagnostics diagnostics;
  diagnostics.error({0, 3}, "no").note({0, 1}, "once");
  diagnostics.error({0, 3}, "no").note({0, 1}, "twice");
  diagnostics.error({0, 3}, "never");
  diagnostics.error({0, 4}, "no");
  diagnostics.warning("rule", {0, 3}, "no");
  EXPECT_EQ(diagnostics.error_count(), 3U);
  EXPECT_EQ(diagnostics.warning_count(), 1U);
  EXPECT_EQ(diagnostics.all().front().notes.size(), 1U);
}

TEST(Diagnostics, beyond_the_limit_they_are_only_counted) {
  Diagnostics diagnostics(3);
  for (uint32_t i = 0; i < 10; ++i) {
    EXPECT_EQ(diagnostics.is_full(), i >= 3);
    diagnostics.error({i, i}, "no").note({0, 0}, "a note");
  }
  diagnostics.warning("rule", {0, 0}, "warnings have their own limit");
  EXPECT_EQ(diagnostics.all().size(), 4U);
  EXPECT_EQ(diagnostics.error_count(), 10U);
  EXPECT_TRUE(to_text(diagnostics, program()).ends_with("7 more errors are not shown\n"));
}

TEST(Diagnostics, notes_have_a_limit) {
  Diagnostics diagnostics;
  Diagnostic& diagnostic = diagnostics.error({0, 1}, "no");
  for (uint32_t i = 0; i < 10 * notes_max; ++i) {
    diagnostic.note({0, 1}, "a note");
  }
  EXPECT_EQ(diagnostic.notes.size(), notes_max);
}

TEST(Diagnostics, a_place_of_its_own_needs_no_text) {
  Diagnostics diagnostics;
  diagnostics.error_at({.file = "b.p4", .line = 7, .column = 2, .length = 3, .line_text = "#foo"}, "no such directive");
  diagnostics.error_at({.file = "c.p4"}, "no such file");
  diagnostics.error_at({}, "nothing to compile");
  EXPECT_EQ(to_text(diagnostics, SourceText{}),
            "b.p4:7:2: error: no such directive\n"
            "    7 | #foo\n"
            "      |  ^~~\n"
            "c.p4: error: no such file\n"
            "error: nothing to compile\n");
}

TEST(Diagnostics, long_lines_are_cut) {
  const SourceText source = SourceText::from_text("a.p4", std::string(5000, 'a') + "b" + std::string(5000, 'c'));
  Diagnostics diagnostics;
  diagnostics.error({5000, 9000}, "here");
  const std::string text = to_text(diagnostics, source);
  EXPECT_LT(text.size(), 500U);
  const std::string wanted = std::string("\xE2\x80\xA6") + std::string(53, 'a') + "bcc";
  EXPECT_NE(text.find(wanted), std::string::npos) << text;
  EXPECT_NE(text.find("| " + std::string(54, ' ') + "^~~"), std::string::npos) << text;
}

TEST(Diagnostics, nothing_reaches_the_terminal_raw) {
  const std::string evil =
      "a\x1b[2J\x01\r\xFF\xC2\x9B"
      "31m\xE2\x80\xAE"
      "b\x7F";
  const SourceText source = SourceText::from_text("\x1b]0;name\a", evil + "\tX\n");
  Diagnostics diagnostics;
  diagnostics.error({0, 1}, "what\n" + evil, "help\t" + evil).note({0, 1}, "note" + evil);
  const std::string text = to_text(diagnostics, source);
  EXPECT_TRUE(is_utf8(text));
  for (const char character : text) {
    EXPECT_TRUE(character == '\n' || character == '\t' || static_cast<uint8_t>(character) >= 0x20) << text;
  }
  EXPECT_EQ(text.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_EQ(text.find("\xC2\x9B"), std::string::npos);
  EXPECT_EQ(text.find('\x7F'), std::string::npos);
  EXPECT_EQ(std::ranges::count(text, '\n'), 7);
}

TEST(Diagnostics, messages_are_cut) {
  EXPECT_LT(printable(std::string(1'000'000, 'x')).size(), shown_message_bytes_max + 8);
}

TEST(Diagnostics, name_the_macro) {
  SourceText source;
  const uint32_t file = source.add_file("a.p4", "M;\n");
  source.append_made("1", {file, 0, 1, source.add_macro("M")});
  Diagnostics diagnostics;
  diagnostics.error({0, 1}, "no");
  EXPECT_EQ(to_text(diagnostics, source),
            "a.p4:1:1: error: no\n"
            "    1 | M;\n"
            "      | ^\n"
            "      = note: in the expansion of the macro 'M'\n");
}

}  // namespace
}  // namespace outrigger::p4
