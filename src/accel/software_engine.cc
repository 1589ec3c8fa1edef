#include "accel/software_engine.h"

#include "base/check.h"

#include <isa-l/crc.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace outrigger::accel {

namespace {

// NIST SP 800-38E: a data unit has at most 2^20 blocks.
constexpr uint32_t data_unit_bytes_max = 16U << 20;

std::unique_ptr<Xts> best_xts() {
  auto xts = make_ipsec_mb_xts();
  return xts ? std::move(xts) : make_openssl_xts();
}

void check_xts(const Operation& operation) noexcept {
  check(operation.key != nullptr && operation.source != nullptr && operation.destination != nullptr,
        "an XTS operation names its key and its memory");
  const uint32_t unit_bytes = operation.data_unit_bytes;
  check(unit_bytes != 0 && unit_bytes % 16 == 0 && unit_bytes <= data_unit_bytes_max,
        "a data unit is whole AES blocks within the standard's limit");
  check(operation.length_bytes % unit_bytes == 0, "an XTS operation covers whole data units");
}

const char* name_of(XtsCipher cipher) noexcept {
  return cipher == XtsCipher::Aes128 ? "AES-XTS-128" : "AES-XTS-256";
}

}  // namespace

Result<void> check_xts_key(XtsCipher cipher, std::span<const std::byte> key) {
  if (key.size() != xts_key_bytes(cipher)) {
    return fail(Code::InvalidArgument, "{} takes a key of {} bytes (two halves), not {}", name_of(cipher),
                xts_key_bytes(cipher), key.size());
  }
  const size_t half = key.size() / 2;
  if (CRYPTO_memcmp(key.data(), key.data() + half, half) == 0) {
    return fail(Code::InvalidArgument,
                "the two halves of an {} key are equal, which IEEE 1619 and FIPS 140 forbid; use a random key",
                name_of(cipher));
  }
  return {};
}

SoftwareEngine::SoftwareEngine() : SoftwareEngine(best_xts()) {}

SoftwareEngine::SoftwareEngine(std::unique_ptr<Xts> xts) : xts_(std::move(xts)) {
  check(xts_ != nullptr, "an engine has an XTS");
}

Result<std::unique_ptr<XtsKey>> SoftwareEngine::prepare(XtsCipher cipher, std::span<const std::byte> key) {
  OR_TRY(check_xts_key(cipher, key));
  auto expanded = xts_->expand(cipher, key);
  if (!expanded) {
    return fail(Code::Internal, "{} refused the {} key", xts_->name(), name_of(cipher));
  }
  return expanded;
}

void SoftwareEngine::submit(Operation& operation) noexcept {
  check(operation.done != nullptr, "an operation has a completion");
  switch (operation.code) {
    case OpCode::XtsEncrypt:
    case OpCode::XtsDecrypt:
      check_xts(operation);
      operation.status = xts_->run(operation) ? Status::Ok : Status::Failed;
      break;
    case OpCode::Crc32c:
      operation.crc32c = crc32c({operation.source, operation.length_bytes}, operation.crc32c);
      operation.status = Status::Ok;
      break;
  }
  operation.done(operation);
}

SoftwareEngine& software_engine() {
  thread_local SoftwareEngine engine;
  return engine;
}

uint32_t crc32c(std::span<const std::byte> data, uint32_t previous) noexcept {
  constexpr size_t bytes_per_call = size_t{1} << 30;  // the library counts in int
  uint32_t state = ~previous;
  while (!data.empty()) {
    const auto piece = data.first(std::min(bytes_per_call, data.size()));
    // The library takes a pointer to non-const but only reads.
    auto* const bytes = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(piece.data()));
    state = crc32_iscsi(bytes, static_cast<int>(piece.size()), state);
    data = data.subspan(piece.size());
  }
  return ~state;
}

}  // namespace outrigger::accel
