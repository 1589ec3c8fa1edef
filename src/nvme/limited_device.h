// For tests: a device in front of another that says it can do less, and that may answer at a later turn.
#pragma once

#include "block/device.h"
#include "core/reactor.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace outrigger::nvme::rig {

struct Ability {
  const char* name = "";
  bool can_discard = true;
  bool can_write_zeroes = true;
  bool can_compare_and_write = true;
  bool can_copy = true;
  uint32_t transfer_bytes_max = 0;
  uint64_t discard_blocks_max = 0;
  block::ZeroesCost zeroes_cost = block::ZeroesCost::Nothing;
  bool is_late = false;
  bool has_pool = false;  // of the test's core
};

class LimitedDevice final : public block::Device {
 public:
  LimitedDevice(block::Device& base, const Ability& ability)
      : Device("limited", limited(base.geometry(), ability)), base_(base), is_late_(ability.is_late) {}

  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override {
    OR_ASSIGN(auto below, base_.open_channel(reactor));
    return std::make_unique<Way>(*this, reactor, std::move(below));
  }
  // What reached it.
  struct Seen {
    block::Op op;
    uint64_t lba;
    uint64_t block_count;
    uint8_t flags;
  };
  std::vector<Seen> seen;

 private:
  static block::Geometry limited(block::Geometry geometry, const Ability& ability) {
    geometry.can_discard = ability.can_discard;
    geometry.can_write_zeroes = ability.can_write_zeroes;
    geometry.can_compare_and_write = ability.can_compare_and_write;
    geometry.zeroes_cost = ability.zeroes_cost;
    geometry.can_copy = ability.can_copy;
    geometry.transfer_bytes_max = ability.transfer_bytes_max;
    geometry.discard_blocks_max = ability.discard_blocks_max;
    return geometry;
  }

  class Way final : public block::Channel {
   public:
    Way(LimitedDevice& device, core::Reactor& reactor, std::unique_ptr<block::Channel> below)
        : Channel(device), device_(device), reactor_(reactor), below_(std::move(below)) {}

   protected:
    void do_abandon() noexcept override { below_->abandon(); }
    void do_submit(block::Request& request) noexcept override {
      device_.seen.push_back({request.op, request.lba, request.block_count, request.flags});
      if (device_.is_late_) {
        reactor_.post([this, &request] { below_->submit(request); });
      } else {
        below_->submit(request);
      }
    }

   private:
    LimitedDevice& device_;
    core::Reactor& reactor_;
    std::unique_ptr<block::Channel> below_;
  };

  block::Device& base_;
  const bool is_late_;
};

}  // namespace outrigger::nvme::rig
