// Small texts that ask for much: each is accepted or refused with a diagnostic, in little time and memory.
#include <gtest/gtest.h>

#include <string>

#include "robustness/large_program.h"

namespace outrigger::p4_robustness {
namespace {

std::string number(uint32_t value) { return std::to_string(value); }

std::string program(const std::string& top, const std::string& locals, const std::string& body) {
  return v1model_program({.top = top, .locals = locals, .body = body});
}

constexpr const char* doubled_structs = "struct S0 { bit<8> a; }";

std::string structs(uint32_t count) {
  return doubled_structs + repeat(count, [](uint32_t i) {
           const std::string part = "S" + number(i);
           return "struct S" + number(i + 1) + " { " + part + " a; " + part + " b; }\n";
         });
}

TEST(Resources, deep_nesting_is_refused) {
  constexpr uint32_t deep = 3000;
  const std::pair<const char*, const char*> nests[] = {{"m.x = (", ")"},
                                                       {"m.x = ~", ""},
                                                       {"m.x = m.x == 1 ? ", ""},
                                                       {"{", "}"},
                                                       {"if (m.x == 1) {", "}"},
                                                       {"if (true) ; else ", ""},
                                                       {"switch (m.x) { 1: {", "} }"},
                                                       {"for (bit<8> i = 0; i < 2; i = i + 1) {", "}"},
                                                       {"m.x = f(", ")"},
                                                       {"m.x = {a = ", "}"},
                                                       {"tuple<", ">"},
                                                       {"m.x = (bit<(", ")>)1"}};
  for (const auto& [begin, end] : nests) {
    const std::string inner = std::string(begin).substr(std::string(begin).find("= ") == std::string::npos ? 0 : 4);
    const std::string text = program("", "", repeat(deep, begin) + "1" + repeat(deep, end) + ";");
    EXPECT_NE(refusal(text), "") << begin;
    EXPECT_NE(refusal(program("", "", "m.x = " + repeat(deep, inner) + "1" + repeat(deep, end) + ";")), "") << inner;
  }
}

TEST(Resources, nesting_of_people_is_accepted) {
  EXPECT_EQ(refusal(program("", "", "m.x = " + repeat(200, "(m.x + ") + "1" + repeat(200, ")") + ";")), "");
  EXPECT_EQ(refusal(program("", "", repeat(200, "if (m.x == 1) {") + repeat(200, "}"))), "");
  EXPECT_EQ(refusal(program("", "", repeat(500, "if (m.x == 1) m.x = 2; else ") + "m.x = 3;")), "");
  EXPECT_EQ(refusal(program("", "", "m.x = m.x" + repeat(500, " + m.x") + ";")), "");
}

TEST(Resources, types_that_double) {
  EXPECT_EQ(refusal(program(structs(10), "S10 v; S10 w;", "if (v == w) { v = w; }")), "");
  EXPECT_NE(refusal(program(structs(40), "S40 v;", "")), "");
  EXPECT_NE(refusal(program("struct S<T> { T a; T b; }", repeat(30, "S<") + "bit<8>" + repeat(30, ">") + " v;", "")),
            "");
}

TEST(Resources, generic_functions_that_double) {
  const std::string types = "struct S<T> { T a; T b; } struct R<T> { T a; } bit<32> f0<T>(in T x) { return 1; }\n";
  const auto chain = [](const std::string& local, const std::string& result) {
    return repeat(40, [&](uint32_t i) {
      std::string value = result;
      for (size_t at = value.find('$'); at != std::string::npos; at = value.find('$')) {
        value.replace(at, 1, "f" + number(i));
      }
      return "bit<32> f" + number(i + 1) + "<T>(in T x) { " + local + " return " + value + "; }\n";
    });
  };
  EXPECT_NE(refusal(program(types + chain("S<T> s;", "$(s)"), "", "m.x = f40(m.x);")), "");
  EXPECT_NE(refusal(program(types + chain("R<T> r; tuple<T> t;", "$(r) + $(t)"), "", "m.x = f40(m.x);")), "");
}

TEST(Resources, calls_that_double) {
  const auto chain = [](uint32_t count) {
    return "bit<32> f0(in bit<32> x) { return x; }" + repeat(count, [](uint32_t i) {
             const std::string callee = "f" + number(i);
             return "bit<32> f" + number(i + 1) + "(in bit<32> x) { return " + callee + "(x) + " + callee + "(x); }\n";
           });
  };
  EXPECT_EQ(refusal(program(chain(8), "", "m.x = f8(m.x);")), "");
  EXPECT_NE(refusal(program(chain(40), "", "m.x = f40(m.x);")), "");
}

TEST(Resources, calls_in_a_long_row) {
  const auto chain = [](uint32_t count) {
    return "bit<32> f0(in bit<32> x) { return x; }" + repeat(count, [](uint32_t i) {
             return "bit<32> f" + number(i + 1) + "(in bit<32> x) { return f" + number(i) + "(x); }\n";
           });
  };
  EXPECT_EQ(refusal(program(chain(100), "", "m.x = f100(m.x);")), "");
  EXPECT_NE(refusal(program(chain(5000), "", "m.x = f5000(m.x);")), "");
  EXPECT_NE(
      refusal(program(chain(5000), "", repeat(5000, [](uint32_t i) { return "m.x = f" + number(i) + "(m.x);"; }))), "");
}

TEST(Resources, instances_that_double) {
  const std::string controls = "control C0(inout bit<32> x) { apply { x = x + 1; } }" + repeat(40, [](uint32_t i) {
                                 const std::string inner = "C" + number(i);
                                 return "control C" + number(i + 1) + "(inout bit<32> x) { " + inner + "() c; " +
                                        inner + "() d; apply { c.apply(x); d.apply(x); } }\n";
                               });
  EXPECT_EQ(refusal(program(controls, "C6() c;", "c.apply(m.x);")), "");
  EXPECT_NE(refusal(program(controls, "C40() c;", "c.apply(m.x);")), "");
}

TEST(Resources, choices_about_choices) {
  std::string choice = "s";
  for (uint32_t i = 0; i < 40; ++i) {
    choice = "((" + choice + ") == t ? s : t)";
  }
  EXPECT_EQ(refusal(program("struct S { bit<8> a; bit<8> b; }", "S s; S t;", "s = " + choice + ";")), "");
}

TEST(Resources, large_numbers_and_widths) {
  EXPECT_NE(refusal(program("", "", "m.x = 1 << 1000000000;")), "");
  EXPECT_NE(refusal(program("", "", "m.x = (bit<32>)((1 << 1000000) << 1000000);")), "");
  EXPECT_NE(refusal(program("", "bit<99999999999999999999> v;", "")), "");
  EXPECT_EQ(refusal(program("", "", "bit<1048576> v; v = v * v; m.x = v[31:0];")), "");
}

TEST(Resources, large_stacks) {
  EXPECT_EQ(refusal(program("", "h_t[1000] st;", "st[m.x].a = st[m.x + 1].a;")), "");
  EXPECT_NE(refusal(program("", "h_t[65536] st;", "st[m.x].a = 1;")), "");
  const std::string fields = repeat(1000, [](uint32_t i) { return "bit<8> f" + number(i) + ";"; });
  EXPECT_NE(refusal(program("header L { " + fields + " }", "L[65536] st;", "")), "");
  EXPECT_NE(refusal(program("header L { " + fields + " }", "L[250] s; L[250] t; L[250] u;", "")), "");
}

TEST(Resources, loops_without_end_stop) {
  EXPECT_EQ(refusal(program("", "", "for (bit<32> i in 0 .. 0xffffffff) { m.x = m.x + i; }")), "");
}

TEST(Resources, much_of_one_kind) {
  constexpr uint32_t many = 5000;
  const auto each = [](const std::string& before, const std::string& after) {
    return repeat(many, [&](uint32_t i) { return before + number(i) + after; });
  };
  EXPECT_EQ(refusal(program(each("const bit<32> c", " = 1;\n"), "", "")), "");
  EXPECT_EQ(refusal(program("", "", each("m.x = m.x + ", ";\n"))), "");
  EXPECT_EQ(refusal(program("",
                            "table t { key = { m.x : exact; } actions = { NoAction; } const entries = {" +
                                each("", " : NoAction();\n") + "} }",
                            "t.apply();")),
            "");
  EXPECT_EQ(refusal(program("",
                            "table t { key = { m.x : ternary; } actions = { NoAction; } const entries = {" +
                                each("", " &&& 0xff : NoAction();\n") + "} }",
                            "t.apply();")),
            "");
  EXPECT_EQ(refusal(program("", "", "switch (m.x) {" + each("", " : { m.x = 1; }\n") + "}")), "");
}

}  // namespace
}  // namespace outrigger::p4_robustness
