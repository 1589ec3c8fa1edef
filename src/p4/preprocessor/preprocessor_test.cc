// The preprocessor: what comes out, and where it came from.
#include "p4/preprocessor/preprocessor.h"

#include "p4/preprocessor/shipped_files.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::p4 {
namespace {

// What a text becomes; errors, when there are any.
std::string preprocessed(const std::string& text, const PreprocessorOptions& options = {}) {
  Diagnostics diagnostics;
  const std::optional<SourceText> source = preprocess_text("a.p4", text, options, diagnostics);
  EXPECT_EQ(source.has_value(), !diagnostics.has_errors());
  return source ? std::string(source->text()) : to_text(diagnostics, SourceText{});
}

// Its words alone.
std::string words(const std::string& text, const PreprocessorOptions& options = {}) {
  std::string result;
  for (const char character : preprocessed(text, options)) {
    if (character != ' ' && character != '\n' && character != '\t') {
      result += character;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  return result.ends_with(' ') ? result.substr(0, result.size() - 1) : result;
}

// Where the first `what` in the preprocessed text came from: "file:line:column+length" and the macro.
std::string origin(const SourceText& source, std::string_view what) {
  const size_t at = source.text().find(what);
  if (at == std::string_view::npos) {
    return "not there";
  }
  const Place place = source.place({static_cast<uint32_t>(at), static_cast<uint32_t>(at + what.size())});
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column) + "+" +
         std::to_string(place.length) + (place.macro.empty() ? "" : " " + place.macro);
}

// A folder with files, gone with the test.
class Folder {
 public:
  Folder()
      : path_(testing::TempDir() + "/p4_preprocessor_" + std::to_string(::getpid()) + "_" + std::to_string(++count_)) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = path_ + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  static inline int count_ = 0;
  std::string path_;
};

TEST(Preprocessor, tokens_of_p4_stay_as_they_are) {
  const std::string text =
      "const bit<32> x = 8w0xff &&& 0b1010_1010 |+| 10 |-| 3..5 >> 2;\n"
      "@pragma pack 'a\" b\n"
      "@name(\"a.b\\\"$c\") x<<=1; a...; 4s-1; y[7:0] ++ z; t<bit<8>>(); !a?b:c &&b || d; 0..X\n"
      "\"with // no comment /* and */ \\n\" 12ns \\ $ ` \n";
  EXPECT_EQ(preprocessed(text), text.substr(0, text.find_last_not_of(" \n") + 1));
}

TEST(Preprocessor, comments_are_blanked_and_places_kept) {
  EXPECT_EQ(preprocessed("a/*b*/c // d\ne"), "a     c     \ne");
  EXPECT_EQ(preprocessed("a /* b\n c */ d"), "a            d");
}

TEST(Preprocessor, most_of_a_program_keeps_its_offsets) {
  const std::string text = "// A program.\nheader h {\n\tbit<8> a;  /* eight */ bool b;\n}\n";
  Diagnostics diagnostics;
  const auto source = preprocess_text("dir/a.p4", text, {}, diagnostics);
  ASSERT_TRUE(source);
  EXPECT_EQ(origin(*source, "header"), "dir/a.p4:2:1+6");
  EXPECT_EQ(origin(*source, "bool b"), "dir/a.p4:3:25+6");
}

TEST(Preprocessor, empty_programs) {
  EXPECT_EQ(preprocessed(""), "");
  EXPECT_EQ(preprocessed("\n// nothing\n"), "");
  EXPECT_EQ(preprocessed("#\n"), "");
}

TEST(Preprocessor, continued_lines_are_joined) {
  EXPECT_EQ(words("@pragma a \\\n b\nc"), "@pragma a b c");
  EXPECT_EQ(preprocessed("@pragma a \\\n b\nc").find('\n'), 14U);
  EXPECT_EQ(words("ab\\\ncd"), "abcd");
  EXPECT_EQ(words("#define M 1 \\\n + 2\nM"), "1 + 2");
}

TEST(Preprocessor, lines_may_end_as_they_like) {
  EXPECT_EQ(words("#define A 1\r\nA\r\n#if A\r\nyes\r\n#endif\r\n"), "1 yes");
  EXPECT_EQ(words("@pragma a\rb"), "@pragma a b");
}

TEST(Preprocessor, macros_expand) {
  EXPECT_EQ(words("#define W 32\n#define T(n) bit<n>\nT(W) x; W"), "bit<32> x; 32");
  EXPECT_EQ(words("#define F(a, ...) g(a, ## __VA_ARGS__)\nF(1) F(1, 2, 3)"), "g(1) g(1, 2, 3)");
  EXPECT_EQ(words("#define P(a, b) a ## b\n#define S(a) #a\nP(x, 1) S(a \"b\")"), "x1 \"a \\\"b\\\"\"");
  EXPECT_EQ(words("#define V(a, ...) a __VA_OPT__(+) __VA_ARGS__\nV(1) V(1, 2)"), "1 1 + 2");
  EXPECT_EQ(words("#define A B\n#define B A\nA B"), "A B");
  EXPECT_EQ(words("#define N\nN x N"), "x");
  EXPECT_EQ(words("#define A 1 // one\n#define B 2 /* two\n lines */ + 3\nA B"), "1 2 + 3");
  EXPECT_EQ(words("#define K 1\n#undef K\nK"), "K");
}

TEST(Preprocessor, expansions_neither_glue_nor_split) {
  EXPECT_EQ(words("#define M &&& |+| .. <<= ++\nM"), "&&& |+| .. <<= ++");
  EXPECT_EQ(words("#define LESS <\nx LESS< y"), "x < < y");
  EXPECT_EQ(words("#define W 8\nbit<W>>1"), "bit<8>>1");
  EXPECT_EQ(words("#define P(x) -x\nP(-1)"), "- -1");
}

TEST(Preprocessor, conditions) {
  EXPECT_EQ(words("#if defined(A) && A > 3\nyes\n#elif !defined A\nno\n#else\nless\n#endif",
                  {.include_folders = {}, .defines = {"A=4"}, .undefines = {}}),
            "yes");
  EXPECT_EQ(words("#ifdef X\na\n#else\nb\n#endif"), "b");
  EXPECT_EQ(words("#ifndef X\na\n#endif"), "a");
  EXPECT_EQ(words("#if 0\ndon't 'mind \"quotes\n#include <nothing>\n#endif\nx"), "x");
  EXPECT_EQ(words("#if (1 ? 2 : 3) == 2 && 7 / 2 == 3\ny\n#endif"), "y");
  EXPECT_EQ(words("#if __p4__ == 16\ny\n#endif"), "y");
  EXPECT_EQ(words("#ifdef __cplusplus\ny\n#endif\n#ifdef __linux__\ny\n#endif\n#ifdef __STDC__\ny\n#endif"), "");
}

TEST(Preprocessor, definitions_of_the_command_line) {
  const PreprocessorOptions options{
      .include_folders = {}, .defines = {"A", "B=x y", "C(n)=n+1", "D=", "E=1"}, .undefines = {"E", "F"}};
  EXPECT_EQ(words("A B C(2) D E", options), "1 x y 2+1 E");
  EXPECT_EQ(
      preprocessed("", {.include_folders = {}, .defines = {"1x"}, .undefines = {}}),
      "error: -D 1x: this is no macro\n      = help: write NAME, NAME=VALUE or NAME(PARAMETERS)=VALUE, on one line\n");
  EXPECT_EQ(preprocessed("", {.include_folders = {}, .defines = {"x=1\n#error"}, .undefines = {}}).substr(0, 10),
            "error: -D ");
  EXPECT_EQ(preprocessed("", {.include_folders = {}, .defines = {}, .undefines = {""}}).substr(0, 10), "error: -U ");
}

TEST(Preprocessor, places_in_expansions) {
  const std::string text = "#define TWO(x) one x;\nTWO(second)\n  TWO( /* c */ third )\n";
  Diagnostics diagnostics;
  const auto source = preprocess_text("a.p4", text, {}, diagnostics);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->text(), "one second;\none third;");
  EXPECT_EQ(origin(*source, "one"), "a.p4:2:1+3 TWO");
  EXPECT_EQ(origin(*source, "second"), "a.p4:2:5+6 TWO");
  EXPECT_EQ(origin(*source, "third"), "a.p4:3:16+5 TWO");
  EXPECT_EQ(origin(*source, ";\none"), "a.p4:2:1+11 TWO");
}

TEST(Preprocessor, files_beside_the_program_and_in_folders) {
  const Folder folder;
  const std::string program =
      folder.write("prog/a.p4", "#include \"b.p4\"\n#include <b.p4>\n#include \"c.p4\"\nlast\n");
  folder.write("prog/b.p4", "beside\n");
  folder.write("one/b.p4", "first\n#include \"d.p4\"\n");
  folder.write("one/d.p4", "nested\n");
  folder.write("two/b.p4", "second\n");
  folder.write("two/c.p4", "third\n");
  Diagnostics diagnostics;
  const auto source =
      preprocess(program,
                 {.include_folders = {folder.path() + "/one", folder.path() + "/none", folder.path() + "/two"},
                  .defines = {},
                  .undefines = {}},
                 diagnostics);
  ASSERT_TRUE(source) << to_text(diagnostics, SourceText{});
  EXPECT_EQ(source->text(), "beside\nfirst\nnested\nthird\nlast");
  EXPECT_EQ(origin(*source, "nested"), folder.path() + "/one/d.p4:1:1+6");
  EXPECT_EQ(origin(*source, "last"), program + ":4:1+4");
  EXPECT_EQ(origin(*source, "third\nlast"), folder.path() + "/two/c.p4:1:1+5");
}

TEST(Preprocessor, shipped_files_come_last) {
  const std::string name = "core.p4";
  Diagnostics diagnostics;
  const auto shipped = preprocess_text("a.p4", "#include <" + name + ">\n", {}, diagnostics);
  ASSERT_TRUE(shipped) << to_text(diagnostics, SourceText{});
  EXPECT_TRUE(shipped->is_shipped(0));
  EXPECT_EQ(shipped->file_name(0), "<shipped>/" + name);
  const auto quoted = preprocess_text("a.p4", "#include \"" + name + "\"\n", {}, diagnostics);
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->text(), shipped->text());
  const Folder folder;
  folder.write(name, "mine");
  const auto mine = preprocess_text("a.p4", "#include <" + name + ">\n",
                                    {.include_folders = {folder.path()}, .defines = {}, .undefines = {}}, diagnostics);
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->text(), "mine");
  EXPECT_FALSE(mine->is_shipped(0));
}

TEST(Preprocessor, every_shipped_file_can_be_included) {
  for (const ShippedFile& file : shipped_files()) {
    Diagnostics diagnostics;
    const auto source = preprocess_text("a.p4", "#include <" + std::string(file.name) + ">\n", {}, diagnostics);
    EXPECT_TRUE(source) << file.name << "\n" << to_text(diagnostics, SourceText{});
  }
}

TEST(Preprocessor, has_include_asks_the_same_folders) {
  const std::string name = "core.p4";
  EXPECT_EQ(words("#if __has_include(<" + name + ">)\nyes\n#endif\n#if __has_include(\"none.p4\")\nno\n#endif"), "yes");
}

TEST(Preprocessor, roundabout_names_of_texts_in_memory) {
  EXPECT_EQ(words("#ifndef A\n#define A\n#include \"./a.p4\"\n#else\nx\n#endif\n"), "x");
  EXPECT_EQ(words("#include <bmv2/../core.p4>\n"), words("#include <core.p4>\n"));
  EXPECT_NE(preprocessed("#include <../core.p4>\n").find("cannot find the file"), std::string::npos);
}

TEST(Preprocessor, once_is_once) {
  const Folder folder;
  const std::string program =
      folder.write("a.p4", "#include \"b.p4\"\n#include \"./b.p4\"\n#include \"c.p4\"\n#include \"c.p4\"\n");
  folder.write("b.p4", "#pragma once\nb\n");
  folder.write("c.p4", "c\n");
  Diagnostics diagnostics;
  const auto source = preprocess(program, {}, diagnostics);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->text(), "b\nc\nc");
}

TEST(Preprocessor, names_of_the_place) {
  EXPECT_EQ(words("__FILE__ __LINE__\n__LINE__ __COUNTER__ __COUNTER__"), "\"a.p4\" 1 2 0 1");
}

TEST(Preprocessor, line_marks_and_pragmas_are_passed_over) {
  EXPECT_EQ(words("# 1 \"b.p4\"\n#line 77 \"c.p4\"\n#pragma whatever 'x\n#pragma GCC poison x\n#pragma clang __debug "
                  "llvm_fatal_error\n#pragma message \"m\"\n#pragma clang module begin x\nx"),
            "x");
  Diagnostics diagnostics;
  const auto source = preprocess_text("a.p4", "#line 77 \"c.p4\"\nx\n", {}, diagnostics);
  ASSERT_TRUE(source);
  EXPECT_EQ(origin(*source, "x"), "a.p4:2:1+1");
}

TEST(Preprocessor, warnings_do_not_stop_it) {
  Diagnostics diagnostics;
  const auto source = preprocess_text("a.p4", "#warning take care\n#define A 1\n#define A 2\nA\n", {}, diagnostics);
  ASSERT_TRUE(source);
  EXPECT_EQ(source->text(), "2");
  EXPECT_EQ(to_text(diagnostics, *source),
            "a.p4:1:2: warning: take care [preprocessor]\n"
            "    1 | #warning take care\n"
            "      |  ^~~~~~~\n"
            "a.p4:3:9: warning: 'A' macro redefined [macro-redefined]\n"
            "    3 | #define A 2\n"
            "      |         ^\n"
            "      = help: remove one, or write #undef before the second\n"
            "a.p4:2:9: note: previous definition is here\n"
            "    2 | #define A 1\n"
            "      |         ^\n");
}

}  // namespace
}  // namespace outrigger::p4
