// Fuzzes a whole session through its socket: the input is a script of what a front end sends, well-formed
// messages with any payload and descriptors of several kinds, or bytes as they are. The device checks that a
// session keeps its promises; AddressSanitizer and the limits of descriptors and time see the rest.
//
// One record: an op byte. 0: a length byte and raw bytes. Otherwise the request's number, and: flags (bit 0:
// NEED_REPLY, other bits are xored into the header's), descriptors (low nibble: how many, high nibble: which
// kind), the payload's length (255: 268), and the payload.
#include "base/fuzz_input.h"
#include "core/clock.h"
#include "core/kept_job.h"
#include "vhost_user/recording_device.h"
#include "vhost_user/scripted_front_end.h"
#include "vhost_user/session.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

namespace outrigger::vhost_user {
namespace {

// What lives longer than one input.
struct World {
  World() {
    log::set_level(log::Level::Error);
    auto made = core::Reactor::create({.name = "fuzz", .idle_spin_ns = 0, .uring_entries = 0}, clock);
    check(made.has_value(), "the fuzzer has a reactor");
    reactor = std::move(*made);
    reactor->run_turn();
  }
  core::ManualClock clock;
  std::unique_ptr<core::Reactor> reactor;
  UniqueFd memory = memory_fd(1 << 20);
  UniqueFd small_memory = memory_fd(4096);
  UniqueFd event = event_fd();
  UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  std::pair<UniqueFd, UniqueFd> sockets = socket_pair();

  [[nodiscard]] int fd_of(unsigned kind) const {
    const int fds[] = {memory.get(), event.get(), small_memory.get(), null.get(), sockets.first.get()};
    return fds[kind % std::size(fds)];
  }
};

// Zeroes when the script ends before.
std::vector<std::byte> take_padded(FuzzInput& script, size_t count) {
  std::vector<std::byte> taken(count);
  std::ranges::copy(script.take(count), taken.begin());
  return taken;
}

void send_record(FuzzInput& script, ScriptedFrontEnd& front_end, const World& world) {
  const uint8_t op = script.byte();
  if (op == 0) {
    const size_t count = script.byte();
    front_end.send_raw(take_padded(script, count));
    return;
  }
  const uint8_t flags = script.byte();
  const uint8_t descriptors = script.byte();
  const uint8_t length = script.byte();
  const auto payload = take_padded(script, length == 255 ? 268 : length);
  const uint32_t header_flags =
      (header_flag::Version1 | ((flags & 1) != 0 ? header_flag::NeedReply : 0)) ^ (flags & 0xFEU);
  const std::vector<int> fds(descriptors & 0xF, world.fd_of(descriptors >> 4));
  front_end.send_raw(ScriptedFrontEnd::frame(static_cast<RequestId>(op), header_flags, payload), fds);
}

void run(std::span<const uint8_t> input) {
  static World world;
  RecordingDevice device;
  auto [ours, theirs] = socket_pair();
  auto made = Session::create(*world.reactor, device, std::move(ours), "fuzz");
  if (!made.has_value()) {
    return;
  }
  const std::unique_ptr<Session> session = std::move(*made);
  ScriptedFrontEnd front_end(*world.reactor, std::move(theirs));
  std::optional<Error> end;
  core::spawn(core::keep(session->serve(), &end));

  FuzzInput script(input);
  for (int records = 0; !script.is_empty() && !end.has_value() && records < 256; ++records) {
    send_record(script, front_end, world);
    front_end.settle();
    while (front_end.receive().has_value()) {
    }
    if (device.listener != nullptr && records % 8 == 7) {
      device.listener->config_changed();
    }
  }
  front_end.hang_up();
  check(end.has_value(), "a session ends with its connection");
  for (const auto& queue : device.queues) {
    check(!queue.is_running, "no queue runs without a session");
  }
  check(device.memory.memory == nullptr, "no memory is held without a session");
}

}  // namespace
}  // namespace outrigger::vhost_user

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  outrigger::vhost_user::run({data, size});
  return 0;
}
