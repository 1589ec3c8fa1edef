#include "simulation/network.h"

#include "base/check.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace outrigger::simulation {
namespace {

constexpr size_t read_bytes_max = 64U << 10;
// A direction holds about as much as the buffers of two kernels would.
constexpr size_t said_bytes_max = 512U << 10;
// How long until a full receiver is tried again.
constexpr uint64_t full_ns = 20'000;
constexpr uint64_t never = UINT64_MAX;
// ICReq and ICResp (TCP Transport 1.0, 3.6.2.2 and 3.6.2.3).
constexpr uint64_t initialization_bytes = 128;

constexpr uint64_t delays_ns_max[] = {1'000, 20'000, 200'000, 3'000'000};
constexpr size_t pieces_bytes_max[] = {65536, 65536, 5000, 97};

std::array<UniqueFd, 2> socket_pair() {
  int fds[2];
  check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0, "a pair of sockets");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

}  // namespace

// -- a connection

Link::Link(Network& network, std::string door, std::array<UniqueFd, side_count> ends, uint64_t lifetime_ns)
    : network_(network),
      door_(std::move(door)),
      lifetime_ns_(lifetime_ns),
      delay_ns_max_(delays_ns_max[network.is_calm_ ? 0 : network.random_.below(4)]),
      piece_bytes_max_(pieces_bytes_max[network.is_calm_ ? 0 : network.random_.below(4)]) {
  timer_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<Link*>(timer.owner)->advance(); };
  for (size_t i = 0; i < side_count; ++i) {
    ends_[i].link = this;
    ends_[i].side = static_cast<Side>(i);
    ends_[i].fd = std::move(ends[i]);
    watch(ends_[i]);
  }
}

Link::~Link() {
  for (End& end : ends_) {
    close(end);
  }
  network_.reactor_.cancel(timer_);
}

bool Link::is_over() const noexcept {
  return std::ranges::all_of(ends_, [](const End& end) { return end.has_ended; });
}

void Link::End::on_ready(uint32_t) noexcept { link->read(*this); }

void Link::watch(End& end) {
  if (!end.is_watched && end.fd.is_open() && !end.has_ended) {
    end.is_watched = network_.reactor_.watch(end.fd.get(), EPOLLIN, end).has_value();
    check(end.is_watched, "a relay watches its sockets");
  }
}

// This side can neither say nor hear anything more; what it said stays.
void Link::close(End& end) {
  if (std::exchange(end.is_watched, false)) {
    network_.reactor_.unwatch(end.fd.get(), end);
  }
  end.fd.reset();
  end.has_ended = true;
}

void Link::read(End& end) {
  const uint64_t now_ns = network_.now_ns();
  Chunk chunk{.read_ns = now_ns, .due_ns = now_ns + network_.random_.below(delay_ns_max_) + 1, .bytes = {}};
  chunk.bytes.resize(1 + network_.random_.below(read_bytes_max));
  const ssize_t bytes = ::recv(end.fd.get(), chunk.bytes.data(), chunk.bytes.size(), MSG_DONTWAIT);
  if (bytes < 0 && errno == EAGAIN) {
    return;
  }
  if (!end.said.empty()) {
    chunk.due_ns = std::max(chunk.due_ns, end.said.back().due_ns);
  }
  if (bytes > 0) {
    chunk.bytes.resize(static_cast<size_t>(bytes));
    end.said_bytes += chunk.bytes.size();
    end.said.push_back(std::move(chunk));
  } else {
    end.has_ended = true;
    end.end_due_ns = chunk.due_ns;
  }
  if ((end.has_ended || end.said_bytes >= said_bytes_max) && std::exchange(end.is_watched, false)) {
    network_.reactor_.unwatch(end.fd.get(), end);
  }
  advance();
}

void Link::advance() {
  const uint64_t now_ns = network_.now_ns();
  uint64_t next_ns = never;
  for (End& from : ends_) {
    next_ns = std::min(next_ns, deliver(from, now_ns));
  }
  network_.reactor_.cancel(timer_);
  if (next_ns != never) {
    network_.reactor_.arm(timer_, std::max(next_ns, now_ns + 1));
  }
}

uint64_t Link::deliver(End& from, uint64_t now_ns) {
  End& to = other(from);
  if (!to.fd.is_open()) {
    from.said.clear();
    from.said_bytes = 0;
  }
  while (!from.said.empty()) {
    Chunk& chunk = from.said.front();
    const uint64_t lost_ns = chunk.read_ns + lifetime_ns_;
    if (from.side == Side::Host && now_ns >= lost_ns) {
      // Its kernel gives up; the target hears nothing of that.
      from.said.clear();
      from.said_bytes = 0;
      close(from);
      from.end_due_ns = never;
      return never;
    }
    const uint64_t due_ns = std::max(chunk.due_ns, from.stalled_until_ns);
    if (due_ns > now_ns) {
      return from.side == Side::Host ? std::min(due_ns, lost_ns) : due_ns;
    }
    if (!push(chunk, to, piece_bytes_max_)) {
      return now_ns + full_ns;
    }
    if (chunk.sent != chunk.bytes.size()) {
      return now_ns + network_.random_.below(delay_ns_max_ / 16 + 1) + 1;
    }
    from.said_bytes -= chunk.bytes.size();
    from.said.pop_front();
    watch(from);
  }
  if (from.has_ended && to.fd.is_open()) {
    const uint64_t due_ns = std::max(from.end_due_ns, from.stalled_until_ns);
    if (due_ns > now_ns) {
      return due_ns;
    }
    close(to);
  }
  if (from.has_ended && !to.fd.is_open()) {
    close(from);
  }
  return never;
}

bool Link::push(Chunk& chunk, End& to, size_t bytes) {
  const size_t wanted = std::min(chunk.bytes.size() - chunk.sent, bytes);
  End& from = other(to);
  if (from.is_damaged && from.delivered_bytes >= initialization_bytes) {
    from.is_damaged = false;
    chunk.bytes[chunk.sent + network_.random_.below(wanted)] ^= static_cast<std::byte>(1U << network_.random_.below(8));
  }
  const ssize_t sent = ::send(to.fd.get(), chunk.bytes.data() + chunk.sent, wanted, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno == EAGAIN) {
    return false;
  }
  // Who has closed does not hear the rest.
  const size_t gone = sent < 0 ? chunk.bytes.size() - chunk.sent : static_cast<size_t>(sent);
  chunk.sent += gone;
  from.delivered_bytes += gone;
  network_.delivered(gone);
  return true;
}

void Link::stall(Side from, uint64_t until_ns) {
  end_of(from).stalled_until_ns = until_ns;
  advance();
}

void Link::damage(Side from) { end_of(from).is_damaged = true; }

void Link::cut(bool delivers_part) {
  for (End& from : ends_) {
    End& to = other(from);
    if (delivers_part && !from.said.empty() && to.fd.is_open()) {
      (void)push(from.said.front(), to, network_.random_.below(from.said.front().bytes.size()) + 1);
    }
    from.said.clear();
    from.said_bytes = 0;
  }
  for (End& end : ends_) {
    close(end);
  }
}

void Link::hang_up(Side side) {
  End& end = end_of(side);
  if (!end.fd.is_open()) {
    return;
  }
  close(end);
  end.end_due_ns = network_.now_ns();
  advance();
}

// -- all of them

Network::~Network() { links_.clear(); }

Result<UniqueFd> Network::connect(const std::string& name, uint32_t user_timeout_ms) {
  const Place& place = doors_[name];
  if (place.door == Door::Refuses || (place.door == Door::Open && place.accept == nullptr)) {
    return fail_errno(ECONNREFUSED, "connect");
  }
  auto host = socket_pair();
  auto target = socket_pair();
  std::array<UniqueFd, side_count> ends{std::move(host[1]), std::move(target[0])};
  std::erase_if(links_, [](const auto& link) { return link->is_over(); });
  links_.push_back(std::make_unique<Link>(*this, name, std::move(ends), user_timeout_ms * 1'000'000ULL));
  if (place.door == Door::Dark) {
    links_.back()->stall(Side::Host, never);
    links_.back()->stall(Side::Target, never);
  }
  arrive(name, std::move(target[1]));
  return std::move(host[0]);
}

void Network::arrive(const std::string& name, UniqueFd socket) {
  if (const Place& place = doors_[name]; place.accept != nullptr) {
    place.accept(std::move(socket));
  }
}

std::vector<Link*> Network::links() {
  std::erase_if(links_, [](const auto& link) { return link->is_over(); });
  std::vector<Link*> all;
  for (const auto& link : links_) {
    all.push_back(link.get());
  }
  return all;
}

void Network::cut_all(const std::string& name) {
  for (Link* const link : links()) {
    if (name.empty() || link->door() == name) {
      link->cut(false);
    }
  }
}

void Network::fall_silent() {
  for (Link* const link : links()) {
    link->stall(Side::Host, never);
    link->stall(Side::Target, never);
  }
}

void Network::calm_down() {
  is_calm_ = true;
  for (auto& [name, place] : doors_) {
    place.door = Door::Open;
  }
  for (Link* const link : links()) {
    link->stall(Side::Host, 0);
    link->stall(Side::Target, 0);
    link->end_of(Side::Host).is_damaged = link->end_of(Side::Target).is_damaged = false;
  }
}

void Network::delivered(size_t bytes) noexcept {
  delivered_bytes_ += bytes;
  fingerprint_ = (fingerprint_ ^ (now_ns() * 31 + bytes)) * 0x9E3779B97F4A7C15ULL;
}

}  // namespace outrigger::simulation
