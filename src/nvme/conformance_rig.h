// For the conformance tests: a device that keeps requests until it is told to let them go and does not open where it
// shall not, a store of reservations in memory, and I/O commands as hosts send them.
#pragma once

#include "nvme/admin_rig.h"
#include "nvme/nvm_format.h"
#include "nvme/reservation_format.h"
#include "nvme/reservation_store.h"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace outrigger::nvme {

class HeldDevice final : public block::Device {
 public:
  explicit HeldDevice(block::Device& base) : Device("held", base.geometry()), base_(base) {}

  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override {
    if (&reactor == refuses) {
      return fail(Code::ResourceExhausted, "not on this core");
    }
    OR_ASSIGN(auto below, base_.open_channel(reactor));
    return std::make_unique<Way>(*this, reactor, std::move(below));
  }
  // What is held goes on, on its own cores.
  void release() {
    holds = false;
    for (const auto& [way, request] : std::exchange(held_, {})) {
      way->go_on(*request);
    }
  }
  [[nodiscard]] size_t held_count() const { return held_.size(); }

  bool holds = false;
  bool lets_go = false;  // of what nobody wants any more: it only waits here
  const core::Reactor* refuses = nullptr;
  uint32_t open_count = 0;  // channels that are open
  uint32_t opened = 0;      // and that ever were

 private:
  class Way final : public block::Channel {
   public:
    Way(HeldDevice& device, core::Reactor& reactor, std::unique_ptr<block::Channel> below)
        : Channel(device), held_(device), reactor_(reactor), below_(std::move(below)) {
      ++held_.open_count;
      ++held_.opened;
    }
    ~Way() override { --held_.open_count; }
    void go_on(block::Request& request) {
      reactor_.post([this, &request] { below_->submit(request); });
    }

   protected:
    void do_abandon() noexcept override {
      if (!held_.lets_go) {
        return;
      }
      for (const auto& [way, request] : std::exchange(held_.held_, {})) {
        if (way == this && request->is_abandoned()) {
          request->complete(block::Status::Aborted);
        } else {
          held_.held_.emplace_back(way, request);
        }
      }
    }
    void do_submit(block::Request& request) noexcept override {
      if (held_.holds) {
        held_.held_.emplace_back(this, &request);
      } else {
        below_->submit(request);
      }
    }

   private:
    HeldDevice& held_;
    core::Reactor& reactor_;
    std::unique_ptr<block::Channel> below_;
  };

  block::Device& base_;
  std::vector<std::pair<Way*, block::Request*>> held_;
};

class MemoryStore final : public ReservationStore {
 public:
  Result<void> save(const std::array<uint8_t, 16>& uuid, std::string_view bytes) override {
    if (is_broken) {
      return fail(Code::Unavailable, "the disk is gone");
    }
    ++save_count;
    kept[uuid] = std::string(bytes);
    return {};
  }
  Result<std::string> load(const std::array<uint8_t, 16>& uuid) override {
    if (is_broken) {
      return fail(Code::Unavailable, "the disk is gone");
    }
    return kept[uuid];
  }
  std::map<std::array<uint8_t, 16>, std::string> kept;
  uint32_t save_count = 0;
  bool is_broken = false;
};

inline Sqe io_sqe(IoOpcode opcode, uint32_t nsid, uint64_t slba = 0, uint32_t block_count = 1) {
  static uint16_t last_cid = 100;
  Sqe sqe;
  sqe.opcode = static_cast<uint8_t>(opcode);
  sqe.flags = 0x40;
  sqe.cid = ++last_cid;
  sqe.nsid = nsid;
  sqe.cdw10 = static_cast<uint32_t>(slba);
  sqe.cdw11 = static_cast<uint32_t>(slba >> 32U);
  sqe.cdw12 = block_count - 1;
  return sqe;
}

// Starts a command and sees it end.
inline std::unique_ptr<TestCommand> run_io(World& world, Connection& io, const Sqe& sqe, uint32_t sgl_bytes = 0,
                                           std::span<const std::byte> sent = {}) {
  auto command = io.start(sqe, sgl_bytes, sent);
  world.settle();
  EXPECT_TRUE(command->is_done);
  return command;
}
inline StatusCode read_one(World& world, Connection& io, uint32_t nsid) {
  return run_io(world, io, io_sqe(IoOpcode::Read, nsid), 512)->code();
}
inline StatusCode write_one(World& world, Connection& io, uint32_t nsid) {
  return run_io(world, io, io_sqe(IoOpcode::Write, nsid), 512)->code();
}

}  // namespace outrigger::nvme
