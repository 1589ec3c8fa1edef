// AES-XTS from ipsec-mb's vector AES. The library (1.3) has no XTS of its own, but its ECB mode runs four blocks per
// VAES instruction; XTS is ECB between two exclusive-ors with a sequence of tweaks (IEEE 1619 §5.3):
//
//   T(j) = E(K2, unit number) · x^j        C(j) = E(K1, P(j) ^ T(j)) ^ T(j)
//
// The tweaks are made sixteen at a time with VPCLMULQDQ. Work goes through scratch of this object in pieces of
// piece_bytes: source → masked → enciphered → destination, so that memory shared with a guest is read once and never
// sees a value in between.
#include "accel/xts.h"

#include "base/check.h"

#if defined(OUTRIGGER_HAS_IPSEC_MB) && defined(__x86_64__)

#include <immintrin.h>
#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#define OR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,vpclmulqdq")))

namespace outrigger::accel {

namespace {

constexpr size_t block_bytes = 16;
// What is worked on at a time: data and tweaks of this size stay in the first-level cache.
constexpr size_t piece_bytes = 4096;
// Unit numbers enciphered at a time.
constexpr size_t tweaks_per_call = 16;
// Bytes that one step of the vector code handles: four registers.
constexpr size_t step_bytes = 256;
// x^128 = x^7 + x^2 + x + 1 in XTS' field.
constexpr uint64_t field_polynomial = 0x87;
constexpr size_t schedule_bytes = 15 * block_bytes;

class IpsecMbKey final : public XtsKey {
 public:
  ~IpsecMbKey() override { OPENSSL_cleanse(this->schedules, sizeof schedules); }
  enum Schedule : uint8_t { DataEncrypt, DataDecrypt, TweakEncrypt, TweakDecrypt };
  alignas(64) std::byte schedules[4][schedule_bytes] = {};
  uint64_t key_bytes = 0;
};

OR_AVX512 inline __m512i times_x4(__m512i v, __m512i polynomial) noexcept {
  const __m512i carry = _mm512_srli_epi64(v, 60);
  const __m512i shifted = _mm512_xor_si512(_mm512_slli_epi64(v, 4), _mm512_bslli_epi128(carry, 8));
  return _mm512_xor_si512(shifted, _mm512_clmulepi64_epi128(_mm512_bsrli_epi128(carry, 8), polynomial, 0));
}

OR_AVX512 inline __m512i times_x16(__m512i v, __m512i polynomial) noexcept {
  return _mm512_xor_si512(_mm512_bslli_epi128(v, 2),
                          _mm512_clmulepi64_epi128(_mm512_bsrli_epi128(v, 14), polynomial, 0));
}

struct Tweak {
  uint64_t low;
  uint64_t high;
};

inline Tweak times_x(Tweak t) noexcept {
  const uint64_t carry = t.high >> 63;
  return {(t.low << 1) ^ (carry * field_polynomial), (t.high << 1) | (t.low >> 63)};
}

// Writes the tweaks from `tweak` on and source ^ tweaks; returns the tweak after the last. Whole steps.
OR_AVX512 Tweak mask_steps(Tweak tweak, const std::byte* source, std::byte* tweaks, std::byte* masked,
                           size_t bytes) noexcept {
  alignas(64) Tweak first[4];
  for (Tweak& lane : first) {
    lane = tweak;
    tweak = times_x(tweak);
  }
  const __m512i polynomial = _mm512_set1_epi64(field_polynomial);
  __m512i t0 = _mm512_load_si512(first);
  __m512i t1 = times_x4(t0, polynomial);
  __m512i t2 = times_x4(t1, polynomial);
  __m512i t3 = times_x4(t2, polynomial);
  for (size_t at = 0; at < bytes; at += step_bytes) {
    _mm512_store_si512(tweaks + at, t0);
    _mm512_store_si512(tweaks + at + 64, t1);
    _mm512_store_si512(tweaks + at + 128, t2);
    _mm512_store_si512(tweaks + at + 192, t3);
    _mm512_store_si512(masked + at, _mm512_xor_si512(t0, _mm512_loadu_si512(source + at)));
    _mm512_store_si512(masked + at + 64, _mm512_xor_si512(t1, _mm512_loadu_si512(source + at + 64)));
    _mm512_store_si512(masked + at + 128, _mm512_xor_si512(t2, _mm512_loadu_si512(source + at + 128)));
    _mm512_store_si512(masked + at + 192, _mm512_xor_si512(t3, _mm512_loadu_si512(source + at + 192)));
    t0 = times_x16(t0, polynomial);
    t1 = times_x16(t1, polynomial);
    t2 = times_x16(t2, polynomial);
    t3 = times_x16(t3, polynomial);
  }
  alignas(64) Tweak after[4];
  _mm512_store_si512(after, t0);
  return after[0];
}

// The same block by block, for data units that are not whole steps.
Tweak mask_blocks(Tweak tweak, const std::byte* source, std::byte* tweaks, std::byte* masked, size_t bytes) noexcept {
  for (size_t at = 0; at < bytes; at += block_bytes) {
    Tweak block;
    std::memcpy(&block, source + at, block_bytes);
    block.low ^= tweak.low;
    block.high ^= tweak.high;
    std::memcpy(masked + at, &block, block_bytes);
    std::memcpy(tweaks + at, &tweak, block_bytes);
    tweak = times_x(tweak);
  }
  return tweak;
}

// destination = masked ^ tweaks.
OR_AVX512 void unmask(const std::byte* masked, const std::byte* tweaks, std::byte* destination,
                      size_t bytes) noexcept {
  size_t at = 0;
  for (; at + 64 <= bytes; at += 64) {
    _mm512_storeu_si512(destination + at,
                        _mm512_xor_si512(_mm512_load_si512(masked + at), _mm512_load_si512(tweaks + at)));
  }
  for (; at < bytes; at += block_bytes) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(destination + at),
                     _mm_xor_si128(_mm_load_si128(reinterpret_cast<const __m128i*>(masked + at)),
                                   _mm_load_si128(reinterpret_cast<const __m128i*>(tweaks + at))));
  }
}

class IpsecMbXts final : public Xts {
 public:
  explicit IpsecMbXts(IMB_MGR* manager) noexcept : manager_(manager) {}
  ~IpsecMbXts() override {
    OPENSSL_cleanse(tweaks_, sizeof tweaks_);
    OPENSSL_cleanse(masked_, sizeof masked_);
    OPENSSL_cleanse(unit_tweaks_, sizeof unit_tweaks_);
    free_mb_mgr(manager_);
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "ipsec-mb"; }

  std::unique_ptr<XtsKey> expand(XtsCipher cipher, std::span<const std::byte> key) override {
    auto expanded = std::make_unique<IpsecMbKey>();
    expanded->key_bytes = key.size() / 2;
    auto& schedules = expanded->schedules;
    const std::byte* const tweak_key = key.data() + expanded->key_bytes;
    if (cipher == XtsCipher::Aes128) {
      IMB_AES_KEYEXP_128(manager_, key.data(), schedules[IpsecMbKey::DataEncrypt],
                         schedules[IpsecMbKey::DataDecrypt]);
      IMB_AES_KEYEXP_128(manager_, tweak_key, schedules[IpsecMbKey::TweakEncrypt],
                         schedules[IpsecMbKey::TweakDecrypt]);
    } else {
      IMB_AES_KEYEXP_256(manager_, key.data(), schedules[IpsecMbKey::DataEncrypt],
                         schedules[IpsecMbKey::DataDecrypt]);
      IMB_AES_KEYEXP_256(manager_, tweak_key, schedules[IpsecMbKey::TweakEncrypt],
                         schedules[IpsecMbKey::TweakDecrypt]);
    }
    return expanded;
  }

  bool run(const Operation& operation) noexcept override {
    const auto& key = *static_cast<const IpsecMbKey*>(operation.key);
    const size_t unit_bytes = operation.data_unit_bytes;
    const size_t unit_count = operation.length_bytes / unit_bytes;
    for (size_t unit = 0; unit < unit_count; unit += tweaks_per_call) {
      const size_t count = std::min(tweaks_per_call, unit_count - unit);
      const size_t at = unit * unit_bytes;
      bool is_ok = encipher_unit_numbers(key, operation.data_unit_number + unit, count);
      if (unit_bytes <= piece_bytes) {
        is_ok = is_ok && run_small_units(key, operation, at, count);
      } else {
        for (size_t i = 0; is_ok && i < count; ++i) {
          is_ok = run_large_unit(key, operation, at + i * unit_bytes, unit_tweaks_[i]);
        }
      }
      if (!is_ok) {
        return false;
      }
    }
    return true;
  }

 private:
  bool encipher_unit_numbers(const IpsecMbKey& key, uint64_t number, size_t count) noexcept {
    for (size_t i = 0; i < count; ++i) {
      unit_tweaks_[i] = {number + i, 0};
    }
    return electronic_codebook(key, IpsecMbKey::TweakEncrypt, true, unit_tweaks_, count * block_bytes);
  }

  // `count` units, the tweaks of which are in unit_tweaks_, as many as fit in a piece at a time.
  bool run_small_units(const IpsecMbKey& key, const Operation& operation, size_t at, size_t count) noexcept {
    const size_t unit_bytes = operation.data_unit_bytes;
    const size_t units_per_piece = piece_bytes / unit_bytes;
    for (size_t unit = 0; unit < count; unit += units_per_piece) {
      const size_t units = std::min(units_per_piece, count - unit);
      for (size_t i = 0; i < units; ++i) {
        (void)mask(unit_tweaks_[unit + i], operation.source + at + (unit + i) * unit_bytes, i * unit_bytes,
                   unit_bytes);
      }
      if (!finish_piece(key, operation, at + unit * unit_bytes, units * unit_bytes)) {
        return false;
      }
    }
    return true;
  }

  bool run_large_unit(const IpsecMbKey& key, const Operation& operation, size_t at, Tweak tweak) noexcept {
    const size_t end = at + operation.data_unit_bytes;
    while (at < end) {
      const size_t bytes = std::min(piece_bytes, end - at);
      tweak = mask(tweak, operation.source + at, 0, bytes);
      if (!finish_piece(key, operation, at, bytes)) {
        return false;
      }
      at += bytes;
    }
    return true;
  }

  Tweak mask(Tweak tweak, const std::byte* source, size_t scratch_at, size_t bytes) noexcept {
    if (bytes % step_bytes == 0 && scratch_at % 64 == 0) {
      return mask_steps(tweak, source, tweaks_ + scratch_at, masked_ + scratch_at, bytes);
    }
    return mask_blocks(tweak, source, tweaks_ + scratch_at, masked_ + scratch_at, bytes);
  }

  bool finish_piece(const IpsecMbKey& key, const Operation& operation, size_t at, size_t bytes) noexcept {
    const bool is_encrypting = operation.code == OpCode::XtsEncrypt;
    if (!electronic_codebook(key, IpsecMbKey::DataEncrypt, is_encrypting, masked_, bytes)) {
      return false;
    }
    unmask(masked_, tweaks_, operation.destination + at, bytes);
    return true;
  }

  // AES of `bytes` at `data` in place with the pair of schedules that begins at `encrypt_schedule`.
  bool electronic_codebook(const IpsecMbKey& key, IpsecMbKey::Schedule encrypt_schedule, bool is_encrypting,
                           void* data, size_t bytes) noexcept {
    IMB_JOB* job = IMB_GET_NEXT_JOB(manager_);
    job->enc_keys = key.schedules[encrypt_schedule];
    job->dec_keys = key.schedules[encrypt_schedule + 1];
    job->key_len_in_bytes = key.key_bytes;
    job->src = static_cast<const uint8_t*>(data);
    job->dst = static_cast<uint8_t*>(data);
    job->cipher_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = bytes;
    job->iv_len_in_bytes = 0;
    job->hash_alg = IMB_AUTH_NULL;
    job->cipher_mode = IMB_CIPHER_ECB;
    job->cipher_direction = is_encrypting ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->chain_order = IMB_ORDER_CIPHER_HASH;
    // ECB is not batched across jobs: the one submitted comes back finished.
    job = IMB_SUBMIT_JOB_NOCHECK(manager_);
    return job != nullptr && job->status == IMB_STATUS_COMPLETED;
  }

  alignas(64) std::byte tweaks_[piece_bytes];
  alignas(64) std::byte masked_[piece_bytes];
  alignas(64) Tweak unit_tweaks_[tweaks_per_call];
  IMB_MGR* manager_;
};

bool cpu_is_wide() noexcept {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
         __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("vpclmulqdq") != 0;
}

}  // namespace

std::unique_ptr<Xts> make_ipsec_mb_xts() {
  if (!cpu_is_wide()) {
    return nullptr;
  }
  IMB_MGR* const manager = alloc_mb_mgr(0);
  if (manager == nullptr) {
    return nullptr;
  }
  IMB_ARCH architecture = IMB_ARCH_NONE;
  init_mb_mgr_auto(manager, &architecture);
  if (architecture != IMB_ARCH_AVX512 || (manager->features & IMB_FEATURE_VAES) == 0) {
    free_mb_mgr(manager);
    return nullptr;
  }
  return std::make_unique<IpsecMbXts>(manager);
}

}  // namespace outrigger::accel

#else

namespace outrigger::accel {

std::unique_ptr<Xts> make_ipsec_mb_xts() { return nullptr; }

}  // namespace outrigger::accel

#endif
