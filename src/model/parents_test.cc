// Kinds below other kinds: a controller belongs to a subsystem.
#include "model/test_world.h"
#include "storage/frontend_virtio_scsi.pb.h"

namespace outrigger::model {
namespace {

class Parents : public ModelTest {
 protected:
  Result<opi::NvmeSubsystem> create_subsystem(const std::string& id) {
    opi::CreateNvmeSubsystemRequest request;
    request.set_nvme_subsystem_id(id);
    request.mutable_nvme_subsystem()->mutable_spec()->set_nqn("nqn.2022-09.io.example:" + id);
    return world.call<opi::NvmeSubsystem>("CreateNvmeSubsystem", request);
  }
  Result<opi::NvmeController> create_controller(const std::string& parent, const std::string& id) {
    opi::CreateNvmeControllerRequest request;
    request.set_parent(parent);
    request.set_nvme_controller_id(id);
    auto& spec = *request.mutable_nvme_controller()->mutable_spec();
    spec.set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
    spec.mutable_fabrics_id()->set_traddr("192.0.2.1");
    spec.mutable_fabrics_id()->set_trsvcid(std::to_string(++tcp_port));
    spec.mutable_fabrics_id()->set_adrfam(opi::NVME_ADDRESS_FAMILY_IPV4);
    return world.call<opi::NvmeController>("CreateNvmeController", request);
  }
  std::vector<std::string> list(const std::string& parent) {
    opi::ListNvmeControllersRequest request;
    request.set_parent(parent);
    request.set_page_size(1);
    std::vector<std::string> names;
    do {
      const auto page = world.call<opi::ListNvmeControllersResponse>("ListNvmeControllers", request);
      OR_EXPECT_OK(page);
      if (!page.has_value()) {
        break;
      }
      for (const auto& controller : page->nvme_controllers()) {
        names.push_back(controller.name());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  int tcp_port = 4420;
};

TEST_F(Parents, children_are_made_below_them_and_hold_them) {
  expect_error(create_controller("nvmeSubsystems/sub1", "ctrl"), Code::NotFound,
               "unable to find key nvmeSubsystems/sub1");
  expect_error(create_controller("nvmeSubsystems/sub1/nvmeControllers/x", "ctrl"), Code::NotFound, "parent");
  expect_error(create_controller("a//b", "ctrl"), Code::InvalidArgument, "parent: segment 2 is empty");
  OR_ASSERT_OK(create_subsystem("sub1"));
  const auto made = create_controller("nvmeSubsystems/sub1", "ctrl");
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->name(), "nvmeSubsystems/sub1/nvmeControllers/ctrl");
  OR_EXPECT_OK(create_controller("sub1", "ctrl"));
  opi::DeleteNvmeSubsystemRequest request;
  request.set_name("nvmeSubsystems/sub1");
  expect_error(world.call<google::protobuf::Empty>("DeleteNvmeSubsystem", request), Code::FailedPrecondition,
               "in use by NVMe controller nvmeSubsystems/sub1/nvmeControllers/ctrl");
  opi::DeleteNvmeControllerRequest controller;
  controller.set_name("ctrl");
  expect_error(world.call<google::protobuf::Empty>("DeleteNvmeController", controller), Code::NotFound,
               "unable to find key ctrl");
  controller.set_name(made->name());
  OR_EXPECT_OK(world.call<google::protobuf::Empty>("DeleteNvmeController", controller));
  OR_EXPECT_OK(world.call<google::protobuf::Empty>("DeleteNvmeSubsystem", request));
}

// Of the kinds that ship, none lets its reference change; the table serves such a one.
class References : public ModelTest {
 protected:
  void SetUp() override {
    KindSpec spec;
    spec.message = opi::VirtioScsiLun::descriptor();
    spec.service = spec.message->file()->service(0);
    spec.word = "virtio-scsi-lun";
    spec.noun = "SCSI unit";
    spec.collections = spec.rest_collections = {"virtioScsiLuns"};
    spec.references = {{"volume_name_ref", {}}};
    world.model->add_kind(std::move(spec), units);
    ModelTest::SetUp();
  }
  std::map<std::string, std::string> units_real;
  FakeHooks units{units_real};
};

TEST_F(References, one_that_changes_pins_both_volumes_until_it_is_decided) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_malloc("bdev2"));
  opi::CreateVirtioScsiLunRequest create;
  create.set_virtio_scsi_lun_id("unit1");
  create.mutable_virtio_scsi_lun()->set_target_name_ref("target");
  create.mutable_virtio_scsi_lun()->set_volume_name_ref("none");
  expect_error(world.call<opi::VirtioScsiLun>("CreateVirtioScsiLun", create), Code::NotFound,
               "virtio_scsi_lun.volume_name_ref: unable to find key none");
  create.mutable_virtio_scsi_lun()->set_volume_name_ref("bdev1");
  const auto made = world.call<opi::VirtioScsiLun>("CreateVirtioScsiLun", create);
  OR_ASSERT_OK(made);
  opi::UpdateVirtioScsiLunRequest update;
  update.mutable_virtio_scsi_lun()->set_name(made->name());
  update.mutable_virtio_scsi_lun()->set_volume_name_ref("bdev2");
  for (const bool is_refused : {true, false}) {
    core::Event<int> hold;
    units.hold = &hold;
    units.refuse_realise = is_refused ? std::optional(Error{Code::Internal, "no"}) : std::nullopt;
    const auto updating = world.start("UpdateVirtioScsiLun", update);
    ASSERT_FALSE(updating->reply.has_value());
    expect_error(world.delete_malloc("bdev1"), Code::FailedPrecondition, "in use by SCSI unit");
    expect_error(world.delete_malloc("bdev2"), Code::FailedPrecondition, "in use by SCSI unit");
    hold.set(1);
    ASSERT_TRUE(updating->reply.has_value());
    EXPECT_EQ(updating->reply->has_value(), !is_refused);
    EXPECT_EQ(world.model->users_of("bdev1").size(), is_refused ? 1U : 0U);
    EXPECT_EQ(world.model->users_of("bdev2").size(), is_refused ? 0U : 1U);
  }
  OR_EXPECT_OK(world.delete_malloc("bdev1"));
}

TEST_F(Parents, lists_are_of_one_parent_or_of_all) {
  for (const char* id : {"sub-a", "sub-a-b", "sub-b"}) {
    OR_ASSERT_OK(create_subsystem(id));
    OR_ASSERT_OK(create_controller(id, "ctrl-1"));
    OR_ASSERT_OK(create_controller(id, "ctrl-2"));
  }
  EXPECT_EQ(list("nvmeSubsystems/sub-a"), (std::vector<std::string>{"nvmeSubsystems/sub-a/nvmeControllers/ctrl-1",
                                                                    "nvmeSubsystems/sub-a/nvmeControllers/ctrl-2"}));
  EXPECT_EQ(list("nvmeSubsystems/-").size(), 6U);
  expect_error(world.call<opi::ListNvmeControllersResponse>("ListNvmeControllers", opi::ListNvmeControllersRequest{}),
               Code::InvalidArgument, "missing required field: parent");
}

}  // namespace
}  // namespace outrigger::model
