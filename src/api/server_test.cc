// The servers as clients meet them, over loopback, in front of a door that answers what the test says.
#include "api/server.h"

#include "api/limits.h"
#include "api/tls_material_test.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <outrigger/v1/telemetry.pb.h>
#include <storage/frontend_virtio_blk.pb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <future>
#include <mutex>

namespace outrigger::api {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using opi_api::storage::v1::CreateVirtioBlkRequest;
using opi_api::storage::v1::GetVirtioBlkRequest;
using opi_api::storage::v1::VirtioBlk;
using testing::HasSubstr;

// Echoes a created disk, knows none, and keeps the calls for "held" until release().
class FakeDoor final : public Door {
 public:
  void call(const MethodDescriptor& method, std::unique_ptr<Message> request, CallDone done) override {
    if (const auto* create = dynamic_cast<const CreateVirtioBlkRequest*>(request.get())) {
      auto made = std::make_unique<VirtioBlk>(create->virtio_blk());
      made->set_name("volumes/" + create->virtio_blk_id());
      done(std::move(made));
    } else if (const auto* get = dynamic_cast<const GetVirtioBlkRequest*>(request.get());
               get != nullptr && get->name().ends_with("held")) {
      const std::lock_guard lock(mutex_);
      held_.push_back(std::move(done));
      arrived_.notify_all();
    } else if (method.name() == "GetTelemetry") {
      auto telemetry = std::make_unique<outrigger::v1::Telemetry>();
      telemetry->add_cores()->set_name("data0");
      done(std::move(telemetry));
    } else if (method.name() == "DeleteVirtioBlk") {
      done(std::make_unique<google::protobuf::Empty>());
    } else {
      done(fail(Code::NotFound, "unable to find key {}", "x"));
    }
  }

  std::vector<CallDone> take_held(size_t count) {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return held_.size() >= count; });
    return std::exchange(held_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<CallDone> held_;
};

std::vector<const google::protobuf::ServiceDescriptor*> services() {
  return {VirtioBlk::descriptor()->file()->service(0), outrigger::v1::Telemetry::descriptor()->file()->service(0)};
}

constexpr const char* create_name = "/opi_api.storage.v1.FrontendVirtioBlkService/CreateVirtioBlk";
constexpr const char* get_name = "/opi_api.storage.v1.FrontendVirtioBlkService/GetVirtioBlk";

template <typename Response>
grpc::Status call(const std::shared_ptr<grpc::Channel>& channel, const char* name, const Message& request,
                  Response& response, int timeout_ms = 10'000) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(timeout_ms));
  const grpc::internal::RpcMethod method(name, grpc::internal::RpcMethod::NORMAL_RPC);
  return grpc::internal::BlockingUnaryCall<Message, Message>(channel.get(), method, &context, request, &response);
}

class ServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {.grpc = {"127.0.0.1:0"}, .rest = {"127.0.0.1:0"}}) {
    auto server = Server::start(door_, services_, options);
    ASSERT_TRUE(server.has_value()) << server.error().what;
    server_ = std::move(*server);
  }
  std::shared_ptr<grpc::Channel> channel() {
    return grpc::CreateChannel(server_->grpc_addresses()[0].text(), grpc::InsecureChannelCredentials());
  }
  httplib::Client http() { return httplib::Client("127.0.0.1", server_->rest_addresses()[0].tcp_port); }

  FakeDoor door_;
  std::vector<const google::protobuf::ServiceDescriptor*> services_ = services();
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, grpc_round_trip_and_errors_with_our_codes) {
  start();
  CreateVirtioBlkRequest create;
  create.set_virtio_blk_id("disk0");
  create.mutable_virtio_blk()->set_volume_name_ref("bdev1");
  VirtioBlk disk;
  ASSERT_TRUE(call(channel(), create_name, create, disk).ok());
  EXPECT_EQ(disk.name(), "volumes/disk0");
  EXPECT_EQ(disk.volume_name_ref(), "bdev1");
  const grpc::Status missing = call(channel(), get_name, GetVirtioBlkRequest(), disk);
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(missing.error_message(), "unable to find key x");
  const grpc::Status unknown = call(channel(), "/opi_api.storage.v1.Nothing/Get", GetVirtioBlkRequest(), disk);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerTest, grpc_refuses_bytes_that_are_no_message_and_too_many_of_them) {
  start();
  CreateVirtioBlkRequest disguised;  // field 1 of a Get is a string of UTF-8; here it is a message with a 0xff
  disguised.mutable_virtio_blk()->set_max_io_qps(-1);
  VirtioBlk disk;
  const grpc::Status bad = call(channel(), get_name, disguised, disk);
  EXPECT_EQ(bad.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << bad.error_message();
  EXPECT_THAT(bad.error_message(), HasSubstr("GetVirtioBlkRequest"));
  GetVirtioBlkRequest huge;
  huge.set_name(std::string(message_bytes_max + 1, 'a'));
  EXPECT_EQ(call(channel(), get_name, huge, disk).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ServerTest, a_deadline_passes_while_the_model_works) {
  start();
  GetVirtioBlkRequest get;
  get.set_name("held");
  VirtioBlk disk;
  const auto channel_kept = channel();
  EXPECT_EQ(call(channel_kept, get_name, get, disk, 50).error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  for (CallDone& done : door_.take_held(1)) {
    done(std::make_unique<VirtioBlk>());  // too late: nobody listens, nothing breaks
  }
  EXPECT_EQ(call(channel_kept, get_name, GetVirtioBlkRequest(), disk).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, stopping_cancels_what_the_model_has_not_answered) {
  start();
  GetVirtioBlkRequest get;
  get.set_name("held");
  auto waiting = std::async(std::launch::async, [&, kept = channel()] {
    VirtioBlk disk;
    return call(kept, get_name, get, disk).error_code();
  });
  auto held = door_.take_held(1);
  server_->stop();
  EXPECT_NE(waiting.get(), grpc::StatusCode::OK);
  for (CallDone& done : held) {
    done(std::make_unique<VirtioBlk>());
  }
}

TEST_F(ServerTest, rest_round_trip) {
  start();
  auto client = http();
  const auto made =
      client.Post("/v1/virtioBlks?virtio_blk_id=disk0", R"({"volumeNameRef":"bdev1"})", "application/json");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->status, 200);
  EXPECT_THAT(made->body, HasSubstr(R"("name":"volumes/disk0")"));
  const auto missing = client.Get("/v1/virtioBlks/x");
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(missing->body, R"({"code":5,"message":"unable to find key x","details":[]})");
  const auto removed = client.Delete("/v1/virtioBlks/x");
  EXPECT_EQ(removed->status, 200);
  EXPECT_EQ(removed->body, "{}");
}

TEST_F(ServerTest, rest_unknown_paths_wrong_verbs_and_limits) {
  start();
  auto client = http();
  EXPECT_EQ(client.Get("/v1/nothing")->status, 404);
  EXPECT_EQ(client.Get("/")->status, 404);
  EXPECT_EQ(client.Put("/v1/virtioBlks", "{}", "application/json")->status, 501);
  EXPECT_EQ(client.Get("/v1/virtioBlks/a%2")->status, 400);
  EXPECT_EQ(client.Post("/v1/virtioBlks", "nonsense", "application/json")->status, 400);
  EXPECT_EQ(client.Get("/v1/" + std::string(rest_target_bytes_max, 'a'))->status, 414);
  const auto huge = client.Post("/v1/virtioBlks", std::string(message_bytes_max + 1, ' '), "application/json");
  ASSERT_TRUE(huge);
  EXPECT_EQ(huge->status, 413);
  EXPECT_THAT(huge->body, HasSubstr(R"("code":8)"));
}

// grpc-gateway's path length fallback: what does not fit a URL, or a proxy, comes as a form.
TEST_F(ServerTest, a_form_may_stand_for_another_method) {
  start();
  auto client = http();
  constexpr const char* form = "application/x-www-form-urlencoded";
  const auto got = client.Post("/v1/virtioBlks/x", "unknown=1", form);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404) << "only GET is there: it is a GET";
  EXPECT_THAT(got->body, HasSubstr("unable to find key x"));
  EXPECT_EQ(client.Post("/v1/virtioBlks?page_size=1", "page_size=many", form)->status, 400) << "POST is there: JSON";
  EXPECT_THAT(client.Post("/v1/devices", "page_size=many", form)->body, HasSubstr("Not Found"));
  EXPECT_THAT(client.Post("/v1/virtioBlks/x:stats", "page_size=%zz", form)->body, HasSubstr("'%'"));
  const httplib::Headers remove = {{"X-HTTP-Method-Override", "delete"}};
  const auto removed = client.Post("/v1/virtioBlks/x", remove, "allow_missing=true", form);
  ASSERT_TRUE(removed);
  EXPECT_EQ(removed->status, 200);
  EXPECT_EQ(removed->body, "{}");
  EXPECT_EQ(client.Post("/v1/virtioBlks/x", remove, "allow_missing=maybe", form)->status, 400) << "the form counts";
  EXPECT_EQ(client.Post("/v1/virtioBlks/x", remove, "{}", "application/json")->status, 501) << "forms only";
  EXPECT_EQ(client.Get("/v1/virtioBlks/x", remove)->status, 404) << "a GET stays one";
}

TEST_F(ServerTest, grpc_metadata_headers) {
  start();
  auto client = http();
  const auto plain = client.Get("/v1/virtioBlks/x", {{"Grpc-Metadata-Tenant", "anything"}});
  EXPECT_EQ(plain->status, 404);
  EXPECT_EQ(plain->get_header_value("Grpc-Metadata-Content-Type"), "application/grpc") << "errors of calls as well";
  EXPECT_EQ(client.Delete("/v1/virtioBlks/x")->get_header_value("Grpc-Metadata-Content-Type"), "application/grpc");
  EXPECT_FALSE(client.Get("/v1/nothing")->has_header("Grpc-Metadata-Content-Type"));
  EXPECT_EQ(client.Get("/v1/virtioBlks/x", {{"grpc-metadata-trace-bin", "AAEC/w=="}})->status, 404);
  const auto bad = client.Get("/v1/virtioBlks/x", {{"Grpc-Metadata-Trace-Bin", "not base64!"}});
  EXPECT_EQ(bad->status, 400);
  EXPECT_THAT(bad->body, HasSubstr("invalid binary header Grpc-Metadata-Trace-Bin"));
  EXPECT_THAT(bad->body, testing::Not(HasSubstr("not base64!")));
}

TEST_F(ServerTest, metrics_come_from_the_rest_port) {
  start();
  const auto answer = http().Get("/metrics");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->get_header_value("Content-Type"), HasSubstr("version=0.0.4"));
  EXPECT_THAT(answer->body, HasSubstr(R"(outrigger_core_busy_seconds_total{core="data0")"));
}

TEST_F(ServerTest, a_port_in_use_is_named_and_nothing_is_left_listening) {
  start();
  const std::string taken = server_->grpc_addresses()[0].text();
  const auto second = Server::start(door_, services_, {.grpc = {taken}, .rest = {}});
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().what, HasSubstr(taken));
  const std::string rest = server_->rest_addresses()[0].text();
  const auto third = Server::start(door_, services_, {.grpc = {"127.0.0.1:0"}, .rest = {rest}});
  ASSERT_FALSE(third.has_value());
  EXPECT_THAT(third.error().what, HasSubstr(rest));
}

TEST_F(ServerTest, plaintext_for_everybody_needs_leave) {
  const ServerOptions open{.grpc = {"0.0.0.0:0"}, .rest = {}};
  const auto refused = Server::start(door_, services_, open);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().what, HasSubstr("api.allow_insecure"));
  const auto rest = Server::start(door_, services_, {.grpc = {"127.0.0.1:0"}, .rest = {"0.0.0.0:0"}});
  EXPECT_FALSE(rest.has_value());
  start({.grpc = {"0.0.0.0:0"}, .rest = {"0.0.0.0:0"}, .allow_insecure = true});
}

TEST_F(ServerTest, a_unix_socket_is_ours_and_our_groups_only) {
  const std::string path = testing::TempDir() + "api_" + std::to_string(::getpid());
  start({.grpc = {"unix:" + path, "127.0.0.1:0"}, .rest = {}});
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0660U);
  VirtioBlk disk;
  EXPECT_EQ(call(channel(), get_name, GetVirtioBlkRequest(), disk).error_code(), grpc::StatusCode::NOT_FOUND);
  const auto second = Server::start(door_, services_, {.grpc = {"unix:" + path}, .rest = {}});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(call(channel(), get_name, GetVirtioBlkRequest(), disk).error_code(), grpc::StatusCode::NOT_FOUND)
      << "the first still serves";
  server_->stop();
  EXPECT_FALSE(std::filesystem::exists(path));
  for (const auto& entry : std::filesystem::directory_iterator(testing::TempDir())) {
    EXPECT_FALSE(entry.path().string().starts_with(path)) << entry.path() << " is left over";
  }
}

TEST_F(ServerTest, a_unix_socket_s_path_may_be_as_long_as_the_system_allows) {
  std::string path = testing::TempDir() + "api_" + std::to_string(::getpid()) + "_";
  path.resize(107, 'x');
  const mode_t mask = ::umask(0);
  start({.grpc = {"unix:" + path}, .rest = {}});
  EXPECT_EQ(::umask(mask), 0U) << "the process' mask is nobody's to change";
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0660U);
  VirtioBlk disk;
  EXPECT_EQ(call(channel(), get_name, GetVirtioBlkRequest(), disk).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServerTest, a_directory_for_the_socket_that_is_missing_is_named) {
  const auto server = Server::start(door_, services_, {.grpc = {"unix:/nonexistent/api.sock"}, .rest = {}});
  ASSERT_FALSE(server.has_value());
  EXPECT_THAT(server.error().what, HasSubstr("unix:/nonexistent/api.sock"));
}

class TlsServerTest : public ServerTest {
 protected:
  TlsServerTest() {
    authority_ = testing_tls::make_identity(directory_, "ca", nullptr);
    server_identity_ = testing_tls::make_identity(directory_, "server", &authority_);
    client_ = testing_tls::make_identity(directory_, "client", &authority_);
    stranger_ = testing_tls::make_identity(directory_, "stranger", nullptr);
  }
  ~TlsServerTest() override { std::filesystem::remove_all(directory_); }

  void start_tls() {
    start({.grpc = {"127.0.0.1:0"},
           .rest = {"127.0.0.1:0"},
           .tls = server_identity_.certificate_path + ":" + server_identity_.key_path + ":" +
                  authority_.certificate_path});
  }
  static std::string slurp(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  grpc::StatusCode grpc_as(const testing_tls::Identity* identity) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = slurp(authority_.certificate_path);
    if (identity != nullptr) {
      options.pem_cert_chain = slurp(identity->certificate_path);
      options.pem_private_key = slurp(identity->key_path);
    }
    const auto kept = grpc::CreateChannel(server_->grpc_addresses()[0].text(), grpc::SslCredentials(options));
    VirtioBlk disk;
    return call(kept, get_name, GetVirtioBlkRequest(), disk, 3000).error_code();
  }
  // HTTP status, or 0 when the connection was refused.
  int rest_as(const testing_tls::Identity* identity, int version_max = TLS1_3_VERSION) {
    httplib::SSLClient client("127.0.0.1", server_->rest_addresses()[0].tcp_port,
                              identity == nullptr ? "" : identity->certificate_path,
                              identity == nullptr ? "" : identity->key_path);
    client.set_ca_cert_path(authority_.certificate_path.c_str());
    SSL_CTX_set_min_proto_version(client.ssl_context(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(client.ssl_context(), version_max);
    SSL_CTX_set_security_level(client.ssl_context(), 0);
    const auto answer = client.Get("/v1/virtioBlks/x");
    return answer ? answer->status : 0;
  }

  std::string directory_ = testing_tls::make_directory();
  testing_tls::Identity authority_;
  testing_tls::Identity server_identity_;
  testing_tls::Identity client_;
  testing_tls::Identity stranger_;
};

TEST_F(TlsServerTest, only_clients_the_ca_knows_are_served) {
  start_tls();
  EXPECT_EQ(grpc_as(&client_), grpc::StatusCode::NOT_FOUND) << "served";
  EXPECT_EQ(grpc_as(nullptr), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(grpc_as(&stranger_), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(rest_as(&client_), 404) << "served";
  EXPECT_EQ(rest_as(nullptr), 0);
  EXPECT_EQ(rest_as(&stranger_), 0);
  VirtioBlk disk;
  EXPECT_EQ(call(channel(), get_name, GetVirtioBlkRequest(), disk, 3000).error_code(), grpc::StatusCode::UNAVAILABLE)
      << "plaintext on a TLS port";
}

TEST_F(TlsServerTest, tls_1_2_is_the_least) {
  start_tls();
  EXPECT_EQ(rest_as(&client_, TLS1_2_VERSION), 404) << "served";
  EXPECT_EQ(rest_as(&client_, TLS1_1_VERSION), 0);
}

TEST_F(TlsServerTest, files_that_do_not_fit_stop_the_start) {
  const auto refused = Server::start(
      door_, services_,
      {.grpc = {"127.0.0.1:0"},
       .rest = {},
       .tls = server_identity_.certificate_path + ":" + client_.key_path + ":" + authority_.certificate_path});
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().what, HasSubstr("api.tls"));
  EXPECT_THAT(refused.error().what, HasSubstr(client_.key_path));
}

}  // namespace
}  // namespace outrigger::api
