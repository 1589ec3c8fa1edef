// Numbers as bytes.
#include "p4_info/encoding.h"

#include <algorithm>
#include <limits>

namespace outrigger::p4_info {

std::string to_bytes(const p4::Integer& number) {
  const bool is_negative = sgn(number) < 0;
  const p4::Integer magnitude = is_negative ? p4::Integer(~number) : number;
  const size_t bits = mpz_sizeinbase(magnitude.get_mpz_t(), 2) + (is_negative ? 1 : 0);
  const size_t bytes = (bits + 7) / 8;
  const p4::Integer shown = is_negative ? p4::Integer(number + (p4::Integer(1) << (bytes * 8))) : number;
  std::string out(bytes, '\0');
  size_t written = 0;
  if (sgn(shown) != 0) {
    mpz_export(out.data(), &written, 1, 1, 1, 0, shown.get_mpz_t());
  }
  return out;
}

std::optional<std::string> to_bytes(const p4::Value& value) {
  if (value.number() != nullptr) {
    return to_bytes(*value.number());
  }
  if (value.boolean() != nullptr) {
    return to_bytes(p4::Integer(*value.boolean() ? 1 : 0));
  }
  return std::nullopt;
}

int64_t to_int64(const p4::Value* value) {
  if (value == nullptr || value->number() == nullptr) {
    return 0;
  }
  const p4::Integer& number = *value->number();
  return number.fits_slong_p() ? number.get_si() : std::numeric_limits<int64_t>::max();
}

int32_t to_int32(const p4::Value* value) {
  return static_cast<int32_t>(std::clamp<int64_t>(to_int64(value), 0, std::numeric_limits<int32_t>::max()));
}

int32_t narrowed(std::optional<uint32_t> bits) {
  return static_cast<int32_t>(std::min<uint32_t>(bits.value_or(0), std::numeric_limits<int32_t>::max()));
}

}  // namespace outrigger::p4_info
