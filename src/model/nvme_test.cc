// The NVMe kinds: which values subsystems, controllers and namespaces accept, what is chosen for them, what may change.
#include "model/limits.h"
#include "model/nvme_address.h"
#include "model/test_world.h"

namespace outrigger::model {
namespace {

using google::protobuf::Empty;

class Nvme : public ModelTest {
 protected:
  static opi::CreateNvmeSubsystemRequest subsystem(const std::string& id, const std::string& nqn) {
    opi::CreateNvmeSubsystemRequest request;
    request.set_nvme_subsystem_id(id);
    request.mutable_nvme_subsystem()->mutable_spec()->set_nqn(nqn);
    return request;
  }
  Result<opi::NvmeSubsystem> create(const opi::CreateNvmeSubsystemRequest& request) {
    return world.call<opi::NvmeSubsystem>("CreateNvmeSubsystem", request);
  }
  Result<opi::NvmeSubsystem> create_subsystem(const std::string& id) {
    return create(subsystem(id, "nqn.2022-09.io.example:" + id));
  }
  static opi::CreateNvmeControllerRequest controller(const std::string& parent, const std::string& id,
                                                     const std::string& address, const std::string& port = "4420") {
    opi::CreateNvmeControllerRequest request;
    request.set_parent("nvmeSubsystems/" + parent);
    request.set_nvme_controller_id(id);
    auto& spec = *request.mutable_nvme_controller()->mutable_spec();
    spec.set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
    spec.mutable_fabrics_id()->set_traddr(address);
    spec.mutable_fabrics_id()->set_trsvcid(port);
    spec.mutable_fabrics_id()->set_adrfam(address.find(':') == std::string::npos ? opi::NVME_ADDRESS_FAMILY_IPV4
                                                                                 : opi::NVME_ADDRESS_FAMILY_IPV6);
    return request;
  }
  Result<opi::NvmeController> create(const opi::CreateNvmeControllerRequest& request) {
    return world.call<opi::NvmeController>("CreateNvmeController", request);
  }
  static opi::CreateNvmeNamespaceRequest space(const std::string& parent, const std::string& id, int32_t nsid = 0) {
    opi::CreateNvmeNamespaceRequest request;
    request.set_parent("nvmeSubsystems/" + parent);
    request.set_nvme_namespace_id(id);
    request.mutable_nvme_namespace()->mutable_spec()->set_volume_name_ref("bdev1");
    request.mutable_nvme_namespace()->mutable_spec()->set_host_nsid(nsid);
    return request;
  }
  Result<opi::NvmeNamespace> create(const opi::CreateNvmeNamespaceRequest& request) {
    return world.call<opi::NvmeNamespace>("CreateNvmeNamespace", request);
  }
};

TEST_F(Nvme, names_are_nqns) {
  int number = 0;
  for (const char* nqn : {"nqn.2014-08.org.nvmexpress:uuid:feb98abe-d51f-40c8-b348-2753f3571d3c",
                          "nqn.2022-09.io.spdk:opi1", "nqn.2016-06.io.spdk:cnode1", "nqn.2022-12.a:b"}) {
    OR_EXPECT_OK(create(subsystem(fmt::format("sub-{}", ++number), nqn))) << nqn;
  }
  for (const char* nqn :
       {"nqn.2014-08.org.nvmexpress.discovery", "nqn.2022-13.io.spdk:opi1", "nqn.2022-00.io.spdk:a",
        "nqn.22-09.io.spdk:opi1", "iqn.2022-09.io.spdk:opi1", "nqn.2022-09.io.spdk:", "nqn.2022-09.:a",
        "nqn.2022-09.io..spdk:a", "nqn.2022-09.io.spdk:a b", "nqn.2022-09.-io.spdk:a", "nqn.", "x"}) {
    expect_error(create(subsystem("sub-x", nqn)), Code::InvalidArgument, "nvme_subsystem.spec.nqn: NQN value (");
  }
  const std::string longest = "nqn.2022-09.io.spdk:" + std::string(203, 'a');
  OR_EXPECT_OK(create(subsystem("long", longest)));
  expect_error(create(subsystem("longer", longest + "a")), Code::InvalidArgument,
               "is too long, have to be between 1 and 223");
  expect_error(create(subsystem("none", "")), Code::InvalidArgument, "missing required field: nvme_subsystem.spec.nqn");
}

TEST_F(Nvme, an_nqn_belongs_to_one_subsystem) {
  OR_ASSERT_OK(create(subsystem("sub1", "nqn.2022-09.io.spdk:opi1")));
  expect_error(create(subsystem("sub2", "nqn.2022-09.io.spdk:opi1")), Code::AlreadyExists,
               "Could not create NQN: nqn.2022-09.io.spdk:opi1 since object nvmeSubsystems/sub1 with same NQN already");
  OR_EXPECT_OK(create(subsystem("sub1", "nqn.2022-09.io.spdk:opi1"))) << "the same again";
}

TEST_F(Nvme, subsystem_values) {
  auto request = subsystem("sub1", "nqn.2022-09.io.spdk:opi1");
  auto& spec = *request.mutable_nvme_subsystem()->mutable_spec();
  spec.set_serial_number(std::string(21, 's'));
  expect_error(create(request), Code::InvalidArgument, "is too long, have to be between 1 and 20");
  spec.set_serial_number("a\tb");
  expect_error(create(request), Code::InvalidArgument, "nvme_subsystem.spec.serial_number: SerialNumber has other");
  spec.set_serial_number(std::string(20, 's'));
  spec.set_model_number(std::string(41, 'm'));
  expect_error(create(request), Code::InvalidArgument, "is too long, have to be between 1 and 40");
  spec.set_model_number(std::string(40, 'm'));
  for (const int64_t count : {int64_t{-1}, nvme_nsid_max + 1, INT64_MAX}) {
    spec.set_max_namespaces(count);
    expect_error(create(request), Code::InvalidArgument, "nvme_subsystem.spec.max_namespaces");
  }
  spec.set_max_namespaces(nvme_nsid_max);
  spec.set_hostnqn("host1");
  expect_error(create(request), Code::InvalidArgument, "nvme_subsystem.spec.hostnqn: NQN value (host1)");
  spec.set_hostnqn("nqn.2014-08.org.nvmexpress:uuid:feb98abe-d51f-40c8-b348-2753f3571d3c");
  OR_EXPECT_OK(create(request));
}

TEST_F(Nvme, what_of_a_subsystem_may_change) {
  OR_ASSERT_OK(create_subsystem("sub1"));
  const auto update = [&](const std::string& path, auto set) {
    opi::UpdateNvmeSubsystemRequest request;
    request.mutable_nvme_subsystem()->set_name("nvmeSubsystems/sub1");
    set(*request.mutable_nvme_subsystem()->mutable_spec());
    request.mutable_update_mask()->add_paths(path);
    return world.call<opi::NvmeSubsystem>("UpdateNvmeSubsystem", request);
  };
  const auto serial = update("spec.serial_number", [](auto& spec) { spec.set_serial_number("S1"); });
  OR_ASSERT_OK(serial);
  EXPECT_EQ(serial->spec().serial_number(), "S1");
  OR_EXPECT_OK(update("spec.hostnqn", [](auto& spec) { spec.set_hostnqn("nqn.2022-09.io.spdk:host"); }));
  expect_error(update("spec.nqn", [](auto& spec) { spec.set_nqn("nqn.2022-09.io.spdk:other"); }), Code::InvalidArgument,
               "nvme_subsystem.spec.nqn of nvmeSubsystems/sub1 is fixed");
  expect_error(update("spec.max_namespaces", [](auto& spec) { spec.set_max_namespaces(4); }), Code::InvalidArgument,
               "is fixed");
}

TEST_F(Nvme, subsystems_are_made_with_the_hosts_that_may_connect) {
  v1::CreateNvmeSubsystemWithOptionsRequest request;
  request.set_nvme_subsystem_id("sub1");
  request.mutable_nvme_subsystem()->mutable_spec()->set_nqn("nqn.2022-09.io.spdk:opi1");
  auto& options = *request.mutable_nvme_subsystem_options();
  options.add_hosts("host1");
  expect_error(world.call<opi::NvmeSubsystem>("CreateNvmeSubsystemWithOptions", request), Code::InvalidArgument,
               "nvme_subsystem_options.hosts: NQN value (host1)");
  options.set_hosts(0, "nqn.2022-09.io.spdk:h1");
  options.add_hosts("nqn.2022-09.io.spdk:h1");
  expect_error(world.call<opi::NvmeSubsystem>("CreateNvmeSubsystemWithOptions", request), Code::InvalidArgument,
               "is named twice");
  options.set_hosts(1, "nqn.2022-09.io.spdk:h2");
  options.add_static_controllers(65520);
  expect_error(world.call<opi::NvmeSubsystem>("CreateNvmeSubsystemWithOptions", request), Code::InvalidArgument,
               "nvme_subsystem_options.static_controllers: 65520 is not from 0 to 65519");
  options.set_static_controllers(0, 7);
  options.add_static_controllers(7);
  expect_error(world.call<opi::NvmeSubsystem>("CreateNvmeSubsystemWithOptions", request), Code::InvalidArgument,
               "nvme_subsystem_options.static_controllers: 7 is named twice");
  options.set_static_controllers(1, 0);
  OR_ASSERT_OK(world.call<opi::NvmeSubsystem>("CreateNvmeSubsystemWithOptions", request));
  v1::UpdateNvmeSubsystemOptionsRequest update;
  update.mutable_nvme_subsystem_options()->set_name("nvmeSubsystems/sub1");
  update.mutable_nvme_subsystem_options()->set_allow_any_host(false);
  const auto updated = world.call<v1::NvmeSubsystemOptions>("UpdateNvmeSubsystemOptions", update);
  OR_ASSERT_OK(updated);
  EXPECT_TRUE(updated->has_allow_any_host());
  EXPECT_EQ(updated->hosts_size(), 2);
  EXPECT_EQ(updated->name(), "nvmeSubsystems/sub1");
}

TEST(NvmeAddress, one_spelling) {
  const auto address = [](opi::NvmeAddressFamily family, const std::string& traddr, const std::string& trsvcid) {
    opi::FabricsEndpoint endpoint;
    endpoint.set_adrfam(family);
    endpoint.set_traddr(traddr);
    endpoint.set_trsvcid(trsvcid);
    return nvme_address(endpoint);
  };
  EXPECT_EQ(address(opi::NVME_ADDRESS_FAMILY_IPV4, "127.0.0.1", "4420"), "127.0.0.1:4420");
  EXPECT_EQ(address(opi::NVME_ADDRESS_FAMILY_IPV6, "2001:DB8:0::1", "1"), "[2001:db8::1]:1");
  EXPECT_EQ(address(opi::NVME_ADDRESS_FAMILY_IPV4, "::1", "4420"), "");
  EXPECT_EQ(address(opi::NVME_ADDRESS_FAMILY_IPV6, "127.0.0.1", "4420"), "");
  EXPECT_EQ(address(opi::NVME_ADDRESS_FAMILY_IB, "127.0.0.1", "4420"), "");
  EXPECT_EQ(address(opi::NVME_ADDRESS_FAMILY_IPV4, std::string("127.0.0.1\0x", 11), "4420"), "");
  for (const char* port : {"", "0", "65536", "-1", "+1", "04420", "4420 ", "http"}) {
    EXPECT_EQ(address(opi::NVME_ADDRESS_FAMILY_IPV4, "127.0.0.1", port), "") << port;
  }
}

TEST_F(Nvme, endpoints_fit_their_transport) {
  OR_ASSERT_OK(create_subsystem("sub1"));
  auto request = controller("sub1", "ctrl1", "192.0.2.1");
  auto& spec = *request.mutable_nvme_controller()->mutable_spec();
  spec.set_trtype(opi::NVME_TRANSPORT_TYPE_UNSPECIFIED);
  expect_error(create(request), Code::InvalidArgument, "missing required field: nvme_controller.spec.trtype");
  spec.set_trtype(opi::NVME_TRANSPORT_TYPE_FC);
  expect_error(create(request), Code::InvalidArgument, "not supported transport type: NVME_TRANSPORT_TYPE_FC");
  spec.set_trtype(static_cast<opi::NvmeTransportType>(99));
  expect_error(create(request), Code::InvalidArgument, "not supported transport type: 99");
  spec.set_trtype(opi::NVME_TRANSPORT_TYPE_PCIE);
  expect_error(create(request), Code::InvalidArgument, "invalid endpoint type passed for transport");
  spec.set_trtype(opi::NVME_TRANSPORT_TYPE_RDMA);
  expect_error(create(request), Code::Unimplemented, "RDMA");
  for (auto* part : {spec.mutable_pcie_id()->mutable_port_id(), spec.mutable_pcie_id()->mutable_physical_function(),
                     spec.mutable_pcie_id()->mutable_virtual_function()}) {
    part->set_value(0);
  }
  expect_error(create(request), Code::InvalidArgument, "invalid endpoint type passed for transport");
  spec.set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
  expect_error(create(request), Code::InvalidArgument, "invalid endpoint type passed for transport");
  spec.set_trtype(opi::NVME_TRANSPORT_TYPE_PCIE);
  expect_error(create(request), Code::Unimplemented,
               "PCIe controllers need vfio-user, which this version does not have");
}

TEST_F(Nvme, addresses_are_numbers_of_their_family) {
  OR_ASSERT_OK(create_subsystem("sub1"));
  expect_error(create(controller("sub1", "ctrl1", "example.org")), Code::InvalidArgument,
               "nvme_controller.spec.fabrics_id.traddr: 'example.org' is not an IPv4 address");
  expect_error(create(controller("sub1", "ctrl1", "fe80::1%eth0")), Code::InvalidArgument, "is not an IPv6 address");
  expect_error(create(controller("sub1", "ctrl1", "192.0.2.1", "65536")), Code::InvalidArgument,
               "nvme_controller.spec.fabrics_id.trsvcid: '65536' is not a TCP port");
  auto request = controller("sub1", "ctrl1", "192.0.2.1");
  request.mutable_nvme_controller()->mutable_spec()->mutable_fabrics_id()->set_adrfam(opi::NVME_ADDRESS_FAMILY_FC);
  expect_error(create(request), Code::InvalidArgument, "nvme_controller.spec.fabrics_id.adrfam");
  OR_EXPECT_OK(create(controller("sub1", "ctrl1", "192.0.2.1")));
  OR_EXPECT_OK(create(controller("sub1", "ctrl2", "2001:db8::1")));
  expect_error(create(controller("sub1", "ctrl3", "2001:DB8:0:0::1")), Code::AlreadyExists,
               "nvmeSubsystems/sub1/nvmeControllers/ctrl2 is at [2001:db8::1]:4420 already");
  OR_EXPECT_OK(create(controller("sub1", "ctrl3", "192.0.2.1", "4421"))) << "another port";
  OR_ASSERT_OK(create_subsystem("sub2"));
  OR_EXPECT_OK(create(controller("sub2", "ctrl4", "192.0.2.1"))) << "another subsystem may share it";
}

TEST_F(Nvme, a_subsystem_has_so_many_addresses) {
  OR_ASSERT_OK(create_subsystem("sub1"));
  for (size_t i = 1; i <= nvme_controllers_max; ++i) {
    OR_ASSERT_OK(create(controller("sub1", fmt::format("ctrl-{}", i), "192.0.2.1", std::to_string(i))));
  }
  expect_error(create(controller("sub1", "ctrl-x", "192.0.2.2")), Code::ResourceExhausted, "at 64 addresses");
}

TEST_F(Nvme, what_a_tcp_controller_cannot_give_is_refused) {
  OR_ASSERT_OK(create_subsystem("sub1"));
  const auto refused = [&](Code code, std::string_view part, auto set) {
    auto request = controller("sub1", "ctrl1", "192.0.2.1");
    set(*request.mutable_nvme_controller()->mutable_spec());
    expect_error(create(request), code, part);
  };
  refused(Code::InvalidArgument, "nvme_controller.spec.max_nsq", [](auto& spec) { spec.set_max_nsq(65536); });
  refused(Code::InvalidArgument, "nvme_controller.spec.max_ncq", [](auto& spec) { spec.set_max_ncq(-8); });
  refused(Code::Unimplemented, "nvme_controller.spec.max_namespaces", [](auto& spec) { spec.set_max_namespaces(8); });
  refused(Code::InvalidArgument, "2^6 (sqes)", [](auto& spec) { spec.set_sqes(7); });
  refused(Code::InvalidArgument, "2^4 (cqes)", [](auto& spec) { spec.set_cqes(6); });
  refused(Code::InvalidArgument, "min_limit is not supported",
          [](auto& spec) { spec.mutable_min_limit()->set_rw_iops_kiops(1); });
  refused(Code::InvalidArgument, "cannot be negative",
          [](auto& spec) { spec.mutable_max_limit()->set_rw_iops_kiops(-1); });
  auto request = controller("sub1", "ctrl1", "192.0.2.1");
  auto& spec = *request.mutable_nvme_controller()->mutable_spec();
  spec.set_sqes(6);
  spec.set_cqes(4);
  spec.set_nvme_controller_id(17);
  spec.mutable_max_limit();
  OR_EXPECT_OK(create(request));
}

TEST_F(Nvme, a_controller_stays_where_it_is) {
  OR_ASSERT_OK(create_subsystem("sub1"));
  const auto made = create(controller("sub1", "ctrl1", "192.0.2.1"));
  OR_ASSERT_OK(made);
  opi::UpdateNvmeControllerRequest update;
  update.mutable_nvme_controller()->CopyFrom(*made);
  update.mutable_update_mask()->add_paths("*");
  OR_EXPECT_OK(world.call<opi::NvmeController>("UpdateNvmeController", update)) << "as godpu does it";
  update.mutable_nvme_controller()->mutable_spec()->mutable_fabrics_id()->set_trsvcid("4421");
  expect_error(world.call<opi::NvmeController>("UpdateNvmeController", update), Code::InvalidArgument,
               "nvme_controller.spec.fabrics_id of nvmeSubsystems/sub1/nvmeControllers/ctrl1 is fixed");
  v1::UpdateNvmeControllerOptionsRequest options;
  options.mutable_nvme_controller_options()->set_name(made->name());
  auto* const state = options.mutable_nvme_controller_options()->add_ana_states();
  const auto set = [&] { return world.call<v1::NvmeControllerOptions>("UpdateNvmeControllerOptions", options); };
  expect_error(set(), Code::InvalidArgument, "0 is not a group");
  state->set_group(2);
  state->set_state(static_cast<v1::NvmeAnaState::State>(7));
  expect_error(set(), Code::InvalidArgument, "unknown state 7");
  state->set_state(v1::NvmeAnaState::INACCESSIBLE);
  OR_EXPECT_OK(set());
  options.mutable_nvme_controller_options()->add_ana_states()->set_group(2);
  expect_error(set(), Code::InvalidArgument, "group 2 is named twice");
}

TEST_F(Nvme, numbers_of_namespaces_are_chosen_and_their_own) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(create_subsystem("sub1"));
  const auto first = create(space("sub1", "ns-a"));
  OR_ASSERT_OK(first);
  EXPECT_EQ(first->spec().host_nsid(), 1);
  EXPECT_EQ(create(space("sub1", "ns-b", 3))->spec().host_nsid(), 3);
  EXPECT_EQ(create(space("sub1", "ns-c"))->spec().host_nsid(), 2);
  EXPECT_EQ(create(space("sub1", "ns-d"))->spec().host_nsid(), 4);
  expect_error(create(space("sub1", "ns-e", 3)), Code::AlreadyExists,
               "nvme_namespace.spec.host_nsid: nvmeSubsystems/sub1/nvmeNamespaces/ns-b is namespace 3 already");
  for (const int32_t nsid : {-1, 1025, INT32_MIN, INT32_MAX}) {
    expect_error(create(space("sub1", "ns-e", nsid)), Code::InvalidArgument, "is not from 1 to 1024");
  }
  OR_ASSERT_OK(create_subsystem("sub2"));
  EXPECT_EQ(create(space("sub2", "ns-x"))->spec().host_nsid(), 1) << "another subsystem counts anew";
  opi::DeleteNvmeNamespaceRequest gone;
  gone.set_name("nvmeSubsystems/sub1/nvmeNamespaces/ns-c");
  OR_ASSERT_OK(world.call<Empty>("DeleteNvmeNamespace", gone));
  EXPECT_EQ(create(space("sub1", "ns-e"))->spec().host_nsid(), 2) << "the lowest that is free";
}

TEST_F(Nvme, a_subsystem_holds_as_many_namespaces_as_it_was_made_for) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  auto request = subsystem("sub1", "nqn.2022-09.io.spdk:opi1");
  request.mutable_nvme_subsystem()->mutable_spec()->set_max_namespaces(2);
  OR_ASSERT_OK(create(request));
  expect_error(create(space("sub1", "ns-a", 3)), Code::InvalidArgument, "3 is not from 1 to 2");
  OR_ASSERT_OK(create(space("sub1", "ns-a")));
  OR_ASSERT_OK(create(space("sub1", "ns-b")));
  expect_error(create(space("sub1", "ns-c")), Code::ResourceExhausted,
               "nvmeSubsystems/sub1 holds 2 namespaces, no more fit");
  expect_error(create(space("sub9", "ns-c")), Code::NotFound, "parent: unable to find key nvmeSubsystems/sub9");
}

TEST_F(Nvme, identifiers_of_namespaces_are_unique) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(create_subsystem("sub1"));
  OR_ASSERT_OK(create_subsystem("sub2"));
  EXPECT_TRUE(is_uuid(create(space("sub1", "ns-a"))->spec().uuid())) << "chosen";
  auto request = space("sub1", "ns-b");
  auto& spec = *request.mutable_nvme_namespace()->mutable_spec();
  spec.set_uuid("no-uuid");
  expect_error(create(request), Code::InvalidArgument, "nvme_namespace.spec.uuid: 'no-uuid' is not a UUID");
  spec.set_uuid("00000000-0000-0000-0000-000000000000");
  expect_error(create(request), Code::InvalidArgument, "is not a UUID");
  spec.set_uuid("1B4E28BA-2fa1-11d2-883f-b9a761bde3fb");
  spec.set_nguid("1234");
  expect_error(create(request), Code::InvalidArgument, "nvme_namespace.spec.nguid: '1234'");
  spec.set_nguid("ABCDEF0123456789abcdef0123456789");
  spec.set_eui64(-7);
  const auto made = create(request);
  OR_ASSERT_OK(made);
  EXPECT_EQ(made->spec().eui64(), -7);
  const auto taken = [&](std::string_view part, auto set) {
    auto other = space("sub2", "ns-c");
    set(*other.mutable_nvme_namespace()->mutable_spec());
    expect_error(create(other), Code::AlreadyExists, part);
  };
  taken("nvme_namespace.spec.uuid: nvmeSubsystems/sub1/nvmeNamespaces/ns-b has it already",
        [](auto& other) { other.set_uuid("1b4e28ba-2fa1-11d2-883f-b9a761bde3fb"); });
  taken("spec.nguid", [](auto& other) { other.set_nguid("abcdef01-23456789-ABCDEF01-23456789"); });
  taken("spec.eui64", [](auto& other) { other.set_eui64(-7); });
}

TEST_F(Nvme, a_namespace_keeps_its_volume_and_holds_it) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(world.create_malloc("bdev2"));
  OR_ASSERT_OK(create_subsystem("sub1"));
  const auto made = create(space("sub1", "ns-a"));
  OR_ASSERT_OK(made);
  OR_EXPECT_OK(create(space("sub1", "ns-b"))) << "a volume may stand behind several, as with disks";
  expect_error(world.delete_malloc("bdev1"), Code::FailedPrecondition,
               "in use by NVMe namespace nvmeSubsystems/sub1/nvmeNamespaces/ns-a");
  opi::UpdateNvmeNamespaceRequest update;
  update.mutable_nvme_namespace()->CopyFrom(*made);
  update.mutable_update_mask()->add_paths("*");
  OR_EXPECT_OK(world.call<opi::NvmeNamespace>("UpdateNvmeNamespace", update)) << "as godpu does it";
  update.mutable_nvme_namespace()->mutable_spec()->clear_uuid();
  update.mutable_nvme_namespace()->mutable_spec()->clear_host_nsid();
  const auto same = world.call<opi::NvmeNamespace>("UpdateNvmeNamespace", update);
  OR_ASSERT_OK(same);
  EXPECT_EQ(same->spec().uuid(), made->spec().uuid());
  EXPECT_EQ(same->spec().host_nsid(), 1);
  update.mutable_nvme_namespace()->mutable_spec()->set_volume_name_ref("bdev2");
  expect_error(world.call<opi::NvmeNamespace>("UpdateNvmeNamespace", update), Code::InvalidArgument,
               "change of underlying volume bdev1 to a new one bdev2 is forbidden");
  opi::DeleteNvmeSubsystemRequest gone;
  gone.set_name("nvmeSubsystems/sub1");
  expect_error(world.call<Empty>("DeleteNvmeSubsystem", gone), Code::FailedPrecondition,
               "nvmeSubsystems/sub1 is in use by NVMe namespace nvmeSubsystems/sub1/nvmeNamespaces/ns-a");
}

TEST_F(Nvme, namespaces_are_made_with_options) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(create_subsystem("sub1"));
  v1::CreateNvmeNamespaceWithOptionsRequest request;
  request.set_parent("nvmeSubsystems/sub1");
  request.set_nvme_namespace_id("ns-a");
  request.mutable_nvme_namespace()->mutable_spec()->set_volume_name_ref("bdev1");
  auto& options = *request.mutable_nvme_namespace_options();
  const auto make = [&] { return world.call<opi::NvmeNamespace>("CreateNvmeNamespaceWithOptions", request); };
  options.set_ana_group(nvme_ana_group_max + 1);
  expect_error(make(), Code::InvalidArgument, "nvme_namespace_options.ana_group: 129 is not a group");
  options.set_ana_group(2);
  options.add_hosts("h");
  expect_error(make(), Code::InvalidArgument, "nvme_namespace_options.hosts");
  options.set_hosts(0, "nqn.2022-09.io.spdk:h1");
  options.mutable_max_limit()->set_rw_iops_kiops(-1);
  expect_error(make(), Code::InvalidArgument, "nvme_namespace_options.max_limit.rw_iops_kiops cannot be negative");
  options.mutable_max_limit()->set_rw_iops_kiops(10);
  OR_EXPECT_OK(make());
  v1::GetNvmeNamespaceOptionsRequest get;
  get.set_name("nvmeSubsystems/sub1/nvmeNamespaces/ns-a");
  const auto got = world.call<v1::NvmeNamespaceOptions>("GetNvmeNamespaceOptions", get);
  OR_ASSERT_OK(got);
  EXPECT_EQ(got->ana_group(), 2);
  EXPECT_EQ(got->max_limit().rw_iops_kiops(), 10);
}

TEST_F(Nvme, the_state_of_a_subsystem_shows_all_of_it) {
  OR_ASSERT_OK(world.create_malloc("bdev1"));
  OR_ASSERT_OK(create_subsystem("sub1"));
  OR_ASSERT_OK(create_subsystem("sub1-other"));
  OR_ASSERT_OK(create(controller("sub1", "ctrl1", "2001:DB8::1")));
  auto reference = space("sub1", "ns-a");
  reference.mutable_nvme_namespace()->mutable_spec()->set_volume_name_ref("mallocVolumes/Bdev1");
  OR_ASSERT_OK(create(reference));
  v1::GetNvmeStateRequest get;
  get.set_name("sub1");
  const auto state = world.call<v1::NvmeState>("GetNvmeState", get);
  OR_ASSERT_OK(state);
  EXPECT_EQ(state->name(), "nvmeSubsystems/sub1");
  EXPECT_EQ(state->state(), v1::NvmeState::READY);
  ASSERT_EQ(state->controllers_size(), 1);
  EXPECT_EQ(state->controllers(0).address(), "[2001:db8::1]:4420");
  ASSERT_EQ(state->namespaces_size(), 1);
  EXPECT_EQ(state->namespaces(0).nsid(), 1);
  EXPECT_EQ(state->namespaces(0).volume_name_ref(), "volumes/bdev1");
  get.set_name("nvmeSubsystems/none");
  expect_error(world.call<v1::NvmeState>("GetNvmeState", get), Code::NotFound, "unable to find key");
  v1::ListNvmeStatesRequest list;
  list.set_page_size(1);
  auto page = world.call<v1::ListNvmeStatesResponse>("ListNvmeStates", list);
  OR_ASSERT_OK(page);
  ASSERT_EQ(page->nvme_states_size(), 1);
  list.set_page_token(page->next_page_token());
  page = world.call<v1::ListNvmeStatesResponse>("ListNvmeStates", list);
  ASSERT_EQ(page->nvme_states_size(), 1);
  EXPECT_EQ(page->nvme_states(0).name(), "nvmeSubsystems/sub1-other");
  EXPECT_EQ(page->next_page_token(), "");
}

}  // namespace
}  // namespace outrigger::model
