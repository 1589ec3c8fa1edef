#include "qemu/plug.h"

#include "base/check.h"
#include "base/log.h"
#include "qemu/plug_steps.h"

#include <cctype>
#include <set>

namespace outrigger::qemu {

namespace {

bool is_id_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.'; }

Result<void> check_plug(const BlkPlug& plug) {
  if (!plug.id.starts_with("or-")) {
    return fail(Code::InvalidArgument, "\"{}\" is not a device id of ours", plug.id);
  }
  if (plug.socket_path.empty() || plug.socket_path.front() != '/') {
    return fail(Code::InvalidArgument, "vhost-user socket \"{}\" of {} is not an absolute path", plug.socket_path,
                plug.id);
  }
  return {};
}

Error stopped() { return {Code::Cancelled, "the daemon stops"}; }

// The connection is lost but QEMU may live: what we made there has to be looked after over a new one.
bool is_lost(const Error& error) { return error.code == Code::Unavailable; }

}  // namespace

std::string_view plug_state_name(PlugState state) noexcept {
  switch (state) {
    case PlugState::Absent: return "absent";
    case PlugState::Plugged: return "plugged";
    case PlugState::Incomplete: return "incomplete";
    case PlugState::Unreachable: return "unreachable";
  }
  return "unknown";
}

std::string device_id(std::string_view resource) {
  std::string id = "or-";
  for (const char c : resource) {
    if (is_id_character(c)) {
      id += c;
    } else {
      id += fmt::format("_{:02x}", static_cast<unsigned char>(c));
    }
  }
  return id;
}

// One QEMU's connection and what is going on over it.
struct Plugger::Connection {
  Client client;
  uint32_t lease_count = 0;
  uint32_t plug_count = 0;  // plugs between their first step and their last
  bool is_opening = true;
  Error open_error{Code::Ok, {}};     // why it could not be opened, for the jobs that waited for it
  std::set<std::string> buses_taken;  // chosen by a plug whose device_add has not ended
};

// A job's share of a connection; the last one closes it.
class Plugger::Lease {
 public:
  Lease(Plugger& plugger, std::shared_ptr<Connection> connection)
      : plugger_(&plugger), connection_(std::move(connection)) {
    ++connection_->lease_count;
  }
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept {
    std::swap(plugger_, other.plugger_);
    std::swap(connection_, other.connection_);
    return *this;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (!connection_ || --connection_->lease_count > 0) {
      return;
    }
    const auto found = plugger_->connections_.find(connection_->client->path());
    if (found != plugger_->connections_.end() && found->second == connection_) {
      plugger_->connections_.erase(found);
    }
    connection_->client->close({Code::Cancelled, "the QMP connection is not needed any more"});
  }

  [[nodiscard]] const Client& client() const noexcept { return connection_->client; }
  [[nodiscard]] Connection& connection() const noexcept { return *connection_; }
  [[nodiscard]] std::shared_ptr<Connection> share() const noexcept { return connection_; }

 private:
  Plugger* plugger_;
  std::shared_ptr<Connection> connection_;
};

// A plug under way: what it has begun it may finish, or take back, while the daemon stops.
class Plugger::PlugUnderWay {
 public:
  PlugUnderWay(Plugger& plugger, const Lease& lease) noexcept : plugger_(plugger), connection_(lease.share()) {
    ++connection_->plug_count;
  }
  ~PlugUnderWay() {
    if (--connection_->plug_count == 0 && plugger_.is_stopping_) {
      connection_->client->close(stopped());
    }
  }
  PlugUnderWay(const PlugUnderWay&) = delete;
  PlugUnderWay& operator=(const PlugUnderWay&) = delete;

 private:
  Plugger& plugger_;
  std::shared_ptr<Connection> connection_;
};

class Plugger::RunningJob {
 public:
  explicit RunningJob(Plugger& plugger) noexcept : plugger_(plugger) { ++plugger_.job_count_; }
  ~RunningJob() { --plugger_.job_count_; }
  RunningJob(const RunningJob&) = delete;
  RunningJob& operator=(const RunningJob&) = delete;

 private:
  Plugger& plugger_;
};

Plugger::Plugger(core::Reactor& reactor) : reactor_(reactor) {
  stop_timer_.owner = this;
  stop_timer_.fire = [](core::Timer& timer) noexcept { static_cast<Plugger*>(timer.owner)->close_connections(true); };
}

Plugger::~Plugger() {
  check(job_count_ == 0, "a plugger is destroyed under its jobs");
  if (stop_timer_.is_armed()) {
    reactor_.cancel(stop_timer_);
  }
}

void Plugger::stop() {
  if (is_stopping_) {
    return;
  }
  is_stopping_ = true;
  close_connections(false);
  if (!connections_.empty()) {
    reactor_.arm(stop_timer_, reactor_.clock().now_ns() + stop_grace_ns);
  }
}

void Plugger::close_connections(bool closes_plugs) {
  // By copy: the jobs that end now change the map.
  const auto connections = connections_;
  for (const auto& [path, connection] : connections) {
    if (closes_plugs || connection->plug_count == 0) {
      connection->client->close(stopped());
    }
  }
}

// The connection to that QEMU: the one there is, or a new one. Jobs that come while it opens wait for it, because a
// QMP socket would let a second connection wait for the first.
core::Job<Result<Plugger::Lease>> Plugger::lease(std::string qmp_socket) {
  while (true) {
    if (is_stopping_) {
      co_return std::unexpected(stopped());
    }
    const auto found = connections_.find(qmp_socket);
    if (found == connections_.end() || (!found->second->is_opening && !found->second->client->is_open())) {
      break;
    }
    Lease lease(*this, found->second);
    while (lease.connection().is_opening) {
      co_await core::sleep_for(reactor_, connect_retry_ns);
    }
    if (lease.connection().open_error.code != Code::Ok) {
      co_return std::unexpected(lease.connection().open_error);
    }
    if (lease.client()->is_open()) {
      co_return std::move(lease);
    }
  }
  auto connection = std::make_shared<Connection>();
  connection->client = QmpClient::make(reactor_, qmp_socket);
  connections_[qmp_socket] = connection;
  Lease lease(*this, connection);
  const Result<void> opened = co_await connection->client->open();
  connection->is_opening = false;
  if (!opened.has_value()) {
    connection->open_error = opened.error();
    co_return std::unexpected(opened.error());
  }
  co_return std::move(lease);
}

core::Job<Result<void>> Plugger::plug_virtio_blk(HostAddress host, BlkPlug plug) {
  const RunningJob running(*this);
  const Result<void> checked = check_plug(plug);
  if (!checked.has_value()) {
    co_return std::unexpected(checked.error());
  }
  Result<Lease> leased = co_await lease(host.qmp_socket);
  if (!leased.has_value()) {
    co_return std::unexpected(leased.error());
  }
  const PlugUnderWay under_way(*this, *leased);
  const Result<Presence> presence = co_await look_for(leased->client(), plug.id);
  if (!presence.has_value()) {
    co_return std::unexpected(presence.error());
  }
  if (presence->has_device) {
    log::info("qemu", "{}: already plugged into the QEMU at {}", plug.id, host.qmp_socket);
    co_return Result<void>();
  }
  if (presence->has_chardev) {
    const Result<void> removed = co_await remove_chardev(&reactor_, leased->client(), plug.id);
    if (!removed.has_value()) {
      co_return std::unexpected(removed.error());
    }
  }
  Result<void> plugged = co_await make_plug(host, plug, &*leased);
  if (plugged.has_value()) {
    plugged = co_await confirm_plug(plug, &*leased);
  }
  if (plugged.has_value()) {
    log::info("qemu", "{}: plugged into the QEMU at {}", plug.id, host.qmp_socket);
    co_return Result<void>();
  }
  const std::string left = co_await take_back(host.qmp_socket, plug.id, &*leased);
  const Error& error = plugged.error();
  co_return fail(error.code, "{}{}", error.what, left.empty() ? "" : "; and taking it back failed: " + left);
}

// From nothing to plugged. On an error something may be left: take_back() comes next.
core::Job<Result<void>> Plugger::make_plug(HostAddress host, BlkPlug plug, Lease* lease) {
  const Client client = lease->client();
  const Result<void> shared = co_await check_memory(client);
  if (!shared.has_value()) {
    co_return std::unexpected(shared.error());
  }
  const Result<void> added = co_await add_chardev(client, plug);
  if (!added.has_value()) {
    co_return std::unexpected(added.error());
  }
  const Result<void> connected = co_await wait_chardev_connected(&reactor_, client, plug);
  if (!connected.has_value()) {
    co_return std::unexpected(connected.error());
  }
  if (!plug.bus.empty()) {
    const Result<void> device = co_await add_blk_device(client, plug, plug.bus);
    co_return device;
  }
  std::set<std::string>& taken = lease->connection().buses_taken;
  Result<std::string> bus = co_await find_free_bus(client, host.buses, taken);
  // Two plugs that looked at the same time may both have found it: the later one looks again.
  while (bus.has_value() && taken.contains(*bus)) {
    bus = co_await find_free_bus(client, host.buses, taken);
  }
  if (!bus.has_value()) {
    co_return std::unexpected(bus.error());
  }
  taken.insert(*bus);
  const Result<void> device = co_await add_blk_device(client, plug, *bus);
  taken.erase(*bus);
  co_return device;
}

// QEMU said yes to everything; is the device really there?
core::Job<Result<void>> Plugger::confirm_plug(BlkPlug plug, Lease* lease) {
  const Result<Presence> presence = co_await look_for(lease->client(), plug.id);
  if (!presence.has_value()) {
    co_return std::unexpected(presence.error());
  }
  if (!presence->has_device || !presence->has_chardev) {
    co_return fail(Code::Internal, "QEMU at {} took {} but does not have it", lease->client()->path(), plug.id);
  }
  co_return Result<void>();
}

// Removes whatever a failed plug left; gives what could not be removed, in words. A lost connection is made anew
// once; when nobody answers there any more, nothing is left either.
core::Job<std::string> Plugger::take_back(std::string qmp_socket, std::string id, Lease* lease) {
  constexpr uint64_t timeout_ns = 10 * second_ns;
  if (!lease->client()->is_open()) {
    Result<Lease> again = co_await this->lease(qmp_socket);
    if (!again.has_value()) {
      co_return is_lost(again.error()) ? std::string() : again.error().what;
    }
    *lease = std::move(*again);
  }
  const Client client = lease->client();
  const Result<Presence> presence = co_await look_for(client, id);
  if (!presence.has_value()) {
    co_return is_lost(presence.error()) ? std::string() : presence.error().what;
  }
  if (presence->has_device) {
    const Result<void> removed = co_await remove_device(&reactor_, client, id, timeout_ns);
    if (!removed.has_value()) {
      co_return is_lost(removed.error()) ? std::string() : removed.error().what;
    }
  }
  const Result<void> removed = co_await remove_chardev(&reactor_, client, id);
  if (!removed.has_value()) {
    co_return is_lost(removed.error()) ? std::string() : removed.error().what;
  }
  co_return std::string();
}

core::Job<Result<void>> Plugger::unplug(HostAddress host, std::string id, uint64_t timeout_ns) {
  const RunningJob running(*this);
  const uint64_t deadline_ns = reactor_.clock().now_ns() + timeout_ns;
  Result<void> outcome = co_await unplug_now(host.qmp_socket, id, deadline_ns);
  if (!outcome.has_value() && is_lost(outcome.error()) && !is_stopping_) {
    // The connection ended: QEMU is gone, or only the connection is.
    outcome = co_await unplug_now(host.qmp_socket, id, deadline_ns);
    if (!outcome.has_value() && is_lost(outcome.error())) {
      log::info("qemu", "{}: nothing to unplug, no QEMU at {}", id, host.qmp_socket);
      co_return Result<void>();
    }
  }
  co_return outcome;
}

core::Job<Result<void>> Plugger::unplug_now(std::string qmp_socket, std::string id, uint64_t deadline_ns) {
  const Result<Lease> leased = co_await lease(qmp_socket);
  if (!leased.has_value()) {
    co_return std::unexpected(leased.error());
  }
  const Client client = leased->client();
  const Result<Presence> presence = co_await look_for(client, id);
  if (!presence.has_value()) {
    co_return std::unexpected(presence.error());
  }
  if (presence->has_device) {
    const uint64_t now_ns = reactor_.clock().now_ns();
    const Result<void> removed =
        co_await remove_device(&reactor_, client, id, deadline_ns > now_ns ? deadline_ns - now_ns : 0);
    if (!removed.has_value()) {
      co_return std::unexpected(removed.error());
    }
  }
  if (presence->has_chardev) {
    const Result<void> removed = co_await remove_chardev(&reactor_, client, id);
    if (!removed.has_value()) {
      co_return std::unexpected(removed.error());
    }
  }
  if (presence->has_device) {
    log::info("qemu", "{}: unplugged from the QEMU at {}", id, qmp_socket);
  }
  co_return Result<void>();
}

core::Job<Result<PlugState>> Plugger::query(HostAddress host, std::string id) {
  const RunningJob running(*this);
  const Result<Lease> leased = co_await lease(host.qmp_socket);
  if (!leased.has_value()) {
    if (is_lost(leased.error())) {
      co_return PlugState::Unreachable;
    }
    co_return std::unexpected(leased.error());
  }
  const Result<Presence> presence = co_await look_for(leased->client(), id);
  if (!presence.has_value()) {
    if (is_lost(presence.error())) {
      co_return PlugState::Unreachable;
    }
    co_return std::unexpected(presence.error());
  }
  if (presence->has_device && presence->has_chardev) {
    co_return PlugState::Plugged;
  }
  co_return presence->has_device || presence->has_chardev ? PlugState::Incomplete : PlugState::Absent;
}

}  // namespace outrigger::qemu
