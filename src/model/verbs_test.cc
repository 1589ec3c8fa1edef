// The verbs over every kind: OPI's common rules, item by item.
#include "model/test_world.h"
#include "storage/frontend_virtio_scsi.pb.h"

#include <gmock/gmock.h>

namespace outrigger::model {
namespace {

using ::testing::ElementsAre;

class Verbs : public ModelTest {};

opi::CreateMallocVolumeRequest malloc_request(const std::string& id) {
  opi::CreateMallocVolumeRequest request;
  request.set_malloc_volume_id(id);
  request.mutable_malloc_volume()->set_block_size(512);
  request.mutable_malloc_volume()->set_blocks_count(64);
  return request;
}

opi::UpdateMallocVolumeRequest resize_request(const std::string& name, int64_t blocks,
                                              std::vector<std::string> paths = {}) {
  opi::UpdateMallocVolumeRequest request;
  request.mutable_malloc_volume()->set_name(name);
  request.mutable_malloc_volume()->set_blocks_count(blocks);
  for (std::string& path : paths) {
    request.mutable_update_mask()->add_paths(std::move(path));
  }
  return request;
}

TEST_F(Verbs, create_takes_the_id_and_ignores_the_name_in_the_body) {
  auto request = malloc_request("bdev1");
  request.mutable_malloc_volume()->set_name("volumes/other");
  const auto made = world.call<opi::MallocVolume>("CreateMallocVolume", request);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->name(), "volumes/bdev1");
  EXPECT_EQ(made->blocks_count(), 64);
  EXPECT_TRUE(is_uuid(made->uuid()));
}

TEST_F(Verbs, create_checks_the_id) {
  expect_error(world.create_malloc("abc"), Code::InvalidArgument,
               "malloc_volume_id: user-settable ID must be between 4 and 63");
  expect_error(world.create_malloc(std::string(64, 'a')), Code::InvalidArgument, "between 4 and 63");
  expect_error(world.create_malloc("-bdev"), Code::InvalidArgument, "must not start with a hyphen");
  expect_error(world.create_malloc("Capital"), Code::InvalidArgument, "(got: 'C' in position 0)");
  expect_error(world.create_malloc("0b7e4f9e-1a6f-4a3c-8f63-3b7a2c4d5e6f"), Code::InvalidArgument, "valid UUIDv4");
  OR_EXPECT_OK(world.create_malloc("bdev"));
  OR_EXPECT_OK(world.create_malloc(std::string(63, 'a')));
  EXPECT_EQ(real.size(), 2U);
}

TEST_F(Verbs, create_without_an_id_gives_a_uuid) {
  const auto a = world.create_malloc("");
  const auto b = world.create_malloc("");
  OR_ASSERT_OK(a);
  OR_ASSERT_OK(b);
  EXPECT_TRUE(is_uuid(last_segment(a->name()))) << a->name();
  EXPECT_NE(a->name(), b->name());
  OR_EXPECT_OK(world.get_malloc(a->name()));
}

TEST_F(Verbs, create_names_the_first_missing_required_field) {
  expect_error(world.call<opi::MallocVolume>("CreateMallocVolume", opi::CreateMallocVolumeRequest{}),
               Code::InvalidArgument, "missing required field: malloc_volume");
  auto request = malloc_request("bdev1");
  request.mutable_malloc_volume()->clear_blocks_count();
  expect_error(world.call<opi::MallocVolume>("CreateMallocVolume", request), Code::InvalidArgument,
               "missing required field: malloc_volume.blocks_count");
  opi::CreateVirtioBlkRequest disk = World::disk_request("disk0", "bdev1", 0, 0);
  disk.mutable_virtio_blk()->mutable_pcie_id()->clear_physical_function();
  expect_error(world.call<opi::VirtioBlk>("CreateVirtioBlk", disk), Code::InvalidArgument,
               "missing required field: virtio_blk.pcie_id.physical_function");
  EXPECT_TRUE(real.empty());
}

TEST_F(Verbs, wrappers_that_hold_zero_are_present) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_EXPECT_OK(world.create_disk("disk0", "bdev1", 0, 0));
}

TEST_F(Verbs, the_same_create_again_returns_what_is_there) {
  const auto first = world.create_malloc("bdev1");
  OR_ASSERT_OK(first);
  const auto again = world.create_malloc("bdev1");
  OR_ASSERT_OK(again);
  EXPECT_EQ(again->uuid(), first->uuid());
  EXPECT_EQ(world.malloc_volume->realise_count, 1);
}

TEST_F(Verbs, a_create_of_a_name_that_exists_returns_what_is_stored_whatever_it_asks) {
  OR_ASSERT_OK(world.create_malloc("bdev1", 64));
  EXPECT_EQ(world.create_malloc("bdev1", 65)->blocks_count(), 64);
  EXPECT_EQ(world.create_malloc("bdev1", -5)->blocks_count(), 64) << "values are not looked at";
  expect_error(world.create_malloc("bdev1", 0), Code::InvalidArgument, "missing required field");
  OR_ASSERT_OK(world.create_disk("disk0", "bdev1"));
  EXPECT_EQ(world.create_disk("disk0", "nowhere")->volume_name_ref(), "bdev1") << "before references are followed";
  expect_error(world.create_disk("disk0", "a//b"), Code::InvalidArgument, "segment 2 is empty");
  EXPECT_EQ(world.malloc_volume->realise_count, 1);
}

TEST_F(Verbs, limits_ciphers_and_keys_are_checked_even_where_the_name_exists) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1", 10));
  EXPECT_EQ(world.create_qos("qos1", "bdev1", 11)->limits().max().rw_bandwidth_mbs(), 10);
  expect_error(world.create_qos("qos1", "bdev1", -1), Code::InvalidArgument, "cannot be negative");
  opi::CreateEncryptedVolumeRequest request;
  request.set_encrypted_volume_id("secret1");
  request.mutable_encrypted_volume()->set_volume_name_ref("bdev1");
  request.mutable_encrypted_volume()->set_cipher(opi::ENCRYPTION_TYPE_AES_XTS_128);
  request.mutable_encrypted_volume()->set_key(std::string(32, 'K'));
  OR_ASSERT_OK(world.call<opi::EncryptedVolume>("CreateEncryptedVolume", request));
  request.mutable_encrypted_volume()->set_key(std::string(32, 'L'));
  OR_EXPECT_OK(world.call<opi::EncryptedVolume>("CreateEncryptedVolume", request)) << "another key, and what is stored";
  request.mutable_encrypted_volume()->set_key("short");
  expect_error(world.call<opi::EncryptedVolume>("CreateEncryptedVolume", request), Code::InvalidArgument,
               "expected key size 256b");
}

TEST_F(Verbs, ids_are_shared_by_volumes_of_all_kinds_but_not_with_disks) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  opi::CreateNullVolumeRequest request;
  request.set_null_volume_id("bdev1");
  request.mutable_null_volume()->set_block_size(512);
  request.mutable_null_volume()->set_blocks_count(64);
  expect_error(world.call<opi::NullVolume>("CreateNullVolume", request), Code::AlreadyExists,
               "volumes/bdev1 exists already, as memory volume");
  OR_EXPECT_OK(world.create_disk("bdev1", "bdev1"));
}

TEST_F(Verbs, names_are_taken_in_every_form_and_returned_in_one) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  for (const char* name : {"volumes/bdev1", "mallocVolumes/bdev1", "bdev1", "//storage.opiproject.org/volumes/bdev1"}) {
    const auto got = world.get_malloc(name);
    OR_ASSERT_OK(got) << name;
    EXPECT_EQ(got->name(), "volumes/bdev1");
  }
  expect_error(world.get_malloc("nullVolumes/bdev1"), Code::NotFound, "unable to find key nullVolumes/bdev1");
  expect_error(world.get_malloc("volumes/bdev2"), Code::NotFound, "unable to find key volumes/bdev2");
}

TEST_F(Verbs, names_are_checked) {
  expect_error(world.get_malloc(""), Code::InvalidArgument, "missing required field: name");
  expect_error(world.get_malloc("volumes//x"), Code::InvalidArgument, "segment 2 is empty");
  expect_error(world.get_malloc("volumes/-x"), Code::InvalidArgument, "segment '-x': not a valid DNS name");
  expect_error(world.get_malloc("volumes/{x}"), Code::InvalidArgument, "must not contain variables");
  expect_error(world.get_malloc("volumes/" + std::string(64, 'a')), Code::InvalidArgument, "not a valid DNS name");
  expect_error(world.get_malloc(std::string(254, 'a')), Code::InvalidArgument, "at most 253");
  expect_error(world.delete_malloc("volumes/ü"), Code::InvalidArgument, "not a valid DNS name");
}

TEST_F(Verbs, delete_removes_and_forgives_only_when_asked) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.delete_malloc("volumes/bdev1"));
  EXPECT_TRUE(real.empty());
  EXPECT_TRUE(store.load()->empty());
  expect_error(world.delete_malloc("volumes/bdev1"), Code::NotFound, "unable to find key volumes/bdev1");
  OR_EXPECT_OK(world.delete_malloc("volumes/bdev1", true));
  expect_error(world.delete_malloc("volumes/%", true), Code::InvalidArgument, "not a valid DNS name");
}

TEST_F(Verbs, delete_of_what_is_in_use_names_the_users) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1"));
  OR_ASSERT_OK(world.create_disk("disk0", "volumes/qos1"));
  expect_error(world.delete_malloc("volumes/bdev1"), Code::FailedPrecondition,
               "in use by rate-limited volume volumes/qos1: delete it first");
  opi::DeleteQosVolumeRequest qos;
  qos.set_name("qosVolumes/qos1");
  expect_error(world.call<google::protobuf::Empty>("DeleteQosVolume", qos), Code::FailedPrecondition,
               "in use by virtio-blk disk volumes/disk0");
  opi::DeleteVirtioBlkRequest disk;
  disk.set_name("virtioBlks/disk0");
  OR_EXPECT_OK(world.call<google::protobuf::Empty>("DeleteVirtioBlk", disk));
  OR_EXPECT_OK(world.call<google::protobuf::Empty>("DeleteQosVolume", qos));
  OR_EXPECT_OK(world.delete_malloc("bdev1"));
}

TEST_F(Verbs, many_users_are_counted_not_all_named) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  for (int i = 0; i < 8; ++i) {
    OR_ASSERT_OK(world.create_qos(fmt::format("qos{}", i), "bdev1"));
  }
  expect_error(world.delete_malloc("bdev1"), Code::FailedPrecondition, "volumes/qos4 and 3 more: delete them first");
  EXPECT_EQ(world.model->users_of("volumes/bdev1").size(), 8U);
}

TEST_F(Verbs, references_are_found_in_every_spelling) {
  OR_ASSERT_OK(world.create_malloc("malloc1"));
  OR_EXPECT_OK(world.create_qos("qos1", "Malloc1"));  // as clients of other back ends write it
  OR_EXPECT_OK(world.create_qos("qos2", "mallocVolumes/malloc1"));
  OR_EXPECT_OK(world.create_qos("qos3", "volumes/malloc1"));
  expect_error(world.create_qos("qos4", "nullVolumes/malloc1"), Code::NotFound, "qos_volume.volume_name_ref");
  expect_error(world.create_qos("qos4", "qos4"), Code::NotFound, "qos_volume.volume_name_ref: unable to find key qos4");
  expect_error(world.create_qos("qos4", "a//b"), Code::InvalidArgument,
               "qos_volume.volume_name_ref: segment 2 is empty");
  OR_EXPECT_OK(world.create_qos("qos1", "volumes/malloc1")) << "another spelling is the same content";
}

TEST_F(Verbs, list_is_sorted_and_paged) {
  for (const char* id : {"vol-c", "vol-a", "vol-e", "vol-b", "vol-d"}) {
    OR_ASSERT_OK(world.create_malloc(id));
  }
  opi::ListMallocVolumesRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  std::vector<int> sizes;
  do {
    const auto page = world.call<opi::ListMallocVolumesResponse>("ListMallocVolumes", request);
    OR_ASSERT_OK(page);
    sizes.push_back(page->malloc_volumes_size());
    for (const auto& volume : page->malloc_volumes()) {
      names.push_back(volume.name());
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("volumes/vol-a", "volumes/vol-b", "volumes/vol-c", "volumes/vol-d", "volumes/vol-e"));
  EXPECT_THAT(sizes, ElementsAre(2, 2, 1));
}

TEST_F(Verbs, a_page_token_survives_deletions_and_belongs_to_one_list) {
  for (const char* id : {"vol-a", "vol-b", "vol-c", "vol-d"}) {
    OR_ASSERT_OK(world.create_malloc(id));
  }
  opi::ListMallocVolumesRequest request;
  request.set_page_size(2);
  const auto first = world.call<opi::ListMallocVolumesResponse>("ListMallocVolumes", request);
  OR_ASSERT_OK(first);
  OR_ASSERT_OK(world.delete_malloc("vol-a"));
  OR_ASSERT_OK(world.delete_malloc("vol-b"));
  request.set_page_token(first->next_page_token());
  for (int i = 0; i < 2; ++i) {  // a token may be used again
    const auto second = world.call<opi::ListMallocVolumesResponse>("ListMallocVolumes", request);
    OR_ASSERT_OK(second);
    ASSERT_EQ(second->malloc_volumes_size(), 2);
    EXPECT_EQ(second->malloc_volumes(0).name(), "volumes/vol-c");
    EXPECT_EQ(second->next_page_token(), "");
  }
  opi::ListNullVolumesRequest other;
  other.set_page_token(first->next_page_token());
  expect_error(world.call<opi::ListNullVolumesResponse>("ListNullVolumes", other), Code::NotFound,
               "unable to find pagination token");
  request.set_page_token("not-a-token");
  expect_error(world.call<opi::ListMallocVolumesResponse>("ListMallocVolumes", request), Code::NotFound,
               "unable to find pagination token");
}

TEST_F(Verbs, page_sizes_have_a_default_and_a_maximum) {
  for (int i = 0; i < 260; ++i) {
    OR_ASSERT_OK(world.create_malloc(fmt::format("vol-{:03}", i)));
  }
  opi::ListMallocVolumesRequest request;
  EXPECT_EQ(world.call<opi::ListMallocVolumesResponse>("ListMallocVolumes", request)->malloc_volumes_size(), 50);
  request.set_page_size(1000);
  EXPECT_EQ(world.call<opi::ListMallocVolumesResponse>("ListMallocVolumes", request)->malloc_volumes_size(), 250);
  request.set_page_size(-1);
  expect_error(world.call<opi::ListMallocVolumesResponse>("ListMallocVolumes", request), Code::InvalidArgument,
               "negative PageSize is not allowed");
}

TEST_F(Verbs, a_list_of_nothing_is_empty_and_any_parent_is_accepted) {
  opi::ListQosVolumesRequest request;
  request.set_parent("todo");
  const auto page = world.call<opi::ListQosVolumesResponse>("ListQosVolumes", request);
  OR_ASSERT_OK(page);
  EXPECT_EQ(page->qos_volumes_size(), 0);
  OR_EXPECT_OK(world.call<opi::ListQosVolumesResponse>("ListQosVolumes", opi::ListQosVolumesRequest{}));
}

TEST_F(Verbs, update_of_unknown_is_not_found_or_creates) {
  auto request = resize_request("volumes/bdev1", 128);
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", request), Code::NotFound,
               "unable to find key volumes/bdev1");
  request.set_allow_missing(true);
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", request), Code::InvalidArgument,
               "missing required field: malloc_volume.block_size");
  request.mutable_malloc_volume()->set_block_size(512);
  const auto made = world.call<opi::MallocVolume>("UpdateMallocVolume", request);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->name(), "volumes/bdev1");
  request.mutable_malloc_volume()->set_name("volumes/BAD");
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", request), Code::InvalidArgument,
               "malloc_volume.name");
}

TEST_F(Verbs, update_creates_leaves_and_hosts_only) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  opi::UpdateQosVolumeRequest qos;
  qos.mutable_qos_volume()->set_name("volumes/qos1");
  qos.mutable_qos_volume()->set_volume_name_ref("bdev1");
  qos.mutable_qos_volume()->mutable_limits()->mutable_max()->set_rw_iops_kiops(1);
  qos.set_allow_missing(true);
  expect_error(world.call<opi::QosVolume>("UpdateQosVolume", qos), Code::NotFound, "unable to find key volumes/qos1");
  opi::UpdateVirtioBlkRequest disk;
  *disk.mutable_virtio_blk() = World::disk_request("disk0", "bdev1", 0, 0).virtio_blk();
  disk.mutable_virtio_blk()->set_name("volumes/disk0");
  disk.set_allow_missing(true);
  expect_error(world.call<opi::VirtioBlk>("UpdateVirtioBlk", disk), Code::NotFound, "unable to find key volumes/disk0");
  v1::UpdateHostRequest host;
  host.mutable_host()->set_name("hosts/host1");
  host.mutable_host()->mutable_port_id()->set_value(1);
  host.set_allow_missing(true);
  OR_EXPECT_OK(world.call<v1::Host>("UpdateHost", host));
}

TEST_F(Verbs, update_needs_the_resource_and_its_name) {
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", opi::UpdateMallocVolumeRequest{}),
               Code::InvalidArgument, "missing required field: malloc_volume");
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", resize_request("", 1)), Code::InvalidArgument,
               "missing required field: malloc_volume.name");
}

TEST_F(Verbs, update_masks_are_checked_and_applied) {
  OR_ASSERT_OK(world.create_malloc("bdev1", 64));
  const auto update = [&](int64_t blocks, std::vector<std::string> paths) {
    return world.call<opi::MallocVolume>("UpdateMallocVolume", resize_request("bdev1", blocks, std::move(paths)));
  };
  expect_error(update(128, {"*", "blocks_count"}), Code::InvalidArgument, "'*' must not be used with other paths");
  expect_error(update(128, {"bogus"}), Code::InvalidArgument, "invalid field path: bogus");
  expect_error(update(128, {"blocks_count.x"}), Code::InvalidArgument, "invalid field path: blocks_count.x");
  expect_error(update(128, {""}), Code::InvalidArgument, "invalid field path: ");
  EXPECT_EQ(update(128, {})->blocks_count(), 128) << "no mask: what is set";
  EXPECT_EQ(update(256, {"blocks_count"})->blocks_count(), 256);
  EXPECT_EQ(update(512, {"*"})->blocks_count(), 512) << "required fields left out stay";
  EXPECT_EQ(update(512, {"*"})->block_size(), 512);
  EXPECT_EQ(update(7, {"name"})->blocks_count(), 512) << "only what is named";
  expect_error(update(0, {"blocks_count"}), Code::InvalidArgument,
               "missing required field: malloc_volume.blocks_count");
  EXPECT_EQ(world.get_malloc("bdev1")->blocks_count(), 512);
}

TEST_F(Verbs, update_refuses_what_is_fixed) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  auto request = resize_request("bdev1", 64);
  request.mutable_malloc_volume()->set_block_size(4096);
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", request), Code::InvalidArgument,
               "malloc_volume.block_size of volumes/bdev1 is fixed since its creation");
  OR_ASSERT_OK(world.create_malloc("bdev2"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1"));
  opi::UpdateQosVolumeRequest qos;
  qos.mutable_qos_volume()->set_name("volumes/qos1");
  qos.mutable_qos_volume()->set_volume_name_ref("bdev2");
  expect_error(world.call<opi::QosVolume>("UpdateQosVolume", qos), Code::InvalidArgument,
               "change of underlying volume bdev1 to a new one bdev2 is forbidden");
  qos.mutable_qos_volume()->set_volume_name_ref("mallocVolumes/bdev1");
  OR_EXPECT_OK(world.call<opi::QosVolume>("UpdateQosVolume", qos)) << "the same volume in another spelling";
}

TEST_F(Verbs, update_with_everything_as_it_is_does_nothing) {
  const auto made = world.create_malloc("bdev1");
  OR_ASSERT_OK(made);
  opi::UpdateMallocVolumeRequest request;
  *request.mutable_malloc_volume() = *made;
  request.mutable_update_mask()->add_paths("*");
  OR_ASSERT_OK(world.call<opi::MallocVolume>("UpdateMallocVolume", request));
  EXPECT_EQ(world.malloc_volume->realise_count, 1);
}

TEST_F(Verbs, update_of_a_disk_may_leave_its_volume_out) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_disk("disk0", "bdev1"));
  opi::UpdateVirtioBlkRequest request;
  request.mutable_virtio_blk()->set_name("volumes/disk0");
  request.mutable_update_mask()->add_paths("*");
  const auto updated = world.call<opi::VirtioBlk>("UpdateVirtioBlk", request);
  OR_ASSERT_OK(updated);
  EXPECT_EQ(updated->volume_name_ref(), "bdev1");
}

TEST_F(Verbs, nested_masks_reach_single_rates) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1", 10));
  opi::UpdateQosVolumeRequest request;
  request.mutable_qos_volume()->set_name("volumes/qos1");
  request.mutable_qos_volume()->mutable_limits()->mutable_max()->set_rd_iops_kiops(5);
  request.mutable_update_mask()->add_paths("limits.max.rd_iops_kiops");
  auto updated = world.call<opi::QosVolume>("UpdateQosVolume", request);
  OR_ASSERT_OK(updated);
  EXPECT_EQ(updated->limits().max().rd_iops_kiops(), 5);
  EXPECT_EQ(updated->limits().max().rw_bandwidth_mbs(), 10);
  request.mutable_update_mask()->set_paths(0, "*");
  updated = world.call<opi::QosVolume>("UpdateQosVolume", request);
  OR_ASSERT_OK(updated);
  EXPECT_EQ(updated->limits().max().rw_bandwidth_mbs(), 0) << "\"*\" replaces";
  request.mutable_update_mask()->set_paths(0, "limits.max.bogus");
  expect_error(world.call<opi::QosVolume>("UpdateQosVolume", request), Code::InvalidArgument, "limits.max.bogus");
}

TEST_F(Verbs, what_the_server_observes_is_returned_and_never_taken) {
  opi::CreateAioVolumeRequest request;
  request.set_aio_volume_id("file1");
  request.mutable_aio_volume()->set_filename("/tmp/file");
  request.mutable_aio_volume()->set_blocks_count(12);
  const auto made = world.call<opi::AioVolume>("CreateAioVolume", request);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->blocks_count(), 1000);
  EXPECT_EQ(made->block_size(), 4096);
  OR_EXPECT_OK(world.call<opi::AioVolume>("CreateAioVolume", request));
  opi::UpdateAioVolumeRequest update;  // read, and written back as it is
  *update.mutable_aio_volume() = *made;
  update.mutable_update_mask()->add_paths("*");
  OR_EXPECT_OK(world.call<opi::AioVolume>("UpdateAioVolume", update));
  update.mutable_aio_volume()->set_block_size(512);
  expect_error(world.call<opi::AioVolume>("UpdateAioVolume", update), Code::InvalidArgument, "aio_volume.block_size");
}

TEST_F(Verbs, stats_saturate) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  world.malloc_volume->counters = {.read_bytes = 1ULL << 40, .read_operations = 7, .read_latency_ns = 9'000};
  opi::StatsMallocVolumeRequest request;
  request.set_name("mallocVolumes/bdev1");
  const auto stats = world.call<opi::StatsMallocVolumeResponse>("StatsMallocVolume", request);
  OR_ASSERT_OK(stats);
  EXPECT_EQ(stats->stats().read_bytes_count(), 2147483647);
  EXPECT_EQ(stats->stats().read_ops_count(), 7);
  EXPECT_EQ(stats->stats().read_latency_ticks(), 9);
  request.set_name("volumes/none");
  expect_error(world.call<opi::StatsMallocVolumeResponse>("StatsMallocVolume", request), Code::NotFound,
               "unable to find key");
}

TEST_F(Verbs, what_is_not_implemented_says_so_by_name) {
  expect_error(world.call<opi::VirtioScsiLun>("CreateVirtioScsiLun", opi::CreateVirtioScsiLunRequest{}),
               Code::Unimplemented,
               "opi_api.storage.v1.FrontendVirtioScsiService/CreateVirtioScsiLun is not implemented by this "
               "version of outriggerd");
}

TEST_F(Verbs, every_method_of_the_api_answers_an_empty_request) {
  size_t count = 0;
  for (const auto* service : api_services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      const std::unique_ptr<Message> request(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(method.input_type())->New());
      const auto pending = world.start(method.name(), *request);
      ASSERT_TRUE(pending->reply.has_value()) << method.full_name();
      if (!pending->reply->has_value()) {
        EXPECT_FALSE(pending->reply->error().what.empty()) << method.full_name();
        EXPECT_NE(pending->reply->error().code, Code::Internal) << method.full_name();
      }
      ++count;
    }
  }
  EXPECT_GE(count, 88U + 14U);
}

TEST_F(Verbs, an_enormous_request_is_refused) {
  auto request = malloc_request("bdev1");
  request.mutable_malloc_volume()->set_uuid(std::string(2 << 20, 'x'));
  expect_error(world.call<opi::MallocVolume>("CreateMallocVolume", request), Code::InvalidArgument, "at most 1048576");
}

}  // namespace
}  // namespace outrigger::model
