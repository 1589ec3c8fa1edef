// vhost-blk-target: one volume behind one vhost-user-blk socket, without the daemon around it: for profiling
// the data path and for tests of front ends. Serves until it is told to stop (SIGINT, SIGTERM).
#include "accel/engine.h"
#include "load/command_line.h"
#include "load/machine.h"
#include "vhost_user/server.h"
#include "virtio/blk.h"
#include "volume/crypto.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
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
  load::VolumeOptions volume;
  load::MachineOptions machine{.data_cpus = {}};
  bool is_encrypted = false;
  uint16_t queue_count = 4;
  uint16_t queue_size = 1024;
};

bool take_value(std::string_view name, const char* value, Command& command) {
  if (name == "--socket") {
    command.socket = value;
  } else if (name == "--device") {
    command.volume.device = value;
  } else if (name == "--size") {
    command.volume.size_bytes = std::strtoull(value, nullptr, 10);
  } else if (name == "--block-size") {
    command.volume.block_size = static_cast<uint32_t>(std::strtoul(value, nullptr, 10));
  } else if (name == "--queues") {
    command.queue_count = static_cast<uint16_t>(std::strtoul(value, nullptr, 10));
  } else if (name == "--queue-size") {
    command.queue_size = static_cast<uint16_t>(std::strtoul(value, nullptr, 10));
  } else if (name == "--cpu") {
    command.machine.data_cpus.push_back(std::atoi(value));
  } else if (name == "--control-cpu") {
    command.machine.control_cpu = std::atoi(value);
  } else if (name == "--spin-us") {
    command.machine.spin_us = std::strtoull(value, nullptr, 10);
  } else {
    return false;
  }
  return true;
}

bool parse(int argc, char** argv, Command& command) {
  const auto take_flag = [&](std::string_view name) {
    command.is_encrypted = command.is_encrypted || name == "--encrypt";
    return name == "--encrypt";
  };
  const bool is_right = load::parse_words(argc, argv, take_flag, [&](std::string_view name, const char* value) {
    return take_value(name, value, command);
  });
  if (command.machine.data_cpus.empty()) {
    command.machine.data_cpus.push_back(-1);
  }
  return is_right && !command.socket.empty();
}

Result<void> serve(const Command& command) {
  OR_ASSIGN(auto machine, load::Machine::create(command.machine));
  OR_ASSIGN(auto device, load::make_volume("disk", command.volume));
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
  machine->start_control();
  core::Reactor& control = machine->control();
  auto blk = std::make_unique<virtio::Blk>(
      "disk", *top, control, machine->data_cores(),
      virtio::BlkOptions{.queue_count_max = command.queue_count, .queue_size_max = command.queue_size, .serial = {}});

  std::unique_ptr<vhost_user::Server> server;
  std::promise<Result<void>> created;
  control.post([&] {
    auto made = vhost_user::Server::create(control, *blk, {.path = command.socket}, "disk");
    if (made.has_value()) {
      server = std::move(*made);
    }
    created.set_value(made.has_value() ? Result<void>() : std::unexpected(made.error()));
  });
  Result<void> outcome = created.get_future().get();
  if (outcome.has_value()) {
    fmt::print("ready\n");
    std::fflush(stdout);
    machine->wait_for_signal();
    machine->run([&] { return server->stop(); });
  }
  machine->stop();
  server.reset();
  blk.reset();
  return outcome;
}

}  // namespace
}  // namespace outrigger

int main(int argc, char** argv) {
  namespace program = outrigger;
  return outrigger::load::run_program<program::Command>(argc, argv, "vhost-blk-target", program::usage, program::parse,
                                                        program::serve);
}
