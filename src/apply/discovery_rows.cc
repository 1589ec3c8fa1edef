// What a discovery makes of the logs: remote controllers and paths.
#include "apply/discovery.h"
#include "base/log.h"
#include "model/limits.h"
#include "model/nvme_address.h"
#include "model/nvme_discovery.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace outrigger::apply {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;
using nvme_host::DiscoveryRecord;

namespace {

constexpr uint64_t ns_per_ms = 1'000'000;
constexpr uint64_t try_ns = 50 * ns_per_ms;

opi::NvmePath path_of(const std::string& traddr, int64_t trsvcid, bool is_ipv6, const std::string& subnqn,
                      const std::string& hostnqn) {
  opi::NvmePath path;
  path.set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
  path.set_traddr(traddr);
  opi::FabricsPath& fabrics = *path.mutable_fabrics();
  fabrics.set_trsvcid(trsvcid);
  fabrics.set_adrfam(is_ipv6 ? opi::NVME_ADDRESS_FAMILY_IPV6 : opi::NVME_ADDRESS_FAMILY_IPV4);
  fabrics.set_subnqn(subnqn);
  fabrics.set_hostnqn(hostnqn);
  return path;
}

std::string path_name(const std::string& key) {
  const size_t slash = key.find('/');
  return fmt::format("nvmeRemoteControllers/{}/nvmePaths/{}", key.substr(0, slash), key.substr(slash + 1));
}

}  // namespace

// -- what there shall be

bool Discovery::is_wanted(const std::string& subnqn) const {
  return wanted_.subnqns().empty() || std::ranges::find(wanted_.subnqns(), subnqn) != wanted_.subnqns().end();
}

void Discovery::add_entries(const Source& source, Entries& entries, size_t& count) const {
  for (const DiscoveryRecord& record : source.log().records) {
    if (count >= discovery_entries_max || record.subtype != nvme::SubsystemType::Nvm ||
        record.trtype != nvme::TransportType::Tcp || !is_wanted(record.subnqn)) {
      continue;
    }
    Entry entry{.subnqn = record.subnqn, .traddr = record.traddr};
    entry.is_ipv6 = record.adrfam == nvme::AddressFamily::Ipv6;
    entry.requires_tls = record.requires_secure_channel;
    entry.is_news = source.has_log();
    const char* const end_of = record.trsvcid.data() + record.trsvcid.size();
    const auto [end, error] = std::from_chars(record.trsvcid.data(), end_of, entry.trsvcid);
    const bool is_number = error == std::errc{} && end == end_of;
    const std::string address = model::nvme_path_address(
        path_of(entry.traddr, is_number ? entry.trsvcid : 0, entry.is_ipv6, record.subnqn, ""));
    if (address.empty() || !model::is_discoverable(record.subnqn)) {
      continue;  // nothing that could be connected to
    }
    count += entries[record.subnqn].emplace(address, std::move(entry)).second ? 1 : 0;
  }
}

// What is shown now comes before what was shown once.
Discovery::Entries Discovery::plan_entries() const {
  Entries entries;
  size_t count = 0;
  for (const bool is_news : {true, false}) {
    for (const Source& source : sources_) {
      if (source.has_log() == is_news) {
        add_entries(source, entries, count);
      }
    }
  }
  return entries;
}

// Looked at once a round: there may be thousands of paths.
void Discovery::look_at_rows() {
  made_.clear();
  others_.clear();
  protections_.clear();
  const auto& kind = *opi::NvmeRemoteController::descriptor();
  for (const auto& [id, message] : world_.rows->found_below(kind, "")) {
    Protection& protection = protections_[id];
    protection.uses_tls = !static_cast<const opi::NvmeRemoteController&>(*message).tcp().psk().empty();
    if (const auto stored = world_.rows->found_options(kind, id); stored != nullptr) {
      const auto& options = static_cast<const v1::NvmeRemoteControllerOptions&>(*stored);
      protection.uses_tls = protection.uses_tls || options.secure_channel_concatenation();
      protection.has_dhchap_controller_key = !options.dhchap_controller_key().empty();
    }
  }
  for (const auto& [key, message] : world_.rows->found_below(*opi::NvmePath::descriptor(), "")) {
    const auto& path = static_cast<const opi::NvmePath&>(*message);
    const std::string controller = key.substr(0, key.find('/'));
    const std::string& subnqn = path.fabrics().subnqn();
    if (model::is_discovered(id_, key, path)) {
      made_[controller].emplace_back(key, path);
    } else if (path.fabrics().hostnqn() == wanted_.hostnqn() &&
               controller != model::nvme_discovered_controller_id(id_, subnqn)) {
      others_.insert_or_assign(subnqn, controller);
    }
  }
}

// One that is there has its own keys, whatever ours are by now.
bool Discovery::can_use_tls(const std::string& controller) const {
  const auto known = protections_.find(controller);
  return known != protections_.end() ? known->second.uses_tls : wants_tls();
}

bool Discovery::is_made(const std::string& controller, const std::string& address) const {
  const auto made = made_.find(controller);
  const std::string key = fmt::format("{}/{}", controller, model::nvme_discovered_path_id(address));
  return made != made_.end() &&
         std::ranges::any_of(made->second, [&key](const auto& each) { return each.first == key; });
}

std::string Discovery::obstacle_to(const std::string& controller, const std::string& address,
                                   const Entry& entry) const {
  const auto known = protections_.find(controller);
  const bool is_known = known != protections_.end();
  if (entry.requires_tls && !can_use_tls(controller)) {
    return fmt::format("it requires TLS, for which {} has no key (tls_key)",
                       is_known ? "its remote controller" : "the discovery");
  }
  // A path that is there stays as it is; another one would be less than the discovery's keys promise.
  if (!is_known || is_made(controller, address)) {
    return "";
  }
  if (wants_tls() && !known->second.uses_tls && wanted_.tls_key().empty()) {
    return fmt::format(
        "no path is made without TLS, for which its remote controller does not make keys "
        "(secure_channel_concatenation): "
        "`outrigger update nvmeRemoteControllerOptions {} secure_channel_concatenation=true` lets all its paths do so, "
        "with "
        "a DH-HMAC-CHAP key",
        controller);
  }
  if (wants_tls() && !known->second.uses_tls) {
    return fmt::format(
        "no path is made without TLS, for which its remote controller has no key (tcp.psk): `outrigger update remote "
        "{} --tls-key-file FILE` gives one to all its paths",
        controller);
  }
  if (!wanted_.dhchap_controller_key().empty() && !known->second.has_dhchap_controller_key) {
    return fmt::format(
        "no path is made to what need not prove who it is, for which its remote controller has no key "
        "(dhchap_controller_key): `outrigger update remote {} --dhchap-key-file FILE --controller-key-file FILE` gives "
        "one to all its paths",
        controller);
  }
  return "";
}

// -- making

void Discovery::unsettled(Entry& entry, const Error& error) {
  entry.state = v1::NvmeDiscoveryEntry::WAITING;
  entry.reason = error.what;
  is_settled_ = false;
}

core::Job<void> Discovery::make_path(std::string controller, std::string address, Entry* entry) {
  const std::string key = fmt::format("{}/{}", controller, model::nvme_discovered_path_id(address));
  auto path = std::make_shared<opi::NvmePath>(
      path_of(entry->traddr, entry->trsvcid, entry->is_ipv6, entry->subnqn, wanted_.hostnqn()));
  core::Job<Result<void>> finding = world_.rows->found(*opi::NvmePath::descriptor(), key, std::move(path), nullptr);
  const Result<void> found = co_await finding;
  entry->path = path_name(key);
  if (!found.has_value()) {
    unsettled(*entry, found.error());
    co_return;
  }
  entry->state = v1::NvmeDiscoveryEntry::MADE;
}

core::Job<void> Discovery::make_subsystem(std::string subnqn, std::map<std::string, Entry>* entries) {
  const auto ignore = [entries](const std::string& why) {
    for (auto& [address, entry] : *entries) {
      entry.state = v1::NvmeDiscoveryEntry::IGNORED;
      entry.reason = why;
    }
  };
  // What it made itself stays, also when somebody goes there another way later.
  const std::string controller = model::nvme_discovered_controller_id(id_, subnqn);
  const auto other = others_.find(subnqn);
  if (other != others_.end() && !made_.contains(controller)) {
    ignore(fmt::format("nvmeRemoteControllers/{} leads there already", other->second));
    co_return;
  }
  size_t count = 0;
  const size_t count_max = wanted_.multipath() == opi::NVME_MULTIPATH_DISABLE ? 1 : model::nvme_paths_max;
  for (auto& [address, entry] : *entries) {
    if (!entry.is_news && !is_made(controller, address)) {
      entry.reason = "it was shown by a discovery controller that has not been heard again with the keys of now";
      continue;  // a key that is wrong would be that of a new remote controller for good
    }
    entry.reason = obstacle_to(controller, address, entry);
    if (entry.reason.empty() && count >= count_max) {
      entry.reason = fmt::format("its subsystem has {} paths, which is all it may have", count);
    }
    if (!entry.reason.empty()) {
      entry.state = v1::NvmeDiscoveryEntry::IGNORED;
      continue;
    }
    if (count++ == 0) {
      auto wanted = std::make_shared<opi::NvmeRemoteController>(model::nvme_discovered_controller(wanted_));
      auto options = std::make_shared<v1::NvmeRemoteControllerOptions>(model::nvme_discovered_options(id_, wanted_));
      core::Job<Result<void>> finding =
          world_.rows->found(*wanted->GetDescriptor(), controller, wanted, std::move(options));
      const Result<void> found = co_await finding;
      if (!found.has_value()) {
        ignore(found.error().what);
        is_settled_ = false;
        co_return;
      }
    }
    core::Job<void> making = make_path(controller, address, &entry);
    co_await making;
  }
}

// -- taking away

// Waits for what is under way for the row.
core::Job<Result<void>> Discovery::lose(const google::protobuf::Descriptor* kind, std::string key) {
  Result<void> lost;
  for (uint32_t tries = 0; tries < discovery_tries_max; ++tries) {
    core::Job<Result<void>> losing = world_.rows->lost(*kind, key);
    lost = co_await losing;
    if (lost.has_value() || lost.error().code != Code::Aborted || world_.is_stopping) {
      break;
    }
    co_await core::sleep_for(world_.control, try_ns);
  }
  co_return lost;
}

core::Job<void> Discovery::drop_path(std::string key, opi::NvmePath path, Entries* entries) {
  core::Job<Result<void>> losing = lose(opi::NvmePath::descriptor(), key);
  const Result<void> lost = co_await losing;
  if (lost.has_value()) {
    if (limiter_.admit(world_.control.clock().now_ns())) {
      log::info("apply", "nvmeDiscoveries/{}: {} is shown no more and was taken away{}", id_, path_name(key),
                limiter_.left_out_note());
    }
    co_return;
  }
  Entry entry{.subnqn = path.fabrics().subnqn(), .traddr = path.traddr()};
  entry.state = v1::NvmeDiscoveryEntry::GONE;
  entry.reason = fmt::format("it is shown no more: {}", lost.error().what);
  entry.path = path_name(key);
  (*entries)[entry.subnqn].insert_or_assign(model::nvme_path_address(path), std::move(entry));
  // What is in use stays. When its user goes, the model tells us; that another path is live, so that this one is not
  // needed any more, nobody does.
  const std::string controller = key.substr(0, key.find('/'));
  const bool has_others = world_.rows->found_below(*opi::NvmePath::descriptor(), controller).size() > 1;
  is_settled_ = is_settled_ && lost.error().code == Code::FailedPrecondition && !has_others;
}

core::Job<void> Discovery::drop_unshown(Entries* entries) {
  const bool can_drop = is_complete();
  const Made made = made_;
  for (const auto& [controller, paths] : made) {
    for (const auto& [key, path] : paths) {
      const std::string& subnqn = path.fabrics().subnqn();
      const auto places = entries->find(subnqn);
      const std::string name = path_name(key);
      const bool is_shown = places != entries->end() && std::ranges::any_of(places->second, [&name](const auto& each) {
                              return each.second.path == name;
                            });
      if (is_ending()) {
        co_return;  // what was made stays
      }
      if (!is_shown && (can_drop || !is_wanted(subnqn))) {
        core::Job<void> dropping = drop_path(key, path, entries);
        co_await dropping;
      }
    }
    core::Job<void> dropping = drop_controller(controller);
    co_await dropping;
  }
  if (can_drop) {
    core::Job<void> dropping = drop_empty(entries);
    co_await dropping;
  }
}

// Told from what is stored with it: a client may have chosen the same name, and given it keys before its first path.
bool Discovery::has_made(const std::string& controller) const {
  const auto stored = world_.rows->found_options(*opi::NvmeRemoteController::descriptor(), controller);
  return stored != nullptr && static_cast<const v1::NvmeRemoteControllerOptions&>(*stored).nvme_discovery() ==
                                  model::nvme_discovery_name(id_);
}

// Remote controllers that it made and whose path never came, or went before a crash.
std::vector<std::string> Discovery::empty_controllers() const {
  std::set<std::string, std::less<>> with_paths;
  for (const auto& [key, message] : world_.rows->found_below(*opi::NvmePath::descriptor(), "")) {
    with_paths.emplace(key.substr(0, key.find('/')));
  }
  std::vector<std::string> empty;
  for (const auto& [id, message] : world_.rows->found_below(*opi::NvmeRemoteController::descriptor(), "")) {
    if (!with_paths.contains(id) && has_made(id)) {
      empty.push_back(id);
    }
  }
  return empty;
}

// But for those to which a path will be tried again.
core::Job<void> Discovery::drop_empty(const Entries* entries) {
  std::set<std::string, std::less<>> awaited;
  for (const auto& [subnqn, places] : *entries) {
    const bool is_left_alone = std::ranges::all_of(
        places, [](const auto& place) { return place.second.state == v1::NvmeDiscoveryEntry::IGNORED; });
    if (!is_left_alone) {
      awaited.insert(model::nvme_discovered_controller_id(id_, subnqn));
    }
  }
  const std::vector<std::string> empty = empty_controllers();
  for (const std::string& controller : empty) {
    if (!awaited.contains(controller) && !is_ending()) {
      core::Job<void> dropping = drop_controller(controller);
      co_await dropping;
    }
  }
}

// Without a path it is of no use, unless somebody else made it.
core::Job<void> Discovery::drop_controller(std::string controller) {
  if (world_.rows->found_below(*opi::NvmePath::descriptor(), controller).empty() && has_made(controller)) {
    core::Job<Result<void>> losing = lose(opi::NvmeRemoteController::descriptor(), controller);
    const Result<void> lost = co_await losing;
    is_settled_ = is_settled_ && lost.has_value();
  }
}

// The model has looked before; somebody may have come while this one's turn did.
Result<void> Discovery::check_unused() const {
  for (const auto& [controller, paths] : made_) {
    for (const auto& [key, message] : world_.rows->found_below(*opi::NvmeRemoteNamespace::descriptor(), controller)) {
      const auto users = world_.rows->users_of(*opi::NvmeRemoteNamespace::descriptor(), key);
      if (!users.empty()) {
        return fail(Code::FailedPrecondition, "nvmeDiscoveries/{}: volumes/{} is in use by {}: delete it first", id_,
                    key.substr(key.find('/') + 1), users.front());
      }
    }
    for (const auto& [key, message] : world_.rows->found_below(*opi::NvmePath::descriptor(), controller)) {
      if (!model::is_discovered(id_, key, static_cast<const opi::NvmePath&>(*message))) {
        return fail(Code::FailedPrecondition, "nvmeDiscoveries/{}: {} was not made by it: delete that first", id_,
                    path_name(key));
      }
    }
  }
  return {};
}

core::Job<Result<void>> Discovery::clear() {
  core::Job<void> entering = enter();
  co_await entering;
  look_at_rows();
  Result<void> cleared = check_unused();
  if (!cleared.has_value()) {
    leave();
    co_return cleared;
  }
  const Made made = made_;
  for (const auto& [controller, paths] : made) {
    for (const auto& [key, path] : paths) {
      if (cleared.has_value()) {
        core::Job<Result<void>> losing = lose(opi::NvmePath::descriptor(), key);
        cleared = co_await losing;
      }
    }
  }
  const std::vector<std::string> empty = empty_controllers();
  for (const std::string& controller : empty) {
    if (cleared.has_value()) {
      core::Job<Result<void>> losing = lose(opi::NvmeRemoteController::descriptor(), controller);
      cleared = co_await losing;
    }
  }
  leave();
  if (!cleared.has_value()) {
    look_in(0);
  }
  co_return cleared;
}

}  // namespace outrigger::apply
