#include "cli/remote.h"

#include "cli/key_files.h"
#include "cli/units.h"

#include <outrigger/v1/nvme_remote.pb.h>
#include <outrigger/v1/volume.pb.h>
#include <storage/backend_nvme.pb.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <set>

namespace outrigger::cli {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

constexpr int64_t port_max = 65535;
// What connect_timeout_ms is where it is 0 (nvme_remote.proto).
constexpr int32_t connect_timeout_ms_default = 5000;
// For all that outriggerd does beside waiting for the target.
constexpr std::chrono::milliseconds answer_ms{20'000};

int32_t connect_timeout_ms(int32_t stored) noexcept { return stored == 0 ? connect_timeout_ms_default : stored; }

Result<opi::NvmeMultipath> parse_multipath(const std::string& word) {
  constexpr std::array<std::pair<std::string_view, opi::NvmeMultipath>, 3> words = {
      {{"disable", opi::NVME_MULTIPATH_DISABLE},
       {"failover", opi::NVME_MULTIPATH_FAILOVER},
       {"multipath", opi::NVME_MULTIPATH_MULTIPATH}}};
  for (const auto& [known, value] : words) {
    if (word == known || (word.empty() && value == opi::NVME_MULTIPATH_MULTIPATH)) {
      return value;
    }
  }
  return fail(Code::InvalidArgument, "--multipath {}: there are disable, failover and multipath", word);
}

Result<std::vector<v1::NvmeRemoteState>> states(Client& client) {
  OR_ASSIGN(const auto all, fetch_all(client, kind_of(*v1::NvmeRemoteState::descriptor())));
  std::vector<v1::NvmeRemoteState> made;
  for (const auto& one : all) {
    made.push_back(static_cast<const v1::NvmeRemoteState&>(*one));
  }
  return made;
}

void set_keys(const RemoteKeys& keys, opi::NvmeRemoteController& wanted, v1::NvmeRemoteControllerOptions& options) {
  if (!keys.tls_key.empty()) {
    wanted.mutable_tcp()->set_psk(keys.tls_key);
  }
  options.set_dhchap_key(keys.dhchap_key);
  options.set_dhchap_controller_key(keys.dhchap_controller_key);
  options.set_secure_channel_concatenation(keys.has_concatenation);
}

// By OPI's own call where that can say everything.
Result<std::unique_ptr<google::protobuf::Message>> create_controller(Client& client, const std::string& id,
                                                                     const opi::NvmeRemoteController& wanted,
                                                                     const v1::NvmeRemoteControllerOptions& options) {
  if (options.ByteSizeLong() == 0) {
    return create(client, kind_of(*opi::NvmeRemoteController::descriptor()), id, wanted);
  }
  v1::CreateNvmeRemoteControllerWithOptionsRequest request;
  request.set_nvme_remote_controller_id(id);
  *request.mutable_nvme_remote_controller() = wanted;
  *request.mutable_nvme_remote_controller_options() = options;
  const auto& service = *options.GetDescriptor()->file()->FindServiceByName("NvmeRemoteControllerOptionsService");
  return client.call(*service.FindMethodByName("CreateNvmeRemoteControllerWithOptions"), request);
}

Result<int32_t> stored_timeout_ms(Client& client, const std::string& name) {
  const Kind& kind = kind_of(*v1::NvmeRemoteControllerOptions::descriptor());
  OR_ASSIGN(const auto stored, fetch(client, kind, id_of(name)));
  return connect_timeout_ms(static_cast<const v1::NvmeRemoteControllerOptions&>(*stored).connect_timeout_ms());
}

Result<> check_timeout_as_given(const std::string& name, int32_t stored_ms, int32_t timeout_ms) {
  if (timeout_ms == 0 || timeout_ms == stored_ms) {
    return {};
  }
  return fail(Code::InvalidArgument,
              "{0} is there already, with another --timeout: leave that out, or change it for all its paths with "
              "`outrigger update nvmeRemoteControllerOptions {0} connect_timeout_ms={1}`",
              short_name(name), timeout_ms);
}

// What was given and is not so in the controller that is there; nothing is dropped in silence.
Result<> check_as_given(Client& client, const std::string& name, const ConnectRequest& request,
                        opi::NvmeMultipath multipath, int32_t stored_ms) {
  OR_ASSIGN(const auto message, fetch(client, kind_of(*opi::NvmeRemoteController::descriptor()), id_of(name)));
  const auto& there = static_cast<const opi::NvmeRemoteController&>(*message);
  std::string options;
  std::string fields;
  const auto differs = [&](bool is_other, std::string_view option, std::string_view field) {
    if (is_other) {
      options += fmt::format("{}{}", options.empty() ? "" : ", ", option);
      fields += fmt::format(" {}", field);
    }
  };
  differs(!request.multipath.empty() && there.multipath() != multipath, "--multipath",
          fmt::format("multipath={}", opi::NvmeMultipath_Name(multipath)));
  differs(request.has_header_digest && !there.tcp().hdgst(), "--hdgst", "tcp.hdgst=true");
  differs(request.has_data_digest && !there.tcp().ddgst(), "--ddgst", "tcp.ddgst=true");
  differs(request.queue_count != 0 && there.io_queues_count() != request.queue_count, "--queues",
          fmt::format("io_queues_count={}", request.queue_count));
  differs(request.queue_size != 0 && there.queue_size() != request.queue_size, "--queue-size",
          fmt::format("queue_size={}", request.queue_size));
  if (fields.empty()) {
    return check_timeout_as_given(name, stored_ms, request.timeout_ms);
  }
  return fail(
      Code::InvalidArgument,
      "{0} is there already, and is otherwise than {1} says: leave that out, or change it for all its paths with "
      "`outrigger update remote {0}{2}`",
      short_name(name), options, fields);
}

// The controller that a path goes to, and whether it was made for it.
struct Place {
  std::string name;
  bool is_new = false;
  int32_t timeout_ms = 0;  // of each step of connecting
};

// Keys are never returned: nobody can tell whether those of the controller are the ones that are given.
std::unexpected<Error> has_own_keys(const std::string& name, const ConnectRequest& request) {
  return fail(Code::InvalidArgument,
              "{0} is there already, and all its paths have its keys: leave the keys out, as in `outrigger connect {1} "
              "--nqn {2}{3}`, or change them before with `outrigger update remote {0} --tls-key-file FILE "
              "--dhchap-key-file FILE`",
              short_name(name), request.address, request.nqn,
              request.hostnqn.empty() ? "" : " --host-nqn " + request.hostnqn);
}

Result<Place> find_or_create(Client& client, const ConnectRequest& request, const std::set<std::string>& made_now) {
  OR_ASSIGN(const opi::NvmeMultipath multipath, parse_multipath(request.multipath));
  OR_ASSIGN(const auto known, states(client));
  const bool gives_keys = request.key_files.are_given() || request.keys.are_given();
  for (const v1::NvmeRemoteState& remote : known) {
    if (request.id.empty() ? remote.subnqn() == request.nqn : id_of(remote.name()) == request.id) {
      if (gives_keys && !made_now.contains(remote.name())) {
        return has_own_keys(remote.name(), request);
      }
      OR_ASSIGN(const int32_t timeout_ms, stored_timeout_ms(client, remote.name()));
      OR_TRY(check_as_given(client, remote.name(), request, multipath, timeout_ms));
      return Place{.name = remote.name(), .is_new = false, .timeout_ms = timeout_ms};
    }
  }
  opi::NvmeRemoteController wanted;
  wanted.set_multipath(multipath);
  wanted.set_io_queues_count(request.queue_count);
  wanted.set_queue_size(request.queue_size);
  if (request.has_header_digest || request.has_data_digest) {
    wanted.mutable_tcp()->set_hdgst(request.has_header_digest);
    wanted.mutable_tcp()->set_ddgst(request.has_data_digest);
  }
  v1::NvmeRemoteControllerOptions options;
  options.set_connect_timeout_ms(request.timeout_ms);
  RemoteKeys keys = request.keys;
  if (request.key_files.are_given()) {
    OR_ASSIGN(keys, read_keys(request.key_files));
  }
  set_keys(keys, wanted, options);
  std::string id = request.id;
  for (size_t number = 0; id.empty(); ++number) {
    const std::string name = fmt::format("nvme{}", number);
    const bool is_taken =
        std::ranges::any_of(known, [&name](const auto& remote) { return id_of(remote.name()) == name; });
    id = is_taken ? "" : name;
  }
  OR_ASSIGN(const auto made, create_controller(client, id, wanted, options));
  return Place{.name = static_cast<const opi::NvmeRemoteController&>(*made).name(),
               .is_new = true,
               .timeout_ms = connect_timeout_ms(request.timeout_ms)};
}

Result<v1::NvmeRemoteState> state_of(Client& client, const std::string& name) {
  OR_ASSIGN(const auto state, fetch(client, kind_of(*v1::NvmeRemoteState::descriptor()), id_of(name)));
  return static_cast<const v1::NvmeRemoteState&>(*state);
}

Result<void> remove(Client& client, const Kind& kind, const std::string& id, std::string& deleted) {
  return delete_resources(client, kind, {id}, false, deleted);
}

// The mean of late; a path that did nothing has none.
std::string latency_text(int64_t ns) {
  constexpr int64_t ns_per_us = 1000;
  constexpr int64_t us_shown_max = 10'000;
  const int64_t us = ns / ns_per_us;
  return ns == 0 ? "-" : us < us_shown_max ? fmt::format("{}us", us) : fmt::format("{}ms", us / 1000);
}

Table path_table(const std::vector<v1::NvmeRemoteState>& remotes) {
  Table table;
  table.columns = {{"NAME"},
                   {"ADDRESS"},
                   {"NQN"},
                   {"STATE"},
                   {"FOR", true},
                   {"CONNECTS", true},
                   {"LOST", true},
                   {"COMMANDS", true},
                   {"INFLIGHT", true},
                   {"LATENCY", true},
                   {"ERRORS", true},
                   {"RETRIES", true},
                   {"WHY"}};
  for (const v1::NvmeRemoteState& remote : remotes) {
    for (const v1::NvmePathState& path : remote.paths()) {
      table.rows.push_back({short_name(path.name()), path.address(), remote.subnqn(),
                            v1::NvmePathState::State_Name(path.state()), fmt::format("{}s", path.state_age_ms() / 1000),
                            std::to_string(path.connects()), std::to_string(path.losses()),
                            std::to_string(path.commands()), std::to_string(path.in_flight()),
                            latency_text(path.mean_latency_ns()), std::to_string(path.errors()),
                            std::to_string(path.retries()), path.state_reason().empty() ? "-" : path.state_reason()});
    }
  }
  return table;
}

}  // namespace

Result<RemoteKeys> read_keys(const RemoteKeyFiles& files) {
  const std::array all = {files.tls_key_file, files.dhchap_key_file, files.dhchap_controller_key_file};
  if (std::ranges::count(all, "-") > 1) {
    return fail(Code::InvalidArgument, "the standard input can hold one of the keys: give files for the others");
  }
  RemoteKeys keys;
  OR_ASSIGN(keys.tls_key, read_key_line("--tls-key-file", files.tls_key_file));
  OR_ASSIGN(keys.dhchap_key, read_key_line("--dhchap-key-file", files.dhchap_key_file));
  OR_ASSIGN(keys.dhchap_controller_key, read_key_line("--controller-key-file", files.dhchap_controller_key_file));
  keys.has_concatenation = files.has_concatenation;
  return keys;
}

Result<TargetAddress> parse_target(std::string_view text) {
  TargetAddress made;
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos || (end + 1 < text.size() && text[end + 1] != ':')) {
      return fail(Code::InvalidArgument, "'{}' is not an address: write [2001:db8::1]:4420", text);
    }
    made.traddr = text.substr(1, end - 1);
    port = end + 1 < text.size() ? text.substr(end + 2) : std::string_view{};
    made.is_ipv6 = true;
    if (end + 2 == text.size()) {
      return fail(Code::InvalidArgument, "'{}' has no port behind its colon", text);
    }
  } else if (std::ranges::count(text, ':') > 1) {
    made.traddr = text;
    made.is_ipv6 = true;
  } else {
    const size_t colon = text.find(':');
    made.traddr = text.substr(0, colon);
    if (colon != std::string_view::npos) {
      port = text.substr(colon + 1);
      if (port.empty()) {
        return fail(Code::InvalidArgument, "'{}' has no port behind its colon", text);
      }
    }
  }
  if (!port.empty()) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), made.trsvcid);
    if (error != std::errc{} || end != port.data() + port.size() || made.trsvcid < 1 || made.trsvcid > port_max) {
      return fail(Code::InvalidArgument, "'{}' is not a TCP port", port);
    }
  }
  return made;
}

bool target_has_port(std::string_view text) {
  return text.starts_with('[') ? text.find("]:") != std::string_view::npos : std::ranges::count(text, ':') == 1;
}

Result<opi::NvmeMultipath> multipath_of(const std::string& word) { return parse_multipath(word); }

namespace {

// A controller that was made for a path that does not come up is taken away again.
Result<std::string> make_path(Client& client, const ConnectRequest& request, std::set<std::string>& made_now) {
  OR_ASSIGN(const TargetAddress target, parse_target(request.address));
  OR_ASSIGN(const Place place, find_or_create(client, request, made_now));
  const std::string controller(id_of(place.name));
  opi::CreateNvmePathRequest call;
  call.set_parent(place.name);
  call.set_nvme_path_id(request.path_id);
  opi::NvmePath& path = *call.mutable_nvme_path();
  path.set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
  path.set_traddr(target.traddr);
  opi::FabricsPath& fabrics = *path.mutable_fabrics();
  fabrics.set_trsvcid(target.trsvcid);
  fabrics.set_adrfam(target.is_ipv6 ? opi::NVME_ADDRESS_FAMILY_IPV6 : opi::NVME_ADDRESS_FAMILY_IPV4);
  fabrics.set_subnqn(request.nqn);
  fabrics.set_hostnqn(request.hostnqn);
  fabrics.set_source_traddr(request.source);
  // outriggerd waits for all steps of connecting as long as one of them may take, at least.
  client.wait_at_least(std::chrono::milliseconds(place.timeout_ms) + answer_ms);
  const auto made = client.call(*kind_of(*opi::NvmePath::descriptor()).create, call);
  if (!made.has_value()) {
    std::string deleted;
    if (place.is_new) {
      // What went wrong first is what counts.
      static_cast<void>(remove(client, kind_of(*opi::NvmeRemoteController::descriptor()), controller, deleted));
    }
    return std::unexpected(made.error());
  }
  if (place.is_new) {
    made_now.insert(place.name);
  }
  return place.name;
}

}  // namespace

Result<std::string> connect_path(Client& client, const ConnectRequest& request, std::set<std::string>& made) {
  OR_ASSIGN(const TargetAddress target, parse_target(request.address));
  const std::string address =
      fmt::format("{}{}{}:{}", target.is_ipv6 ? "[" : "", target.traddr, target.is_ipv6 ? "]" : "", target.trsvcid);
  OR_ASSIGN(const auto known, states(client));
  for (const v1::NvmeRemoteState& remote : known) {
    const bool leads_there = std::ranges::any_of(
        remote.paths(), [&address](const v1::NvmePathState& path) { return path.address() == address; });
    if (remote.subnqn() == request.nqn && leads_there) {
      return remote.name();
    }
  }
  return make_path(client, request, made);
}

Printed connect(Client& client, const ConnectRequest& request, Format format) {
  std::set<std::string> made_now;
  OR_ASSIGN(const std::string controller, make_path(client, request, made_now));
  OR_ASSIGN(const v1::NvmeRemoteState state, state_of(client, controller));
  return show_one(kind_of(*v1::NvmeRemoteState::descriptor()), state, format);
}

namespace {

// What `disconnect` takes away of one remote controller.
struct Leaving {
  std::set<std::string, std::less<>> paths;  // names; of a whole one: all
  bool is_whole = false;
  v1::NvmeRemoteState state{};
};
using AllLeaving = std::map<std::string, Leaving, std::less<>>;  // by the controller's id

Result<AllLeaving> read_leaving(Client& client, const std::vector<std::string>& ids) {
  AllLeaving all;
  for (const std::string& id : ids) {
    const std::string word = id.starts_with("nvmeRemoteControllers/") ? short_name(id) : id;
    const size_t slash = word.find('/');
    Leaving& leaving = all[word.substr(0, slash)];
    if (slash == std::string::npos) {
      leaving.is_whole = true;
    } else {
      leaving.paths.insert(fmt::format("nvmeRemoteControllers/{}/nvmePaths/{}", word.substr(0, slash),
                                       std::string_view(word).substr(slash + 1)));
    }
  }
  for (auto& [id, leaving] : all) {
    OR_ASSIGN(leaving.state, state_of(client, id));
    for (const std::string& name : leaving.paths) {
      if (std::ranges::find(leaving.state.paths(), name, &v1::NvmePathState::name) == leaving.state.paths().end()) {
        return fail(Code::NotFound, "{} is not there; `outrigger list paths` shows what is. Nothing was taken away",
                    short_name(name));
      }
    }
    for (const v1::NvmePathState& path : leaving.state.paths()) {
      if (leaving.is_whole) {
        leaving.paths.insert(path.name());
      }
    }
  }
  return all;
}

// Does a live path, or the last one that there is, go, and none that is live stays?
bool takes_the_last(const Leaving& leaving) {
  bool was_live = leaving.is_whole || leaving.paths.size() == static_cast<size_t>(leaving.state.paths_size());
  for (const v1::NvmePathState& path : leaving.state.paths()) {
    const bool is_live = path.state() == v1::NvmePathState::LIVE;
    if (is_live && !leaving.paths.contains(path.name())) {
      return false;
    }
    was_live = was_live || is_live;
  }
  return was_live;
}

// Asked before anything goes: a path that went before the refusal might have been the only one that was live.
Result<> check_unused(Client& client, const AllLeaving& all) {
  std::set<std::string, std::less<>> volumes;
  for (const auto& [id, leaving] : all) {
    for (const auto& space : leaving.state.namespaces()) {
      if (takes_the_last(leaving)) {
        volumes.insert(space.volume_name());
      }
    }
  }
  if (volumes.empty()) {
    return {};
  }
  OR_ASSIGN(const auto known, fetch_all(client, kind_of(*v1::Volume::descriptor())));
  constexpr size_t shown_max = 5;
  size_t count = 0;
  std::string used;
  for (const auto& one : known) {
    const auto& volume = static_cast<const v1::Volume&>(*one);
    if (volume.users().empty() || !volumes.contains(volume.name()) || ++count > shown_max) {
      continue;
    }
    used += fmt::format("{}{} by {}", used.empty() ? "" : ", ", id_of(volume.name()), volume.users(0));
    used += volume.users_size() > 1 ? fmt::format(" and {} more", volume.users_size() - 1) : "";
  }
  if (count == 0) {
    return {};
  }
  used += count > shown_max ? fmt::format(", and {} volumes more", count - shown_max) : "";
  return fail(Code::FailedPrecondition, "in use: {}. Delete the users first; nothing was taken away", used);
}

}  // namespace

Result<> disconnect(Client& client, const std::vector<std::string>& ids, std::string& deleted) {
  OR_ASSIGN(const AllLeaving all, read_leaving(client, ids));
  OR_TRY(check_unused(client, all));
  for (const auto& [id, leaving] : all) {
    // Live ones last: should somebody begin to use a volume now, outriggerd refuses the last of those.
    for (const bool is_live : {false, true}) {
      for (const v1::NvmePathState& path : leaving.state.paths()) {
        if (leaving.paths.contains(path.name()) && (path.state() == v1::NvmePathState::LIVE) == is_live) {
          OR_TRY(remove(client, kind_of(*opi::NvmePath::descriptor()), short_name(path.name()), deleted));
        }
      }
    }
    if (leaving.is_whole) {
      OR_TRY(remove(client, kind_of(*opi::NvmeRemoteController::descriptor()), id, deleted));
    }
  }
  return {};
}

Printed list_paths(Client& client, Format format) {
  if (format != Format::Table) {
    return list_resources(client, kind_of(*opi::NvmePath::descriptor()), format);
  }
  OR_ASSIGN(const auto remotes, states(client));
  return path_table(remotes).text();
}

}  // namespace outrigger::cli
