// For tests of a path to this daemon's own target, over loopback: a subsystem with volumes, the port where it is, and
// one path there.
#pragma once

#include "block/memory_device.h"
#include "core/kept_job.h"
#include "nvme/subsystem.h"
#include "nvme_host/path_rig.h"
#include "nvme_tcp/directory_desk.h"
#include "nvme_tcp/target.h"

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::nvme_host {

inline constexpr const char* subsystem_nqn = "nqn.2026-11.org.example:tested";
inline constexpr const char* host_nqn = "nqn.2014-08.org.nvmexpress:uuid:6e33f0ae-5d55-4f9f-bbbf-2d4dc1f1f001";

class PathToTarget : public testing::Test {
 protected:
  // The subsystem is subsystem_nqn. `has_keys`: the port lets hosts in that come with TLS.
  PathToTarget(nvme::SubsystemOptions options, bool has_keys)
      : world_(2),
        groups_(world_.control(), cores_ = world_.data_cores()),
        directory_(world_.control(), cores_),
        desk_(directory_),
        has_keys_(has_keys) {
    options.nsid_max = 16;
    auto subsystem = nvme::Subsystem::create(directory_, std::move(options));
    check(subsystem.has_value(), "the test makes a subsystem");
    subsystem_ = std::move(*subsystem);
    listen();
  }
  ~PathToTarget() override {
    if (path_ != nullptr) {
      stop();
    }
    if (target_ != nullptr) {
      close_target();
    }
    bool is_over = false;
    core::spawn(core::keep(subsystem_->close(), &is_over));
    check(world_.run_until([&] { return is_over; }), "the subsystem closes");
  }

  void listen(uint16_t tcp_port = 0) {
    nvme_tcp::TargetOptions options;
    options.tcp_port = tcp_port;
    options.keys = has_keys_ ? &desk_ : nullptr;
    auto target = nvme_tcp::Target::listen(groups_, desk_, options);
    check(target.has_value(), "the test listens");
    target_ = std::move(*target);
    subsystem_->expose_at(target_->port());
  }
  void close_target() {
    subsystem_->withdraw_from(target_->port());
    bool is_over = false;
    core::spawn(core::keep(target_->close(), &is_over));
    check(world_.run_until([&] { return is_over; }, 50'000), "the target closes");
    target_ = nullptr;
  }
  void add_namespace(uint32_t nsid, uint64_t blocks = 8192) {
    auto device = block::MemoryDevice::create("volume", {.block_size = 512, .block_count = blocks});
    check(device.has_value(), "the test makes a volume");
    devices_.push_back(std::move(*device));
    nvme::NamespaceOptions options{.nsid = nsid};
    options.uuid[0] = 0xAB;
    options.uuid[15] = static_cast<uint8_t>(nsid);
    std::optional<Result<uint32_t>> added;
    core::spawn(core::keep(subsystem_->add_namespace(options, *devices_.back()), &added));
    check(world_.run_until([&] { return added.has_value(); }) && added->has_value(), "the test adds a namespace");
  }

  [[nodiscard]] PathOptions options() const {
    PathOptions made;
    made.name = "path";
    made.traddr = "127.0.0.1";
    made.trsvcid = std::to_string(target_->tcp_port());
    made.subnqn = subsystem_nqn;
    made.hostnqn = host_nqn;
    made.hostid[0] = 7;
    return made;
  }
  void start(PathOptions with) {
    path_ = make_tcp_path(world_.control(), cores_, std::move(with));
    path_->start(observer_);
  }
  void connect(PathOptions with) {
    start(std::move(with));
    ASSERT_TRUE(wait([this] { return observer_.live_count == 1; })) << path_->status().why;
  }
  bool wait(const std::function<bool()>& done, uint64_t ms = 5000) { return world_.wait_until(done, ms); }
  void stop() {
    bool is_stopped = false;
    core::spawn(core::keep(path_->stop(), &is_stopped));
    check(world_.wait_until([&] { return is_stopped; }, 10'000), "a path stops");
    path_ = nullptr;
  }

  // One read or write of all of its memory at `lba`.
  nvme::Status transfer(size_t core, TestCommand& io, uint64_t lba, uint32_t nsid = 1) {
    nvme::Sqe& sqe = io.command.sqe;
    sqe.opcode =
        static_cast<uint8_t>(io.command.direction == Direction::ToHost ? nvme::IoOpcode::Read : nvme::IoOpcode::Write);
    sqe.nsid = nsid;
    sqe.cdw10 = static_cast<uint32_t>(lba);
    sqe.cdw12 = io.command.data_bytes / 512 - 1;
    check(path_->queue(core)->submit(io.command), "a free queue takes a command");
    EXPECT_EQ(io.done_count, 0);
    EXPECT_TRUE(world_.run_until([&] { return io.done_count != 0; }, 50'000));
    return io.command.status;
  }
  void write_and_read(size_t core, size_t bytes, size_t pieces, uint64_t seed) {
    TestCommand write(Direction::ToController, bytes, pieces);
    write.fill(seed);
    EXPECT_TRUE(transfer(core, write, seed % 64).is_success());
    TestCommand read(Direction::ToHost, bytes, pieces + 1);
    EXPECT_TRUE(transfer(1 - core, read, seed % 64).is_success());
    EXPECT_EQ(read.memory(), write.memory()) << bytes << " bytes in " << pieces << " pieces";
  }
  void move_data_of_sizes(std::initializer_list<size_t> sizes) {
    uint64_t seed = 1;
    for (const size_t bytes : sizes) {
      for (const size_t pieces : {1UL, 3UL, 40UL}) {
        write_and_read(seed % 2, bytes, pieces, seed);
        ++seed;
      }
    }
  }

  PathWorld world_;
  std::vector<core::Reactor*> cores_;
  nvme_tcp::GroupSet groups_;
  nvme::Directory directory_;
  nvme_tcp::DirectoryDesk desk_;
  const bool has_keys_;
  std::vector<std::unique_ptr<block::MemoryDevice>> devices_;
  std::unique_ptr<nvme::Subsystem> subsystem_;
  std::unique_ptr<nvme_tcp::Target> target_;
  RecordingObserver observer_;
  std::unique_ptr<Path> path_;
};

}  // namespace outrigger::nvme_host
