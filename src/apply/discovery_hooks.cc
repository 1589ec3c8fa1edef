#include "apply/discovery_hooks.h"

#include "apply/remote_keys.h"
#include "core/join.h"
#include "model/nvme_discovery.h"

namespace outrigger::apply {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;
using nvme_host::DiscoveryRecord;

namespace {

std::string trtype_text(nvme::TransportType trtype) {
  switch (trtype) {
    case nvme::TransportType::Rdma: return "rdma";
    case nvme::TransportType::FibreChannel: return "fc";
    case nvme::TransportType::Tcp: return "tcp";
    case nvme::TransportType::IntraHost: return "loop";
  }
  return std::to_string(static_cast<unsigned>(trtype));
}

std::string adrfam_text(nvme::AddressFamily adrfam) {
  switch (adrfam) {
    case nvme::AddressFamily::Ipv4: return "ipv4";
    case nvme::AddressFamily::Ipv6: return "ipv6";
    case nvme::AddressFamily::Ib: return "ib";
    case nvme::AddressFamily::FibreChannel: return "fc";
    case nvme::AddressFamily::IntraHost: return "loop";
    case nvme::AddressFamily::Unspecified: return "";
  }
  return std::to_string(static_cast<unsigned>(adrfam));
}

std::string sectype_text(uint8_t sectype) {
  constexpr const char* words[] = {"none", "tls1.2", "tls1.3"};
  return sectype < std::size(words) ? words[sectype] : std::to_string(sectype);
}

v1::NvmeDiscoveryRecord::Subtype subtype_of(nvme::SubsystemType subtype) {
  const int value = static_cast<int>(subtype);
  return v1::NvmeDiscoveryRecord::Subtype_IsValid(value) ? static_cast<v1::NvmeDiscoveryRecord::Subtype>(value)
                                                         : v1::NvmeDiscoveryRecord::SUBTYPE_UNSPECIFIED;
}

void fill(const DiscoveryRecord& record, v1::NvmeDiscoveryRecord& into) {
  into.set_subtype(subtype_of(record.subtype));
  into.set_trtype(trtype_text(record.trtype));
  into.set_adrfam(adrfam_text(record.adrfam));
  into.set_traddr(record.traddr);
  into.set_trsvcid(record.trsvcid);
  into.set_subnqn(record.subnqn);
  into.set_portid(record.portid);
  into.set_cntlid(record.cntlid);
  into.set_secure_channel(v1::NvmeDiscoveryRecord::SecureChannel_IsValid(record.treq)
                              ? static_cast<v1::NvmeDiscoveryRecord::SecureChannel>(record.treq)
                              : v1::NvmeDiscoveryRecord::SECURE_CHANNEL_UNSPECIFIED);
  into.set_sectype(sectype_text(record.sectype));
}

// What the keys do not fit is names, and other identities have room for longer ones.
Result<std::shared_ptr<const nvme_host::PathSecurity>> fitting_security(const v1::NvmeDiscovery& discovery,
                                                                        const nvme_auth::Parties& parties,
                                                                        std::string_view prefix) {
  auto security = discovery_security(discovery, parties);
  if (!security.has_value()) {
    return with_context(std::move(security).error(), fmt::format("{}.tls_identity_version", prefix));
  }
  return security;
}

Result<nvme_host::DiscoveryOptions> options_of(const v1::DiscoverNvmeRequest& request, const DiscoveryWorld& world) {
  nvme_host::DiscoveryOptions options;
  options.address = {.traddr = request.traddr(),
                     .trsvcid = std::to_string(request.trsvcid() == 0 ? model::nvme_discovery_port : request.trsvcid()),
                     .source_traddr = {},
                     .source_trsvcid = {}};
  options.hostnqn = request.hostnqn().empty() ? world.identity.nqn : request.hostnqn();
  options.hostid = world.identity.id_of(options.hostnqn);
  if (!request.subnqn().empty()) {
    options.subnqn = request.subnqn();
  }
  options.has_header_digest = request.hdgst();
  options.has_data_digest = request.ddgst();
  OR_ASSIGN(options.security,
            fitting_security(model::nvme_discovery_of(request), {.hostnqn = options.hostnqn, .subnqn = options.subnqn},
                             "discover_nvme_request"));
  options.pace = world.pace;
  return options;
}

}  // namespace

NvmeDiscoveryHooks::NvmeDiscoveryHooks(core::Reactor& control, HostIdentity identity,
                                       DiscoveryWorld::MakeFeed make_feed,
                                       std::shared_ptr<nvme_host::KeyExchangePace> pace)
    : world_{.control = control,
             .identity = std::move(identity),
             .make_feed = std::move(make_feed),
             .pace = std::move(pace)} {}

Result<void> NvmeDiscoveryHooks::admit(const model::Intent& intent) {
  const auto& wanted = intent.as<v1::NvmeDiscovery>();
  const std::string hostnqn = wanted.hostnqn().empty() ? world_.identity.nqn : wanted.hostnqn();
  OR_TRY(fitting_security(wanted, {.hostnqn = hostnqn, .subnqn = std::string(nvme::discovery_nqn)}, "nvme_discovery"));
  return {};
}

core::Job<Result<void>> NvmeDiscoveryHooks::realise(model::Intent intent) {
  const auto& wanted = intent.as<v1::NvmeDiscovery>();
  if (const auto found = discoveries_.find(intent.id); found != discoveries_.end()) {
    core::Job<void> changing = found->second->change(wanted);
    co_await changing;
    co_return Result<void>{};
  }
  discoveries_.emplace(intent.id, std::make_unique<Discovery>(world_, intent.id, wanted));
  co_return Result<void>{};
}

core::Job<Result<void>> NvmeDiscoveryHooks::withdraw(model::Intent intent) {
  const auto found = discoveries_.find(intent.id);
  check(found != discoveries_.end(), "only realised discoveries are withdrawn");
  Discovery& discovery = *found->second;
  core::Job<Result<void>> clearing = discovery.clear();
  Result<void> cleared = co_await clearing;
  if (!cleared.has_value()) {
    co_return cleared;
  }
  core::Job<void> closing = discovery.close();
  co_await closing;
  discoveries_.erase(intent.id);
  co_return Result<void>{};
}

void NvmeDiscoveryHooks::observe(const model::Intent& intent, model::Message& into) {
  auto& shown = static_cast<v1::NvmeDiscovery&>(into);
  model::show_discovery_keys(intent.as<v1::NvmeDiscovery>(), shown);
  if (const auto found = discoveries_.find(intent.id); found != discoveries_.end()) {
    found->second->describe(shown);
  }
}

void NvmeDiscoveryHooks::changed(const model::Change& change) {
  const bool is_update = change.what == model::Change::What::Updated &&
                         change.kind == opi::NvmeRemoteController::descriptor()->full_name();
  if (change.what != model::Change::What::Deleted && !is_update) {
    return;
  }
  for (const auto& [id, discovery] : discoveries_) {
    discovery->look_again();
  }
}

core::Job<Result<std::unique_ptr<model::Message>>> NvmeDiscoveryHooks::ask(
    std::shared_ptr<const model::Message> request) {
  const auto& asked = static_cast<const v1::DiscoverNvmeRequest&>(*request);
  if (const Result<void> valid = model::check_discover_request(asked); !valid.has_value()) {
    co_return std::unexpected(valid.error());
  }
  Result<nvme_host::DiscoveryOptions> options = options_of(asked, world_);
  if (!options.has_value()) {
    co_return std::unexpected(std::move(options).error());
  }
  nvme_host::DiscoveryQuestion question(world_.control, std::move(*options));
  questions_.insert(&question);
  core::Job<Result<nvme_host::DiscoveryLog>> asking = question.ask();
  const Result<nvme_host::DiscoveryLog> log = co_await asking;
  questions_.erase(&question);
  if (!log.has_value()) {
    // A target's refusal is no matter of the client's rights here.
    const Code code = log.error().code == Code::Unavailable ? Code::Unavailable : Code::FailedPrecondition;
    co_return std::unexpected(Error{code, fmt::format("no discovery log from {}", log.error().what)});
  }
  auto response = std::make_unique<v1::DiscoverNvmeResponse>();
  response->set_generation(log->generation);
  response->set_record_count(log->record_count);
  response->set_is_secure(log->is_secure);
  response->set_is_authenticated(log->is_authenticated);
  for (const DiscoveryRecord& record : log->records) {
    fill(record, *response->add_records());
  }
  std::unique_ptr<model::Message> reply = std::move(response);
  co_return reply;
}

void NvmeDiscoveryHooks::begin_stop() noexcept {
  world_.is_stopping = true;
  for (nvme_host::DiscoveryQuestion* question : questions_) {
    question->interrupt();
  }
}

core::Job<void> NvmeDiscoveryHooks::close_all() {
  std::vector<core::Job<void>> closing;
  for (const auto& [id, discovery] : discoveries_) {
    closing.push_back(discovery->close());
  }
  core::Job<void> joining = core::join(std::move(closing));
  co_await joining;
}

}  // namespace outrigger::apply
