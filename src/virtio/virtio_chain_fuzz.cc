// A virtio-blk queue in the hands of a hostile guest: the input is the guest. It writes anything anywhere into its
// memory, rings and in-flight log included, moves its indices, kicks, and lets the device run in between. Nothing it
// does may touch memory that is not the guest's, loop without end, or stop the queue from stopping.
//
// Input: one byte of options, one of the queue's size, then operations of one byte and their operands.
#include "virtio/blk_rig.h"

#include "base/fuzz_input.h"
#include "base/log.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <span>

namespace outrigger::virtio {
namespace {

constexpr uint64_t low_bytes = 24576;                // region at 0: rings, tables, headers
constexpr uint64_t high_bytes = 8192;                // adjoins the first, elsewhere on the host
constexpr uint64_t far_address = UINT64_MAX - 8191;  // ends with the address space
constexpr uint64_t far_bytes = 8192;
constexpr uint64_t driver_area_at = 2048;
constexpr uint64_t device_area_at = 4096;
constexpr uint32_t operations_max = 2000;

// Reads all it is given and fills all it is asked to, so that a bad segment is seen; holds requests when told.
class TouchingDevice final : public block::Device {
 public:
  TouchingDevice() : Device("touching", model::full_geometry(512)) {}
  Result<std::unique_ptr<block::Channel>> open_channel(core::Reactor&) override {
    return std::unique_ptr<block::Channel>(std::make_unique<TouchingChannel>(*this));
  }
  void release_one(block::Status status) {
    if (block::Request* const request = held_.pop_front()) {
      finish(*request, status);
    }
  }
  [[nodiscard]] bool has_held() const { return !held_.is_empty(); }

  bool holds = false;

 private:
  class TouchingChannel final : public block::Channel {
   public:
    explicit TouchingChannel(TouchingDevice& device) : Channel(device), device_(device) {}

   private:
    void do_submit(block::Request& request) noexcept override {
      if (device_.holds) {
        device_.held_.push_back(request);
      } else {
        finish(request, block::Status::Ok);
      }
    }
    TouchingDevice& device_;
  };
  static void finish(block::Request& request, block::Status status) {
    for (uint32_t i = 0; i < request.iov_count; ++i) {
      auto* const bytes = static_cast<uint8_t*>(request.iov[i].iov_base);
      const size_t length = request.iov[i].iov_len;
      if (request.op == block::Op::Read) {
        std::memset(bytes, 0xa5, length);
      } else {
        uint8_t sum = 0;
        for (size_t n = 0; n < length; n += 64) {
          sum = static_cast<uint8_t>(sum + bytes[n]);
        }
        volatile uint8_t keep = static_cast<uint8_t>(sum + bytes[length - 1]);  // NOLINT(word): must be read
        (void)keep;
      }
    }
    request.complete(status);
  }
  IntrusiveQueue<block::Request> held_;
};

class Guest {
 public:
  Guest(FuzzInput& input, TouchingDevice& device) : input_(input), device_(device) {
    const uint8_t options = input_.byte();
    is_packed_ = (options & 1) != 0;
    has_log_ = (options & 2) != 0;
    const uint64_t without = ((options & 4) != 0 ? feature::RingIndirectDesc : 0) |
                             ((options & 8) != 0 ? feature::RingEventIdx : 0) |
                             ((options & 16) != 0 ? blk_feature::Flush : 0);
    size_ = is_packed_ ? static_cast<uint16_t>(1 + input_.byte() % 64) : static_cast<uint16_t>(1U << input_.byte() % 7);
    is_logging_ = (options & 32) != 0;
    blk_.emplace("fuzz", device, *rig().reactor, std::vector<core::Reactor*>{rig().reactor.get()},
                 BlkOptions{.is_read_only = (options & 64) != 0});
    blk_->set_features((blk_->features() & ~feature::RingPacked & ~without) |
                       (is_packed_ ? feature::RingPacked : uint64_t{0}));
    set_memory();
    start((options & 128) != 0 ? input_.word() : (is_packed_ ? 0x8000U : 0U), true);
  }
  ~Guest() {
    device_.holds = false;
    while (device_.has_held()) {
      device_.release_one(block::Status::Aborted);
    }
    stop();
  }
  void play() {
    for (uint32_t n = 0; n < operations_max && !input_.is_empty(); ++n) {
      play_one(input_.byte());
    }
    rig().turn(4);
  }

  model::Rig& rig() { return rig_; }

 private:
  // A guest address: usually one that exists.
  uint64_t address() {
    const uint16_t half = input_.word();
    switch (half >> 14) {
      case 3: return UINT64_MAX - (half & 0x3fff);
      default: return half & 0x7fff;  // reaches past both regions
    }
  }
  void play_one(uint8_t operation) {
    switch (operation % 12) {
      case 0: patch(); break;
      case 1: rig().turn(1 + operation / 64); break;
      case 2: move_avail(input_.word()); break;
      case 3: put_descriptor(); break;
      case 4: put_header(); break;
      case 5: device_.holds = !device_.holds; break;
      case 6: device_.release_one(static_cast<block::Status>(input_.byte() % 10)); break;
      case 7: restart(); break;
      case 8: set_memory(); break;
      case 9: kick(); break;
      case 10: patch_log(); break;
      default: offer(); break;
    }
  }
  void write(uint64_t at, std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      if (std::byte* const host = memory_->translate(at, 1)) {
        *host = byte;
      }
      ++at;
    }
  }
  void patch() {
    const uint64_t at = address();
    write(at, input_.take(input_.byte() % 64));
  }
  void patch_log() {
    size_t at = input_.word();
    for (const std::byte byte : input_.take(input_.byte() % 32)) {
      log_[at++ % log_.size()] = byte;
    }
  }
  // A descriptor of the ring, or an entry of a table behind it.
  void put_descriptor() {
    const uint8_t index = input_.byte();
    const uint64_t buffer = address();
    const uint32_t length = input_.word();
    const uint16_t flags = input_.byte();
    const uint16_t other = input_.byte();
    const bool is_in_table = (index & 0x80) != 0;
    const uint64_t at = is_in_table ? 8192 + 16ULL * (index & 0x7f) : 16ULL * (index & 0x7f);
    std::array<uint8_t, 16> bytes{};
    if (is_packed_) {
      const auto state = static_cast<uint16_t>((flags & 7) | (flags & 8) << 4 | (flags & 16) << 11);
      const PackedDescriptor d{buffer, length, other, state};
      std::memcpy(bytes.data(), &d, sizeof d);
    } else {
      const SplitDescriptor d{buffer, length, static_cast<uint16_t>(flags & 7), other};
      std::memcpy(bytes.data(), &d, sizeof d);
    }
    write(at, std::as_bytes(std::span(bytes)));
  }
  void put_header() {
    const uint64_t at = address();
    const BlkRequestHeader header{input_.byte() % 16U, 0, input_.word()};
    std::array<uint8_t, sizeof header> bytes{};
    std::memcpy(bytes.data(), &header, sizeof header);
    write(at, std::as_bytes(std::span(bytes)));
  }
  void move_avail(uint16_t to) {
    const std::array<uint8_t, 2> bytes{static_cast<uint8_t>(to), static_cast<uint8_t>(to >> 8)};
    write(driver_area_at + (is_packed_ ? 0 : ring_idx_offset), std::as_bytes(std::span(bytes)));
  }
  // As an honest driver would: an entry of the available ring, and the index one further.
  void offer() {
    const uint16_t head = input_.byte();
    const auto idx = load_relaxed<uint16_t>(memory_->translate(driver_area_at + 2, 2));
    const std::array<uint8_t, 2> entry{static_cast<uint8_t>(head), 0};
    write(driver_area_at + ring_entries_offset + 2ULL * (idx % size_), std::as_bytes(std::span(entry)));
    move_avail(static_cast<uint16_t>(idx + 1));
  }
  void kick() {
    const uint64_t one = 1;
    (void)!::write(kick_fd_.get(), &one, sizeof one);
  }
  void set_memory() {
    if (memory_ == nullptr) {
      auto made = GuestMemory::create({{0, low_bytes, 0x10000000, low_.data(), nullptr},
                                       {low_bytes, high_bytes, 0x20000000, high_.data(), nullptr},
                                       {far_address, far_bytes, 0x30000000, far_.data(), nullptr}});
      check(made.has_value(), "the fuzzer's own table is valid");
      memory_ = *made;
    }
    const auto dirty = is_logging_ ? std::make_shared<DirtyLog>(bitmap_, nullptr) : nullptr;
    if (!device_.has_held()) {  // it would wait for them, also for what is taken meanwhile
      device_.holds = false;
      (void)rig().run(blk_->set_memory({memory_, dirty}));
    }
  }
  void start(uint32_t base, bool is_fresh) {
    QueueSetup setup;
    setup.size = size_;
    setup.descriptors = low_.data();
    setup.driver_area = low_.data() + driver_area_at;
    setup.device_area = low_.data() + device_area_at;
    setup.base = {base};
    setup.kick_fd = model::same_fd(kick_fd_);
    setup.call_fd = model::same_fd(call_fd_);
    if (has_log_) {
      setup.inflight = {std::span(log_).first(inflight_queue_bytes(size_, is_packed_)), is_fresh};
    }
    (void)rig().run(blk_->start_queue(0, std::move(setup)));
  }
  void stop() {
    if (blk_->is_queue_running(0)) {
      (void)rig().run(blk_->stop_queue(0));
    }
  }
  void restart() {
    const uint8_t how = input_.byte();
    device_.holds = false;  // stopping waits for everything
    while (device_.has_held()) {
      device_.release_one(block::Status::Ok);
    }
    stop();
    start((how & 1) != 0 ? input_.dword() : (is_packed_ ? 0x80008000U : 0U), (how & 2) != 0);
  }

  FuzzInput& input_;
  TouchingDevice& device_;
  model::Rig rig_;  // anew for every guest: whatever one leaves behind shows when it goes
  bool is_packed_ = false;
  bool has_log_ = false;
  bool is_logging_ = false;
  uint16_t size_ = 0;
  // Aligned like pages, exactly as large as the table says: whatever leaves a region is seen by the sanitizer.
  struct Free {
    void operator()(std::byte* at) const { std::free(at); }
  };
  struct Block {
    explicit Block(size_t bytes) : at(static_cast<std::byte*>(std::aligned_alloc(4096, bytes))), size_(bytes) {
      std::memset(at.get(), 0, bytes);
    }
    [[nodiscard]] std::byte* data() const { return at.get(); }
    [[nodiscard]] size_t size() const { return size_; }
    std::unique_ptr<std::byte, Free> at;
    size_t size_;
  };
  Block low_{low_bytes};
  Block high_{high_bytes};
  Block far_{far_bytes};
  alignas(64) std::array<std::byte, 4096> log_{};
  std::array<std::byte, 2> bitmap_{};  // covers half of the memory
  UniqueFd kick_fd_ = model::make_eventfd();
  UniqueFd call_fd_ = model::make_eventfd();
  std::shared_ptr<const GuestMemory> memory_;
  std::optional<Blk> blk_;
};

}  // namespace
}  // namespace outrigger::virtio

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace outrigger;
  log::set_level(static_cast<log::Level>(static_cast<uint8_t>(log::Level::Error) + 1));  // nothing: millions of guests
  virtio::TouchingDevice device;
  FuzzInput input(std::span(data, size));
  virtio::Guest guest(input, device);
  guest.play();
  return 0;
}
