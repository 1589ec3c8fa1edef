// Small texts that ask for much, each by a way of its own: little time and memory, whatever becomes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "p4/front.h"
#include "p4_ir/lower.h"
#include "p4_native/native_program.h"
#include "robustness/large_program.h"

namespace outrigger::p4_robustness {
namespace {

using testing::HasSubstr;

std::string program(const std::string& top, const std::string& locals, const std::string& body) {
  return v1model_program({.top = top, .locals = locals, .body = body});
}

TEST(Bombs, many_overloads_of_one_name) {
  const Budget budget;
  EXPECT_EQ(refusal(program(numbered(900, "bit<32> f(in bit<32> v", ") { return 1; }\n"), "", "")), "");
  EXPECT_THAT(refusal(program(numbered(20'000, "bit<32> f(in bit<32> v", ") { return 1; }\n"), "", "")),
              HasSubstr("more than 1024 overloads"));
  EXPECT_THAT(refusal(program(numbered(2000, "bit<32> f(in bit<32> v", ") { return 1; }\n"), "",
                              numbered(2000, "m.x = f(v", " = 1);\n"))),
              HasSubstr("more than 1024 overloads"));
}

TEST(Bombs, long_bodies_of_endless_loops) {
  const Budget budget;
  const std::string endless = "for (bit<32> i in 0 .. 0xffffffff) {";
  EXPECT_EQ(refusal(program("", "", endless + repeat(20'000, "m.x = m.x + 1;\n") + "}")), "");
  EXPECT_EQ(refusal(program("", "", repeat(50, endless) + "m.x = m.x + 1;" + repeat(50, "}"))), "");
  EXPECT_EQ(refusal(program("", "bit<1048576> v = 3;", endless + "v = v * v; }")), "");
  EXPECT_EQ(refusal(program("", "", endless + "switch (m.x) {" + numbered(5000, "", ": { m.x = 1; }\n") + "} }")), "");
  EXPECT_EQ(
      refusal(program("", "", "for (bit<32> q in (list<bit<32>>){1" + numbered(5000, ", ", "") + "}) { m.x = q; }")),
      "");
}

TEST(Bombs, parsers_that_never_end) {
  const Budget budget;
  EXPECT_EQ(refusal(v1model_program({.states = "state start { m.x = m.x + 1; transition start; }"})), "");
  EXPECT_EQ(refusal(v1model_program(
                {.states = "state start { " + repeat(20'000, "m.x = m.x + 1;\n") + " transition start; }"})),
            "");
  EXPECT_EQ(refusal(v1model_program({.states = "state start { transition select(m.x) {" +
                                               numbered(20'000, "", " &&& 0xfffff0 : accept;\n") + "_ : start; } }"})),
            "");
  EXPECT_EQ(refusal(v1model_program({.states = "state start { transition s0; } state s20000 { transition accept; }" +
                                               repeat(20'000,
                                                      [](uint32_t i) {
                                                        return "state s" + std::to_string(i) + " { transition s" +
                                                               std::to_string(i + 1) + "; }\n";
                                                      })})),
            "");
}

TEST(Bombs, too_much_for_one_packet) {
  const Budget budget;
  const std::string wide = "bit<1048576> v = 3;";
  EXPECT_EQ(refusal(program("", wide, repeat(50, "v = v * v;\n"))), "");
  EXPECT_THAT(refusal(program("", wide, repeat(5000, "v = v * v;\n"))), HasSubstr("takes too long"));
}

TEST(Bombs, indices_and_choices_inside_one_another) {
  const Budget budget;
  EXPECT_EQ(refusal(program("", "h_t[64] st;", "m.x = " + repeat(50, "st[") + "m.x" + repeat(50, "].b") + ";")), "");
  EXPECT_EQ(refusal(program("", "h_t[64] st; h_t[64] t;", repeat(100, "st[m.x] = t[(bit<32>)st[m.x].a];\n"))), "");
  const std::string structs = "struct S { bit<8> a; bit<8> b; bit<8> c; }";
  EXPECT_EQ(refusal(program(structs, "S v; S w;", "v = " + numbered(900, "m.x == ", " ? v : ") + "w;")), "");
  EXPECT_NE(refusal(program("", "", "m.x = " + repeat(100'000, "m.x == 1 ? 2 : ") + "1;")), "");
}

TEST(Bombs, unions_with_many_headers) {
  const Budget budget;
  const std::string many = "header_union U { " + numbered(1000, "h_t u", "; ") + "}";
  EXPECT_EQ(refusal(program(many, "U u;", numbered(200, "u.u", " = h.h;\n"))), "");
  EXPECT_NE(refusal(program(many, "U[50] u;", numbered(500, "u[m.x].u", ".setValid();\n"))), "");
}

TEST(Bombs, generic_controls_that_double) {
  const Budget budget;
  const auto chain = [](uint32_t count) {
    return "control C0<T>(inout T x) { T t; apply { t = x; x = t; } }\n" + repeat(count, [](uint32_t i) {
             return "control C" + std::to_string(i + 1) + "<T>(inout T x) { C" + std::to_string(i) +
                    "<tuple<T, T>>() c; tuple<T, T> t; apply { c.apply(t); } }\n";
           });
  };
  EXPECT_EQ(refusal(program(chain(8), "C8<bit<32>>() c;", "c.apply(m.x);")), "");
  EXPECT_NE(refusal(program(chain(40), "C40<bit<32>>() c;", "c.apply(m.x);")), "");
  const std::string externs = "control C0<T>() { register<T>(1) r; apply { } }\n" + repeat(40, [](uint32_t i) {
                                return "control C" + std::to_string(i + 1) + "<T>() { C" + std::to_string(i) +
                                       "<tuple<T, T>>() c; apply { c.apply(); } }\n";
                              });
  (void)refusal(program(externs, "C40<bit<32>>() c;", "c.apply();"));  // a register of 2^45 bits may be said to be one
}

TEST(Bombs, constants_that_grow) {
  const Budget budget;
  EXPECT_NE(refusal(program("const int c0 = 3;\n" + repeat(60,
                                                           [](uint32_t i) {
                                                             const std::string before = "c" + std::to_string(i);
                                                             return "const int c" + std::to_string(i + 1) + " = " +
                                                                    before + " * " + before + ";\n";
                                                           }),
                            "", "")),
            "");
  EXPECT_NE(refusal(program(numbered(20'000, "const int c", " = (1 << 1000000) >> 999999;\n"), "", "")), "");
}

TEST(Bombs, text_before_the_program) {
  const Budget budget;
  const auto doubled = [](const std::string& parameter) {
    return "#define A0" + parameter + " x x\n" + repeat(40, [&](uint32_t i) {
             const std::string inner = "A" + std::to_string(i) + parameter;
             return "#define A" + std::to_string(i + 1) + parameter + " " + inner + " " + inner + "\n";
           });
  };
  EXPECT_NE(refusal(doubled("") + "A40\n"), "");
  EXPECT_NE(refusal(doubled("(x)") + "A40(1)\n"), "");
  EXPECT_NE(refusal(doubled("") + "#if A40\n#endif\n"), "");
  EXPECT_NE(refusal(repeat(100'000, "m.x = 1 `\n")), "");
}

TEST(Bombs, much_of_one_kind) {
  const Budget budget;
  constexpr uint32_t many = 10'000;
  const std::string table = "{ key = { m.x : exact; } actions = { NoAction; } }\n";
  EXPECT_EQ(refusal(program("", numbered(many, "table t", table), numbered(many, "t", ".apply();\n"))), "");
  EXPECT_EQ(refusal(program("",
                            numbered(many, "action a", "() { m.x = 1; }\n") + "table t { actions = {" +
                                numbered(many, "a", ";") + "} }",
                            "t.apply();")),
            "");
  EXPECT_EQ(refusal(program("struct S { " + numbered(many, "bit<8> f", ";\n") + "}", "S v; S w;",
                            "v = w; if (v == w) { v.f9999 = 1; }")),
            "");
  EXPECT_EQ(refusal(program("struct S { " + numbered(many, "bit<8> f", ";\n") + "}", "",
                            "S v = { " + numbered(many, "f", " = 1,") + "...};")),
            "");
  EXPECT_EQ(
      refusal(program(numbered(many, "@a", "(x) ") + numbered(many, "@b", "[1, 2] ") + "const bit<8> c = 1;", "", "")),
      "");
  EXPECT_NE(refusal(program("", "", repeat(many, "q = 1;\n"))), "");
  EXPECT_NE(refusal(program("@a(\"" + std::string(2U << 20U, 'x') + "\") const bit<8> c = 1;", "", "")), "");
}

// LLVM's passes take quadratic time and more for some of these.
TEST(Bombs, machine_code) {
  const Budget budget;
  const std::string structs = "struct S { bit<8> a; bit<8> b; bit<8> c; }";
  const std::string texts[] = {
      program(structs, "S v; S w;", "v = " + numbered(900, "m.x == ", " ? v : ") + "w;"),
      program("", "", repeat(10'000, "m.x = m.x * 3 + 1;\n")),
      program("", "h_t[20000] st;", "st[1].a = 1;"),
      program("", numbered(1000, "action a", "() { m.x = 1; }\n"), numbered(1000, "a", "();\n")),
  };
  for (const std::string& text : texts) {
    const auto compilation = p4::compile_front_text("large.p4", text, {});
    const auto lowered = p4_ir::lower(*compilation);
    ASSERT_NE(lowered, nullptr) << to_text(compilation->diagnostics, compilation->source);
    EXPECT_TRUE(p4_native::NativeProgram::compile(*lowered, {}).has_value());
  }
}

}  // namespace
}  // namespace outrigger::p4_robustness
