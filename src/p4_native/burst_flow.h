// BurstFlow: how a burst keeps the order of arrival where it counts, and keeps slow packets untouched.
//
// A packet that works on a register or meter changes what later packets find there. So:
//
// - What all packets do at one stage (behind one table, or before the first) they do in their order: a stage's packets
//   go on in their order once all of them are there. Tables are asked in an order for which that holds.
// - A register or meter that packets come to at several stages makes them wait in a list of its own before they touch
//   it the first time; then they go to their ends one by one.
// - A packet never turns slow after it has touched one. Where that could happen, touching it makes the packet slow.
// - A slow packet will touch it later, on an engine. If it turned slow at once, packets behind it are not begun
//   (BurstEngine::run says so). If it could turn slow later, all that touch registers and meters go one by one, and
//   those behind a slow packet turn slow instead.
// - A packet that comes to the program again, on an engine, is like a slow one for those behind it; but it may have
//   touched registers before, if it went one by one.
//
// Counters do not need any of this: what a packet counts, it counts at its end (BurstWriter). Inside the room only.
#pragma once

#include "p4_native/burst_graph.h"

namespace outrigger::p4_native {

class BurstFlow {
 public:
  BurstFlow(const p4_ir::Program& program, const BurstShape& shape);

  // Of calls that work on registers and meters, and of applies of tables with direct meters. All of a program that is
  // too large to be looked through are slow.
  [[nodiscard]] bool is_slow(const p4_ir::Statement& statement) const {
    return is_too_large() || slow_.contains(&statement);
  }
  // The packet waits before it, unless it goes alone already.
  [[nodiscard]] bool waits(const p4_ir::Statement& statement) const { return waits_.contains(&statement); }
  [[nodiscard]] const BurstOrder& order() const noexcept { return order_; }
  [[nodiscard]] const BurstGraph& graph() const noexcept { return graph_; }
  // By how many bytes a packet may grow at most, over all deparsers.
  [[nodiscard]] uint64_t growth_bytes() const;
  // … before it is parsed again.
  [[nodiscard]] uint64_t longer_between_bytes() const;

 private:
  // Which tables a packet may have come to last; the first place after them: none; the second: it goes one by one.
  using Stages = std::vector<bool>;
  // What may follow a node.
  struct Ahead {
    bool turns_slow = false;        // while the packet goes with the others
    bool turns_slow_alone = false;  // when it goes one by one
    bool touches = false;           // a register or meter that bursts work on

    void add(const Ahead& other) {
      turns_slow |= other.turns_slow;
      turns_slow_alone |= other.turns_slow_alone;
      touches |= other.touches;
    }
    friend bool operator==(const Ahead&, const Ahead&) = default;
  };

  [[nodiscard]] bool is_too_large() const;
  [[nodiscard]] std::vector<p4_ir::HeaderId> emitted_by(const BurstStep& step) const;
  [[nodiscard]] bool is_slow_node(const BurstNode& node) const;
  [[nodiscard]] bool turns_slow_late(uint32_t node, const std::set<p4_ir::ExternId>& worked_on) const;
  [[nodiscard]] bool is_worked_on(const BurstNode& node) const;
  [[nodiscard]] bool goes_alone(const BurstNode& node) const;
  [[nodiscard]] Stages stages_after(uint32_t node) const;
  void find_stages();
  void find_tables_after();
  bool find_alone();
  void find_ahead();
  [[nodiscard]] Ahead ahead_of(uint32_t node) const;
  bool find_slow();
  void find_waits();
  void order_tables();

  const p4_ir::Program& program_;
  const BurstShape& shape_;
  BurstGraph graph_;
  size_t tables_;
  std::vector<Stages> stages_;        // before each node; empty: nobody comes there
  std::vector<Stages> tables_after_;  // of each table: those that packets may come to after it
  std::vector<Ahead> behind_;         // after each node
  std::set<p4_ir::ExternId> alone_;   // packets that touch them go one by one
  std::set<const p4_ir::Statement*> slow_;
  std::set<const p4_ir::Statement*> waits_;
  BurstOrder order_;
};

}  // namespace outrigger::p4_native
