// Router: the REST routes of a set of services, read from their google.api.http annotations.
#pragma once

#include "api/rest/path_template.h"
#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace google::api {
class HttpRule;
}
namespace google::protobuf {
class MethodDescriptor;
class ServiceDescriptor;
}  // namespace google::protobuf

namespace outrigger::api::rest {

struct Route {
  std::string verb;  // "GET", "POST", "PATCH", "DELETE", "PUT"
  PathTemplate path;
  std::string body_field;  // see HttpInput
  const google::protobuf::MethodDescriptor* method;
  std::vector<Binding> constants;  // what an alias fills in for the variables it does not have
};

struct Match {
  const Route* route;
  std::vector<Binding> bindings;
};
enum class NoMatch : uint8_t { UnknownPath, WrongVerb };

// Immutable once made; any thread may look up.
class Router {
 public:
  // A rule that cannot be parsed is our own .proto's mistake and an error here.
  //
  // Two rules of OPI claim GET /v1/volumes (the lists of encrypted and of QoS volumes). The one registered
  // last answers, as in grpc-gateway and so in every existing bridge: the QoS list. Whatever collection is
  // listed under such a constant ({parent=volumes}) is also served under its resources' own plural, GET
  // /v1/encryptedVolumes.
  static Result<Router> make(std::span<const google::protobuf::ServiceDescriptor* const> services);

  [[nodiscard]] std::variant<Match, NoMatch> find(std::string_view verb, const RequestPath& path) const;
  [[nodiscard]] std::span<const Route> routes() const noexcept { return routes_; }

 private:
  Result<> add(const google::protobuf::MethodDescriptor& method, const google::api::HttpRule& rule);
  Result<> add_alias(const Route& route);

  std::vector<Route> routes_;
};

}  // namespace outrigger::api::rest
