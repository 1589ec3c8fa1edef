// Kinds below other kinds: a controller belongs to a subsystem. No such kind ships yet; the table serves
// them.
#include "model/test_world.h"

namespace outrigger::model {
namespace {

KindSpec nvme_kind(const google::protobuf::Descriptor* message, std::string noun,
                   std::vector<std::string> collections) {
  KindSpec spec;
  spec.message = message;
  spec.service = message->file()->service(0);
  spec.word = noun;
  spec.noun = std::move(noun);
  spec.rest_collections = collections;
  spec.collections = std::move(collections);
  return spec;
}

class Parents : public ModelTest {
 protected:
  void SetUp() override {
    world.model->add_kind(nvme_kind(opi::NvmeSubsystem::descriptor(), "NVMe subsystem", {"nvmeSubsystems"}),
                          subsystems);
    world.model->add_kind(
        nvme_kind(opi::NvmeController::descriptor(), "NVMe controller", {"nvmeSubsystems", "nvmeControllers"}),
        controllers);
    KindSpec space =
        nvme_kind(opi::NvmeNamespace::descriptor(), "NVMe namespace", {"nvmeSubsystems", "nvmeNamespaces"});
    space.references = {{"spec.volume_name_ref", {}}};
    world.model->add_kind(std::move(space), namespaces);
    ModelTest::SetUp();
  }
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
    request.mutable_nvme_controller()->mutable_spec()->set_trtype(opi::NVME_TRANSPORT_TYPE_PCIE);
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

  std::map<std::string, std::string> subsystems_real, controllers_real, namespaces_real;
  FakeHooks subsystems{subsystems_real}, controllers{controllers_real}, namespaces{namespaces_real};
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

TEST_F(Parents, a_reference_that_changes_pins_both_volumes_until_it_is_decided) {
  OR_ASSERT_OK(create_subsystem("sub1"));
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_malloc("bdev2"));
  opi::CreateNvmeNamespaceRequest create;
  create.set_parent("nvmeSubsystems/sub1");
  create.set_nvme_namespace_id("space1");
  create.mutable_nvme_namespace()->mutable_spec()->set_volume_name_ref("none");
  expect_error(world.call<opi::NvmeNamespace>("CreateNvmeNamespace", create), Code::NotFound,
               "nvme_namespace.spec.volume_name_ref: unable to find key none");
  create.mutable_nvme_namespace()->mutable_spec()->set_volume_name_ref("bdev1");
  const auto made = world.call<opi::NvmeNamespace>("CreateNvmeNamespace", create);
  OR_ASSERT_OK(made);
  opi::UpdateNvmeNamespaceRequest update;
  update.mutable_nvme_namespace()->set_name(made->name());
  update.mutable_nvme_namespace()->mutable_spec()->set_volume_name_ref("bdev2");
  for (const bool is_refused : {true, false}) {
    core::Event<int> hold;
    namespaces.hold = &hold;
    namespaces.refuse_realise = is_refused ? std::optional(Error{Code::Internal, "no"}) : std::nullopt;
    const auto updating = world.start("UpdateNvmeNamespace", update);
    ASSERT_FALSE(updating->reply.has_value());
    expect_error(world.delete_malloc("bdev1"), Code::FailedPrecondition, "in use by NVMe namespace");
    expect_error(world.delete_malloc("bdev2"), Code::FailedPrecondition, "in use by NVMe namespace");
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
