// Subsystem: an NVM subsystem that hosts connect to: its namespaces, who may see them, the ports it can be reached at,
// and its controllers. Control reactor only; the I/O queues of its controllers live on the data cores and are told what
// they may do through access tables.
#pragma once

#include "base/result.h"
#include "block/device.h"
#include "core/job.h"
#include "core/rate_limits.h"
#include "nvme/directory.h"
#include "nvme/io_counters.h"
#include "nvme/port.h"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::nvme {

class HealthStore;
class ReservationStore;

enum class AnaState : uint8_t {
  Optimized = 0x1,
  NonOptimized = 0x2,
  Inaccessible = 0x3,
  PersistentLoss = 0x4,
  Change = 0xF,
};

struct SubsystemOptions {
  std::string nqn;
  std::string serial;     // at most 20 ASCII characters
  std::string model;      // at most 40
  std::string firmware;   // at most 8
  uint32_t nsid_max = 0;  // 0: subsystem_nsid_max of limits.h
  bool allows_any_host = true;
  // Controller identifiers that hosts may ask for by number (static controller model); others are given dynamically.
  std::vector<uint16_t> static_controllers{};
  // Where reservations outlive the daemon; borrowed. nullptr: they cannot persist through power loss.
  ReservationStore* reservation_store = nullptr;
  // Where what SMART tells outlives the daemon; borrowed. nullptr: it begins at nothing.
  HealthStore* health_store = nullptr;
};

struct HostSecurity;

// A host that is named. `security`: its keys; nullptr: none.
struct HostOptions {
  std::string nqn;
  std::shared_ptr<const HostSecurity> security{};
};

struct NamespaceOptions {
  uint32_t nsid = 0;                // 0: the lowest that is free
  std::array<uint8_t, 16> uuid{};   // not all zero
  std::array<uint8_t, 16> nguid{};  // all zero: none
  std::array<uint8_t, 8> eui64{};   // all zero: none
  uint32_t ana_group = 1;
  bool is_visible_to_all = true;  // else only to the hosts named with set_visible()
};

// What control may ask about a connected controller.
struct ControllerFacts {
  uint16_t cntlid = 0;
  std::string hostnqn;
  std::array<uint8_t, 16> hostid{};
  std::string peer;
  uint16_t port_id = 0;
  uint32_t io_queue_count = 0;
  bool is_secure = false;
  bool is_authenticated = false;
};

// What the hosts that come through one port may do, beyond what all may.
struct PortRules {
  core::Rates rates;           // of all of them together; 0: no limit
  uint16_t io_queues_max = 0;  // of each controller; 0: io_queues_max of limits.h
};

struct ConnectArguments;

class Subsystem {
 public:
  static Result<std::unique_ptr<Subsystem>> create(Directory& directory, SubsystemOptions options);
  // Must have been closed.
  virtual ~Subsystem() = default;

  // What takes a right away from hosts (set_visible, set_ana_group, set_ana_state, allow_any_host, allow_host,
  // forbid_host, withdraw_from, port_changed) begins at once and lets nothing new through; but what was let through
  // before may be at work, and a write of a host that must not write any more may still land. So:
  //
  //   const uint64_t before = subsystem.withdrawal_count();
  //   … changes …
  //   settle(before): ends when all of that has ended, and the controllers that had to go are gone
  //
  // Unavailable: something is at work withdrawal_ms_max after its job began; what was taken away stays so. A change of
  // ANA groups and states takes something only from who might do more before.
  [[nodiscard]] virtual uint64_t withdrawal_count() const noexcept = 0;
  virtual core::Job<Result<void>> settle(uint64_t since) = 0;

  [[nodiscard]] virtual const SubsystemOptions& options() const noexcept = 0;
  // Ends all controllers and takes all namespaces away. Ends when no core uses anything of it.
  virtual core::Job<void> close() = 0;
  // Serial and model, as far as no controller has told them to a host; any time.
  virtual Result<void> rename(std::string serial, std::string model) = 0;

  // -- namespaces
  // Opens `device` on every data core and shows it to the hosts that may see it. The device is borrowed until
  // remove_namespace() ends. Gives the namespace's identifier.
  virtual core::Job<Result<uint32_t>> add_namespace(NamespaceOptions options, block::Device& device) = 0;
  // Ends when nothing is at work on it and no core has it open; fails only where nothing has happened: it is not there
  // (NotFound), or is coming or going.
  virtual core::Job<Result<void>> remove_namespace(uint32_t nsid) = 0;
  virtual Result<void> set_visible(uint32_t nsid, std::string_view hostnqn, bool is_visible) = 0;
  virtual Result<void> set_ana_group(uint32_t nsid, uint32_t group) = 0;

  // -- hosts
  virtual void allow_any_host(bool is_allowed) = 0;
  // Of a host that is named already: gives it other keys. They count for the next authentication and the next TLS
  // handshake; associations stay until then, but for those whose host has shown less than is required now. PSKs
  // generated with the old keys let nobody in; they come back with these keys (the same object) where settle() has not
  // succeeded meanwhile, and are forgotten when it has. So it is with a host that is forbidden and allowed again.
  virtual Result<void> allow_host(HostOptions options) = 0;
  // Its controllers are ended.
  virtual Result<void> forbid_host(std::string_view hostnqn) = 0;

  // Identifiers up to cntlid_max, each once (static controller model). Controllers that there are stay.
  virtual void set_static_controllers(std::vector<uint16_t> identifiers) = 0;

  // While it is held, hosts that connect are told to come again; controllers that there are stay. Not held unless set.
  virtual void hold(bool is_held) = 0;

  // -- ports. `port` is borrowed until withdraw_from(), which ends the controllers that came through it.
  virtual void expose_at(const Port& port) = 0;
  virtual void withdraw_from(const Port& port) = 0;
  // It requires TLS, or does not any more: controllers that came in the clear are ended where they could not come now.
  virtual void port_changed(const Port& port) = 0;
  // Of a group (1 …) at a port; Optimized unless set. Who asks for Change asks for another within ANATT
  // (ana_transition_seconds_max): after that the group is Inaccessible until another is asked for.
  virtual Result<void> set_ana_state(const Port& port, uint32_t group, AnaState state) = 0;

  // At a port where it is exposed. Rates count at once, also for commands that wait; the number of queues for hosts
  // that ask for it from now on.
  virtual void set_port_rules(const Port& port, const PortRules& rules) = 0;

  [[nodiscard]] virtual std::vector<ControllerFacts> controllers() const = 0;

  // -- what hosts' I/O commands did, queues and controllers that are gone included
  [[nodiscard]] virtual IoTotals io_totals() const = 0;
  // Of the hosts that came through this port since it was exposed there.
  [[nodiscard]] virtual IoTotals io_totals_at(const Port& port) const = 0;
  // Of one connected controller; nothing: there is none.
  [[nodiscard]] virtual std::optional<IoTotals> io_totals_of(uint16_t cntlid) const = 0;

  // -- for Directory and discovery
  [[nodiscard]] virtual bool is_host_allowed(std::string_view hostnqn) const noexcept = 0;
  // nullptr: nothing is agreed with this host.
  [[nodiscard]] virtual std::shared_ptr<const HostSecurity> security_of(std::string_view hostnqn) const = 0;
  // Where it is exposed.
  [[nodiscard]] virtual const std::vector<const Port*>& ports() const noexcept = 0;
  // A Connect that names this subsystem, sound in form.
  virtual ConnectOutcome connect(const ConnectArguments& arguments) = 0;
};

}  // namespace outrigger::nvme
