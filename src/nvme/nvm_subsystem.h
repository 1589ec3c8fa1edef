// NvmSubsystem: the Subsystem there is. What it knows: namespaces, hosts, ports, ANA states, controllers. Its jobs
// change the data cores; close() waits for them. Control reactor.
#pragma once

#include "base/log.h"
#include "block/device.h"
#include "core/job.h"
#include "nvme/access_orders.h"
#include "nvme/core_namespaces.h"
#include "nvme/health.h"
#include "nvme/host_controllers.h"
#include "nvme/host_security.h"
#include "nvme/io_controller.h"
#include "nvme/nvm_namespace.h"
#include "nvme/subsystem.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace outrigger::nvme {

class NvmSubsystem final : public Subsystem, private block::DeviceObserver {
 public:
  NvmSubsystem(Directory& directory, SubsystemOptions options);
  ~NvmSubsystem() override;
  NvmSubsystem(const NvmSubsystem&) = delete;
  NvmSubsystem& operator=(const NvmSubsystem&) = delete;

  // -- Subsystem
  const SubsystemOptions& options() const noexcept override { return options_; }
  core::Job<void> close() override;
  uint64_t withdrawal_count() const noexcept override { return withdrawal_count_; }
  core::Job<Result<void>> settle(uint64_t since) override;
  Result<void> rename(std::string serial, std::string model) override;
  core::Job<Result<uint32_t>> add_namespace(NamespaceOptions options, block::Device& device) override;
  core::Job<Result<void>> remove_namespace(uint32_t nsid) override;
  Result<void> set_visible(uint32_t nsid, std::string_view hostnqn, bool is_visible) override;
  Result<void> set_ana_group(uint32_t nsid, uint32_t group) override;
  void allow_any_host(bool is_allowed) override;
  void set_static_controllers(std::vector<uint16_t> identifiers) override {
    options_.static_controllers = std::move(identifiers);
  }
  Result<void> allow_host(HostOptions options) override;
  Result<void> forbid_host(std::string_view hostnqn) override;
  void hold(bool is_held) override { is_held_ = is_held; }
  void expose_at(const Port& port) override;
  void withdraw_from(const Port& port) override;
  void port_changed(const Port& port) override;
  Result<void> set_ana_state(const Port& port, uint32_t group, AnaState state) override;
  void set_port_rules(const Port& port, const PortRules& rules) override;
  std::vector<ControllerFacts> controllers() const override;
  IoTotals io_totals() const override;
  IoTotals io_totals_at(const Port& port) const override;
  std::optional<IoTotals> io_totals_of(uint16_t cntlid) const override;
  bool is_host_allowed(std::string_view hostnqn) const noexcept override;
  std::shared_ptr<const HostSecurity> security_of(std::string_view hostnqn) const override;
  const std::vector<const Port*>& ports() const noexcept override { return ports_; }
  ConnectOutcome connect(const ConnectArguments& arguments) override;

  // -- for its controllers
  [[nodiscard]] Directory& directory() noexcept { return directory_; }
  [[nodiscard]] core::Reactor& control() const noexcept { return directory_.control(); }
  [[nodiscard]] const std::map<uint32_t, NvmNamespace>& namespaces() const noexcept { return namespaces_; }
  // What hosts are told of; nullptr: nothing, or not for this host.
  [[nodiscard]] const NvmNamespace* find_told(uint32_t nsid, std::string_view hostnqn) const;
  [[nodiscard]] AnaState ana_state(uint16_t port_id, uint32_t group) const;
  // Of a port; the rates' limits are shared with the queues.
  [[nodiscard]] std::shared_ptr<core::RateLimits> limits_at(uint16_t port_id) const;
  [[nodiscard]] uint16_t io_queues_max_at(uint16_t port_id) const;
  // What a controller may do with each namespace: the one place where masking, ANA state, write protection and
  // reservations meet.
  [[nodiscard]] std::shared_ptr<const AccessTable> access_table(const Controller& controller) const;
  [[nodiscard]] CoreNamespaces& core_namespaces(size_t core) noexcept { return *cores_[core]; }
  [[nodiscard]] std::vector<uint16_t> controller_ids() const;
  // Is the namespace told to this controller's host?
  [[nodiscard]] bool is_attached(uint32_t nsid, uint16_t cntlid) const;
  // Ever.
  [[nodiscard]] HealthRecord health() const { return health_.sum(run_health()); }
  // Its association is over, and commands of its I/O queues are not yet: they may still change a namespace (decision
  // 0015). Then: the last of its queues has closed.
  void orphans_begin(const IoController& controller) noexcept;
  void orphans_end(const IoController& controller) noexcept;
  void controller_ended(IoController& controller) noexcept;
  // A reservation command of `controller`'s host; `reply` is called once, perhaps later. The controller stays until
  // then.
  void reserve(std::shared_ptr<Controller> controller, const IoQueue& queue, Command& command,
               QueueKeeper::Reply reply);
  // Its transport goes: its reservation commands are answered at once. What is stored already stays.
  void give_up_reservations(const IoQueue& queue);
  Status set_reservation_persistence(uint32_t nsid, bool persists);
  // A line in the log that a host may cause.
  [[nodiscard]] bool may_log() noexcept { return limiter_.admit(control().clock().now_ns()); }
  [[nodiscard]] bool may_log_end() noexcept { return end_limiter_.admit(control().clock().now_ns()); }

 private:
  // Counts a job as long as it runs, so that close() can wait.
  class JobCount {
   public:
    explicit JobCount(NvmSubsystem& subsystem) : subsystem_(subsystem) { ++subsystem_.job_count_; }
    ~JobCount() {
      --subsystem_.job_count_;
      subsystem_.wake_closer();
    }
    JobCount(const JobCount&) = delete;
    JobCount& operator=(const JobCount&) = delete;

   private:
    NvmSubsystem& subsystem_;
  };

  // What a host must do before anything else.
  struct Duty {
    Authenticator::Options authentication;
    uint32_t connect_bits = 0;  // of Connect's result
  };
  // Nothing: it may not come this way.
  [[nodiscard]] std::optional<Duty> duty_of(const ConnectArguments& arguments) const;
  ConnectOutcome connect_admin(const ConnectArguments& arguments, const Duty& duty);
  ConnectOutcome connect_io(const ConnectArguments& arguments, const Duty& duty);
  [[nodiscard]] bool must_wait_for_orphans(std::string_view hostnqn);
  // The identifier that Connect asks for is taken.
  ConnectOutcome refuse_taken(const ConnectArguments& arguments);
  // Who holds a static controller that Connect asks for, and is on its way out; nullptr: nobody.
  [[nodiscard]] IoController* find_leaving(uint16_t asked_cntlid) const noexcept;
  // A host waits for its end: is that worth a line in the log, which has room? Once for each controller.
  [[nodiscard]] bool may_tell_of_wait(IoController& controller) noexcept;
  [[nodiscard]] Result<uint16_t> choose_cntlid(uint16_t asked);
  [[nodiscard]] IoController* find_controller(uint16_t cntlid) const noexcept;
  [[nodiscard]] bool has_shown_enough(const IoController& controller) const;
  [[nodiscard]] bool is_exposed_at(const Port& port) const noexcept;
  void set_psks_aside(const std::string& hostnqn, std::shared_ptr<const HostSecurity> made_with);
  bool bring_psks_back(const std::string& hostnqn, const std::shared_ptr<const HostSecurity>& security);
  void forget_psks_aside(uint64_t since, uint64_t until);
  void end_controllers(std::string_view why, const std::function<bool(const IoController&)>& which);
  // For whoever tells them something: one may go meanwhile.
  [[nodiscard]] std::vector<std::shared_ptr<IoController>> all_controllers() const;
  void wake_closer();
  // Of this run of the daemon.
  [[nodiscard]] HealthRecord run_health() const;
  void save_health();

  // -- subsystem_reservations.cc
  // A command that changes a reservation, until it is answered.
  struct ReservationOrder {
    std::shared_ptr<Controller> controller;
    const IoQueue* queue;
    Command* command;
    QueueKeeper::Reply reply;  // empty: it was given up
    Status status{};
    std::vector<Reservation::Notice> notices{};
  };
  struct ReservationLine {
    std::deque<ReservationOrder> waiting;
    std::vector<ReservationOrder> turn;  // judged; not answered
  };
  core::Job<void> serve_reservations(uint32_t nsid);
  [[nodiscard]] const NvmNamespace* find_reservable(uint32_t nsid, const Controller& controller) const;
  // What one turn made of a reservation.
  struct ReservationTurn {
    bool is_changed = false;
    std::set<HostId> aborted{};
  };
  ReservationTurn take_turn(uint32_t nsid, std::span<ReservationOrder> orders);
  [[nodiscard]] HostControllers<> host_controllers() const;
  void tell_reservation(uint32_t nsid, std::span<const Reservation::Notice> notices);
  Status store_reservation(const NvmNamespace& nvm_namespace, const Reservation& next);
  Result<void> restore_reservation(NvmNamespace& nvm_namespace) const;
  Status report_reservation(const NvmNamespace& nvm_namespace, Command& command) const;

  // -- subsystem_namespaces.cc
  [[nodiscard]] Result<uint32_t> place_namespace(const NamespaceOptions& options) const;
  core::Job<Result<void>> open_on_cores(uint32_t nsid, block::Device* device);
  core::Job<void> close_on_cores(uint32_t nsid, size_t core_count);
  core::Job<void> remove_told(uint32_t nsid);
  void add_orders(AccessOrders& orders, const std::optional<FencedNamespaces>& fenced,
                  const std::function<Unsubmitted(const IoController&)>& unsubmitted);
  using Which = std::move_only_function<bool(const Controller&)>;
  // What a controller's host might do with a namespace, and what it lost, by controller.
  struct Right {
    uint16_t cntlid;
    uint32_t nsid;
    Access access;
  };
  using Losses = std::map<uint16_t, FencedNamespaces>;
  [[nodiscard]] std::vector<Right> rights(const std::function<bool(const NvmNamespace&)>& which) const;
  [[nodiscard]] Losses losses(const std::vector<Right>& before) const;
  // Hands out new tables; then the controllers that `which` names hear of the events.
  struct Change {
    uint32_t nsid = 0;  // 0: none of the namespaces' attributes changed
    bool is_ana_change = false;
    // Takes something away from them: what was let through before on this namespace shall have ended; or from these.
    std::optional<uint32_t> fenced_nsid{};
    Losses losses{};
  };
  core::Job<void> refresh(Change change, Which which);
  // A job of settle(): what it waits for.
  struct Settling;
  [[nodiscard]] bool is_settled(const Settling& settling) const;
  void look_at_settlings() noexcept;
  void become(uint16_t port_id, uint32_t group, AnaState state);
  void arm_ana_timer();
  void end_ana_changes();
  // The ANA log of these controllers changes.
  void ana_changed(uint32_t group, const std::function<bool(const Controller&)>& which);
  void namespace_changed(uint32_t nsid, const std::function<bool(const Controller&)>& which);
  [[nodiscard]] Access access_of(const NvmNamespace& nvm_namespace, const Controller& controller) const;
  // Does a namespace that hosts are told of stand on it?
  [[nodiscard]] bool is_told(const block::Device& device) const noexcept;
  void device_resized(block::Device& device) override;

  Directory& directory_;
  SubsystemOptions options_;
  std::vector<std::unique_ptr<CoreNamespaces>> cores_;  // as the directory's data cores
  std::map<uint32_t, NvmNamespace> namespaces_;
  // By namespace. There is an entry as long as serve_reservations() is at work.
  std::map<uint32_t, ReservationLine> reservation_lines_;
  std::map<std::string, std::shared_ptr<const HostSecurity>, std::less<>> hosts_;
  // Of hosts that are not allowed any more, or have other keys, until that is settled: their generated PSKs are aside.
  struct PsksAside {
    std::shared_ptr<const HostSecurity> made_with{};
    uint64_t withdrawal = 0;
  };
  std::map<std::string, PsksAside> psks_aside_;
  struct PortState {
    std::shared_ptr<core::RateLimits> limits = std::make_shared<core::RateLimits>();
    uint16_t io_queues_max = 0;
  };
  std::vector<const Port*> ports_;
  std::map<uint16_t, PortState> port_states_;  // by port id
  std::map<uint16_t, IoTotals> retained_at_;   // by port: of controllers that came through it and are gone
  // By port and group. There is an entry for what was ever set there.
  using AnaPlace = std::pair<uint16_t, uint32_t>;
  struct AnaStanding {
    AnaState asked = AnaState::Optimized;
    AnaState state = AnaState::Optimized;  // as asked, or Inaccessible after ANATT in the state Change
    uint64_t change_ends_ns = 0;           // in the state Change
  };
  std::map<AnaPlace, AnaStanding> ana_standings_;
  core::Timer ana_timer_;
  std::map<uint16_t, std::shared_ptr<IoController>> controllers_;
  // Controllers with orphans, by host NQN: when each began to end, and its CNTLID. None is empty. Hosts that wait ask
  // again and again, thousands of them after an outage: what is in the way of one is found without going through all.
  std::map<std::string, std::set<std::pair<uint64_t, uint16_t>>, std::less<>> orphaned_;
  uint16_t last_cntlid_ = 0;
  IoTotals retained_;  // of controllers that are gone
  uint64_t start_ns_;
  Health health_;
  core::Timer health_timer_;
  log::Limiter limiter_;
  log::Limiter end_limiter_;       // of its own: hosts that come do not hide that others end
  bool is_told_to_hosts_ = false;  // a controller told serial and model
  bool is_held_ = false;
  bool is_closing_ = false;
  bool is_closed_ = false;
  uint32_t job_count_ = 0;
  uint64_t withdrawal_count_ = 0;     // each has this for a number
  std::set<uint64_t> fences_;         // withdrawals by refresh() that have not come to their end
  std::vector<Settling*> settlings_;  // in the frames of their jobs
  core::Event<std::monostate>* closer_ = nullptr;
  bool is_wake_posted_ = false;
};

}  // namespace outrigger::nvme
