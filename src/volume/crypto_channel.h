// CryptoChannel: one core's way through encryption. A request is done in jobs. A job lives in a page of its own, has
// up to crypto_job_pages_max pages of data, one request for the device below, and one accel operation at a time.
//
//   write:  take pages → encrypt run by run into them → write below → give pages back
//   read:   take a page → read below into the front end's memory → decrypt run by run in place → give it back
//
// A run is as many whole data units as lie together in memory. A unit that is cut by the front end's buffers goes
// through a page of ours.
//
// Write-zeroes may be as large as the device, and below may be done at once: a channel does a share of it each turn, so
// that its core serves others in between.
#pragma once

#include "base/intrusive.h"
#include "block/iov_cursor.h"
#include "core/page_source.h"
#include "volume/crypto.h"
#include "volume/limits.h"

#include <array>
#include <memory>

namespace outrigger::volume {

class CryptoChannel final : public block::Channel {
 public:
  CryptoChannel(CryptoDevice& device, core::Reactor& reactor, accel::Engine& engine, std::unique_ptr<accel::XtsKey> key,
                core::BufferPool* pool, std::unique_ptr<block::Channel> below);
  ~CryptoChannel() override;

 private:
  // How far a request is; in its frame's scratch.
  struct Progress {
    block::IovCursor cursor;      // the memory of the next job
    uint64_t blocks_started = 0;  // in jobs that were started
    uint32_t jobs = 0;            // under way, and one while start_jobs() runs
    block::Status status = block::Status::Ok;
    bool is_waiting = false;   // in waiting_ or next_turn_
    bool is_starting = false;  // in start_jobs()
  };

  struct Job {
    block::Request below;  // what goes down for this job
    accel::Operation operation;
    CryptoChannel* channel = nullptr;
    block::Request* request = nullptr;
    block::IovCursor cursor;  // the front end's memory of the next run
    size_t bytes = 0;         // of the whole job
    size_t bytes_begun = 0;   // up to the end of the present run
    size_t run_bytes = 0;
    uint32_t page_count = 0;
    bool is_cut = false;  // the present run is one unit that the front end's buffers cut
    bool is_submitting = false;
    bool is_run_done = false;
    std::array<std::byte*, crypto_job_pages_max> pages;
    std::array<iovec, crypto_job_pages_max> iov;
  };
  static_assert(sizeof(Job) <= core::PageSource::page_bytes);
  static_assert(sizeof(Progress) <= sizeof(block::Frame::scratch));

  void do_submit(block::Request& request) noexcept override;
  void do_prefetch(const block::Request& request) noexcept override { below_->prefetch(request); }
  void do_expedite() noexcept override { below_->expedite(); }
  void do_abandon() noexcept override;
  static void take_abandoned(IntrusiveQueue<block::Request>& from, IntrusiveQueue<block::Request>& ended) noexcept;
  [[nodiscard]] static Progress& progress_of(block::Request& request) noexcept;
  static void passed_on(block::Request& request) noexcept;

  bool start_jobs(block::Request& request) noexcept;
  [[nodiscard]] Job* start_job(block::Request& request, Progress& progress) noexcept;
  [[nodiscard]] bool is_cut_in_units(const block::Request& request) const noexcept;
  void submit_below(Job& job) noexcept;
  static void below_done(block::Request& below) noexcept;

  void run_engine(Job& job) noexcept;
  [[nodiscard]] bool begin_run(Job& job) noexcept;
  void begin_encrypting(Job& job, accel::Operation& operation) noexcept;
  void begin_decrypting(Job& job, accel::Operation& operation) noexcept;
  void end_run(Job& job) noexcept;
  static void engine_done(accel::Operation& operation) noexcept;

  void finish_job(Job& job, block::Status status) noexcept;
  void let_go(block::Request& request, Progress& progress) noexcept;
  void serve_waiting() noexcept;
  [[nodiscard]] bool may_zero_more() noexcept;
  void wait_for_next_turn(block::Request& request) noexcept;
  void serve_next_turn() noexcept;

  core::Reactor& reactor_;
  accel::Engine& engine_;
  std::unique_ptr<accel::XtsKey> key_;
  std::unique_ptr<block::Channel> below_;
  core::PageSource pages_;
  IntrusiveQueue<block::Request> waiting_;    // for pages
  IntrusiveQueue<block::Request> next_turn_;  // write-zeroes that had their share of this turn
  core::Timer next_turn_timer_;
  uint64_t zeroes_turn_ns_ = 0;  // the turn that zeroes_bytes_ belongs to
  uint64_t zeroes_bytes_ = 0;
  uint32_t unit_bytes_;
  uint64_t job_bytes_max_ = 0;
  std::atomic<uint32_t>& open_count_;
  bool is_serving_ = false;
};

}  // namespace outrigger::volume
