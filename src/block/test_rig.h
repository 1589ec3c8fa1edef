// For unit tests of devices: a core in virtual time that the test's own thread drives, and requests with memory.
#pragma once

#include "base/check.h"
#include "block/device.h"
#include "core/random.h"
#include "core/reactor.h"

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace outrigger::block {

// A reactor without a thread. Time stands still unless the test moves it.
class TestCore {
 public:
  explicit TestCore(core::Clock& clock, core::ReactorOptions options = {.uring_entries = 0}) {
    auto made = core::Reactor::create(std::move(options), clock);
    check(made.has_value(), "a test's machine can make a reactor");
    reactor_ = std::move(*made);
    reactor_->run_turn();
  }
  [[nodiscard]] core::Reactor& reactor() noexcept { return *reactor_; }

 private:
  std::unique_ptr<core::Reactor> reactor_;
};

// One request and its memory, which may be cut into pieces anywhere.
class TestIo {
 public:
  TestIo(Op op, uint64_t lba, uint64_t block_count, size_t data_bytes = 0, size_t misalignment = 0)
      : memory_(data_bytes + alignment + misalignment) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    data_ = memory_.data() + (alignment - address % alignment) % alignment + misalignment;
    request_.op = op;
    request_.lba = lba;
    request_.block_count = block_count;
    pieces_.push_back({data_, data_bytes});
  }
  TestIo(const TestIo&) = delete;
  TestIo& operator=(const TestIo&) = delete;

  [[nodiscard]] Request& request() noexcept { return request_; }
  [[nodiscard]] std::span<std::byte> data() noexcept {
    size_t bytes = 0;
    for (const iovec& piece : pieces_) {
      bytes += piece.iov_len;
    }
    return {data_, bytes};
  }
  void fill(std::span<const std::byte> bytes) { std::memcpy(data_, bytes.data(), bytes.size()); }
  // Cuts the memory into `count` pieces at random places; multiples of `grain`.
  void cut(core::Random& random, size_t count, size_t grain = 1) {
    const size_t total = data().size();
    pieces_.clear();
    size_t at = 0;
    for (size_t i = 0; i + 1 < count; ++i) {
      const size_t bytes = random.below((total - at) / grain + 1) * grain;
      pieces_.push_back({data_ + at, bytes});
      at += bytes;
    }
    pieces_.push_back({data_ + at, total - at});
  }

  // Submits it; done() tells when it came back.
  void submit(Channel& channel) {
    check(!is_under_way_, "a request is submitted again only after it came back");
    is_done_ = false;
    is_under_way_ = true;
    request_.status = Status::Ok;
    request_.iov = pieces_.data();
    request_.iov_count = static_cast<uint32_t>(pieces_.size());
    request_.push(
        [](Request& request) noexcept {
          auto& self = *static_cast<TestIo*>(request.popped().owner);
          check(self.is_under_way_, "a request completes once");
          check(request.iov == self.pieces_.data() && request.depth == 0, "a request comes back as it was");
          self.is_done_ = true;
          self.is_under_way_ = false;
        },
        this);
    channel.submit(request_);
  }
  [[nodiscard]] bool is_done() const noexcept { return is_done_; }
  [[nodiscard]] Status status() const noexcept { return request_.status; }

  // Submits and turns the core until it is back.
  Status run(Channel& channel, core::Reactor& reactor) {
    submit(channel);
    while (!is_done_) {
      reactor.run_turn();
    }
    return request_.status;
  }

 private:
  static constexpr size_t alignment = 4096;

  Request request_;
  std::vector<std::byte> memory_;
  std::byte* data_ = nullptr;
  std::vector<iovec> pieces_;
  bool is_done_ = false;
  bool is_under_way_ = false;
};

}  // namespace outrigger::block
