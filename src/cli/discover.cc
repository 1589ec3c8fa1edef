#include "cli/discover.h"

#include <outrigger/v1/nvme_discovery.pb.h>
#include <outrigger/v1/nvme_remote.pb.h>

#include <algorithm>
#include <set>

namespace outrigger::cli {

namespace v1 = outrigger::v1;
using Record = v1::NvmeDiscoveryRecord;

namespace {

constexpr int64_t discovery_port = 8009;  // IANA's nvme-disc
// Discovery controllers that one connect-all asks.
constexpr size_t sources_max = 16;

// Host and port of what is asked; the port that is said apart wins.
Result<TargetAddress> place_of(const DiscoverRequest& request) {
  if (request.transport != "tcp") {
    return fail(Code::InvalidArgument, "--transport {}: there is tcp", request.transport);
  }
  if (request.address.empty()) {
    return fail(Code::InvalidArgument, "no address: outrigger discover 192.0.2.1, or -a 192.0.2.1");
  }
  OR_ASSIGN(TargetAddress target, parse_target(request.address));
  const bool has_port = target_has_port(request.address);
  target.trsvcid = request.port != 0 ? request.port : has_port ? target.trsvcid : discovery_port;
  return target;
}

Result<v1::DiscoverNvmeResponse> ask(Client& client, const DiscoverRequest& request, const RemoteKeys& keys,
                                     const TargetAddress& target, const std::string& subnqn) {
  v1::DiscoverNvmeRequest call;
  call.set_traddr(target.traddr);
  call.set_trsvcid(target.trsvcid);
  call.set_hostnqn(request.hostnqn);
  call.set_subnqn(subnqn);
  call.set_hdgst(request.has_header_digest);
  call.set_ddgst(request.has_data_digest);
  call.set_tls_key(keys.tls_key);
  call.set_dhchap_key(keys.dhchap_key);
  call.set_dhchap_controller_key(keys.dhchap_controller_key);
  const auto& method = method_of(*v1::NvmeDiscovery::descriptor()->file(), "DiscoverNvme");
  return client.call_for<v1::DiscoverNvmeResponse>(method, call);
}

std::string address_of(const Record& record) {
  return fmt::format("{}{}{}:{}", record.adrfam() == "ipv6" ? "[" : "", record.traddr(),
                     record.adrfam() == "ipv6" ? "]" : "", record.trsvcid());
}

std::string_view subtype_text(Record::Subtype subtype) {
  switch (subtype) {
    case Record::NVM: return "subsystem";
    case Record::REFERRAL: return "referral";
    case Record::CURRENT_DISCOVERY: return "discovery";
    default: return "?";
  }
}

std::string security_text(const Record& record) {
  switch (record.secure_channel()) {
    case Record::REQUIRED: return record.sectype() == "none" ? "required" : record.sectype() + " required";
    case Record::NOT_REQUIRED: return record.sectype() == "none" ? "not required" : record.sectype();
    default: return "-";
  }
}

Table record_table(const v1::DiscoverNvmeResponse& log) {
  Table table;
  table.columns = {{"TYPE"}, {"TRANSPORT"}, {"ADDRESS"}, {"PORT ID", true}, {"SECURITY"}, {"NQN"}};
  for (const Record& record : log.records()) {
    table.rows.push_back({std::string(subtype_text(record.subtype())), record.trtype(), address_of(record),
                          std::to_string(record.portid()), security_text(record), record.subnqn()});
  }
  return table;
}

// -- connect-all, once

struct Walk {
  RemoteKeys keys;
  struct Source {
    TargetAddress target;
    std::string subnqn;
  };
  std::vector<Source> sources;  // asked one after the other
  std::set<std::string> seen;   // addresses of sources and of paths
  std::set<std::string> controllers;
  std::set<std::string> made;  // of these, by this walk and with its keys
  std::vector<std::string> failures;

  void refer(const TargetAddress& target, const std::string& subnqn) {
    const bool is_new = seen.insert(fmt::format("{} {} {}", target.traddr, target.trsvcid, subnqn)).second;
    if (is_new && sources.size() < sources_max) {
      sources.push_back({target, subnqn});
    }
  }
};

bool is_wanted(const DiscoverRequest& request, const Record& record) {
  return record.subtype() == Record::NVM && record.trtype() == "tcp" &&
         (request.nqns.empty() || std::ranges::find(request.nqns, record.subnqn()) != request.nqns.end());
}

void connect_one(Client& client, const DiscoverRequest& request, const Record& record, Walk& walk) {
  const std::string address = address_of(record);
  if (!walk.seen.insert(address + " " + record.subnqn()).second) {
    return;
  }
  ConnectRequest connection;
  connection.address = address;
  connection.nqn = record.subnqn();
  connection.hostnqn = request.hostnqn;
  connection.multipath = request.multipath;
  connection.has_header_digest = request.has_header_digest;
  connection.has_data_digest = request.has_data_digest;
  connection.queue_count = request.queue_count;
  connection.queue_size = request.queue_size;
  connection.keys = walk.keys;
  const auto controller = connect_path(client, connection, walk.made);
  if (controller.has_value()) {
    walk.controllers.insert(*controller);
  } else {
    walk.failures.push_back(fmt::format("{} at {}: {}", record.subnqn(), address, controller.error().what));
  }
}

void walk_log(Client& client, const DiscoverRequest& request, const v1::DiscoverNvmeResponse& log, Walk& walk) {
  for (const Record& record : log.records()) {
    if (is_wanted(request, record)) {
      connect_one(client, request, record, walk);
    } else if (record.subtype() == Record::REFERRAL && record.trtype() == "tcp") {
      if (const auto target = parse_target(address_of(record)); target.has_value()) {
        walk.refer(*target, record.subnqn());
      }
    }
  }
}

Result<> connect_once(Client& client, const DiscoverRequest& request, RemoteKeys keys, const TargetAddress& target,
                      Format format, std::string& done) {
  Walk walk;
  walk.keys = std::move(keys);
  walk.refer(target, request.subnqn);
  for (size_t i = 0; i < walk.sources.size(); ++i) {
    const Walk::Source source = walk.sources[i];
    const auto log = ask(client, request, walk.keys, source.target, source.subnqn);
    if (!log.has_value() && i == 0) {
      return std::unexpected(log.error());
    }
    if (log.has_value()) {
      walk_log(client, request, *log, walk);
    } else {
      walk.failures.push_back(log.error().what);
    }
  }
  const Kind& kind = kind_of(*v1::NvmeRemoteState::descriptor());
  std::vector<std::unique_ptr<Message>> states;
  std::vector<const Message*> shown;
  for (const std::string& controller : walk.controllers) {
    OR_ASSIGN(auto state, fetch(client, kind, id_of(controller)));
    states.push_back(std::move(state));
    shown.push_back(states.back().get());
  }
  OR_ASSIGN(done, show_many(kind, shown, format));
  if (walk.failures.empty()) {
    return {};
  }
  std::string text;
  for (const std::string& failure : walk.failures) {
    text += (text.empty() ? "" : "\n") + failure;
  }
  return fail(Code::Unavailable, "{} could not be connected to:\n{}", walk.failures.size(), text);
}

// Keys are never returned: nobody can tell whether those of a discovery that is there are the ones that are given.
Result<> check_is_new(Client& client, const Kind& kind, const std::string& id) {
  const auto there = fetch(client, kind, id);
  if (there.has_value()) {
    return fail(Code::AlreadyExists,
                "there is a discovery {0} already, and it keeps the keys that it has: leave the keys out, or change "
                "them with `outrigger update discovery {0} --tls-key-file FILE --dhchap-key-file FILE`",
                short_name(id));
  }
  return there.error().code == Code::NotFound ? Result<>{} : std::unexpected(there.error());
}

}  // namespace

Printed discover(Client& client, const DiscoverRequest& request, Format format) {
  OR_ASSIGN(const TargetAddress target, place_of(request));
  OR_ASSIGN(const RemoteKeys keys, read_keys(request.key_files));
  OR_ASSIGN(const v1::DiscoverNvmeResponse log, ask(client, request, keys, target, request.subnqn));
  if (format == Format::Table) {
    return record_table(log).text();
  }
  if (format == Format::Name) {
    std::string names;
    for (const Record& record : log.records()) {
      names += record.subnqn() + "\n";
    }
    return names;
  }
  return show_message(log, format);
}

Result<> connect_all(Client& client, const DiscoverRequest& request, Format format, std::string& done) {
  OR_ASSIGN(const TargetAddress target, place_of(request));
  OR_ASSIGN(const auto multipath, multipath_of(request.multipath));
  // Once: the standard input, which may hold one of them, cannot be read again.
  OR_ASSIGN(RemoteKeys keys, read_keys(request.key_files));
  if (!request.is_persistent) {
    return connect_once(client, request, std::move(keys), target, format, done);
  }
  v1::NvmeDiscovery wanted;
  wanted.set_traddr(target.traddr);
  wanted.set_trsvcid(target.trsvcid);
  wanted.set_hostnqn(request.hostnqn);
  wanted.mutable_subnqns()->Add(request.nqns.begin(), request.nqns.end());
  wanted.set_multipath(multipath);
  wanted.set_hdgst(request.has_header_digest);
  wanted.set_ddgst(request.has_data_digest);
  wanted.set_io_queues_count(request.queue_count);
  wanted.set_queue_size(request.queue_size);
  wanted.set_tls_key(keys.tls_key);
  wanted.set_dhchap_key(keys.dhchap_key);
  wanted.set_dhchap_controller_key(keys.dhchap_controller_key);
  wanted.set_secure_channel_concatenation(keys.has_concatenation);
  const Kind& kind = kind_of(*v1::NvmeDiscovery::descriptor());
  if (keys.are_given() && !request.id.empty()) {
    OR_TRY(check_is_new(client, kind, request.id));
  }
  OR_ASSIGN(const auto made, create(client, kind, request.id, wanted));
  OR_ASSIGN(done, show_one(kind, *made, format));
  return {};
}

}  // namespace outrigger::cli
