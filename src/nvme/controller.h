// Controller: what a host talks to over its admin queue, whatever kind of controller it is: properties, features, keep
// alive, asynchronous events, identification, log pages. What I/O and discovery controllers have of their own is in
// IoController and DiscoveryController. Control reactor only.
//
// Life: made by a Connect on queue 0 → the host enables it → it works → it ends (the admin queue closes, the host has
// gone silent, an operator takes something away): all its connections are told to go → when the last of its queues has
// closed, whoever keeps it lets it go.
#pragma once

#include "core/reactor.h"
#include "nvme/async_events.h"
#include "nvme/authenticator.h"
#include "nvme/connect.h"
#include "nvme/error_log.h"
#include "nvme/features.h"
#include "nvme/identify_format.h"
#include "nvme/keep_alive.h"
#include "nvme/log_format.h"
#include "nvme/property_format.h"
#include "nvme/queue.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::nvme {

class Controller : public std::enable_shared_from_this<Controller>,
                   protected AuthenticationOwner,
                   private KeepAlive::Listener {
 public:
  ~Controller() override;
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  [[nodiscard]] core::Reactor& control() const noexcept { return control_; }
  [[nodiscard]] uint16_t cntlid() const noexcept { return cntlid_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::string& hostnqn() const noexcept { return hostnqn_; }
  [[nodiscard]] const std::array<uint8_t, 16>& hostid() const noexcept { return hostid_; }
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  [[nodiscard]] uint16_t port_id() const noexcept { return port_id_; }
  [[nodiscard]] bool is_secure() const noexcept { return is_secure_; }
  // Enabled, ready and not about to end: it takes admin commands.
  [[nodiscard]] bool is_ready() const noexcept {
    return status_.is_ready && configuration_.is_enabled() && !is_ending_;
  }
  // And it takes I/O queues.
  [[nodiscard]] bool takes_io_queues() const noexcept {
    return is_ready() && !is_resetting_ && status_.shutdown == ShutdownState::None;
  }
  [[nodiscard]] bool is_ending() const noexcept { return is_ending_; }
  // When it began to end; while is_ending().
  [[nodiscard]] uint64_t end_ns() const noexcept { return end_ns_; }
  // Has the host authenticated on the admin queue, as far as it must?
  [[nodiscard]] bool is_authenticated() const noexcept { return authenticator_.is_satisfied(); }
  // The same, once and for all: the admin queue is no stranger's.
  [[nodiscard]] bool is_admitted() const noexcept { return authenticator_.is_admitted(); }
  // Has it, whether it must or not?
  [[nodiscard]] bool is_proven() const noexcept { return authenticator_.is_proven(); }
  [[nodiscard]] ErrorLog& error_log() noexcept { return error_log_; }
  [[nodiscard]] const ErrorLog& error_log() const noexcept { return error_log_; }

  // Ends it: all connections go. `why` is for the log. More than one call is fine.
  void end(std::string_view why) noexcept;
  // Something happened; told to the host when it asked for such events.
  void raise(AsyncEvent event) noexcept;

  // -- its admin queue's
  [[nodiscard]] Status prepare(Command& command) noexcept;
  void execute(Command& command) noexcept;
  void expedite() noexcept;
  void admin_queue_closed() noexcept;

 protected:
  Controller(core::Reactor& control, ControllerType type, const ConnectArguments& arguments, uint16_t cntlid,
             uint32_t events, const Authenticator::Options& authentication);

  // -- AuthenticationOwner
  [[nodiscard]] nvme_auth::Parties parties() const override { return {.hostnqn = hostnqn_, .subnqn = subnqn_}; }
  [[nodiscard]] std::shared_ptr<const HostSecurity> security() const override { return nullptr; }
  [[nodiscard]] nvme_auth::SequenceNumber& sequence() noexcept override { return sequence_; }
  void psk_generated(const nvme_auth::InputPsk&) override {}
  [[nodiscard]] bool enter_turn(AuthenticationTurns::Place&, AuthenticationTurns::Work work) override {
    work();
    return true;
  }
  [[nodiscard]] bool is_leaving() const noexcept override { return is_ending_; }
  void authentication_timed_out() noexcept override { end("the host did not finish its authentication"); }

  // -- what each kind does in its own way
  // Admin commands beside those of every controller; the status is a refusal.
  [[nodiscard]] virtual Status prepare_own(Command& command) noexcept;
  virtual void execute_own(Command& command) noexcept;
  virtual Status identify(const Sqe& sqe, std::vector<std::byte>& data) = 0;
  // May this log page be read, as far as its command tells?
  [[nodiscard]] virtual Status judge_log(const GetLogPageFields& fields, const Sqe& sqe) const noexcept = 0;
  // The whole log page where it is kept, valid until anything else happens; nullptr: log_page() makes it.
  [[nodiscard]] virtual const std::vector<std::byte>* kept_log_page(const GetLogPageFields&) { return nullptr; }
  // The whole log page, of any length.
  virtual std::vector<std::byte> log_page(const GetLogPageFields& fields) = 0;
  // It was read, and the event that told of it may come again.
  virtual void log_page_read(LogPage page) noexcept = 0;
  virtual Status set_number_of_queues(uint32_t value, uint32_t& result);
  [[nodiscard]] virtual uint32_t number_of_queues() const noexcept { return 0; }
  // Valid, active and visible?
  [[nodiscard]] virtual bool has_namespace(uint32_t nsid) const noexcept;
  // Are the entry sizes of CC such as this kind wants?
  [[nodiscard]] virtual bool is_acceptable(ControllerConfiguration configuration) const noexcept = 0;
  // All I/O queues' connections shall go; io_queues_ended() is called when none is left, perhaps at once.
  virtual void end_io_queues() noexcept { io_queues_ended(); }
  [[nodiscard]] virtual bool has_io_queues() const noexcept { return false; }
  [[nodiscard]] virtual uint64_t latest_io_command_ns() const noexcept { return 0; }
  // The host disabled it: what features and events were is forgotten.
  virtual void forget_settings() noexcept {}
  // Feature 83h, Reservation Persistence, of a namespace that is there; set: of all with the broadcast value, and the
  // command ends when that is done.
  [[nodiscard]] virtual uint32_t reservation_persistence(uint32_t) const noexcept { return 0; }
  virtual void set_reservation_persistence(Command& command, bool) {
    refuse(command, Status::final(StatusCode::InvalidField));
  }
  // Hosts come and end as often as they like: is there room in the log for another that does?
  [[nodiscard]] virtual bool may_log_end() noexcept = 0;
  // No queue is left: whoever keeps it may let it go.
  virtual void ended() noexcept = 0;

  void io_queues_ended() noexcept;
  // Until the host says something else.
  void set_default_keep_alive(uint32_t timeout_ms) {
    keep_alive_.set_timeout(timeout_ms);
    keep_alive_default_ms_ = keep_alive_.timeout_ms();
  }
  [[nodiscard]] std::vector<std::byte> error_page();
  // The error information log has an entry that is worth an event.
  void raise_error() noexcept;
  // The identification that is the same for every kind.
  void fill_identity(IdentifyController& identity) const noexcept;
  // Puts a refusal into the error information log; gives the status that says so.
  [[nodiscard]] Status note_error(const Command& command, Status status) noexcept;
  void refuse(Command& command, Status status, uint64_t result = 0) noexcept {
    command.complete(note_error(command, status), result);
  }
  [[nodiscard]] Features& features() noexcept { return features_; }
  [[nodiscard]] const Features& features() const noexcept { return features_; }
  [[nodiscard]] AsyncEvents& events() noexcept { return events_; }

 private:
  // -- controller_properties.cc
  [[nodiscard]] Status judge_fabrics(Command& command) const noexcept;
  void execute_fabrics(Command& command) noexcept;
  void authenticate(Command& command) noexcept;
  void get_property(Command& command) noexcept;
  void configure(uint32_t value) noexcept;
  void enable() noexcept;
  void disable() noexcept;
  void shut_down() noexcept;
  void become_fatal() noexcept;
  void wait_for_host();

  // -- controller_features.cc
  [[nodiscard]] Status judge_get_features(Command& command) const noexcept;
  [[nodiscard]] Status judge_set_features(Command& command) const noexcept;
  void get_features(Command& command) noexcept;
  void get_feature_data(Command& command, FeatureId id) noexcept;
  void set_features(Command& command) noexcept;
  [[nodiscard]] Status set_keep_alive(uint32_t timeout_ms) noexcept;
  void set_timestamp(const Command& command) noexcept;
  [[nodiscard]] TimestampData timestamp() const noexcept;

  [[nodiscard]] Status judge(Command& command) noexcept;
  [[nodiscard]] Status judge_get_log(Command& command) const noexcept;
  void get_log(Command& command) noexcept;
  void maybe_ended() noexcept;
  // KeepAlive::Listener
  [[nodiscard]] uint64_t latest_command_ns() const noexcept override;
  void keep_alive_expired() noexcept override;

  core::Reactor& control_;
  const ControllerType type_;
  const uint16_t cntlid_;
  const std::string subnqn_;
  const std::string hostnqn_;
  const std::array<uint8_t, 16> hostid_;
  const std::string peer_;
  const uint16_t port_id_;
  const bool is_secure_;
  const std::string name_;
  Link* admin_link_;                    // nullptr: the admin queue has closed
  nvme_auth::SequenceNumber sequence_;  // of the transactions of all its queues
  Authenticator authenticator_;         // of the admin queue

  ControllerConfiguration configuration_;
  ControllerStatus status_;
  bool is_resetting_ = false;  // CC.EN went to 0, and I/O queues are still there
  bool is_ending_ = false;
  uint64_t end_ns_ = 0;
  bool has_ended_ = false;
  core::Timer association_timer_;  // runs while it is not enabled
  uint64_t latest_admin_command_ns_ = 0;

  Features features_;
  AsyncEvents events_;
  KeepAlive keep_alive_;
  uint32_t keep_alive_default_ms_ = 0;  // what a reset brings back
  ErrorLog error_log_;
  uint64_t timestamp_base_ms_ = 0;  // what the host set, at timestamp_set_ns_
  uint64_t timestamp_set_ns_ = 0;
  bool is_timestamp_set_ = false;
};

}  // namespace outrigger::nvme
