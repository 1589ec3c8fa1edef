// What an I/O controller answers to Identify (Base 2.0, section 5.17; NVM Command Set 1.0, section 4.1.5).
#include "base/check.h"
#include "nvme/host_data.h"
#include "nvme/io_controller.h"
#include "nvme/limits.h"
#include "nvme/nvm_format.h"
#include "nvme/nvm_subsystem.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>

namespace outrigger::nvme {
namespace {

template <typename T>
void append(std::vector<std::byte>& data, const T& value) {
  const std::span<const std::byte> bytes = bytes_of(value);
  data.insert(data.end(), bytes.begin(), bytes.end());
}

constexpr uint8_t nvm_command_set = 0;

// A 0's based number of blocks in a field of 16 bits.
uint16_t blocks_0s_based(uint64_t bytes, uint32_t block_bytes) {
  const uint64_t blocks = std::max<uint64_t>(bytes / block_bytes, 1);
  return static_cast<uint16_t>(std::min<uint64_t>(blocks, 65536) - 1);
}

// RESCAP: all six types, and the rules of version 1.3 for IEKEY; bit 0 is persistence through power loss.
constexpr uint8_t reservation_capabilities = 0xFE;

IdentifyNamespace describe(const NvmNamespace& nvm_namespace, bool can_persist) {
  const NamespaceOptions& options = nvm_namespace.options;
  const block::Geometry geometry = nvm_namespace.device->geometry();
  IdentifyNamespace data;
  data.nsze = data.ncap = data.nuse = geometry.block_count;
  data.nmic = nmic_shared;
  data.rescap = static_cast<uint8_t>(reservation_capabilities | (can_persist ? 1U : 0U));
  data.dlfeat = geometry.can_write_zeroes ? 1U << 3U : 0U;
  data.nvmcap[0] = geometry.size_bytes();
  data.nsfeat = nsfeat::OptimalPerformance;
  // Writes smaller than the physical block, or not aligned to it, cost a read.
  data.npwg = data.npwa = blocks_0s_based(geometry.physical_block_size, geometry.block_size);
  const uint64_t discard_bytes = uint64_t{geometry.discard_alignment_blocks} * geometry.block_size;
  data.npdg = data.npda = blocks_0s_based(discard_bytes, geometry.block_size);
  data.nows = blocks_0s_based(std::max(geometry.optimal_io_bytes, geometry.physical_block_size), geometry.block_size);
  data.mssrl = copy_range_blocks_max;
  data.mcl = copy_blocks_max;
  data.msrc = copy_ranges_max - 1;
  data.anagrpid = options.ana_group;
  data.nsattr = geometry.is_writable ? 0 : nsattr_write_protected;
  std::ranges::copy(options.nguid, data.nguid);
  std::ranges::copy(options.eui64, data.eui64);
  data.lbaf[0].lbads = static_cast<uint8_t>(std::countr_zero(geometry.block_size));
  return data;
}

}  // namespace

bool IoController::can_persist() const noexcept { return subsystem_.options().reservation_store != nullptr; }

Status IoController::identify(const Sqe& sqe, std::vector<std::byte>& data) {
  const auto command_set = static_cast<uint8_t>(sqe.cdw11 >> 24U);
  switch (static_cast<Cns>(sqe.cdw10 & 0xFFU)) {
    case Cns::Namespace:
    case Cns::AllocatedNamespace: return identify_namespace(sqe.nsid, data);
    case Cns::Controller: append(data, identify_controller()); return {};
    case Cns::ActiveNamespaces:
    case Cns::AllocatedNamespaces: return identify_active(sqe.nsid, data);
    case Cns::NamespaceDescriptors: return identify_descriptors(sqe.nsid, data);
    case Cns::CommandSetNamespace:
    case Cns::CommandSetController: return identify_command_set(sqe, data);
    case Cns::CommandSetActiveNamespaces:
      return command_set == nvm_command_set ? identify_active(sqe.nsid, data)
                                            : Status::final(StatusCode::IoCommandSetNotSupported);
    case Cns::IndependentNamespace: return identify_independent_namespace(sqe.nsid, data);
    case Cns::NamespaceControllers:
    case Cns::SubsystemControllers: return identify_controllers(sqe, data);
    case Cns::CommandSets: {
      const auto id = static_cast<uint16_t>(sqe.cdw10 >> 16U);
      // FFFFh: the one that is asked.
      const std::vector<uint16_t> ids = subsystem_.controller_ids();
      if (id != 0xFFFF && std::ranges::find(ids, id) == ids.end()) {
        return Status::final(StatusCode::InvalidField);
      }
      append(data, le64(1));  // one combination: the NVM command set alone
      return {};
    }
  }
  return Status::final(StatusCode::InvalidField);
}

IdentifyController IoController::identify_controller() const {
  const SubsystemOptions& options = subsystem_.options();
  IdentifyController data;
  fill_identity(data);
  fill_text(data.sn, options.serial);
  fill_text(data.mn, options.model);
  fill_text(data.fr, options.firmware);
  data.cmic = 0b1011;  // several ports and controllers, ANA
  data.rtd3e = ready_timeout_ms * 1000;
  data.oaes = oaes::NamespaceAttribute | oaes::AnaChange;
  data.ctratt = ctratt::HostId128Bit | ctratt::TrafficBasedKeepAlive;
  data.acl = aborts_max - 1;
  data.frmw = 0b11;      // one slot, read only
  data.lpa = 0b10'0110;  // effects, offsets, supported log pages
  data.wctemp = Features::temperature_warning;
  data.cctemp = Features::temperature_critical;
  data.anatt = ana_transition_seconds_max;
  data.anacap = 0b1'1111;  // all five states
  data.anagrpmax = data.nanagrpid = ana_groups_max;
  data.sqes = 0x66;
  data.cqes = 0x44;
  data.maxcmd = queue_entries_max;
  data.nn = data.mnan = options.nsid_max;
  data.oncs = oncs::Compare | oncs::DatasetManagement | oncs::WriteZeroes | oncs::SaveAndSelect | oncs::Timestamp |
              oncs::Verify | oncs::Copy | oncs::Reservations;
  data.fuses = 1;    // compare and write
  data.vwc = 0b111;  // a namespace with a cache may come any time; Flush may name all of them
  data.ocfs = 1;     // format 0h
  return data;
}

Status IoController::identify_namespace(uint32_t nsid, std::vector<std::byte>& data) const {
  if (nsid == 0 || nsid > subsystem_.options().nsid_max) {
    return Status::final(StatusCode::InvalidNamespaceOrFormat);
  }
  // Inactive ones read as zeroes.
  if (const NvmNamespace* const found = subsystem_.find_told(nsid, hostnqn())) {
    append(data, describe(*found, can_persist()));
  }
  return {};
}

Status IoController::identify_independent_namespace(uint32_t nsid, std::vector<std::byte>& data) const {
  if (nsid == 0 || nsid > subsystem_.options().nsid_max) {
    return Status::final(StatusCode::InvalidNamespaceOrFormat);
  }
  if (const NvmNamespace* const found = subsystem_.find_told(nsid, hostnqn())) {
    const IdentifyNamespace full = describe(*found, can_persist());
    IdentifyIndependentNamespace part;
    part.nmic = full.nmic;
    part.rescap = full.rescap;
    part.anagrpid = full.anagrpid;
    part.nsattr = full.nsattr;
    part.nstat = 1;
    append(data, part);
  }
  return {};
}

Status IoController::identify_descriptors(uint32_t nsid, std::vector<std::byte>& data) const {
  const NvmNamespace* const found = subsystem_.find_told(nsid, hostnqn());
  if (found == nullptr) {
    return Status::final(StatusCode::InvalidNamespaceOrFormat);
  }
  const auto add = [&data](NamespaceIdType type, std::span<const uint8_t> id) {
    if (std::ranges::any_of(id, [](uint8_t byte) { return byte != 0; })) {
      append(data, NamespaceIdDescriptor{.nidt = static_cast<uint8_t>(type), .nidl = static_cast<uint8_t>(id.size())});
      const std::span<const std::byte> bytes = std::as_bytes(id);
      data.insert(data.end(), bytes.begin(), bytes.end());
    }
  };
  add(NamespaceIdType::Uuid, found->options.uuid);
  add(NamespaceIdType::Nguid, found->options.nguid);
  add(NamespaceIdType::Eui64, found->options.eui64);
  append(data, NamespaceIdDescriptor{.nidt = static_cast<uint8_t>(NamespaceIdType::CommandSet), .nidl = 1});
  append(data, nvm_command_set);
  return {};
}

Status IoController::identify_active(uint32_t after_nsid, std::vector<std::byte>& data) const {
  if (after_nsid >= nsid_all - 1) {
    return Status::final(StatusCode::InvalidNamespaceOrFormat);
  }
  const auto& namespaces = subsystem_.namespaces();
  for (auto at = namespaces.upper_bound(after_nsid); at != namespaces.end() && data.size() < identify_bytes; ++at) {
    if (subsystem_.find_told(at->first, hostnqn()) != nullptr) {
      append(data, le32(at->first));
    }
  }
  return {};
}

Status IoController::identify_command_set(const Sqe& sqe, std::vector<std::byte>& data) const {
  if ((sqe.cdw11 >> 24U) != nvm_command_set) {
    return Status::final(StatusCode::IoCommandSetNotSupported);
  }
  if (static_cast<Cns>(sqe.cdw10 & 0xFFU) == Cns::CommandSetController) {
    append(data, IdentifyNvmController{});  // no limits beside MDTS
    return {};
  }
  // The namespace in the NVM command set: no storage tags, no extended formats.
  return sqe.nsid == 0 || sqe.nsid > subsystem_.options().nsid_max ? Status::final(StatusCode::InvalidNamespaceOrFormat)
                                                                   : Status();
}

Status IoController::identify_controllers(const Sqe& sqe, std::vector<std::byte>& data) const {
  const bool is_of_namespace = static_cast<Cns>(sqe.cdw10 & 0xFFU) == Cns::NamespaceControllers;
  if (is_of_namespace && !has_namespace(sqe.nsid)) {
    return Status::final(StatusCode::InvalidNamespaceOrFormat);
  }
  const auto first = static_cast<uint16_t>(sqe.cdw10 >> 16U);
  std::vector<le16> list(identify_bytes / sizeof(le16));
  uint16_t count = 0;
  for (const uint16_t id : subsystem_.controller_ids()) {
    const bool is_listed = !is_of_namespace || subsystem_.is_attached(sqe.nsid, id);
    if (id >= first && is_listed && count + 1U < list.size()) {
      list[++count] = id;
    }
  }
  list[0] = count;
  const std::span<const std::byte> bytes = std::as_bytes(std::span(list));
  data.assign(bytes.begin(), bytes.end());
  return {};
}

}  // namespace outrigger::nvme
