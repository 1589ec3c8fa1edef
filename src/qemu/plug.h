// Plugger: hot-plugs our devices into running QEMUs and takes them out again, through QMP.
//
// A plug is chardev-add, then device_add; when any step fails, what was made is taken back before the error is
// returned. An unplug asks the guest, waits until it let go, and removes the chardev. All of it may be repeated: what
// is already as wanted is left alone, so after a restart of the daemon the same plugs are simply asked for again.
//
// Lives on one reactor (control) and is used from its thread only. Must outlive its jobs; stop() ends them early.
// Jobs for one QEMU share one connection, which closes when the last of them ends (QMP serves one client at a time).
#pragma once

#include "base/result.h"
#include "core/job.h"
#include "core/reactor.h"
#include "qemu/limits.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::qemu {

// A QEMU to plug into.
struct HostAddress {
  std::string qmp_socket;          // path of its QMP UNIX socket
  std::vector<std::string> buses;  // where devices may go (pcie-root-port ids); empty: any free root port
};

// Who listens on the vhost-user socket.
enum class SocketRole : uint8_t {
  WeListen,   // QEMU connects, and connects again when we went away
  WeConnect,  // QEMU listens at the path; our connector must be trying already, or start at once
};

struct BlkPlug {
  std::string id;           // QEMU's id of the device; see device_id()
  std::string socket_path;  // the vhost-user socket, absolute
  SocketRole role = SocketRole::WeListen;
  uint16_t queue_count = 0;  // 0: QEMU decides, one per virtual CPU
  uint16_t queue_size = 0;   // 0: QEMU's default (128)
  std::string bus;           // this very bus; empty: the first free one of the host
  bool is_packed = false;    // offer the packed ring to the guest (the back end must have it)
};

enum class PlugState : uint8_t {
  Absent,       // QEMU knows neither device nor chardev
  Plugged,      // both are there
  Incomplete,   // one without the other: plug() finishes the work, unplug() removes the rest
  Unreachable,  // no QEMU at the QMP socket
};
[[nodiscard]] std::string_view plug_state_name(PlugState state) noexcept;

// A valid QEMU id for one of our resources: "or-" and the name, with what QEMU does not take escaped as _xx.
// Different names give different ids.
[[nodiscard]] std::string device_id(std::string_view resource);

class Plugger {
 public:
  explicit Plugger(core::Reactor& reactor);
  ~Plugger();
  Plugger(const Plugger&) = delete;
  Plugger& operator=(const Plugger&) = delete;

  // Plugs a vhost-user-blk-pci device. The socket must be served (WeListen) or tried (WeConnect) on another thread
  // or asynchronously: QEMU talks to it before device_add returns. Already plugged: success.
  // UNAVAILABLE: no QEMU, or it went away; FAILED_PRECONDITION: QEMU cannot (no free slot, memory not shared, the
  // back end was refused), in words; RESOURCE_EXHAUSTED: no free slot; DEADLINE_EXCEEDED: it did not answer.
  core::Job<Result<void>> plug_virtio_blk(HostAddress host, BlkPlug plug);

  // Takes the device out. Absent, or the whole QEMU is gone: success. DEADLINE_EXCEEDED: the guest did not release
  // it; it stays plugged and the call may be repeated.
  core::Job<Result<void>> unplug(HostAddress host, std::string id, uint64_t timeout_ns = unplug_timeout_ns);

  // What QEMU has of the device. Unreachable is an answer, not an error.
  core::Job<Result<PlugState>> query(HostAddress host, std::string id);

  // From now on no job starts, and running ones end with CANCELLED at once; only a plug that has begun goes on to its
  // end, for stop_grace_ns at most, so that no half of it is left in QEMU.
  void stop();
  // Jobs that have not ended; the Plugger may be destroyed at 0.
  [[nodiscard]] uint32_t job_count() const noexcept { return job_count_; }

 private:
  struct Connection;
  class Lease;
  class PlugUnderWay;
  class RunningJob;

  core::Job<Result<Lease>> lease(std::string qmp_socket);
  core::Job<Result<void>> make_plug(HostAddress host, BlkPlug plug, Lease* lease);
  core::Job<Result<void>> confirm_plug(BlkPlug plug, Lease* lease);
  core::Job<Result<void>> unplug_now(std::string qmp_socket, std::string id, uint64_t deadline_ns);
  core::Job<std::string> take_back(std::string qmp_socket, std::string id, Lease* lease);
  void close_connections(bool closes_plugs);

  core::Reactor& reactor_;
  std::map<std::string, std::shared_ptr<Connection>> connections_;
  uint32_t job_count_ = 0;
  bool is_stopping_ = false;
  core::Timer stop_timer_;
};

}  // namespace outrigger::qemu
