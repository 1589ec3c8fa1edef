// Generic verbs by reflection.
#include "cli/resources.h"

#include "api/rest/field_path.h"
#include "base/check.h"

#include <google/api/field_behavior.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/util/message_differencer.h>
#include <outrigger/v1/device.pb.h>
#include <outrigger/v1/nvme_discovery.pb.h>
#include <outrigger/v1/nvme_remote.pb.h>
#include <outrigger/v1/telemetry.pb.h>
#include <outrigger/v1/volume.pb.h>
#include <storage/backend_nvme.pb.h>
#include <storage/frontend_virtio_blk.pb.h>

#include <algorithm>

namespace outrigger::cli {

using google::protobuf::FieldMask;
using google::protobuf::Reflection;
namespace v1 = outrigger::v1;

namespace {

constexpr int page_size = 250;        // the server's most
constexpr size_t pages_max = 10'000;  // a server that never ends its list does not hold us for ever

std::unique_ptr<Message> new_message(const Descriptor& type) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

Message& mutable_message(Message& message, const FieldDescriptor& field) {
  return *message.GetReflection()->MutableMessage(&message, &field);
}

void set_string(Message& message, const std::string& field_name, const std::string& value) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(field_name);
  if (field != nullptr) {
    message.GetReflection()->SetString(&message, field, value);
  }
}

// Required by the API also where a list stands under a constant: {parent=volumes}.
void set_parent(Message& request, const Kind& kind, std::string_view id = "") {
  const std::string parent = kind.parent_name(id);
  set_string(request, "parent", parent.empty() ? "volumes" : parent);
}

Result<> cannot(const Kind& kind, std::string_view verb) {
  return fail(Code::InvalidArgument, "the API has no way to {} {}; `outrigger get {}` shows what there is", verb,
              kind.plural, kind.name);
}

bool is_input_only(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::INPUT_ONLY) {
      return true;
    }
  }
  return false;
}

// What reads a kind's secrets from files.
std::string_view verb_for_secret(const Descriptor& resource) {
  if (resource.file() == v1::NvmeRemoteControllerOptions::descriptor()->file() ||
      resource.file() == opi_api::storage::v1::NvmeRemoteController::descriptor()->file()) {
    return "update remote ID --tls-key-file FILE --dhchap-key-file FILE --controller-key-file FILE";
  }
  if (&resource == v1::NvmeDiscovery::descriptor()) {
    return "update discovery ID --tls-key-file FILE --dhchap-key-file FILE --controller-key-file FILE";
  }
  if (resource.name().starts_with("Nvme")) {
    return "update subsystem NAME --host NQN --tls-key-file FILE --dhchap-key-file FILE";
  }
  return "update volume NAME --key-file FILE";
}

// "maxLimit.rwIopsKiops" → "max_limit.rw_iops_kiops", as masks spell it. Secrets are refused: whoever may
// list processes reads an argument.
Result<std::string> canonical_path(const Descriptor& resource, std::string_view path) {
  std::string made;
  const Descriptor* type = &resource;
  std::string_view rest = path;
  while (true) {
    const size_t dot = rest.find('.');
    const FieldDescriptor* field = type == nullptr ? nullptr : api::rest::find_field(*type, rest.substr(0, dot));
    if (field == nullptr) {
      std::string fields;
      for (int i = 0; type != nullptr && i < type->field_count(); ++i) {
        fields += (i == 0 ? "" : ", ") + type->field(i)->name();
      }
      return fail(Code::InvalidArgument, "{}: there is no such field; there are {}", path, fields);
    }
    made += (made.empty() ? "" : ".") + field->name();
    if (field->type() == FieldDescriptor::TYPE_BYTES || is_input_only(*field)) {
      return fail(Code::InvalidArgument, "{}: a secret does not belong on a command line; use `outrigger {}`", path,
                  verb_for_secret(resource));
    }
    if (dot == std::string_view::npos) {
      return made;
    }
    type = field->message_type();
    rest = rest.substr(dot + 1);
  }
}

Result<std::vector<std::string>> assign(Message& resource, const std::vector<std::string>& assignments) {
  std::vector<std::string> mask;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Code::InvalidArgument, "'{}': write field=value", assignment);
    }
    OR_ASSIGN(std::string path, canonical_path(*resource.GetDescriptor(), assignment.substr(0, equals)));
    const std::string value = assignment.substr(equals + 1);
    // "buses=" empties: it is in the mask and nowhere else.
    if (!value.empty()) {
      OR_TRY(api::rest::set_field(resource, path, value, api::rest::Unknown::Refuse));
    }
    if (std::ranges::find(mask, path) == mask.end()) {
      mask.push_back(std::move(path));
    }
  }
  return mask;
}

// The first field that `asked` sets and `made` has otherwise, of those that the server gives back as it got them;
// empty: none.
std::string first_otherwise(const Message& asked, const Message& made) {
  std::vector<const FieldDescriptor*> fields;
  asked.GetReflection()->ListFields(asked, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool is_given_back = field->name() != "name" && field->name() != "uuid" &&
                               !field->name().ends_with("_name_ref") && field->type() != FieldDescriptor::TYPE_BYTES &&
                               !is_input_only(*field);
    if (!is_given_back) {
      continue;
    }
    const bool is_part = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated() &&
                         field->message_type()->file()->package() != "google.protobuf";  // wrappers are values
    if (is_part) {
      const std::string inner = first_otherwise(asked.GetReflection()->GetMessage(asked, field),
                                                made.GetReflection()->GetMessage(made, field));
      if (!inner.empty()) {
        return field->name() + "." + inner;
      }
      continue;
    }
    google::protobuf::util::MessageDifferencer differencer;
    if (!differencer.CompareWithFields(asked, made, {field}, {field})) {
      return field->name();
    }
  }
  return "";
}

Result<> check_is_asked_for(const Kind& kind, std::string_view id, const Message& asked, const Message& made) {
  const std::string field = first_otherwise(asked, made);
  if (field.empty()) {
    return {};
  }
  return fail(
      Code::AlreadyExists,
      "there is a {} {} already, with another {}, and it stays as it is: choose another name, or change it with "
      "`outrigger update {} {} …`",
      kind.name, short_name(id), field, kind.name, short_name(id));
}

Printed show_telemetry(Client& client, std::string_view id, bool wants_device, Format format) {
  outrigger::v1::GetTelemetryRequest request;
  request.set_without_histograms(true);
  OR_ASSIGN(const auto telemetry,
            client.call_for<outrigger::v1::Telemetry>(
                method_of(*outrigger::v1::Telemetry::descriptor()->file(), "GetTelemetry"), request));
  for (const auto& subject : telemetry.subjects()) {
    const bool is_device = subject.kind().starts_with("virtio");
    const bool is_volume = !is_device && !subject.kind().starts_with("nvme");
    if (id_of(subject.name()) == id_of(id) && (wants_device ? is_device : is_volume)) {
      return show_message(subject, format);
    }
  }
  return fail(Code::NotFound, "nothing is counted for {}; `outrigger list {}` shows what there is", id,
              wants_device ? "device" : "volume");
}

}  // namespace

Result<std::unique_ptr<Message>> fetch(Client& client, const Kind& kind, std::string_view id) {
  auto request = new_message(*kind.get->input_type());
  OR_ASSIGN(const std::string name, kind.full_name(id));
  set_string(*request, "name", name);
  return client.call(*kind.get, *request);
}

Result<std::vector<std::unique_ptr<Message>>> fetch_all(Client& client, const Kind& kind) {
  std::vector<std::unique_ptr<Message>> all;
  auto request = new_message(*kind.list->input_type());
  set_parent(*request, kind);
  request->GetReflection()->SetInt32(request.get(), request->GetDescriptor()->FindFieldByName("page_size"), page_size);
  const FieldDescriptor& items = items_field(*kind.list);
  const FieldDescriptor* next = kind.list->output_type()->FindFieldByName("next_page_token");
  for (size_t page = 0; page < pages_max; ++page) {
    OR_ASSIGN(const auto response, client.call(*kind.list, *request));
    const Reflection& reflection = *response->GetReflection();
    for (int i = 0; i < reflection.FieldSize(*response, &items); ++i) {
      const Message& item = reflection.GetRepeatedMessage(*response, &items, i);
      all.emplace_back(item.New())->CopyFrom(item);
    }
    const std::string token = reflection.GetString(*response, next);
    if (token.empty()) {
      return all;
    }
    set_string(*request, "page_token", token);
  }
  return fail(Code::Internal, "the list of {} has more than {} pages", kind.plural, pages_max);
}

Result<std::unique_ptr<Message>> create(Client& client, const Kind& kind, std::string_view id,
                                        const Message& resource) {
  auto request = new_message(*kind.create->input_type());
  if (!kind.parent_name(id).empty()) {
    OR_TRY(kind.full_name(id));
    set_parent(*request, kind, id);
  }
  mutable_message(*request, resource_field(*kind.create, *kind.resource)).CopyFrom(resource);
  request->GetReflection()->SetString(request.get(), &id_field(kind), std::string(id_of(id)));
  auto made = client.call(*kind.create, *request);
  if (made.has_value()) {
    OR_TRY(check_is_asked_for(kind, id, resource, **made));
  }
  return made;
}

Result<std::unique_ptr<Message>> update(Client& client, const Kind& kind, std::string_view id, Message& resource,
                                        const std::vector<std::string>& mask) {
  OR_ASSIGN(const std::string name, kind.full_name(id));
  set_string(resource, "name", name);
  auto request = new_message(*kind.update->input_type());
  mutable_message(*request, resource_field(*kind.update, *kind.resource)).CopyFrom(resource);
  FieldMask paths;
  for (const std::string& path : mask) {
    paths.add_paths(path);
  }
  mutable_message(*request, *kind.update->input_type()->FindFieldByName("update_mask")).CopyFrom(paths);
  return client.call(*kind.update, *request);
}

Result<const Kind*> holding_kind(Client& client, const Kind& kind, std::string_view id) {
  if (kind.resource == outrigger::v1::Device::descriptor()) {
    return &kind_of(*opi_api::storage::v1::VirtioBlk::descriptor());  // the one kind of device there is
  }
  if (kind.resource == v1::NvmeRemoteState::descriptor()) {
    return &kind_of(*opi_api::storage::v1::NvmeRemoteController::descriptor());
  }
  if (kind.resource != outrigger::v1::Volume::descriptor()) {
    return &kind;
  }
  OR_ASSIGN(const auto message, fetch(client, kind, id));
  const auto& volume = static_cast<const outrigger::v1::Volume&>(*message);
  const std::string collection = volume.resource_name().substr(0, volume.resource_name().find('/'));
  return find_kind(collection);
}

Printed get_resource(Client& client, const Kind& kind, std::string_view id, Format format) {
  OR_ASSIGN(const auto resource, fetch(client, kind, id));
  return show_one(kind, *resource, format);
}

Printed list_resources(Client& client, const Kind& kind, Format format) {
  if (kind.list == nullptr) {
    if (kind.update != nullptr) {
      return fail(Code::InvalidArgument, "name one: `outrigger get {} NAME`; `outrigger list {}` shows the names",
                  kind.name, id_of(kind.collection));
    }
    // There is one and only one: the inventory.
    return get_resource(client, kind, kind.name, format);
  }
  OR_ASSIGN(const auto resources, fetch_all(client, kind));
  std::vector<const Message*> shown;
  for (const auto& resource : resources) {
    shown.push_back(resource.get());
  }
  return show_many(kind, shown, format);
}

Printed create_resource(Client& client, const Kind& kind, std::string_view id,
                        const std::vector<std::string>& assignments, Format format) {
  if (kind.create == nullptr) {
    OR_TRY(cannot(kind, "create"));
  }
  auto resource = new_message(*kind.resource);
  OR_TRY(assign(*resource, assignments));
  OR_ASSIGN(const auto made, create(client, kind, id, *resource));
  return show_one(kind, *made, format);
}

Printed update_resource(Client& client, const Kind& kind, std::string_view id,
                        const std::vector<std::string>& assignments, Format format) {
  OR_ASSIGN(const Kind* holder, holding_kind(client, kind, id));
  if (holder->update == nullptr) {
    OR_TRY(cannot(*holder, "update"));
  }
  if (assignments.empty()) {
    return fail(Code::InvalidArgument,
                "nothing to change: write field=value; `outrigger get {} {} -o json` shows "
                "the fields",
                holder->name, id);
  }
  auto resource = new_message(*holder->resource);
  OR_ASSIGN(const auto mask, assign(*resource, assignments));
  OR_ASSIGN(const auto changed, update(client, *holder, holder == &kind ? id : id_of(id), *resource, mask));
  return show_one(*holder, *changed, format);
}

Result<> delete_resources(Client& client, const Kind& kind, const std::vector<std::string>& ids, bool is_missing_fine,
                          std::string& deleted) {
  for (const std::string& id : ids) {
    auto holder = holding_kind(client, kind, id);
    if (!holder.has_value()) {
      if (is_missing_fine && holder.error().code == Code::NotFound) {
        continue;
      }
      return std::unexpected(std::move(holder).error());
    }
    if ((*holder)->remove == nullptr) {
      OR_TRY(cannot(**holder, "delete"));
    }
    auto request = new_message(*(*holder)->remove->input_type());
    OR_ASSIGN(const std::string name, (*holder)->full_name(*holder == &kind ? std::string_view(id) : id_of(id)));
    set_string(*request, "name", name);
    if (is_missing_fine) {
      request->GetReflection()->SetBool(request.get(), request->GetDescriptor()->FindFieldByName("allow_missing"),
                                        true);
    }
    OR_TRY(client.call(*(*holder)->remove, *request));
    deleted += fmt::format("{} {} deleted\n", (*holder)->name, short_name(name));
  }
  return {};
}

Printed show_stats(Client& client, const Kind& kind, std::string_view id, Format format) {
  if (kind.stats == nullptr) {
    const bool is_device = kind.resource == outrigger::v1::Device::descriptor();
    if (is_device || kind.resource == outrigger::v1::Volume::descriptor()) {
      return show_telemetry(client, id, is_device, format);
    }
    OR_TRY(cannot(kind, "count"));
  }
  auto request = new_message(*kind.stats->input_type());
  OR_ASSIGN(const std::string name, kind.full_name(id));
  set_string(*request, "name", name);
  OR_ASSIGN(const auto stats, client.call(*kind.stats, *request));
  return show_message(*stats, format);
}

}  // namespace outrigger::cli
