// The named limits of model.
#pragma once

#include <cstddef>
#include <cstdint>

namespace outrigger::model {

// AIP-122: a user-settable id.
inline constexpr size_t id_length_min = 4;
inline constexpr size_t id_length_max = 63;
// Resource names: RFC 1123 labels and names.
inline constexpr size_t label_length_max = 63;
inline constexpr size_t name_length_max = 253;
// List: what 0 means, and what more than that becomes.
inline constexpr int32_t page_size_default = 50;
inline constexpr int32_t page_size_max = 250;
// Resources of one kind.
inline constexpr size_t rows_per_kind_max = 100'000;
// Users that an "in use" error names before it only counts them.
inline constexpr size_t users_named_max = 5;
// A resource that could not be realised is tried again after the first wait, then after twice that, up to the
// last.
inline constexpr uint64_t retry_wait_ns_min = 1'000'000'000;
inline constexpr uint64_t retry_wait_ns_max = 30'000'000'000;
// A volume: at most 2^60 bytes (1 EiB), so that no byte offset comes near 2^63.
inline constexpr uint64_t volume_bytes_max = 1ULL << 60;
inline constexpr int64_t block_size_min = 512;
inline constexpr int64_t block_size_max = 65536;
// One serialised resource in the store.
inline constexpr size_t resource_bytes_max = 1 << 20;
// Devices on one PCI Express port.
inline constexpr int32_t physical_function_max = 255;
inline constexpr int32_t port_id_max = 65535;
// I/O queues of one virtio-blk disk.
inline constexpr int64_t virtio_queue_count_max = 256;
inline constexpr int64_t virtio_queue_size_max = 1024;
// Path of a UNIX socket (sun_path without its terminating zero).
inline constexpr size_t socket_path_length_max = 107;
inline constexpr size_t host_buses_max = 256;
// NVMe qualified names, serial and model numbers (NVM Express Base Specification 4.5 and Identify Controller).
inline constexpr size_t nqn_length_max = 223;
inline constexpr size_t nvme_serial_length_max = 20;
inline constexpr size_t nvme_model_length_max = 40;
// Namespaces of one subsystem; src/apply holds it against what the plane can do.
inline constexpr int64_t nvme_nsid_max = 1024;
// Addresses at which one subsystem is reached.
inline constexpr size_t nvme_controllers_max = 64;
// Hosts that are named at one subsystem or namespace.
inline constexpr size_t nvme_hosts_max = 256;
// Static controllers of one subsystem, and the largest identifier of a controller (NVMe base 3.1.1, figure 21).
inline constexpr size_t nvme_static_controllers_max = 256;
inline constexpr int32_t nvme_cntlid_max = 65519;
// ANA groups of one subsystem.
inline constexpr int32_t nvme_ana_group_max = 128;
// Sizes of submission and completion queue entries of the NVM command set, as powers of two.
inline constexpr int32_t nvme_sqes = 6;
inline constexpr int32_t nvme_cqes = 4;
// Queues of a controller that a client may speak of: the number on the wire has 16 bits.
inline constexpr int32_t nvme_queue_count_max = 65535;
// Remote controllers: I/O queues and their entries, paths of one (one less than the plane can have, so that a path can
// be replaced by a new one that is live already), and a TLS key as people write it. src/apply holds them against what
// the plane can do.
inline constexpr int64_t nvme_remote_queue_count_max = 1024;
inline constexpr int64_t nvme_remote_queue_size_min = 2;
inline constexpr int64_t nvme_remote_queue_size_max = 1024;
inline constexpr size_t nvme_paths_max = 15;
inline constexpr size_t nvme_psk_length_max = 512;
// Seconds between two authentications of a remote controller's path.
inline constexpr int32_t nvme_reauthentication_s_min = 10;
inline constexpr int32_t nvme_reauthentication_s_max = 86'400;
// The longest time that the options of a remote controller name.
inline constexpr int64_t nvme_remote_ms_max = 86'400'000;
// The inventory is read again when it is older: some milliseconds of the control reactor's time.
inline constexpr uint64_t inventory_age_ns_max = 60'000'000'000;
// The rest between two rows that no client asked for (model/row_pace.h): at least, and at most, for one that took long.
inline constexpr uint64_t row_rest_ns_min = 100'000;
inline constexpr uint64_t row_rest_ns_max = 20'000'000;

}  // namespace outrigger::model
