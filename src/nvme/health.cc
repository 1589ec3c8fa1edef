#include "nvme/health.h"

#include "base/endian.h"
#include "base/log.h"
#include "nvme/limits.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace outrigger::nvme {
namespace {

// The file: little endian, with a sum that tells a damaged one.
struct StoredHealth {
  std::array<char, 8> magic{'O', 'R', 'H', 'E', 'A', 'L', 'T', '1'};
  le64 is_running;
  le64 read_bytes, written_bytes;
  le64 host_reads, host_writes;
  le64 busy_ns;
  le64 power_on_ns;
  le64 power_cycles;
  le64 unsafe_shutdowns;
  le64 media_errors;
  le64 sum;  // FNV-1a of what stands before
};
static_assert(sizeof(StoredHealth) == 96 && offsetof(StoredHealth, sum) == 88);

uint64_t sum_of(const StoredHealth& stored) noexcept {
  const auto bytes = std::bit_cast<std::array<uint8_t, sizeof(StoredHealth)>>(stored);
  uint64_t hash = 0xCBF29CE484222325;
  for (size_t i = 0; i < offsetof(StoredHealth, sum); ++i) {
    hash = (hash ^ bytes[i]) * 0x100000001B3;
  }
  return hash;
}

}  // namespace

std::string Health::stored(const HealthRecord& record, bool is_running) {
  StoredHealth made;
  made.is_running = is_running ? 1 : 0;
  made.read_bytes = record.read_bytes;
  made.written_bytes = record.written_bytes;
  made.host_reads = record.host_reads;
  made.host_writes = record.host_writes;
  made.busy_ns = record.busy_ns;
  made.power_on_ns = record.power_on_ns;
  made.power_cycles = record.power_cycles;
  made.unsafe_shutdowns = record.unsafe_shutdowns;
  made.media_errors = record.media_errors;
  made.sum = sum_of(made);
  const auto bytes = std::bit_cast<std::array<char, sizeof(StoredHealth)>>(made);
  return {bytes.begin(), bytes.end()};
}

Result<Health::Kept> Health::parse(std::string_view bytes) {
  std::array<char, sizeof(StoredHealth)> raw{};
  if (bytes.size() != raw.size()) {
    return fail(Code::DataLoss, "it has {} bytes instead of {}", bytes.size(), raw.size());
  }
  std::memcpy(raw.data(), bytes.data(), raw.size());
  const auto kept = std::bit_cast<StoredHealth>(raw);
  if (kept.magic != StoredHealth().magic || kept.sum != sum_of(kept)) {
    return fail(Code::DataLoss, "it is damaged, or of another version");
  }
  return Kept{.record = {.read_bytes = kept.read_bytes,
                         .written_bytes = kept.written_bytes,
                         .host_reads = kept.host_reads,
                         .host_writes = kept.host_writes,
                         .busy_ns = kept.busy_ns,
                         .power_on_ns = kept.power_on_ns,
                         .power_cycles = kept.power_cycles,
                         .unsafe_shutdowns = kept.unsafe_shutdowns,
                         .media_errors = kept.media_errors},
              .is_running = kept.is_running != 0};
}

Health::Health(std::string name, HealthStore* store) : name_(std::move(name)), store_(store) {
  if (store_ != nullptr) {
    const Result<std::string> bytes = store_->load();
    if (!bytes.has_value()) {  // perhaps it can be read another time: not overwritten
      log::warning("nvme", "{}: SMART begins at nothing and is not kept: {}", name_, bytes.error().what);
      store_ = nullptr;
    } else if (!bytes->empty()) {
      const Result<Kept> kept = parse(*bytes);
      if (kept.has_value()) {
        before_ = kept->record;
        before_.unsafe_shutdowns += kept->is_running ? 1 : 0;
      } else {
        log::warning("nvme", "{}: SMART begins at nothing: what was kept is not known: {}", name_, kept.error().what);
      }
    }
  }
  ++before_.power_cycles;
  write({}, true);
}

HealthRecord Health::sum(const HealthRecord& run) const noexcept {
  return {.read_bytes = before_.read_bytes + run.read_bytes,
          .written_bytes = before_.written_bytes + run.written_bytes,
          .host_reads = before_.host_reads + run.host_reads,
          .host_writes = before_.host_writes + run.host_writes,
          .busy_ns = before_.busy_ns + run.busy_ns,
          .power_on_ns = before_.power_on_ns + run.power_on_ns,
          .power_cycles = before_.power_cycles + run.power_cycles,
          .unsafe_shutdowns = before_.unsafe_shutdowns + run.unsafe_shutdowns,
          .media_errors = before_.media_errors + run.media_errors};
}

void Health::save(const HealthRecord& run) {
  HealthRecord without_time = run;
  if (run.power_on_ns - saved_.power_on_ns < health_idle_save_ms * 1'000'000ULL) {
    without_time.power_on_ns = saved_.power_on_ns;
  }
  if (without_time != saved_) {
    write(run, true);
  }
}

void Health::close(const HealthRecord& run) {
  write(run, false);
  store_ = nullptr;
}

void Health::write(const HealthRecord& run, bool is_running) {
  if (store_ == nullptr) {
    return;
  }
  saved_ = run;
  const Result<void> saved = store_->save(stored(sum(run), is_running));
  if (!saved.has_value() && !is_failing_) {
    log::warning("nvme", "{}: what SMART tells cannot be kept: {}", name_, saved.error().what);
  }
  is_failing_ = !saved.has_value();
}

}  // namespace outrigger::nvme
