// Remote NVMe controllers, paths and namespaces: which values they accept, what stands in the way of a change, and rows
// that nobody asked for.
#include "core/kept_job.h"
#include "model/limits.h"
#include "model/test_world.h"

namespace outrigger::model {
namespace {

using google::protobuf::Empty;

constexpr const char* target_nqn = "nqn.2016-06.io.example:target";
constexpr const char* psk = "NVMeTLSkey-1:01:VRLbtnN9AQb2WXW3c9+wEf/DRLz0QuLdbYvEhwtdWwNf9LrZ:";
constexpr const char* dhchap_key = "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:";
constexpr const char* other_key = "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:";

class NvmeRemote : public ModelTest {
 protected:
  Result<opi::NvmeRemoteController> create_controller(const std::string& id,
                                                      opi::NvmeMultipath multipath = opi::NVME_MULTIPATH_MULTIPATH) {
    opi::CreateNvmeRemoteControllerRequest request;
    request.set_nvme_remote_controller_id(id);
    request.mutable_nvme_remote_controller()->set_multipath(multipath);
    return world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request);
  }
  static opi::CreateNvmePathRequest path(const std::string& controller, const std::string& id,
                                         const std::string& address = "192.0.2.1", int64_t port = 4420) {
    opi::CreateNvmePathRequest request;
    request.set_parent("nvmeRemoteControllers/" + controller);
    request.set_nvme_path_id(id);
    request.mutable_nvme_path()->set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
    request.mutable_nvme_path()->set_traddr(address);
    auto& fabrics = *request.mutable_nvme_path()->mutable_fabrics();
    fabrics.set_trsvcid(port);
    fabrics.set_subnqn(target_nqn);
    fabrics.set_adrfam(address.find(':') == std::string::npos ? opi::NVME_ADDRESS_FAMILY_IPV4
                                                              : opi::NVME_ADDRESS_FAMILY_IPV6);
    return request;
  }
  Result<opi::NvmePath> create(const opi::CreateNvmePathRequest& request) {
    return world.call<opi::NvmePath>("CreateNvmePath", request);
  }
  Result<Empty> delete_path(const std::string& name) {
    opi::DeleteNvmePathRequest request;
    request.set_name(name);
    return world.call<Empty>("DeleteNvmePath", request);
  }
  Result<Empty> delete_controller(const std::string& name) {
    opi::DeleteNvmeRemoteControllerRequest request;
    request.set_name(name);
    return world.call<Empty>("DeleteNvmeRemoteController", request);
  }
  Result<void> find(const std::string& controller, int32_t nsid, const std::string& uuid = "") {
    auto space = std::make_shared<opi::NvmeRemoteNamespace>();
    space->set_nsid(nsid);
    space->set_uuid(uuid);
    return found(controller, nsid, space);
  }
  Result<void> found(const std::string& controller, int32_t nsid, std::shared_ptr<const Message> space) {
    std::optional<Result<void>> out;
    core::spawn(core::keep(world.model->found(*opi::NvmeRemoteNamespace::descriptor(),
                                              fmt::format("{0}/{0}n{1}", controller, nsid), std::move(space), nullptr),
                           &out));
    world.turn_until([&] { return out.has_value(); });
    return *out;
  }
  Result<void> lose(const std::string& controller, int32_t nsid) {
    std::optional<Result<void>> out;
    core::spawn(core::keep(
        world.model->lost(*opi::NvmeRemoteNamespace::descriptor(), fmt::format("{0}/{0}n{1}", controller, nsid)),
        &out));
    world.turn_until([&] { return out.has_value(); });
    return *out;
  }
  Result<v1::Volume> get_volume(const std::string& name) {
    v1::GetVolumeRequest request;
    request.set_name(name);
    return world.call<v1::Volume>("GetVolume", request);
  }
  Result<v1::NvmeRemoteState> get_state(const std::string& name) {
    v1::GetNvmeRemoteStateRequest request;
    request.set_name(name);
    return world.call<v1::NvmeRemoteState>("GetNvmeRemoteState", request);
  }
};

TEST_F(NvmeRemote, a_controller_needs_a_policy_and_sizes_that_exist) {
  opi::CreateNvmeRemoteControllerRequest request;
  request.set_nvme_remote_controller_id("nvme0");
  request.mutable_nvme_remote_controller()->set_queue_size(128);
  expect_error(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request), Code::InvalidArgument,
               "missing required field: nvme_remote_controller.multipath");
  auto& wanted = *request.mutable_nvme_remote_controller();
  wanted.set_multipath(static_cast<opi::NvmeMultipath>(9));
  expect_error(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request), Code::InvalidArgument,
               "nvme_remote_controller.multipath: unknown value 9");
  wanted.set_multipath(opi::NVME_MULTIPATH_FAILOVER);
  for (const int64_t size : {int64_t{-1}, int64_t{1}, nvme_remote_queue_size_max + 1}) {
    wanted.set_queue_size(size);
    expect_error(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request), Code::InvalidArgument,
                 "nvme_remote_controller.queue_size");
  }
  wanted.set_queue_size(2);
  for (const int64_t count : {int64_t{-1}, nvme_remote_queue_count_max + 1}) {
    wanted.set_io_queues_count(count);
    expect_error(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request), Code::InvalidArgument,
                 "nvme_remote_controller.io_queues_count");
  }
  wanted.set_io_queues_count(4);
  const auto made = world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->name(), "nvmeRemoteControllers/nvme0");
  EXPECT_EQ(made->queue_size(), 2);
}

TEST_F(NvmeRemote, a_key_goes_in_and_never_comes_out) {
  opi::CreateNvmeRemoteControllerRequest request;
  request.set_nvme_remote_controller_id("nvme0");
  request.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_DISABLE);
  request.mutable_nvme_remote_controller()->mutable_tcp()->set_psk(psk);
  request.mutable_nvme_remote_controller()->mutable_tcp()->set_hdgst(true);
  const auto made = world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request);
  OR_ASSERT_OK(made);
  EXPECT_TRUE(made->tcp().hdgst());
  EXPECT_EQ(made->tcp().psk(), "");
  opi::UpdateNvmeRemoteControllerRequest update;
  update.mutable_nvme_remote_controller()->set_name("nvmeRemoteControllers/nvme0");
  update.mutable_nvme_remote_controller()->mutable_tcp()->set_ddgst(true);
  const auto changed = world.call<opi::NvmeRemoteController>("UpdateNvmeRemoteController", update);
  OR_ASSERT_OK(changed);
  EXPECT_EQ(changed->tcp().psk(), "");
  EXPECT_TRUE(changed->tcp().ddgst());
  opi::NvmeRemoteController stored;
  ASSERT_TRUE(stored.ParseFromString(world.devices_real.at("nvme0")));
  EXPECT_EQ(stored.tcp().psk(), psk) << "an update that leaves it out keeps it";
  request.set_nvme_remote_controller_id("nvme1");
  request.mutable_nvme_remote_controller()->mutable_tcp()->set_psk(std::string(nvme_psk_length_max + 1, 'k'));
  expect_error(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request), Code::InvalidArgument,
               "nvme_remote_controller.tcp.psk: 513 bytes");
  request.mutable_nvme_remote_controller()->mutable_tcp()->set_psk("NVMeTLSkey-1:01:c2VjcmV0:");
  const auto refused = world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request);
  expect_error(refused, Code::InvalidArgument, "nvme_remote_controller.tcp.psk: ");
  EXPECT_EQ(refused.error().what.find("c2VjcmV0"), std::string::npos);
}

TEST_F(NvmeRemote, keys_go_in_and_stay_in) {
  OR_ASSERT_OK(create_controller("nvme0"));
  v1::UpdateNvmeRemoteControllerOptionsRequest update;
  auto& options = *update.mutable_nvme_remote_controller_options();
  options.set_name("nvmeRemoteControllers/nvme0");
  options.set_dhchap_key(dhchap_key);
  options.set_dhchap_controller_key(other_key);
  const auto shown = world.call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", update);
  OR_ASSERT_OK(shown);
  EXPECT_EQ(shown->dhchap_key(), "");
  EXPECT_EQ(shown->dhchap_controller_key(), "");
  EXPECT_TRUE(shown->has_dhchap_key());
  EXPECT_TRUE(shown->has_dhchap_controller_key());
  // Concatenation needs the key, which is there: an update that leaves it out kept it.
  options.clear_dhchap_key();
  options.clear_dhchap_controller_key();
  options.set_secure_channel_concatenation(true);
  const auto kept = world.call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", update);
  OR_ASSERT_OK(kept);
  EXPECT_TRUE(kept->secure_channel_concatenation() && kept->has_dhchap_key());
  update.mutable_update_mask()->add_paths("dhchap_controller_key");
  const auto removed = world.call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", update);
  OR_ASSERT_OK(removed);
  EXPECT_FALSE(removed->has_dhchap_controller_key());
  update.mutable_update_mask()->set_paths(0, "dhchap_key");
  expect_error(world.call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", update),
               Code::InvalidArgument, "a TLS key is made by authenticating: give dhchap_key");
}

TEST_F(NvmeRemote, keys_that_do_not_go_together_are_refused) {
  const auto refuse = [this](const auto& set, const char* text) {
    v1::CreateNvmeRemoteControllerWithOptionsRequest request;
    request.set_nvme_remote_controller_id("nvme0");
    request.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_MULTIPATH);
    set(request);
    expect_error(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteControllerWithOptions", request),
                 Code::InvalidArgument, text);
  };
  using Request = v1::CreateNvmeRemoteControllerWithOptionsRequest;
  const auto options = [](Request& request) { return request.mutable_nvme_remote_controller_options(); };
  refuse([&](Request& it) { options(it)->set_dhchap_key("DHHC-1:01:AAAA:"); }, "dhchap_key: ");
  refuse([&](Request& it) { options(it)->set_dhchap_controller_key(other_key); }, "it goes with dhchap_key");
  refuse(
      [&](Request& it) {
        options(it)->set_dhchap_key(dhchap_key);
        options(it)->set_dhchap_controller_key(dhchap_key);
      },
      "it is the same as dhchap_key");
  refuse(
      [&](Request& it) {
        options(it)->set_dhchap_key(dhchap_key);
        options(it)->set_secure_channel_concatenation(true);
        it.mutable_nvme_remote_controller()->mutable_tcp()->set_psk(psk);
      },
      "remove one of them");
  refuse(
      [&](Request& it) {
        options(it)->set_dhchap_key(dhchap_key);
        options(it)->set_secure_channel_concatenation(true);
        options(it)->add_dh_groups(v1::NvmeHostSecurity::DH_NULL);
      },
      "concatenation needs another group than DH_NULL");
  refuse([&](Request& it) { options(it)->add_hashes(v1::NvmeHostSecurity::HASH_UNSPECIFIED); }, "none of its values");
  refuse([&](Request& it) { options(it)->set_reauthentication_interval_s(9); }, "9 is not from 10 to 86400");
  refuse([&](Request& it) { options(it)->set_tls_identity_version(2); }, "2 is neither 0 nor 1");
}

TEST_F(NvmeRemote, a_path_says_where_and_to_what) {
  OR_ASSERT_OK(create_controller("nvme0"));
  const auto made = create(path("nvme0", "path1"));
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->name(), "nvmeRemoteControllers/nvme0/nvmePaths/path1");
  OR_EXPECT_OK(create(path("nvme0", "path2", "2001:db8::1")));
  expect_error(create(path("none", "path1")), Code::NotFound,
               "unable to find NvmeRemoteController by key nvmeRemoteControllers/none");
  auto request = path("nvme0", "path3");
  request.mutable_nvme_path()->clear_traddr();
  expect_error(create(request), Code::InvalidArgument, "missing required field: nvme_path.traddr");
  for (const char* address : {"target.example", "192.0.2", "2001:db8::1", "192.0.2.1 "}) {
    request = path("nvme0", "path3");
    request.mutable_nvme_path()->set_traddr(address);
    expect_error(create(request), Code::InvalidArgument, "is not an IPv4 address in digits");
  }
  request = path("nvme0", "path3");
  request.mutable_nvme_path()->mutable_fabrics()->set_source_traddr("2001:db8::1");
  expect_error(create(request), Code::InvalidArgument, "nvme_path.fabrics.source_traddr");
  request = path("nvme0", "path3");
  request.mutable_nvme_path()->mutable_fabrics()->set_source_trsvcid(65536);
  expect_error(create(request), Code::InvalidArgument, "nvme_path.fabrics.source_trsvcid");
  request = path("nvme0", "path3", "192.0.2.1", 65536);
  expect_error(create(request), Code::InvalidArgument, "nvme_path.fabrics.trsvcid: 65536 is not a TCP port");
  request = path("nvme0", "path3");
  request.mutable_nvme_path()->mutable_fabrics()->set_adrfam(opi::NVME_ADDRESS_FAMILY_IB);
  expect_error(create(request), Code::InvalidArgument, "is not a family of TCP");
  request = path("nvme0", "path3");
  request.mutable_nvme_path()->mutable_fabrics()->set_subnqn("target");
  expect_error(create(request), Code::InvalidArgument, "nvme_path.fabrics.subnqn: NQN value (target) does not match");
  request = path("nvme0", "path3");
  request.mutable_nvme_path()->mutable_fabrics()->set_hostnqn("me");
  expect_error(create(request), Code::InvalidArgument, "nvme_path.fabrics.hostnqn: NQN value (me) does not match");
}

TEST_F(NvmeRemote, transports_other_than_tcp_are_refused_in_opis_words) {
  OR_ASSERT_OK(create_controller("nvme0"));
  auto request = path("nvme0", "path1");
  request.mutable_nvme_path()->set_trtype(opi::NVME_TRANSPORT_TYPE_PCIE);
  expect_error(create(request), Code::InvalidArgument, "fabrics field is not allowed for pcie transport");
  request.mutable_nvme_path()->clear_fabrics();
  request.mutable_nvme_path()->set_traddr("0000:01:00.0");
  expect_error(create(request), Code::Unimplemented, "not supported transport type: NVME_TRANSPORT_TYPE_PCIE");
  for (const auto type : {opi::NVME_TRANSPORT_TYPE_TCP, opi::NVME_TRANSPORT_TYPE_RDMA}) {
    request.mutable_nvme_path()->set_trtype(type);
    expect_error(create(request), Code::InvalidArgument, "missing required field for fabrics transports: fabrics");
  }
  request = path("nvme0", "path1");
  request.mutable_nvme_path()->set_trtype(opi::NVME_TRANSPORT_TYPE_RDMA);
  expect_error(create(request), Code::Unimplemented, "not supported transport type: NVME_TRANSPORT_TYPE_RDMA");
  request.mutable_nvme_path()->set_trtype(opi::NVME_TRANSPORT_TYPE_FC);
  expect_error(create(request), Code::InvalidArgument, "not supported transport type: NVME_TRANSPORT_TYPE_FC");
  opi::CreateNvmeRemoteControllerRequest tcp;
  tcp.set_nvme_remote_controller_id("nvme1");
  tcp.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_DISABLE);
  tcp.mutable_nvme_remote_controller()->mutable_tcp()->set_hdgst(true);
  OR_ASSERT_OK(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", tcp));
  request = path("nvme1", "path1", "0000:01:00.0");
  request.mutable_nvme_path()->set_trtype(opi::NVME_TRANSPORT_TYPE_PCIE);
  request.mutable_nvme_path()->clear_fabrics();
  expect_error(create(request), Code::FailedPrecondition, "pcie transport on tcp controller is not allowed");
}

TEST_F(NvmeRemote, paths_of_a_controller_lead_to_one_subsystem_for_one_host) {
  OR_ASSERT_OK(create_controller("nvme0"));
  OR_ASSERT_OK(create(path("nvme0", "path1")));
  auto request = path("nvme0", "path2", "192.0.2.2");
  request.mutable_nvme_path()->mutable_fabrics()->set_subnqn("nqn.2016-06.io.example:other");
  expect_error(create(request), Code::FailedPrecondition, "all paths of a controller lead to one subsystem");
  request = path("nvme0", "path2", "192.0.2.2");
  request.mutable_nvme_path()->mutable_fabrics()->set_hostnqn("nqn.2016-06.io.example:host");
  expect_error(create(request), Code::FailedPrecondition, "is of another host");
  expect_error(create(path("nvme0", "path2")), Code::AlreadyExists,
               "nvmeRemoteControllers/nvme0/nvmePaths/path1 leads to 192.0.2.1:4420 already");
  OR_EXPECT_OK(create(path("nvme0", "path1"))) << "the same again is the same";
  for (size_t i = 2; i <= nvme_paths_max; ++i) {
    OR_ASSERT_OK(create(path("nvme0", fmt::format("path{}", i), fmt::format("192.0.2.{}", i))));
  }
  expect_error(create(path("nvme0", "more", "192.0.2.200")), Code::ResourceExhausted, "has 15 paths");
}

TEST_F(NvmeRemote, without_multipathing_there_is_one_path) {
  OR_ASSERT_OK(create_controller("nvme0", opi::NVME_MULTIPATH_DISABLE));
  OR_ASSERT_OK(create(path("nvme0", "path1")));
  expect_error(create(path("nvme0", "path2", "192.0.2.2")), Code::FailedPrecondition, "its multipath is DISABLE");
  opi::UpdateNvmeRemoteControllerRequest update;
  update.mutable_nvme_remote_controller()->set_name("nvmeRemoteControllers/nvme0");
  update.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_FAILOVER);
  OR_ASSERT_OK(world.call<opi::NvmeRemoteController>("UpdateNvmeRemoteController", update));
  OR_ASSERT_OK(create(path("nvme0", "path2", "192.0.2.2")));
  update.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_DISABLE);
  expect_error(world.call<opi::NvmeRemoteController>("UpdateNvmeRemoteController", update), Code::FailedPrecondition,
               "has 2 paths, and without multipathing it may have one");
}

TEST_F(NvmeRemote, a_path_is_fixed) {
  OR_ASSERT_OK(create_controller("nvme0"));
  const auto made = create(path("nvme0", "path1"));
  OR_ASSERT_OK(made);
  opi::UpdateNvmePathRequest update;
  *update.mutable_nvme_path() = *made;
  update.mutable_update_mask()->add_paths("*");
  OR_EXPECT_OK(world.call<opi::NvmePath>("UpdateNvmePath", update)) << "nothing changes";
  update.mutable_nvme_path()->set_traddr("192.0.2.9");
  expect_error(world.call<opi::NvmePath>("UpdateNvmePath", update), Code::InvalidArgument,
               "nvme_path.traddr of nvmeRemoteControllers/nvme0/nvmePaths/path1 is fixed since its creation");
  *update.mutable_nvme_path() = *made;
  update.mutable_nvme_path()->mutable_fabrics()->set_trsvcid(4421);
  expect_error(world.call<opi::NvmePath>("UpdateNvmePath", update), Code::InvalidArgument, "nvme_path.fabrics.trsvcid");
}

TEST_F(NvmeRemote, what_is_found_is_a_volume_by_its_id_and_its_uuid) {
  const std::string uuid = "0fa6a9b5-8a0c-4e1e-9b4e-3c1f5d0d2b11";
  OR_ASSERT_OK(create_controller("nvme0"));
  OR_ASSERT_OK(create(path("nvme0", "path1")));
  OR_ASSERT_OK(find("nvme0", 1, uuid));
  OR_EXPECT_OK(find("nvme0", 1, uuid)) << "twice is once";
  for (const std::string& name :
       {std::string("nvme0n1"), std::string("volumes/nvme0n1"), std::string("allVolumes/nvme0n1"), uuid,
        std::string("nvmeRemoteControllers/nvme0/nvmeRemoteNamespaces/nvme0n1")}) {
    const auto volume = get_volume(name);
    OR_ASSERT_OK(volume) << name;
    EXPECT_EQ(volume->name(), "volumes/nvme0n1");
    EXPECT_EQ(volume->kind(), "nvme");
    EXPECT_EQ(volume->uuid(), uuid);
    EXPECT_EQ(volume->resource_name(), "nvmeRemoteControllers/nvme0/nvmeRemoteNamespaces/nvme0n1");
  }
  OR_EXPECT_OK(world.create_qos("by-id", "nvme0n1"));
  OR_EXPECT_OK(world.create_qos("by-uuid", uuid));
  OR_EXPECT_OK(world.create_qos("by-case", "Nvme0n1"));
  expect_error(world.create_qos("none1", "nvme0n2"), Code::NotFound, "unable to find key nvme0n2");
  expect_error(world.create_qos("none1", "nvme0n"), Code::NotFound, "unable to find key nvme0n");
  EXPECT_EQ(get_volume("by-id")->volume_name_ref(), "volumes/nvme0n1");
  expect_error(world.create_malloc("nvme0n1"), Code::AlreadyExists, "volumes of all kinds share their ids");
  opi::ListNvmeRemoteNamespacesRequest list;
  list.set_parent("nvmeRemoteControllers/nvme0");
  const auto listed = world.call<opi::ListNvmeRemoteNamespacesResponse>("ListNvmeRemoteNamespaces", list);
  OR_ASSERT_OK(listed);
  ASSERT_EQ(listed->nvme_remote_namespaces_size(), 1);
  EXPECT_EQ(listed->nvme_remote_namespaces(0).nsid(), 1);
  opi::GetNvmeRemoteNamespaceRequest get;
  get.set_name("nvmeRemoteControllers/nvme0/nvmeRemoteNamespaces/nvme0n1");
  OR_EXPECT_OK(world.call<opi::NvmeRemoteNamespace>("GetNvmeRemoteNamespace", get));
}

TEST_F(NvmeRemote, a_namespace_without_a_uuid_gets_one_that_stays) {
  OR_ASSERT_OK(create_controller("nvme0"));
  OR_ASSERT_OK(find("nvme0", 7));
  const std::string uuid = get_volume("nvme0n7")->uuid();
  EXPECT_TRUE(is_uuid(uuid)) << uuid;
  OR_ASSERT_OK(find("nvme0", 7));
  EXPECT_EQ(get_volume("nvme0n7")->uuid(), uuid);
}

TEST_F(NvmeRemote, what_is_in_use_is_not_lost) {
  OR_ASSERT_OK(create_controller("nvme0"));
  OR_ASSERT_OK(create(path("nvme0", "path1")));
  OR_ASSERT_OK(find("nvme0", 1));
  OR_ASSERT_OK(world.create_qos("qos1", "nvme0n1"));
  expect_error(lose("nvme0", 1), Code::FailedPrecondition, "is in use by rate-limited volume volumes/qos1");
  expect_error(delete_path("nvmeRemoteControllers/nvme0/nvmePaths/path1"), Code::FailedPrecondition,
               "is the last path to nvmeRemoteControllers/nvme0/nvmeRemoteNamespaces/nvme0n1, which is in use by "
               "volumes/qos1");
  OR_ASSERT_OK(create(path("nvme0", "path2", "192.0.2.2")));
  OR_EXPECT_OK(delete_path("nvmeRemoteControllers/nvme0/nvmePaths/path1")) << "there is another";
  opi::DeleteQosVolumeRequest request;
  request.set_name("qos1");
  OR_ASSERT_OK(world.call<Empty>("DeleteQosVolume", request));
  OR_EXPECT_OK(lose("nvme0", 1));
  OR_EXPECT_OK(lose("nvme0", 1)) << "not to be there is no error";
  expect_error(get_volume("nvme0n1"), Code::NotFound, "unable to find key nvme0n1");
}

TEST_F(NvmeRemote, a_controller_with_paths_stays) {
  OR_ASSERT_OK(create_controller("nvme0"));
  OR_ASSERT_OK(create(path("nvme0", "path1")));
  expect_error(delete_controller("nvmeRemoteControllers/nvme0"), Code::FailedPrecondition,
               "NvmePaths exist for controller");
  OR_ASSERT_OK(delete_path("nvmeRemoteControllers/nvme0/nvmePaths/path1"));
  OR_ASSERT_OK(delete_controller("nvmeRemoteControllers/nvme0"));
  expect_error(find("nvme0", 1), Code::NotFound, "parent: unable to find key nvmeRemoteControllers/nvme0");
}

TEST_F(NvmeRemote, a_found_row_takes_nobodys_id) {
  OR_ASSERT_OK(world.create_malloc("nvme0n1"));
  OR_ASSERT_OK(create_controller("nvme0"));
  expect_error(find("nvme0", 1), Code::AlreadyExists, "there is memory volume volumes/nvme0n1 already");
  OR_EXPECT_OK(find("nvme0", 2));
}

TEST_F(NvmeRemote, a_found_row_that_cannot_be_real_leaves_nothing) {
  OR_ASSERT_OK(create_controller("nvme0"));
  world.nvme_remote_namespace->refuse_realise = Error{Code::Unavailable, "not now"};
  expect_error(find("nvme0", 1), Code::Unavailable, "not now");
  expect_error(get_volume("nvme0n1"), Code::NotFound, "unable to find key nvme0n1");
  world.nvme_remote_namespace->refuse_realise.reset();
  OR_EXPECT_OK(find("nvme0", 1));
}

TEST_F(NvmeRemote, who_made_a_controller_is_not_the_clients_to_say) {
  auto controller = std::make_shared<opi::NvmeRemoteController>();
  controller->set_multipath(opi::NVME_MULTIPATH_MULTIPATH);
  auto maker = std::make_shared<v1::NvmeRemoteControllerOptions>();
  maker->set_nvme_discovery("nvmeDiscoveries/fabric0");
  std::optional<Result<void>> out;
  core::spawn(core::keep(
      world.model->found(*opi::NvmeRemoteController::descriptor(), "fabric0-disks", controller, maker), &out));
  world.turn_until([&] { return out.has_value(); });
  OR_ASSERT_OK(*out);
  v1::UpdateNvmeRemoteControllerOptionsRequest update;
  auto& options = *update.mutable_nvme_remote_controller_options();
  options.set_name("nvmeRemoteControllers/fabric0-disks");
  options.set_nvme_discovery("nvmeDiscoveries/other");
  for (const char* path : {"", "*", "nvme_discovery"}) {
    update.mutable_update_mask()->clear_paths();
    if (*path != '\0') {
      update.mutable_update_mask()->add_paths(path);
    }
    const auto updated = world.call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", update);
    OR_ASSERT_OK(updated);
    EXPECT_EQ(updated->nvme_discovery(), "nvmeDiscoveries/fabric0") << path;
  }
  v1::CreateNvmeRemoteControllerWithOptionsRequest create;
  create.set_nvme_remote_controller_id("fabric0-mine");
  *create.mutable_nvme_remote_controller() = *controller;
  *create.mutable_nvme_remote_controller_options() = *maker;
  OR_ASSERT_OK(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteControllerWithOptions", create));
  const auto stored = world.model->found_options(*opi::NvmeRemoteController::descriptor(), "fabric0-mine");
  ASSERT_NE(stored, nullptr);
  EXPECT_EQ(static_cast<const v1::NvmeRemoteControllerOptions&>(*stored).nvme_discovery(), "");
  EXPECT_EQ(world.model->found_options(*opi::NvmeRemoteController::descriptor(), "none"), nullptr);
}

TEST_F(NvmeRemote, one_thing_at_a_time) {
  OR_ASSERT_OK(create_controller("nvme0"));
  core::Event<int> hold;
  world.nvme_remote_namespace->hold = &hold;
  std::optional<Result<void>> first;
  core::spawn(core::keep(world.model->found(*opi::NvmeRemoteNamespace::descriptor(), "nvme0/nvme0n1",
                                            std::make_shared<opi::NvmeRemoteNamespace>(), nullptr),
                         &first));
  ASSERT_FALSE(first.has_value());
  expect_error(find("nvme0", 1), Code::Aborted, "operation in progress");
  expect_error(lose("nvme0", 1), Code::Aborted, "operation in progress");
  hold.set(1);
  ASSERT_TRUE(first.has_value());
  OR_EXPECT_OK(*first);
}

TEST_F(NvmeRemote, reset_and_stats) {
  OR_ASSERT_OK(create_controller("nvme0"));
  OR_ASSERT_OK(create(path("nvme0", "path1")));
  opi::ResetNvmeRemoteControllerRequest reset;
  reset.set_name("nvmeRemoteControllers/none");
  expect_error(world.call<Empty>("ResetNvmeRemoteController", reset), Code::NotFound, "unable to find key");
  reset.set_name("nvmeRemoteControllers/nvme0");
  OR_EXPECT_OK(world.call<Empty>("ResetNvmeRemoteController", reset));
  EXPECT_EQ(world.nvme_remote_controller->reset_count, 1);
  world.nvme_remote_controller->counters.read_bytes = 4096;
  opi::StatsNvmeRemoteControllerRequest stats;
  stats.set_name("nvmeRemoteControllers/nvme0");
  const auto counted = world.call<opi::StatsNvmeRemoteControllerResponse>("StatsNvmeRemoteController", stats);
  OR_ASSERT_OK(counted);
  EXPECT_EQ(counted->stats().read_bytes_count(), 4096);
  opi::StatsNvmePathRequest path_stats;
  path_stats.set_name("nvmeRemoteControllers/nvme0/nvmePaths/path1");
  OR_EXPECT_OK(world.call<opi::StatsNvmePathResponse>("StatsNvmePath", path_stats));
}

TEST_F(NvmeRemote, options_have_bounds) {
  OR_ASSERT_OK(create_controller("nvme0"));
  v1::UpdateNvmeRemoteControllerOptionsRequest request;
  auto& options = *request.mutable_nvme_remote_controller_options();
  options.set_name("nvmeRemoteControllers/nvme0");
  options.set_selector(v1::NvmeRemoteControllerOptions::LATENCY);
  options.set_write_retry_hold_ms(-1);
  options.set_fast_io_fail_ms(5000);
  const auto made = world.call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->fast_io_fail_ms(), 5000);
  options.set_write_retry_hold_ms(-2);
  expect_error(world.call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request),
               Code::InvalidArgument, "write_retry_hold_ms: -2 is not from -1");
  options.set_write_retry_hold_ms(0);
  options.set_keep_alive_ms(static_cast<int32_t>(nvme_remote_ms_max) + 1);
  expect_error(world.call<v1::NvmeRemoteControllerOptions>("UpdateNvmeRemoteControllerOptions", request),
               Code::InvalidArgument, "keep_alive_ms");
}

TEST_F(NvmeRemote, the_state_shows_all_of_it) {
  OR_ASSERT_OK(create_controller("nvme0"));
  OR_ASSERT_OK(create(path("nvme0", "path1")));
  OR_ASSERT_OK(find("nvme0", 1));
  const auto state = get_state("nvmeRemoteControllers/nvme0");
  OR_ASSERT_OK(state);
  EXPECT_EQ(state->subnqn(), target_nqn);
  ASSERT_EQ(state->paths_size(), 1);
  EXPECT_EQ(state->paths(0).address(), "192.0.2.1:4420");
  ASSERT_EQ(state->namespaces_size(), 1);
  EXPECT_EQ(state->namespaces(0).volume_name(), "volumes/nvme0n1");
  EXPECT_EQ(state->namespaces(0).state(), v1::NvmeRemoteState::READY);
  expect_error(get_state("nvmeRemoteControllers/none"), Code::NotFound, "unable to find key");
  OR_ASSERT_OK(create_controller("nvme1"));
  v1::ListNvmeRemoteStatesRequest list;
  list.set_page_size(1);
  const auto page = world.call<v1::ListNvmeRemoteStatesResponse>("ListNvmeRemoteStates", list);
  OR_ASSERT_OK(page);
  ASSERT_EQ(page->nvme_remote_states_size(), 1);
  list.set_page_token(page->next_page_token());
  const auto next = world.call<v1::ListNvmeRemoteStatesResponse>("ListNvmeRemoteStates", list);
  OR_ASSERT_OK(next);
  EXPECT_EQ(next->nvme_remote_states(0).name(), "nvmeRemoteControllers/nvme1");
}

// After a restart what stands on a namespace waits for it, and is there when it is found.
TEST(NvmeRemoteRestart, what_stands_on_a_namespace_waits_for_it) {
  MemoryStore store;
  std::map<std::string, std::string> real;
  const auto request = [] {
    opi::CreateNvmeRemoteControllerRequest out;
    out.set_nvme_remote_controller_id("nvme0");
    out.mutable_nvme_remote_controller()->set_multipath(opi::NVME_MULTIPATH_MULTIPATH);
    return out;
  }();
  const auto spawn_found = [](World& world) {
    std::optional<Result<void>> out;
    auto space = std::make_shared<opi::NvmeRemoteNamespace>();
    space->set_nsid(1);
    core::spawn(
        core::keep(world.model->found(*opi::NvmeRemoteNamespace::descriptor(), "nvme0/nvme0n1", space, nullptr), &out));
    world.turn_until([&] { return out.has_value(); });
    return *out;
  };
  std::string uuid;
  {
    World world(store, real);
    OR_ASSERT_OK(world.restore());
    OR_ASSERT_OK(world.call<opi::NvmeRemoteController>("CreateNvmeRemoteController", request));
    OR_ASSERT_OK(spawn_found(world));
    OR_ASSERT_OK(world.create_qos("qos1", "nvme0n1"));
    uuid = static_cast<const opi::NvmeRemoteNamespace&>(
               *world.model->found_below(*opi::NvmeRemoteNamespace::descriptor(), "nvme0").at("nvme0/nvme0n1"))
               .uuid();
  }
  real.clear();
  World world(store, real);
  world.nvme_remote_namespace->refuse_realise = Error{Code::Unavailable, "no path is live"};
  OR_ASSERT_OK(world.restore());
  v1::GetVolumeRequest get;
  get.set_name("qos1");
  auto volume = world.call<v1::Volume>("GetVolume", get);
  OR_ASSERT_OK(volume);
  EXPECT_EQ(volume->state(), v1::Volume::FAILED);
  EXPECT_NE(volume->state_reason().find("waits for"), std::string::npos) << volume->state_reason();
  EXPECT_FALSE(real.contains("qos1"));
  world.nvme_remote_namespace->refuse_realise.reset();
  OR_ASSERT_OK(spawn_found(world));
  world.turn_until([&] { return real.contains("qos1"); });
  get.set_name("nvme0n1");
  volume = world.call<v1::Volume>("GetVolume", get);
  OR_ASSERT_OK(volume);
  EXPECT_EQ(volume->uuid(), uuid) << "it keeps the UUID that was chosen";
}

}  // namespace
}  // namespace outrigger::model
