// The tables of the kinds that people look at most; every other kind shows its plain fields.
#include "cli/columns.h"

#include "cli/units.h"

#include <outrigger/v1/device.pb.h>
#include <outrigger/v1/host.pb.h>
#include <outrigger/v1/nvme.pb.h>
#include <outrigger/v1/nvme_discovery.pb.h>
#include <outrigger/v1/nvme_remote.pb.h>
#include <outrigger/v1/volume.pb.h>
#include <storage/backend_aio.pb.h>
#include <storage/backend_malloc.pb.h>
#include <storage/backend_null.pb.h>
#include <storage/backend_nvme.pb.h>
#include <storage/frontend_nvme.pb.h>
#include <storage/frontend_virtio_blk.pb.h>
#include <storage/middleend_encryption.pb.h>
#include <storage/middleend_qos_volume.pb.h>

#include <array>

namespace outrigger::cli {

using google::protobuf::Message;
namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;
using Row = std::vector<std::string>;

namespace {

std::string id(const std::string& name) { return short_name(name); }
std::string or_dash(std::string text) { return text.empty() ? "-" : text; }

template <typename Names>
std::string ids(const Names& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ", ") + id(name);
  }
  return or_dash(text);
}

std::string size(int64_t block_size, int64_t blocks_count) {
  return block_size > 0 && blocks_count > 0
             ? format_size(static_cast<uint64_t>(block_size) * static_cast<uint64_t>(blocks_count))
             : "-";
}

std::string state(const std::string& name, const std::string& reason) {
  return reason.empty() ? name : name + ": " + reason;
}

Row row_of(const v1::Volume& volume) {
  return {id(volume.name()),
          volume.kind(),
          size(volume.block_size(), volume.blocks_count()),
          std::to_string(volume.block_size()),
          or_dash(id(volume.volume_name_ref())),
          ids(volume.users()),
          state(v1::Volume::State_Name(volume.state()), volume.state_reason())};
}

Row row_of(const v1::Device& device) {
  return {id(device.name()),
          device.kind(),
          id(device.volume_name_ref()),
          or_dash(id(device.host())),
          size(device.block_size(), device.blocks_count()),
          std::to_string(device.queue_count()),
          or_dash(device.location()),
          or_dash(device.socket_path()),
          state(v1::Device::State_Name(device.state()), device.state_reason())};
}

Row row_of(const v1::Host& host) {
  std::string buses;
  for (const std::string& bus : host.buses()) {
    buses += (buses.empty() ? "" : ", ") + bus;
  }
  return {id(host.name()),
          std::to_string(host.port_id().value()),
          or_dash(host.qmp_socket()),
          or_dash(buses),
          ids(host.devices()),
          state(v1::Host::State_Name(host.state()), host.state_reason())};
}

Row row_of(const opi::VirtioBlk& disk) {
  return {id(disk.name()),
          id(disk.volume_name_ref()),
          std::to_string(disk.pcie_id().port_id().value()),
          std::to_string(disk.pcie_id().physical_function().value()),
          disk.max_io_qps() == 0 ? "-" : std::to_string(disk.max_io_qps()),
          or_dash(limits_text(disk.max_limit()))};
}

Row row_of(const opi::QosVolume& volume) {
  return {id(volume.name()), id(volume.volume_name_ref()), or_dash(limits_text(volume.limits().max()))};
}

Row row_of(const opi::EncryptedVolume& volume) {
  return {id(volume.name()), id(volume.volume_name_ref()), opi::EncryptionType_Name(volume.cipher())};
}

Row row_of(const opi::NvmeSubsystem& subsystem) {
  return {id(subsystem.name()), subsystem.spec().nqn(), or_dash(subsystem.spec().serial_number()),
          or_dash(subsystem.spec().model_number()), or_dash(subsystem.spec().hostnqn())};
}

Row row_of(const opi::NvmeController& controller) {
  const opi::FabricsEndpoint& place = controller.spec().fabrics_id();
  const bool is_ipv6 = place.adrfam() == opi::NVME_ADDRESS_FAMILY_IPV6;
  return {id(controller.name()), "tcp",
          fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", place.traddr(), is_ipv6 ? "]" : "", place.trsvcid()),
          controller.status().active() ? "yes" : "no"};
}

Row row_of(const opi::NvmeNamespace& space) {
  return {id(space.name()), std::to_string(space.spec().host_nsid()), id(space.spec().volume_name_ref()),
          space.spec().uuid(),
          space.status().oper_state() == opi::NvmeNamespaceStatus::OPER_STATE_ONLINE ? "online" : "offline"};
}

// One line says what is wrong anywhere below.
Row row_of(const v1::NvmeState& subsystem) {
  std::string reason = subsystem.state_reason();
  auto worst = subsystem.state();
  std::string addresses;
  for (const auto& controller : subsystem.controllers()) {
    addresses += (addresses.empty() ? "" : ", ") + controller.address();
    if (controller.state() == v1::NvmeState::FAILED && worst == v1::NvmeState::READY) {
      worst = controller.state();
      reason = controller.state_reason();
    }
  }
  for (const auto& space : subsystem.namespaces()) {
    if (space.state() == v1::NvmeState::FAILED && worst == v1::NvmeState::READY) {
      worst = space.state();
      reason = space.state_reason();
    }
  }
  return {id(subsystem.name()),
          subsystem.nqn(),
          or_dash(addresses),
          std::to_string(subsystem.namespaces_size()),
          std::to_string(subsystem.connections_size()),
          state(v1::NvmeState::State_Name(worst), reason)};
}

Row row_of(const opi::NvmePath& path) {
  const bool is_ipv6 = path.fabrics().adrfam() == opi::NVME_ADDRESS_FAMILY_IPV6;
  return {id(path.name()),
          fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", path.traddr(), is_ipv6 ? "]" : "", path.fabrics().trsvcid()),
          path.fabrics().subnqn(), or_dash(path.fabrics().hostnqn())};
}

Row row_of(const opi::NvmeRemoteController& remote) {
  std::string digests = remote.tcp().hdgst() ? "header" : "";
  digests += remote.tcp().ddgst() ? (digests.empty() ? "data" : ", data") : "";
  return {id(remote.name()), opi::NvmeMultipath_Name(remote.multipath()), or_dash(digests)};
}

Row row_of(const v1::NvmeRemoteState& remote) {
  size_t live_count = 0;
  for (const auto& path : remote.paths()) {
    live_count += path.state() == v1::NvmePathState::LIVE ? 1 : 0;
  }
  std::string volumes;
  for (const auto& space : remote.namespaces()) {
    volumes += (volumes.empty() ? "" : ", ") + id(space.volume_name());
  }
  return {id(remote.name()), remote.subnqn(), fmt::format("{} of {}", live_count, remote.paths_size()),
          or_dash(volumes), state(v1::NvmeRemoteState::State_Name(remote.state()), remote.state_reason())};
}

template <typename Place>
std::string discovery_address(const Place& place) {
  constexpr int64_t port_default = 8009;
  const bool is_ipv6 = place.traddr().find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", place.traddr(), is_ipv6 ? "]" : "",
                     place.trsvcid() == 0 ? port_default : place.trsvcid());
}

// What went wrong with the entries shows where all is well with the discovery controllers.
Row row_of(const v1::NvmeDiscovery& discovery) {
  std::string reason = discovery.state_reason();
  size_t made_count = 0;
  for (const auto& entry : discovery.entries()) {
    made_count += entry.state() == v1::NvmeDiscoveryEntry::MADE ? 1 : 0;
    reason = reason.empty() && !entry.state_reason().empty()
                 ? fmt::format("{}: {}", entry.address(), entry.state_reason())
                 : reason;
  }
  return {id(discovery.name()),
          discovery_address(discovery),
          std::to_string(discovery.generation()),
          std::to_string(discovery.sources_size()),
          fmt::format("{} of {}", made_count, discovery.entry_count()),
          state(v1::NvmeDiscovery::State_Name(discovery.state()), reason)};
}

Row row_of(const v1::NvmeReferral& referral) {
  return {id(referral.name()), discovery_address(referral), referral.requires_tls() ? "yes" : "no",
          or_dash(referral.subnqn())};
}

template <typename Volume>
Row sized_row(const Volume& volume) {
  return {id(volume.name()), size(volume.block_size(), volume.blocks_count()), std::to_string(volume.block_size()),
          or_dash(volume.uuid())};
}
Row row_of(const opi::MallocVolume& volume) { return sized_row(volume); }
Row row_of(const opi::NullVolume& volume) { return sized_row(volume); }
Row row_of(const opi::AioVolume& volume) {
  Row row = sized_row(volume);
  row.push_back(volume.filename());
  return row;
}

struct Layout {
  const Descriptor* resource;
  std::vector<Table::Column> columns;
  Row (*row)(const Message&);
};

template <typename Resource>
Layout layout(std::vector<Table::Column> columns) {
  return {Resource::descriptor(), std::move(columns),
          [](const Message& message) { return row_of(static_cast<const Resource&>(message)); }};
}

const std::vector<Layout>& layouts() {
  static const std::vector<Layout> made = {
      layout<v1::Volume>({{"NAME"}, {"KIND"}, {"SIZE", true}, {"BLOCK", true}, {"ON"}, {"USED BY"}, {"STATE"}}),
      layout<v1::Device>({{"NAME"},
                          {"KIND"},
                          {"VOLUME"},
                          {"HOST"},
                          {"SIZE", true},
                          {"QUEUES", true},
                          {"LOCATION"},
                          {"SOCKET"},
                          {"STATE"}}),
      layout<v1::Host>({{"NAME"}, {"PORT", true}, {"QMP SOCKET"}, {"BUSES"}, {"DEVICES"}, {"STATE"}}),
      layout<opi::VirtioBlk>({{"NAME"}, {"VOLUME"}, {"PORT", true}, {"FUNCTION", true}, {"QUEUES", true}, {"LIMITS"}}),
      layout<opi::NvmeSubsystem>({{"NAME"}, {"NQN"}, {"SERIAL"}, {"MODEL"}, {"HOST"}}),
      layout<opi::NvmeController>({{"NAME"}, {"TRANSPORT"}, {"ADDRESS"}, {"ACTIVE"}}),
      layout<opi::NvmeNamespace>({{"NAME"}, {"NSID", true}, {"VOLUME"}, {"UUID"}, {"STATE"}}),
      layout<v1::NvmeState>({{"NAME"}, {"NQN"}, {"REACHED AT"}, {"NAMESPACES", true}, {"HOSTS", true}, {"STATE"}}),
      layout<opi::NvmeRemoteController>({{"NAME"}, {"MULTIPATH"}, {"DIGESTS"}}),
      layout<opi::NvmePath>({{"NAME"}, {"ADDRESS"}, {"NQN"}, {"HOST"}}),
      layout<v1::NvmeRemoteState>({{"NAME"}, {"NQN"}, {"LIVE PATHS"}, {"VOLUMES"}, {"STATE"}}),
      layout<v1::NvmeDiscovery>(
          {{"NAME"}, {"ADDRESS"}, {"GENERATION", true}, {"CONTROLLERS", true}, {"PATHS"}, {"STATE"}}),
      layout<v1::NvmeReferral>({{"NAME"}, {"ADDRESS"}, {"TLS"}, {"NQN"}}),
      layout<opi::QosVolume>({{"NAME"}, {"ON"}, {"LIMITS"}}),
      layout<opi::EncryptedVolume>({{"NAME"}, {"ON"}, {"CIPHER"}}),
      layout<opi::MallocVolume>({{"NAME"}, {"SIZE", true}, {"BLOCK", true}, {"UUID"}}),
      layout<opi::NullVolume>({{"NAME"}, {"SIZE", true}, {"BLOCK", true}, {"UUID"}}),
      layout<opi::AioVolume>({{"NAME"}, {"SIZE", true}, {"BLOCK", true}, {"UUID"}, {"FILE"}})};
  return made;
}

const Layout* find_layout(const Kind& kind) {
  for (const Layout& layout : layouts()) {
    if (layout.resource == kind.resource) {
      return &layout;
    }
  }
  return nullptr;
}

}  // namespace

bool has_columns(const Kind& kind) { return find_layout(kind) != nullptr; }

Table resource_table(const Kind& kind, std::span<const Message* const> resources) {
  const Layout* layout = find_layout(kind);
  Table table;
  if (layout != nullptr) {
    table.columns = layout->columns;
    for (const Message* resource : resources) {
      table.rows.push_back(layout->row(*resource));
    }
    return table;
  }
  table.columns = {{"NAME"}};
  const FieldDescriptor* name = kind.resource->FindFieldByName("name");
  for (const Message* resource : resources) {
    table.rows.push_back({name == nullptr ? "" : id(resource->GetReflection()->GetString(*resource, name))});
  }
  return table;
}

std::string limits_text(const opi::QosLimit& limit) {
  struct Part {
    int64_t value;
    const char* unit;
  };
  const std::array<Part, 6> parts = {{{limit.rw_iops_kiops(), "KIOPS"},
                                      {limit.rd_iops_kiops(), "KIOPS-read"},
                                      {limit.wr_iops_kiops(), "KIOPS-write"},
                                      {limit.rw_bandwidth_mbs(), "MB/s"},
                                      {limit.rd_bandwidth_mbs(), "MB/s-read"},
                                      {limit.wr_bandwidth_mbs(), "MB/s-write"}}};
  std::string text;
  for (const Part& part : parts) {
    if (part.value > 0) {
      text += fmt::format("{}{}{}", text.empty() ? "" : " ", part.value, part.unit);
    }
  }
  return text;
}

}  // namespace outrigger::cli
