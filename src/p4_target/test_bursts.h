// test_bursts.h: a fixture for tests of bursts: packets in memory of its own, as callers hand them to a target.
#pragma once

#include <vector>

#include "p4_target/test_switch.h"

namespace outrigger::p4_target {

class TestBursts : public TestSwitch {
 protected:
  // Valid until the next packet is added.
  BurstPacket& add(uint32_t port, const std::vector<uint8_t>& bytes, uint32_t headroom) {
    std::vector<uint8_t>& memory = memory_.emplace_back(headroom);
    memory.insert(memory.end(), bytes.begin(), bytes.end());
    return packets.emplace_back(BurstPacket{.data = memory.data() + headroom,
                                            .bytes = static_cast<uint32_t>(bytes.size()),
                                            .headroom = headroom,
                                            .port = port});
  }
  std::vector<Verdict> verdicts() const {
    std::vector<Verdict> all;
    for (const BurstPacket& packet : packets) {
      all.push_back(packet.verdict);
    }
    return all;
  }

  std::vector<BurstPacket> packets;

 private:
  std::vector<std::vector<uint8_t>> memory_;
};

}  // namespace outrigger::p4_target
