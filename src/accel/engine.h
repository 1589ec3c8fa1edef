// accel::Engine: the lookaside seam. One submits an operation and gets one completion; what does the work — the CPU's
// own instructions, or a device beside it — is the engine's affair. Operations so far: AES-XTS (IEEE 1619) and
// CRC32C (RFC 3720); AEAD, compression, parity and copy join here as they are needed.
//
// An engine belongs to one core and its thread: prepare(), submit() and every completion happen there.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace outrigger::accel {

enum class XtsCipher : uint8_t { Aes128, Aes256 };

// Bytes of a whole XTS key: the data key and the tweak key, one after the other.
constexpr size_t xts_key_bytes(XtsCipher cipher) noexcept { return cipher == XtsCipher::Aes128 ? 32 : 64; }

// Fails with InvalidArgument when `key` has the wrong length or equal halves, which IEEE 1619 and FIPS 140 forbid.
[[nodiscard]] Result<void> check_xts_key(XtsCipher cipher, std::span<const std::byte> key);

// A key made ready for one engine (expanded schedules, or a handle in a device). Made by Engine::prepare(), used by
// that engine alone, wiped when destroyed, never printed. Outlives every operation that names it.
class XtsKey {
 public:
  virtual ~XtsKey() = default;
  XtsKey(const XtsKey&) = delete;
  XtsKey& operator=(const XtsKey&) = delete;

 protected:
  XtsKey() = default;
};

enum class OpCode : uint8_t { XtsEncrypt, XtsDecrypt, Crc32c };

// Failed: the engine could not do it (a device error); the destination may hold anything.
enum class Status : uint8_t { Ok, Failed };

struct Operation;
using CompleteFn = void (*)(Operation&) noexcept;

// What to do. Owned by the caller from submit() until `done` is called. Sizes in bytes.
struct Operation {
  Operation* next = nullptr;  // the engine's while it has the operation
  OpCode code = OpCode::XtsEncrypt;
  Status status = Status::Ok;
  // CRC32C only: in, the value over what came before (0 at the start); out, the value including this data.
  uint32_t crc32c = 0;
  // XTS only: bytes of one data unit, a multiple of 16 up to 2^20 blocks (IEEE 1619 §5.1); length_bytes is a multiple
  // of it. The tweak is the data unit's number, little-endian ("SIMPLE_LBA"); it counts up from data_unit_number.
  uint32_t data_unit_bytes = 0;
  uint64_t data_unit_number = 0;
  const XtsKey* key = nullptr;
  // May be memory that somebody else writes at the same time (a guest's): `source` is read once and `destination`
  // gets final bytes only. Equal or disjoint; no alignment is needed. CRC32C has no destination.
  const std::byte* source = nullptr;
  std::byte* destination = nullptr;
  size_t length_bytes = 0;
  CompleteFn done = nullptr;
  void* owner = nullptr;
};

class Engine {
 public:
  virtual ~Engine() = default;

  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  // Expands `key`, which must pass check_xts_key() and may be wiped afterwards.
  virtual Result<std::unique_ptr<XtsKey>> prepare(XtsCipher cipher, std::span<const std::byte> key) = 0;

  // Takes `operation` and calls its `done` exactly once, on this core, possibly before submit() returns (a software
  // engine always does). Malformed operations are the caller's bug and are check()ed.
  virtual void submit(Operation& operation) noexcept = 0;
};

}  // namespace outrigger::accel
