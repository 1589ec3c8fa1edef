#include "virtio/event_signal.h"

#include "virtio/limits.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

namespace outrigger::virtio {
namespace {

// One thread that writes. `writing` is the number of the write that is under way, 0 between writes.
struct Writer {
  std::atomic<uint64_t> writing{0};
  uint64_t write_count = 0;  // the writer's own
  uint64_t seen = 0;         // the guardian's own: `writing` at its last look
  pid_t thread_id = 0;
};

// Nobody uses this signal number; glibc keeps the first real-time signals for itself.
int interrupting_signal() noexcept { return SIGRTMIN + 5; }
void on_interrupt(int) {}

class Guardian {
 public:
  // Lives as long as the process: threads may write until its very end.
  static Guardian& get() {
    static Guardian* const the_guardian = new Guardian;
    return *the_guardian;
  }
  void add(Writer& writer) {
    const std::lock_guard lock(mutex_);
    writers_.push_back(&writer);
  }
  void remove(Writer& writer) {
    const std::lock_guard lock(mutex_);
    std::erase(writers_, &writer);
  }
  // Called after `writing` was stored, both in the single order of seq_cst: either this sees that the guardian rests,
  // or the guardian sees the write.
  void note_write() noexcept {
    if (is_resting_.load(std::memory_order_seq_cst)) [[unlikely]] {
      is_resting_.store(false, std::memory_order_seq_cst);
      is_resting_.notify_one();
    }
  }

 private:
  Guardian() {
    struct sigaction action{};
    action.sa_handler = on_interrupt;  // no SA_RESTART: the write ends with EINTR
    ::sigemptyset(&action.sa_mask);
    ::sigaction(interrupting_signal(), &action, nullptr);
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);  // the daemon's signals are not this thread's
    std::thread([this] { run(); }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  [[noreturn]] void run() {
    ::pthread_setname_np(::pthread_self(), "signal guard");
    uint32_t quiet_checks = 0;
    for (;;) {
      const timespec pause{.tv_sec = 0, .tv_nsec = signal_check_ns};
      ::nanosleep(&pause, nullptr);
      quiet_checks = look() ? 0 : quiet_checks + 1;
      if (quiet_checks >= signal_quiet_checks_max) {
        is_resting_.store(true, std::memory_order_seq_cst);
        if (!look()) {
          is_resting_.wait(true, std::memory_order_seq_cst);
        }
        is_resting_.store(false, std::memory_order_seq_cst);
        quiet_checks = 0;
      }
    }
  }
  // Interrupts every writer that is in the same write as at the last look. Whether anybody wrote.
  bool look() {
    const std::lock_guard lock(mutex_);
    bool has_writes = false;
    for (Writer* const writer : writers_) {
      const uint64_t now = writer->writing.load(std::memory_order_seq_cst);
      if (now != 0 && now == writer->seen) {
        // It may not have reached the kernel yet; then the next look does it again.
        ::syscall(SYS_tgkill, ::getpid(), writer->thread_id, interrupting_signal());
      }
      has_writes = has_writes || now != writer->seen;
      writer->seen = now;
      has_writes = has_writes || now != 0;
    }
    return has_writes;
  }

  std::mutex mutex_;  // around the list: when threads begin and end, and while the guardian looks
  std::vector<Writer*> writers_;
  std::atomic<bool> is_resting_{false};
};

// The calling thread's entry, from its first write to its end.
class ThisWriter {
 public:
  ThisWriter() : guardian(Guardian::get()) {
    writer.thread_id = static_cast<pid_t>(::syscall(SYS_gettid));
    sigset_t interrupting;
    ::sigemptyset(&interrupting);
    ::sigaddset(&interrupting, interrupting_signal());
    ::pthread_sigmask(SIG_UNBLOCK, &interrupting, nullptr);
    guardian.add(writer);
  }
  ~ThisWriter() { guardian.remove(writer); }
  ThisWriter(const ThisWriter&) = delete;
  ThisWriter& operator=(const ThisWriter&) = delete;

  Guardian& guardian;
  Writer writer;
};

}  // namespace

bool signal_event(int fd) noexcept {
  thread_local ThisWriter mine;
  mine.writer.writing.store(++mine.writer.write_count, std::memory_order_seq_cst);
  mine.guardian.note_write();
  const uint64_t one = 1;
  const ssize_t written = ::write(fd, &one, sizeof one);
  const bool was_interrupted = written < 0 && errno == EINTR;
  mine.writer.writing.store(0, std::memory_order_release);
  return !was_interrupted;
}

}  // namespace outrigger::virtio
