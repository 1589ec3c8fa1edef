#include "nvme/discovery.h"

#include "base/check.h"
#include "nvme/admin_queue.h"
#include "nvme/connect.h"
#include "nvme/host_data.h"
#include "nvme/host_security.h"
#include "nvme/limits.h"
#include "nvme/log_effects.h"
#include "nvme/peer_network.h"
#include "nvme/subsystem.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace outrigger::nvme {
namespace {

template <typename T>
void append(std::vector<std::byte>& data, const T& value) {
  const std::span<const std::byte> bytes = bytes_of(value);
  data.insert(data.end(), bytes.begin(), bytes.end());
}

// Zero-terminated names, spaces behind addresses (Base 2.0, figure 264).
template <size_t N>
void fill_name(char (&field)[N], std::string_view name) {
  std::copy_n(name.begin(), std::min(name.size(), N - 1), field);
}

enum class SecureChannel : uint8_t { NotSpecified = 0, Required = 1, NotRequired = 2 };  // TREQ bits 1:0

// What an entry tells this host. One that makes its PSK by authentication comes in the clear first.
SecureChannel channel_of(const Port& port, const HostSecurity* security) {
  if (port.requires_tls || (security != nullptr && security->requires_tls && security->tls_psk)) {
    return SecureChannel::Required;
  }
  return security != nullptr && security->tls_psk ? SecureChannel::NotRequired : SecureChannel::NotSpecified;
}

DiscoveryEntry describe(const Port& port, SubsystemType type, std::string_view subnqn, SecureChannel channel) {
  constexpr uint8_t flow_control_can_be_off = 1U << 2U;
  constexpr uint8_t tls_1_3 = 2;
  DiscoveryEntry entry;
  entry.trtype = static_cast<uint8_t>(port.trtype);
  entry.adrfam = static_cast<uint8_t>(port.adrfam);
  entry.subtype = static_cast<uint8_t>(type);
  entry.treq = flow_control_can_be_off | static_cast<uint8_t>(channel);
  entry.portid = port.id;
  entry.cntlid = cntlid_dynamic;
  entry.asqsz = admin_queue_entries_max;
  fill_text(entry.trsvcid, port.trsvcid);
  fill_name(entry.subnqn, subnqn);
  fill_text(entry.traddr, port.traddr);
  entry.tsas[0] = channel == SecureChannel::NotSpecified ? 0 : tls_1_3;
  return entry;
}

// The port as this host can find it; nullopt: it cannot.
std::optional<Port> seen_by(const Arrival& arrival, const Port& port) {
  if (!port.is_at_every_address || arrival.address.empty()) {
    return port;
  }
  if (port.adrfam != arrival.adrfam) {
    return std::nullopt;
  }
  Port seen = port;
  seen.traddr = arrival.address;
  return seen;
}

constexpr LogPage supported[] = {LogPage::Supported, LogPage::ErrorInformation, LogPage::Discovery};

// Entries of one port can be asked for. Extended entries and all subsystems (ALLSUBE) cannot: nobody is told of what is
// masked from it.
SupportedLogPages supported_pages() {
  SupportedLogPages log = supported_log_pages(supported);
  constexpr uint32_t specific_shift = 16;
  auto& page = log.page[static_cast<size_t>(LogPage::Discovery)];
  page = page | (uint32_t{discovery_lsp::PortLocal} << specific_shift);
  return log;
}

}  // namespace

DiscoveryService::~DiscoveryService() { check(controllers_.empty(), "discovery controllers go before their service"); }

ConnectOutcome DiscoveryService::connect(const ConnectArguments& arguments) {
  if (arguments.qid != 0) {  // a discovery controller has no I/O queues
    return refuse_sqe(offsetof(ConnectSqe, qid));
  }
  if (arguments.cntlid != cntlid_dynamic) {
    return refuse_data(offsetof(ConnectData, cntlid), true);
  }
  if (!make_room_for(arguments.request.peer)) {
    return refuse(Status::retryable(StatusCode::ConnectControllerBusy));
  }
  do {
    last_cntlid_ = last_cntlid_ >= cntlid_max ? 1 : static_cast<uint16_t>(last_cntlid_ + 1);
  } while (controllers_.contains(last_cntlid_));
  auto controller = std::make_shared<DiscoveryController>(*this, directory_.control(), arguments, last_cntlid_);
  controllers_.emplace(last_cntlid_, controller);
  shares_.add(arguments.request.peer, last_cntlid_);
  return {.status = {}, .result = last_cntlid_, .queue = std::make_shared<AdminQueue>(std::move(controller))};
}

// Nobody takes all there are. What a host says its name is proves nothing here: only where it comes from counts.
bool DiscoveryService::make_room_for(std::string_view peer) {
  if (shares_.count_at(peer) >= controllers_per_peer_max_) {
    return false;
  }
  if (shares_.size() < controllers_max_) {
    return true;
  }
  if (controllers_.size() >= controllers_max_ + discovery_controllers_displaced_max) {
    return false;  // until those that were sent away have gone
  }
  const std::optional<uint16_t> place = shares_.find_place_for(peer);
  if (!place) {
    return false;
  }
  const std::shared_ptr<DiscoveryController> displaced = controllers_.at(*place);
  shares_.remove(displaced->peer(), *place);
  displaced->end("others have less, and there are no more discovery controllers");
  return true;
}

void DiscoveryService::port_changed(const Port& port) {
  kept_logs_.clear();
  if (!port.requires_tls) {
    return;
  }
  // One may go while others are ended.
  const auto controllers = controllers_;
  for (const auto& [cntlid, controller] : controllers) {
    if (controller->port_id() == port.id && !controller->is_secure()) {
      controller->end("its port takes no connection in the clear any more");
    }
  }
}

void DiscoveryService::changed() {
  ++generation_;
  kept_logs_.clear();
  // One may go while it is told.
  const auto controllers = controllers_;
  for (const auto& [cntlid, controller] : controllers) {
    controller->raise(AsyncEvent::DiscoveryChange);
  }
}

const std::vector<std::byte>& DiscoveryService::log(std::string_view hostnqn, std::optional<uint16_t> portid,
                                                    const Arrival& arrival) {
  const auto known = std::ranges::find_if(kept_logs_, [&](const KeptLog& kept) {
    return kept.hostnqn == hostnqn && kept.portid == portid && kept.arrival == arrival;
  });
  if (known != kept_logs_.end()) {
    return known->page;
  }
  ++logs_made_;
  std::vector<std::byte> page = make_log(hostnqn, portid, arrival);
  size_t bytes = 0;
  for (const KeptLog& kept : kept_logs_) {
    bytes += kept.page.size();
  }
  while (!kept_logs_.empty() &&
         (kept_logs_.size() >= discovery_logs_kept_max || bytes > discovery_log_bytes_kept_max)) {
    bytes -= kept_logs_.front().page.size();
    kept_logs_.erase(kept_logs_.begin());
  }
  kept_logs_.push_back({std::string(hostnqn), portid, arrival, std::move(page)});
  return kept_logs_.back().page;
}

std::vector<std::byte> DiscoveryService::make_log(std::string_view hostnqn, std::optional<uint16_t> portid,
                                                  const Arrival& arrival) const {
  std::vector<DiscoveryEntry> entries;
  for (const Subsystem* const subsystem : directory_.subsystems()) {
    if (!subsystem->is_host_allowed(hostnqn)) {
      continue;
    }
    for (const Port* const port : subsystem->ports()) {
      if (portid && port->id != *portid) {
        continue;
      }
      const std::optional<Port> seen = seen_by(arrival, *port);
      if (!seen) {
        continue;
      }
      const auto security = subsystem->security_of(hostnqn);
      entries.push_back(
          describe(*seen, SubsystemType::Nvm, subsystem->options().nqn, channel_of(*port, security.get())));
    }
  }
  const auto& referrals = directory_.referrals();
  for (const Referral& referral : portid ? std::span<const Referral>() : std::span(referrals)) {
    entries.push_back(
        describe(referral.port, SubsystemType::DiscoveryReferral, referral.subnqn, channel_of(referral.port, nullptr)));
  }
  DiscoveryLogHeader header;
  header.genctr = generation_;
  header.numrec = entries.size();
  std::vector<std::byte> page;
  append(page, header);
  for (const DiscoveryEntry& entry : entries) {
    append(page, entry);
  }
  return page;
}

void DiscoveryService::controller_ended(DiscoveryController& controller) noexcept {
  shares_.remove(controller.peer(), controller.cntlid());
  controllers_.erase(controller.cntlid());
}

DiscoveryController::DiscoveryController(DiscoveryService& service, core::Reactor& control,
                                         const ConnectArguments& arguments, uint16_t cntlid)
    : Controller(control, ControllerType::Discovery, arguments, cntlid, oaes::DiscoveryChange, {}),
      service_(service),
      portid_(arguments.request.port.id),
      arrival_{.adrfam = arguments.request.port.adrfam, .address = arguments.request.local_address} {
  // Without a time-out of its own a host is still expected to be done soon (Base 2.0, 3.1.2.3.2).
  if (arguments.keep_alive_ms == 0) {
    set_default_keep_alive(keep_alive_ms_discovery);
  }
}

Status DiscoveryController::identify(const Sqe& sqe, std::vector<std::byte>& data) {
  if (static_cast<Cns>(sqe.cdw10 & 0xFFU) != Cns::Controller) {
    return Status::final(StatusCode::InvalidField);
  }
  IdentifyController identity;
  fill_identity(identity);
  fill_text(identity.fr, "");
  identity.oaes = oaes::DiscoveryChange;
  identity.ctratt = ctratt::HostId128Bit | ctratt::TrafficBasedKeepAlive;
  identity.lpa = 0b10'0100;  // offsets, supported log pages
  identity.maxcmd = admin_queue_entries_max;
  append(data, identity);
  return {};
}

Status DiscoveryController::judge_log(const GetLogPageFields& fields, const Sqe&) const noexcept {
  const bool is_supported = std::ranges::find(supported, static_cast<LogPage>(fields.page)) != std::end(supported);
  return is_supported ? Status() : Status::final(StatusCode::InvalidLogPage);
}

const std::vector<std::byte>* DiscoveryController::kept_log_page(const GetLogPageFields& fields) {
  if (static_cast<LogPage>(fields.page) != LogPage::Discovery) {
    return nullptr;
  }
  const bool is_port_local = (fields.specific & discovery_lsp::PortLocal) != 0;
  return &service_.log(hostnqn(), is_port_local ? std::optional(portid_) : std::nullopt, arrival_);
}

std::vector<std::byte> DiscoveryController::log_page(const GetLogPageFields& fields) {
  std::vector<std::byte> page;
  switch (static_cast<LogPage>(fields.page)) {
    case LogPage::Supported: append(page, supported_pages()); break;
    case LogPage::ErrorInformation: page = error_page(); break;
    default: break;  // kept
  }
  return page;
}

void DiscoveryController::log_page_read(LogPage page) noexcept {
  if (page == LogPage::Discovery) {
    events().clear(AsyncEvent::DiscoveryChange);
  } else if (page == LogPage::ErrorInformation) {
    events().clear(AsyncEvent::Error);
  }
}

}  // namespace outrigger::nvme
