// Fuzzes a queue of ours with what a hostile target sends: raw bytes, and well-formed PDUs about commands that are,
// were or never were outstanding. Whatever comes, every command ends once and nothing else is touched.
//
// Byte 0: bits 0 and 1 the digests, bit 2 an admin queue, bit 3: the ICResp is the input's too, bit 7: it goes through
// TLS, and the input is what comes in place of the server's records. Then records: an op
// byte (modulo 8) with its arguments: 0 raw bytes (length, bytes), 1 response (command, status), 2 data (command,
// offset, length, flags), 3 R2T (command, offset, length), 4 a read, 5 a write (size, pieces), 6 time, 7 turns.
#include "base/fuzz_input.h"
#include "base/log.h"
#include "nvme_host/fake_peer.h"
#include "nvme_host/path_rig.h"

#include <cstdint>
#include <span>

namespace outrigger::nvme_host {
namespace {

class Owner final : public TcpQueueOwner {
 public:
  int broken_count = 0;
  void queue_broken(TcpQueue&) noexcept override { ++broken_count; }
};

// One connection and what was asked over it.
struct Session {
  PathWorld& world;
  Owner owner;
  std::shared_ptr<TcpQueue> queue;
  std::unique_ptr<FakePeer> peer;
  std::vector<std::unique_ptr<TestCommand>> commands;
  std::vector<uint16_t> cids;
  bool is_tls = false;  // what we send cannot be taken for PDUs

  void settle() {
    for (int i = 0; i < 3; ++i) {
      world.turn();
      peer->pump();
    }
    while (auto pdu = peer->take()) {
      check(pdu->has_good_digests || is_tls, "what we send has good digests");
      if (pdu->type == nvme_tcp::PduType::CapsuleCmd) {
        cids.push_back(pdu->as<nvme_tcp::CapsuleCmd>().sqe.cid);
      }
    }
  }
  [[nodiscard]] uint16_t cid(uint8_t choice) const {
    return cids.empty() || choice == 255 ? choice : cids[choice % cids.size()];
  }
  void submit(Direction direction, size_t bytes, size_t pieces) {
    auto made = std::make_unique<TestCommand>(direction, bytes, std::max<size_t>(pieces, 1));
    made->command.sqe.opcode = direction == Direction::ToHost ? 2 : 1;
    if (queue->submit(made->command)) {
      commands.push_back(std::move(made));
    }
  }
};

void do_record(FuzzInput& script, Session& session) {
  FakePeer& peer = *session.peer;
  switch (script.byte() % 8) {
    case 0: {
      const auto bytes = script.take(script.byte());
      peer.send_raw(Bytes(bytes.begin(), bytes.end()));
      break;
    }
    case 1: {
      const uint16_t cid = session.cid(script.byte());
      peer.send_response(cid, nvme::Status::of_bits(script.byte()));
      break;
    }
    case 2: {
      const uint16_t cid = session.cid(script.byte());
      const uint32_t offset = script.word();
      const Bytes data(script.word() % 20000U, std::byte{7});
      peer.send_data(cid, offset, data, script.byte() & 0xCU);
      break;
    }
    case 3: {
      const uint16_t cid = session.cid(script.byte());
      const uint32_t offset = script.word();
      peer.send_r2t(cid, 1, offset, script.word());
      break;
    }
    case 4:
    case 5: {
      const size_t bytes = script.word() % 20000U;
      const size_t pieces = script.byte() % 9U;
      session.submit(script.byte() % 2 != 0 ? Direction::ToHost : Direction::ToController, std::max<size_t>(bytes, 16),
                     pieces);
      break;
    }
    case 6: session.world.clock.advance(script.byte() * test_ms * 10); break;
    default: break;
  }
}

void run(std::span<const uint8_t> input) {
  static PathWorld world;
  log::set_level(log::Level::Error);
  FuzzInput script(input);
  const uint8_t kind = script.byte();
  Session session{.world = world, .owner = {}, .queue = {}, .peer = {}, .commands = {}, .cids = {}};
  TcpQueueOptions options;
  options.digests = {.header = (kind & 1U) != 0, .data = (kind & 2U) != 0};
  options.is_admin = (kind & 4U) != 0;
  options.entries = 6;
  options.in_capsule_bytes = 4096;
  options.open_ns = options.answer_ns = 1000 * test_ms;
  if ((kind & 0x80U) != 0) {
    session.is_tls = true;
    auto psk = std::make_shared<nvme_auth::TlsPsk>();
    psk->identity = "NVMe0R01 nqn.host nqn.subsystem";
    psk->key = Secret::zeroes(nvme_auth::hash_bytes(psk->hash));
    options.tls = std::move(psk);
  }
  int sockets[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets) == 0, "a pair of sockets");
  session.peer = std::make_unique<FakePeer>(UniqueFd(sockets[1]));
  session.queue = std::make_shared<TcpQueue>(world.control(), session.owner, options);
  session.queue->open(UniqueFd(sockets[0]));
  session.peer->has_header_digest = options.digests.header;
  session.peer->has_data_digest = options.digests.data;
  if ((kind & 0x88U) == 0) {
    session.peer->send_wire(FakePeer::icresp(kind & 3U, 4096, (kind >> 4U) & 7U));
  }
  session.settle();
  session.submit(Direction::ToHost, 8192, 3);
  session.submit(Direction::ToController, 8192, 3);
  session.submit(Direction::ToController, 512, 1);
  session.settle();
  for (int records = 0; !script.is_empty() && records < 256; ++records) {
    do_record(script, session);
    session.settle();
  }
  session.queue->close();
  session.settle();
  check(session.owner.broken_count <= 1, "the owner is told once");
  check(session.queue->in_flight_count() == 0, "nothing is in flight on a queue that is over");
  for (const auto& one : session.commands) {
    check(one->done_count == 1, "a command ends once");
  }
}

}  // namespace
}  // namespace outrigger::nvme_host

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  outrigger::nvme_host::run({data, size});
  return 0;
}
