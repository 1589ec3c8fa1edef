// Where a target listens, as people write it; and what `connect` and its like ask of a daemon that answers as scripted.
#include "cli/remote.h"

#include "cli/discover.h"
#include "cli/fake_client.h"
#include "cli/remote_keys.h"
#include "cli/update.h"

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>
#include <outrigger/v1/nvme_discovery.pb.h>
#include <outrigger/v1/nvme_remote.pb.h>
#include <outrigger/v1/volume.pb.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace outrigger::cli {
namespace {

using google::protobuf::Empty;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

TEST(Target, has_a_port_or_the_usual_one) {
  const struct {
    const char* text;
    const char* traddr;
    int64_t trsvcid;
    bool is_ipv6;
  } cases[] = {{"192.0.2.1", "192.0.2.1", 4420, false},
               {"192.0.2.1:8009", "192.0.2.1", 8009, false},
               {"[2001:db8::1]", "2001:db8::1", 4420, true},
               {"[2001:db8::1]:65535", "2001:db8::1", 65535, true},
               {"2001:db8::1", "2001:db8::1", 4420, true}};
  for (const auto& [text, traddr, trsvcid, is_ipv6] : cases) {
    const auto parsed = parse_target(text);
    ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error().what;
    EXPECT_EQ(parsed->traddr, traddr) << text;
    EXPECT_EQ(parsed->trsvcid, trsvcid) << text;
    EXPECT_EQ(parsed->is_ipv6, is_ipv6) << text;
  }
}

TEST(Target, is_refused_where_it_is_none) {
  for (const char* text : {"192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:44x", "192.0.2.1:-1",
                           "[2001:db8::1", "[2001:db8::1]:", "[2001:db8::1]4420"}) {
    const auto parsed = parse_target(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, Code::InvalidArgument) << text;
  }
}

// A daemon with one remote controller, nvme0, that has the paths `down1` and `live1` and the volume nvme0n1.
class RemoteTest : public testing::Test {
 protected:
  RemoteTest() {
    remote_.set_name("nvmeRemoteControllers/nvme0");
    remote_.set_subnqn("nqn.2016-06.io.example:target");
    add_path("live1", v1::NvmePathState::LIVE);
    add_path("down1", v1::NvmePathState::RECONNECTING);
    remote_.add_namespaces()->set_volume_name("volumes/nvme0n1");
    volume_.set_name("volumes/nvme0n1");
    client_.on<v1::GetNvmeRemoteStateRequest>("GetNvmeRemoteState", [this](const auto& request) {
      return request.name() == remote_.name() ? Result<v1::NvmeRemoteState>(remote_)
                                              : fail(Code::NotFound, "unable to find key {}", request.name());
    });
    client_.on<v1::GetNvmeRemoteControllerOptionsRequest>("GetNvmeRemoteControllerOptions", [this](const auto&) {
      return Result<v1::NvmeRemoteControllerOptions>(options_);
    });
    client_.on<v1::ListNvmeRemoteStatesRequest>("ListNvmeRemoteStates", [this](const auto&) {
      v1::ListNvmeRemoteStatesResponse list;
      *list.add_nvme_remote_states() = remote_;
      return Result<v1::ListNvmeRemoteStatesResponse>(list);
    });
    client_.on<v1::ListVolumesRequest>("ListVolumes", [this](const auto&) {
      v1::ListVolumesResponse list;
      list.add_volumes()->set_name("volumes/other");
      list.mutable_volumes(0)->add_users("volumes/nobody-asked");
      *list.add_volumes() = volume_;
      return Result<v1::ListVolumesResponse>(list);
    });
    client_.on<opi::DeleteNvmePathRequest>("DeleteNvmePath", [this](const auto& request) {
      deleted_.emplace_back(id_of(request.name()));
      return Result<Empty>(Empty());
    });
    client_.on<opi::DeleteNvmeRemoteControllerRequest>("DeleteNvmeRemoteController", [this](const auto& request) {
      deleted_.emplace_back(id_of(request.name()));
      return Result<Empty>(Empty());
    });
  }
  void add_path(const std::string& id, v1::NvmePathState::State state) {
    v1::NvmePathState& path = *remote_.add_paths();
    path.set_name(remote_.name() + "/nvmePaths/" + id);
    path.set_state(state);
  }
  Result<> disconnect(std::vector<std::string> ids) {
    told_.clear();
    deleted_.clear();
    return cli::disconnect(client_, ids, told_);
  }

  FakeClient client_;
  v1::NvmeRemoteState remote_;
  v1::NvmeRemoteControllerOptions options_;
  v1::Volume volume_;
  std::vector<std::string> deleted_;
  std::string told_;
};

TEST_F(RemoteTest, what_is_in_use_loses_no_path_to_a_disconnect_that_is_refused) {
  volume_.add_users("volumes/limited");
  volume_.add_users("volumes/another");
  for (const std::vector<std::string>& ids : {std::vector<std::string>{"nvme0"},
                                              {"nvmeRemoteControllers/nvme0"},
                                              {"nvme0/live1"},
                                              {"nvme0/down1", "nvme0"},
                                              {"nvme0/down1", "nvmeRemoteControllers/nvme0/nvmePaths/live1"}}) {
    const auto refused = disconnect(ids);
    ASSERT_FALSE(refused.has_value()) << ids.front();
    EXPECT_EQ(refused.error().code, Code::FailedPrecondition);
    EXPECT_THAT(refused.error().what, HasSubstr("in use: nvme0n1 by volumes/limited and 1 more. Delete the users"));
    EXPECT_THAT(deleted_, IsEmpty()) << ids.front();
    EXPECT_EQ(told_, "");
  }
  EXPECT_TRUE(disconnect({"nvme0/down1"}).has_value()) << "nothing stood on it";
  EXPECT_THAT(deleted_, ElementsAre("down1"));
  EXPECT_EQ(disconnect({"nvme0/down1", "nvme0/none"}).error().code, Code::NotFound);
  EXPECT_THAT(deleted_, IsEmpty());
}

TEST_F(RemoteTest, a_disconnect_takes_live_paths_last_and_says_what_went) {
  ASSERT_TRUE(disconnect({"nvme0"}).has_value());
  EXPECT_THAT(deleted_, ElementsAre("down1", "live1", "nvme0"));
  EXPECT_EQ(told_, "nvmePath nvme0/down1 deleted\nnvmePath nvme0/live1 deleted\nnvmeRemoteController nvme0 deleted\n");
  // Somebody began to use it meanwhile.
  client_.on<opi::DeleteNvmePathRequest>("DeleteNvmePath", [](const auto& request) -> Result<Empty> {
    if (request.name().ends_with("live1")) {
      return fail(Code::FailedPrecondition, "the last live path");
    }
    return Empty();
  });
  ASSERT_FALSE(disconnect({"nvme0"}).has_value());
  EXPECT_EQ(told_, "nvmePath nvme0/down1 deleted\n");
}

TEST_F(RemoteTest, what_a_controller_that_is_there_is_otherwise_is_no_second_path) {
  opi::NvmeRemoteController there;
  there.set_name(remote_.name());
  there.set_multipath(opi::NVME_MULTIPATH_FAILOVER);
  there.set_queue_size(64);
  there.mutable_tcp()->set_hdgst(true);
  client_.on<opi::GetNvmeRemoteControllerRequest>(
      "GetNvmeRemoteController", [&](const auto&) { return Result<opi::NvmeRemoteController>(there); });
  client_.on<opi::CreateNvmePathRequest>(
      "CreateNvmePath", [](const auto& request) { return Result<opi::NvmePath>(request.nvme_path()); });
  const auto connect_with = [&](auto set) {
    ConnectRequest request;
    request.address = "192.0.2.2";
    request.nqn = remote_.subnqn();
    set(request);
    client_.calls.clear();
    const auto done = connect(client_, request, Format::Name);
    EXPECT_EQ(done.has_value(), std::ranges::find(client_.calls, "CreateNvmePath") != client_.calls.end());
    return done.has_value() ? std::string("connected") : done.error().what;
  };
  const auto all = connect_with([](ConnectRequest& request) {
    request.multipath = "multipath";
    request.has_header_digest = request.has_data_digest = true;
    request.queue_count = 2;
    request.queue_size = 128;
  });
  EXPECT_THAT(all,
              HasSubstr("nvme0 is there already, and is otherwise than --multipath, --ddgst, --queues, --queue-size"));
  EXPECT_THAT(all, HasSubstr("`outrigger update remote nvme0 multipath=NVME_MULTIPATH_MULTIPATH tcp.ddgst=true "
                             "io_queues_count=2 queue_size=128`"));
  EXPECT_EQ(connect_with([](ConnectRequest&) {}), "connected") << "nothing was given";
  EXPECT_EQ(connect_with([](ConnectRequest& request) { request.timeout_ms = 5000; }), "connected") << "the default";
  EXPECT_THAT(connect_with([](ConnectRequest& request) { request.timeout_ms = 6000; }), HasSubstr("another --timeout"));
  EXPECT_LT(client_.patience, std::chrono::seconds(60));
  options_.set_connect_timeout_ms(300'000);
  EXPECT_EQ(connect_with([](ConnectRequest&) {}), "connected");
  EXPECT_EQ(client_.patience, std::chrono::seconds(320)) << "as long as outriggerd waits for the target, and more";
  EXPECT_EQ(connect_with([](ConnectRequest& request) { request.timeout_ms = 300'000; }), "connected");
  EXPECT_THAT(connect_with([](ConnectRequest& request) { request.timeout_ms = 1000; }),
              HasSubstr("nvmeRemoteControllerOptions nvme0 connect_timeout_ms=1000`"));
  EXPECT_EQ(connect_with([](ConnectRequest& request) {
              request.multipath = "failover";
              request.has_header_digest = true;
              request.queue_size = 64;
            }),
            "connected");
}

TEST_F(RemoteTest, keys_change_and_go_and_the_others_stay) {
  const std::string path = testing::TempDir() + "remote_key_" + std::to_string(::getpid());
  std::ofstream(path) << "DHHC-1:00:secret:\n";
  client_.on<opi::UpdateNvmeRemoteControllerRequest>("UpdateNvmeRemoteController", [](const auto& request) {
    return Result<opi::NvmeRemoteController>(request.nvme_remote_controller());
  });
  client_.on<v1::UpdateNvmeRemoteControllerOptionsRequest>(
      "UpdateNvmeRemoteControllerOptions", [](const auto& request) {
        return Result<v1::NvmeRemoteControllerOptions>(request.nvme_remote_controller_options());
      });
  UpdateRequest update{.kind = "remote", .name = "nvme0", .words = {}, .options = {}};
  update.keys.dhchap_key_file = path;
  update.keys.hashes = {"sha384"};
  const auto changed = update_any(client_, update, Format::Json);
  ASSERT_TRUE(changed.has_value()) << changed.error().what;
  EXPECT_THAT(*changed, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(client_.calls, ElementsAre("UpdateNvmeRemoteControllerOptions", "GetNvmeRemoteState"));
  const auto& options =
      client_.request<v1::UpdateNvmeRemoteControllerOptionsRequest>("UpdateNvmeRemoteControllerOptions");
  EXPECT_EQ(options.nvme_remote_controller_options().name(), "nvmeRemoteControllers/nvme0");
  EXPECT_EQ(options.nvme_remote_controller_options().dhchap_key(), "DHHC-1:00:secret:");
  EXPECT_THAT(options.nvme_remote_controller_options().hashes(), ElementsAre(v1::NvmeHostSecurity::SHA_384));
  EXPECT_THAT(options.update_mask().paths(), ElementsAre("dhchap_key", "hashes"));

  update.keys = {};
  update.keys.tls_key_file = path;
  ASSERT_TRUE(update_any(client_, update, Format::Json).has_value());
  const auto& sent = client_.request<opi::UpdateNvmeRemoteControllerRequest>("UpdateNvmeRemoteController");
  EXPECT_EQ(sent.nvme_remote_controller().name(), "nvmeRemoteControllers/nvme0");
  EXPECT_EQ(sent.nvme_remote_controller().tcp().psk(), "DHHC-1:00:secret:");
  EXPECT_THAT(sent.update_mask().paths(), ElementsAre("tcp.psk"));

  update.keys = {};
  update.keys.removed = {"tls", "controller"};
  ASSERT_TRUE(update_any(client_, update, Format::Json).has_value());
  const auto& removing = client_.request<opi::UpdateNvmeRemoteControllerRequest>("UpdateNvmeRemoteController");
  EXPECT_THAT(removing.update_mask().paths(), ElementsAre("tcp.psk"));
  EXPECT_EQ(removing.nvme_remote_controller().tcp().psk(), "");
  EXPECT_THAT(client_.request<v1::UpdateNvmeRemoteControllerOptionsRequest>("UpdateNvmeRemoteControllerOptions")
                  .update_mask()
                  .paths(),
              ElementsAre("dhchap_controller_key"));

  const auto refused = [&](auto set) {
    client_.calls.clear();
    update.keys = {};
    set(update);
    const auto result = update_any(client_, update, Format::Json);
    EXPECT_THAT(client_.calls, IsEmpty());
    return result.has_value() ? std::string("it was not refused") : result.error().what;
  };
  EXPECT_THAT(refused([](auto& each) { each.keys.requires_tls = "yes"; }), HasSubstr("required of hosts"));
  EXPECT_THAT(refused([](auto& each) { each.keys.removed = {"all"}; }), HasSubstr("--remove-key: 'all'"));
  EXPECT_THAT(refused([&](auto& each) {
                each.keys.removed = {"tls"};
                each.keys.tls_key_file = path;
              }),
              HasSubstr("stands alone"));
  EXPECT_THAT(refused([](auto& each) { each.keys.dhchap_key_file = "/nonexistent"; }), HasSubstr("--dhchap-key-file"));
  EXPECT_THAT(refused([](auto& each) { each.words = {"tcp.psk=x"}; }), HasSubstr("update remote ID --tls-key-file"));
  std::filesystem::remove(path);
}

TEST_F(RemoteTest, a_new_controller_s_timeout_is_waited_for_too) {
  client_.on<opi::CreateNvmePathRequest>(
      "CreateNvmePath", [](const auto& request) { return Result<opi::NvmePath>(request.nvme_path()); });
  client_.on<v1::CreateNvmeRemoteControllerWithOptionsRequest>("CreateNvmeRemoteControllerWithOptions",
                                                               [this](const auto&) {
                                                                 opi::NvmeRemoteController made;
                                                                 made.set_name(remote_.name());
                                                                 return Result<opi::NvmeRemoteController>(made);
                                                               });
  ConnectRequest request;
  request.address = "192.0.2.2";
  request.nqn = "nqn.2016-06.io.example:another";
  request.timeout_ms = 200'000;
  ASSERT_TRUE(connect(client_, request, Format::Name).has_value());
  EXPECT_EQ(client_.patience, std::chrono::seconds(220));
}

TEST_F(RemoteTest, keys_of_a_discovery_change_as_those_of_a_remote_controller) {
  const std::string path = testing::TempDir() + "discovery_key_" + std::to_string(::getpid());
  std::ofstream(path) << "NVMeTLSkey-1:01:secret:\n";
  client_.on<v1::UpdateNvmeDiscoveryRequest>("UpdateNvmeDiscovery", [](const auto& request) {
    v1::NvmeDiscovery shown;
    shown.set_name(request.nvme_discovery().name());
    return Result<v1::NvmeDiscovery>(shown);
  });
  UpdateRequest update{.kind = "discovery", .name = "fabric0", .words = {}, .options = {}};
  update.keys.tls_key_file = update.keys.dhchap_key_file = update.keys.controller_key_file = path;
  update.keys.dh_groups = {"ffdhe4096"};
  const auto changed = update_any(client_, update, Format::Json);
  ASSERT_TRUE(changed.has_value()) << changed.error().what;
  EXPECT_THAT(*changed, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(client_.calls, ElementsAre("UpdateNvmeDiscovery"));
  const auto& sent = client_.request<v1::UpdateNvmeDiscoveryRequest>("UpdateNvmeDiscovery");
  EXPECT_EQ(sent.nvme_discovery().name(), "nvmeDiscoveries/fabric0");
  EXPECT_EQ(sent.nvme_discovery().tls_key(), "NVMeTLSkey-1:01:secret:");
  EXPECT_EQ(sent.nvme_discovery().dhchap_key(), "NVMeTLSkey-1:01:secret:");
  EXPECT_THAT(sent.update_mask().paths(),
              testing::UnorderedElementsAre("tls_key", "dhchap_key", "dhchap_controller_key", "dh_groups"));
  update.keys = {};
  update.keys.removed = {"tls", "dhchap", "controller"};
  ASSERT_TRUE(update_any(client_, update, Format::Json).has_value());
  const auto& removing = client_.request<v1::UpdateNvmeDiscoveryRequest>("UpdateNvmeDiscovery");
  EXPECT_THAT(removing.update_mask().paths(),
              testing::UnorderedElementsAre("tls_key", "dhchap_key", "dhchap_controller_key"));
  EXPECT_EQ(removing.nvme_discovery().tls_key() + removing.nvme_discovery().dhchap_key(), "");
  const auto refused = [&](auto set) {
    update.keys = {};
    set(update);
    const auto result = update_any(client_, update, Format::Json);
    return result.has_value() ? std::string("it was not refused") : result.error().what;
  };
  EXPECT_THAT(refused([](auto& each) { each.keys.requires_tls = "yes"; }), HasSubstr("required of hosts"));
  EXPECT_THAT(refused([](auto& each) { each.host = "nqn.2014-08.org.nvmexpress:uuid:1"; }), HasSubstr("--host"));
  update.host.clear();
  EXPECT_THAT(refused([](auto& each) { each.words = {"tls_key=x"}; }), HasSubstr("update discovery ID --tls-key-file"));
  std::filesystem::remove(path);
}

// A discovery controller that shows one subsystem at two addresses; the remote controllers that come of it.
class ConnectAllTest : public RemoteTest {
 protected:
  static constexpr const char* nqn = "nqn.2016-06.io.example:another";

  ConnectAllTest() {
    write_key();
    client_.on<v1::DiscoverNvmeRequest>("DiscoverNvme", [this](const auto&) {
      std::filesystem::remove(path_);  // it can be read once, as the standard input
      v1::DiscoverNvmeResponse log;
      for (const char* traddr : {"192.0.2.8", "192.0.2.9"}) {
        auto& record = *log.add_records();
        record.set_subtype(v1::NvmeDiscoveryRecord::NVM);
        record.set_trtype("tcp");
        record.set_traddr(traddr);
        record.set_trsvcid("4420");
        record.set_subnqn(nqn);
      }
      return Result<v1::DiscoverNvmeResponse>(log);
    });
    client_.on<v1::ListNvmeRemoteStatesRequest>("ListNvmeRemoteStates", [this](const auto&) {
      v1::ListNvmeRemoteStatesResponse list;
      if (!made_.name().empty()) {
        *list.add_nvme_remote_states() = made_;
      }
      return Result<v1::ListNvmeRemoteStatesResponse>(list);
    });
    client_.on<v1::GetNvmeRemoteStateRequest>("GetNvmeRemoteState",
                                              [this](const auto&) { return Result<v1::NvmeRemoteState>(made_); });
    client_.on<opi::GetNvmeRemoteControllerRequest>("GetNvmeRemoteController", [this](const auto&) {
      opi::NvmeRemoteController controller;
      controller.set_name(made_.name());
      return Result<opi::NvmeRemoteController>(controller);
    });
    client_.on<v1::CreateNvmeRemoteControllerWithOptionsRequest>(
        "CreateNvmeRemoteControllerWithOptions",
        [this](const auto& made) { return make(made.nvme_remote_controller_id()); });
    client_.on<opi::CreateNvmeRemoteControllerRequest>(
        "CreateNvmeRemoteController", [this](const auto& made) { return make(made.nvme_remote_controller_id()); });
    client_.on<opi::CreateNvmePathRequest>("CreateNvmePath", [this](const auto& request) {
      made_.add_paths()->set_address(request.nvme_path().traddr() + ":4420");
      return Result<opi::NvmePath>(request.nvme_path());
    });
  }
  ~ConnectAllTest() override { std::filesystem::remove(path_); }
  void write_key() const { std::ofstream(path_) << "DHHC-1:00:secret:\n"; }
  Result<opi::NvmeRemoteController> make(const std::string& id) {
    EXPECT_TRUE(made_.name().empty()) << "it is made once";
    opi::NvmeRemoteController controller;
    controller.set_name("nvmeRemoteControllers/" + id);
    made_.set_name(controller.name());
    made_.set_subnqn(nqn);
    return controller;
  }
  Result<> connect_everything(DiscoverRequest request = {}) {
    request.address = "192.0.2.1";
    std::string done;
    write_key();
    return connect_all(client_, request, Format::Name, done);
  }
  std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (const auto& path : made_.paths()) {
      all.push_back(path.address());
    }
    return all;
  }

  const std::string path_ = testing::TempDir() + "all_key_" + std::to_string(::getpid());
  v1::NvmeRemoteState made_;
};

// One controller and one path to each address.
TEST_F(ConnectAllTest, has_its_keys_everywhere) {
  DiscoverRequest request;
  request.key_files.dhchap_key_file = path_;
  request.key_files.has_concatenation = true;
  const auto connected = connect_everything(request);
  ASSERT_TRUE(connected.has_value()) << connected.error().what;
  EXPECT_THAT(addresses(), ElementsAre("192.0.2.8:4420", "192.0.2.9:4420"));
  EXPECT_EQ(client_.request<v1::DiscoverNvmeRequest>("DiscoverNvme").dhchap_key(), "DHHC-1:00:secret:");
  const auto& options =
      client_.request<v1::CreateNvmeRemoteControllerWithOptionsRequest>("CreateNvmeRemoteControllerWithOptions")
          .nvme_remote_controller_options();
  EXPECT_EQ(options.dhchap_key(), "DHHC-1:00:secret:");
  EXPECT_TRUE(options.secure_channel_concatenation());
  // Again: nothing to do.
  ASSERT_TRUE(connect_everything(request).has_value());
  EXPECT_THAT(addresses(), testing::SizeIs(2));
  request.key_files.tls_key_file = request.key_files.dhchap_key_file = "-";
  const auto two = connect_everything(request);
  ASSERT_FALSE(two.has_value());
  EXPECT_THAT(two.error().what, HasSubstr("the standard input can hold one of the keys"));
}

// What is connected stays as it is; another path to it would be without the keys that were given.
TEST_F(ConnectAllTest, makes_no_path_without_its_keys) {
  ASSERT_TRUE(make("nvme0").has_value());
  made_.add_paths()->set_address("192.0.2.8:4420");
  for (std::string RemoteKeyFiles::* const file : {&RemoteKeyFiles::tls_key_file, &RemoteKeyFiles::dhchap_key_file}) {
    DiscoverRequest request;
    request.key_files.*file = path_;
    const auto connected = connect_everything(request);
    ASSERT_FALSE(connected.has_value());
    EXPECT_THAT(connected.error().what, HasSubstr("1 could not be connected to"));
    EXPECT_THAT(connected.error().what, HasSubstr(std::string(nqn) + " at 192.0.2.9:4420: nvme0 is there already"));
    EXPECT_THAT(connected.error().what, HasSubstr("`outrigger update remote nvme0 --tls-key-file FILE"));
    EXPECT_THAT(connected.error().what, HasSubstr("`outrigger connect 192.0.2.9:4420 --nqn " + std::string(nqn)));
    EXPECT_THAT(connected.error().what, testing::Not(HasSubstr("secret")));
    EXPECT_THAT(addresses(), ElementsAre("192.0.2.8:4420"));
  }
  ASSERT_TRUE(connect_everything().has_value()) << "without keys it gets the controller's own";
  EXPECT_THAT(addresses(), ElementsAre("192.0.2.8:4420", "192.0.2.9:4420"));
}

TEST_F(ConnectAllTest, drops_no_keys_for_a_discovery_that_is_there) {
  bool is_there = true;
  client_.on<v1::GetNvmeDiscoveryRequest>("GetNvmeDiscovery", [&](const auto& request) -> Result<v1::NvmeDiscovery> {
    v1::NvmeDiscovery discovery;
    discovery.set_name(request.name());
    return is_there ? Result<v1::NvmeDiscovery>(discovery) : fail(Code::NotFound, "unable to find key");
  });
  client_.on<v1::CreateNvmeDiscoveryRequest>("CreateNvmeDiscovery", [](const auto& request) {
    v1::NvmeDiscovery made = request.nvme_discovery();
    made.set_name("nvmeDiscoveries/" + request.nvme_discovery_id());
    made.clear_tls_key();
    return Result<v1::NvmeDiscovery>(made);
  });
  DiscoverRequest request;
  request.is_persistent = true;
  request.id = "fabric0";
  ASSERT_TRUE(connect_everything(request).has_value()) << "no keys: it is as it was asked for";
  request.key_files.tls_key_file = path_;
  client_.calls.clear();
  const auto refused = connect_everything(request);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::AlreadyExists);
  EXPECT_THAT(refused.error().what, HasSubstr("there is a discovery fabric0 already"));
  EXPECT_THAT(refused.error().what, HasSubstr("`outrigger update discovery fabric0 --tls-key-file FILE"));
  EXPECT_THAT(client_.calls, ElementsAre("GetNvmeDiscovery"));
  is_there = false;
  ASSERT_TRUE(connect_everything(request).has_value());
  EXPECT_EQ(client_.request<v1::CreateNvmeDiscoveryRequest>("CreateNvmeDiscovery").nvme_discovery().tls_key(),
            "DHHC-1:00:secret:");
}

TEST_F(RemoteTest, reset_is_a_verb) {
  client_.on<opi::ResetNvmeRemoteControllerRequest>(
      "ResetNvmeRemoteController", [](const auto& request) -> Result<Empty> {
        return request.name().ends_with("nvme1") ? Result<Empty>(fail(Code::NotFound, "unable to find key"))
                                                 : Result<Empty>(Empty());
      });
  std::string done;
  const auto failed = reset_remotes(client_, {"nvme0", "nvme1", "nvme2"}, done);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(done, "nvme0 begins anew; `outrigger list paths` shows how its paths come up\n") << "what was done is told";
  ASSERT_TRUE(reset_remotes(client_, {"nvme0"}, done).has_value());
  EXPECT_EQ(client_.request<opi::ResetNvmeRemoteControllerRequest>("ResetNvmeRemoteController").name(),
            "nvmeRemoteControllers/nvme0");
}

}  // namespace
}  // namespace outrigger::cli
