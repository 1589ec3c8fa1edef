// The table of kinds: which values each accepts, and what the others are told.
#include "model/limits.h"
#include "model/test_world.h"

namespace outrigger::model {
namespace {

class Kinds : public ModelTest {
 protected:
  Result<opi::NullVolume> create_null(int64_t block_size, int64_t blocks, const std::string& uuid = {}) {
    opi::CreateNullVolumeRequest request;
    request.set_null_volume_id(fmt::format("null-{}", ++number));
    request.mutable_null_volume()->set_block_size(block_size);
    request.mutable_null_volume()->set_blocks_count(blocks);
    request.mutable_null_volume()->set_uuid(uuid);
    return world.call<opi::NullVolume>("CreateNullVolume", request);
  }
  Result<opi::AioVolume> create_aio(const std::string& filename, int64_t block_size = 0) {
    opi::CreateAioVolumeRequest request;
    request.set_aio_volume_id(fmt::format("file-{}", ++number));
    request.mutable_aio_volume()->set_filename(filename);
    request.mutable_aio_volume()->set_block_size(block_size);
    return world.call<opi::AioVolume>("CreateAioVolume", request);
  }
  Result<opi::EncryptedVolume> create_encrypted(opi::EncryptionType cipher, size_t key_bytes) {
    opi::CreateEncryptedVolumeRequest request;
    request.set_encrypted_volume_id(fmt::format("encrypted-{}", ++number));
    request.mutable_encrypted_volume()->set_volume_name_ref("bdev1");
    request.mutable_encrypted_volume()->set_cipher(cipher);
    request.mutable_encrypted_volume()->set_key(std::string(key_bytes, 'K'));
    return world.call<opi::EncryptedVolume>("CreateEncryptedVolume", request);
  }
  Result<opi::QosVolume> create_qos(const opi::Limits& limits) {
    opi::CreateQosVolumeRequest request;
    request.set_qos_volume_id(fmt::format("qos-{}", ++number));
    request.mutable_qos_volume()->set_volume_name_ref("bdev1");
    *request.mutable_qos_volume()->mutable_limits() = limits;
    return world.call<opi::QosVolume>("CreateQosVolume", request);
  }
  Result<v1::Host> create_host(const v1::Host& host) {
    v1::CreateHostRequest request;
    request.set_host_id(fmt::format("host-{}", ++number));
    *request.mutable_host() = host;
    return world.call<v1::Host>("CreateHost", request);
  }
  static v1::Host host_at(int32_t port) {
    v1::Host host;
    host.mutable_port_id()->set_value(port);
    return host;
  }
  int number = 0;
};

TEST_F(Kinds, block_sizes_are_powers_of_two_from_512_to_65536) {
  for (const int64_t size : {512, 1024, 4096, 65536}) {
    OR_EXPECT_OK(create_null(size, 1));
  }
  for (const int64_t size : {int64_t{-512}, int64_t{1}, int64_t{256}, int64_t{513}, int64_t{131072}, INT64_MIN}) {
    expect_error(create_null(size, 1), Code::InvalidArgument, "null_volume.block_size");
  }
}

TEST_F(Kinds, sizes_are_positive_and_below_2_to_the_60) {
  expect_error(create_null(512, -1), Code::InvalidArgument, "null_volume.blocks_count: -1 is not a size");
  OR_EXPECT_OK(create_null(512, static_cast<int64_t>(volume_bytes_max / 512)));
  expect_error(create_null(512, static_cast<int64_t>(volume_bytes_max / 512) + 1), Code::InvalidArgument,
               "more than the largest volume");
  expect_error(create_null(65536, INT64_MAX), Code::InvalidArgument, "more than the largest volume");
}

TEST_F(Kinds, the_server_chooses_uuids_whatever_is_sent) {
  const auto made = create_null(512, 1, "not-a-uuid");
  OR_ASSERT_OK(made);
  EXPECT_TRUE(is_uuid(made->uuid())) << made->uuid();
  opi::UpdateNullVolumeRequest update;
  update.mutable_null_volume()->set_name(made->name());
  update.mutable_null_volume()->set_uuid("1b4e28ba-2fa1-11d2-883f-b9a761bde3fb");
  update.mutable_null_volume()->set_blocks_count(2);
  const auto changed = world.call<opi::NullVolume>("UpdateNullVolume", update);
  OR_ASSERT_OK(changed);
  EXPECT_EQ(changed->uuid(), made->uuid());
  EXPECT_EQ(changed->blocks_count(), 2);
}

TEST_F(Kinds, a_volume_in_use_does_not_shrink) {
  OR_ASSERT_OK(create_null(512, 100));
  OR_ASSERT_OK(world.create_disk("disk0", "null-1"));
  const auto resize = [&](int64_t blocks) {
    opi::UpdateNullVolumeRequest update;
    update.mutable_null_volume()->set_name("volumes/null-1");
    update.mutable_null_volume()->set_blocks_count(blocks);
    return world.call<opi::NullVolume>("UpdateNullVolume", update);
  };
  expect_error(resize(99), Code::FailedPrecondition,
               "null_volume.blocks_count: volumes/null-1 is in use by virtio-blk disk volumes/disk0 and cannot shrink "
               "from 100 to 99");
  OR_EXPECT_OK(resize(100));
  OR_EXPECT_OK(resize(101));
  opi::DeleteVirtioBlkRequest gone;
  gone.set_name("volumes/disk0");
  OR_ASSERT_OK(world.call<google::protobuf::Empty>("DeleteVirtioBlk", gone));
  EXPECT_EQ(resize(8)->blocks_count(), 8);
}

TEST_F(Kinds, a_file_volume_keeps_the_size_that_was_asked_for) {
  OR_ASSERT_OK(create_aio("/tmp/disk.img", 512));
  OR_ASSERT_OK(world.create_disk("disk0", "file-1"));
  const auto resize = [&](int64_t blocks) {
    opi::UpdateAioVolumeRequest update;
    update.mutable_aio_volume()->set_name("volumes/file-1");
    update.mutable_aio_volume()->set_blocks_count(blocks);
    return world.call<opi::AioVolume>("UpdateAioVolume", update);
  };
  // The hooks say that it has 1,000 blocks.
  expect_error(resize(999), Code::FailedPrecondition, "cannot shrink from 1000 to 999");
  EXPECT_EQ(world.aio_volume->realise_count, 1);
  OR_EXPECT_OK(resize(1000)) << "as it is: no change";
  EXPECT_EQ(world.aio_volume->realise_count, 1);
  OR_EXPECT_OK(resize(2000));
  opi::AioVolume stored;
  ASSERT_TRUE(stored.ParseFromString(real["file-1"]));
  EXPECT_EQ(stored.blocks_count(), 2000);
  expect_error(resize(-1), Code::InvalidArgument, "aio_volume.blocks_count: -1 is not a size");
}

TEST_F(Kinds, memory_volumes_have_no_metadata) {
  opi::CreateMallocVolumeRequest request;
  request.mutable_malloc_volume()->set_block_size(512);
  request.mutable_malloc_volume()->set_blocks_count(1);
  request.mutable_malloc_volume()->set_metadata_size(8);
  expect_error(world.call<opi::MallocVolume>("CreateMallocVolume", request), Code::InvalidArgument,
               "malloc_volume.metadata_size: interleaved metadata is not supported");
}

TEST_F(Kinds, file_volumes_name_a_file_of_their_own) {
  OR_ASSERT_OK(create_aio("/tmp/disk.img", 512));
  expect_error(create_aio("/tmp/disk.img"), Code::AlreadyExists,
               "aio_volume.filename: volumes/file-1 stands on this file");
  expect_error(create_aio("disk.img"), Code::InvalidArgument, "aio_volume.filename: not an absolute path");
  expect_error(create_aio("/tmp/a\nb"), Code::InvalidArgument, "aio_volume.filename: a path has no control characters");
  expect_error(create_aio("/" + std::string(5000, 'a')), Code::InvalidArgument, "a path has at most 4095");
  expect_error(create_aio(""), Code::InvalidArgument, "missing required field: aio_volume.filename");
  expect_error(create_aio("/tmp/other.img", 100), Code::InvalidArgument, "aio_volume.block_size: 100");
}

TEST_F(Kinds, ciphers_and_keys_fit) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_EXPECT_OK(create_encrypted(opi::ENCRYPTION_TYPE_AES_XTS_128, 32));
  OR_EXPECT_OK(create_encrypted(opi::ENCRYPTION_TYPE_AES_XTS_256, 64));
  const auto wrong = create_encrypted(opi::ENCRYPTION_TYPE_AES_XTS_128, 4);
  expect_error(wrong, Code::InvalidArgument, "encrypted_volume.key: expected key size 256b, provided size 32b");
  EXPECT_EQ(wrong.error().what.find("KKKK"), std::string::npos) << "no key in an error";
  expect_error(create_encrypted(opi::ENCRYPTION_TYPE_AES_XTS_256, 32), Code::InvalidArgument, "expected key size 512b");
  for (const auto cipher : {opi::ENCRYPTION_TYPE_AES_CBC_128, opi::ENCRYPTION_TYPE_AES_XTS_192}) {
    expect_error(create_encrypted(cipher, 32), Code::InvalidArgument, "only AES_XTS_256 and AES_XTS_128 are supported");
  }
  expect_error(create_encrypted(opi::ENCRYPTION_TYPE_UNSPECIFIED, 32), Code::InvalidArgument,
               "missing required field: encrypted_volume.cipher");
  expect_error(create_encrypted(opi::ENCRYPTION_TYPE_AES_XTS_128, 0), Code::InvalidArgument,
               "missing required field: encrypted_volume.key");
}

TEST_F(Kinds, a_key_does_not_change_under_users) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(create_encrypted(opi::ENCRYPTION_TYPE_AES_XTS_128, 32));
  opi::UpdateEncryptedVolumeRequest update;
  update.mutable_encrypted_volume()->set_name("volumes/encrypted-1");
  update.mutable_encrypted_volume()->set_key(std::string(32, 'L'));
  OR_EXPECT_OK(world.call<opi::EncryptedVolume>("UpdateEncryptedVolume", update));
  OR_ASSERT_OK(world.create_disk("disk0", "encrypted-1"));
  OR_EXPECT_OK(world.call<opi::EncryptedVolume>("UpdateEncryptedVolume", update)) << "the same key";
  update.mutable_encrypted_volume()->set_key(std::string(32, 'M'));
  expect_error(world.call<opi::EncryptedVolume>("UpdateEncryptedVolume", update), Code::FailedPrecondition,
               "in use by volumes/disk0");
}

TEST_F(Kinds, rates_are_limits_and_at_least_one) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  opi::Limits limits;
  limits.mutable_max();
  expect_error(create_qos(limits), Code::InvalidArgument, "QoS volume max_limit should set limit");
  limits.clear_max();
  limits.mutable_min();
  expect_error(create_qos(limits), Code::InvalidArgument, "QoS volume max_limit should set limit");
  limits.mutable_max()->set_rd_iops_kiops(1);
  limits.mutable_max()->set_wr_iops_kiops(2);
  OR_EXPECT_OK(create_qos(limits)) << "separate read and write rates";
  limits.mutable_min()->set_rw_iops_kiops(1);
  expect_error(create_qos(limits), Code::InvalidArgument,
               "qos_volume.limits.min: QoS volume min_limit is not supported");
  limits.clear_min();
  limits.mutable_max()->set_wr_bandwidth_mbs(-1);
  expect_error(create_qos(limits), Code::InvalidArgument, "qos_volume.limits.max.wr_bandwidth_mbs cannot be negative");
  limits.mutable_max()->set_wr_bandwidth_mbs(INT64_MAX);
  expect_error(create_qos(limits), Code::InvalidArgument, "qos_volume.limits.max.wr_bandwidth_mbs");
}

TEST_F(Kinds, disks_have_a_place_of_their_own) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_disk("disk0", "bdev1", 0, 0));
  expect_error(world.create_disk("disk1", "bdev1", 0, 0), Code::AlreadyExists,
               "virtio_blk.pcie_id: volumes/disk0 is at port 0, physical function 0 already");
  OR_EXPECT_OK(world.create_disk("disk1", "bdev1", 0, 1));
  OR_EXPECT_OK(world.create_disk("disk0", "bdev1", 0, 0)) << "the same again";
  EXPECT_EQ(world.create_disk("disk0", "bdev1", 0, 5)->pcie_id().physical_function().value(), 0) << "what is stored";
  expect_error(world.create_disk("disk2", "bdev1", 0, 256), Code::InvalidArgument, "physical_function: 256");
  expect_error(world.create_disk("disk2", "bdev1", 0, -1), Code::InvalidArgument, "physical_function: -1");
  auto request = World::disk_request("disk2", "bdev1", 0, 2);
  request.mutable_virtio_blk()->mutable_pcie_id()->mutable_virtual_function()->set_value(1);
  expect_error(world.call<opi::VirtioBlk>("CreateVirtioBlk", request), Code::InvalidArgument,
               "virtio_blk.pcie_id.virtual_function: virtual functions are not supported");
}

TEST_F(Kinds, disks_at_other_ports_need_a_host) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  expect_error(world.create_disk("disk0", "bdev1", 3, 0), Code::InvalidArgument,
               "virtio_blk.pcie_id.port_id: no host hangs on port 3");
  OR_ASSERT_OK(world.create_host("host1", 3));
  OR_ASSERT_OK(world.create_disk("disk0", "bdev1", 3, 0));
  v1::DeleteHostRequest request;
  request.set_name("hosts/host1");
  expect_error(world.call<google::protobuf::Empty>("DeleteHost", request), Code::FailedPrecondition,
               "hosts/host1 is in use by virtio-blk disk volumes/disk0");
  v1::UpdateHostRequest move;
  move.mutable_host()->set_name("hosts/host1");
  move.mutable_host()->mutable_port_id()->set_value(4);
  expect_error(world.call<v1::Host>("UpdateHost", move), Code::FailedPrecondition,
               "host.port_id: hosts/host1 is in use");
}

TEST_F(Kinds, a_host_that_comes_later_takes_the_disks_of_its_port) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_disk("disk0", "bdev1", 0, 0));
  OR_ASSERT_OK(world.create_host("host1", 0));
  v1::DeleteHostRequest request;
  request.set_name("host1");
  expect_error(world.call<google::protobuf::Empty>("DeleteHost", request), Code::FailedPrecondition, "volumes/disk0");
}

TEST_F(Kinds, disk_values) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  auto request = World::disk_request("disk0", "bdev1", 0, 0);
  request.mutable_virtio_blk()->set_max_io_qps(257);
  expect_error(world.call<opi::VirtioBlk>("CreateVirtioBlk", request), Code::InvalidArgument,
               "virtio_blk.max_io_qps: 257");
  request.mutable_virtio_blk()->set_max_io_qps(-1);
  expect_error(world.call<opi::VirtioBlk>("CreateVirtioBlk", request), Code::InvalidArgument,
               "virtio_blk.max_io_qps: -1");
  request.mutable_virtio_blk()->set_max_io_qps(4);
  request.mutable_virtio_blk()->mutable_min_limit()->set_rw_iops_kiops(1);
  expect_error(world.call<opi::VirtioBlk>("CreateVirtioBlk", request), Code::InvalidArgument, "virtio_blk.min_limit");
  request.mutable_virtio_blk()->clear_min_limit();
  request.mutable_virtio_blk()->mutable_max_limit()->set_rw_iops_kiops(-1);
  expect_error(world.call<opi::VirtioBlk>("CreateVirtioBlk", request), Code::InvalidArgument,
               "virtio_blk.max_limit.rw_iops_kiops cannot be negative");
  request.mutable_virtio_blk()->mutable_max_limit()->set_rw_iops_kiops(100);
  OR_EXPECT_OK(world.call<opi::VirtioBlk>("CreateVirtioBlk", request));
  v1::UpdateVirtioBlkOptionsRequest options;
  options.mutable_virtio_blk_options()->set_name("virtioBlks/disk0");
  options.mutable_virtio_blk_options()->set_queue_size(100);
  expect_error(world.call<v1::VirtioBlkOptions>("UpdateVirtioBlkOptions", options), Code::InvalidArgument,
               "virtio_blk_options.queue_size: 100 is not a power of two");
  options.mutable_virtio_blk_options()->set_queue_size(256);
  options.mutable_virtio_blk_options()->set_read_only(true);
  const auto updated = world.call<v1::VirtioBlkOptions>("UpdateVirtioBlkOptions", options);
  OR_ASSERT_OK(updated);
  EXPECT_TRUE(updated->read_only());
}

TEST_F(Kinds, disks_are_made_with_options) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  v1::CreateVirtioBlkWithOptionsRequest request;
  request.set_virtio_blk_id("disk0");
  expect_error(world.call<opi::VirtioBlk>("CreateVirtioBlkWithOptions", request), Code::InvalidArgument,
               "missing required field: virtio_blk");
  *request.mutable_virtio_blk() = World::disk_request("disk0", "bdev1", 0, 0).virtio_blk();
  request.mutable_virtio_blk_options()->set_name("virtioBlks/another");
  request.mutable_virtio_blk_options()->set_read_only(true);
  request.mutable_virtio_blk_options()->set_queue_size(100);
  expect_error(world.call<opi::VirtioBlk>("CreateVirtioBlkWithOptions", request), Code::InvalidArgument,
               "virtio_blk_options.queue_size: 100 is not a power of two");
  EXPECT_TRUE(world.virtio_blk->options.empty()) << "nothing is made";
  request.mutable_virtio_blk_options()->set_queue_size(64);
  const auto made = world.call<opi::VirtioBlk>("CreateVirtioBlkWithOptions", request);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->name(), "volumes/disk0");
  EXPECT_EQ(world.virtio_blk->realise_count, 1) << "the disk never was another";
  v1::GetVirtioBlkOptionsRequest get;
  get.set_name("disk0");
  const auto options = world.call<v1::VirtioBlkOptions>("GetVirtioBlkOptions", get);
  OR_ASSERT_OK(options);
  EXPECT_EQ(options->name(), "volumes/disk0");
  EXPECT_TRUE(options->read_only());
  EXPECT_EQ(options->queue_size(), 64);
  request.mutable_virtio_blk_options()->set_read_only(false);
  OR_ASSERT_OK(world.call<opi::VirtioBlk>("CreateVirtioBlkWithOptions", request));
  EXPECT_TRUE(world.call<v1::VirtioBlkOptions>("GetVirtioBlkOptions", get)->read_only()) << "what is there stays";
}

TEST_F(Kinds, hosts_have_a_port_and_a_socket_of_their_own) {
  expect_error(create_host(v1::Host{}), Code::InvalidArgument, "missing required field: host.port_id");
  OR_ASSERT_OK(create_host(host_at(0)));
  expect_error(create_host(host_at(0)), Code::AlreadyExists, "host.port_id: hosts/host-2 hangs on port 0 already");
  expect_error(create_host(host_at(-1)), Code::InvalidArgument, "host.port_id: -1");
  v1::Host host = host_at(1);
  host.set_qmp_socket("qmp.sock");
  expect_error(create_host(host), Code::InvalidArgument, "host.qmp_socket: not an absolute path");
  host.set_qmp_socket("/" + std::string(107, 'q'));
  expect_error(create_host(host), Code::InvalidArgument, "host.qmp_socket: 108 characters");
  host.set_qmp_socket("/run/vm1/qmp.sock");
  host.add_buses("rp0");
  host.add_buses("rp1");
  OR_ASSERT_OK(create_host(host));
  host.mutable_port_id()->set_value(2);
  expect_error(create_host(host), Code::AlreadyExists, "host.qmp_socket: hosts/host-7 is reached there already");
  host.set_qmp_socket("/run/vm2/qmp.sock");
  host.add_buses("rp0");
  expect_error(create_host(host), Code::InvalidArgument, "host.buses: 'rp0' is named twice");
  host.set_buses(2, "rp,0");
  expect_error(create_host(host), Code::InvalidArgument, "host.buses: 'rp,0' is not the id of a QEMU bus");
  host.set_buses(2, "rp2");
  host.set_queue_count(-1);
  expect_error(create_host(host), Code::InvalidArgument, "host.queue_count: -1");
  host.set_queue_count(4);
  host.set_vhost_socket_role(static_cast<v1::Host::VhostSocketRole>(9));
  expect_error(create_host(host), Code::InvalidArgument, "host.vhost_socket_role: unknown value 9");
  host.set_vhost_socket_role(v1::Host::BACKEND_CONNECTS);
  host.set_state(v1::Host::REACHABLE);  // the server's to say
  const auto made = create_host(host);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->state(), v1::Host::STATE_UNSPECIFIED);
}

TEST_F(Kinds, views_show_every_kind_alike) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1"));
  OR_ASSERT_OK(create_aio("/tmp/file"));
  OR_ASSERT_OK(world.create_host("host1", 1));
  OR_ASSERT_OK(world.create_disk("disk0", "volumes/qos1", 1, 0));
  v1::ListVolumesRequest list;
  list.set_page_size(2);
  auto page = world.call<v1::ListVolumesResponse>("ListVolumes", list);
  OR_ASSERT_OK(page);
  ASSERT_EQ(page->volumes_size(), 2);
  EXPECT_EQ(page->volumes(0).name(), "volumes/bdev1");
  EXPECT_EQ(page->volumes(0).kind(), "malloc");
  EXPECT_EQ(page->volumes(0).resource_name(), "mallocVolumes/bdev1");
  EXPECT_EQ(page->volumes(0).block_size(), 512);
  EXPECT_EQ(page->volumes(0).users(0), "volumes/qos1");
  EXPECT_TRUE(is_uuid(page->volumes(0).uuid()));
  EXPECT_EQ(page->volumes(1).kind(), "aio");
  list.set_page_token(page->next_page_token());
  page = world.call<v1::ListVolumesResponse>("ListVolumes", list);
  OR_ASSERT_OK(page);
  ASSERT_EQ(page->volumes_size(), 1);
  EXPECT_EQ(page->volumes(0).volume_name_ref(), "volumes/bdev1");
  EXPECT_EQ(page->volumes(0).users(0), "volumes/disk0");
  EXPECT_EQ(page->next_page_token(), "");
  v1::GetVolumeRequest get;
  for (const char* name : {"allVolumes/qos1", "volumes/qos1", "qosVolumes/qos1", "qos1"}) {
    get.set_name(name);
    EXPECT_EQ(world.call<v1::Volume>("GetVolume", get)->kind(), "qos") << name;
  }
  get.set_name("volumes/disk0");
  expect_error(world.call<v1::Volume>("GetVolume", get), Code::NotFound, "there is no volume of that name");
  get.set_name("");
  expect_error(world.call<v1::Volume>("GetVolume", get), Code::InvalidArgument, "missing required field: name");
  v1::GetDeviceRequest device;
  device.set_name("devices/disk0");
  const auto view = world.call<v1::Device>("GetDevice", device);
  OR_ASSERT_OK(view);
  EXPECT_EQ(view->volume_name_ref(), "volumes/qos1");
  EXPECT_EQ(view->host(), "hosts/host1");
  EXPECT_EQ(view->state(), v1::Device::WAITING);
  EXPECT_EQ(view->socket_path(), "/run/outrigger/disk.sock");
  EXPECT_EQ(world.call<v1::ListDevicesResponse>("ListDevices", v1::ListDevicesRequest{})->devices_size(), 1);
}

}  // namespace
}  // namespace outrigger::model
