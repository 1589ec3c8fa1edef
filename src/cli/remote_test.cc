// Where a target listens, as people write it; and what `connect` and its like ask of a daemon that answers as scripted.
#include "cli/remote.h"

#include "cli/fake_client.h"

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <gtest/gtest.h>
#include <outrigger/v1/nvme_remote.pb.h>
#include <outrigger/v1/volume.pb.h>

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

}  // namespace
}  // namespace outrigger::cli
