// IoController: a controller of an NVM subsystem, with its I/O queues.
#pragma once

#include "core/job.h"
#include "nvme/controller.h"
#include "nvme/io_queue.h"
#include "nvme/reservation_log.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace outrigger::nvme {

class AccessOrders;
class NvmSubsystem;
struct NvmNamespace;

class IoController final : public Controller, private QueueKeeper {
 public:
  IoController(NvmSubsystem& subsystem, const ConnectArguments& arguments, uint16_t cntlid,
               const Authenticator::Options& authentication);
  ~IoController() override;

  // A Connect for one of its I/O queues.
  ConnectOutcome connect_io(const ConnectArguments& arguments, const Authenticator::Options& authentication);
  [[nodiscard]] uint32_t io_queue_count() const noexcept { return static_cast<uint32_t>(queues_.size()); }
  // Has the log told that a host waits for its end?
  [[nodiscard]] bool is_wait_told() const noexcept { return is_wait_told_; }
  void wait_told() noexcept { is_wait_told_ = true; }
  void add_orders(AccessOrders& orders, const std::shared_ptr<const AccessTable>& access,
                  const std::optional<FencedNamespaces>& fenced, Unsubmitted unsubmitted) const;
  // Of its I/O queues, those that have closed included.
  [[nodiscard]] IoTotals io_totals() const noexcept;
  // Not any more once its port was withdrawn.
  [[nodiscard]] bool counts_for_port() const noexcept { return counts_for_port_; }
  void leave_port() noexcept { counts_for_port_ = false; }
  // The last withdrawal of a right for which it ends (Subsystem::settle()); 0: none.
  [[nodiscard]] uint64_t withdrawal() const noexcept { return withdrawal_; }
  void withdraw(uint64_t withdrawal) noexcept { withdrawal_ = withdrawal; }
  // A namespace came, went or changed; of hosts that see it.
  void namespace_changed(uint32_t nsid);
  // What its ANA log says of a group has changed.
  void ana_changed(uint32_t group) {
    ++ana_changes_;
    ++ana_group_changes_[group];
  }
  // Something happened to a reservation that concerns this controller's host.
  void tell_reservation(uint32_t nsid, ReservationNotice what);

 private:
  struct Entry {
    std::shared_ptr<IoQueue> queue;
    Link* link = nullptr;
    size_t core = 0;
    std::unique_ptr<Authenticator> authenticator;
  };

  // -- Controller
  Status prepare_own(Command& command) noexcept override;
  void execute_own(Command& command) noexcept override;
  Status identify(const Sqe& sqe, std::vector<std::byte>& data) override;
  [[nodiscard]] Status judge_log(const GetLogPageFields& fields, const Sqe& sqe) const noexcept override;
  std::vector<std::byte> log_page(const GetLogPageFields& fields) override;
  void log_page_read(LogPage page) noexcept override;
  Status set_number_of_queues(uint32_t value, uint32_t& result) override;
  [[nodiscard]] uint32_t number_of_queues() const noexcept override;
  [[nodiscard]] bool has_namespace(uint32_t nsid) const noexcept override;
  [[nodiscard]] bool is_acceptable(ControllerConfiguration configuration) const noexcept override;
  void end_io_queues() noexcept override;
  [[nodiscard]] bool has_io_queues() const noexcept override { return !queues_.empty(); }
  [[nodiscard]] uint64_t latest_io_command_ns() const noexcept override;
  void forget_settings() noexcept override;
  [[nodiscard]] uint32_t reservation_persistence(uint32_t nsid) const noexcept override;
  void set_reservation_persistence(Command& command, bool persists) override;
  core::Job<void> set_persistence_of_all(Command* command, bool persists);
  [[nodiscard]] bool may_log_end() noexcept override;
  void ended() noexcept override;
  [[nodiscard]] std::shared_ptr<const HostSecurity> security() const override;
  void psk_generated(const nvme_auth::InputPsk& psk) override;
  [[nodiscard]] bool enter_turn(AuthenticationTurns::Place& place, AuthenticationTurns::Work work) override;
  // -- QueueKeeper
  void execute_on_control(IoQueue& queue, Command& command, Reply reply) override;
  void error_happened() noexcept override { raise_error(); }
  [[nodiscard]] bool is_authenticated(const IoQueue& queue) const noexcept override;
  void queue_leaves(IoQueue& queue) noexcept override;
  void queue_closed(IoQueue& queue) noexcept override;

  void authenticate(const IoQueue& queue, Command& command, Reply reply);
  void reserve(const IoQueue& queue, Command& command, Reply reply);
  core::Job<void> abort(Command* command, std::shared_ptr<IoQueue> queue, uint16_t cid);

  // -- identify.cc
  [[nodiscard]] bool can_persist() const noexcept;
  [[nodiscard]] IdentifyController identify_controller() const;
  Status identify_namespace(uint32_t nsid, std::vector<std::byte>& data) const;
  Status identify_independent_namespace(uint32_t nsid, std::vector<std::byte>& data) const;
  Status identify_descriptors(uint32_t nsid, std::vector<std::byte>& data) const;
  Status identify_active(uint32_t after_nsid, std::vector<std::byte>& data) const;
  Status identify_command_set(const Sqe& sqe, std::vector<std::byte>& data) const;
  Status identify_controllers(const Sqe& sqe, std::vector<std::byte>& data) const;

  // -- log_*.cc
  [[nodiscard]] std::vector<std::byte> smart_page() const;
  [[nodiscard]] std::vector<std::byte> firmware_page() const;
  [[nodiscard]] std::vector<std::byte> changed_namespaces_page() const;
  [[nodiscard]] std::vector<std::byte> ana_page(bool groups_only) const;

  NvmSubsystem& subsystem_;
  std::map<uint16_t, Entry> queues_;
  IoTotals retained_;  // of queues that have closed
  bool counts_for_port_ = true;
  uint64_t withdrawal_ = 0;
  bool is_wait_told_ = false;
  uint16_t queues_granted_;
  bool is_setting_persistence_ = false;  // of all namespaces
  uint32_t abort_count_ = 0;
  uint32_t reservation_count_ = 0;  // commands that the subsystem has not answered
  std::set<uint32_t> changed_namespaces_;
  bool has_too_many_changes_ = false;
  ReservationLog reservation_log_;
  // Since the controller was made or reset (Base 5.16.1.13); by group.
  uint64_t ana_changes_ = 0;
  std::map<uint32_t, uint64_t> ana_group_changes_;
};

}  // namespace outrigger::nvme
