// HTTP ↔ protobuf, held against what grpc-gateway does with OPI's messages.
#include "api/rest/transcode.h"

#include "api/rest/router.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <outrigger/v1/host.pb.h>
#include <storage/backend_nvme.pb.h>
#include <storage/frontend_virtio_blk.pb.h>
#include <storage/middleend_encryption.pb.h>
#include <storage/middleend_qos_volume.pb.h>

#include <set>

namespace outrigger::api::rest {
namespace {

using namespace opi_api::storage::v1;  // NOLINT

const google::protobuf::MethodDescriptor& method(const google::protobuf::Message& input) {
  const auto* file = input.GetDescriptor()->file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      if (file->service(s)->method(m)->input_type() == input.GetDescriptor()) {
        return *file->service(s)->method(m);
      }
    }
  }
  abort();
}

template <typename Request>
Request build(const HttpInput& input, const std::vector<Binding>& bindings = {}) {
  auto made = build_request(method(Request()), input, bindings);
  EXPECT_TRUE(made.has_value()) << (made.has_value() ? "" : made.error().what);
  Request request;
  if (made.has_value()) {
    request.CopyFrom(**made);
  }
  return request;
}

template <typename Request>
Error refuse(const HttpInput& input, const std::vector<Binding>& bindings = {}) {
  auto made = build_request(method(Request()), input, bindings);
  EXPECT_FALSE(made.has_value()) << (*made)->ShortDebugString();
  return made.has_value() ? Error{Code::Ok, ""} : made.error();
}

TEST(Transcode, body_goes_into_its_field_and_the_id_comes_from_the_query) {
  const auto request = build<CreateVirtioBlkRequest>(
      {.query = "virtio_blk_id=disk0",
       .body = R"({"pcie_id": {"port_id": 0, "physicalFunction": 3}, "volumeNameRef": "bdev1",
                   "maxLimit": {"rwIopsKiops": "100"}, "max_io_qps": 7, "whatIsThis": [1, {}]})",
       .body_field = "virtio_blk"});
  EXPECT_EQ(request.virtio_blk_id(), "disk0");
  EXPECT_EQ(request.virtio_blk().volume_name_ref(), "bdev1");
  EXPECT_TRUE(request.virtio_blk().pcie_id().has_port_id());
  EXPECT_FALSE(request.virtio_blk().pcie_id().has_virtual_function());
  EXPECT_EQ(request.virtio_blk().pcie_id().physical_function().value(), 3);
  EXPECT_EQ(request.virtio_blk().max_limit().rw_iops_kiops(), 100);
  EXPECT_EQ(request.virtio_blk().max_io_qps(), 7);
}

TEST(Transcode, query_parameters_snake_camel_and_nested) {
  const auto list = build<ListVirtioBlksRequest>({.query = "page_size=5&pageToken=a%20b+c&unknown=1&&x"});
  EXPECT_EQ(list.page_size(), 5);
  EXPECT_EQ(list.page_token(), "a b c");
  const auto created = build<CreateQosVolumeRequest>(
      {.query = "qosVolumeId=q&qosVolume.limits.max.rdIopsKiops=12&qos_volume.volume_name_ref=v",
       .body = "{}",
       .body_field = "qos_volume"});
  EXPECT_EQ(created.qos_volume().limits().max().rd_iops_kiops(), 12);
  EXPECT_EQ(created.qos_volume().volume_name_ref(), "v");
  const auto masked = build<UpdateVirtioBlkRequest>(
      {.query = "updateMask=volumeNameRef,maxLimit.rwIopsKiops&allow_missing=true&virtio_blk.pcie_id.port_id=2",
       .body = "{}",
       .body_field = "virtio_blk",
       .is_patch = true},
      {{"virtio_blk.name", "virtioBlks/x"}});
  EXPECT_EQ(masked.update_mask().paths_size(), 2);
  EXPECT_EQ(masked.update_mask().paths(1), "max_limit.rw_iops_kiops");
  EXPECT_TRUE(masked.allow_missing());
  EXPECT_EQ(masked.virtio_blk().pcie_id().port_id().value(), 2);
  EXPECT_EQ(masked.virtio_blk().name(), "virtioBlks/x");
}

TEST(Transcode, query_values_that_do_not_fit_name_their_field) {
  EXPECT_NE(refuse<ListVirtioBlksRequest>({.query = "page_size=many"}).what.find("page_size"), std::string::npos);
  EXPECT_NE(refuse<ListVirtioBlksRequest>({.query = "pageSize=99999999999"}).what.find("out of range"),
            std::string::npos);
  EXPECT_EQ(refuse<ListVirtioBlksRequest>({.query = "page_size=5x"}).code, Code::InvalidArgument);
  EXPECT_EQ(refuse<ListVirtioBlksRequest>({.query = "page_size=%"}).code, Code::InvalidArgument);
  EXPECT_EQ(refuse<DeleteVirtioBlkRequest>({.query = "allow_missing=maybe"}).code, Code::InvalidArgument);
  EXPECT_EQ(refuse<ListVirtioBlksRequest>({.query = "page_size.x=1"}).code, Code::InvalidArgument);
  EXPECT_EQ(
      refuse<CreateVirtioBlkRequest>({.query = "virtio_blk.max_limit=1", .body = "{}", .body_field = "virtio_blk"})
          .code,
      Code::InvalidArgument);
  std::string deep = "a";
  for (int i = 0; i < 100; ++i) {
    deep += ".a";
  }
  EXPECT_EQ(build<ListVirtioBlksRequest>({.query = deep + "=1"}).page_size(), 0) << "unknown, so ignored";
}

TEST(Transcode, bytes_and_enums) {
  const auto request = build<CreateEncryptedVolumeRequest>(
      {.body = R"({"key": "AAEC/w==", "cipher": "ENCRYPTION_TYPE_AES_XTS_128"})", .body_field = "encrypted_volume"});
  EXPECT_EQ(request.encrypted_volume().key(), std::string("\x00\x01\x02\xff", 4));
  EXPECT_EQ(request.encrypted_volume().cipher(), ENCRYPTION_TYPE_AES_XTS_128);
  const auto by_query =
      build<CreateEncryptedVolumeRequest>({.query = "encrypted_volume.cipher=6&encrypted_volume.key=AAEC_w==",
                                           .body = "{}",
                                           .body_field = "encrypted_volume"});
  EXPECT_EQ(by_query.encrypted_volume().cipher(), ENCRYPTION_TYPE_AES_XTS_256);
  EXPECT_EQ(by_query.encrypted_volume().key().size(), 4U);
  const Error wrong =
      refuse<CreateEncryptedVolumeRequest>({.body = R"({"cipher": "AES"})", .body_field = "encrypted_volume"});
  EXPECT_EQ(wrong.code, Code::InvalidArgument);
  EXPECT_NE(wrong.what.find("cipher: not one of ENCRYPTION_TYPE_"), std::string::npos) << wrong.what;
  EXPECT_EQ(wrong.what.find("'AES'"), std::string::npos) << wrong.what;
}

TEST(Transcode, errors_say_where_and_never_what_was_sent) {
  const auto refused = [](std::string_view body) {
    return refuse<CreateEncryptedVolumeRequest>({.body = body, .body_field = "encrypted_volume"}).what;
  };
  EXPECT_EQ(refused(R"({"volumeNameRef": "b", "key": "my very secret key! 0123"})"),
            "the body does not fit EncryptedVolume: key: the value is not bytes in base64");
  EXPECT_EQ(refused("{\"key\": \"c2VjcmV0\",\n \"cipher\" 6}"), "the body is not a JSON object: line 2, column 11");
  EXPECT_EQ(refused(R"({"key": "c2VjcmV0c2VjcmV0)"),
            "the body is not a JSON object: line 1, column 25, where it ends too early");
  EXPECT_EQ(refused(R"(["c2VjcmV0"])"), "the body is not a JSON object");
  EXPECT_EQ(refused(R"("c2VjcmV0")"), "the body is not a JSON object");
  // Keys in places where no key belongs, and words that look like the end of protobuf's own sentence.
  for (const char* body :
       {R"({"key": {"secret": "c2VjcmV0"}})", R"({"key": ["c2VjcmV0"]})", R"({"key": "c2VjcmV0 for type c2VjcmV0"})",
        R"({"cipher": "c2VjcmV0"})", R"({"cipher": "c2VjcmV0 for type x"})", R"({"volumeNameRef": {"c2VjcmV0": 1}})",
        R"({"key": "c2VjcmV0", "key": "c2VjcmV0!"})", R"({"key": "c2VjcmV0\q"})", R"({"key": 'c2VjcmV0", })",
        "{\"key\": \"c2VjcmV0\x01\xff!\"}", R"({"name": 5, "key": "c2VjcmV0" "c2VjcmV0"})"}) {
    const std::string said = refused(body);
    EXPECT_EQ(said.find("c2Vj"), std::string::npos) << body << ": " << said;
  }
  const auto by_query = refuse<CreateEncryptedVolumeRequest>(
      {.query = "encrypted_volume.key=my+very+secret+key", .body = "{}", .body_field = "encrypted_volume"});
  EXPECT_EQ(by_query.what, "encrypted_volume.key: the value is not bytes in base64");
}

TEST(Transcode, a_patch_without_a_mask_means_the_fields_it_shows) {
  const auto request =
      build<UpdateVirtioBlkRequest>({.body = R"({"name": "ignored", "volumeNameRef": "b2", "pcieId": {"portId": 1},
                   "maxLimit": {"rwIopsKiops": 5, "rdBandwidthMbs": 0}, "minLimit": {}})",
                                     .body_field = "virtio_blk",
                                     .is_patch = true},
                                    {{"virtio_blk.name", "virtioBlks/disk0"}});
  EXPECT_EQ(request.virtio_blk().name(), "virtioBlks/disk0");
  std::set<std::string> paths(request.update_mask().paths().begin(), request.update_mask().paths().end());
  EXPECT_EQ(paths, (std::set<std::string>{"volume_name_ref", "pcie_id.port_id", "max_limit.rw_iops_kiops",
                                          "max_limit.rd_bandwidth_mbs", "min_limit"}));
  const auto given = build<UpdateVirtioBlkRequest>(
      {.query = "update_mask=*", .body = R"({"volumeNameRef":"b"})", .body_field = "virtio_blk", .is_patch = true});
  ASSERT_EQ(given.update_mask().paths_size(), 1);
  EXPECT_EQ(given.update_mask().paths(0), "*");
}

TEST(Transcode, bodies_that_are_no_json_or_not_wanted) {
  EXPECT_EQ(refuse<CreateVirtioBlkRequest>({.body = "", .body_field = "virtio_blk"}).code, Code::InvalidArgument);
  EXPECT_EQ(refuse<CreateVirtioBlkRequest>({.body = "[1]", .body_field = "virtio_blk"}).code, Code::InvalidArgument);
  EXPECT_EQ(refuse<CreateVirtioBlkRequest>({.body = "{", .body_field = "virtio_blk"}).code, Code::InvalidArgument);
  EXPECT_EQ(refuse<CreateVirtioBlkRequest>({.body = R"({"maxIoQps": "x"})", .body_field = "virtio_blk"}).code,
            Code::InvalidArgument);
  EXPECT_EQ(refuse<GetVirtioBlkRequest>({.body = "{}"}).code, Code::InvalidArgument);
  EXPECT_EQ(refuse<CreateVirtioBlkRequest>({.body = std::string(5000, '['), .body_field = "virtio_blk"}).code,
            Code::InvalidArgument);
  std::string deep;
  for (int i = 0; i < 5000; ++i) {
    deep += R"({"a":)";
  }
  EXPECT_EQ(refuse<CreateVirtioBlkRequest>({.body = deep, .body_field = "virtio_blk"}).code, Code::InvalidArgument);
  // A body of "*" is the whole request, and may be left out.
  const auto reset =
      build<ResetNvmeRemoteControllerRequest>({.body_field = "*"}, {{"name", "nvmeRemoteControllers/x"}});
  EXPECT_EQ(reset.name(), "nvmeRemoteControllers/x");
  const auto full = build<ResetNvmeRemoteControllerRequest>({.body = R"({"name": "other"})", .body_field = "*"},
                                                            {{"name", "nvmeRemoteControllers/x"}});
  EXPECT_EQ(full.name(), "nvmeRemoteControllers/x") << "the path wins";
}

TEST(Transcode, replies_show_unpopulated_fields_and_quote_64_bits) {
  VirtioBlk disk;
  disk.set_name("volumes/disk0");
  disk.set_max_io_qps(1LL << 60);
  disk.mutable_pcie_id()->mutable_port_id()->set_value(0);
  const std::string json = *to_json(disk);
  EXPECT_NE(json.find(R"("maxIoQps":"1152921504606846976")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("volumeNameRef":"")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("portId":0)"), std::string::npos) << json;
  ListVirtioBlksResponse list;
  EXPECT_EQ(*to_json(list), R"({"virtioBlks":[],"nextPageToken":""})");
}

TEST(Transcode, errors) {
  EXPECT_EQ(error_json({Code::NotFound, "no \"x\"\n"}), R"({"code":5,"message":"no \"x\"\n","details":[]})");
  EXPECT_EQ(error_json({Code::NotFound, "bad \xff\xc3\xa9"}),
            "{\"code\":5,\"message\":\"bad \\ufffd\xc3\xa9\",\"details\":[]}");
  EXPECT_EQ(http_status(Code::InvalidArgument), 400);
  EXPECT_EQ(http_status(Code::Aborted), 409);
  EXPECT_EQ(http_status(Code::FailedPrecondition), 400);
  EXPECT_EQ(http_status(Code::ResourceExhausted), 429);
  EXPECT_EQ(http_status(Code::Unauthenticated), 401);
}

std::string routed(const Router& router, std::string_view verb, std::string_view path) {
  const auto found = router.find(verb, *parse_request_path(path));
  if (const auto* none = std::get_if<NoMatch>(&found)) {
    return *none == NoMatch::WrongVerb ? "wrong verb" : "unknown";
  }
  const auto& match = std::get<Match>(found);
  std::string text = match.route->method->name();
  for (const Binding& binding : match.bindings) {
    text += " " + binding.field_path + "=" + binding.value;
  }
  return text;
}

TEST(Router, routes_come_from_the_annotations) {
  const std::vector<const google::protobuf::ServiceDescriptor*> services = {
      EncryptedVolume::descriptor()->file()->service(0), QosVolume::descriptor()->file()->service(0),
      VirtioBlk::descriptor()->file()->service(0), outrigger::v1::Host::descriptor()->file()->service(0)};
  const auto router = Router::make(services);
  ASSERT_TRUE(router.has_value()) << router.error().what;
  EXPECT_EQ(routed(*router, "GET", "/v1/virtioBlks"), "ListVirtioBlks");
  EXPECT_EQ(routed(*router, "GET", "/v1/virtioBlks/x:stats"), "StatsVirtioBlk name=virtioBlks/x");
  EXPECT_EQ(routed(*router, "PATCH", "/v1/hosts/h"), "UpdateHost host.name=hosts/h");
  EXPECT_EQ(routed(*router, "PUT", "/v1/hosts/h"), "wrong verb");
  EXPECT_EQ(routed(*router, "GET", "/v1/nothing"), "unknown");
  // OPI gives GET /v1/volumes to both lists; the last registered answers, and each has its own alias.
  EXPECT_EQ(routed(*router, "GET", "/v1/volumes"), "ListQosVolumes parent=volumes");
  EXPECT_EQ(routed(*router, "GET", "/v1/encryptedVolumes"), "ListEncryptedVolumes parent=volumes");
  EXPECT_EQ(routed(*router, "GET", "/v1/qosVolumes"), "ListQosVolumes parent=volumes");
}

}  // namespace
}  // namespace outrigger::api::rest
