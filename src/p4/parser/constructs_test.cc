// Every construct of the grammar parses, and prints back as it is written here.
#include <gtest/gtest.h>

#include "p4/parser/parsed.h"

namespace outrigger::p4 {
namespace {

// The text is in the printer's layout.
void expect_same(std::string_view text) {
  const Parsed parsed(text);
  EXPECT_EQ(parsed.errors(), "");
  EXPECT_EQ(to_text(parsed.program), text);
}

// The text is in another layout; read twice, it prints as `printed`.
void expect_printed(std::string_view text, std::string_view printed) {
  const Parsed parsed(text);
  EXPECT_EQ(parsed.errors(), "") << text;
  EXPECT_EQ(to_text(parsed.program), printed);
  const Parsed again(printed);
  EXPECT_EQ(again.errors(), "") << printed;
  EXPECT_EQ(to_text(again.program), printed);
}

// Statements of a control, with types T and G<X>, an instance t, a control Sub.
std::string statements(std::string_view inside) {
  return "struct T {\n}\nstruct G<X> {\n}\ncontrol Sub();\ncontrol C(inout T t, inout T u) {\n    apply {\n        " +
         std::string(inside) + "\n    }\n}\n";
}

TEST(Constructs, TypeDeclarations) {
  expect_same(R"(struct S {
    bit<8> a;
    @x int<(W + 1)> b;
    varbit<320> c;
    T[4] d;
    T[2][3] e;
    tuple<bit<8>, bool> f;
    tuple<> g;
    list<bit> h;
    .T<int, _> i;
    string key;
    error type;
}
struct Pair<T, U> {
    T first;
    U second;
}
@name("h") header H {
}
header_union U {
    H h;
}
)");
  expect_same(R"(enum Suits {
    Clubs,
    @deprecated Spades
}
enum bit<8> E {
    A = 1,
    B = A + 1
}
error {NoError, PacketTooShort}
match_kind {exact, lpm}
typedef bit<32> ip_t;
@p4runtime_translation("x", 32) type bit<9> port_t;
typedef struct S {
    bit<8> a;
} S_t;
)");
  expect_printed("enum E {A, B,} error {X,} match_kind {exact,};;",
                 "enum E {\n    A,\n    B\n}\nerror {X}\nmatch_kind {exact}\n");
}

TEST(Constructs, Annotations) {
  expect_same(R"(@a @b() @c(1 + "x\"y" ( nested ( ) ) $ > > 5g) @d[] @e[1, 2 + 3] @f[a = 1, b = "x"] const bit<8> x = 1;
@pragma p ( unbalanced "x"
@pragma q
const bit<8> y = 2;
)");
  expect_printed("@ a const bit<8> x = 1; @a[1,] @b[x=1,] const bool b = true;",
                 "@a const bit<8> x = 1;\n@a[1] @b[x = 1] const bool b = true;\n");
  expect_printed("extern void f(@pragma x y\n in bit<8> a);", "extern void f(@pragma x y\nin bit<8> a);\n");
}

TEST(Constructs, AnnotationTokensKeepTheirStrings) {
  const Parsed parsed("@x(a, \"b\\n\", c.d) const bit<8> x = 1;");
  const auto& tokens = parsed.program.declarations[0]->annotations[0]->tokens;
  ASSERT_EQ(tokens.size(), 7U);
  EXPECT_EQ(tokens[0].text, "a");
  EXPECT_FALSE(tokens[0].is_string);
  EXPECT_EQ(tokens[2].text, "b\n");
  EXPECT_TRUE(tokens[2].is_string);
  EXPECT_EQ(tokens[5].text, ".");
}

TEST(Constructs, ExternsPackagesAndFunctions) {
  expect_same(R"(extern Checksum16 {
    Checksum16();
    Checksum16(int<32> seed = 5);
    void clear();
    bit<16> get<T>(in T data, @optional out bool ok);
    @synchronous(get) abstract void on(inout bit<8> x);
}
extern R<T, S> {
    R(S size);
    T read(in S index);
}
extern void mark_to_drop(inout standard_metadata_t m);
extern T f<T, U>(in U x);
extern R<bit<8>, bit<32>> g();
package Switch<H, M>(Parser<H> p, @optional Ingress<H, M> i = d);
bit<8> max(in bit<8> a, in bit<8> b) {
    return a > b ? a : b;
}
T id<T>(in T x) {
    return x;
}
@x void nothing() {
    return;
}
action drop() {
}
)");
}

TEST(Constructs, Instances) {
  expect_same(R"(extern V {
    V();
}
V() v;
@name("x") V<bit<8>>(1, size = 2) w = {
    void on(inout bit<8> x) {
        this.f(x);
    }
    V() inner;
};
Switch(P(), C()) main;
.V() z;
)");
}

TEST(Constructs, Parsers) {
  expect_same(R"(parser Type<H>(packet_in p, out H h);
parser P<H>(packet_in p, out H h)(bit<8> n, bool b) {
    const bit<8> c = 1;
    value_set<bit<16>>(4) set;
    value_set<tuple<bit<8>, bit<8>>>(4) pairs;
    Sub() sub;
    bit<8> x = 1;
    bit<8> y;
    @name("begin") state start {
        p.extract(h);
        p.extract<H>(h);
        x = p.lookahead<bit<8>>();
        Type.apply(p, h);
        const bit<8> k = 2;
        bit<8> z;
        if (x == 1) {
            y = 2;
        } else
            y = 3;
        @inside {
            y = 4;
        }
        ;
        transition select(x, h.y[3:0]) {
            (1, 2): accept;
            (1 &&& 3, 2 .. 5): next;
            (set, _): next;
            (default, a ++ b): next;
            default: reject;
        }
    }
    state next {
        transition select(x) {
            set: accept;
            0 .. 5: accept;
            8w1 &&& 8w3: accept;
            (bit<8>) 5: accept;
            {1, 2}: accept;
            a ? b : c: accept;
            _: reject;
        }
    }
    state last {
        transition accept;
    }
    state none {
    }
}
)");
  expect_printed("parser P() { state start { transition select(x) { (1): a; (2) + 3: b; (1 .. 2): c; (_): d; } } }",
                 "parser P() {\n    state start {\n        transition select(x) {\n            1: a;\n"
                 "            2 + 3: b;\n            1 .. 2: c;\n            _: d;\n        }\n    }\n}\n");
}

TEST(Constructs, Controls) {
  expect_same(R"(control Type<H, M>(inout H h, inout M m);
control C(inout H h)(bit<8> n) {
    const bit<8> c = 1;
    bit<8> x;
    Counter<bit<32>>(10) counter;
    @name("a") action set(in bit<8> v, inout bit<8> w, bit<9> port) {
        w = v;
    }
    action none() {
    }
    apply {
    }
}
)");
}

TEST(Constructs, Tables) {
  expect_same(R"(control C(inout H h) {
    @name("t") table t {
        key = {
            h.a: exact;
            h.b[7:4]: ternary @name("b") @x;
            h.c.isValid(): exact;
            c ? 1 : 2: lpm;
        }
        actions = {
            a;
            .b;
            @defaultonly c(x, y = 5);
        }
        const entries = {
            1: a;
            (1, 2): a();
            (1 &&& 3, 1 .. 5, _, default): b(1, 2) @x @name("y");
            const priority = 5: (1, 2): a;
            priority = (2 + 3): 1: a;
            (bit<8>) 1: a;
        }
        const default_action = c(5);
        @y size = 1024;
        implementation = selector(HashAlgorithm.crc16, 32w1024);
        priority = 4;
        apply = 5;
        psa_idle_timeout = T.x;
        largest_priority_wins = false;
    }
    table none {
        key = {
        }
        actions = {
        }
        entries = {
        }
    }
    apply {
        t.apply();
    }
})"
              "\n");
}

TEST(Constructs, TableNumbersAreDecimal) { expect_printed("const bit<8> x = 8w0xFF;", "const bit<8> x = 8w255;\n"); }

TEST(Constructs, Statements) {
  for (const std::string_view text : {"t = u;",
                                      "t.x[1].y[3:0] = 5;",
                                      "(t) = u;",
                                      "t[1+:3] = 5;",
                                      "this.x = 5;",
                                      ".t = 5;",
                                      "t.setValid();",
                                      "f(t);",
                                      "f<bit<8>>(t);",
                                      "t.f<T, _>(1);",
                                      "Sub.apply(t);",
                                      ";",
                                      "exit;",
                                      "return;",
                                      "return {1, 2};",
                                      "{\n        }",
                                      "@x {\n        }",
                                      "bit<8> x = 1;",
                                      "T x;",
                                      "T[3] x;",
                                      "G<bit<8>> x = {1};",
                                      "const T x = {};",
                                      "T(1) x;",
                                      "Unknown x;",
                                      "Unknown[3] x;",
                                      "Unknown<bit<8>> x;",
                                      "Unknown(5) x;",
                                      "Unknown<bit<8>>(5) x;",
                                      "G<T>(5) x;",
                                      "error e = error.NoError;",
                                      "tuple<T, T> x;",
                                      "@x bool b;",
                                      ".T x;",
                                      "apply = 5;",
                                      "key.x = 5;",
                                      "T T = u;",
                                      "Sub() s;"}) {
    if (text != "(t) = u;") {
      expect_same(statements(text));
    } else {
      expect_printed(statements(text), statements("t = u;"));
    }
  }
}

TEST(Constructs, CompoundAssignments) {
  for (const std::string_view op : {"+=", "-=", "*=", "/=", "%=", "|+|=", "|-|=", "<<=", ">>=", "&=", "|=", "^="}) {
    expect_same(statements("t.x " + std::string(op) + " u.y >> 1;"));
  }
}

TEST(Constructs, ConditionalsAndSwitch) {
  expect_same(statements(R"(if (t == u) {
            exit;
        } else if (t != u)
            return;
        else {
            ;
        }
        if (t.a)
            if (t.b)
                exit;
            else
                return;
        switch (t.apply().action_run) {
            a: {
                exit;
            }
            b:
            c: @x {
            }
            default: {
            }
        }
        switch (t.x) {
            8w5:
            E.A:
            a ? b : c: {
            }
            (bit<8>) 4 + 5: {
            }
        })"));
}

TEST(Constructs, Loops) {
  expect_same(statements(R"(for (bit<8> i = 0; i < 5; i = i + 1) {
            break;
        }
        for (bit<8> i = 0, T x, t = u, f(t); i < 5; i += 1, f(i))
            continue;
        for (; t.x; ) {
        }
        for (t = u; t.x; ) {
        }
        @unroll for (@x bit<8> i in 1 .. 5) {
        }
        for (T x in t.stack) {
        }
        for (T[2] x in {1, 2})
            ;
        for (t in 1 .. 5) {
        })"));
}

TEST(Constructs, ContextualKeywordsAreNames) {
  expect_same(R"(struct S {
    bit<8> apply;
    bit<8> key;
    bit<8> actions;
    bit<8> state;
    bit<8> entries;
    bit<8> type;
    bit<8> priority;
    bit<8> list;
}
action apply(in bit<8> state, bit<8> type) {
    key(entries, priority = 5);
}
)");
}

TEST(Constructs, TypesThatVariablesHide) {
  expect_same(R"(struct headers {
}
control C(inout headers headers, in bit<8> x) {
    apply {
        headers.x = 5;
        headers[1].setValid();
        headers(1);
    }
}
control D(inout headers h) {
    headers() headers;
    apply {
        headers.apply(h);
    }
}
)");
}

}  // namespace
}  // namespace outrigger::p4
