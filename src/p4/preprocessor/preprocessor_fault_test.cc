// The preprocessor against programs that are wrong, and against those that want too much.
#include "p4/limits.h"
#include "p4/preprocessor/preprocessor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

namespace outrigger::p4 {
namespace {

// What it says of a text; empty: nothing.
std::string faults(const std::string& text, const PreprocessorOptions& options = {}) {
  Diagnostics diagnostics;
  const std::optional<SourceText> source = preprocess_text("a.p4", text, options, diagnostics);
  EXPECT_EQ(source.has_value(), !diagnostics.has_errors());
  return to_text(diagnostics, SourceText{});
}

std::string repeated(const std::string& piece, size_t count) {
  std::string result;
  for (size_t i = 0; i < count; ++i) {
    result += piece;
  }
  return result;
}

void expect_fault(const std::string& text, const std::string& beginning) {
  const std::string found = faults(text);
  EXPECT_EQ(found.substr(0, beginning.size()), beginning) << found;
}

TEST(PreprocessorFault, a_file_that_is_not_there) {
  const std::string found = faults("#define A\n#include <none.p4>\n#include \"missing/too.p4\"\n",
                                   {.include_folders = {"/no/such", "x"}, .defines = {}, .undefines = {}});
  EXPECT_NE(found.find("a.p4:2:10: error: cannot find the file 'none.p4'\n"
                       "    2 | #include <none.p4>\n"
                       "      |          ^~~~~~~~~\n"
                       "      = help: name its folder with -I; searched: /no/such, x, the files that ship ("),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("a.p4:3:10: error: cannot find the file 'missing/too.p4'\n"), std::string::npos) << found;
  EXPECT_NE(found.find("searched: ., /no/such, x, the files"), std::string::npos) << found;
}

TEST(PreprocessorFault, a_program_that_is_not_there) {
  Diagnostics diagnostics;
  EXPECT_FALSE(preprocess("/no/such/program.p4", {}, diagnostics));
  EXPECT_FALSE(preprocess("/tmp", {}, diagnostics));
  EXPECT_FALSE(preprocess("/dev/zero", {}, diagnostics));
  EXPECT_FALSE(preprocess("", {}, diagnostics));
  EXPECT_FALSE(preprocess(std::string(100'000, 'x'), {}, diagnostics));
  EXPECT_FALSE(preprocess(std::string("a\0b", 3), {}, diagnostics));
  EXPECT_EQ(to_text(diagnostics, SourceText{}),
            "/no/such/program.p4: error: cannot read the program: there is no such file\n"
            "/tmp: error: cannot read the program: it is a folder\n"
            "/dev/zero: error: cannot read the program: it is not a regular file\n"
            "error: this is no name of a file\n"
            "      = help: name the program's file\n");
}

TEST(PreprocessorFault, a_nul_byte) {
  expect_fault(std::string("const bit<8> x\0= 1;\n", 20), "a.p4:1:15: error: a program has no NUL bytes\n");
  expect_fault(std::string("const bit<8> x = 1;\n\0", 21), "a.p4:2:1: error: a program has no NUL bytes\n");
  expect_fault(std::string("#define A 1\0\n", 13), "a.p4:1:12: error: a program has no NUL bytes\n");
  expect_fault(std::string("@name(\"a\0b\")\n", 12), "a.p4:1:9: error: a program has no NUL bytes\n");
  EXPECT_EQ(faults(std::string("// \0\n/* \0 */\n#if 0\n\0\n#endif\n", 28)), "");
}

TEST(PreprocessorFault, devices_pipes_and_folders_are_not_read) {
  const std::string pipe = testing::TempDir() + "/p4_preprocessor_pipe_" + std::to_string(::getpid());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_fault("#include \"/dev/zero\"\n",
               "a.p4:1:10: error: cannot read the file '/dev/zero': it is not a regular file");
  expect_fault("#include </>\n", "a.p4:1:10: error: cannot read the file '/': it is a folder");
  expect_fault("#include \"" + pipe + "\"\n",
               "a.p4:1:10: error: cannot read the file '" + pipe + "': it is not a regular");
  std::filesystem::remove(pipe);
}

TEST(PreprocessorFault, a_file_that_is_too_large) {
  const std::string path = testing::TempDir() + "/p4_preprocessor_large_" + std::to_string(::getpid());
  std::ofstream(path).put('x');
  std::filesystem::resize_file(path, file_bytes_max + 1);
  expect_fault("#include \"" + path + "\"\n",
               "a.p4:1:10: error: cannot read the file '" + path + "': it has more than 16 MiB");
  Diagnostics diagnostics;
  EXPECT_FALSE(preprocess(path, {}, diagnostics));
  EXPECT_FALSE(preprocess_text("b.p4", std::string(file_bytes_max + 1, ' '), {}, diagnostics));
  EXPECT_EQ(diagnostics.error_count(), 2U);
  std::filesystem::remove(path);
}

TEST(PreprocessorFault, errors_of_the_program) {
  const std::string found = faults("#error not\there\n#error nor here\n");
  EXPECT_EQ(found,
            "a.p4:1:2: error: not\xEF\xBF\xBDhere\n"
            "    1 | #error not\there\n"
            "      |  ^~~~~\n"
            "a.p4:2:2: error: nor here\n"
            "    2 | #error nor here\n"
            "      |  ^~~~~\n");
}

TEST(PreprocessorFault, conditions_that_do_not_end) {
  EXPECT_EQ(faults("x\n#if 1\n#ifdef A\ny\n"),
            "a.p4:3:2: error: unterminated conditional directive\n"
            "    3 | #ifdef A\n"
            "      |  ^~~~~\n"
            "      = help: end it with #endif\n");
  expect_fault("#endif\n", "a.p4:1:2: error: #endif without #if");
  expect_fault("#else\n", "a.p4:1:2: error: #else without #if");
  expect_fault("#if 1\n#else\n#else\n#endif\n", "a.p4:3:2: error: #else after #else");
}

TEST(PreprocessorFault, conditions_that_mean_nothing) {
  expect_fault("#if 1 / 0\n#endif\n", "a.p4:1:7: error: division by zero in preprocessor expression");
  expect_fault("#if 1 % 0\n#endif\n", "a.p4:1:7: error: remainder by zero in preprocessor expression");
  expect_fault("#if\n#endif\n", "a.p4:1:4: error: expected value in expression");
  expect_fault("#if 8w1\n#endif\n", "a.p4:1:6: error: invalid suffix 'w1' on integer constant");
  expect_fault("#if \"a\"\n#endif\n", "a.p4:1:5: error: invalid token at start of a preprocessor expression");
  expect_fault("#if (1\n#endif\n", "a.p4:1:7: error: expected ')' in preprocessor expression");
}

TEST(PreprocessorFault, macros_that_are_wrong) {
  expect_fault("#define F(a) a\nF(1, 2)\n", "a.p4:2:6: error: too many arguments provided to function-like macro");
  expect_fault("#define F(a) a\nx F(1\n", "a.p4:2:3: error: unterminated function-like macro invocation");
  expect_fault("#define 1\n", "a.p4:1:9: error: macro name must be an identifier");
  expect_fault("#define F(a\n", "a.p4:1:12: error: expected comma in macro parameter list");
  expect_fault("/* never ends\n", "a.p4:1:1: error: unterminated /* comment");
}

TEST(PreprocessorFault, directives_that_there_are_not) {
  EXPECT_EQ(faults("x\n  #includ <a.p4>\n#endiff\n"),
            "a.p4:2:3: error: there is no directive '#includ'\n"
            "    2 |   #includ <a.p4>\n"
            "      |   ^\n"
            "      = help: write #include\n"
            "a.p4:3:1: error: there is no directive '#endiff'\n"
            "    3 | #endiff\n"
            "      | ^\n"
            "      = help: write #endif\n");
  expect_fault("#embed \"/etc/passwd\"\n", "a.p4:1:2: error: '#embed' is no directive of P4");
}

TEST(PreprocessorFault, lines_that_begin_with_a_hash) {
  expect_fault("x\n  # what this is for, and who doesn't need it\n",
               "a.p4:2:3: warning: '#what' is no directive: the line is skipped [directive]");
  expect_fault("#t.apply(); // later\n", "a.p4:1:1: warning: '#t' is no directive: the line is skipped [directive]");
  EXPECT_EQ(faults("#\n# 12 \"a.p4\"\n"), "");
}

TEST(PreprocessorFault, directives_in_arguments_of_macros) {
  expect_fault("#define F(a) a\nF(\n#if 1\n1\n#endif\n)\n",
               "a.p4:3:2: error: this directive stands among the arguments of");
  EXPECT_EQ(faults("#define F(a) a\nF(\n#ifdef F\n1\n#else\n2\n#endif\n)\n"), "");
  expect_fault("#define F(a) a\nF(\n#include <core.p4>\n)\n",
               "a.p4:3:2: error: embedding a #include directive within macro");
}

TEST(PreprocessorFault, places_of_faults_in_included_files) {
  const std::string folder = testing::TempDir() + "/p4_preprocessor_fault_" + std::to_string(::getpid());
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/b.p4") << "\n#if 1 +\n#endif\n";
  expect_fault("#include \"" + folder + "/b.p4\"\n", folder + "/b.p4:2:8: error: expected value in expression");
  std::filesystem::remove_all(folder);
}

TEST(PreprocessorFault, many_errors_are_not_too_many) {
  Diagnostics diagnostics;
  EXPECT_FALSE(preprocess_text("a.p4", repeated("#error x\n", 10'000), {}, diagnostics));
  EXPECT_EQ(diagnostics.all().size(), diagnostics_kept_max);
  Diagnostics missing;
  EXPECT_FALSE(preprocess_text("a.p4", repeated("#include <nothing>\n", 10'000), {}, missing));
  EXPECT_EQ(missing.all().size(), diagnostics_kept_max);
}

TEST(PreprocessorLimit, a_file_that_includes_itself) {
  const std::string path = testing::TempDir() + "/p4_preprocessor_self_" + std::to_string(::getpid());
  std::ofstream(path) << "#include __FILE__\n";
  expect_fault("#include \"" + path + "\"\n", path + ":1:10: error: #include nested too deeply");
  std::ofstream(path) << "#if __INCLUDE_LEVEL__ < 150\n#include __FILE__\n#include __FILE__\n#endif\n";
  EXPECT_NE(faults("#include \"" + path + "\"\n").find("error: more than 1000 files are included"), std::string::npos);
  std::ofstream(path) << repeated(repeated("x", 99) + "\n", 100'000);
  EXPECT_NE(faults(repeated("#include \"" + path + "\"\n", 100)).find("MiB"), std::string::npos);
  std::filesystem::remove(path);
}

// Forty macros, each the one before twice: NAME39 is 10 * 2^39 pieces.
std::string doubling(const std::string& name, const std::string& piece) {
  std::string text = "#define " + name + "0 " + repeated(piece, 10) + "\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = name + std::to_string(i - 1);
    text += "#define " + name + std::to_string(i) + " " + before + " " + before + "\n";
  }
  return text;
}

TEST(PreprocessorLimit, macros_that_double) {
  const std::string text = doubling("A", "x ");
  expect_fault(text + "A39\n", "a.p4:41:1: error: the macros of this program expand to too much");
  expect_fault(text + "#define F(a) a\nF(A39)\n", "a.p4:42:3: error: the macros of this program expand to too much");
}

TEST(PreprocessorLimit, macros_that_double_in_directives) {
  const std::string text = doubling("A", "+ 1 ");
  expect_fault(text + "#if 0 A39\n#endif\n", "a.p4:41:7: error: macros make more than 1000 tokens of this condition");
  expect_fault(text + "#define F(a) a\nF(\n#if 0 A39\n#endif\n)\n", "a.p4:43:2: error: this directive stands among");
  expect_fault(text + "#define L <\n#include L A39\n", "a.p4:42:12: error: the macros of this program expand to too");
}

TEST(PreprocessorLimit, arguments_that_are_repeated) {
  const std::string uses = repeated(" a", 10'000);
  expect_fault("#define F(a)" + uses + "\nF(F(F(x)))\n", "a.p4:2:");
  expect_fault("#define F(a) #a" + repeated(" #a", 10'000) + "\nF(" + std::string(100'000, 'x') + ")\n",
               "a.p4:2:1: error: the macros");
  expect_fault("#define F(a) a" + repeated("##a", 10'000) + "\nF(" + std::string(1000, 'x') + ")\n",
               "a.p4:2:1: error: the macros");
  expect_fault("#define F(a) a" + repeated("##a", 10'000) + "\nF(F(xxxxxxxxxxxxxxxx))\n", "a.p4:2:");
}

TEST(PreprocessorLimit, arguments_within_arguments) {
  EXPECT_EQ(faults("#define F(a) a\n" + repeated("F(", 90) + "x" + repeated(")", 90)), "");
  expect_fault("#define F(a) a\n" + repeated("F(", 100'000) + "x" + repeated(")", 100'000), "a.p4:2:");
}

TEST(PreprocessorLimit, conditions_that_nest) {
  EXPECT_EQ(faults("#if " + repeated("(", 200) + "1" + repeated(")", 200) + "\n#endif\n"), "");
  const std::string deep = repeated("(", 1'000'000) + "1" + repeated(")", 1'000'000);
  expect_fault("#if " + deep + "\n#endif\n",
               "a.p4:1:1: error: the condition has more than 500 parentheses and operators");
  expect_fault("/**/ # /**/ if " + deep + "\n#endif\n", "a.p4:1:6: error: the condition has more than 500");
  expect_fault("#i\\\nf " + deep + "\n#endif\n", "a.p4:1:1: error: the condition has more than 500");
  expect_fault("#if 0\n#elif " + repeated("!", 100'000) + "1\n#endif\n",
               "a.p4:2:1: error: the condition has more than");
  expect_fault("#define D " + deep + "\n#if D\n#endif\n", "a.p4:2:5: error: macros make more than 1000 tokens");
  expect_fault("#define N(x) " + repeated("(", 900) + "x" + repeated(")", 900) + "\n#if N(N(N(1)))\n#endif\n",
               "a.p4:2:");
  expect_fault("#if " + repeated("(/*\n*/", 100'000) + "\n#endif\n",
               "a.p4:1:1: error: the condition has more than 500");
}

TEST(PreprocessorLimit, conditions_that_hide_behind_comments) {
  const std::string deep = "#if " + repeated("(", 100'000) + "\n*/\n";
  expect_fault("#include </*>\n" + deep, "a.p4:1:1: error: the name of the file holds a comment");
  expect_fault("#if 0\n#include </*>\n/*/\n#endif\n" + deep, "a.p4:2:1: error: the name of the file holds a comment");
  expect_fault("#define H __has_include\n#if H(</*>)\n#endif\n" + deep, "a.p4:2:1: error: a comment is open");
  expect_fault("#define H __has_include\n#if H(<a\"b>) /* \n/*/\n#endif\n" + deep,
               "a.p4:2:1: error: a comment is open");
  expect_fault("#warning /*\n" + deep, "a.p4:1:1: error: a comment is open at the end of the message");
  expect_fault("#warning x \\\n/*\n" + deep, "a.p4:1:1: error: a comment is open at the end of the message");
}

TEST(PreprocessorLimit, macros_with_many_parameters) {
  std::string parameters = "p0";
  for (int i = 1; i < 255; ++i) {
    parameters += ", p" + std::to_string(i);
  }
  EXPECT_EQ(faults("#define F(" + parameters + ") p254\n"), "");
  for (int i = 255; i < 100'000; ++i) {
    parameters += ", p" + std::to_string(i);
  }
  expect_fault("#define F(" + parameters + ") p254\n", "a.p4:1:1: error: the macro has more than 256 parameters");
}

TEST(PreprocessorLimit, more_text_or_tokens_than_there_may_be) {
  const std::string word(1U << 16U, 'x');
  expect_fault("#define W " + word + "\n" + repeated("W\n", 2000), "a.p4:");
  expect_fault(std::string(tokens_max + 10, ';'), "a.p4:1:8388609: error: the program has more than 8388608 tokens");
}

TEST(PreprocessorFault, conflicts_of_merges) {
  expect_fault("a\n<<<<<<< mine\nb\n=======\nc\n>>>>>>> theirs\n", "a.p4:2:1: error: here two versions of the file");
  expect_fault("a\n>>>> ORIGINAL\nb\n==== THEIRS\nc\n<<<<\n", "a.p4:2:1: error: here two versions of the file");
  EXPECT_EQ(faults("tuple<tuple<tuple<tuple<tuple<bit<1>\n>>>> x\n>\n"), "");
}

TEST(PreprocessorFault, letters_that_are_none_of_p4) {
  expect_fault("a\xCD\x90g \n", "a.p4:1:2: error: character <U+0350> not allowed in an identifier");
  expect_fault("a \xE2\x80\x9Cx\xE2\x80\x9D\n", "a.p4:1:3: error: unexpected character <U+201C>");
}

TEST(PreprocessorFault, bytes_that_are_no_text) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
  }
  EXPECT_NE(faults(all + "\n" + all), "nothing in particular");
  EXPECT_NE(faults("\xFE\xFF\0a\0b").find("UTF-16"), std::string::npos);
  EXPECT_EQ(faults(std::string("\xEF\xBB\xBF") + "x\n"), "");
  EXPECT_EQ(faults("// gr\xFC\xDF \n x /* \xFF */"), "");
}

}  // namespace
}  // namespace outrigger::p4
