// DiskRig: disks and hosts on a reactor that the test drives in virtual time, with a fake QEMU and front ends that only
// connect. For tests of this room.
#pragma once

#include "apply/disk_hooks.h"
#include "block/null_device.h"
#include "core/kept_job.h"
#include "outrigger/v1/device.pb.h"
#include "qemu/fake_qemu.h"
#include "storage/frontend_virtio_blk.pb.h"
#include "vhost_user/socket_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace outrigger::apply {

constexpr uint64_t second_ns = 1'000'000'000;

struct DiskSettings {
  std::string id = "disk1";
  int32_t port_id = 0;
  int32_t queue_count = 0;
  uint64_t kiops = 0;
  bool is_read_only = false;
  bool is_packed = false;
  int32_t queue_size = 0;
};

struct HostSettings {
  bool has_qmp = true;
  int32_t queue_count = 0;
  std::vector<std::string> buses = {};
};

class DiskRig : public testing::Test {
 protected:
  DiskRig() {
    std::string pattern = "/tmp/outrigger-disk-XXXXXX";
    check(::mkdtemp(pattern.data()) != nullptr, "a test has a directory");
    folder = pattern;
    std::filesystem::create_directory(run_folder());
    auto made = core::Reactor::create({.name = "control", .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "a test has a reactor");
    reactor = std::move(*made);
    reactor->run_turn();
    start();
  }
  ~DiskRig() override {
    stop();
    std::filesystem::remove_all(folder);
  }

  [[nodiscard]] std::filesystem::path run_folder() const { return folder / "run"; }
  [[nodiscard]] std::string socket(const std::string& id = "disk1") const { return run_folder() / (id + ".sock"); }

  // The daemon's life. `core_count`: of data cores.
  void start(size_t core_count = 2) {
    world = std::make_unique<World>(*reactor, core_count, run_folder(), folder / "offers");
    block::Geometry geometry;
    geometry.block_count = 1 << 20;
    world->volumes.add("vol", {.name = "volumes/vol",
                               .kind = "null",
                               .uuid = "",
                               .device = std::make_unique<block::NullDevice>("vol", geometry)});
  }
  void stop() {
    if (world == nullptr) {
      return;
    }
    world->plugger.stop();
    run(close_all(world.get()));
    turn_until([&] { return world->plugger.job_count() == 0; });
    world.reset();
  }

  // One turn of everything; a thousandth of a second goes by.
  void turn() {
    reactor->run_turn();
    if (qemu != nullptr) {
      qemu->serve();
    }
    clock.advance(second_ns / 1000);
  }
  template <typename Done>
  bool turn_until(Done done, uint64_t ns_max = 400 * second_ns) {
    const uint64_t end_ns = clock.now_ns() + ns_max;
    while (!done() && clock.now_ns() < end_ns) {
      turn();
    }
    return done();
  }
  void turn_for(uint64_t ns) {
    const uint64_t end_ns = clock.now_ns() + ns;
    turn_until([&] { return clock.now_ns() >= end_ns; });
  }
  template <typename T>
  T run(core::Job<T> job) {
    std::optional<T> outcome;
    core::spawn(core::keep(std::move(job), &outcome));
    turn_until([&] { return outcome.has_value(); });
    check(outcome.has_value(), "the job hangs");
    return std::move(*outcome);
  }

  static model::Intent intent_of(const DiskSettings& settings) {
    auto disk = std::make_shared<opi_api::storage::v1::VirtioBlk>();
    disk->set_volume_name_ref("volumes/vol");
    disk->mutable_pcie_id()->mutable_port_id()->set_value(settings.port_id);
    disk->set_max_io_qps(settings.queue_count);
    disk->mutable_max_limit()->set_rw_iops_kiops(static_cast<int64_t>(settings.kiops));
    auto options = std::make_shared<outrigger::v1::VirtioBlkOptions>();
    options->set_read_only(settings.is_read_only);
    options->set_packed(settings.is_packed);
    options->set_queue_size(settings.queue_size);
    model::Intent intent;
    intent.id = settings.id;
    intent.name = "volumes/" + settings.id;
    intent.resource = disk;
    intent.options = options;
    return intent;
  }
  Result<void> put(const DiskSettings& settings, bool is_restore = false) {
    model::Intent intent = intent_of(settings);
    intent.is_restore = is_restore;
    return run(world->disks.realise(std::move(intent)));
  }
  Result<void> remove(const std::string& id = "disk1") { return run(world->disks.withdraw(intent_of({.id = id}))); }
  [[nodiscard]] model::Intent host_intent(const HostSettings& settings) const {
    auto host = std::make_shared<outrigger::v1::Host>();
    host->mutable_port_id()->set_value(0);
    host->set_qmp_socket(settings.has_qmp ? qmp_path : "");
    host->set_queue_count(settings.queue_count);
    for (const std::string& bus : settings.buses) {
      host->add_buses(bus);
    }
    model::Intent intent;
    intent.id = "host1";
    intent.name = "hosts/host1";
    intent.resource = host;
    return intent;
  }
  Result<void> put_host(const HostSettings& settings = {}) {
    return run(world->host_hooks.realise(host_intent(settings)));
  }

  outrigger::v1::Device device(const std::string& id = "disk1") {
    outrigger::v1::Device view;
    world->disks.describe(intent_of({.id = id}), view);
    return view;
  }
  outrigger::v1::Host host() {
    outrigger::v1::Host view;
    world->host_hooks.observe(host_intent({}), view);
    return view;
  }
  // A front end that is there, and no more.
  [[nodiscard]] UniqueFd connect(const std::string& id = "disk1") {
    const auto address = vhost_user::SocketAddress::create(socket(id));
    auto fd = vhost_user::connect_to(*address);
    check(fd.has_value(), "the disk's socket is served");
    turn_for(second_ns / 100);
    return std::move(*fd);
  }
  // The process ends and another one is started at the same QMP socket: it has no device.
  void restart_qemu() {
    qemu->devices.clear();
    qemu->chardevs.clear();
  }
  void expect_nothing_left(const std::string& id = "disk1") {
    if (qemu != nullptr) {
      EXPECT_THAT(qemu->devices, testing::IsEmpty());
      EXPECT_THAT(qemu->chardevs, testing::IsEmpty());
    }
    EXPECT_FALSE(std::filesystem::exists(socket(id)));
    EXPECT_FALSE(std::filesystem::exists(folder / "offers" / id));
    EXPECT_TRUE(world->hosts.devices_at(0).empty());
  }

  struct World {
    World(core::Reactor& reactor, size_t core_count, const std::string& run, const std::string& offers)
        : plugger(reactor),
          host_hooks(hosts),
          disks(Cores{.control = reactor, .data = std::vector<core::Reactor*>(core_count, &reactor)}, volumes, hosts,
                plugger, {.run = run, .offers = offers}) {}
    qemu::Plugger plugger;
    VolumeTable volumes;
    HostTable hosts;
    HostHooks host_hooks;
    DiskHooks disks;
  };
  static core::Job<bool> close_all(World* world) {
    auto closing = world->disks.close_all();
    co_await closing;
    co_return true;
  }

  core::ManualClock clock;
  std::filesystem::path folder;
  std::unique_ptr<core::Reactor> reactor;
  std::unique_ptr<qemu::FakeQemu> qemu = std::make_unique<qemu::FakeQemu>();
  std::string qmp_path = qemu->path();
  std::unique_ptr<World> world;
};

}  // namespace outrigger::apply
