// accel_bench: the speed of every candidate for AES-XTS and CRC32C on this machine. A figure is the best of several
// short runs on one core, data in the first-level cache. docs/decisions/0003-accel-libraries.md quotes it.
#include "accel/software_engine.h"
#include "base/check.h"
#include "core/random.h"

#include <fmt/format.h>
#include <isa-l/crc.h>

#ifdef OUTRIGGER_HAS_IPSEC_MB
#include <intel-ipsec-mb.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <ctime>

using namespace outrigger;
using namespace outrigger::accel;

namespace {

constexpr int runs = 25;
constexpr double run_seconds = 0.02;

// Time of this thread alone: others may share the machine.
double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <typename Work>
void measure(std::string_view name, size_t bytes, Work work) {
  double best_seconds = 1;
  for (int run = 0; run < runs; ++run) {
    const double start = cpu_seconds();
    double seconds = 0;
    int count = 0;
    do {
      for (int i = 0; i < 256; ++i) {
        work();
      }
      count += 256;
      seconds = cpu_seconds() - start;
    } while (seconds < run_seconds);
    best_seconds = std::min(best_seconds, seconds / count);
  }
  fmt::print("{:<44} {:7.2f} GB/s {:8.1f} ns\n", name, static_cast<double>(bytes) / best_seconds / 1e9,
             best_seconds * 1e9);
}

struct Buffers {
  alignas(4096) std::array<std::byte, 4096> source{};
  alignas(4096) std::array<std::byte, 4096> destination{};
};

void measure_xts(SoftwareEngine& engine, XtsCipher cipher, Buffers& buffers) {
  core::Random random(1);
  std::array<std::byte, 64> key_bytes;
  for (std::byte& byte : key_bytes) {
    byte = static_cast<std::byte>(random.next());
  }
  auto key = engine.prepare(cipher, std::span(key_bytes).first(xts_key_bytes(cipher)));
  check(key.has_value());
  for (const OpCode code : {OpCode::XtsEncrypt, OpCode::XtsDecrypt}) {
    for (const auto& [unit_bytes, length] : {std::pair{512U, 512U}, {512U, 4096U}, {4096U, 4096U}}) {
      Operation operation;
      operation.code = code;
      operation.key = key->get();
      operation.data_unit_bytes = unit_bytes;
      operation.source = buffers.source.data();
      operation.destination = buffers.destination.data();
      operation.length_bytes = length;
      operation.done = [](Operation& done) noexcept { ++done.data_unit_number; };
      measure(fmt::format("{} xts-{} {} {} x {} B", engine.name(), cipher == XtsCipher::Aes128 ? 128 : 256,
                          code == OpCode::XtsEncrypt ? "encrypt" : "decrypt", length / unit_bytes, unit_bytes),
              length, [&] { engine.submit(operation); });
    }
  }
}

void measure_crc(Buffers& buffers) {
  std::atomic<uint32_t> sink = 0;  // so that the result is wanted
  for (const size_t length : {size_t{512}, size_t{4096}}) {
    auto* const data = reinterpret_cast<unsigned char*>(buffers.source.data());
    measure(fmt::format("isa-l crc32c {} B", length), length,
            [&] { sink = crc32_iscsi(data, static_cast<int>(length), ~0U); });
#ifdef OUTRIGGER_HAS_IPSEC_MB
    // Its SCTP CRC has CRC32C's polynomial but neither its bit order nor its inversion: here for the speed alone.
    IMB_MGR* const manager = alloc_mb_mgr(0);
    IMB_ARCH architecture = IMB_ARCH_NONE;
    init_mb_mgr_auto(manager, &architecture);
    measure(fmt::format("ipsec-mb crc32 sctp {} B", length), length,
            [&] { sink = IMB_CRC32_SCTP(manager, data, length); });
    free_mb_mgr(manager);
#endif
  }
}

}  // namespace

int main() {
  static Buffers buffers;
  SoftwareEngine openssl(make_openssl_xts());
  auto wide = make_ipsec_mb_xts();
  for (const XtsCipher cipher : {XtsCipher::Aes128, XtsCipher::Aes256}) {
    measure_xts(openssl, cipher, buffers);
  }
  if (wide) {
    SoftwareEngine ipsec_mb(std::move(wide));
    for (const XtsCipher cipher : {XtsCipher::Aes128, XtsCipher::Aes256}) {
      measure_xts(ipsec_mb, cipher, buffers);
    }
  } else {
    fmt::print("ipsec-mb: no wide vector AES on this CPU\n");
  }
  measure_crc(buffers);
  measure("memcpy 4096 B (for scale)", 4096, [] {
    std::memcpy(buffers.destination.data(), buffers.source.data(), 4096);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // so that the copy is wanted
  });
  fmt::print("chosen on this machine: {}\n", SoftwareEngine().name());
  return 0;
}
