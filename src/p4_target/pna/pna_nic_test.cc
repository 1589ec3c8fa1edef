// What scripts do not see of PNA, because it takes time: entries that the data plane adds, and how they go.
#include "p4_target/pna/pna_nic.h"

#include <gtest/gtest.h>

#include "p4/front.h"
#include "p4_interpreter/interpreter.h"
#include "p4_ir/lower.h"

namespace outrigger::p4_target {
namespace {

constexpr uint64_t second_ns = 1'000'000'000;

// A packet is a flow and what the entry that it hits is to do with its timer. A miss goes to port 1, a hit to port 2, a
// packet that could not be added to port 3.
std::string learning_program(const std::string& properties, const std::string& add = "add_entry(\"hit\", data, 8w0)") {
  return R"(#include <core.p4>
#include <dpdk/pna.p4>
header h_t { bit<8> flow; bit<8> what; }
struct headers_t { h_t h; }
struct metadata_t { }
struct hit_t { bit<32> port; }
parser P(packet_in b, out headers_t hdr, inout metadata_t meta, in pna_main_parser_input_metadata_t istd) {
  state start { b.extract(hdr.h); transition accept; }
}
control Pre(in headers_t hdr, inout metadata_t meta, in pna_pre_input_metadata_t istd,
            inout pna_pre_output_metadata_t ostd) { apply { } }
control Main(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
             inout pna_main_output_metadata_t ostd) {
  action hit(bit<32> port) {
    send_to_port((PortId_t)port);
    if (hdr.h.what == 1) { restart_expire_timer(); }
    set_entry_expire_time_if(hdr.h.what == 2, (ExpireTimeProfileId_t)8w2);
    update_expire_info(hdr.h.what >= 3, hdr.h.what == 4, (ExpireTimeProfileId_t)8w2);
  }
  action miss() {
    hit_t data = { 2 };
    bool is_added = )" +
         add + R"(;
    send_to_port((PortId_t)(is_added ? 32w1 : 32w3));
  }
  table flows {
    key = { hdr.h.flow : exact; }
    actions = { @tableonly hit; @defaultonly miss; }
    const default_action = miss();
    add_on_miss = true;
    size = 2;
)" + properties +
         R"(
  }
  apply { flows.apply(); }
}
control D(packet_out b, in headers_t hdr, in metadata_t meta, in pna_main_output_metadata_t ostd) {
  apply { b.emit(hdr); }
}
PNA_NIC(P(), Pre(), Main(), D()) main;
)";
}

class PnaNicTest : public testing::Test {
 protected:
  void load(std::string text, const std::string& profile = "8w0") {
    const std::string plain = "8w0)";
    if (const size_t place = text.find(plain); place != std::string::npos) {
      text.replace(place, plain.size(), "(ExpireTimeProfileId_t)" + profile + ")");
    }
    compilation_ = p4::compile_front_text("test.p4", text, {});
    program_ = compilation_->is_good() ? p4_ir::lower(*compilation_) : nullptr;
    ASSERT_NE(program_, nullptr) << p4::to_text(compilation_->diagnostics, compilation_->source);
    auto made = make_target(*program_, [](const p4_ir::Program& program, p4_ir::Host& host) {
      return std::make_unique<p4_interpreter::Interpreter>(program, host);
    });
    ASSERT_TRUE(made.has_value()) << made.error().what;
    target = std::move(*made);
  }
  // By which port the packet leaves.
  uint32_t port_of(uint8_t flow, uint64_t now_s, uint8_t what = 0) {
    target->receive(0, std::vector<uint8_t>{flow, what}, now_s * second_ns);
    const std::vector<Output> outputs = target->take_outputs();
    EXPECT_EQ(outputs.size(), 1U);
    return outputs.empty() ? UINT32_MAX : outputs.front().port;
  }

  static constexpr uint32_t missed = 1;
  static constexpr uint32_t hit = 2;
  static constexpr uint32_t not_added = 3;
  std::unique_ptr<Target> target;

 private:
  std::unique_ptr<p4::Compilation> compilation_;
  std::unique_ptr<p4_ir::Program> program_;
};

TEST_F(PnaNicTest, an_entry_goes_when_its_time_is_over) {
  load(learning_program("pna_idle_timeout = PNA_IdleTimeout_t.AUTO_DELETE;"));
  EXPECT_EQ(port_of(7, 1), missed);
  EXPECT_EQ(port_of(7, 10), hit);  // a hit alone does not restart the timer: profile 0 is 10 s
  EXPECT_EQ(port_of(7, 11), missed);
  EXPECT_EQ(port_of(7, 12), hit);
}

TEST_F(PnaNicTest, a_timer_is_restarted_by_the_action) {
  load(learning_program("pna_idle_timeout = PNA_IdleTimeout_t.AUTO_DELETE;"));
  EXPECT_EQ(port_of(7, 1), missed);
  EXPECT_EQ(port_of(7, 9, 1), hit);
  EXPECT_EQ(port_of(7, 18, 3), hit);  // update_expire_info without a profile
  EXPECT_EQ(port_of(7, 27), hit);
  EXPECT_EQ(port_of(7, 28), missed);
}

TEST_F(PnaNicTest, an_action_gives_another_profile) {
  load(learning_program("pna_idle_timeout = PNA_IdleTimeout_t.AUTO_DELETE;"));
  EXPECT_EQ(port_of(7, 1), missed);
  EXPECT_EQ(port_of(7, 2, 2), hit);  // profile 2: 60 s
  EXPECT_EQ(port_of(7, 61), hit);
  EXPECT_EQ(port_of(7, 62), missed);
  EXPECT_EQ(port_of(7, 63, 4), hit);
  EXPECT_EQ(port_of(7, 122), hit);
  EXPECT_EQ(port_of(7, 123), missed);
}

TEST_F(PnaNicTest, the_profile_that_an_entry_is_added_with_counts) {
  load(learning_program("idle_timeout_with_auto_delete = true;"), "8w1");
  EXPECT_EQ(port_of(7, 1), missed);
  EXPECT_EQ(port_of(7, 30), hit);
  EXPECT_EQ(port_of(7, 31), missed);
}

TEST_F(PnaNicTest, an_entry_of_another_profile_time) {
  load(learning_program("pna_idle_timeout = PNA_IdleTimeout_t.AUTO_DELETE;"));
  auto& learned = dynamic_cast<PnaNic&>(*target).learned_entries();
  ASSERT_TRUE(learned.set_expire_time(0, 2 * second_ns).has_value());
  EXPECT_EQ(learned.set_expire_time(LearnedEntries::profiles, 1).error().code, Code::InvalidArgument);
  EXPECT_EQ(learned.set_expire_time(0, 0).error().code, Code::InvalidArgument);
  EXPECT_EQ(port_of(7, 1), missed);
  EXPECT_EQ(port_of(7, 2), hit);
  EXPECT_EQ(port_of(7, 3), missed);
}

TEST_F(PnaNicTest, the_tables_default_profile_is_that_of_calls_without_one) {
  load(
      learning_program("idle_timeout_with_auto_delete = true; "
                       "default_idle_timeout_for_data_plane_added_entries = 1;",
                       "add_entry(\"hit\", data)"));
  EXPECT_EQ(port_of(7, 1), missed);
  EXPECT_EQ(port_of(7, 30), hit);
  EXPECT_EQ(port_of(7, 31), missed);
}

TEST_F(PnaNicTest, entries_of_a_table_without_a_timeout_stay) {
  load(learning_program(""));
  EXPECT_EQ(port_of(7, 1), missed);
  EXPECT_EQ(port_of(7, 1'000'000), hit);
}

TEST_F(PnaNicTest, a_full_table_learns_nothing_until_there_is_room) {
  load(learning_program("pna_idle_timeout = PNA_IdleTimeout_t.AUTO_DELETE;"));
  EXPECT_EQ(port_of(1, 1), missed);
  EXPECT_EQ(port_of(2, 2), missed);
  EXPECT_EQ(port_of(3, 3), not_added);
  EXPECT_EQ(port_of(3, 11), missed);
  EXPECT_EQ(port_of(2, 11), hit);
  EXPECT_EQ(port_of(1, 11), not_added);
}

TEST_F(PnaNicTest, an_entry_of_the_control_plane_stays_where_a_learned_one_was) {
  load(learning_program("pna_idle_timeout = PNA_IdleTimeout_t.AUTO_DELETE;"));
  EXPECT_EQ(port_of(1, 1), missed);
  MatchTable& table = target->tables().at(p4_ir::TableId{0});
  table.clear();
  const std::vector<p4_ir::EntryKey> keys = {
      {.kind = p4_ir::EntryKey::Kind::Exact, .value = p4_ir::Bits(8, 5), .mask = {}}};
  ASSERT_TRUE(table.add(keys, 0, {.call = {.action = 0, .arguments = {p4_ir::Bits(32, 2)}}}).has_value());
  EXPECT_EQ(port_of(5, 2), hit);
  EXPECT_EQ(port_of(5, 100), hit);
}

TEST_F(PnaNicTest, an_action_that_is_not_there_is_not_added) {
  load(learning_program("", "add_entry(\"it\", data)"));
  EXPECT_EQ(port_of(1, 1), not_added);
  EXPECT_EQ(port_of(1, 2), not_added);
}

}  // namespace
}  // namespace outrigger::p4_target
