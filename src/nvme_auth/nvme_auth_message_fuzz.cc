// Fuzzes both sides of a transaction and the readers of keys and identities. The first byte chooses the transaction
// (bit 0 ffdhe2048, bit 1 bidirectional, bit 2 concatenation), what follows are records: an op byte, then
//   0, 1  a length byte and a raw message for the controller or the host
//   2, 3  the host's or the controller's own message to the other side; three bytes: offset (little endian), xor
//   4     a length byte and a text that is read as a key and as an identity
// A side that nobody let the right messages through to must not be content.
#include "base/check.h"
#include "base/fuzz_input.h"
#include "nvme_auth/controller_transaction.h"
#include "nvme_auth/host_transaction.h"
#include "nvme_auth/limits.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace outrigger::nvme_auth {
namespace {

Message changed(FuzzInput& script, std::span<const std::byte> message) {
  Message copy(message.begin(), message.end());
  const size_t offset = script.byte() | static_cast<size_t>(script.byte()) << 8U;
  const auto flip = static_cast<std::byte>(script.byte());
  if (offset < copy.size()) {
    copy[offset] ^= flip;
  }
  return copy;
}

void read_text(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const auto key = DhchapKey::parse(text); key.has_value()) {
    check(key->format() == text, "a key is written as it was read");
  }
  if (const auto psk = ConfiguredPsk::parse(text); psk.has_value()) {
    check(psk->format() == text, "a PSK is written as it was read");
  }
  if (const auto identity = parse_psk_identity(text); identity.has_value()) {
    check(identity->hostnqn.size() + identity->subnqn.size() < text.size(), "an identity's parts are of the text");
  }
}

struct Pair {
  explicit Pair(uint8_t mode) {
    const auto key = DhchapKey::parse("DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:");
    check(key.has_value(), "the fuzzer's key is one");
    const Algorithms algorithms{{HashId::Sha256, HashId::Sha384},
                                {(mode & 1) != 0 ? DhGroup::Ffdhe2048 : DhGroup::Null}};
    const bool is_concatenated = (mode & 5) == 5;
    auto made_host = HostTransaction::create(
        {{"h", "s"}, algorithms, is_concatenated ? SecureChannel::NewTlsPsk : SecureChannel::None, 1}, *key,
        (mode & 2) != 0 ? &*key : nullptr, sequence);
    auto made_controller = ControllerTransaction::create(
        {{"h", "s"}, algorithms, ControllerTransaction::Concatenation::Allowed, false}, *key, &*key, sequence);
    check(made_host.has_value() && made_controller.has_value(), "the fuzzer's sides are made");
    host.emplace(std::move(*made_host));
    controller.emplace(std::move(*made_controller));
  }
  SequenceNumber sequence;
  std::optional<HostTransaction> host;
  std::optional<ControllerTransaction> controller;
};

void run(std::span<const uint8_t> input) {
  FuzzInput script(input);
  Pair pair(script.byte());
  bool has_host_spoken = false;
  for (int records = 0; !script.is_empty() && records < 32; ++records) {
    switch (script.byte() % 5) {
      case 0: pair.controller->receive(script.take(script.byte())); break;
      case 1: pair.host->receive(script.take(script.byte())); break;
      case 2:
        pair.controller->receive(changed(script, pair.host->message()));
        pair.host->message_sent();
        has_host_spoken = true;
        break;
      case 3:
        pair.host->receive(changed(script, pair.controller->message()));
        pair.controller->message_sent();
        break;
      default: read_text(script.take(script.byte())); break;
    }
    check(pair.host->message().size() <= message_bytes_max && pair.controller->message().size() <= message_bytes_max,
          "what is sent has a limit");
    check(has_host_spoken || pair.controller->state() != TransactionState::Authenticated,
          "nobody is let in without a host that has the key");
  }
}

}  // namespace
}  // namespace outrigger::nvme_auth

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  outrigger::nvme_auth::run({data, size});
  return 0;
}
