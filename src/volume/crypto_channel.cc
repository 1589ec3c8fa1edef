#include "volume/crypto_channel.h"

#include "base/check.h"

#include <algorithm>
#include <new>

namespace outrigger::volume {

namespace {

using block::Op;
using block::Request;
using block::Status;
using core::PageSource;

// What write-zeroes encrypts.
alignas(64) constexpr std::array<std::byte, PageSource::page_bytes> zeroes{};

}  // namespace

CryptoChannel::CryptoChannel(CryptoDevice& device, core::Reactor& reactor, accel::Engine& engine,
                             std::unique_ptr<accel::XtsKey> key, core::BufferPool* pool,
                             std::unique_ptr<block::Channel> below)
    : Channel(device),
      reactor_(reactor),
      engine_(engine),
      key_(std::move(key)),
      below_(std::move(below)),
      pages_(pool, crypto_reserve_pages),
      unit_bytes_(device.fixed_geometry().block_size),
      open_count_(device.open_channel_count_) {
  // Write-zeroes may be larger than the largest transfer below.
  const uint32_t transfer_bytes_max = device.fixed_geometry().transfer_bytes_max;
  job_bytes_max_ = transfer_bytes_max != 0 ? transfer_bytes_max / unit_bytes_ * unit_bytes_ : UINT64_MAX;
  open_count_.fetch_add(1, std::memory_order_relaxed);
  next_turn_timer_.owner = this;
  next_turn_timer_.fire = [](core::Timer& timer) noexcept {
    static_cast<CryptoChannel*>(timer.owner)->serve_next_turn();
  };
}

CryptoChannel::~CryptoChannel() {
  check(waiting_.is_empty() && next_turn_.is_empty(), "a channel is drained before it is destroyed");
  reactor_.cancel(next_turn_timer_);
  open_count_.fetch_sub(1, std::memory_order_relaxed);
}

void CryptoChannel::do_submit(Request& request) noexcept {
  switch (request.op) {
    case Op::Read:
    case Op::Write:
    case Op::WriteZeroes: break;
    case Op::Flush:
    case Op::Discard:
    case Op::Reset: below_->submit(request); return;
    case Op::CompareAndWrite:
    case Op::Copy: request.complete(Status::Unsupported); return;
  }
  block::Frame& frame = request.push(&passed_on, this);
  Progress& progress = *new (frame.scratch.data()) Progress;
  progress.cursor = block::IovCursor(request.iov);
  if (waiting_.is_empty()) {
    (void)start_jobs(request);
  } else {
    progress.is_waiting = true;
    waiting_.push_back(request);
  }
}

CryptoChannel::Progress& CryptoChannel::progress_of(Request& request) noexcept {
  check(request.depth > 0, "a request under way has its frame");
  return *std::launder(reinterpret_cast<Progress*>(request.frames[request.depth - 1].scratch.data()));
}

// Our frame holds the progress only; the level above hears the outcome.
void CryptoChannel::passed_on(Request& request) noexcept { request.complete(request.status); }

// Starts as many jobs of `request` as there are pages for. False when there were too few: then it is in front of
// waiting_, and jobs of this channel hold the pages.
bool CryptoChannel::start_jobs(Request& request) noexcept {
  Progress& progress = progress_of(request);
  bool has_pages = true;
  ++progress.jobs;  // holds the request while jobs may end inside
  progress.is_starting = true;
  while (progress.status == Status::Ok && progress.blocks_started < request.block_count &&
         progress.jobs <= crypto_jobs_per_request_max) {
    if (request.op == Op::WriteZeroes && !may_zero_more()) {
      progress.is_waiting = true;
      wait_for_next_turn(request);
      break;
    }
    Job* const job = start_job(request, progress);
    if (job == nullptr) {
      has_pages = false;
      progress.is_waiting = true;
      waiting_.push_front(request);
      break;
    }
    if (request.op == Op::Read) {
      submit_below(*job);
    } else {
      run_engine(*job);
    }
  }
  progress.is_starting = false;
  let_go(request, progress);
  return has_pages;
}

// A job for the next blocks of `request`, or nullptr when there are no pages for it.
CryptoChannel::Job* CryptoChannel::start_job(Request& request, Progress& progress) noexcept {
  const bool is_read = request.op == Op::Read;
  const size_t left_bytes = std::min((request.block_count - progress.blocks_started) * unit_bytes_, job_bytes_max_);
  std::array<std::byte*, 1 + crypto_job_pages_max> pages;
  size_t wanted = 0;
  if (is_read) {
    wanted = is_cut_in_units(request) ? 1 : 0;
  } else {
    wanted = std::min<size_t>((left_bytes + PageSource::page_bytes - 1) / PageSource::page_bytes, crypto_job_pages_max);
  }
  const uint32_t least = wanted == 0 ? 1 : 2;
  const uint32_t count = pages_.take(least, std::span(pages).first(1 + wanted));
  if (count == 0) {
    return nullptr;
  }
  Job& job = *new (pages[0]) Job;
  job.channel = this;
  job.request = &request;
  job.page_count = count - 1;
  std::copy_n(pages.begin() + 1, job.page_count, job.pages.begin());
  job.cursor = progress.cursor;
  job.bytes = is_read ? left_bytes : std::min(left_bytes, job.page_count * PageSource::page_bytes);

  Request& below = job.below;
  below.whole = &request;
  below.op = is_read ? Op::Read : Op::Write;
  below.flags = static_cast<uint8_t>((request.flags & block::flag::Fua) | block::flag::Part);
  below.lba = request.lba + progress.blocks_started;
  below.block_count = job.bytes / unit_bytes_;
  zeroes_bytes_ += request.op == Op::WriteZeroes ? job.bytes : 0;
  if (is_read) {
    below.iov = request.iov;
    below.iov_count = request.iov_count;
  }
  progress.blocks_started += below.block_count;
  ++progress.jobs;
  if (request.op == Op::Write && progress.blocks_started < request.block_count) {
    progress.cursor.advance(job.bytes);
  }
  return &job;
}

bool CryptoChannel::is_cut_in_units(const Request& request) const noexcept {
  const std::span elements(request.iov, request.iov_count);
  return std::any_of(elements.begin(), elements.end(),
                     [this](const iovec& element) { return element.iov_len % unit_bytes_ != 0; });
}

void CryptoChannel::submit_below(Job& job) noexcept {
  if (job.below.is_abandoned()) [[unlikely]] {
    finish_job(job, Status::Aborted);
    return;
  }
  job.below.push(&below_done, &job);
  below_->submit(job.below);
}

void CryptoChannel::below_done(Request& below) noexcept {
  Job& job = *static_cast<Job*>(below.popped().owner);
  if (below.op == Op::Read && below.status == Status::Ok) {
    job.channel->run_engine(job);
  } else {
    job.channel->finish_job(job, below.status);
  }
}

// Gives run after run to the engine until it keeps one or all are done.
void CryptoChannel::run_engine(Job& job) noexcept {
  while (begin_run(job)) {
    job.is_submitting = true;
    job.is_run_done = false;
    engine_.submit(job.operation);
    job.is_submitting = false;
    if (!job.is_run_done) {
      return;  // engine_done() goes on
    }
    if (job.operation.status != accel::Status::Ok) {
      finish_job(job, Status::IoError);
      return;
    }
    end_run(job);
  }
  if (job.request->op == Op::Read) {
    finish_job(job, Status::Ok);
    return;
  }
  for (size_t i = 0, left = job.bytes; left != 0; ++i) {
    job.iov[i] = {job.pages[i], std::min(left, PageSource::page_bytes)};
    left -= job.iov[i].iov_len;
    job.below.iov_count = static_cast<uint32_t>(i + 1);
  }
  job.below.iov = job.iov.data();
  submit_below(job);
}

// Sets the operation for the next run; false when there is none left.
bool CryptoChannel::begin_run(Job& job) noexcept {
  if (job.bytes_begun == job.bytes) {
    return false;
  }
  accel::Operation& operation = job.operation;
  operation.key = key_.get();
  operation.data_unit_bytes = unit_bytes_;
  operation.data_unit_number = job.below.lba + job.bytes_begun / unit_bytes_;
  operation.done = &engine_done;
  operation.owner = &job;
  job.is_cut = false;
  if (job.request->op == Op::Read) {
    begin_decrypting(job, operation);
  } else {
    begin_encrypting(job, operation);
  }
  operation.length_bytes = job.run_bytes;
  job.bytes_begun += job.run_bytes;
  return true;
}

void CryptoChannel::begin_encrypting(Job& job, accel::Operation& operation) noexcept {
  const size_t page_offset = job.bytes_begun % PageSource::page_bytes;
  const size_t limit = std::min(PageSource::page_bytes - page_offset, job.bytes - job.bytes_begun);
  operation.code = accel::OpCode::XtsEncrypt;
  operation.destination = job.pages[job.bytes_begun / PageSource::page_bytes] + page_offset;
  if (job.request->op == Op::WriteZeroes) {
    operation.source = zeroes.data();
    job.run_bytes = limit;
    return;
  }
  job.run_bytes = job.cursor.contiguous_bytes(limit) / unit_bytes_ * unit_bytes_;
  if (job.run_bytes != 0) {
    operation.source = job.cursor.data();
    job.cursor.advance(job.run_bytes);
    return;
  }
  job.is_cut = true;
  job.run_bytes = unit_bytes_;
  job.cursor.gather(operation.destination, unit_bytes_);
  operation.source = operation.destination;
}

void CryptoChannel::begin_decrypting(Job& job, accel::Operation& operation) noexcept {
  operation.code = accel::OpCode::XtsDecrypt;
  job.run_bytes = job.cursor.contiguous_bytes(job.bytes - job.bytes_begun) / unit_bytes_ * unit_bytes_;
  if (job.run_bytes != 0) {
    operation.source = operation.destination = job.cursor.data();
    job.cursor.advance(job.run_bytes);
    return;
  }
  job.is_cut = true;
  job.run_bytes = unit_bytes_;
  block::IovCursor ahead = job.cursor;
  ahead.gather(job.pages[0], unit_bytes_);
  operation.source = operation.destination = job.pages[0];
}

void CryptoChannel::end_run(Job& job) noexcept {
  if (job.is_cut && job.request->op == Op::Read) {
    job.cursor.scatter(job.pages[0], unit_bytes_);
  }
}

void CryptoChannel::engine_done(accel::Operation& operation) noexcept {
  Job& job = *static_cast<Job*>(operation.owner);
  job.is_run_done = true;
  if (job.is_submitting) {
    return;  // run_engine() goes on
  }
  if (operation.status != accel::Status::Ok) {
    job.channel->finish_job(job, Status::IoError);
    return;
  }
  job.channel->end_run(job);
  job.channel->run_engine(job);
}

void CryptoChannel::finish_job(Job& job, Status status) noexcept {
  Request& request = *job.request;
  for (uint32_t i = 0; i < job.page_count; ++i) {
    pages_.give_back(job.pages[i]);
  }
  job.~Job();
  pages_.give_back(reinterpret_cast<std::byte*>(&job));
  Progress& progress = progress_of(request);
  if (progress.status == Status::Ok) {
    progress.status = status;
  }
  if (progress.status == Status::Ok && progress.blocks_started < request.block_count && request.is_abandoned())
      [[unlikely]] {
    progress.status = Status::Aborted;
  }
  // Its next job stands behind the requests that wait already.
  if (!progress.is_waiting && !progress.is_starting && progress.status == Status::Ok &&
      progress.blocks_started < request.block_count) {
    progress.is_waiting = true;
    waiting_.push_back(request);
  }
  serve_waiting();
  let_go(request, progress);
}

// One hold on `request` less; with the last one it is complete, unless it waits for pages.
void CryptoChannel::let_go(Request& request, Progress& progress) noexcept {
  check(progress.jobs > 0, "a job ends once");
  if (--progress.jobs == 0 && !progress.is_waiting) {
    request.complete(progress.status);
  }
}

void CryptoChannel::take_abandoned(IntrusiveQueue<Request>& from, IntrusiveQueue<Request>& ended) noexcept {
  IntrusiveQueue<Request> waiting;
  waiting.splice_back(from);
  while (Request* const request = waiting.pop_front()) {
    (request->is_abandoned() ? ended : from).push_back(*request);
  }
}

// Those of its jobs that are below end there; the requests that wait for their next one begin none.
void CryptoChannel::do_abandon() noexcept {
  IntrusiveQueue<Request> ended;
  take_abandoned(waiting_, ended);
  take_abandoned(next_turn_, ended);
  while (Request* const request = ended.pop_front()) {
    Progress& progress = progress_of(*request);
    progress.status = Status::Aborted;
    progress.is_waiting = false;
    if (progress.jobs == 0) {
      request->complete(Status::Aborted);
    }
  }
  below_->abandon();
}

bool CryptoChannel::may_zero_more() noexcept {
  if (zeroes_turn_ns_ != reactor_.turn_ns()) {
    zeroes_turn_ns_ = reactor_.turn_ns();
    zeroes_bytes_ = 0;
  }
  return zeroes_bytes_ < crypto_zeroes_bytes_per_turn_max;
}

void CryptoChannel::wait_for_next_turn(Request& request) noexcept {
  next_turn_.push_back(request);
  if (!next_turn_timer_.is_armed()) {
    reactor_.arm(next_turn_timer_, reactor_.turn_ns() + 1);
  }
}

// Those that find no room in this turn either come back to the end of the queue, for the turn after.
void CryptoChannel::serve_next_turn() noexcept {
  IntrusiveQueue<Request> due;
  due.splice_back(next_turn_);
  while (Request* const request = due.pop_front()) {
    progress_of(*request).is_waiting = false;
    (void)start_jobs(*request);
  }
}

void CryptoChannel::serve_waiting() noexcept {
  if (is_serving_) {
    return;  // the loop below sees what this call would
  }
  is_serving_ = true;
  bool is_moving = true;
  while (is_moving) {
    Request* const request = waiting_.pop_front();
    if (request == nullptr) {
      break;
    }
    progress_of(*request).is_waiting = false;
    is_moving = start_jobs(*request);
  }
  is_serving_ = false;
}

}  // namespace outrigger::volume
