// TcpPath: a Path over TCP: one job that connects, serves, and begins again, and what rings its bell meanwhile.
#pragma once

#include "base/counted_limiter.h"
#include "core/random.h"
#include "nvme_host/admin_session.h"
#include "nvme_host/ana_log.h"
#include "nvme_host/async_events.h"
#include "nvme_host/bell.h"
#include "nvme_host/keep_alive.h"
#include "nvme_host/path.h"
#include "nvme_host/shared_queue.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace outrigger::nvme_host {

class TcpPath final : public Path, private TcpQueueOwner {
 public:
  TcpPath(core::Reactor& control, std::vector<core::Reactor*> data_cores, PathOptions options,
          BeginConnect connect = begin_connect);
  // Was never started, or has been stopped.
  ~TcpPath() override;
  TcpPath(const TcpPath&) = delete;
  TcpPath& operator=(const TcpPath&) = delete;

  void start(PathObserver& observer) override;
  core::Job<void> stop() override;
  void reset() override;
  const PathOptions& options() const noexcept override { return options_; }
  PathStatus status() const override { return status_; }
  const PathController& controller() const noexcept override { return controller_; }
  const std::vector<PathNamespace>& namespaces() const noexcept override { return namespaces_; }
  std::shared_ptr<PathQueue> queue(size_t core) const override;

 private:
  // TcpQueueOwner
  void queue_broken(TcpQueue& queue) noexcept override;

  core::Job<void> run();
  // -- tcp_path.cc: the stages of the job
  core::Job<Result<void>> set_up();
  core::Job<Result<void>> ask_for_events();
  core::Job<Result<void>> connect_queues();
  core::Job<Result<void>> connect_queue(size_t core, uint32_t entries);
  // Gives every core a queue, or a share of one, once there are queues.
  void share_queues();
  core::Job<void> close_queues();
  core::Job<void> live();
  core::Job<void> serve();
  // Authenticates anew when it is time for it.
  core::Job<void> keep_authenticated();
  core::Job<void> take_down();
  // Waits before the next try, or, when that was the last one, until somebody wants another.
  core::Job<void> pause();

  // -- tcp_path_events.cc: what a live controller tells
  core::Job<void> act_on(EventNews news);
  core::Job<void> read_errors();
  core::Job<Result<void>> clear_log(nvme::LogPage page, size_t bytes);
  core::Job<Result<std::vector<PathNamespace>>> read_namespaces();
  // Puts the states into `spaces`.
  core::Job<Result<void>> read_ana(std::vector<PathNamespace>* spaces);
  core::Job<Result<AnaLog>> read_ana_log();
  void watch_transition(const AnaLog& log);
  void publish(std::vector<PathNamespace> spaces);

  void lose(const std::string& why) noexcept;
  void interrupt() noexcept;
  void set_state(PathState state);
  void note_failure(const Error& error);
  [[nodiscard]] bool is_given_up() const;
  [[nodiscard]] uint64_t next_delay_ns();
  [[nodiscard]] TcpQueueOptions queue_options(std::string name) const;
  [[nodiscard]] bool has_ana() const noexcept;

  core::Reactor& control_;
  const std::vector<core::Reactor*> data_cores_;
  const PathOptions options_;
  const BeginConnect connect_;
  PathObserver* observer_ = nullptr;
  PathStatus status_;
  PathController controller_;
  std::vector<PathNamespace> namespaces_;

  std::unique_ptr<AdminSession> session_;
  std::vector<std::shared_ptr<TcpQueue>> queues_;  // on the first data cores
  std::vector<std::shared_ptr<PathQueue>> ways_;   // by data core: its queue, or its share of one
  std::vector<std::pair<size_t, std::shared_ptr<BorrowedShare>>> borrowed_;  // those of `ways_` that are, with the core
  std::shared_ptr<TcpQueue> opening_;                                        // an I/O queue that is not on its core yet
  Bell bell_;
  AsyncEvents events_;
  KeepAlive keep_alive_;
  core::Timer transition_timer_;              // for the earliest of these
  std::map<uint32_t, uint64_t> transitions_;  // ANA groups in the state Change, and until when they may be
  core::Timer stop_timer_;
  core::Random random_;
  log::CountedLimiter target_lines_;  // in the log, that the target causes
  log::CountedLimiter life_lines_;    // of coming up, of being lost and of tries that fail, at the rate of reconnects

  bool is_stopping_ = false;
  bool is_reset_ = false;
  bool is_serving_ = false;
  bool is_lost_ = false;     // the present association
  bool is_refused_ = false;  // the latest try, for good
  bool is_denied_ = false;   // the same, for want of the right keys
  uint64_t reauthenticate_at_ns_ = UINT64_MAX;
  uint64_t errors_due_ns_ = UINT64_MAX;  // when the error information log is read: an event told of it
  uint64_t errors_read_ns_ = 0;          // at the latest
  uint32_t errors_retries_ = 0;          // since it could be read
  uint32_t failures_ = 0;                // one after the other
  uint64_t lost_ns_ = 0;                 // since when there was no success
  std::string told_;                     // the latest reason that was logged, to log each once
  bool is_over_ = true;
  core::Event<bool> over_;
};

}  // namespace outrigger::nvme_host
