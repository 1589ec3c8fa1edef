// Ids and aliases: the numbers that controllers know, @id, and collisions.
#include "p4_info/ids.h"

#include <gtest/gtest.h>

#include "p4_info/encoding.h"
#include "p4_info/symbols.h"

namespace outrigger::p4_info {
namespace {

namespace proto = ::p4::config::v1;

// Numbers of well-known programs, as their controllers have them.
TEST(Ids, ComeFromTheName) {
  IdAllocator ids;
  EXPECT_EQ(ids.from_name(proto::P4Ids::ACTION, "NoAction"), 21257015U);
  EXPECT_EQ(ids.from_name(proto::P4Ids::TABLE, "MyIngress.ipv4_lpm"), 37375156U);
  EXPECT_EQ(ids.from_name(proto::P4Ids::ACTION, "MyIngress.ipv4_forward"), 28792405U);
  EXPECT_EQ(ids.from_name(proto::P4Ids::ACTION, "MyIngress.drop"), 25652968U);
  EXPECT_EQ(ids.from_name(proto::P4Ids::CONTROLLER_HEADER, "packet_in_header_t"), 81826293U);
}

TEST(Ids, CountUpWhileTaken) {
  IdAllocator ids;
  EXPECT_EQ(ids.take(proto::P4Ids::ACTION, 21257015U), 21257015U);
  EXPECT_EQ(ids.from_name(proto::P4Ids::ACTION, "NoAction"), 21257016U);
  EXPECT_EQ(ids.from_name(proto::P4Ids::TABLE, "NoAction") & 0xffffffU, 21257015U & 0xffffffU);
}

TEST(Ids, AreTakenAsAskedFor) {
  IdAllocator ids;
  EXPECT_EQ(ids.take(proto::P4Ids::TABLE, 0x12ab34), 0x0212ab34U);
  EXPECT_EQ(ids.take(proto::P4Ids::TABLE, 0x0212ab34), std::nullopt);  // again
  EXPECT_EQ(ids.take(proto::P4Ids::ACTION, 0x12ab34), 0x0112ab34U);
  EXPECT_EQ(ids.take(proto::P4Ids::ACTION, 0x02000001), std::nullopt);  // a table's
  EXPECT_EQ(ids.take(proto::P4Ids::ACTION, 0x01000000), std::nullopt);
}

TEST(Ids, OfPartsFillTheGaps) {
  const std::optional<uint32_t> wanted[] = {std::nullopt, 1, std::nullopt, 7};
  const PartIds numbered = number_parts(wanted);
  EXPECT_EQ(numbered.ids, (std::vector<uint32_t>{2, 1, 3, 7}));
  EXPECT_TRUE(numbered.faults.empty());
  const std::optional<uint32_t> twice[] = {4, 4, 0};
  EXPECT_EQ(number_parts(twice).faults, (std::vector<size_t>{1, 2}));
}

TEST(Aliases, AreTheShortestEndsThatAreUnique) {
  p4::Diagnostics diagnostics;
  Symbols symbols;
  for (const char* name : {"s.c1.t", "s.c2.t", "s.c1.a", "t2", "x.t2"}) {
    symbols.add({proto::P4Ids::TABLE, name, name, std::nullopt, {}});
  }
  symbols.settle(diagnostics);
  EXPECT_EQ(symbols.alias("s.c1.t"), "c1.t");
  EXPECT_EQ(symbols.alias("s.c2.t"), "c2.t");
  EXPECT_EQ(symbols.alias("s.c1.a"), "a");
  EXPECT_EQ(symbols.alias("t2"), "t2");
  EXPECT_EQ(symbols.alias("x.t2"), "x.t2");
  EXPECT_FALSE(diagnostics.has_errors());
}

TEST(Symbols, OfOneKindHaveDifferentNames) {
  p4::Diagnostics diagnostics;
  Symbols symbols;
  symbols.add({proto::P4Ids::TABLE, "a", "a", std::nullopt, {}});
  symbols.add({proto::P4Ids::ACTION, "a", "a", std::nullopt, {}});
  symbols.settle(diagnostics);
  EXPECT_FALSE(diagnostics.has_errors());
  Symbols twice;
  twice.add({proto::P4Ids::TABLE, "a", "a", std::nullopt, {}});
  twice.add({proto::P4Ids::TABLE, "a", "a", std::nullopt, {}});
  twice.settle(diagnostics);
  EXPECT_TRUE(diagnostics.has_errors());
}

TEST(Encoding, IsTheFewestBytes) {
  EXPECT_EQ(to_bytes(p4::Integer(0)), std::string(1, '\0'));
  EXPECT_EQ(to_bytes(p4::Integer(0x63)), "\x63");
  EXPECT_EQ(to_bytes(p4::Integer(0x3064)), "\x30\x64");
  EXPECT_EQ(to_bytes(p4::Integer(255)), "\xff");
  EXPECT_EQ(to_bytes(p4::Integer(-0x63)), "\x9d");
  EXPECT_EQ(to_bytes(p4::Integer(-0x2e3)), "\xfd\x1d");
}

}  // namespace
}  // namespace outrigger::p4_info
