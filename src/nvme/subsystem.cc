#include "nvme/subsystem.h"

#include "base/check.h"
#include "base/log.h"
#include "nvme/admin_queue.h"
#include "nvme/limits.h"
#include "nvme/nvm_subsystem.h"

#include <algorithm>
#include <ranges>

namespace outrigger::nvme {
namespace {

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

Result<void> check_text(std::string_view what, std::string_view text, size_t length_max) {
  if (text.size() > length_max || !is_printable(text)) {
    return fail(Code::InvalidArgument, "{}: at most {} printable ASCII characters", what, length_max);
  }
  return {};
}

Result<void> check_nqn(std::string_view nqn) {
  if (nqn.empty() || nqn.size() > nqn_length_max || !is_printable(nqn)) {
    return fail(Code::InvalidArgument, "an NQN has 1 to {} printable characters", nqn_length_max);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Subsystem>> Subsystem::create(Directory& directory, SubsystemOptions options) {
  OR_TRY(check_nqn(options.nqn));
  if (options.nqn == discovery_nqn) {
    return fail(Code::InvalidArgument, "{} is the discovery service's name", options.nqn);
  }
  OR_TRY(check_text("serial number", options.serial, 20));
  OR_TRY(check_text("model number", options.model, 40));
  OR_TRY(check_text("firmware revision", options.firmware, 8));
  if (options.nsid_max == 0) {
    options.nsid_max = subsystem_nsid_max;
  }
  if (options.nsid_max > subsystem_nsid_max) {
    return fail(Code::InvalidArgument, "namespace identifiers go up to {}", subsystem_nsid_max);
  }
  for (const uint16_t cntlid : options.static_controllers) {
    if (cntlid > cntlid_max) {
      return fail(Code::InvalidArgument, "controller identifiers go up to {}", cntlid_max);
    }
  }
  auto subsystem = std::make_unique<NvmSubsystem>(directory, std::move(options));
  OR_TRY(directory.add(*subsystem));
  return subsystem;
}

NvmSubsystem::NvmSubsystem(Directory& directory, SubsystemOptions options)
    : directory_(directory),
      options_(std::move(options)),
      start_ns_(directory.control().clock().now_ns()),
      health_(options_.nqn, options_.health_store) {
  health_timer_.owner = this;
  health_timer_.fire = [](core::Timer& timer) noexcept { static_cast<NvmSubsystem*>(timer.owner)->save_health(); };
  control().arm(health_timer_, start_ns_ + health_save_ms * 1'000'000);
  ana_timer_.owner = this;
  ana_timer_.fire = [](core::Timer& timer) noexcept { static_cast<NvmSubsystem*>(timer.owner)->end_ana_changes(); };
  for (core::Reactor* const reactor : directory_.data_cores()) {
    cores_.push_back(std::make_unique<CoreNamespaces>(*reactor, options_.nsid_max));
  }
}

NvmSubsystem::~NvmSubsystem() {
  check(is_closed_ || (namespaces_.empty() && controllers_.empty() && job_count_ == 0), "a subsystem is closed first");
  check(orphaned_.empty(), "a controller that has gone has no orphans");
  control().cancel(health_timer_);
  control().cancel(ana_timer_);
  health_.close(run_health());
  directory_.remove(*this);
}

core::Job<void> NvmSubsystem::close() {
  is_closing_ = true;
  end_controllers("the subsystem is closed", [](const IoController&) { return true; });
  for (;;) {
    // What hosts can see goes first; others' jobs that are at work on a namespace end by themselves.
    const auto told = std::ranges::find_if(namespaces_, [](const auto& entry) { return entry.second.is_told; });
    if (told != namespaces_.end()) {
      auto removing = remove_told(told->first);
      co_await removing;
    } else if (!controllers_.empty() || job_count_ != 0) {
      core::Event<std::monostate> changed;
      closer_ = &changed;
      co_await changed;
    } else {
      break;
    }
  }
  check(namespaces_.empty(), "a namespace that is not told has a job at work on it");
  is_closed_ = true;
}

struct NvmSubsystem::Settling {
  Settling(NvmSubsystem& subsystem, uint64_t until_ns) : control(subsystem.control()) {
    wake.owner = timer.owner = this;
    wake.run = [](core::Message& message) noexcept { static_cast<Settling*>(message.owner)->ended.set(true); };
    timer.fire = [](core::Timer& fired) noexcept {
      auto& self = *static_cast<Settling*>(fired.owner);
      if (!self.is_wake_posted) {
        self.ended.set(false);
      }
    };
    control.arm(timer, until_ns);
  }
  ~Settling() { control.cancel(timer); }
  Settling(const Settling&) = delete;
  Settling& operator=(const Settling&) = delete;

  core::Reactor& control;
  std::set<uint64_t> fences{};
  std::vector<std::shared_ptr<const IoController>> controllers{};
  core::Message wake;
  core::Timer timer;
  core::Event<bool> ended;  // in time?
  bool is_wake_posted = false;
};

bool NvmSubsystem::is_settled(const Settling& settling) const {
  return std::ranges::none_of(settling.fences, [this](uint64_t fence) { return fences_.contains(fence); }) &&
         std::ranges::none_of(settling.controllers, [this](const std::shared_ptr<const IoController>& controller) {
           return find_controller(controller->cntlid()) == controller.get();
         });
}

// Whoever calls is not done yet: who has waited long enough goes on in another turn.
void NvmSubsystem::look_at_settlings() noexcept {
  for (Settling* const settling : settlings_) {
    if (!settling->is_wake_posted && is_settled(*settling)) {
      settling->is_wake_posted = true;
      control().post(settling->wake);
    }
  }
}

core::Job<Result<void>> NvmSubsystem::settle(uint64_t since) {
  const JobCount count(*this);
  Settling settling(*this, control().clock().now_ns() + withdrawal_ms_max * 1'000'000);
  settling.fences.insert(fences_.upper_bound(since), fences_.end());
  for (const auto& [cntlid, controller] : controllers_) {
    if (controller->withdrawal() > since) {
      settling.controllers.push_back(controller);
    }
  }
  const uint64_t until = withdrawal_count_;
  if (is_settled(settling)) {
    forget_psks_aside(since, until);
    co_return Result<void>();
  }
  settlings_.push_back(&settling);
  core::Event<bool>& ended = settling.ended;
  const bool is_in_time = co_await ended;
  std::erase(settlings_, &settling);
  if (!is_in_time) {
    co_return fail(Code::Unavailable,
                   "{}: commands that hosts sent before are still at work after {} s: see to the volumes below, and "
                   "try again",
                   options_.nqn, withdrawal_ms_max / 1000);
  }
  forget_psks_aside(since, until);
  co_return Result<void>();
}

HealthRecord NvmSubsystem::run_health() const {
  const IoTotals totals = io_totals();
  const uint64_t uptime_ns = control().clock().now_ns() - start_ns_;
  uint64_t busy_ns = 0;  // commands overlap: never more than there was time
  for (const block::OpSums& sums : totals.commands.by_class) {
    busy_ns += sums.latency_ns;
  }
  return {.read_bytes = totals.read_bytes(),
          .written_bytes = totals.written_bytes(),
          .host_reads = totals.host_reads(),
          .host_writes = totals.host_writes(),
          .busy_ns = std::min(busy_ns, uptime_ns),
          .power_on_ns = uptime_ns,
          .media_errors = totals.media_errors};
}

void NvmSubsystem::save_health() {
  health_.save(run_health());
  control().arm(health_timer_, control().clock().now_ns() + health_save_ms * 1'000'000);
}

void NvmSubsystem::wake_closer() {
  if (closer_ != nullptr && !is_wake_posted_) {
    // Not at once: whoever calls is not done yet. One at a time, so that none comes when all is over.
    is_wake_posted_ = true;
    control().post([this] {
      is_wake_posted_ = false;
      std::exchange(closer_, nullptr)->set({});
    });
  }
}

Result<void> NvmSubsystem::rename(std::string serial, std::string model) {
  OR_TRY(check_text("serial number", serial, 20));
  OR_TRY(check_text("model number", model, 40));
  if (is_told_to_hosts_) {
    return fail(Code::FailedPrecondition, "{}: hosts have been told its serial and model number", options_.nqn);
  }
  options_.serial = std::move(serial);
  options_.model = std::move(model);
  return {};
}

// -- hosts

void NvmSubsystem::allow_any_host(bool is_allowed) {
  options_.allows_any_host = is_allowed;
  directory_.discovery_changed();
  end_controllers("its host is not allowed any more",
                  [this](const IoController& controller) { return !is_host_allowed(controller.hostnqn()); });
}

Result<void> NvmSubsystem::allow_host(HostOptions options) {
  OR_TRY(check_nqn(options.nqn));
  if (hosts_.size() >= hosts_max && !hosts_.contains(options.nqn)) {
    return fail(Code::ResourceExhausted, "{}: it names {} hosts already", options_.nqn, hosts_max);
  }
  if (options.security != nullptr) {
    OR_TRY(check_security(*options.security, options.nqn, options_.nqn));
  }
  const auto [found, is_new] = hosts_.try_emplace(options.nqn);
  if (!bring_psks_back(options.nqn, options.security) && !is_new && found->second != options.security) {
    set_psks_aside(options.nqn, found->second);
  }
  found->second = std::move(options.security);
  directory_.discovery_changed();
  end_controllers("more is asked of its host now", [this, &options](const IoController& controller) {
    return controller.hostnqn() == options.nqn && !has_shown_enough(controller);
  });
  return {};
}

// They let nobody in any more. But who takes the right away may have to give it back, when settle() fails.
void NvmSubsystem::set_psks_aside(const std::string& hostnqn, std::shared_ptr<const HostSecurity> made_with) {
  if (directory_.generated_psks().set_aside(hostnqn, options_.nqn) != 0) {
    psks_aside_[hostnqn] = {.made_with = std::move(made_with), .withdrawal = withdrawal_count_ + 1};
  } else {
    psks_aside_.erase(hostnqn);
  }
}

bool NvmSubsystem::bring_psks_back(const std::string& hostnqn, const std::shared_ptr<const HostSecurity>& security) {
  const auto found = psks_aside_.find(hostnqn);
  if (found == psks_aside_.end() || found->second.made_with != security) {
    return false;
  }
  directory_.generated_psks().bring_back(hostnqn, options_.nqn);
  psks_aside_.erase(found);
  return true;
}

void NvmSubsystem::forget_psks_aside(uint64_t since, uint64_t until) {
  std::erase_if(psks_aside_, [&](const auto& aside) {
    const bool is_meant = aside.second.withdrawal > since && aside.second.withdrawal <= until;
    if (is_meant) {
      directory_.generated_psks().forget_aside(aside.first, options_.nqn);
    }
    return is_meant;
  });
}

// Could its host be where it is, if it came now? A key is looked at when it is used: another one ends nothing.
bool NvmSubsystem::has_shown_enough(const IoController& controller) const {
  const std::shared_ptr<const HostSecurity> security = security_of(controller.hostnqn());
  if (security == nullptr) {
    return true;
  }
  if (security->requires_tls && !controller.is_secure()) {
    return security->takes_concatenation() && controller.is_proven() && controller.io_queue_count() == 0;
  }
  return !security->must_authenticate() || controller.is_proven();
}

Result<void> NvmSubsystem::forbid_host(std::string_view hostnqn) {
  const auto found = hosts_.find(hostnqn);
  if (found == hosts_.end()) {
    return fail(Code::NotFound, "{}: it does not name host {}", options_.nqn, hostnqn);
  }
  set_psks_aside(found->first, found->second);
  hosts_.erase(found);
  directory_.discovery_changed();
  end_controllers("its host is not allowed any more", [this, hostnqn](const IoController& controller) {
    return !options_.allows_any_host && controller.hostnqn() == hostnqn;
  });
  return {};
}

bool NvmSubsystem::is_host_allowed(std::string_view hostnqn) const noexcept {
  return options_.allows_any_host || hosts_.contains(hostnqn);
}

std::shared_ptr<const HostSecurity> NvmSubsystem::security_of(std::string_view hostnqn) const {
  const auto found = hosts_.find(hostnqn);
  return found == hosts_.end() ? nullptr : found->second;
}

// -- ports

void NvmSubsystem::expose_at(const Port& port) {
  if (!is_exposed_at(port)) {
    ports_.push_back(&port);
    port_states_.try_emplace(port.id);
    directory_.discovery_changed();
  }
}

void NvmSubsystem::withdraw_from(const Port& port) {
  if (std::erase(ports_, &port) != 0) {
    port_states_.erase(port.id);
    std::erase_if(ana_standings_, [&port](const auto& entry) { return entry.first.first == port.id; });
    directory_.discovery_changed();
    // The port's number may be another's before the last of them is gone.
    retained_at_.erase(port.id);
    for (const auto& [cntlid, controller] : controllers_) {
      if (controller->port_id() == port.id) {
        controller->leave_port();
      }
    }
    end_controllers("the subsystem is withdrawn from its port",
                    [id = port.id](const IoController& controller) { return controller.port_id() == id; });
  }
}

void NvmSubsystem::set_port_rules(const Port& port, const PortRules& rules) {
  const auto found = port_states_.find(port.id);
  check(found != port_states_.end(), "rules are set where a subsystem is exposed");
  found->second.io_queues_max = rules.io_queues_max;
  found->second.limits->configure(rules.rates, control().clock().now_ns());
}

std::shared_ptr<core::RateLimits> NvmSubsystem::limits_at(uint16_t port_id) const {
  const auto found = port_states_.find(port_id);
  return found == port_states_.end() ? nullptr : found->second.limits;
}

uint16_t NvmSubsystem::io_queues_max_at(uint16_t port_id) const {
  const auto found = port_states_.find(port_id);
  const uint16_t asked = found == port_states_.end() ? 0 : found->second.io_queues_max;
  return asked == 0 ? io_queues_max : std::min(asked, io_queues_max);
}

void NvmSubsystem::port_changed(const Port& port) {
  if (!is_exposed_at(port)) {
    return;
  }
  directory_.discovery_changed();
  if (port.requires_tls) {
    end_controllers("its port takes no connection in the clear any more", [&port](const IoController& controller) {
      return controller.port_id() == port.id && !controller.is_secure();
    });
  }
}

bool NvmSubsystem::is_exposed_at(const Port& port) const noexcept {
  return std::ranges::find(ports_, &port) != ports_.end();
}

// -- controllers

std::vector<ControllerFacts> NvmSubsystem::controllers() const {
  std::vector<ControllerFacts> facts;
  for (const auto& [cntlid, controller] : controllers_) {
    facts.push_back({.cntlid = cntlid,
                     .hostnqn = controller->hostnqn(),
                     .hostid = controller->hostid(),
                     .peer = controller->peer(),
                     .port_id = controller->port_id(),
                     .io_queue_count = controller->io_queue_count(),
                     .is_secure = controller->is_secure(),
                     .is_authenticated = controller->is_proven()});
  }
  return facts;
}

std::vector<uint16_t> NvmSubsystem::controller_ids() const {
  std::vector<uint16_t> ids;
  for (const auto& [cntlid, controller] : controllers_) {
    ids.push_back(cntlid);
  }
  return ids;
}

bool NvmSubsystem::is_attached(uint32_t nsid, uint16_t cntlid) const {
  const IoController* const controller = find_controller(cntlid);
  return controller != nullptr && find_told(nsid, controller->hostnqn()) != nullptr;
}

IoController* NvmSubsystem::find_controller(uint16_t cntlid) const noexcept {
  const auto found = controllers_.find(cntlid);
  return found == controllers_.end() ? nullptr : found->second.get();
}

IoTotals NvmSubsystem::io_totals() const {
  IoTotals totals = retained_;
  for (const auto& [cntlid, controller] : controllers_) {
    totals.add(controller->io_totals());
  }
  return totals;
}

IoTotals NvmSubsystem::io_totals_at(const Port& port) const {
  IoTotals totals;
  if (const auto found = retained_at_.find(port.id); found != retained_at_.end()) {
    totals = found->second;
  }
  for (const auto& [cntlid, controller] : controllers_) {
    if (controller->port_id() == port.id && controller->counts_for_port()) {
      totals.add(controller->io_totals());
    }
  }
  return totals;
}

std::optional<IoTotals> NvmSubsystem::io_totals_of(uint16_t cntlid) const {
  const IoController* const controller = find_controller(cntlid);
  return controller == nullptr ? std::nullopt : std::optional(controller->io_totals());
}

// Whoever ends already, for another reason, is waited for as well.
void NvmSubsystem::end_controllers(std::string_view why, const std::function<bool(const IoController&)>& which) {
  ++withdrawal_count_;
  for (const auto& controller : all_controllers()) {
    if (which(*controller)) {
      controller->withdraw(withdrawal_count_);
      controller->end(why);
    }
  }
}

std::vector<std::shared_ptr<IoController>> NvmSubsystem::all_controllers() const {
  const auto values = std::views::values(controllers_);
  return {values.begin(), values.end()};
}

void NvmSubsystem::controller_ended(IoController& controller) noexcept {
  const IoTotals totals = controller.io_totals();
  retained_.add(totals);
  if (controller.counts_for_port()) {
    retained_at_[controller.port_id()].add(totals);
  }
  controllers_.erase(controller.cntlid());
  look_at_settlings();
  wake_closer();
}

ConnectOutcome NvmSubsystem::connect(const ConnectArguments& arguments) {
  // The host may come again: a subsystem that is not there yet, or not at this port, may be in a moment.
  if (is_closing_ || !is_exposed_at(arguments.request.port)) {
    return refuse_data(offsetof(ConnectData, subnqn), false);
  }
  if (!is_host_allowed(arguments.hostnqn)) {
    return refuse(Status::final(StatusCode::ConnectInvalidHost));
  }
  if (std::ranges::all_of(arguments.hostid, [](uint8_t byte) { return byte == 0; })) {
    return refuse_data(offsetof(ConnectData, hostid), true);
  }
  const std::optional<Duty> duty = duty_of(arguments);
  if (!duty) {
    return refuse(Status::final(StatusCode::ConnectInvalidHost));
  }
  return arguments.qid == 0 ? connect_admin(arguments, *duty) : connect_io(arguments, *duty);
}

std::optional<NvmSubsystem::Duty> NvmSubsystem::duty_of(const ConnectArguments& arguments) const {
  using Concatenation = nvme_auth::ControllerTransaction::Concatenation;
  const auto psk = nvme_auth::parse_psk_identity(arguments.request.tls_identity);
  Duty duty;
  duty.authentication.is_secure = psk.has_value();
  duty.authentication.concatenation = arguments.qid == 0 ? Concatenation::Allowed : Concatenation::Refused;
  const std::shared_ptr<const HostSecurity> security = security_of(arguments.hostnqn);
  if (security == nullptr) {
    return duty;
  }
  if (security->requires_tls && !psk) {
    // It may come to make a PSK.
    if (arguments.qid != 0 || !security->takes_concatenation()) {
      return std::nullopt;
    }
    duty.authentication.is_required = true;
    duty.authentication.concatenation = Concatenation::Required;
    duty.connect_bits = connect_ascr | connect_atr;
    return duty;
  }
  if (psk && psk->type == nvme_auth::PskType::Generated) {
    duty.authentication.is_proven = true;  // the PSK came out of an authentication
    return duty;
  }
  duty.authentication.is_required = security->must_authenticate();
  duty.connect_bits = duty.authentication.is_required ? connect_atr : 0;
  return duty;
}

ConnectOutcome NvmSubsystem::connect_admin(const ConnectArguments& arguments, const Duty& duty) {
  if (is_held_ || controllers_.size() >= controllers_max) {
    return refuse(Status::retryable(StatusCode::ConnectControllerBusy));
  }
  if (must_wait_for_orphans(arguments.hostnqn)) {
    ConnectOutcome outcome = refuse(Status::retryable(StatusCode::ConnectControllerBusy));
    outcome.passes_soon = true;
    return outcome;
  }
  const Result<uint16_t> cntlid = choose_cntlid(arguments.cntlid);
  if (!cntlid) {
    return cntlid.error().code == Code::Unavailable ? refuse_taken(arguments)
                                                    : refuse_data(offsetof(ConnectData, cntlid), true);
  }
  auto controller = std::make_shared<IoController>(*this, arguments, *cntlid, duty.authentication);
  controllers_.emplace(*cntlid, controller);
  is_told_to_hosts_ = true;
  if (may_log()) {
    log::info("nvme", "{}: host {} connects from {}", controller->name(), controller->hostnqn(), controller->peer());
  }
  return {.status = {},
          .result = *cntlid | duty.connect_bits,
          .queue = std::make_shared<AdminQueue>(std::move(controller))};
}

// A host that hangs up and comes again at once finds its own static controller in its way.
ConnectOutcome NvmSubsystem::refuse_taken(const ConnectArguments& arguments) {
  ConnectOutcome outcome = refuse(Status::retryable(StatusCode::ConnectControllerBusy));
  if (IoController* const leaving = find_leaving(arguments.cntlid)) {
    outcome.passes_soon = true;
    if (may_tell_of_wait(*leaving)) {
      log::info("nvme", "{}: host {} has to wait: it asks for a static controller whose connections are not gone yet",
                leaving->name(), arguments.hostnqn);
    }
  }
  return outcome;
}

void NvmSubsystem::orphans_begin(const IoController& controller) noexcept {
  orphaned_[controller.hostnqn()].emplace(controller.end_ns(), controller.cntlid());
}

void NvmSubsystem::orphans_end(const IoController& controller) noexcept {
  const auto found = orphaned_.find(controller.hostnqn());
  check(found != orphaned_.end(), "orphans that end have begun");
  const size_t erased = found->second.erase({controller.end_ns(), controller.cntlid()});
  check(erased == 1, "a controller's orphans end once");
  if (found->second.empty()) {
    orphaned_.erase(found);
  }
}

// Decision 0015: commands of an association that is over are with a device, or may be. Their host has given them up and
// would send others for the same blocks, which nothing puts in order with them.
bool NvmSubsystem::must_wait_for_orphans(std::string_view hostnqn) {
  const auto found = orphaned_.find(hostnqn);
  if (found == orphaned_.end()) {
    return false;
  }
  const size_t count = found->second.size();
  const auto [latest_end_ns, latest_cntlid] = *found->second.rbegin();
  const bool is_young = (control().clock().now_ns() - latest_end_ns) / 1'000'000 < orphans_ms_max;
  if (IoController* const latest = find_controller(latest_cntlid); may_tell_of_wait(*latest)) {
    log::info("nvme",
              "{}: host {} has to wait: commands of {} of its associations that are over are still with a volume",
              latest->name(), hostnqn, count);
  }
  if (!is_young && count < orphaned_controllers_per_host_max && may_log()) {
    log::warning("nvme",
                 "{}: host {} comes again although commands of {} of its associations have not ended for {} s: the "
                 "volumes they went to do not answer; what those still write may undo what the host writes now",
                 options_.nqn, hostnqn, count, orphans_ms_max / 1000);
  }
  return is_young || count >= orphaned_controllers_per_host_max;
}

bool NvmSubsystem::may_tell_of_wait(IoController& controller) noexcept {
  const uint64_t age_ms = (control().clock().now_ns() - controller.end_ns()) / 1'000'000;
  if (age_ms < orphans_told_ms || controller.is_wait_told() || !may_log()) {
    return false;
  }
  controller.wait_told();
  return true;
}

IoController* NvmSubsystem::find_leaving(uint16_t asked_cntlid) const noexcept {
  const auto leaving = [this](uint16_t cntlid) {
    IoController* const holder = find_controller(cntlid);
    return holder != nullptr && holder->is_ending() ? holder : nullptr;
  };
  if (asked_cntlid != cntlid_any_static) {
    return leaving(asked_cntlid);
  }
  for (const uint16_t cntlid : options_.static_controllers) {
    if (IoController* const holder = leaving(cntlid)) {
      return holder;
    }
  }
  return nullptr;
}

ConnectOutcome NvmSubsystem::connect_io(const ConnectArguments& arguments, const Duty& duty) {
  IoController* const controller = find_controller(arguments.cntlid);
  if (controller == nullptr || controller->is_ending()) {
    return refuse_data(offsetof(ConnectData, cntlid), false);
  }
  if (controller->hostnqn() != arguments.hostnqn) {
    return refuse_data(offsetof(ConnectData, hostnqn), true);
  }
  if (controller->hostid() != arguments.hostid) {
    return refuse_data(offsetof(ConnectData, hostid), true);
  }
  if (controller->port_id() != arguments.request.port.id) {
    return refuse_data(offsetof(ConnectData, cntlid), true);
  }
  // All queues of an association go through TLS, or none.
  if (controller->is_secure() != duty.authentication.is_secure) {
    return refuse(Status::final(StatusCode::ConnectInvalidHost));
  }
  ConnectOutcome outcome = controller->connect_io(arguments, duty.authentication);
  if (outcome.status.is_success()) {
    outcome.result |= duty.connect_bits;
  }
  return outcome;
}

// Unavailable: taken at the moment. Dynamic identifiers go round, so that one is not used again at once.
Result<uint16_t> NvmSubsystem::choose_cntlid(uint16_t asked) {
  const auto& fixed = options_.static_controllers;
  const auto is_free = [this](uint16_t id) { return !controllers_.contains(id); };
  if (asked == cntlid_any_static) {
    const auto found = std::ranges::find_if(fixed, is_free);
    if (found == fixed.end()) {
      return fail(fixed.empty() ? Code::InvalidArgument : Code::Unavailable, "no static controller is free");
    }
    return *found;
  }
  if (asked != cntlid_dynamic) {
    if (std::ranges::find(fixed, asked) == fixed.end()) {
      return fail(Code::InvalidArgument, "there is no static controller {}", asked);
    }
    if (!is_free(asked)) {
      return fail(Code::Unavailable, "controller {} is in use", asked);
    }
    return asked;
  }
  for (uint32_t tries = 0; tries <= cntlid_max; ++tries) {
    last_cntlid_ = last_cntlid_ >= cntlid_max ? 1 : static_cast<uint16_t>(last_cntlid_ + 1);
    if (is_free(last_cntlid_) && std::ranges::find(fixed, last_cntlid_) == fixed.end()) {
      return last_cntlid_;
    }
  }
  return fail(Code::Unavailable, "no controller identifier is free");
}

}  // namespace outrigger::nvme
