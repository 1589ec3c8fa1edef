// Fuzzes what a REST client sends: the path against every route, then the query and the body of the route it
// found. Input: the verb's number, then the target, a newline, the body. Whatever transcodes must come out as
// JSON again.
#include "api/rest/router.h"
#include "api/rest/transcode.h"
#include "base/check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <outrigger/v1/host.pb.h>
#include <storage/backend_nvme.pb.h>
#include <storage/frontend_virtio_blk.pb.h>
#include <storage/middleend_encryption.pb.h>
#include <storage/middleend_qos_volume.pb.h>

#include <array>
#include <span>

namespace {

using outrigger::api::rest::Match;
using outrigger::api::rest::Router;

const Router& router() {
  static const Router made = [] {
    std::vector<const google::protobuf::ServiceDescriptor*> services;
    for (const auto* file :
         {opi_api::storage::v1::VirtioBlk::descriptor()->file(), opi_api::storage::v1::QosVolume::descriptor()->file(),
          opi_api::storage::v1::EncryptedVolume::descriptor()->file(),
          opi_api::storage::v1::NvmePath::descriptor()->file(), outrigger::v1::Host::descriptor()->file()}) {
      services.push_back(file->service(0));
    }
    auto result = Router::make(services);
    outrigger::check(result.has_value(), "our own annotations parse");
    return std::move(*result);
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  google::protobuf::LogSilencer silence;  // protobuf says on standard error what it thinks of bad UTF-8
  if (size == 0) {
    return 0;
  }
  constexpr std::array<std::string_view, 4> verbs = {"GET", "POST", "PATCH", "DELETE"};
  const std::string_view verb = verbs[data[0] % verbs.size()];
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t newline = rest.find('\n');
  const std::string_view target = rest.substr(0, newline);
  const std::string_view body = newline == std::string_view::npos ? std::string_view{} : rest.substr(newline + 1);
  const size_t question = target.find('?');

  // The path as a template too: its parser must hold against anything, if only against our own typing errors.
  [[maybe_unused]] const auto as_template = outrigger::api::rest::PathTemplate::parse(target.substr(0, question));
  const auto path = outrigger::api::rest::parse_request_path(target.substr(0, question));
  if (!path.has_value()) {
    return 0;
  }
  const auto found = router().find(verb, *path);
  const auto* match = std::get_if<Match>(&found);
  if (match == nullptr) {
    return 0;
  }
  const auto request = outrigger::api::rest::build_request(
      *match->route->method,
      {.query = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1),
       .body = body,
       .body_field = match->route->body_field,
       .is_patch = verb == "PATCH"},
      match->bindings);
  if (request.has_value()) {
    [[maybe_unused]] const auto text = outrigger::api::rest::to_json(**request);
  } else {
    outrigger::check(!request.error().what.empty(), "an error says something");
    (void)outrigger::api::rest::error_json(request.error());
  }
  return 0;
}
