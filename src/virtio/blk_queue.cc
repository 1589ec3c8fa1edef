#include "virtio/blk_queue.h"

#include "base/check.h"
#include "virtio/packed_queue.h"
#include "virtio/request_pool.h"
#include "virtio/split_queue.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace outrigger::virtio {

BlkQueue::~BlkQueue() = default;

namespace {

// A front end shares its descriptors with us; none of them may make a data core wait.
void make_nonblocking(const UniqueFd& fd) noexcept {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (fd.is_open() && (flags & O_NONBLOCK) == 0) {
    (void)::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
  }
}

// A counter with one writer.
void add(std::atomic<uint64_t>& counter, uint64_t count) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

template <typename Ring>
class RingBlkQueue final : public BlkQueue {
 public:
  RingBlkQueue(BlkQueueContext context, uint16_t size) : context_(std::move(context)), pool_(size), starts_ns_(size) {}
  ~RingBlkQueue() override { check(!is_open_, "a queue is closed before it is destroyed"); }

  Result<void> start(QueueSetup setup, MemoryVersion memory, uint64_t features);

  uint32_t poll(uint64_t now_ns) noexcept override;
  bool prepare_sleep() noexcept override;
  void wake() noexcept override;
  void on_ready(uint32_t events) noexcept override;

  void begin_stop() noexcept override { is_accepting_ = false; }
  bool is_drained() const noexcept override { return pool_.in_use_count() == 0 && ring_.unpublished_count() == 0; }
  uint32_t in_flight_count() const noexcept override { return pool_.in_use_count(); }
  VringBase close() override;
  Result<void> replace_memory(MemoryVersion memory) override;
  bool has_old_memory() const noexcept override { return epochs_[epoch_ ^ 1U].memory.memory != nullptr; }
  void set_call_fd(UniqueFd fd) override;
  Result<void> set_kick_fd(UniqueFd fd) override;

 private:
  // One version of the guest's memory and the requests whose pointers lead into it.
  struct Epoch {
    MemoryVersion memory;
    uint32_t in_flight_count = 0;
  };

  uint32_t take_batch(uint64_t now_ns) noexcept;
  // Reads what the driver asks for and hints at it; then start_request() hands it to the device or ends it.
  BlkVerdict prepare_request(BlkRequest& request, const Chain& chain, uint64_t now_ns) noexcept;
  void start_request(BlkRequest& request, const BlkVerdict& verdict) noexcept;
  void run_ranges(BlkRequest& request) noexcept;
  static void io_done(block::Request& io) noexcept;
  static void range_done(block::Request& io) noexcept;
  void finish(BlkRequest& request, BlkStatus status, uint32_t used_bytes) noexcept;
  void count(const BlkRequest& request, BlkStatus status) noexcept;
  void mark_written(const BlkRequest& request) noexcept;
  void give_back() noexcept;
  void settle_latencies(uint64_t now_ns) noexcept;
  void report_broken() noexcept;
  void drop_old_memory() noexcept { epochs_[epoch_ ^ 1U].memory = {}; }
  void drop_kick_fd() noexcept;
  void send_call() noexcept;
  static BlkRequest& request_of(block::Request& io) noexcept {
    return *reinterpret_cast<BlkRequest*>(reinterpret_cast<std::byte*>(&io) - offsetof(BlkRequest, io));
  }

  Ring ring_;
  BlkQueueContext context_;
  RequestPool pool_;
  bool is_accepting_ = true;
  bool is_open_ = false;
  bool is_broken_reported_ = false;
  uint8_t epoch_ = 0;
  std::array<Epoch, 2> epochs_;
  std::array<BlkRequest*, batch_max> requests_{};  // of the batch that is being taken, with their chains
  std::array<Chain, batch_max> chains_;
  std::array<BlkVerdict, batch_max> verdicts_{};
  uint32_t settle_count_ = 0;        // requests given back whose latency is counted at the next turn
  std::vector<uint64_t> starts_ns_;  // of those
  UniqueFd kick_fd_;
  UniqueFd call_fd_;
  UniqueFd error_fd_;
  RingParts parts_;
};

template <typename Ring>
Result<void> RingBlkQueue<Ring>::start(QueueSetup setup, MemoryVersion memory, uint64_t features) {
  parts_ = {setup.descriptors, setup.driver_area, setup.device_area};
  epochs_[0].memory = memory;
  const RingSetup ring{.size = setup.size,
                       .features = features,
                       .parts = parts_,
                       .base = setup.base,
                       .inflight = setup.inflight,
                       .memory = std::move(memory),
                       .used_log_address = setup.used_log_address,
                       .logs_used_ring = setup.logs_used_ring};
  OR_TRY(ring_.attach(ring));
  call_fd_ = std::move(setup.call_fd);
  make_nonblocking(call_fd_);
  error_fd_ = std::move(setup.error_fd);
  make_nonblocking(error_fd_);
  OR_TRY(set_kick_fd(std::move(setup.kick_fd)));
  if (ring_.recovered_count() != 0) {
    log::info("virtio", "{}: submits {} requests again that were in flight before", context_.name,
              ring_.recovered_count());
  }
  ring_.disable_kicks();
  context_.reactor.add(*this);
  is_open_ = true;
  // A predecessor may have died between giving back and announcing; drivers take spurious notifications.
  send_call();
  return {};
}

template <typename Ring>
VringBase RingBlkQueue<Ring>::close() {
  check(is_drained(), "a queue drains before it is closed");
  settle_latencies(context_.reactor.clock().now_ns());
  if (kick_fd_.is_open()) {
    context_.reactor.unwatch(kick_fd_.get(), *this);
  }
  context_.reactor.remove(*this);
  is_open_ = false;
  return ring_.base();
}

template <typename Ring>
uint32_t RingBlkQueue<Ring>::poll(uint64_t now_ns) noexcept {
  if (settle_count_ != 0) {
    settle_latencies(now_ns);
  }
  uint32_t work = ring_.unpublished_count();
  if (work != 0) {  // finished between the turns: the guest waits no longer for what comes next
    give_back();
  }
  if (is_accepting_) {
    work += take_batch(now_ns);
  }
  if (ring_.unpublished_count() != 0) {
    give_back();
  }
  return work;
}

template <typename Ring>
uint32_t RingBlkQueue<Ring>::take_batch(uint64_t now_ns) noexcept {
  const uint32_t ready = ring_.prepare(std::min(batch_max, pool_.free_count()));
  if (ready == 0) {
    if (ring_.is_broken() && !is_broken_reported_) [[unlikely]] {
      report_broken();
    }
    return 0;
  }
  // First all chains, so that the headers' cache lines travel while the next chains are read.
  uint32_t taken = 0;
  for (; taken < ready; ++taken) {
    BlkRequest& request = pool_.take();
    Chain& chain = chains_[taken];
    if (ring_.pop(chain, request.small, BlkRequest::small_count, pool_.spill_of(request)) != Pop::Chain) {
      pool_.give_back(request);
      break;
    }
    requests_[taken] = &request;
    if (ready > 1 && chain.count != 0) {
      __builtin_prefetch(chain.segments[0].iov_base);
      __builtin_prefetch(chain.segments[chain.count - 1].iov_base, 1);
    }
  }
  epochs_[epoch_].in_flight_count += taken;
  // One ahead: while the device works on a request, what the next one reads is on its way.
  for (uint32_t i = 0; i <= taken; ++i) {
    if (i < taken) {
      verdicts_[i] = prepare_request(*requests_[i], chains_[i], now_ns);
    }
    if (i > 0) {
      start_request(*requests_[i - 1], verdicts_[i - 1]);
    }
  }
  if (ring_.is_broken()) [[unlikely]] {
    report_broken();
  }
  return taken;
}

template <typename Ring>
BlkVerdict RingBlkQueue<Ring>::prepare_request(BlkRequest& request, const Chain& chain, uint64_t now_ns) noexcept {
  request.memory_epoch = epoch_;
  block::Frame& frame = request.io.push(&io_done, this);
  frame.scratch[0] = now_ns;
  const bool is_writethrough = context_.is_writethrough.load(std::memory_order_relaxed);
  const BlkVerdict verdict = parse(request, chain, pool_.spill_of(request), context_.limits, is_writethrough);
  if (verdict.is_submittable && request.kind == BlkKind::Io) [[likely]] {
    context_.channel.prefetch(request.io);
  }
  return verdict;
}

template <typename Ring>
void RingBlkQueue<Ring>::start_request(BlkRequest& request, const BlkVerdict& verdict) noexcept {
  block::Request& io = request.io;
  if (!verdict.is_submittable) [[unlikely]] {
    --io.depth;
    finish(request, verdict.status, verdict.used_bytes);
  } else if (request.kind == BlkKind::Io) [[likely]] {
    context_.channel.submit(io);
  } else {
    --io.depth;
    request.is_submitting = false;
    run_ranges(request);
  }
}

// One range after the other, without recursion when the device finishes at once. Ends with the first error.
template <typename Ring>
void RingBlkQueue<Ring>::run_ranges(BlkRequest& request) noexcept {
  request.is_submitting = true;
  for (;;) {
    if (!next_range(request, context_.limits)) {
      finish(request, BlkStatus::Ok, 1);
      return;
    }
    request.has_step_done = false;
    const uint64_t start_ns = request.io.frames[0].scratch[0];
    block::Frame& frame = request.io.push(&range_done, this);
    frame.scratch[0] = start_ns;
    context_.channel.submit(request.io);
    if (!request.has_step_done) {
      request.is_submitting = false;  // range_done goes on
      return;
    }
    if (request.io.status != block::Status::Ok) {
      finish(request, to_blk_status(request.io.status), 1);
      return;
    }
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::range_done(block::Request& io) noexcept {
  BlkRequest& request = request_of(io);
  request.has_step_done = true;
  if (request.is_submitting) {
    return;
  }
  auto& queue = *static_cast<RingBlkQueue*>(io.popped().owner);
  if (io.status != block::Status::Ok) {
    queue.finish(request, to_blk_status(io.status), 1);
    return;
  }
  queue.run_ranges(request);
}

template <typename Ring>
void RingBlkQueue<Ring>::io_done(block::Request& io) noexcept {
  auto& queue = *static_cast<RingBlkQueue*>(io.popped().owner);
  BlkRequest& request = request_of(io);
  uint32_t used_bytes = 1;
  if (io.op == block::Op::Read) {
    // §2.7.8.2: only what was written from the start counts; the status byte comes after data that perhaps was not.
    used_bytes = io.status == block::Status::Ok ? request.data_bytes + 1 : 0;
  }
  queue.finish(request, to_blk_status(io.status), used_bytes);
}

// The guest gets its status, the ring its chain; the driver sees both after give_back().
template <typename Ring>
void RingBlkQueue<Ring>::finish(BlkRequest& request, BlkStatus status, uint32_t used_bytes) noexcept {
  if (request.status != nullptr) [[likely]] {
    *request.status = static_cast<std::byte>(status);
  }
  count(request, status);
  if (epochs_[epoch_].memory.dirty_log != nullptr) [[unlikely]] {
    mark_written(request);
  }
  ring_.put_used(request.token, used_bytes);
  Epoch& epoch = epochs_[request.memory_epoch];
  --epoch.in_flight_count;
  if (request.memory_epoch != epoch_ && epoch.in_flight_count == 0) [[unlikely]] {
    drop_old_memory();
  }
  pool_.give_back(request);
}

template <typename Ring>
void RingBlkQueue<Ring>::count(const BlkRequest& request, BlkStatus status) noexcept {
  starts_ns_[settle_count_++] = request.io.frames[0].scratch[0];
  if (settle_count_ == starts_ns_.size()) [[unlikely]] {
    settle_latencies(context_.reactor.clock().now_ns());
  }
  QueueCounters& counters = context_.counters;
  if (status != BlkStatus::Ok) [[unlikely]] {
    add(counters.errors, 1);
  } else if (request.data_bytes != 0) {
    add(request.io.op == block::Op::Read ? counters.bytes_read : counters.bytes_written, request.data_bytes);
  }
}

// What a request may have written, for the dirty log: all its device-writable memory, whether it succeeded or not.
template <typename Ring>
void RingBlkQueue<Ring>::mark_written(const BlkRequest& request) noexcept {
  const GuestMemory& memory = *epochs_[request.memory_epoch].memory.memory;
  DirtyLog& dirty = *epochs_[epoch_].memory.dirty_log;
  const bool is_small = request.segment_count <= BlkRequest::small_count;
  const iovec* const segments = is_small ? request.small : pool_.spill_of(request);
  for (uint16_t i = request.readable_count; i < request.segment_count; ++i) {
    const iovec& segment = segments[i];
    dirty.mark(memory.guest_address_of(static_cast<const std::byte*>(segment.iov_base)), segment.iov_len);
  }
  if (request.status != nullptr) {
    dirty.mark(memory.guest_address_of(request.status), 1);
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::give_back() noexcept {
  add(context_.counters.requests, ring_.unpublished_count());
  ring_.publish();
  if (call_fd_.is_open() && ring_.needs_call()) {
    send_call();
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::settle_latencies(uint64_t now_ns) noexcept {
  QueueCounters& counters = context_.counters;
  uint64_t sum = 0;
  for (uint32_t i = 0; i < settle_count_; ++i) {
    const uint64_t latency = now_ns - starts_ns_[i];
    sum += latency;
    counters.latency.add(latency);
  }
  add(counters.latency_ns, sum);
  settle_count_ = 0;
}

template <typename Ring>
void RingBlkQueue<Ring>::report_broken() noexcept {
  is_broken_reported_ = true;
  // Once per start of a queue: a guest cannot fill the log with it.
  log::error("virtio", "{}: the guest's driver broke the ring: {}; the queue stops until the driver resets the device",
             context_.name, ring_.broken_why());
  if (error_fd_.is_open()) {
    const uint64_t one = 1;
    (void)!::write(error_fd_.get(), &one, sizeof one);
  }
}

template <typename Ring>
bool RingBlkQueue<Ring>::prepare_sleep() noexcept {
  if (settle_count_ != 0) {
    settle_latencies(context_.reactor.clock().now_ns());
  }
  if (ring_.unpublished_count() != 0) {
    return false;
  }
  if (!is_accepting_ || ring_.is_broken()) {
    return true;
  }
  if (!kick_fd_.is_open()) {
    return false;  // nobody would wake us: this front end wants to be polled
  }
  return !ring_.enable_kicks() || pool_.free_count() == 0;
}

template <typename Ring>
void RingBlkQueue<Ring>::wake() noexcept {
  if (is_accepting_ && !ring_.is_broken()) {
    ring_.disable_kicks();
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::on_ready(uint32_t events) noexcept {
  errno = 0;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    drop_kick_fd();
    return;
  }
  uint64_t kicks = 0;
  if (::read(kick_fd_.get(), &kicks, sizeof kicks) == sizeof kicks) {
    add(context_.counters.kicks, kicks);
  } else if (errno != EAGAIN && errno != EINTR) {
    drop_kick_fd();
  }
}

// A descriptor that is ready for ever would keep the core awake for ever; without one the queue is polled.
template <typename Ring>
void RingBlkQueue<Ring>::drop_kick_fd() noexcept {
  log::warning("virtio", "{}: what the front end gave for notifications is not an eventfd; the queue is polled instead",
               context_.name);
  context_.reactor.unwatch(kick_fd_.get(), *this);
  kick_fd_.reset();
}

template <typename Ring>
void RingBlkQueue<Ring>::send_call() noexcept {
  if (call_fd_.is_open()) {
    const uint64_t one = 1;
    // When the event counter is full, the driver has a notification waiting.
    (void)!::write(call_fd_.get(), &one, sizeof one);
    add(context_.counters.calls, 1);
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::set_call_fd(UniqueFd fd) {
  call_fd_ = std::move(fd);
  make_nonblocking(call_fd_);
  send_call();  // what the old descriptor was told may be lost with it
}

template <typename Ring>
Result<void> RingBlkQueue<Ring>::set_kick_fd(UniqueFd fd) {
  if (kick_fd_.is_open()) {
    context_.reactor.unwatch(kick_fd_.get(), *this);
    kick_fd_.reset();
  }
  if (fd.is_open()) {
    make_nonblocking(fd);
    OR_TRY(context_.reactor.watch(fd.get(), EPOLLIN, *this));
    kick_fd_ = std::move(fd);
  }
  return {};
}

// The same place of the ring in another version of memory: same user address. Places that no region showed (tests)
// stay where they are.
std::byte* find_again(std::byte* at, const GuestMemory& old_memory, const GuestMemory& memory, bool& is_found) {
  for (const MemoryRegion& region : old_memory.regions()) {
    const auto offset = reinterpret_cast<uintptr_t>(at) - reinterpret_cast<uintptr_t>(region.host);
    if (offset < region.size_bytes) {
      std::byte* const found = memory.translate_user(region.user_address + offset, 1);
      is_found = is_found && found != nullptr;
      return found;
    }
  }
  return at;
}

template <typename Ring>
Result<void> RingBlkQueue<Ring>::replace_memory(MemoryVersion memory) {
  check(!has_old_memory(), "one replacement of memory at a time");
  Epoch& old_epoch = epochs_[epoch_];
  bool is_found = true;
  const GuestMemory& old_memory = *old_epoch.memory.memory;
  const RingParts parts{find_again(parts_.descriptors, old_memory, *memory.memory, is_found),
                        find_again(parts_.driver_area, old_memory, *memory.memory, is_found),
                        find_again(parts_.device_area, old_memory, *memory.memory, is_found)};
  if (!is_found) {
    ring_.break_queue("the new memory table does not show the ring");
    report_broken();
    return fail(Code::InvalidArgument, "{}: the new memory table does not show the ring", context_.name);
  }
  parts_ = parts;
  epoch_ ^= 1U;
  epochs_[epoch_].memory = std::move(memory);
  ring_.set_memory(epochs_[epoch_].memory, parts_);
  if (old_epoch.in_flight_count == 0) {
    drop_old_memory();
  }
  return {};
}

template <typename Ring>
Result<std::unique_ptr<BlkQueue>> make_queue(BlkQueueContext context, QueueSetup setup, MemoryVersion memory,
                                             uint64_t features) {
  auto queue = std::make_unique<RingBlkQueue<Ring>>(std::move(context), setup.size);
  OR_TRY(queue->start(std::move(setup), std::move(memory), features));
  return std::unique_ptr<BlkQueue>(std::move(queue));
}

}  // namespace

Result<std::unique_ptr<BlkQueue>> BlkQueue::open(BlkQueueContext context, QueueSetup setup, MemoryVersion memory,
                                                 uint64_t features) {
  check(context.reactor.is_current(), "a queue is opened on its own core");
  if (setup.size == 0 || setup.descriptors == nullptr || setup.driver_area == nullptr || setup.device_area == nullptr ||
      memory.memory == nullptr) {
    return fail(Code::FailedPrecondition, "{}: started before its ring and the guest's memory were set", context.name);
  }
  if ((features & feature::RingPacked) != 0) {
    return make_queue<PackedQueue<>>(std::move(context), std::move(setup), std::move(memory), features);
  }
  return make_queue<SplitQueue<>>(std::move(context), std::move(setup), std::move(memory), features);
}

}  // namespace outrigger::virtio
