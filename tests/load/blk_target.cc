// vhost-blk-target: one volume behind one vhost-user-blk socket, without the daemon around it: for profiling
// the data path and for tests of front ends. Serves until it is told to stop (SIGINT, SIGTERM).
#include "accel/engine.h"
#include "backend/file.h"
#include "block/memory_device.h"
#include "block/null_device.h"
#include "core/clock.h"
#include "core/reactor.h"
#include "vhost_user/server.h"
#include "virtio/blk.h"
#include "volume/crypto.h"

#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger {
namespace {

constexpr std::string_view usage = R"(vhost-blk-target: serves one volume over vhost-user-blk.

usage: vhost-blk-target --socket PATH [--device null|memory|file:PATH] [--encrypt] [--size BYTES]
                        [--block-size N] [--queues N] [--queue-size N] [--cpu N]... [--control-cpu N]
                        [--spin-us N]
)";

struct Command {
  std::string socket;
  std::string device = "null";
  bool is_encrypted = false;
  uint64_t size_bytes = 256ULL << 20;
  uint32_t block_size = 512;
  uint16_t queue_count = 4;
  uint16_t queue_size = 1024;
  std::vector<int> cpus;
  int control_cpu = -1;
  uint64_t spin_us = 50;
};

bool parse(int argc, char** argv, Command& command) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--encrypt") {
      command.is_encrypted = true;
      continue;
    }
    if (i + 1 >= argc) {
      return false;
    }
    const char* const value = argv[++i];
    if (name == "--socket") {
      command.socket = value;
    } else if (name == "--device") {
      command.device = value;
    } else if (name == "--size") {
      command.size_bytes = std::strtoull(value, nullptr, 10);
    } else if (name == "--block-size") {
      command.block_size = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
    } else if (name == "--queues") {
      command.queue_count = static_cast<uint16_t>(std::strtoul(value, nullptr, 10));
    } else if (name == "--queue-size") {
      command.queue_size = static_cast<uint16_t>(std::strtoul(value, nullptr, 10));
    } else if (name == "--cpu") {
      command.cpus.push_back(std::atoi(value));
    } else if (name == "--control-cpu") {
      command.control_cpu = std::atoi(value);
    } else if (name == "--spin-us") {
      command.spin_us = std::strtoull(value, nullptr, 10);
    } else {
      return false;
    }
  }
  if (command.cpus.empty()) {
    command.cpus.push_back(-1);
  }
  return !command.socket.empty();
}

Result<std::unique_ptr<block::Device>> make_device(const Command& command) {
  if (command.device == "null") {
    block::Geometry geometry{.block_size = command.block_size, .block_count = command.size_bytes / command.block_size};
    return std::unique_ptr<block::Device>(std::make_unique<block::NullDevice>("null", geometry));
  }
  if (command.device == "memory") {
    OR_ASSIGN(auto memory,
              block::MemoryDevice::create("memory", {.block_size = command.block_size,
                                                     .block_count = command.size_bytes / command.block_size}));
    return std::unique_ptr<block::Device>(std::move(memory));
  }
  if (command.device.starts_with("file:")) {
    backend::FileOptions options;
    options.path = command.device.substr(5);
    options.block_size = command.block_size;
    OR_ASSIGN(auto file, backend::FileDevice::open("file", options));
    return std::unique_ptr<block::Device>(std::move(file));
  }
  return fail(Code::InvalidArgument, "there is no device \"{}\": null, memory or file:PATH", command.device);
}

Result<std::unique_ptr<core::Reactor>> make_reactor(std::string name, int cpu, uint64_t spin_us,
                                                    const core::Clock& clock) {
  core::ReactorOptions options;
  options.name = std::move(name);
  options.cpu = cpu;
  options.idle_spin_ns = spin_us * 1000;
  options.buffer_bytes = 4ULL << 20;
  return core::Reactor::create(std::move(options), clock);
}

core::Job<void> stop_server(vhost_user::Server* server, std::promise<void>* stopped) {
  auto stopping = server->stop();
  co_await stopping;
  stopped->set_value();
}

Result<void> serve(const Command& command) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const core::MonotonicClock clock;
  OR_ASSIGN(auto device, make_device(command));
  std::unique_ptr<volume::CryptoDevice> encrypted;
  block::Device* top = device.get();
  if (command.is_encrypted) {
    std::array<std::byte, 64> key;
    for (size_t i = 0; i < key.size(); ++i) {
      key[i] = static_cast<std::byte>(i * 7 + 1);
    }
    OR_ASSIGN(encrypted, volume::CryptoDevice::create("encrypted", *device, accel::XtsCipher::Aes256, key));
    top = encrypted.get();
  }
  OR_ASSIGN(auto control, make_reactor("control", command.control_cpu, 0, clock));
  std::vector<std::unique_ptr<core::Reactor>> data;
  std::vector<core::Reactor*> data_pointers;
  for (const int cpu : command.cpus) {
    OR_ASSIGN(auto reactor, make_reactor(fmt::format("data{}", data.size()), cpu, command.spin_us, clock));
    reactor->start();
    data_pointers.push_back(reactor.get());
    data.push_back(std::move(reactor));
  }
  control->start();
  auto blk = std::make_unique<virtio::Blk>(
      "disk", *top, *control, data_pointers,
      virtio::BlkOptions{.queue_count_max = command.queue_count, .queue_size_max = command.queue_size, .serial = {}});

  std::unique_ptr<vhost_user::Server> server;
  std::promise<Result<void>> created;
  control->post([&] {
    auto made = vhost_user::Server::create(*control, *blk, {.path = command.socket}, "disk");
    if (made.has_value()) {
      server = std::move(*made);
    }
    created.set_value(made.has_value() ? Result<void>() : std::unexpected(made.error()));
  });
  Result<void> outcome = created.get_future().get();
  if (outcome.has_value()) {
    fmt::print("ready\n");
    std::fflush(stdout);
    int number = 0;
    ::sigwait(&signals, &number);
    std::promise<void> stopped;
    control->post([&] { core::spawn(stop_server(server.get(), &stopped)); });
    stopped.get_future().get();
  }
  control->stop();
  for (auto& reactor : data) {
    reactor->stop();
  }
  server.reset();
  blk.reset();
  return outcome;
}

}  // namespace
}  // namespace outrigger

int main(int argc, char** argv) {
  outrigger::Command command;
  if (!outrigger::parse(argc, argv, command)) {
    fmt::print(stderr, "{}", outrigger::usage);
    return 2;
  }
  const auto outcome = outrigger::serve(command);
  if (!outcome.has_value()) {
    fmt::print(stderr, "vhost-blk-target: {}\n", outcome.error().what);
    return 1;
  }
  return 0;
}
