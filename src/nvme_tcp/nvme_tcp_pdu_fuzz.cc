// A hostile host's bytes: whatever it sends, the connection answers with valid PDUs or ends, everything that its queue
// began ends, and it lets go of its queue once. The first byte of the input chooses how the queue behaves and whether
// the set-up is done for the fuzzer; the second how many bytes go at a time.
#include "base/log.h"
#include "nvme_tcp/test_host.h"

#include <cstdint>
#include <span>

namespace outrigger::nvme_tcp {
namespace {

void check_answers(TestWorld& world, bool has_digests) {
  while (const auto pdu = world.try_next(1)) {
    check(pdu->bytes.size() >= sizeof(CommonHeader), "a PDU has a header");
    const uint8_t hlen = pdu->common.hlen;
    switch (pdu->type()) {
      case PduType::ICResp: check(hlen == sizeof(ICResp) && pdu->bytes.size() == sizeof(ICResp), "ICResp"); break;
      case PduType::C2HTermReq:
        check(hlen == sizeof(TermReq) && pdu->bytes.size() <= sizeof(TermReq) + term_data_bytes_max, "C2HTermReq");
        break;
      case PduType::CapsuleResp:
      case PduType::R2T: check(hlen == 24 && (has_digests || pdu->bytes.size() <= 28), "CapsuleResp, R2T"); break;
      case PduType::C2HData:
        check(hlen == 24 && pdu->common.pdo >= 24 && pdu->as<DataPdu>().datal != 0, "C2HData");
        break;
      default: check_failed("a controller sends PDUs of its own types", std::source_location::current());
    }
  }
}

}  // namespace
}  // namespace outrigger::nvme_tcp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace outrigger::nvme_tcp;
  if (size < 2) {
    return 0;
  }
  outrigger::log::set_level(outrigger::log::Level::Error);
  const uint8_t choice = data[0];
  const size_t step = data[1] == 0 ? size : data[1];
  const std::span<const std::byte> input(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
  TestWorld world(64U << 10);
  world.queue().is_lazy = (choice & 1U) != 0;
  world.queue().completes_when_expedited = (choice & 2U) != 0;
  const Script script{.has_header_digest = (choice & 8U) != 0, .has_data_digest = (choice & 16U) != 0, .hpda = 0};
  world.open();
  if ((choice & 4U) != 0) {
    world.let_in(script, 7, (choice & 32U) != 0 ? cattr_no_flow_control : uint8_t{0});
  }
  for (size_t at = 0; at < input.size(); at += step) {
    const auto piece = input.subspan(at, std::min(step, input.size() - at));
    world.say(Bytes(piece.begin(), piece.end()));
    world.turn(1);
    check_answers(world, true);
    if (!world.queue().pending.empty() && (at & 1U) != 0) {
      world.queue().finish_pending(at % world.queue().pending.size());
    }
  }
  world.turn(4);
  check_answers(world, true);
  return 0;  // the world checks that it ends well
}
