// tcp-bare: the bound for NVMe/TCP on this machine: two threads that move the bytes of the same I/Os over a loopback
// connection and know no protocol at all. A read is 72 bytes one way and 24 + data the other, a write 72 + data and 24.
// Both sides poll, receive all there is with one call and answer everything with one call. The data are always the same
// bytes, which stay in the cache; with --spread the server has them in so much memory, each at a random place, as a
// volume in memory has.
#include "base/check.h"
#include "base/unique_fd.h"
#include "load/latency.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace outrigger::load {

namespace {

constexpr std::string_view usage =
    R"(tcp-bare: how fast bytes go over a loopback TCP connection, in the pattern of NVMe/TCP, without any protocol.

usage: tcp-bare [options]

  --rw KIND        read (default) or write
  --depth N        I/Os in flight (32)
  --bytes N        of one I/O (4096)
  --spread N       the server's data are at random places in so many bytes of memory (0: always the same place)
  --seconds N      (2)
  --server-cpu N   (0)
  --client-cpu N   (1)
  --json           one line of JSON
)";

constexpr size_t request_bytes = 72;
constexpr size_t reply_bytes = 24;
constexpr size_t receive_bytes = 512U << 10U;
constexpr size_t pieces_max = 1024;

struct Command {
  bool is_write = false;
  bool is_json = false;
  uint32_t depth = 32;
  uint32_t bytes = 4096;
  uint64_t spread = 0;
  uint32_t seconds = 2;
  int server_cpu = 0;
  int client_cpu = 1;

  [[nodiscard]] size_t request_size() const noexcept { return request_bytes + (is_write ? bytes : 0); }
  [[nodiscard]] size_t reply_size() const noexcept { return reply_bytes + (is_write ? 0 : bytes); }
};

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  (void)::sched_setaffinity(0, sizeof(set), &set);
}

double thread_cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Where the server's data are. Huge pages where the machine has them, as memory volumes do.
class Places {
 public:
  Places(uint64_t spread, size_t bytes) : bytes_(bytes), count_(std::max<uint64_t>(spread / bytes, 1)) {
    void* const memory =
        ::mmap(nullptr, size_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(memory != MAP_FAILED, "there is memory for what --spread asks for");
    if (count_ != 1) {
      (void)::madvise(memory, size_bytes(), MADV_HUGEPAGE);
    }
    memory_ = static_cast<std::byte*>(memory);
    std::memset(memory_, 0x5A, size_bytes());
  }
  ~Places() { (void)::munmap(memory_, size_bytes()); }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  // Room for one I/O's data; a look ahead brings them into the cache, as we do ourselves.
  [[nodiscard]] std::byte* next() noexcept {
    std::byte* const chosen = ahead_ != nullptr ? ahead_ : memory_;
    if (count_ != 1) {
      // xorshift64*
      random_ ^= random_ >> 12U;
      random_ ^= random_ << 25U;
      random_ ^= random_ >> 27U;
      ahead_ = memory_ + (random_ * 0x2545F4914F6CDD1DULL >> 16U) % count_ * bytes_;
      for (size_t at = 0; at < std::min(bytes_, look_ahead_bytes); at += cache_line_bytes) {
        __builtin_prefetch(ahead_ + at);
      }
    }
    return chosen;
  }
  [[nodiscard]] bool are_spread() const noexcept { return count_ != 1; }

 private:
  static constexpr size_t look_ahead_bytes = 4096;
  static constexpr size_t cache_line_bytes = 64;
  [[nodiscard]] size_t size_bytes() const noexcept { return count_ * bytes_; }

  const size_t bytes_;
  const uint64_t count_;
  std::byte* memory_ = nullptr;
  std::byte* ahead_ = nullptr;
  uint64_t random_ = 0x9E3779B97F4A7C15ULL;
};

// Messages of one size that are to be sent: as many as fit go out with one call.
class Outbox {
 public:
  // Each message is `head` bytes and `data` bytes, which are at one of `places`.
  Outbox(size_t head, size_t data, Places& places) : head_(head), size_(head + data), header_(head), places_(places) {}
  void add(uint64_t count) noexcept { left_ += count * size_; }
  [[nodiscard]] bool is_empty() const noexcept { return left_ == 0; }

  // False when the connection is over.
  bool send(int fd) noexcept {
    iovec pieces[pieces_max];
    while (left_ != 0) {
      size_t count = 0;
      size_t planned = 0;
      size_t offset = (size_ - left_ % size_) % size_;
      while (planned < left_ && count + 2 <= pieces_max) {
        if (offset < head_) {
          pieces[count++] = {header_.data() + offset, head_ - offset};
        }
        const size_t from = std::max(offset, head_);
        if (from < size_) {
          pieces[count++] = {places_.next() + (from - head_), size_ - from};
        }
        planned += size_ - offset;
        offset = 0;
      }
      msghdr message{};
      message.msg_iov = pieces;
      message.msg_iovlen = count;
      const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0) {
        return errno == EAGAIN;
      }
      left_ -= static_cast<size_t>(sent);
    }
    return true;
  }

 private:
  size_t head_;
  size_t size_;
  std::vector<std::byte> header_;
  Places& places_;
  size_t left_ = 0;
};

// Counts whole messages of one size that came in.
class Inbox {
 public:
  explicit Inbox(size_t size) : size_(size), memory_(receive_bytes) {}
  // What `count` messages brought is put at places of its own, as a volume has to. It does not matter which bytes.
  void keep(uint64_t count, size_t head, Places& places) const noexcept {
    const size_t bytes = size_ - head;
    for (uint64_t i = 0; i < count; ++i) {
      std::memcpy(places.next(), memory_.data() + i * size_ % (receive_bytes - bytes), bytes);
    }
  }
  // How many are complete now; nothing when the connection is over.
  std::optional<uint64_t> receive(int fd) noexcept {
    const ssize_t got = ::recv(fd, memory_.data(), memory_.size(), MSG_DONTWAIT);
    if (got <= 0) {
      return got < 0 && errno == EAGAIN ? std::optional<uint64_t>(0) : std::nullopt;
    }
    partial_ += static_cast<size_t>(got);
    const uint64_t count = partial_ / size_;
    partial_ %= size_;
    return count;
  }

 private:
  size_t size_;
  std::vector<std::byte> memory_;
  size_t partial_ = 0;
};

struct Server {
  std::atomic<bool> is_ready{false};
  double cpu_seconds = 0;
  uint64_t io_count = 0;
};

void serve(const Command& command, int fd, Server& server) {
  pin(command.server_cpu);
  Inbox inbox(command.request_size());
  Places places(command.spread, command.bytes);
  Outbox outbox(reply_bytes, command.reply_size() - reply_bytes, places);
  server.is_ready.store(true, std::memory_order_release);
  const double began = thread_cpu_seconds();
  while (true) {
    const std::optional<uint64_t> count = inbox.receive(fd);
    if (!count) {
      break;
    }
    server.io_count += *count;
    if (command.is_write && places.are_spread()) {
      inbox.keep(*count, request_bytes, places);
    }
    outbox.add(*count);
    if (!outbox.is_empty() && !outbox.send(fd)) {
      break;
    }
    if (*count == 0) {
      relax();
    }
  }
  server.cpu_seconds = thread_cpu_seconds() - began;
}

struct Outcome {
  uint64_t io_count = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  Latency latency;
};

// Replies come in the order of the requests, so that start times are a ring.
bool drive(const Command& command, int fd, Outcome& outcome) {
  pin(command.client_cpu);
  Inbox inbox(command.reply_size());
  Places places(0, command.bytes);
  Outbox outbox(request_bytes, command.request_size() - request_bytes, places);
  std::vector<uint64_t> starts(command.depth);
  size_t oldest = 0;
  const double began = thread_cpu_seconds();
  const uint64_t start = ticks();
  const auto length = static_cast<uint64_t>(ticks_per_second() * command.seconds);
  std::ranges::fill(starts, start);
  outbox.add(command.depth);
  uint64_t now = start;
  while (now - start < length) {
    if (!outbox.is_empty() && !outbox.send(fd)) {
      return false;
    }
    const std::optional<uint64_t> count = inbox.receive(fd);
    if (!count) {
      return false;
    }
    now = ticks();
    for (uint64_t i = 0; i < *count; ++i) {
      outcome.latency.add(now - starts[oldest]);
      starts[oldest] = now;
      oldest = (oldest + 1) % command.depth;
    }
    outbox.add(*count);
    outcome.io_count += *count;
  }
  outcome.seconds = static_cast<double>(now - start) / ticks_per_second();
  outcome.cpu_seconds = thread_cpu_seconds() - began;
  return true;
}

std::pair<UniqueFd, UniqueFd> connect_to_ourselves() {
  const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  check(::bind(listener.get(), generic, length) == 0 && ::listen(listener.get(), 1) == 0,
        "loopback can be listened at");
  check(::getsockname(listener.get(), generic, &length) == 0, "a socket knows its name");
  UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  check(::connect(client.get(), generic, length) == 0, "loopback can be connected to");
  UniqueFd server(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const int one = 1;
  for (const int fd : {client.get(), server.get()}) {
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  }
  return {std::move(client), std::move(server)};
}

bool parse(int argc, char** argv, Command& command) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--json") {
      command.is_json = true;
      continue;
    }
    if (i + 1 == argc) {
      return false;
    }
    const std::string_view value = argv[++i];
    const long number = std::strtol(argv[i], nullptr, 10);
    if (word == "--rw" && (value == "read" || value == "write")) {
      command.is_write = value == "write";
    } else if (word == "--depth" && number > 0 && number <= 65536) {
      command.depth = static_cast<uint32_t>(number);
    } else if (word == "--bytes" && number > 0 && number <= (1 << 24)) {
      command.bytes = static_cast<uint32_t>(number);
    } else if (word == "--spread" && number >= 0) {
      command.spread = static_cast<uint64_t>(number);
    } else if (word == "--seconds" && number > 0) {
      command.seconds = static_cast<uint32_t>(number);
    } else if (word == "--server-cpu" && number >= 0) {
      command.server_cpu = static_cast<int>(number);
    } else if (word == "--client-cpu" && number >= 0) {
      command.client_cpu = static_cast<int>(number);
    } else {
      return false;
    }
  }
  // What is kept is copied out of one receive.
  return command.spread == 0 || !command.is_write || command.bytes <= receive_bytes / 2;
}

void print(const Command& command, const Outcome& outcome, const Server& server) {
  const double iops = static_cast<double>(outcome.io_count) / outcome.seconds;
  const double to_us = 1e6 / ticks_per_second();
  const double average = outcome.latency.average() * to_us;
  const double p99 = static_cast<double>(outcome.latency.quantile(0.99)) * to_us;
  const double cpu_us = server.cpu_seconds * 1e6 / static_cast<double>(std::max<uint64_t>(1, server.io_count));
  const double client_us = outcome.cpu_seconds * 1e6 / static_cast<double>(std::max<uint64_t>(1, outcome.io_count));
  if (command.is_json) {
    fmt::print(R"({{"iops":{:.0f},"average_us":{:.2f},"p99_us":{:.2f},"server_cpu_us":{:.3f},"client_cpu_us":{:.3f}}})",
               iops, average, p99, cpu_us, client_us);
    fmt::print("\n");
    return;
  }
  fmt::print(
      "{} of {} bytes, depth {}: {:.0f} IOPS, {:.2f} us average, {:.2f} us p99, {:.3f} us of the server an I/O\n",
      command.is_write ? "writes" : "reads", command.bytes, command.depth, iops, average, p99, cpu_us);
}

int run(int argc, char** argv) {
  Command command;
  if (!parse(argc, argv, command)) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  (void)ticks_per_second();
  auto [client, server] = connect_to_ourselves();
  Server served;
  Outcome outcome;
  std::thread thread(serve, std::cref(command), server.get(), std::ref(served));
  while (!served.is_ready.load(std::memory_order_acquire)) {
    relax();
  }
  const bool is_good = drive(command, client.get(), outcome);
  client.reset();
  thread.join();
  if (!is_good) {
    fmt::print(stderr, "tcp-bare: the connection broke\n");
    return 1;
  }
  print(command, outcome, served);
  return 0;
}

}  // namespace
}  // namespace outrigger::load

int main(int argc, char** argv) { return outrigger::load::run(argc, argv); }
