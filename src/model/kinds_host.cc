// Hosts, and the virtio-blk disks that are plugged into them. A disk means its host by the PCI Express port.
#include "model/kind_checks.h"
#include "model/kinds.h"
#include "model/limits.h"
#include "model/names.h"
#include "outrigger/v1/device.pb.h"
#include "outrigger/v1/host.pb.h"
#include "storage/frontend_virtio_blk.pb.h"

#include <algorithm>
#include <bit>
#include <set>

namespace outrigger::model {

namespace opi = opi_api::storage::v1;
using outrigger::v1::Host;
using outrigger::v1::VirtioBlkOptions;

namespace {

// The name of the host at a port; empty: none.
std::string host_at(int32_t port_id, const Lookup& lookup) {
  std::string found;
  lookup.for_each(*Host::descriptor(), [&](const std::string& name, const Message& message) {
    if (static_cast<const Host&>(message).port_id().value() == port_id) {
      found = name;
    }
  });
  return found;
}

Result<void> check_buses(const Host& host, std::string_view prefix) {
  if (static_cast<size_t>(host.buses_size()) > host_buses_max) {
    return fail(Code::InvalidArgument, "{}.buses: {} buses; at most {} are accepted", prefix, host.buses_size(),
                host_buses_max);
  }
  std::set<std::string_view> seen;
  for (const std::string& bus : host.buses()) {
    const bool is_id = !bus.empty() && bus.size() <= label_length_max && std::ranges::all_of(bus, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
             c == '-';
    });
    if (!is_id) {
      return fail(Code::InvalidArgument, "{}.buses: '{}' is not the id of a QEMU bus: letters, digits, '.', '_', '-'",
                  prefix, quotable(bus));
    }
    if (!seen.insert(bus).second) {
      return fail(Code::InvalidArgument, "{}.buses: '{}' is named twice", prefix, quotable(bus));
    }
  }
  return {};
}

// What devices on the port rely on stays while there are some.
Result<void> check_host_in_use(const KindSpec::Subject& subject, const Host& host, const Lookup& lookup) {
  if (subject.before == nullptr) {
    return {};
  }
  const auto& before = static_cast<const Host&>(*subject.before);
  const bool is_moved = before.port_id().value() != host.port_id().value();
  if (!is_moved && before.vhost_socket_role() == host.vhost_socket_role()) {
    return {};
  }
  const auto users = lookup.users_of(*Host::descriptor(), subject.id);
  if (users.empty()) {
    return {};
  }
  return fail(Code::FailedPrecondition, "{}.{}: hosts/{} is in use by {}: delete its devices first", subject.prefix,
              is_moved ? "port_id" : "vhost_socket_role", subject.id, users.front());
}

Result<void> check_host(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& host = static_cast<const Host&>(subject.wanted);
  const int32_t port_id = host.port_id().value();
  if (port_id < 0 || port_id > port_id_max) {
    return fail(Code::InvalidArgument, "{}.port_id: {} is not a port: give 0 to {}", subject.prefix, port_id,
                port_id_max);
  }
  const std::string own_name = "hosts/" + std::string(subject.id);
  const std::string holder = host_at(port_id, lookup);
  if (!holder.empty() && holder != own_name) {
    return fail(Code::AlreadyExists, "{}.port_id: {} hangs on port {} already: choose another port", subject.prefix,
                holder, port_id);
  }
  if (!host.qmp_socket().empty()) {
    OR_TRY(check_absolute_path(host.qmp_socket(), socket_path_length_max, std::string(subject.prefix) + ".qmp_socket"));
    std::string other;
    lookup.for_each(*Host::descriptor(), [&](const std::string& name, const Message& message) {
      if (name != own_name && static_cast<const Host&>(message).qmp_socket() == host.qmp_socket()) {
        other = name;
      }
    });
    if (!other.empty()) {
      return fail(Code::AlreadyExists, "{}.qmp_socket: {} is reached there already: each host has its own QEMU",
                  subject.prefix, other);
    }
  }
  OR_TRY(check_buses(host, subject.prefix));
  if (!Host::VhostSocketRole_IsValid(host.vhost_socket_role())) {
    return fail(Code::InvalidArgument, "{}.vhost_socket_role: unknown value {}: BACKEND_LISTENS or BACKEND_CONNECTS",
                subject.prefix, static_cast<int>(host.vhost_socket_role()));
  }
  if (host.queue_count() < 0 || host.queue_count() > virtio_queue_count_max) {
    return fail(Code::InvalidArgument, "{}.queue_count: {} is not from 0 to {}", subject.prefix, host.queue_count(),
                virtio_queue_count_max);
  }
  return check_host_in_use(subject, host, lookup);
}

Result<void> check_place(const KindSpec::Subject& subject, const Lookup& lookup) {
  const opi::PciEndpoint& place = static_cast<const opi::VirtioBlk&>(subject.wanted).pcie_id();
  const int32_t port = place.port_id().value();
  const int32_t function = place.physical_function().value();
  if (place.virtual_function().value() != 0) {
    return fail(Code::InvalidArgument,
                "{}.pcie_id.virtual_function: virtual functions are not supported for vhost-user-blk: give 0",
                subject.prefix);
  }
  if (function < 0 || function > physical_function_max) {
    return fail(Code::InvalidArgument, "{}.pcie_id.physical_function: {} is not from 0 to {}", subject.prefix, function,
                physical_function_max);
  }
  if (port != 0 && host_at(port, lookup).empty()) {
    return fail(Code::InvalidArgument,
                "{}.pcie_id.port_id: no host hangs on port {}: create a host with this port_id first, or use port 0",
                subject.prefix, port);
  }
  std::string holder;
  const std::string own_end = "/" + std::string(subject.id);
  lookup.for_each(*opi::VirtioBlk::descriptor(), [&](const std::string& name, const Message& message) {
    const opi::PciEndpoint& other = static_cast<const opi::VirtioBlk&>(message).pcie_id();
    if (other.port_id().value() == port && other.physical_function().value() == function && !name.ends_with(own_end)) {
      holder = name;
    }
  });
  if (!holder.empty()) {
    return fail(Code::AlreadyExists,
                "{}.pcie_id: {} is at port {}, physical function {} already: choose another function", subject.prefix,
                holder, port, function);
  }
  return {};
}

Result<void> check_virtio_blk(const KindSpec::Subject& subject, const Lookup& lookup) {
  const auto& disk = static_cast<const opi::VirtioBlk&>(subject.wanted);
  OR_TRY(check_place(subject, lookup));
  if (disk.max_io_qps() < 0 || disk.max_io_qps() > virtio_queue_count_max) {
    return fail(Code::InvalidArgument, "{}.max_io_qps: {} is not from 0 to {}", subject.prefix, disk.max_io_qps(),
                virtio_queue_count_max);
  }
  if (has_rates(disk.min_limit())) {
    return fail(Code::InvalidArgument,
                "{}.min_limit is not supported: rates can be limited, not promised; leave it out", subject.prefix);
  }
  return check_rates(disk.max_limit(), std::string(subject.prefix) + ".max_limit");
}

Result<void> check_options(const Message& message) {
  const auto& options = static_cast<const VirtioBlkOptions&>(message);
  const int64_t size = options.queue_size();
  if (size < 0 || size > virtio_queue_size_max || (size != 0 && !std::has_single_bit(static_cast<uint64_t>(size)))) {
    return fail(Code::InvalidArgument, "virtio_blk_options.queue_size: {} is not a power of two up to {}, or 0", size,
                virtio_queue_size_max);
  }
  return {};
}

}  // namespace

KindSpec host_kind() {
  KindSpec spec;
  spec.message = Host::descriptor();
  spec.service = spec.message->file()->service(0);
  spec.word = "host";
  spec.noun = "host";
  spec.collections = {"hosts"};
  spec.rest_collections = {"hosts"};
  spec.is_implied = true;
  spec.is_made_by_update = true;
  spec.validate = check_host;
  return spec;
}

KindSpec virtio_blk_kind() {
  KindSpec spec;
  spec.message = opi::VirtioBlk::descriptor();
  spec.service = spec.message->file()->service(0);
  spec.word = "virtio-blk";
  spec.noun = "virtio-blk disk";
  spec.collections = {"volumes"};
  spec.rest_collections = {"virtioBlks"};
  spec.view = View::Device;
  spec.rules.immutable = {"pcie_id", "volume_name_ref"};
  spec.references = {{"volume_name_ref", {}}};
  spec.options = VirtioBlkOptions::descriptor();
  spec.options_service = spec.options->file()->FindServiceByName("VirtioBlkOptionsService");
  spec.validate = check_virtio_blk;
  spec.validate_options = check_options;
  spec.implied = [](const Message& message, const Lookup& lookup) -> std::vector<std::string> {
    std::string host = host_at(static_cast<const opi::VirtioBlk&>(message).pcie_id().port_id().value(), lookup);
    return host.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(host)};
  };
  return spec;
}

}  // namespace outrigger::model
