// Xts: one way to do AES-XTS on the CPU. The software engine picks one at start; the benchmark and the tests compare
// them. Inside accel only.
#pragma once

#include "accel/engine.h"

#include <memory>

namespace outrigger::accel {

// Belongs to one thread: it keeps scratch memory.
class Xts {
 public:
  virtual ~Xts() = default;
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  // `key` has the right length and unequal halves. nullptr when the library refuses it.
  virtual std::unique_ptr<XtsKey> expand(XtsCipher cipher, std::span<const std::byte> key) = 0;
  // `operation` is an XTS operation within the limits of Operation, its key one of this object's.
  virtual bool run(const Operation& operation) noexcept = 0;
};

// OpenSSL's EVP: everywhere.
std::unique_ptr<Xts> make_openssl_xts();
// ipsec-mb's vector AES under our tweaks; nullptr where the CPU has no AVX-512 with VAES and VPCLMULQDQ, or where the
// library is not there for the architecture.
std::unique_ptr<Xts> make_ipsec_mb_xts();

}  // namespace outrigger::accel
