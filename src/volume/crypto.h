// CryptoDevice: AES-XTS over a device. What goes down is encrypted, what comes up is decrypted; the tweak of a block is
// its number on this device. Keys and work go through accel::Engine.
//
// Writes are encrypted from the front end's memory into pages of the core's pool (core::PageSource) and written from
// there: the front end's memory is read once and never changed. Reads are read into the front end's memory and
// decrypted in place; a guest that changes its buffers meanwhile spoils nothing but what it reads. Buffers may be cut
// anywhere, also inside a block. When no page is free, requests wait in order.
//
// Write-zeroes becomes an encrypted write of zeroes, so that the medium never shows where zeroes are. Discard passes
// through: what was discarded reads as noise afterwards, not as zeroes, and the medium shows where it was; whoever
// minds that does not discard. Compare-and-write and copy are not offered: they would compare and move ciphertext that
// belongs to another place. A flush passes through.
#pragma once

#include "accel/engine.h"
#include "base/secret.h"
#include "volume/layer.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace outrigger::volume {

// Where a core's channel gets its engine, called on that core. The default is the core's software engine.
using EngineOfCore = accel::Engine& (*)(core::Reactor& reactor);
accel::Engine& software_engine_of(core::Reactor& reactor);

class CryptoDevice final : public LayerDevice {
 public:
  // `key` is copied. Fails with InvalidArgument for a key of the wrong length or with equal halves,
  // FailedPrecondition for a stack that is too deep or blocks larger than a page (4096 bytes). `below` outlives it.
  static Result<std::unique_ptr<CryptoDevice>> create(std::string name, block::Device& below, accel::XtsCipher cipher,
                                                      std::span<const std::byte> key,
                                                      EngineOfCore engine_of_core = software_engine_of);

  // Another key from now on. Nothing is encrypted anew: whatever was written before reads as noise afterwards, so this
  // is for a volume that is handed on empty, or erased by forgetting its key. FailedPrecondition while a channel is
  // open, InvalidArgument as for create(); then the old key stays. Control thread.
  Result<void> replace_key(accel::XtsCipher cipher, std::span<const std::byte> key);
  // Is this the key in use? Takes a time that says nothing about the key. Control thread.
  [[nodiscard]] bool has_key(accel::XtsCipher cipher, std::span<const std::byte> key) const noexcept;
  [[nodiscard]] accel::XtsCipher cipher() const noexcept { return cipher_; }

  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor& reactor) override;
  // Requests of its own go down, with a stack of their own: a frame for metering and one for the state.
  [[nodiscard]] uint32_t stack_depth() const noexcept override { return 2; }

 private:
  friend class CryptoChannel;
  CryptoDevice(std::string name, block::Device& below, accel::XtsCipher cipher, std::span<const std::byte> key,
               EngineOfCore engine_of_core);

  accel::XtsCipher cipher_;
  Secret key_;
  EngineOfCore engine_of_core_;
  std::atomic<uint32_t> open_channel_count_{0};
};

}  // namespace outrigger::volume
