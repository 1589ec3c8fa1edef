// A disk needs a host's port and a free function there; people know names.
#include "cli/disks.h"

#include "cli/columns.h"
#include "cli/limits.h"
#include "cli/units.h"

#include <outrigger/v1/device.pb.h>
#include <outrigger/v1/host.pb.h>
#include <storage/frontend_virtio_blk.pb.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace outrigger::cli {

using opi_api::storage::v1::VirtioBlk;
using outrigger::v1::Host;
using outrigger::v1::VirtioBlkOptions;

namespace {

constexpr size_t id_size_max = 63;  // AIP-122

const Kind& disk_kind() { return kind_of(*VirtioBlk::descriptor()); }
const Kind& host_kind() { return kind_of(*Host::descriptor()); }

Result<Host> find_host(Client& client, const std::string& name) {
  auto message = fetch(client, host_kind(), name);
  if (message.has_value()) {
    return static_cast<const Host&>(**message);
  }
  if (message.error().code == Code::NotFound) {
    return fail(Code::NotFound,
                "there is no host {}; make it known with `outrigger add host {} --qmp SOCKET`, or see "
                "`outrigger list hosts`",
                name, name);
  }
  return std::unexpected(std::move(message).error());
}

// The lowest number that none of `used` is.
int32_t lowest_free(const std::set<int32_t>& used) {
  int32_t free = 0;
  for (const int32_t number : used) {
    if (number == free) {
      ++free;
    }
  }
  return free;
}

Result<int32_t> free_function(Client& client, int32_t port) {
  OR_ASSIGN(const auto disks, fetch_all(client, disk_kind()));
  std::set<int32_t> used;
  for (const auto& message : disks) {
    const auto& place = static_cast<const VirtioBlk&>(*message).pcie_id();
    if (place.port_id().value() == port) {
      used.insert(place.physical_function().value());
    }
  }
  return lowest_free(used);
}

// "host1-bdev1"; empty, so that the server chooses, where that would be no valid id.
std::string default_name(const std::string& host, const std::string& volume) {
  std::string name = fmt::format("{}-{}", id_of(host), id_of(volume));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    } else if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) {
      c = '-';
    }
  }
  return name.size() <= id_size_max && name.front() != '-' ? name : "";
}

Printed describe(const VirtioBlk& disk, std::string_view host, std::string_view what, Format format) {
  if (format != Format::Table) {
    return show_one(disk_kind(), disk, format);
  }
  const std::string limits = limits_text(disk.max_limit());
  return fmt::format("disk {} {}: volume {} at host {}, port {}, function {}, {}\n", id_of(disk.name()), what,
                     id_of(disk.volume_name_ref()), id_of(host), disk.pcie_id().port_id().value(),
                     disk.pcie_id().physical_function().value(), limits.empty() ? "no limit" : "at most " + limits);
}

// References mean the same volume with any collection in front and in any case, as the daemon takes them.
bool is_same_volume(std::string_view a, std::string_view b) {
  return std::ranges::equal(id_of(a), id_of(b),
                            [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The disk of that name, when there is one already. It must be the one that is asked for.
Result<std::optional<VirtioBlk>> existing(Client& client, const std::string& name, const VirtioBlk& wanted) {
  if (name.empty()) {
    return std::nullopt;
  }
  auto message = fetch(client, disk_kind(), name);
  if (!message.has_value()) {
    if (message.error().code == Code::NotFound) {
      return std::nullopt;
    }
    return std::unexpected(std::move(message).error());
  }
  const auto& disk = static_cast<const VirtioBlk&>(**message);
  const bool is_same = is_same_volume(disk.volume_name_ref(), wanted.volume_name_ref()) &&
                       disk.pcie_id().port_id().value() == wanted.pcie_id().port_id().value();
  if (!is_same || disk.max_limit().SerializeAsString() != wanted.max_limit().SerializeAsString()) {
    return fail(Code::AlreadyExists,
                "there is a disk {} already, on volume {} at port {} with {}: give yours another --name, or change "
                "that one with `outrigger update disk {} [LIMIT…]`",
                id_of(disk.name()), id_of(disk.volume_name_ref()), disk.pcie_id().port_id().value(),
                limits_text(disk.max_limit()).empty() ? "no limit" : "limits " + limits_text(disk.max_limit()),
                id_of(disk.name()));
  }
  return disk;
}

VirtioBlkOptions options_of(const DiskRequest& request) {
  VirtioBlkOptions options;
  options.set_read_only(request.is_read_only);
  options.set_packed(request.is_packed);
  options.set_queue_size(request.queue_size);
  return options;
}

bool says_something(const VirtioBlkOptions& options) { return options.ByteSizeLong() != 0; }

// A disk that is there has the options that are asked for.
Result<> check_options(Client& client, const VirtioBlk& disk, VirtioBlkOptions wanted) {
  const Kind& kind = kind_of(*VirtioBlkOptions::descriptor());
  OR_ASSIGN(const auto message, fetch(client, kind, id_of(disk.name())));
  const auto& there = static_cast<const VirtioBlkOptions&>(*message);
  wanted.set_name(there.name());
  if (wanted.SerializeAsString() == there.SerializeAsString()) {
    return {};
  }
  return fail(
      Code::AlreadyExists,
      "there is a disk {} already, with other options: give yours another --name, see `outrigger get {} {}`, or "
      "change them with `outrigger update {} {} read_only=… packed=… queue_size=…`",
      id_of(disk.name()), kind.name, id_of(disk.name()), kind.name, id_of(disk.name()));
}

// By OPI's own call where that can say everything.
Result<std::unique_ptr<Message>> make_disk(Client& client, const std::string& name, const VirtioBlk& wanted,
                                           const VirtioBlkOptions& options) {
  if (!says_something(options)) {
    return create(client, disk_kind(), name, wanted);
  }
  outrigger::v1::CreateVirtioBlkWithOptionsRequest request;
  request.set_virtio_blk_id(name);
  *request.mutable_virtio_blk() = wanted;
  *request.mutable_virtio_blk_options() = options;
  const auto& service = *VirtioBlkOptions::descriptor()->file()->FindServiceByName("VirtioBlkOptionsService");
  return client.call(*service.FindMethodByName("CreateVirtioBlkWithOptions"), request);
}

}  // namespace

Printed create_disk(Client& client, const DiskRequest& request, Format format) {
  if (request.type != "virtio-blk") {
    return fail(Code::InvalidArgument, "'{}' is not a type of disk that is served; there is virtio-blk", request.type);
  }
  if (request.tokens.empty() || parse_rate_limit(request.tokens.back()).has_value()) {
    return fail(Code::InvalidArgument,
                "the volume is missing: outrigger create disk HOST virtio-blk [LIMIT…] VOLUME, for example "
                "`outrigger create disk host1 virtio-blk 100KIOPS bdev1`");
  }
  VirtioBlk wanted;
  const std::string& volume = request.tokens.back();
  wanted.set_volume_name_ref(volume);
  OR_ASSIGN(const auto limit, to_qos_limit({request.tokens.begin(), request.tokens.end() - 1}));
  if (request.tokens.size() > 1) {
    *wanted.mutable_max_limit() = limit;
  }
  wanted.set_max_io_qps(request.queues);
  OR_ASSIGN(const Host host, find_host(client, request.host));
  const int32_t port = host.port_id().value();
  wanted.mutable_pcie_id()->mutable_port_id()->set_value(port);
  wanted.mutable_pcie_id()->mutable_virtual_function()->set_value(0);

  const std::string name = request.name.empty() ? default_name(request.host, volume) : request.name;
  OR_ASSIGN(const std::optional<VirtioBlk> there, existing(client, name, wanted));
  const VirtioBlkOptions options = options_of(request);
  if (there.has_value()) {
    if (says_something(options)) {
      OR_TRY(check_options(client, *there, options));
    }
    return describe(*there, request.host, "exists already", format);
  }
  int32_t function = request.function.value_or(0);
  if (!request.function.has_value()) {
    OR_ASSIGN(function, free_function(client, port));
  }
  wanted.mutable_pcie_id()->mutable_physical_function()->set_value(function);
  OR_ASSIGN(const auto made, make_disk(client, name, wanted, options));
  return describe(static_cast<const VirtioBlk&>(*made), request.host, "created", format);
}

Printed limit_disk(Client& client, std::string_view id, const std::vector<std::string>& tokens, Format format) {
  VirtioBlk wanted;
  OR_ASSIGN(*wanted.mutable_max_limit(), to_qos_limit(tokens));
  if (tokens.empty()) {
    wanted.clear_max_limit();
  }
  OR_ASSIGN(const auto changed, update(client, disk_kind(), id_of(id), wanted, {"max_limit"}));
  return show_one(disk_kind(), *changed, format);
}

Printed add_host(Client& client, const HostRequest& request, Format format) {
  Host host;
  int32_t port = request.port.value_or(0);
  if (!request.port.has_value()) {
    OR_ASSIGN(const auto hosts, fetch_all(client, host_kind()));
    std::set<int32_t> used;
    for (const auto& message : hosts) {
      const auto& other = static_cast<const Host&>(*message);
      if (id_of(other.name()) == request.name) {
        port = other.port_id().value();  // adding it again changes nothing
        used.clear();
        break;
      }
      used.insert(other.port_id().value());
    }
    port = used.empty() ? port : lowest_free(used);
  }
  host.mutable_port_id()->set_value(port);
  host.set_qmp_socket(request.qmp_socket);
  host.mutable_buses()->Add(request.buses.begin(), request.buses.end());
  host.set_vhost_socket_role(request.connects ? Host::BACKEND_CONNECTS : Host::BACKEND_LISTENS);
  host.set_queue_count(request.queues);
  OR_ASSIGN(const auto made, create(client, host_kind(), request.name, host));
  return show_one(host_kind(), *made, format);
}

}  // namespace outrigger::cli
