// Fuzzes a whole QMP conversation: the input is what the peer says, in pieces. Whatever it is, every job that waits
// for it ends within its time-out, and nothing is left.
//
// One record: an op byte and a length byte, then that many bytes. Bit 0 of op: a well-formed answer to the oldest
// command with the bytes as its "return"; else the bytes as they are. Bit 1: another command is given first. Bit 2: a
// new line comes after it. Bit 3: the bytes repeat 256 times.
#include "qemu/qmp_client.h"

#include "base/log.h"
#include "core/clock.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace outrigger::qemu {
namespace {

constexpr uint32_t records_max = 64;
constexpr uint32_t repeat_count = 256;

// What lives longer than one input.
struct World {
  World() {
    log::set_level(log::Level::Error);
    core::ReactorOptions options;
    options.name = "fuzz";
    options.uring_entries = 0;
    auto made = core::Reactor::create(options, clock);
    check(made.has_value(), "the fuzzer has a reactor");
    reactor = std::move(*made);
    reactor->run_turn();
    path = fmt::format("/tmp/outrigger-qmp-fuzz-{}", ::getpid());
    listener.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    check(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "bind");
    check(::listen(listener.get(), 8) == 0, "listen");
  }
  ~World() { ::unlink(path.c_str()); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor;
  std::string path;
  UniqueFd listener;
};

struct Conversation {
  uint32_t begun_count = 0;
  uint32_t ended_count = 0;
};

core::Job<void> open(std::shared_ptr<QmpClient> client, Conversation* conversation) {
  ++conversation->begun_count;
  const Result<void> outcome = co_await client->open();
  check(outcome.has_value() || !outcome.error().what.empty(), "an error says something");
  ++conversation->ended_count;
}

core::Job<void> ask(std::shared_ptr<QmpClient> client, Conversation* conversation) {
  ++conversation->begun_count;
  const auto deleted = client->expect("DEVICE_DELETED", "or-disk1");
  Json arguments = Json::object();
  arguments["id"] = "or-disk1";
  const Result<Json> outcome = co_await client->execute("device_del", std::move(arguments));
  if (outcome.has_value()) {
    const Result<bool> seen = co_await deleted->wait(second_ns);
    check(seen.has_value() || !client->is_open(), "an event wait fails with its connection only");
  }
  ++conversation->ended_count;
}

void say(const UniqueFd& socket, const std::string& text) {
  // What the socket does not take at once was too much anyway.
  [[maybe_unused]] const ssize_t sent = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void run(std::span<const uint8_t> input) {
  static World world;
  Conversation conversation;
  std::shared_ptr<QmpClient> client = QmpClient::make(*world.reactor, world.path);
  core::spawn(open(client, &conversation));
  UniqueFd peer(::accept4(world.listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  check(peer.is_open(), "the client connects at once");
  uint32_t command_count = 0;
  for (uint32_t records = 0; input.size() >= 2 && records < records_max; ++records) {
    const uint8_t op = input[0];
    const size_t length = std::min<size_t>(input[1], input.size() - 2);
    std::string text(reinterpret_cast<const char*>(input.data()) + 2, length);
    input = input.subspan(2 + length);
    if ((op & 2) != 0) {
      core::spawn(ask(client, &conversation));
    }
    if ((op & 8) != 0) {
      const std::string piece = text;
      for (uint32_t i = 1; i < repeat_count; ++i) {
        text += piece;
      }
    }
    if ((op & 1) != 0) {
      text = fmt::format(R"({{"id":{},"return":{}}})", ++command_count, text);
    }
    say(peer, (op & 4) != 0 ? text + "\n" : text);
    for (int turn = 0; turn < 8; ++turn) {
      world.reactor->run_turn();
    }
  }
  peer.reset();
  const auto is_over = [&] { return conversation.ended_count == conversation.begun_count && !client->is_open(); };
  for (int turn = 0; turn < 1000 && !is_over(); ++turn) {
    world.clock.advance(second_ns / 10);
    world.reactor->run_turn();
  }
  check(conversation.ended_count == conversation.begun_count, "every job ends with the connection");
  check(!client->is_open(), "a client whose peer went is closed");
}

}  // namespace
}  // namespace outrigger::qemu

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  outrigger::qemu::run({data, size});
  return 0;
}
