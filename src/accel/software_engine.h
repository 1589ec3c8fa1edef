// SoftwareEngine: the accel seam on the CPU's own instructions. AES-XTS by ipsec-mb where the CPU has wide vector AES
// and by OpenSSL elsewhere; CRC32C by ISA-L (docs/decisions/0003-accel-libraries.md has the measurements). Completes
// every operation before submit() returns. One per thread.
#pragma once

#include "accel/engine.h"
#include "accel/xts.h"

#include <memory>

namespace outrigger::accel {

class SoftwareEngine final : public Engine {
 public:
  // The fastest that this CPU runs.
  SoftwareEngine();
  explicit SoftwareEngine(std::unique_ptr<Xts> xts);

  [[nodiscard]] std::string_view name() const noexcept override { return xts_->name(); }
  Result<std::unique_ptr<XtsKey>> prepare(XtsCipher cipher, std::span<const std::byte> key) override;
  void submit(Operation& operation) noexcept override;

 private:
  std::unique_ptr<Xts> xts_;
};

// The calling thread's engine, made at its first use and gone with the thread. Set-up code calls it on the core that
// will use it.
SoftwareEngine& software_engine();

// CRC32C (RFC 3720 §12.1) of `data`; `previous` is the value over what came before, 0 at the start.
[[nodiscard]] uint32_t crc32c(std::span<const std::byte> data, uint32_t previous = 0) noexcept;

}  // namespace outrigger::accel
