// Operations that take time, fail, overlap, and survive a restart.
#include "model/limits.h"
#include "model/test_world.h"

namespace outrigger::model {
namespace {

class LifecycleTest : public ModelTest {
 protected:
  static opi::CreateMallocVolumeRequest create_request(const std::string& id) {
    opi::CreateMallocVolumeRequest request;
    request.set_malloc_volume_id(id);
    request.mutable_malloc_volume()->set_block_size(512);
    request.mutable_malloc_volume()->set_blocks_count(64);
    return request;
  }
  static opi::UpdateMallocVolumeRequest resize_request(const std::string& id, int64_t blocks) {
    opi::UpdateMallocVolumeRequest request;
    request.mutable_malloc_volume()->set_name("volumes/" + id);
    request.mutable_malloc_volume()->set_blocks_count(blocks);
    return request;
  }
  static v1::GetVolumeRequest view_request(const std::string& name) {
    v1::GetVolumeRequest request;
    request.set_name(name);
    return request;
  }
};

TEST_F(LifecycleTest, a_refused_create_leaves_nothing) {
  world.malloc_volume->refuse_realise = Error{Code::ResourceExhausted, "no memory for volumes/bdev1"};
  expect_error(world.create_malloc("bdev1"), Code::ResourceExhausted, "no memory for volumes/bdev1");
  EXPECT_TRUE(store.load()->empty());
  expect_error(world.get_malloc("bdev1"), Code::NotFound, "unable to find key");
  world.malloc_volume->refuse_realise.reset();
  OR_EXPECT_OK(world.create_malloc("bdev1"));
}

TEST_F(LifecycleTest, what_the_kind_does_not_admit_is_never_stored) {
  world.malloc_volume->refuse_admit = Error{Code::InvalidArgument, "not like this"};
  world.faulty.left = 0;  // a store that is touched would say so
  expect_error(world.create_malloc("bdev1"), Code::InvalidArgument, "not like this");
  EXPECT_EQ(world.malloc_volume->realise_count, 0);
}

TEST_F(LifecycleTest, a_full_store_refuses_before_anything_is_made) {
  world.faulty.left = 0;
  expect_error(world.create_malloc("bdev1"), Code::ResourceExhausted, "no space left");
  EXPECT_EQ(world.malloc_volume->realise_count, 0);
  world.faulty.left = -1;
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  world.faulty.left = 0;
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", resize_request("bdev1", 128)),
               Code::ResourceExhausted, "no space left");
  EXPECT_EQ(world.malloc_volume->realise_count, 1);
  EXPECT_EQ(world.get_malloc("bdev1")->blocks_count(), 64);
  expect_error(world.delete_malloc("bdev1"), Code::ResourceExhausted, "no space left");
  EXPECT_TRUE(real.contains("bdev1")) << "a delete that the store refuses is undone";
  world.faulty.left = -1;
  OR_EXPECT_OK(world.delete_malloc("bdev1"));
}

TEST_F(LifecycleTest, a_refused_update_leaves_everything_as_it_was) {
  OR_ASSERT_OK(world.create_malloc("bdev1", 64));
  const auto before = *store.load();
  world.malloc_volume->refuse_realise = Error{Code::FailedPrecondition, "in use, cannot shrink"};
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", resize_request("bdev1", 32)),
               Code::FailedPrecondition, "cannot shrink");
  EXPECT_TRUE(world.malloc_volume->last_had_before);
  EXPECT_EQ(*store.load(), before);
  EXPECT_EQ(world.get_malloc("bdev1")->blocks_count(), 64);
}

TEST_F(LifecycleTest, a_refused_delete_leaves_it_standing) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  world.malloc_volume->refuse_withdraw = Error{Code::DeadlineExceeded, "the guest did not let go"};
  expect_error(world.delete_malloc("bdev1"), Code::DeadlineExceeded, "the guest did not let go");
  OR_EXPECT_OK(world.get_malloc("bdev1"));
  EXPECT_EQ(store.load()->size(), 1U);
}

TEST_F(LifecycleTest, one_operation_at_a_time_on_a_resource) {
  core::Event<int> hold;
  world.malloc_volume->hold = &hold;
  const auto creating = world.start("CreateMallocVolume", create_request("bdev1"));
  EXPECT_FALSE(creating->reply.has_value());
  expect_error(world.create_malloc("bdev1"), Code::Aborted, "volumes/bdev1: operation in progress");
  expect_error(world.delete_malloc("bdev1"), Code::Aborted, "operation in progress");
  expect_error(world.get_malloc("bdev1"), Code::NotFound, "unable to find key");
  expect_error(world.create_qos("qos1", "bdev1"), Code::NotFound, "unable to find key bdev1");
  EXPECT_EQ(world.call<opi::ListMallocVolumesResponse>("ListMallocVolumes", opi::ListMallocVolumesRequest{})
                ->malloc_volumes_size(),
            0);
  world.malloc_volume->hold = nullptr;
  OR_EXPECT_OK(world.create_malloc("bdev2")) << "others are not held up";
  hold.set(1);
  ASSERT_TRUE(creating->reply.has_value());
  EXPECT_TRUE(creating->reply->has_value());
}

TEST_F(LifecycleTest, readers_see_the_last_version_while_another_is_made) {
  OR_ASSERT_OK(world.create_malloc("bdev1", 64));
  core::Event<int> hold;
  world.malloc_volume->hold = &hold;
  const auto updating = world.start("UpdateMallocVolume", resize_request("bdev1", 128));
  EXPECT_FALSE(updating->reply.has_value());
  EXPECT_EQ(world.get_malloc("bdev1")->blocks_count(), 64);
  EXPECT_EQ(world.call<v1::Volume>("GetVolume", view_request("bdev1"))->state(), v1::Volume::PENDING);
  expect_error(world.call<opi::MallocVolume>("UpdateMallocVolume", resize_request("bdev1", 256)), Code::Aborted,
               "operation in progress");
  opi::StatsMallocVolumeRequest stats;
  stats.set_name("bdev1");
  expect_error(world.call<opi::StatsMallocVolumeResponse>("StatsMallocVolume", stats), Code::Aborted,
               "operation in progress");
  hold.set(1);
  ASSERT_TRUE(updating->reply.has_value());
  EXPECT_EQ(world.get_malloc("bdev1")->blocks_count(), 128);
}

TEST_F(LifecycleTest, what_is_being_deleted_gets_no_new_users) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  core::Event<int> hold;
  world.malloc_volume->hold = &hold;
  opi::DeleteMallocVolumeRequest request;
  request.set_name("volumes/bdev1");
  const auto deleting = world.start("DeleteMallocVolume", request);
  expect_error(world.create_qos("qos1", "bdev1"), Code::Aborted, "volumes/bdev1: operation in progress");
  OR_EXPECT_OK(world.get_malloc("bdev1"));
  hold.set(1);
  ASSERT_TRUE(deleting->reply.has_value());
  EXPECT_TRUE(deleting->reply->has_value());
  expect_error(world.get_malloc("bdev1"), Code::NotFound, "unable to find key");
}

TEST_F(LifecycleTest, a_user_under_way_pins_what_it_stands_on) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  core::Event<int> hold;
  world.qos_volume->hold = &hold;
  opi::CreateQosVolumeRequest request;
  request.set_qos_volume_id("qos1");
  request.mutable_qos_volume()->set_volume_name_ref("bdev1");
  request.mutable_qos_volume()->mutable_limits()->mutable_max()->set_rw_iops_kiops(1);
  const auto creating = world.start("CreateQosVolume", request);
  expect_error(world.delete_malloc("bdev1"), Code::FailedPrecondition, "in use by rate-limited volume volumes/qos1");
  world.qos_volume->refuse_realise = Error{Code::Internal, "no"};
  hold.set(1);
  EXPECT_FALSE(creating->reply->has_value());
  OR_EXPECT_OK(world.delete_malloc("bdev1")) << "a refused user no longer pins it";
}

TEST_F(LifecycleTest, a_host_under_way_is_not_used_yet) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_disk("disk0", "bdev1", 0, 0));
  core::Event<int> hold;
  world.host->hold = &hold;
  v1::CreateHostRequest request;
  request.set_host_id("host1");
  request.mutable_host()->mutable_port_id()->set_value(0);
  const auto creating = world.start("CreateHost", request);
  expect_error(world.create_disk("disk1", "bdev1", 0, 1), Code::Aborted, "hosts/host1: operation in progress");
  world.host->refuse_realise = Error{Code::Internal, "no"};
  hold.set(1);
  ASSERT_TRUE(creating->reply.has_value());
  EXPECT_FALSE(creating->reply->has_value());
  OR_EXPECT_OK(world.create_disk("disk1", "bdev1", 0, 1));
}

TEST_F(LifecycleTest, stop_waits_for_what_is_under_way_and_refuses_the_rest) {
  core::Event<int> hold;
  world.malloc_volume->hold = &hold;
  const auto creating = world.start("CreateMallocVolume", create_request("bdev1"));
  struct Release : core::Message {};
  Release release;
  release.owner = &hold;
  release.run = [](core::Message& message) noexcept { static_cast<core::Event<int>*>(message.owner)->set(1); };
  EXPECT_FALSE(world.model->is_idle());
  world.reactor->post(release);
  world.stop();
  ASSERT_TRUE(creating->reply.has_value());
  EXPECT_TRUE(creating->reply->has_value());
}

TEST_F(LifecycleTest, everything_is_there_again_after_a_restart) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1"));
  OR_ASSERT_OK(world.create_qos("qos2", "qos1"));
  OR_ASSERT_OK(world.create_host("host1", 3));
  OR_ASSERT_OK(world.create_disk("disk0", "qos2", 3, 1));
  const std::string uuid = world.get_malloc("bdev1")->uuid();
  std::map<std::string, std::string> real_again;
  World again(store, real_again, 2);
  OR_ASSERT_OK(again.restore());
  EXPECT_EQ(again.get_malloc("bdev1")->uuid(), uuid);
  EXPECT_TRUE(again.malloc_volume->last_was_restore);
  EXPECT_EQ(real_again.size(), 3U);
  EXPECT_EQ(again.devices_real.size(), 2U);
  expect_error(again.delete_malloc("bdev1"), Code::FailedPrecondition, "in use by rate-limited volume volumes/qos1");
  v1::GetDeviceRequest device;
  device.set_name("disk0");
  EXPECT_EQ(again.call<v1::Device>("GetDevice", device)->host(), "hosts/host1");
  const auto order = again.model->realised_users_first();
  ASSERT_EQ(order.size(), 5U);
  EXPECT_EQ(order.back().second.name, "volumes/bdev1");
}

TEST_F(LifecycleTest, what_cannot_be_realised_at_restart_stays_and_is_tried_again) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1"));
  std::map<std::string, std::string> real_again;
  World again(store, real_again);
  again.malloc_volume->refuse_realise = Error{Code::Unavailable, "the disk is away"};
  OR_ASSERT_OK(again.restore());
  EXPECT_TRUE(real_again.empty());
  EXPECT_EQ(again.get_malloc("bdev1")->blocks_count(), 64);
  auto view = again.call<v1::Volume>("GetVolume", view_request("qos1"));
  EXPECT_EQ(view->state(), v1::Volume::FAILED);
  EXPECT_EQ(view->state_reason(), "waits for volumes/bdev1: the disk is away");
  expect_error(again.create_qos("qos2", "bdev1"), Code::FailedPrecondition,
               "volumes/bdev1 is not ready: the disk is away");
  opi::StatsQosVolumeRequest stats;
  stats.set_name("qos1");
  expect_error(again.call<opi::StatsQosVolumeResponse>("StatsQosVolume", stats), Code::FailedPrecondition, "not ready");

  const int tries = again.malloc_volume->realise_count;
  again.reactor->run_turn();
  EXPECT_EQ(again.malloc_volume->realise_count, tries) << "not before its time";
  again.clock.advance(retry_wait_ns_min);
  again.turn_until([&] { return again.malloc_volume->realise_count == tries + 1; });
  again.malloc_volume->refuse_realise.reset();
  again.clock.advance(2 * retry_wait_ns_min);
  again.turn_until([&] { return real_again.size() == 2; });
  view = again.call<v1::Volume>("GetVolume", view_request("qos1"));
  EXPECT_EQ(view->state(), v1::Volume::READY);
  EXPECT_EQ(view->state_reason(), "");
}

TEST_F(LifecycleTest, a_try_that_fell_due_during_a_failed_update_is_not_lost) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  std::map<std::string, std::string> real_again;
  World again(store, real_again);
  again.malloc_volume->refuse_realise = Error{Code::Unavailable, "the disk is away"};
  OR_ASSERT_OK(again.restore());
  core::Event<int> hold;
  again.malloc_volume->hold = &hold;
  const auto updating = again.start("UpdateMallocVolume", resize_request("bdev1", 128));
  again.clock.advance(2 * retry_wait_ns_max);
  for (int i = 0; i < 10; ++i) {
    again.reactor->run_turn();  // the timer fires and finds the row busy
  }
  ASSERT_FALSE(updating->reply.has_value());
  again.malloc_volume->hold = nullptr;
  hold.set(1);
  ASSERT_TRUE(updating->reply.has_value());
  EXPECT_FALSE(updating->reply->has_value());
  again.malloc_volume->refuse_realise.reset();
  again.clock.advance(2 * retry_wait_ns_max);
  again.turn_until([&] { return real_again.size() == 1; });
}

TEST_F(LifecycleTest, what_is_not_realised_can_be_tried_changed_and_deleted_by_hand) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_malloc("bdev2"));
  std::map<std::string, std::string> real_again;
  World again(store, real_again);
  again.malloc_volume->refuse_realise = Error{Code::Unavailable, "no memory"};
  OR_ASSERT_OK(again.restore());
  expect_error(again.create_malloc("bdev1"), Code::Unavailable, "no memory");
  OR_EXPECT_OK(again.delete_malloc("bdev2"));
  EXPECT_EQ(again.malloc_volume->withdraw_count, 0);
  again.malloc_volume->refuse_realise.reset();
  OR_ASSERT_OK(again.call<opi::MallocVolume>("UpdateMallocVolume", resize_request("bdev1", 32)));
  EXPECT_FALSE(again.malloc_volume->last_had_before);
  EXPECT_EQ(real_again.size(), 1U);
  EXPECT_EQ(again.get_malloc("bdev1")->blocks_count(), 32);
}

TEST_F(LifecycleTest, what_waited_for_another_follows_it_at_once) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1"));
  std::map<std::string, std::string> real_again;
  World again(store, real_again);
  again.malloc_volume->refuse_realise = Error{Code::Unavailable, "not yet"};
  OR_ASSERT_OK(again.restore());
  again.malloc_volume->refuse_realise.reset();
  OR_ASSERT_OK(again.create_malloc("bdev1")) << "the same create tries again";
  again.turn_until([&] { return real_again.size() == 2; });
}

TEST_F(LifecycleTest, retry_now_does_not_wait) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  std::map<std::string, std::string> real_again;
  World again(store, real_again);
  again.malloc_volume->refuse_realise = Error{Code::Unavailable, "not yet"};
  OR_ASSERT_OK(again.restore());
  again.malloc_volume->refuse_realise.reset();
  again.model->retry_now();
  again.turn_until([&] { return real_again.size() == 1; });
}

TEST_F(LifecycleTest, a_rollback_that_the_store_refuses_is_made_good_later) {
  world.malloc_volume->refuse_realise = Error{Code::Unavailable, "no"};
  world.faulty.left = 1;  // the record goes in and does not come out again
  expect_error(world.create_malloc("bdev1"), Code::Unavailable, "no");
  EXPECT_EQ(store.load()->size(), 1U);
  world.faulty.left = -1;
  world.clock.advance(retry_wait_ns_min);
  world.turn_until([&] { return store.load()->empty(); });
}

TEST_F(LifecycleTest, restore_refuses_a_store_that_is_not_whole) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1"));
  ASSERT_TRUE(store.erase("opi_api.storage.v1.MallocVolume", "bdev1").has_value());
  {
    std::map<std::string, std::string> real_again;
    World again(store, real_again);
    expect_error(again.restore(), Code::DataLoss, "the store is not whole: rate-limited volume volumes/qos1");
    EXPECT_TRUE(real_again.empty());
  }
  ASSERT_TRUE(store.put({"other.Kind", "x", "", ""}).has_value());
  std::map<std::string, std::string> real_again;
  World again(store, real_again);
  expect_error(again.restore(), Code::FailedPrecondition, "a kind that this outriggerd does not know");
}

TEST_F(LifecycleTest, watchers_hear_of_every_change) {
  std::vector<std::string> heard;
  world.model->watch(
      [&](const Change& change) { heard.push_back(fmt::format("{} {}", static_cast<int>(change.what), change.name)); });
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.call<opi::MallocVolume>("UpdateMallocVolume", resize_request("bdev1", 128)));
  OR_ASSERT_OK(world.delete_malloc("bdev1"));
  world.malloc_volume->refuse_realise = Error{Code::Unavailable, "no"};
  EXPECT_FALSE(world.create_malloc("bdev2").has_value());
  EXPECT_EQ(heard, (std::vector<std::string>{"0 volumes/bdev1", "1 volumes/bdev1", "2 volumes/bdev1"}));
}

TEST_F(LifecycleTest, secrets_are_stored_and_never_shown) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  opi::CreateEncryptedVolumeRequest request;
  request.set_encrypted_volume_id("secret1");
  request.mutable_encrypted_volume()->set_volume_name_ref("bdev1");
  request.mutable_encrypted_volume()->set_cipher(opi::ENCRYPTION_TYPE_AES_XTS_128);
  request.mutable_encrypted_volume()->set_key("0123456789abcdef0123456789abcdee");
  const auto made = world.call<opi::EncryptedVolume>("CreateEncryptedVolume", request);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->key(), "");
  opi::GetEncryptedVolumeRequest get;
  get.set_name("volumes/secret1");
  EXPECT_EQ(world.call<opi::EncryptedVolume>("GetEncryptedVolume", get)->key(), "");
  const auto list =
      world.call<opi::ListEncryptedVolumesResponse>("ListEncryptedVolumes", opi::ListEncryptedVolumesRequest{});
  EXPECT_EQ(list->encrypted_volumes(0).key(), "");
  EXPECT_NE(real["secret1"].find("0123456789abcdef"), std::string::npos) << "the hooks get it";
  OR_EXPECT_OK(world.call<opi::EncryptedVolume>("CreateEncryptedVolume", request));
  request.mutable_encrypted_volume()->set_key("0123456789abcdef0123456789abcdff");
  OR_EXPECT_OK(world.call<opi::EncryptedVolume>("CreateEncryptedVolume", request)) << "what is stored, key and all";
  EXPECT_EQ(real["secret1"].find("abcdff"), std::string::npos);
  opi::UpdateEncryptedVolumeRequest update;  // as it was read: without the key
  *update.mutable_encrypted_volume() = *made;
  update.mutable_update_mask()->add_paths("*");
  OR_EXPECT_OK(world.call<opi::EncryptedVolume>("UpdateEncryptedVolume", update));
  update.mutable_encrypted_volume()->set_key("0123456789abcdef0123456789abcdff");
  OR_ASSERT_OK(world.call<opi::EncryptedVolume>("UpdateEncryptedVolume", update));
  EXPECT_NE(real["secret1"].find("abcdff"), std::string::npos);
}

TEST_F(LifecycleTest, options_live_and_die_with_their_resource) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_qos("qos1", "bdev1"));
  v1::UpdateQosBurstRequest update;
  update.mutable_qos_burst()->set_name("qosVolumes/qos1");
  update.mutable_qos_burst()->set_rw_ops(1000);
  const auto updated = world.call<v1::QosBurst>("UpdateQosBurst", update);
  OR_ASSERT_OK(updated);
  EXPECT_EQ(updated->name(), "volumes/qos1");
  EXPECT_EQ(world.qos_volume->options["qos1"], [] {
    v1::QosBurst burst;
    burst.set_rw_ops(1000);
    return burst.SerializeAsString();
  }());
  std::map<std::string, std::string> real_again;
  World again(store, real_again);
  OR_ASSERT_OK(again.restore());
  v1::GetQosBurstRequest get;
  get.set_name("volumes/qos1");
  EXPECT_EQ(again.call<v1::QosBurst>("GetQosBurst", get)->rw_ops(), 1000);
  update.mutable_qos_burst()->set_rw_ops(-1);
  expect_error(again.call<v1::QosBurst>("UpdateQosBurst", update), Code::InvalidArgument,
               "qos_burst.rw_ops cannot be negative");
  again.qos_volume->refuse_realise = Error{Code::Internal, "no"};
  update.mutable_qos_burst()->set_rw_ops(5);
  expect_error(again.call<v1::QosBurst>("UpdateQosBurst", update), Code::Internal, "no");
  EXPECT_EQ(again.call<v1::QosBurst>("GetQosBurst", get)->rw_ops(), 1000);
  get.set_name("volumes/none");
  expect_error(again.call<v1::QosBurst>("GetQosBurst", get), Code::NotFound, "unable to find key");
}

}  // namespace
}  // namespace outrigger::model
