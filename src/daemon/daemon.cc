#include "daemon/daemon.h"

#include "api/server.h"
#include "apply/discovery_hooks.h"
#include "apply/disk_hooks.h"
#include "apply/host_table.h"
#include "apply/nvme_hooks.h"
#include "apply/nvme_referral_hooks.h"
#include "apply/nvme_tcp_plane.h"
#include "apply/remote_hooks.h"
#include "apply/telemetry.h"
#include "apply/volume_hooks.h"
#include "base/check.h"
#include "base/log.h"
#include "core/clock.h"
#include "core/job.h"
#include "core/reactor.h"
#include "daemon/model_door.h"
#include "daemon/service.h"
#include "model/jobs.h"
#include "model/kinds.h"
#include "model/model.h"
#include "model/nvme_discovery.h"
#include "model/store.h"
#include "qemu/plug.h"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <thread>
#include <variant>
#include <vector>

namespace outrigger::daemon {
namespace {

constexpr size_t bytes_per_mib = 1 << 20;
constexpr uint32_t cpus_per_data_core = 2;
constexpr const char* firmware_revision = OUTRIGGER_VERSION;  // that NVMe hosts see: at most 8 characters
static_assert(sizeof(OUTRIGGER_VERSION) <= 9);
static_assert(connections_per_port_max == nvme_tcp::connections_max);

// Runs `work` on the control reactor and waits for its value; for the main thread, at start and stop.
template <typename Work>
auto on_control(core::Reactor& control, Work work) {
  using Value = decltype(work());
  std::promise<Value> promise;
  std::future<Value> future = promise.get_future();
  control.post([&promise, &work] { promise.set_value(work()); });
  return future.get();
}

// The same for a job: `begin` makes the job on the control reactor.
template <typename Value>
core::Job<void> keep_promise(core::Job<Value> job, std::promise<Value>* promise) {
  Value value = co_await job;
  promise->set_value(std::move(value));
}

template <typename Begin>
auto await_on_control(core::Reactor& control, Begin begin) {
  using Value = decltype(begin().await_resume());
  std::promise<Value> promise;
  std::future<Value> future = promise.get_future();
  control.post([&promise, &begin] { core::spawn(keep_promise<Value>(begin(), &promise)); });
  return future.get();
}

uint64_t machine_random() {
  uint64_t value = 0;
  check(::getrandom(&value, sizeof(value), 0) == static_cast<ssize_t>(sizeof(value)), "the kernel has randomness");
  return value;
}

std::vector<core::ReactorOptions> data_reactors(const Configuration& configuration) {
  const uint32_t cpus = std::max(1U, std::thread::hardware_concurrency());
  const size_t wanted = !configuration.data_cpus.empty() ? configuration.data_cpus.size()
                        : configuration.data_count != 0  ? configuration.data_count
                                                         : std::max(1U, cpus / cpus_per_data_core);
  std::vector<core::ReactorOptions> all(wanted);
  for (size_t i = 0; i < wanted; ++i) {
    all[i].name = fmt::format("data{}", i);
    all[i].cpu = configuration.data_cpus.empty() ? -1 : configuration.data_cpus[i];
    all[i].idle_spin_ns = uint64_t{configuration.idle_spin_us} * 1000;
    all[i].buffer_bytes = configuration.buffer_mib * bytes_per_mib;
  }
  return all;
}

class Running final : public Daemon {
 public:
  explicit Running(const Configuration& configuration) : configuration_(configuration) {}
  ~Running() override { check(is_stopped_, "a daemon is stopped before it is destroyed"); }

  Result<void> start() {
    auto started = try_start();
    if (!started.has_value()) {
      stop();
    }
    return started;
  }

  void stop() override {
    if (is_stopped_) {
      return;
    }
    is_stopped_ = true;
    // First what makes calls wait for guests: the API lets every call end that has begun.
    if (planes_ != nullptr) {
      on_control(*control_, [this] {
        planes_->plugger.stop();
        planes_->remotes.begin_stop();
        planes_->discoveries.begin_stop();
        return std::monostate{};
      });
    }
    if (server_ != nullptr) {
      server_->stop();
      server_.reset();
    }
    if (planes_ != nullptr) {
      await_on_control(*control_, [this]() -> core::Job<std::monostate> { return take_down(); });
    }
    for (const auto& reactor : data_) {
      reactor->stop();
    }
    if (control_ != nullptr) {
      control_->stop();
    }
    data_.clear();
    control_.reset();
  }

 private:
  // As much as the machine has, unless told otherwise.
  static uint64_t malloc_bytes_max(const Configuration& configuration) {
    constexpr uint64_t mib = 1 << 20;
    if (configuration.malloc_mib != 0) {
      return configuration.malloc_mib * mib;
    }
    return static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  }

  // What lives on the control reactor.
  struct Planes {
    Planes(apply::Cores cores, const Configuration& configuration, const apply::HostIdentity& identity)
        : plugger(cores.control),
          remotes(cores, volumes, identity,
                  [cores](nvme_host::PathOptions options) {
                    return nvme_host::make_tcp_path(cores.control, cores.data, std::move(options));
                  }),
          null_volumes(volumes),
          malloc_volumes(volumes, malloc_bytes_max(configuration)),
          aio_volumes(volumes, cores.control.clock()),
          qos_volumes(volumes, cores.control.clock()),
          encrypted_volumes(volumes),
          host_hooks(hosts),
          disks(cores, volumes, hosts, plugger,
                {.run = configuration.run_directory,
                 .offers = configuration.state_directory + "/offers",
                 .socket_mode = configuration.socket_mode,
                 .socket_group = configuration.socket_group}),
          nvme_plane(cores, configuration.state_directory,
                     {.connections_per_address_max = configuration.connections_per_address,
                      .discovery_controllers_per_address_max = configuration.discovery_controllers_per_address,
                      .memory_bytes_max = configuration.nvme_memory_mib * bytes_per_mib,
                      .memory_bytes_per_network_max = configuration.nvme_memory_per_address_mib * bytes_per_mib}),
          nvme(nvme_plane),
          nvme_subsystems(nvme, firmware_revision),
          nvme_controllers(nvme),
          nvme_namespaces(nvme, volumes, cores.control.clock()),
          remote_controllers(remotes),
          nvme_paths(remotes),
          remote_namespaces(remotes),
          discoveries(
              cores.control, identity,
              [cores](nvme_host::DiscoveryOptions options, nvme_host::DiscoveryFeed::Changed changed) {
                return std::make_unique<nvme_host::DiscoveryWatch>(cores.control, std::move(options),
                                                                   std::move(changed));
              },
              remotes.world().pace),
          nvme_referrals(nvme_plane),
          telemetry(cores, volumes, disks, nvme, remotes) {}

    qemu::Plugger plugger;
    apply::RemoteTable remotes;  // longer than the volumes, which borrow devices from it
    apply::VolumeTable volumes;
    apply::HostTable hosts;
    apply::NullVolumeHooks null_volumes;
    apply::MallocVolumeHooks malloc_volumes;
    apply::AioVolumeHooks aio_volumes;
    apply::QosVolumeHooks qos_volumes;
    apply::EncryptedVolumeHooks encrypted_volumes;
    apply::HostHooks host_hooks;
    apply::DiskHooks disks;
    apply::NvmeTcpPlane nvme_plane;
    apply::NvmeTable nvme;
    apply::NvmeSubsystemHooks nvme_subsystems;
    apply::NvmeControllerHooks nvme_controllers;
    apply::NvmeNamespaceHooks nvme_namespaces;
    apply::RemoteControllerHooks remote_controllers;
    apply::NvmePathHooks nvme_paths;
    apply::RemoteNamespaceHooks remote_namespaces;
    apply::NvmeDiscoveryHooks discoveries;
    apply::NvmeReferralHooks nvme_referrals;
    apply::TelemetrySource telemetry;
    std::unique_ptr<model::Model> model;
    std::unique_ptr<model::JobDispatcher> jobs;  // in front of the model
  };

  Result<void> try_start() {
    OR_TRY(make_directory(configuration_.state_directory, 0700));
    OR_TRY(make_directory(configuration_.run_directory, 0755));
    OR_ASSIGN(lock_, StateLock::take(configuration_.state_directory));
    OR_ASSIGN(store_, model::SqliteStore::open({.path = configuration_.state_directory + "/outrigger.db"}));
    OR_ASSIGN(identity_, apply::HostIdentity::load_or_make(configuration_.state_directory + "/hostnqn"));
    OR_TRY(start_cores());
    const Result<void> built = on_control(*control_, [this] { return build_planes(); });
    OR_TRY(built);
    const Result<void> restored = await_on_control(*control_, [this] { return planes_->model->restore(); });
    OR_TRY(restored);
    door_ = std::make_unique<ModelDoor>(*control_, *planes_->jobs);
    const api::ServerOptions options{.grpc = configuration_.grpc,
                                     .rest = configuration_.rest,
                                     .tls = configuration_.tls,
                                     .allow_insecure = configuration_.allow_insecure};
    OR_ASSIGN(server_, api::Server::start(*door_, model::api_services(), options));
    return {};
  }

  Result<void> start_cores() {
    OR_ASSIGN(control_, core::Reactor::create({.name = "control", .idle_spin_ns = 0, .uring_entries = 0}, clock_));
    control_->start();
    for (core::ReactorOptions& options : data_reactors(configuration_)) {
      OR_ASSIGN(std::unique_ptr<core::Reactor> reactor, core::Reactor::create(std::move(options), clock_));
      reactor->start();
      data_.push_back(std::move(reactor));
    }
    return {};
  }

  Result<void> build_planes() {
    std::vector<core::Reactor*> data;
    for (const auto& reactor : data_) {
      data.push_back(reactor.get());
    }
    planes_ = std::make_unique<Planes>(apply::Cores{.control = *control_, .data = data}, configuration_, identity_);
    planes_->model = std::make_unique<model::Model>(*control_, *store_, machine_random());
    model::add_standard_kinds(*planes_->model, {.host = planes_->host_hooks,
                                                .null_volume = planes_->null_volumes,
                                                .malloc_volume = planes_->malloc_volumes,
                                                .aio_volume = planes_->aio_volumes,
                                                .qos_volume = planes_->qos_volumes,
                                                .encrypted_volume = planes_->encrypted_volumes,
                                                .virtio_blk = planes_->disks,
                                                .nvme_subsystem = planes_->nvme_subsystems,
                                                .nvme_controller = planes_->nvme_controllers,
                                                .nvme_namespace = planes_->nvme_namespaces,
                                                .nvme_remote_controller = planes_->remote_controllers,
                                                .nvme_path = planes_->nvme_paths,
                                                .nvme_remote_namespace = planes_->remote_namespaces});
    model::add_discovery_kinds(*planes_->model, planes_->discoveries, planes_->nvme_referrals);
    planes_->remotes.set_rows(*planes_->model);
    planes_->discoveries.set_rows(*planes_->model);
    planes_->nvme.hold_restored(*control_, *planes_->model);
    planes_->model->watch([this](const model::Change& change) {
      if (change.what == model::Change::What::Deleted) {
        planes_->nvme.deleted(change.name);
        planes_->remotes.look_again();
      }
      planes_->discoveries.changed(change);
    });
    planes_->model->add_method("outrigger.v1.TelemetryService.GetTelemetry", [this](const model::Message& request) {
      auto telemetry = std::make_unique<outrigger::v1::Telemetry>();
      planes_->telemetry.fill(static_cast<const outrigger::v1::GetTelemetryRequest&>(request), *telemetry);
      return Result<std::unique_ptr<model::Message>>(std::move(telemetry));
    });
    planes_->jobs = std::make_unique<model::JobDispatcher>(*planes_->model);
    planes_->jobs->add_method(
        "outrigger.v1.NvmeDiscoveryService.DiscoverNvme",
        [this](std::shared_ptr<const model::Message> request) { return planes_->discoveries.ask(std::move(request)); });
    return {};
  }

  // On the control reactor: nothing is under way afterwards and no core uses anything of the planes.
  core::Job<std::monostate> take_down() {
    co_await planes_->jobs->stop();
    co_await planes_->model->stop();
    co_await planes_->nvme.close_all();
    co_await planes_->disks.close_all();
    co_await planes_->discoveries.close_all();
    co_await planes_->remotes.close_all();
    door_.reset();
    planes_.reset();
    co_return std::monostate{};
  }

  Configuration configuration_;
  core::MonotonicClock clock_;
  std::optional<StateLock> lock_;
  std::unique_ptr<model::Store> store_;
  apply::HostIdentity identity_;
  std::unique_ptr<core::Reactor> control_;
  std::vector<std::unique_ptr<core::Reactor>> data_;
  std::unique_ptr<Planes> planes_;
  std::unique_ptr<ModelDoor> door_;
  std::unique_ptr<api::Server> server_;
  bool is_stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::start(const Configuration& configuration) {
  auto daemon = std::make_unique<Running>(configuration);
  OR_TRY(daemon->start());
  return daemon;
}

}  // namespace outrigger::daemon
