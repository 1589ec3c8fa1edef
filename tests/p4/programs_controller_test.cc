// programs_controller_test.cc: the programs that ship with what packet scripts cannot do as a controller: groups of
// action selectors, digests, idle time-outs.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "p4/front.h"
#include "p4_interpreter/interpreter.h"
#include "p4_ir/lower.h"
#include "p4_target/stf_engine.h"
#include "stf/reader.h"
#include "stf/runner.h"

namespace outrigger::p4_target {
namespace {

using p4_ir::Bits;
using p4_ir::EntryKey;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using Packet = std::vector<uint8_t>;

constexpr uint64_t ns_per_ms = 1'000'000;

void append(Packet& packet, uint64_t value, size_t bytes) {
  for (size_t i = bytes; i-- > 0;) {
    packet.push_back(static_cast<uint8_t>(value >> (8 * i)));
  }
}

// Ethernet, IPv4 and UDP, whose checksum is left out.
Packet udp_packet(uint64_t destination_mac, uint32_t source, uint32_t destination, uint16_t source_port,
                  uint16_t destination_port) {
  Packet header;
  append(header, 0x4500001C, 4);
  append(header, 0, 4);
  append(header, 0x40110000, 4);
  append(header, source, 4);
  append(header, destination, 4);
  uint32_t sum = 0;
  for (size_t i = 0; i < header.size(); i += 2) {
    sum += static_cast<uint32_t>(header[i] << 8U | header[i + 1]);
  }
  sum = (sum & 0xFFFF) + (sum >> 16U);
  const uint32_t checksum = ~(sum + (sum >> 16U)) & 0xFFFF;
  header[10] = static_cast<uint8_t>(checksum >> 8U);
  header[11] = static_cast<uint8_t>(checksum);
  Packet packet;
  append(packet, destination_mac, 6);
  append(packet, 0x02000000000A, 6);
  append(packet, 0x0800, 2);
  packet.insert(packet.end(), header.begin(), header.end());
  append(packet, source_port, 2);
  append(packet, destination_port, 2);
  append(packet, 8, 2);
  append(packet, 0, 2);
  return packet;
}

class ShippedProgram : public testing::Test {
 protected:
  // The program, and entries as a script writes them.
  void load(const std::string& name, const std::string& script) {
    compilation_ = p4::compile_front(std::string(OUTRIGGER_PROGRAMS_FOLDER) + "/" + name + ".p4", {});
    program_ = compilation_->is_good() ? p4_ir::lower(*compilation_) : nullptr;
    ASSERT_NE(program_, nullptr) << p4::to_text(compilation_->diagnostics, compilation_->source);
    auto made = make_target(*program_, [](const p4_ir::Program& of, p4_ir::Host& host) {
      return std::make_unique<p4_interpreter::Interpreter>(of, host);
    });
    ASSERT_TRUE(made.has_value()) << made.error().what;
    target_ = std::move(*made);
    engine_ = std::make_unique<StfEngine>(*target_);
    run(script);
  }
  void run(const std::string& script) {
    const stf::Report report = stf::run_script(stf::read_script(script).script, *engine_);
    ASSERT_TRUE(report.has_passed()) << stf::to_text(report, script);
  }
  std::vector<Output> send(uint32_t port, const Packet& packet) {
    target_->receive(port, packet, now_ns_ += ns_per_ms);
    return target_->take_outputs();
  }
  p4_ir::TableId table(const std::string& last_name) {
    for (size_t i = 0; i < program_->tables.size(); ++i) {
      if (program_->tables[i].name.ends_with("." + last_name)) {
        return static_cast<p4_ir::TableId>(i);
      }
    }
    ADD_FAILURE() << "no table " << last_name;
    return {};
  }
  // The action of the table with these arguments.
  p4_ir::ActionCall call(p4_ir::TableId of, const std::string& last_name, const std::vector<uint64_t>& arguments) {
    const auto& actions = program_->at(of).actions;
    for (uint32_t i = 0; i < actions.size(); ++i) {
      if (actions[i].name.ends_with("." + last_name)) {
        p4_ir::ActionCall found{.action = i, .arguments = {}};
        for (size_t j = 0; j < arguments.size(); ++j) {
          found.arguments.emplace_back(actions[i].parameters[j].width, arguments[j]);
        }
        return found;
      }
    }
    ADD_FAILURE() << "no action " << last_name;
    return {};
  }
  static EntryKey exact(uint32_t width, uint64_t value) {
    return {.kind = EntryKey::Kind::Exact, .value = Bits(width, value), .mask = Bits(width).complement()};
  }
  // An entry whose group has these members.
  void add_group(p4_ir::TableId of, const std::vector<EntryKey>& keys, const std::vector<p4_ir::ActionCall>& calls) {
    std::vector<pipeline::GroupMember> members;
    for (const p4_ir::ActionCall& one : calls) {
      const auto member = target_->tables().create_member(of, one);
      ASSERT_TRUE(member.has_value()) << member.error().what;
      members.push_back({.member = *member, .weight = 1});
    }
    const auto group = target_->tables().profile(*program_->at(of).implementation)->create_group(members);
    ASSERT_TRUE(group.has_value()) << group.error().what;
    const EntryAction action{.call = {}, .kind = pipeline::EntryKind::Group, .reference = *group};
    const auto entry = target_->tables().at(of).add(keys, 0, action);
    ASSERT_TRUE(entry.has_value()) << entry.error().what;
  }
  // All digests of the type since the last call.
  std::vector<Packet> take_digests(std::string_view type) {
    std::vector<Packet> digests;
    for (Packet message; target_->digests(type)->pop(message);) {
      digests.push_back(message);
    }
    return digests;
  }

  std::unique_ptr<p4::Compilation> compilation_;
  std::unique_ptr<p4_ir::Program> program_;
  std::unique_ptr<Target> target_;
  std::unique_ptr<StfEngine> engine_;
  uint64_t now_ns_ = 0;
};

TEST_F(ShippedProgram, l3_router_spreads_flows_over_a_group_and_keeps_each_together) {
  load("l3_router",
       "add interfaces ingress_port:1 vid:0 hdr.ethernet.destination:0x020000000001 interface(vrf:1)\n"
       "add ipv4_routes vrf:1 hdr.ipv4.destination:0x0a020000/16 route(group:5)\n");
  const p4_ir::TableId next_hops = table("next_hops");
  std::vector<p4_ir::ActionCall> ways;
  for (const uint64_t port : {2U, 3U, 4U}) {
    ways.push_back(call(next_hops, "forward", {port, 0, 0x020000000001, 0x020000000100 + port}));
  }
  add_group(next_hops, {exact(16, 5)}, ways);
  constexpr uint16_t flows = 300;
  std::map<uint32_t, size_t> packets;
  for (uint16_t flow = 0; flow < flows; ++flow) {
    const Packet packet = udp_packet(0x020000000001, 0x0A010001, 0x0A020002, 1000 + flow, 53);
    const auto first = send(1, packet);
    const auto second = send(1, packet);
    ASSERT_EQ(first.size(), 1U);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(first[0].port, second[0].port);
    EXPECT_EQ(first[0].bytes[5], first[0].port);  // the way's MAC address
    ++packets[first[0].port];
  }
  ASSERT_EQ(packets.size(), 3U);
  for (const auto& [port, count] : packets) {
    EXPECT_GT(count, flows / 6U) << "by port " << port;
  }
}

TEST_F(ShippedProgram, nat_load_balancer_uses_all_backends_and_keeps_a_client_with_one) {
  load("nat_load_balancer", "add routes hdr.ipv4.destination:0x0a010000/24 forward(port:2, source:1, destination:2)\n");
  const p4_ir::TableId services = table("services");
  add_group(services, {exact(32, 0xCB00710A), exact(8, 17), exact(16, 53)},
            {call(services, "translate_destination", {0x0A01000B, 5300}),
             call(services, "translate_destination", {0x0A01000C, 5301})});
  std::set<uint8_t> backends;
  for (uint32_t client = 0; client < 32; ++client) {
    const Packet packet = udp_packet(0x020000000001, 0xC6336400 + client, 0xCB00710A, 4000, 53);
    const auto first = send(1, packet);
    const auto second = send(1, packet);
    ASSERT_EQ(first.size(), 1U);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(first[0].bytes, second[0].bytes);
    constexpr size_t last_of_destination = 33;
    constexpr size_t last_of_port = 37;
    EXPECT_EQ(first[0].bytes[last_of_destination] - 0x0B, first[0].bytes[last_of_port] - (5300 & 0xFF));
    backends.insert(first[0].bytes[last_of_destination]);
  }
  EXPECT_THAT(backends, UnorderedElementsAre(0x0B, 0x0C));
}

TEST_F(ShippedProgram, nat_load_balancer_tells_of_new_flows) {
  load("nat_load_balancer", "add inside_ports ingress_port:3 inside()\n");
  EXPECT_TRUE(send(3, udp_packet(0x020000000001, 0x0A020005, 0xC6336407, 4000, 53)).empty());
  EXPECT_THAT(take_digests("new_flow_t"),
              ElementsAre(Packet{10, 2, 0, 5, 198, 51, 100, 7, 17, 4000 >> 8, 4000 & 0xFF, 0, 53}));
}

// The frame's source is 02:00:00:00:00:0a.
TEST_F(ShippedProgram, l2_switch_learns_what_is_new_or_has_moved) {
  load("l2_switch",
       "add port_vlans ingress_port:1 vid:0 access(vid:10)\n"
       "add port_vlans ingress_port:2 vid:0 access(vid:10)\n");
  const Packet frame = udp_packet(0x02000000000B, 1, 2, 3, 4);
  send(1, frame);
  EXPECT_THAT(take_digests("learned_t"), ElementsAre(Packet{0, 10, 2, 0, 0, 0, 0, 10, 0, 1}));
  run("add sources vid:10 address:0x02000000000A known(port:1)\n");
  send(1, frame);
  EXPECT_TRUE(take_digests("learned_t").empty());
  send(2, frame);
  EXPECT_THAT(take_digests("learned_t"), ElementsAre(Packet{0, 10, 2, 0, 0, 0, 0, 10, 0, 2}));
}

TEST_F(ShippedProgram, l2_switch_forgets_what_is_idle) {
  load("l2_switch", "add port_vlans ingress_port:1 vid:0 access(vid:10)\n");
  MatchTable& sources = target_->tables().at(table("sources"));
  const std::vector<EntryKey> keys = {exact(12, 10), exact(48, 0x02000000000A)};
  const EntryAction known{.call = call(table("sources"), "known", {1})};
  constexpr uint64_t timeout_ns = 10 * ns_per_ms;
  const auto entry = sources.add(keys, 0, known, now_ns_, false, timeout_ns);
  ASSERT_TRUE(entry.has_value()) << entry.error().what;
  now_ns_ += timeout_ns / 2;
  send(1, udp_packet(0x02000000000B, 1, 2, 3, 4));
  const uint64_t last_ns = now_ns_;
  EXPECT_TRUE(sources.entries().find_idle(last_ns + timeout_ns / 2, 8).empty());
  EXPECT_THAT(sources.entries().find_idle(last_ns + 2 * timeout_ns, 8), ElementsAre(*entry));
}

}  // namespace
}  // namespace outrigger::p4_target
