// Tables: keys, actions, the default action, entries, properties.
#include "p4/check/check_test_helper.h"

namespace outrigger::p4 {
namespace {

TEST(Tables, S14_2_1_1_Keys) {
  const std::string good =
      in_table("actions = { a; } default_action = a;",
               "s.x : exact; s.h.b : ternary @name(\"b\"); s.flag : exact; s.h.isValid() : exact;");
  const std::string unknown = in_table("actions = { a; }", "s.x : nearly;");
  const std::string header = in_table("actions = { a; }", "s.h : exact;");
  const std::string number = in_table("actions = { a; }", "5 : exact;");
  const std::string none = in_table("actions = { a; }", "");
  run_cases({
      {good, ""},
      {none, ""},
      {unknown, "there is no match kind 'nearly'"},
      {header, "a key cannot have the type 'Test_h'"},
      {number, "a key cannot have the type 'int'"},
  });
}

TEST(Tables, S14_2_1_2_Actions) {
  const std::string good = in_table("actions = { a; b; c(p); e(5); NoAction; } default_action = a();");
  const std::string missing = in_table("default_action = a;");
  const std::string unknown = in_table("actions = { a; x; } default_action = a;");
  const std::string kind = in_table("actions = { a; s; } default_action = a;");
  const std::string twice = in_table("actions = { a; a; } default_action = a;");
  const std::string unbound = in_table("actions = { c; a; } default_action = a;");
  const std::string data = in_table("actions = { a; c(p, 3); } default_action = a;");
  const std::string data2 = in_table("actions = { a; b(3); } default_action = a;");
  const std::string value = in_table("actions = { a; c(3); } default_action = a;");
  run_cases({
      {good, ""},
      {unknown, "'x'"},
      {kind, "'s' is not an action"},
      {twice, "lists action 'a' twice"},
      {data, "is given 2 arguments here"},
      {data2, "is given 1 argument here"},
  });
  EXPECT_NE(errors_with_core(missing).find("table 't' has no list of actions"), std::string::npos);
  EXPECT_NE(errors_with_core(unbound), "");
  EXPECT_NE(errors_with_core(value), "");
}

TEST(Tables, S14_2_1_3_DefaultAction) {
  const std::string actions = "actions = { a; b; c(p); @tableonly e(5); } ";
  const auto with = [&](const std::string& rest) { return in_table(actions + rest); };
  const std::string none = with("");
  const std::string constant = with("const default_action = b(3);");
  const std::string directed = with("default_action = c(p, 8w3);");
  const std::string other = with("default_action = NoAction;");
  const std::string missing = with("default_action = b;");
  const std::string extra = with("default_action = a(3);");
  const std::string different = with("default_action = c(s.x, 3);");
  const std::string unknown = with("default_action = b(p);");
  const std::string table_only = with("default_action = e(5);");
  const std::string twice = with("default_action = a; default_action = a;");
  const std::string number = with("default_action = 5;");
  run_cases({
      {none, ""},
      {constant, ""},
      {directed, ""},
      {other, "action 'NoAction' is not in the list of actions"},
      {different, "is another one than in the list"},
      {unknown, "the argument 'd' is not known at compile time"},
      {table_only, "action 'e' is @tableonly"},
      {twice, "has 'default_action' twice"},
      {number, "the default action is not an action"},
  });
  EXPECT_NE(errors_with_core(missing), "");
  EXPECT_NE(errors_with_core(extra), "");
  EXPECT_NE(errors_of("control C() { table t { actions = {} } apply {} }").find("no action NoAction()"),
            std::string::npos);
}

TEST(Tables, S14_2_1_4_Entries) {
  const std::string start = "actions = { a; b; c(p); @defaultonly e(5); } default_action = a; ";
  const auto with = [&](const std::string& entries, const std::string& key = "s.x : exact; s.h.b : ternary;") {
    return in_table(start + entries, key);
  };
  const std::string good =
      with("const entries = { (1, 2 &&& 3) : a; (2, _) : b(4); (8w3, 16w4) : c(p, 1); (4, 5) : a() @name(\"x\"); }");
  const std::string single = with("const entries = { 1 : a; _ : b(2); }", "s.x : ternary;");
  const std::string priorities = with("entries = { priority = 3: (1, 2) : a; const (3, 4) : b(1); }");
  const std::string constant = with("const entries = { priority = 3: (1, 2) : a; }");
  const std::string below = with("priority_delta = 10; entries = { priority = 5: (1, 2) : a; (3, 4) : b(1); }");
  const std::string late = with("entries = { (1, 2) : a; priority = 3: (3, 4) : b(1); }");
  const std::string keyless = with("const entries = { 1 : a; }", "");
  const std::string unlisted = with("const entries = { (1, 2) : NoAction; }");
  const std::string unknown = with("const entries = { (1, 2) : b(p); }");
  const std::string only = with("const entries = { (1, 2) : e(5); }");
  const std::string directed = with("const entries = { (1, 2) : c(s.x, 3); }");
  const std::string count = with("const entries = { (1, 2, 3) : a; }");
  run_cases({
      {good, ""},
      {single, ""},
      {priorities, ""},
      {constant, "an entry of 'const entries' has a priority"},
      {below, "this one has the priority -5"},
      {late, "the first entry has no priority"},
      {keyless, "has entries but no key"},
      {unlisted, "action 'NoAction' is not in the list"},
      {unknown, "not known at compile time"},
      {only, "action 'e' is @defaultonly"},
      {directed, "is another one than in the list"},
  });
  EXPECT_NE(errors_with_core(count), "");
}

TEST(Tables, S14_2_1_Properties) {
  const std::string start = "actions = { a; } default_action = a; ";
  const auto with = [&](const std::string& rest) { return in_table(start + rest); };
  const std::string good = with(
      "size = 1024; largest_priority_wins = false; priority_delta = 10; anything = { 1, 2 }; "
      "support_timeout = true;");
  const std::string instance = with("implementation = Register<bit<8>>(32);");
  const std::string unknown = with("size = p;");
  const std::string type = with("size = true;");
  const std::string negative = with("size = -1;");
  const std::string wins = with("largest_priority_wins = 1;");
  const std::string delta = with("priority_delta = 0;");
  const std::string twice = with("size = 1; size = 2;");
  run_cases({
      {good, ""},
      {instance, ""},
      {unknown, "'size' is not a number that is known"},
      {type, "'size' is not a number that is known"},
      {negative, "'size' is too small"},
      {wins, "'largest_priority_wins' is neither"},
      {delta, "'priority_delta' is too small"},
      {twice, "has 'size' twice"},
  });
}

TEST(Tables, S14_Controls) {
  run_cases({
      {"control C(inout bit<8> x) { bit<8> v = 3; action a() { x = v; } apply { a(); } }", ""},
      {"control C() { apply {} } control C(in bit<8> x) { apply {} }", "'C' is declared twice"},
      {"control C() { action a() {} bit<8> a; apply {} }", "'a' is declared twice"},
      {"control G<T>(in T x) { apply {} }", ""},
      {"control C(in bit<8> a, in bit<8> a) { apply {} }", "'a' is declared twice"},
      {"package K(); K() main;", ""},
  });
  EXPECT_NE(warnings_with_core("const bit<8> a = 1;").find("[missing-main]"), std::string::npos);
  EXPECT_EQ(warnings_with_core("package K(); K() main;").find("[missing-main]"), std::string::npos);
}

}  // namespace
}  // namespace outrigger::p4
