// Keysets of select and of a table's entries.
#include "p4/check/check_test_helper.h"

namespace outrigger::p4 {
namespace {

std::string in_select(std::string_view selected, std::string_view cases) {
  return "enum bit<8> Ser { A = 1, B = 2 } type bit<16> New; struct Vs { bit<8> a; bit<16> b; }\n"
         "parser P(packet_in k, out Test_h h, out Ser e, out New n, out bool f) { value_set<bit<8>>(4) vs; "
         "value_set<Vs>(4) vs2; state start { transition select(" +
         std::string(selected) + ") { " + std::string(cases) + " } } state next { transition accept; } }";
}

TEST(Keysets, S12_6_Select) {
  run_cases({
      {in_select("h.a", "1 : next; 8w2 : next; 3 &&& 0xF : next; 5 .. 9 : next; _ : accept;"), ""},
      {in_select("h.a", "default : accept;"), ""},
      {in_select("h.a, h.b", "(1, 2) : next; (1 &&& 3, _) : next; (_, 3 .. 4) : next; default : accept;"), ""},
      {in_select("h.a, h.b", "_ : accept;"), ""},
      {in_select("h.a", "16w1 : next; default : accept;"), "the keyset is of type bit<16>, and bit<8> is needed"},
      {in_select("h.a", "true : next; default : accept;"), "bool"},
      {in_select("h.a, h.b", "(1, 2, 3) : next; default : accept;"), "3 keysets, and 2 values are matched"},
      {in_select("h.a, h.b", "1 : next; default : accept;"), "is 1 keyset, and 2 values are matched"},
      {in_select("h.a", "16w1 &&& 16w2 : next; default : accept;"), "bit<16>"},
      {in_select("e", "Ser.A : next; 2 : next; Ser.A .. Ser.B : next; default : accept;"), ""},
      {in_select("n", "3 : next; (New)4 : next; default : accept;"), ""},
      {in_select("f", "true : next; false : accept;"), ""},
      {in_select("f", "1 : next; default : accept;"), "bool is needed"},
      {in_select("h.a", "vs : next; default : accept;"), ""},
      {in_select("h.a, h.b", "vs2 : next; default : accept;"), ""},
      {in_select("h.b", "vs : next; default : accept;"), "value set 'vs' holds bit<8>"},
      {in_select("h.a", "missing : next; default : accept;"), "missing"},
  });
}

std::string with_entries(std::string_view kind, std::string_view entries) {
  return "match_kind { range, optional }\ncontrol C(inout bit<8> p, inout Test_s s) { action a() { } table t { key = { "
         "p : " +
         std::string(kind) + "; } actions = { a; NoAction; } const entries = { " + std::string(entries) +
         " } default_action = NoAction; } apply { t.apply(); } }";
}

TEST(Keysets, S14_2_1_4_Entries) {
  run_cases({
      {with_entries("exact", "1 : a(); 2 : NoAction();"), ""},
      {with_entries("exact", "1 &&& 3 : a();"), ""},
      {with_entries("optional", "1 &&& 3 : a();"), "'&&&' cannot be the keyset of a key that is optional"},
      {with_entries("exact", "1 .. 3 : a();"), "'..' cannot be the keyset of a key that is exact"},
      {with_entries("ternary", "1 &&& 3 : a(); 2 : a(); _ : a();"), ""},
      {with_entries("ternary", "1 .. 3 : a();"), "'..' cannot be"},
      {with_entries("lpm", "0x10 &&& 0xF0 : a(); 1 : a(); _ : a();"), ""},
      {with_entries("lpm", "1 &&& 3 : a();"), "ones first"},
      {with_entries("range", "1 .. 3 : a(); 4 : a(); _ : a();"), ""},
      {with_entries("range", "1 &&& 3 : a();"), "'&&&' cannot be"},
      {with_entries("optional", "1 : a(); _ : a();"), ""},
      {with_entries("exact", "s.x : a();"), "must be known at compile time"},
      {with_entries("exact", "true : a();"), "the keyset of this exact key is of type bool, and bit<8> is needed"},
      {with_entries("exact", "(1, 2) : a();"), "2 keysets, and 1 value is matched"},
  });
}

}  // namespace
}  // namespace outrigger::p4
