#include "nvme_tcp/target.h"

#include "base/check.h"
#include "nvme/peer_network.h"
#include "nvme_tcp/accept_stream.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace outrigger::nvme_tcp {
namespace {

constexpr std::string_view room = "nvme_tcp";

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

struct ParsedAddress {
  Address address{};
  socklen_t length = 0;
};

Result<ParsedAddress> parse_address(const std::string& text, uint16_t port) {
  ParsedAddress parsed;
  if (::inet_pton(AF_INET, text.c_str(), &parsed.address.v4.sin_addr) == 1) {
    parsed.address.v4.sin_family = AF_INET;
    parsed.address.v4.sin_port = htons(port);
    parsed.length = sizeof(sockaddr_in);
    return parsed;
  }
  if (::inet_pton(AF_INET6, text.c_str(), &parsed.address.v6.sin6_addr) == 1) {
    parsed.address.v6.sin6_family = AF_INET6;
    parsed.address.v6.sin6_port = htons(port);
    parsed.length = sizeof(sockaddr_in6);
    return parsed;
  }
  return fail(Code::InvalidArgument, "\"{}\" is no IPv4 or IPv6 address", text);
}

uint16_t port_of(const Address& address) noexcept {
  return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

std::string text_of(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* const from = address.any.sa_family == AF_INET6 ? static_cast<const void*>(&address.v6.sin6_addr)
                                                             : static_cast<const void*>(&address.v4.sin_addr);
  ::inet_ntop(address.any.sa_family, from, text.data(), text.size());
  return text.data();
}

bool is_any(const Address& address) noexcept {
  return address.any.sa_family == AF_INET6 ? IN6_IS_ADDR_UNSPECIFIED(&address.v6.sin6_addr) != 0
                                           : address.v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

// Ours, that the peer reached; empty: it is no IP socket, or gone already.
std::string local_address_of(const UniqueFd& socket) {
  Address address{};
  socklen_t length = sizeof(address);
  const bool is_known = ::getsockname(socket.get(), &address.any, &length) == 0 &&
                        (address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6) && !is_any(address);
  return is_known ? text_of(address) : std::string();
}

// Accepted sockets inherit all of it.
void set_socket_options(int socket, int family) {
  const auto set = [socket](int level, int option, auto value) {
    ::setsockopt(socket, level, option, &value, sizeof(value));
  };
  set(SOL_SOCKET, SO_REUSEADDR, 1);
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  // A host may come without a keep alive time-out (KATO 0): nothing else tells that its machine is gone.
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, tcp_keep_idle_s);
  set(IPPROTO_TCP, TCP_KEEPINTVL, tcp_keep_interval_s);
  set(IPPROTO_TCP, TCP_KEEPCNT, tcp_keep_probes);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, tcp_user_timeout_ms);
  if (family == AF_INET6) {
    set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  }
}

}  // namespace

Target::Target(GroupSet& groups, ConnectDesk& desk, TargetOptions options)
    : groups_(groups),
      desk_(desk),
      options_(std::move(options)),
      own_admission_(options_.admission == nullptr ? std::make_unique<Admission>(AdmissionOptions{}) : nullptr),
      admission_(options_.admission != nullptr ? *options_.admission : *own_admission_),
      control_(groups.control().reactor()),
      strangers_(&admission_.strangers()) {
  pause_.owner = this;
  pause_.fire = [](core::Timer& timer) noexcept { static_cast<Target*>(timer.owner)->look_again(); };
}

Result<std::unique_ptr<Target>> Target::listen(GroupSet& groups, ConnectDesk& desk, TargetOptions options) {
  std::unique_ptr<Target> target(new Target(groups, desk, std::move(options)));
  OR_TRY(target->open());
  return target;
}

Result<void> Target::open() {
  OR_TRY(require_tls(options_.requires_tls));
  OR_ASSIGN(ParsedAddress parsed, parse_address(options_.address, options_.tcp_port));
  const int family = parsed.address.any.sa_family;
  UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) {
    return fail_errno(errno, "cannot make a socket");
  }
  set_socket_options(socket.get(), family);
  if (::bind(socket.get(), &parsed.address.any, parsed.length) != 0 || ::listen(socket.get(), listen_backlog) != 0) {
    return fail_errno(errno, fmt::format("cannot listen at {} port {}", options_.address, options_.tcp_port));
  }
  socklen_t length = sizeof(parsed.address);
  if (::getsockname(socket.get(), &parsed.address.any, &length) != 0) {
    return fail_errno(errno, "cannot tell a socket's address");
  }
  tcp_port_ = port_of(parsed.address);
  port_ = {.id = options_.port_id,
           .trtype = nvme::TransportType::Tcp,
           .adrfam = family == AF_INET6 ? nvme::AddressFamily::Ipv6 : nvme::AddressFamily::Ipv4,
           .traddr = options_.address,
           .trsvcid = std::to_string(tcp_port_),
           .is_at_every_address = is_any(parsed.address),
           .requires_tls = options_.requires_tls};
  OR_TRY(control_.watch(socket.get(), EPOLLIN, *this));
  is_watching_ = true;
  socket_ = std::move(socket);
  return {};
}

Result<void> Target::require_tls(bool is_required) {
  if (is_required && options_.keys == nullptr) {
    return fail(Code::InvalidArgument, "a port that requires TLS has keys");
  }
  options_.requires_tls = is_required;
  port_.requires_tls = is_required;
  return {};
}

Target::~Target() {
  check(connections_.empty(), "a target is destroyed after it was closed");
  if (is_watching_) {
    control_.unwatch(socket_.get(), *this);
  }
  control_.cancel(pause_);
}

core::Job<void> Target::close() {
  check(!is_closing_, "a target is closed once");
  is_closing_ = true;
  if (is_watching_) {
    control_.unwatch(socket_.get(), *this);
    is_watching_ = false;
  }
  control_.cancel(pause_);
  socket_.reset();
  for (auto& [connection, entry] : connections_) {
    connection->disconnect();
  }
  if (!connections_.empty()) {
    co_await all_gone_;
  }
}

void Target::on_ready(uint32_t) noexcept {
  for (uint32_t i = 0; i < accepts_per_turn_max; ++i) {
    Address address{};
    socklen_t length = sizeof(address);
    UniqueFd socket(::accept4(socket_.get(), &address.any, &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.is_open()) {
      accept(std::move(socket), text_of(address), port_of(address));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
      // No descriptor or no memory: who waits in the backlog can wait a little longer. Descriptors that strangers have
      // keep nobody out.
      const int error = errno;
      if (i != 0) {
        return;  // accept() asks for the descriptor before it looks who waits: perhaps nobody does
      }
      if (limiter_.admit(control_.turn_ns())) {
        log::warning(room, "{}:{}: cannot accept a connection: {}", port_.traddr, tcp_port_, std::strerror(error));
      }
      const bool lacks_descriptor = error == EMFILE || error == ENFILE;
      look_away(lacks_descriptor && admission_.strangers().displace_oldest() ? accept_retry_ns : accept_pause_ns);
    }
    return;
  }
}

void Target::look_away(uint64_t pause_ns) noexcept {
  if (is_watching_) {
    control_.unwatch(socket_.get(), *this);
    is_watching_ = false;
  }
  control_.arm(pause_, control_.turn_ns() + pause_ns);
}

void Target::look_again() noexcept {
  is_watching_ = control_.watch(socket_.get(), EPOLLIN, *this).has_value();
  if (!is_watching_) {
    look_away(accept_pause_ns);
  }
}

std::string_view Target::make_room_for(const std::string& address, const std::string& network) noexcept {
  const auto peer = peers_.find(address);
  if (peer != peers_.end() && peer->second.unready >= options_.unready_per_peer_max) {
    return "too many of its connections are not ready yet";
  }
  if (peer != peers_.end() && peer->second.all - std::min(peer->second.ending, options_.ending_per_peer_max) >=
                                  options_.connections_per_peer_max) {
    return "too many connections from its address";
  }
  // Before anybody is sent away: who makes room does so for one who comes in.
  if (const std::string_view obstacle = admission_.may_enter(network); !obstacle.empty()) {
    return obstacle;
  }
  if (!strangers_.make_room(connections_.size(), options_.connections_max)) {
    return "too many connections";
  }
  // Whoever was sent away here has made room there, too.
  return admission_.make_room();
}

void Target::displace(Entry& entry) noexcept {
  strangers_.displaced(entry.number);
  entry.is_displaced = true;
  entry.connection->disconnect();
}

bool Target::may_have_entries(Connection& connection, uint32_t count) noexcept {
  const Entry& entry = connections_.find(&connection)->second;
  if (entry.is_displaced) {
    return false;  // it goes: its place is somebody else's
  }
  const bool may = admission_.may_take(entry.number, entry.network, Connection::bytes_of_entries(count));
  if (!may && limiter_.admit(control_.turn_ns())) {
    log::warning(room,
                 "{}:{}: {} has to wait for a queue of {} entries: the connections of its network, or all, take as "
                 "much memory as they may",
                 port_.traddr, tcp_port_, connection.peer(), count);
  }
  return may;
}

void Target::take_entries(Connection& connection, uint32_t count) noexcept {
  Entry& entry = connections_.find(&connection)->second;
  const uint64_t bytes = Connection::bytes_of_entries(count);
  admission_.take(entry.number, entry.network, bytes);
  entry.memory_bytes += bytes;
}

void Target::accept(UniqueFd socket, const std::string& address, uint16_t peer_port) {
  std::string network = nvme::network_of(address);
  if (const std::string_view obstacle = make_room_for(address, network); !obstacle.empty()) {
    if (limiter_.admit(control_.turn_ns())) {
      log::warning(room, "{}:{}: {} turned away: {}", port_.traddr, tcp_port_, address, obstacle);
    }
    return;
  }
  Peer& peer = peers_[address];
  ++peer.all;
  ++peer.unready;
  ConnectionContext context{.groups = groups_,
                            .desk = desk_,
                            .owner = *this,
                            .port = port_,
                            .peer = fmt::format("{}:{}", address, peer_port),
                            .tls_identity = {},
                            .tls_fingerprint = {},
                            .options = options_.connection,
                            .local_address = local_address_of(socket),
                            .turns = options_.turns};
  std::unique_ptr<Stream> stream;
  if (options_.keys != nullptr) {
    stream = std::make_unique<AcceptStream>(
        std::move(socket), *options_.keys, control_.clock(),
        AcceptStream::Options{.requires_tls = options_.requires_tls, .takes_turns = options_.turns != nullptr});
  } else {
    stream = std::make_unique<PlainStream>(std::move(socket));
  }
  auto connection = std::make_unique<Connection>(std::move(context), std::move(stream));
  Connection& started = *connection;
  const uint64_t number = admission_.enter(network);
  const auto [at, is_new] =
      connections_.try_emplace(&started, *this, std::move(connection), address, std::move(network), number);
  check(is_new, "a connection comes once");
  strangers_.add(number, at->second);
  started.start();
}

void Target::forget_stranger(const Entry& entry) noexcept {
  --peers_.find(entry.address)->second.unready;
  strangers_.forget(entry.number);
}

void Target::connection_ready(Connection& connection) noexcept {
  forget_stranger(connections_.find(&connection)->second);
}

void Target::connection_ending(Connection& connection) noexcept {
  Entry& entry = connections_.find(&connection)->second;
  entry.is_ending = true;
  ++peers_.find(entry.address)->second.ending;
}

void Target::connection_gone(Connection& connection) noexcept {
  const auto at = connections_.find(&connection);
  if (!connection.is_ready()) {
    forget_stranger(at->second);
  }
  const auto peer = peers_.find(at->second.address);
  peer->second.ending -= at->second.is_ending ? 1 : 0;
  if (--peer->second.all == 0) {
    peers_.erase(peer);
  }
  if (at->second.is_displaced) {
    strangers_.displaced_is_gone();
  }
  admission_.leave(at->second.network, at->second.memory_bytes);
  connections_.erase(at);
  if (is_closing_ && connections_.empty()) {
    all_gone_.set(true);
  }
}

}  // namespace outrigger::nvme_tcp
