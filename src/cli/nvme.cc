// By OPI's own calls where those can say everything, else by ours that take options.
#include "cli/nvme.h"

#include "cli/limits.h"

#include <outrigger/v1/nvme.pb.h>
#include <storage/frontend_nvme.pb.h>

namespace outrigger::cli {

namespace opi = opi_api::storage::v1;
namespace v1 = outrigger::v1;

namespace {

// Keys are not given back, and what is told of them nobody asked for.
void leave_what_can_be_compared(v1::NvmeSubsystemOptions& options) {
  for (v1::NvmeHostSecurity& host : *options.mutable_host_security()) {
    for (const char* field : {"dhchap_key", "dhchap_controller_key", "tls_key", "has_dhchap_key",
                              "has_dhchap_controller_key", "has_tls_key"}) {
      host.GetReflection()->ClearField(&host, host.GetDescriptor()->FindFieldByName(field));
    }
  }
}
void leave_what_can_be_compared(const Message&) {}

// Calls Create…WithOptions. The server answers a name that exists with what is stored: its options must then be those
// that are asked for.
template <typename Request, typename Options>
Result<std::unique_ptr<Message>> create_with(Client& client, const char* method, const Request& request,
                                             const Options& options) {
  const auto& service = *Options::descriptor()->file()->FindServiceByName(Options::descriptor()->name() + "Service");
  OR_ASSIGN(auto made, client.call(*service.FindMethodByName(method), request));
  const auto* const name = made->GetDescriptor()->FindFieldByName("name");
  const std::string made_name = made->GetReflection()->GetString(*made, name);
  const Kind& kind = kind_of(*Options::descriptor());
  OR_ASSIGN(const auto there, fetch(client, kind, made_name));
  Options wanted = options;
  wanted.set_name(made_name);
  Options found;
  found.CopyFrom(*there);
  leave_what_can_be_compared(wanted);
  leave_what_can_be_compared(found);
  if (wanted.SerializeAsString() != found.SerializeAsString()) {
    return fail(Code::AlreadyExists,
                "{} exists already, with other options: choose another name, or change them with `outrigger update {} "
                "{} …`",
                short_name(made_name), kind.name, short_name(made_name));
  }
  return made;
}

std::string below(std::string_view subsystem, std::string_view name) {
  return fmt::format("{}/{}", id_of(subsystem), name);
}

}  // namespace

Printed create_subsystem(Client& client, const SubsystemRequest& request, Format format) {
  const Kind& kind = kind_of(*opi::NvmeSubsystem::descriptor());
  opi::NvmeSubsystem wanted;
  auto& spec = *wanted.mutable_spec();
  spec.set_nqn(request.nqn);
  spec.set_serial_number(request.serial);
  spec.set_model_number(request.model);
  spec.set_max_namespaces(request.max_namespaces);
  if (request.keys.are_given() && request.hosts.size() != 1) {
    return fail(
        Code::InvalidArgument,
        "keys belong to one host: give one --host; the keys of others with `outrigger update subsystem {} --host "
        "NQN ...`",
        request.name);
  }
  if (request.hosts.size() <= 1) {
    spec.set_hostnqn(request.hosts.empty() ? "" : request.hosts.front());
  }
  const bool has_options = request.hosts.size() > 1 || request.keys.are_given() || !request.static_controllers.empty();
  if (!has_options) {
    OR_ASSIGN(const auto made, create(client, kind, request.name, wanted));
    return show_one(kind, *made, format);
  }
  v1::CreateNvmeSubsystemWithOptionsRequest call;
  call.set_nvme_subsystem_id(request.name);
  *call.mutable_nvme_subsystem() = wanted;
  auto& options = *call.mutable_nvme_subsystem_options();
  if (request.keys.are_given()) {
    auto& host = *options.add_host_security();
    host.set_hostnqn(request.hosts.front());
    OR_TRY(fill_host(request.keys, host));
  } else if (request.hosts.size() > 1) {
    options.mutable_hosts()->Add(request.hosts.begin(), request.hosts.end());
  }
  options.mutable_static_controllers()->Add(request.static_controllers.begin(), request.static_controllers.end());
  OR_ASSIGN(const auto made,
            create_with(client, "CreateNvmeSubsystemWithOptions", call, call.nvme_subsystem_options()));
  return show_one(kind, *made, format);
}

Printed create_controller(Client& client, const ControllerRequest& request, Format format) {
  const Kind& kind = kind_of(*opi::NvmeController::descriptor());
  opi::NvmeController wanted;
  auto& spec = *wanted.mutable_spec();
  spec.set_trtype(opi::NVME_TRANSPORT_TYPE_TCP);
  auto& endpoint = *spec.mutable_fabrics_id();
  endpoint.set_traddr(request.address);
  endpoint.set_trsvcid(std::to_string(request.port));
  endpoint.set_adrfam(request.address.find(':') == std::string::npos ? opi::NVME_ADDRESS_FAMILY_IPV4
                                                                     : opi::NVME_ADDRESS_FAMILY_IPV6);
  const std::string name = below(request.subsystem, request.name);
  if (!request.requires_tls) {
    OR_ASSIGN(const auto made, create(client, kind, name, wanted));
    return show_one(kind, *made, format);
  }
  v1::CreateNvmeControllerWithOptionsRequest call;
  call.set_parent(kind.parent_name(name));
  call.set_nvme_controller_id(request.name);
  *call.mutable_nvme_controller() = wanted;
  call.mutable_nvme_controller_options()->set_requires_tls(true);
  OR_ASSIGN(const auto made,
            create_with(client, "CreateNvmeControllerWithOptions", call, call.nvme_controller_options()));
  return show_one(kind, *made, format);
}

Printed create_namespace(Client& client, const NamespaceRequest& request, Format format) {
  const Kind& kind = kind_of(*opi::NvmeNamespace::descriptor());
  opi::NvmeNamespace wanted;
  auto& spec = *wanted.mutable_spec();
  spec.set_volume_name_ref(request.volume);
  spec.set_host_nsid(request.nsid);
  spec.set_uuid(request.uuid);
  spec.set_nguid(request.nguid);
  v1::NvmeNamespaceOptions options;
  options.set_ana_group(request.ana_group);
  options.mutable_hosts()->Add(request.hosts.begin(), request.hosts.end());
  if (!request.limits.empty()) {
    OR_ASSIGN(*options.mutable_max_limit(), to_qos_limit(request.limits));
  }
  const std::string name = below(request.subsystem, request.name);
  if (options.ByteSizeLong() == 0) {
    OR_ASSIGN(const auto made, create(client, kind, name, wanted));
    return show_one(kind, *made, format);
  }
  v1::CreateNvmeNamespaceWithOptionsRequest call;
  call.set_parent(kind.parent_name(name));
  call.set_nvme_namespace_id(request.name);
  *call.mutable_nvme_namespace() = wanted;
  *call.mutable_nvme_namespace_options() = options;
  OR_ASSIGN(const auto made, create_with(client, "CreateNvmeNamespaceWithOptions", call, options));
  return show_one(kind, *made, format);
}

Printed limit_namespace(Client& client, std::string_view id, const std::vector<std::string>& limits, Format format) {
  const Kind& kind = kind_of(*v1::NvmeNamespaceOptions::descriptor());
  v1::NvmeNamespaceOptions wanted;
  if (!limits.empty()) {
    OR_ASSIGN(*wanted.mutable_max_limit(), to_qos_limit(limits));
  }
  OR_ASSIGN(const auto changed, update(client, kind, id, wanted, {"max_limit"}));
  return show_one(kind, *changed, format);
}

}  // namespace outrigger::cli
