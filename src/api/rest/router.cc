// Routes from annotations. Some 60 of them: looked up in a row, the last registered first.
#include "api/rest/router.h"

#include <google/api/annotations.pb.h>
#include <google/api/http.pb.h>
#include <google/api/resource.pb.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <optional>

namespace outrigger::api::rest {

using google::api::HttpRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

namespace {

struct VerbAndPath {
  std::string verb;
  std::string path;
};

std::optional<VerbAndPath> verb_and_path(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet: return VerbAndPath{"GET", rule.get()};
    case HttpRule::kPut: return VerbAndPath{"PUT", rule.put()};
    case HttpRule::kPost: return VerbAndPath{"POST", rule.post()};
    case HttpRule::kDelete: return VerbAndPath{"DELETE", rule.delete_()};
    case HttpRule::kPatch: return VerbAndPath{"PATCH", rule.patch()};
    case HttpRule::kCustom: return VerbAndPath{rule.custom().kind(), rule.custom().path()};
    case HttpRule::PATTERN_NOT_SET: break;
  }
  return std::nullopt;
}

// "encryptedVolumes" for a List method, from the resource in its answer; empty when there is none.
std::string listed_plural(const MethodDescriptor& method) {
  for (int i = 0; i < method.output_type()->field_count(); ++i) {
    const FieldDescriptor* field = method.output_type()->field(i);
    if (field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return field->message_type()->options().GetExtension(google::api::resource).plural();
    }
  }
  return {};
}

}  // namespace

Result<Router> Router::make(std::span<const ServiceDescriptor* const> services) {
  Router router;
  for (const ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor* method = service->method(i);
      if (!method->options().HasExtension(google::api::http)) {
        continue;
      }
      const HttpRule& rule = method->options().GetExtension(google::api::http);
      OR_TRY(router.add(*method, rule));
      for (const HttpRule& additional : rule.additional_bindings()) {
        OR_TRY(router.add(*method, additional));
      }
    }
  }
  return router;
}

Result<> Router::add(const MethodDescriptor& method, const HttpRule& rule) {
  auto where = verb_and_path(rule);
  if (!where.has_value()) {
    return {};
  }
  auto path = PathTemplate::parse(where->path);
  if (!path.has_value()) {
    return with_context(std::move(path).error(), method.full_name());
  }
  routes_.push_back({std::move(where->verb), std::move(*path), rule.body(), &method, {}});
  if (const Route route = routes_.back(); route.verb == "GET" && route.path.has_constant_variable()) {
    OR_TRY(add_alias(route));
  }
  return {};
}

Result<> Router::add_alias(const Route& route) {
  const std::string plural = listed_plural(*route.method);
  if (plural.empty()) {
    return {};
  }
  const std::string alias = "/v1/" + plural;
  OR_ASSIGN(const RequestPath own_path, parse_request_path(alias));
  if (route.path.match(own_path).has_value()) {
    return {};
  }
  OR_ASSIGN(PathTemplate path, PathTemplate::parse(alias));
  // {parent=volumes}: the alias has no such variable, its value is the constant.
  const std::string& text = route.path.text();
  const size_t open = text.find('{');
  const size_t equals = text.find('=', open);
  const size_t close = text.find('}', open);
  std::vector<Binding> constants;
  constants.push_back({text.substr(open + 1, equals - open - 1), text.substr(equals + 1, close - equals - 1)});
  routes_.push_back({route.verb, std::move(path), route.body_field, route.method, std::move(constants)});
  return {};
}

std::variant<Match, NoMatch> Router::find(std::string_view verb, const RequestPath& path) const {
  bool is_path_known = false;
  for (auto route = routes_.rbegin(); route != routes_.rend(); ++route) {
    auto bindings = route->path.match(path);
    if (!bindings.has_value()) {
      continue;
    }
    if (route->verb == verb) {
      bindings->insert(bindings->end(), route->constants.begin(), route->constants.end());
      return Match{&*route, std::move(*bindings)};
    }
    is_path_known = true;
  }
  return is_path_known ? NoMatch::WrongVerb : NoMatch::UnknownPath;
}

}  // namespace outrigger::api::rest
