// Network: the wires between host and target in a simulation. Each connection is two pairs of sockets and a relay, on a
// reactor of its own, that holds what it read for as long as it likes: bytes come late, in pieces, half, or not at all;
// a direction falls silent; an end is told of the end at once and the other one late, or never. What it does follows
// from the seed alone.
//
// As TCP does it: bytes that a sender has handed over go on travelling when the sender closes, and what the other side
// does not take within the sender's user time-out ends the connection there and is never delivered.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "core/random.h"
#include "core/reactor.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::simulation {

class Network;

enum class Side : uint8_t { Host, Target };
inline constexpr size_t side_count = 2;

class Link {
 public:
  // `ends`: the relay's ends of the pairs, by side. `lifetime_ns`: the host's user time-out.
  Link(Network& network, std::string door, std::array<UniqueFd, side_count> ends, uint64_t lifetime_ns);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] const std::string& door() const noexcept { return door_; }
  [[nodiscard]] bool is_over() const noexcept;
  // What `from` says travels no further until `until_ns`, also what it said before.
  void stall(Side from, uint64_t until_ns);
  // Both ends hear of the end now; of what was under way a part may still arrive.
  void cut(bool delivers_part);
  // One byte of what `from` says next is another when it arrives; ICReq and ICResp, which no digest covers, are spared.
  void damage(Side from);
  // `side` hears of the end now. What it said travels on, and then the end of it.
  void hang_up(Side side);

 private:
  friend class Network;
  struct Chunk {
    uint64_t read_ns;
    uint64_t due_ns;
    std::vector<std::byte> bytes;
    size_t sent = 0;
  };
  struct End final : core::FdWatch {
    Link* link = nullptr;
    Side side = Side::Host;
    UniqueFd fd;
    bool is_watched = false;
    // What this side said.
    std::deque<Chunk> said;
    size_t said_bytes = 0;
    uint64_t delivered_bytes = 0;
    bool is_damaged = false;  // a byte of it, next
    bool has_ended = false;   // and says no more
    uint64_t end_due_ns = 0;
    uint64_t stalled_until_ns = 0;
    void on_ready(uint32_t events) noexcept override;
  };

  [[nodiscard]] End& end_of(Side side) noexcept { return ends_[static_cast<size_t>(side)]; }
  [[nodiscard]] End& other(const End& end) noexcept { return ends_[1 - static_cast<size_t>(end.side)]; }
  void watch(End& end);
  void close(End& end);
  void read(End& end);
  void advance();
  // Delivers what is due; the time at which to look again.
  uint64_t deliver(End& from, uint64_t now_ns);
  // False: not now.
  bool push(Chunk& chunk, End& to, size_t bytes);

  Network& network_;
  const std::string door_;
  const uint64_t lifetime_ns_;
  const uint64_t delay_ns_max_;
  const size_t piece_bytes_max_;
  std::array<End, side_count> ends_;
  core::Timer timer_;
};

class Network {
 public:
  // Takes the target's end of a new connection; called on any reactor of the thread.
  using Accept = std::function<void(UniqueFd socket)>;
  enum class Door : uint8_t {
    Open,
    Refuses,
    Dark,  // connections are made, and nothing comes of them
  };

  // Borrowed.
  Network(core::Reactor& reactor, core::Random& random) : reactor_(reactor), random_(random) {}
  ~Network();

  void set_door(const std::string& name, Door door) { doors_[name].door = door; }
  [[nodiscard]] Door door(const std::string& name) { return doors_[name].door; }
  // nullptr: nobody is there, and it refuses whatever it is set to.
  void answer(const std::string& name, Accept accept) { doors_[name].accept = std::move(accept); }
  // The host's end of a connection to the door.
  Result<UniqueFd> connect(const std::string& name, uint32_t user_timeout_ms);

  // Those that are not over, oldest first.
  [[nodiscard]] std::vector<Link*> links();
  // Of all connections through a door, or all doors: nothing that is under way arrives.
  void cut_all(const std::string& name = "");
  // What was said on the connections that there are, and the end of them, arrives nowhere.
  void fall_silent();
  // From now on nothing is slower than it must be, and nothing is stalled.
  void calm_down();

  [[nodiscard]] uint64_t delivered_bytes() const noexcept { return delivered_bytes_; }
  // Of everything that was delivered: how much, when.
  [[nodiscard]] uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  friend class Link;
  struct Place {
    Door door = Door::Open;
    Accept accept;
  };
  void arrive(const std::string& name, UniqueFd socket);
  [[nodiscard]] uint64_t now_ns() const noexcept { return reactor_.clock().now_ns(); }
  void delivered(size_t bytes) noexcept;

  core::Reactor& reactor_;
  core::Random& random_;
  std::map<std::string, Place> doors_;
  std::vector<std::unique_ptr<Link>> links_;
  bool is_calm_ = false;
  uint64_t delivered_bytes_ = 0;
  uint64_t fingerprint_ = 0;
};

}  // namespace outrigger::simulation
