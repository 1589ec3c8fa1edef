#include "virtio/blk_queue.h"

#include "base/check.h"
#include "base/counter.h"
#include "base/intrusive.h"
#include "virtio/event_signal.h"
#include "virtio/limits.h"
#include "virtio/packed_queue.h"
#include "virtio/request_pool.h"
#include "virtio/split_queue.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace outrigger::virtio {

BlkQueue::~BlkQueue() = default;

namespace {

// So that a full counter is no reason to sleep, as long as the front end leaves the flag alone (see event_signal.h).
void make_nonblocking(const UniqueFd& fd) noexcept {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (fd.is_open() && (flags & O_NONBLOCK) == 0) {
    (void)::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK);
  }
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

  // For who asked for it to start and could not have it.
  void signal_error() noexcept { signal(error_fd_); }

  void begin_stop() noexcept override { is_accepting_ = false; }
  void expedite() noexcept override { context_.channel.expedite(); }
  bool is_drained() const noexcept override { return pool_.in_use_count() == 0 && ring_.unpublished_count() == 0; }
  uint32_t in_flight_count() const noexcept override { return pool_.in_use_count(); }
  VringBase close() override;
  Result<void> replace_memory(MemoryVersion memory) override;
  bool has_old_memory() const noexcept override { return epochs_[epoch_ ^ 1U].memory.memory != nullptr; }
  void set_call_fd(UniqueFd fd) override;
  Result<void> set_kick_fd(UniqueFd fd) override;
  void set_used_log(UsedLog used_log) noexcept override { ring_.set_used_log(used_log); }

 private:
  // One version of the guest's memory and the requests whose pointers lead into it.
  struct Epoch {
    MemoryVersion memory;
    uint32_t in_flight_count = 0;
  };

  uint32_t resume_parked() noexcept;
  uint32_t take_batch(uint64_t now_ns) noexcept;
  // Reads what the driver asks for and hints at it; then start_request() hands it to the device or ends it.
  BlkVerdict prepare_request(BlkRequest& request, const Chain& chain, uint64_t now_ns) noexcept;
  void start_request(BlkRequest& request, const BlkVerdict& verdict) noexcept;
  void submit_io(BlkRequest& request) noexcept;
  void run_steps(BlkRequest& request) noexcept;
  bool end_of_step(BlkRequest& request) noexcept;
  static void io_done(block::Request& io) noexcept;
  static void step_done(block::Request& io) noexcept;
  void finish(BlkRequest& request, BlkStatus status, uint32_t used_bytes) noexcept;
  void count(const BlkRequest& request, BlkStatus status) noexcept;
  void mark(const BlkRequest& request, const std::byte* at, size_t bytes) noexcept;
  void mark_data(const BlkRequest& request) noexcept;
  void give_back() noexcept;
  void settle_latencies(uint64_t now_ns) noexcept;
  void report_broken() noexcept;
  void drop_old_memory() noexcept { epochs_[epoch_ ^ 1U].memory = {}; }
  void drop_kick_fd() noexcept;
  void send_call() noexcept;
  void signal(const UniqueFd& fd) noexcept;
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
  int64_t turn_bytes_left_ = 0;            // of this turn's share
  IntrusiveQueue<block::Request> parked_;  // begun, and to go on in the next turn
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
  error_fd_ = std::move(setup.error_fd);
  make_nonblocking(error_fd_);
  parts_ = {setup.descriptors, setup.driver_area, setup.device_area};
  epochs_[0].memory = memory;
  const RingSetup ring{.size = setup.size,
                       .features = features,
                       .parts = parts_,
                       .base = setup.base,
                       .inflight = setup.inflight,
                       .memory = std::move(memory),
                       .used_log = setup.used_log};
  OR_TRY(ring_.attach(ring));
  call_fd_ = std::move(setup.call_fd);
  make_nonblocking(call_fd_);
  OR_TRY(set_kick_fd(std::move(setup.kick_fd)));
  if (ring_.recovered_count() != 0 && context_.limiter.admit(context_.reactor.turn_ns())) {
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
  if (!parked_.is_empty()) [[unlikely]] {
    turn_bytes_left_ = turn_bytes_max;
    work += resume_parked();
  }
  turn_bytes_left_ = turn_bytes_max;
  if (is_accepting_) {
    work += take_batch(now_ns);
  }
  if (ring_.unpublished_count() != 0) {
    give_back();
  }
  return work;
}

// Each that was waiting gets its chance once, the longest waiting first, as far as this turn's share goes.
template <typename Ring>
uint32_t RingBlkQueue<Ring>::resume_parked() noexcept {
  uint32_t resumed = 0;
  for (size_t count = parked_.count(); count != 0 && turn_bytes_left_ > 0; --count, ++resumed) {
    BlkRequest& request = request_of(*parked_.pop_front());
    if (request.kind == BlkKind::Io) {
      submit_io(request);
    } else {
      run_steps(request);
    }
  }
  return resumed;
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
  if (!verdict.is_submittable) [[unlikely]] {
    --request.io.depth;
    if (verdict.has_answer && epochs_[epoch_].memory.dirty_log != nullptr) {
      mark_data(request);
    }
    finish(request, verdict.status, verdict.used_bytes);
  } else if (request.kind != BlkKind::Io) [[unlikely]] {
    --request.io.depth;
    request.is_submitting = false;
    run_steps(request);
  } else if (turn_bytes_left_ > 0) [[likely]] {
    submit_io(request);
  } else {
    parked_.push_back(request.io);
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::submit_io(BlkRequest& request) noexcept {
  turn_bytes_left_ -= request.data_bytes;
  context_.channel.submit(request.io);
}

// One step after the other, without recursion when the device finishes at once, until this turn's share is used up.
// Ends with the first error.
template <typename Ring>
void RingBlkQueue<Ring>::run_steps(BlkRequest& request) noexcept {
  for (;;) {
    if (turn_bytes_left_ <= 0) {
      parked_.push_back(request.io);
      return;
    }
    block::Request& io = request.io;
    if (!next_step(request, context_.limits)) {
      finish(request, BlkStatus::Ok, used_bytes(io.op, block::Status::Ok, request.data_bytes));
      return;
    }
    turn_bytes_left_ -=
        std::max<int64_t>(static_cast<int64_t>(io.block_count << context_.limits.block_shift), step_bytes_min);
    const uint64_t start_ns = io.frames[0].scratch[0];
    block::Frame& frame = io.push(&step_done, this);
    frame.scratch[0] = start_ns;
    request.has_step_done = false;
    request.is_submitting = true;
    context_.channel.submit(io);
    if (!request.has_step_done) {
      request.is_submitting = false;  // step_done goes on
      return;
    }
    request.is_submitting = false;
    if (!end_of_step(request)) {
      return;
    }
  }
}

// Whether there is more to do.
template <typename Ring>
bool RingBlkQueue<Ring>::end_of_step(BlkRequest& request) noexcept {
  const block::Request& io = request.io;
  if (io.op == block::Op::Read && epochs_[epoch_].memory.dirty_log != nullptr) [[unlikely]] {
    mark_data(request);
  }
  if (io.status != block::Status::Ok) {
    finish(request, to_blk_status(io.status), used_bytes(io.op, io.status, request.data_bytes));
    return false;
  }
  return true;
}

template <typename Ring>
void RingBlkQueue<Ring>::step_done(block::Request& io) noexcept {
  BlkRequest& request = request_of(io);
  request.has_step_done = true;
  if (request.is_submitting) {
    return;
  }
  auto& queue = *static_cast<RingBlkQueue*>(io.popped().owner);
  if (queue.end_of_step(request)) {
    queue.run_steps(request);
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::io_done(block::Request& io) noexcept {
  auto& queue = *static_cast<RingBlkQueue*>(io.popped().owner);
  BlkRequest& request = request_of(io);
  if (io.op == block::Op::Read && queue.epochs_[queue.epoch_].memory.dirty_log != nullptr) [[unlikely]] {
    queue.mark_data(request);
  }
  queue.finish(request, to_blk_status(io.status), used_bytes(io.op, io.status, request.data_bytes));
}

// The guest gets its status, the ring its chain; the driver sees both after give_back().
template <typename Ring>
void RingBlkQueue<Ring>::finish(BlkRequest& request, BlkStatus status, uint32_t used_bytes) noexcept {
  if (request.status != nullptr) [[likely]] {
    *request.status = static_cast<std::byte>(status);
    if (epochs_[epoch_].memory.dirty_log != nullptr) [[unlikely]] {
      mark(request, request.status, 1);
    }
  }
  count(request, status);
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
    add_to(counters.errors, 1);
  } else if (request.data_bytes != 0) {
    add_to(request.io.op == block::Op::Read ? counters.bytes_read : counters.bytes_written, request.data_bytes);
  }
}

// Marks `bytes` of the request's memory that were written, or may have been.
template <typename Ring>
void RingBlkQueue<Ring>::mark(const BlkRequest& request, const std::byte* at, size_t bytes) noexcept {
  const GuestMemory& memory = *epochs_[request.memory_epoch].memory.memory;
  epochs_[epoch_].memory.dirty_log->mark(memory.guest_address_of(at), bytes);
}

// The data of the block request as it stands: what a read wrote, whether it succeeded or not. A request that was
// refused wrote none, and is not marked: it may name 256 times 4 GiB.
template <typename Ring>
void RingBlkQueue<Ring>::mark_data(const BlkRequest& request) noexcept {
  for (uint32_t i = 0; i < request.io.iov_count; ++i) {
    const iovec& segment = request.io.iov[i];
    mark(request, static_cast<const std::byte*>(segment.iov_base), segment.iov_len);
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::give_back() noexcept {
  add_to(context_.counters.requests, ring_.unpublished_count());
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
  add_to(counters.latency_ns, sum);
  settle_count_ = 0;
}

template <typename Ring>
void RingBlkQueue<Ring>::report_broken() noexcept {
  is_broken_reported_ = true;
  if (context_.limiter.admit(context_.reactor.turn_ns())) {
    log::error("virtio", "{}: the ring is broken: {}; the queue stops until the driver resets the device",
               context_.name, ring_.broken_why());
  }
  signal(error_fd_);
}

template <typename Ring>
bool RingBlkQueue<Ring>::prepare_sleep() noexcept {
  if (settle_count_ != 0) {
    settle_latencies(context_.reactor.clock().now_ns());
  }
  if (ring_.unpublished_count() != 0 || !parked_.is_empty()) {
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
  const iovec into{.iov_base = &kicks, .iov_len = sizeof kicks};
  // Never sleeps, whatever the front end did to the descriptor's flags, and though it may have been quicker to read.
  if (::preadv2(kick_fd_.get(), &into, 1, -1, RWF_NOWAIT) == sizeof kicks) {
    add_to(context_.counters.kicks, kicks);
  } else if (errno != EAGAIN && errno != EINTR) {
    drop_kick_fd();
  }
}

// A descriptor that is ready for ever would keep the core awake for ever; without one the queue is polled.
template <typename Ring>
void RingBlkQueue<Ring>::drop_kick_fd() noexcept {
  if (context_.limiter.admit(context_.reactor.turn_ns())) {
    log::warning("virtio", "{}: what the front end gave for notifications is no eventfd; the queue is polled instead",
                 context_.name);
  }
  context_.reactor.unwatch(kick_fd_.get(), *this);
  kick_fd_.reset();
}

template <typename Ring>
void RingBlkQueue<Ring>::send_call() noexcept {
  if (call_fd_.is_open()) {
    signal(call_fd_);
    add_to(context_.counters.calls, 1);
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::signal(const UniqueFd& fd) noexcept {
  if (!fd.is_open() || context_.strikes.is_muted.load(std::memory_order_relaxed) || signal_event(fd.get())) [[likely]] {
    return;
  }
  context_.strikes.count.fetch_add(1, std::memory_order_relaxed);
  context_.strikes.is_muted.store(true, std::memory_order_relaxed);
  ring_.break_queue("the front end made one of its event descriptors block");
  if (!is_broken_reported_) {
    report_broken();
  }
}

template <typename Ring>
void RingBlkQueue<Ring>::set_call_fd(UniqueFd fd) {
  call_fd_ = std::move(fd);
  make_nonblocking(call_fd_);
  ring_.forget_calls();  // while there was no descriptor, nobody asked what the driver wanted
  send_call();           // what the old descriptor was told may be lost with it
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
  if (memory.memory == old_epoch.memory.memory) {
    old_epoch.memory.dirty_log = std::move(memory.dirty_log);
    ring_.set_memory(old_epoch.memory, parts_);
    return {};
  }
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
  if (auto started = queue->start(std::move(setup), std::move(memory), features); !started.has_value()) {
    queue->signal_error();
    return std::unexpected(std::move(started).error());
  }
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
