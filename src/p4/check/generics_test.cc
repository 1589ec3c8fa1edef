// Inference of type arguments: of functions, methods, externs and packages.
#include "p4/check/check_test_helper.h"

namespace outrigger::p4 {
namespace {

constexpr std::string_view generics = R"(
extern void hash<O, T, D, M>(out O result, in Algo algo, in T base, in D data, in M max);
extern void random<T>(out T result, in T lo, in T hi);
extern void digest<T>(in bit<32> receiver, in T data);
extern void verify_checksum<T, O>(in bool condition, in T data, in O checksum, Algo algo);
extern T same<T>(in T x);
extern T make<T>();
T first<T>(in T a, in T b) { return a; }
struct Pair<A, B> { A a; B b; }
extern void pair<A, B>(in Pair<A, B> p);
extern void both<A>(in tuple<A, A> p);
)";

std::string in_generics(std::string_view statements) {
  return "enum Algo { crc16, csum16 }\n" + std::string(generics) +
         "control C(inout bit<8> x, inout bit<16> y, inout Test_h h, inout Pair<bit<8>, bool> p, in bool f) { apply "
         "{ " +
         std::string(statements) + " } }";
}

TEST(Generics, Functions) {
  run_cases({
      {in_generics("hash(x, Algo.crc16, 10w0, { h.a, h.b, 8w3 }, 10w1023);"), ""},
      {in_generics("hash(y, Algo.crc16, (bit<16>)0, { h }, (bit<32>)8);"), ""},
      {in_generics("random(x, 0, 10); random<bit<8>>(x, 8w0, 3);"), ""},
      {in_generics("random(x, 16w0, 10);"), "argument 'lo' is of type bit<16>, and bit<8> is needed"},
      {in_generics("digest(1, { x, y }); digest<Test_s>(1, { x, f, h }); digest(1, h);"), ""},
      {in_generics("verify_checksum(f, { h.a, h.b }, y, Algo.csum16);"), ""},
      {in_generics("x = same(x); x = same<bit<8>>(3); x = same<_>(x); x = first(x, 3); x = first(3, x);"), ""},
      {in_generics("x = same(y);"), "is of type bit<16>, and bit<8> is needed"},
      {in_generics("x = make<bit<8>>();"), ""},
      {in_generics("x = make();"), "type argument 'T' of extern function 'make' cannot be inferred"},
      {in_generics("x = same(255);"), "would be int, whose values are constants"},
      {in_generics("make();"), "type argument 'T' of extern function 'make' cannot be inferred"},
      {in_generics("x = same<bit<8>, bit<8>>(x);"), "has 1 type parameter, and 2 type arguments are given"},
      {in_generics("x = same<bit<8>>(y);"), "argument 'x' is of type bit<16>"},
      {in_generics("pair(p); pair<bit<8>, bool>({1, true}); pair({x, f}); pair({a = x, b = y});"), ""},
      {in_generics("pair(h);"), "argument 'p'"},
      {in_generics("both({x, x}); both({x, 1}); both({1, y});"), ""},
      {in_generics("both({x, y});"), "element 1"},
      {in_generics("x = first(x, y);"), "bit<16>"},
  });
}

TEST(Generics, MethodsGiveNoConstants) {
  const auto with = [](std::string_view instance) {
    return "extern Random<T> { Random(T low, T high); T read(); }\ncontrol C(inout bit<8> x) { " +
           std::string(instance) + " r; apply { x = r.read(); } }";
  };
  run_cases({
      {with("Random<bit<8>>(0, 7)"), ""},
      {with("Random(8w0, 7)"), ""},
      {with("Random(0, 7)"), "what this gives would be of type int, whose values are constants"},
      {with("Random<int>(0, 7)"), "what this gives would be of type int, whose values are constants"},
  });
}

TEST(Generics, StructsAndHeaders) {
  run_cases({
      {in_generics("p = {1, true}; p.a = x; Pair<bit<8>, bit<16>> q = {x, y}; y = q.b; q = {a = 1, b = 2};"), ""},
      {in_generics("p = {1, 2};"), "field 'b' is of type int, and bool is needed"},
      {in_generics("Pair<bit<8>, bit<16>> q = p;"), "Pair<bit<8>, bit<16>> is needed"},
  });
}

constexpr std::string_view architecture = R"(
parser Prs<H, M>(packet_in b, out H h, inout M m);
control Pipe<H, M>(inout H h, inout M m);
control Dep<H>(packet_out b, in H h);
package Switch<H, M>(Prs<H, M> p, Pipe<H, M> i, @optional Pipe<H, M> e, Dep<H> d);
struct Hs { Test_h t; } struct Ms { bit<8> x; } struct Os { bit<8> x; }
parser P(packet_in b, out Hs h, inout Ms m) { state start { transition accept; } }
control I(inout Hs h, inout Ms m) { apply { } }
control Wrong_type(inout Hs h, inout Os m) { apply { } }
control Wrong_direction(inout Hs h, in Ms m) { apply { } }
control Wrong_count(inout Hs h) { apply { } }
control With(inout Hs h, inout Ms m)(bit<8> n) { apply { } }
control D(packet_out b, in Hs h) { apply { } }
)";

TEST(Generics, S16_Packages) {
  const std::string base(architecture);
  run_cases({
      {base + "Switch(P(), I(), I(), D()) main;", ""},
      {base + "Switch<Hs, Ms>(P(), I(), I(), D()) main;", ""},
      {base + "Switch<_, _>(P(), I(), I(), D()) main;", ""},
      {base + "Switch(p = P(), i = I(), d = D()) main;", ""},
      {base + "Switch(P(), With(3), I(), D()) main;", ""},
      {base + "Switch(P(), Wrong_type(), I(), D()) main;", "its parameter 'm' is of type Os, and must be of type Ms"},
      {base + "Switch(P(), Wrong_direction(), I(), D()) main;", "its parameter 'm' is in, and must be inout"},
      {base + "Switch(P(), Wrong_count(), I(), D()) main;", "it has 1 parameters, and 2 are needed"},
      {base + "Switch(P(), D(), I(), D()) main;", "its parameter"},
      {base + "Switch(P(), P(), I(), D()) main;", "argument 'i'"},
      {base + "Switch(P(), I(), I()) main;", "needs an argument for parameter 'd'"},
      {base + "Switch(P(), With(), I(), D()) main;", "needs an argument for parameter 'n'"},
      {base + "Switch<Hs>(P(), I(), I(), D()) main;", "has 2 type parameters, and 1 type argument is given"},
      {base + "Switch<Ms, Ms>(d = D()) main;", "needs an argument for parameter 'p'"},
      {base + "package One<H>(Dep<H> d); One<Ms>(D()) main;",
       "its parameter 'h' is of type Hs, and must be of type Ms"},
  });
}

TEST(Generics, Externs) {
  run_cases({
      {"Register<bit<8>>(3) r; Register<tuple<bit<8>, bool>>(4) t;", ""},
      {"Register(3) r;", "type argument 'T'"},
      {"typedef Register<bit<8>> R; R(3) r; control C(inout bit<8> x) { apply { x = r.read(0); } }", ""},
      {"Register<bit<8>>(true) r;", "argument 'size'"},
      {"control C(Register<bit<16>> r, inout bit<16> x) { apply { x = r.read(0); } } control D(inout bit<16> x) { "
       "Register<bit<16>>(3) r; C() c; apply { c.apply(r, x); } }",
       ""},
      {"control C(Register<bit<16>> r, inout bit<16> x) { apply { x = r.read(0); } } control D(inout bit<16> x) { "
       "Register<bit<8>>(3) r; C() c; apply { c.apply(r, x); } }",
       "Register<bit<16>> is needed"},
  });
}

}  // namespace
}  // namespace outrigger::p4
