// The table of kinds, made from the descriptors once.
#include "cli/kinds.h"

#include "base/check.h"

#include <google/api/annotations.pb.h>
#include <google/api/http.pb.h>
#include <google/api/resource.pb.h>
#include <inventory/inventory.pb.h>
#include <outrigger/v1/device.pb.h>
#include <outrigger/v1/host.pb.h>
#include <outrigger/v1/nvme.pb.h>
#include <outrigger/v1/nvme_discovery.pb.h>
#include <outrigger/v1/nvme_remote.pb.h>
#include <outrigger/v1/qos_burst.pb.h>
#include <outrigger/v1/volume.pb.h>
#include <storage/backend_aio.pb.h>
#include <storage/backend_malloc.pb.h>
#include <storage/backend_null.pb.h>
#include <storage/backend_nvme.pb.h>
#include <storage/frontend_nvme.pb.h>
#include <storage/frontend_virtio_blk.pb.h>
#include <storage/frontend_virtio_scsi.pb.h>
#include <storage/middleend_encryption.pb.h>
#include <storage/middleend_qos_volume.pb.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace outrigger::cli {

namespace {

// One message of each file of the API: it also brings the file's descriptors into the program.
std::vector<const google::protobuf::FileDescriptor*> files() {
  namespace opi = opi_api::storage::v1;
  const std::array<const Descriptor*, 17> messages = {opi::VirtioBlk::descriptor(),
                                                      outrigger::v1::Host::descriptor(),
                                                      outrigger::v1::Volume::descriptor(),
                                                      outrigger::v1::Device::descriptor(),
                                                      opi::MallocVolume::descriptor(),
                                                      opi::AioVolume::descriptor(),
                                                      opi::NullVolume::descriptor(),
                                                      opi::QosVolume::descriptor(),
                                                      opi::EncryptedVolume::descriptor(),
                                                      outrigger::v1::QosBurst::descriptor(),
                                                      opi_api::inventory::v1::Inventory::descriptor(),
                                                      opi::NvmeSubsystem::descriptor(),
                                                      outrigger::v1::NvmeState::descriptor(),
                                                      opi::NvmeRemoteController::descriptor(),
                                                      outrigger::v1::NvmeRemoteState::descriptor(),
                                                      outrigger::v1::NvmeDiscovery::descriptor(),
                                                      opi::VirtioScsiLun::descriptor()};
  std::vector<const google::protobuf::FileDescriptor*> found;
  for (const Descriptor* message : messages) {
    found.push_back(message->file());
  }
  return found;
}

const MethodDescriptor* method(const google::protobuf::ServiceDescriptor& service, const std::string& name) {
  return service.FindMethodByName(name);
}

const MethodDescriptor* list_method(const google::protobuf::ServiceDescriptor& service, const Descriptor& resource) {
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor* candidate = service.method(i);
    if (!candidate->name().starts_with("List")) {
      continue;
    }
    for (int f = 0; f < candidate->output_type()->field_count(); ++f) {
      if (candidate->output_type()->field(f)->message_type() == &resource) {
        return candidate;
      }
    }
  }
  return nullptr;
}

std::string lower_first(std::string text) {
  text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

// "virtioBlks" from Get's "/v1/{name=virtioBlks/*}": what a bare id is put behind.
std::string collection(const MethodDescriptor& get, const std::string& otherwise) {
  const std::string& path = get.options().GetExtension(google::api::http).get();
  constexpr std::string_view begin = "{name=";
  const size_t at = path.find(begin);
  const size_t end = at == std::string::npos ? at : path.find("/*}", at);
  return end == std::string::npos ? otherwise : path.substr(at + begin.size(), end - at - begin.size());
}

void add_kinds(const google::protobuf::ServiceDescriptor& service, std::vector<Kind>& made) {
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor* get = service.method(i);
    const Descriptor* resource = get->output_type();
    if (get->name() != "Get" + resource->name()) {
      continue;
    }
    const auto& annotation = resource->options().GetExtension(google::api::resource);
    Kind kind;
    kind.name = annotation.singular().empty() ? lower_first(resource->name()) : annotation.singular();
    kind.plural = annotation.plural().empty() ? kind.name : annotation.plural();
    kind.collection = collection(*get, kind.plural);
    kind.resource = resource;
    kind.get = get;
    kind.create = method(service, "Create" + resource->name());
    kind.list = list_method(service, *resource);
    kind.update = method(service, "Update" + resource->name());
    kind.remove = method(service, "Delete" + resource->name());
    kind.stats = method(service, "Stats" + resource->name());
    made.push_back(std::move(kind));
  }
}

// Letters and digits only, in lower case: virtio-blk, virtioBlk and VirtioBLK are one word.
std::string plain(std::string_view text) {
  std::string made;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      made.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
    }
  }
  return made;
}

std::string_view alias(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 23> aliases = {{{"disk", "virtioblk"},
                                                                                      {"disks", "virtioblk"},
                                                                                      {"aio", "aiovolume"},
                                                                                      {"file", "aiovolume"},
                                                                                      {"malloc", "mallocvolume"},
                                                                                      {"memory", "mallocvolume"},
                                                                                      {"null", "nullvolume"},
                                                                                      {"qos", "qosvolume"},
                                                                                      {"encrypted", "encryptedvolume"},
                                                                                      {"burst", "qosburst"},
                                                                                      {"subsystem", "nvmesubsystem"},
                                                                                      {"subsystems", "nvmesubsystem"},
                                                                                      {"controller", "nvmecontroller"},
                                                                                      {"controllers", "nvmecontroller"},
                                                                                      {"namespace", "nvmenamespace"},
                                                                                      {"namespaces", "nvmenamespace"},
                                                                                      {"path", "nvmepath"},
                                                                                      {"paths", "nvmepath"},
                                                                                      {"remote", "nvmeremotestate"},
                                                                                      {"remotes", "nvmeremotestate"},
                                                                                      {"discovery", "nvmediscovery"},
                                                                                      {"discoveries", "nvmediscovery"},
                                                                                      {"referral", "nvmereferral"}}};
  const auto* const found = std::ranges::find(aliases, word, &std::pair<std::string_view, std::string_view>::first);
  return found == aliases.end() ? word : found->second;
}

}  // namespace

// The inventory, of which there is one, has a name like a child's and no parent.
bool Kind::is_below() const {
  return collection.find('*') != std::string::npos && (list != nullptr || update != nullptr);
}

Result<std::string> Kind::full_name(std::string_view id) const {
  const size_t star = collection.find('*');
  if (!is_below()) {
    return id.find('/') != std::string_view::npos ? std::string(id) : collection + "/" + std::string(id);
  }
  const size_t slash = id.find('/');
  if (slash == std::string_view::npos) {
    return fail(Code::InvalidArgument, "'{}' belongs to another resource: write {}/{}", id,
                collection.substr(0, collection.find('/')), id);
  }
  return id.find('/', slash + 1) != std::string_view::npos
             ? std::string(id)
             : fmt::format("{}{}{}{}", collection.substr(0, star), id.substr(0, slash), collection.substr(star + 1),
                           id.substr(slash));
}

std::string Kind::parent_name(std::string_view id) const {
  const size_t star = collection.find('*');
  if (!is_below()) {
    return "";
  }
  const std::string whole = id.empty() ? "" : full_name(id).value_or("");
  const size_t end = whole.find('/', star);
  return whole.empty() || end == std::string::npos ? collection.substr(0, star) + "-" : whole.substr(0, end);
}

std::span<const Kind> kinds() {
  static const std::vector<Kind> made = [] {
    std::vector<Kind> all;
    for (const auto* file : files()) {
      for (int i = 0; i < file->service_count(); ++i) {
        add_kinds(*file->service(i), all);
      }
    }
    return all;
  }();
  return made;
}

Result<const Kind*> find_kind(std::string_view word) {
  const std::string spelled = plain(word);
  const std::string_view wanted = alias(spelled);
  for (const Kind& kind : kinds()) {
    if (plain(kind.name) == wanted || plain(kind.plural) == wanted) {
      return &kind;
    }
  }
  std::string names;
  for (const Kind& kind : kinds()) {
    names += (names.empty() ? "" : ", ") + kind.name;
  }
  return fail(Code::InvalidArgument, "'{}' is not a kind of resource. There are disk (virtioBlk), {}", word, names);
}

const Kind& kind_of(const Descriptor& resource) {
  const auto found = std::ranges::find(kinds(), &resource, &Kind::resource);
  check(found != kinds().end(), "the message is a kind");
  return *found;
}

const FieldDescriptor& resource_field(const MethodDescriptor& method, const Descriptor& resource) {
  for (int i = 0; i < method.input_type()->field_count(); ++i) {
    if (method.input_type()->field(i)->message_type() == &resource) {
      return *method.input_type()->field(i);
    }
  }
  check(false, "a Create or Update holds its resource");
  __builtin_unreachable();
}

const FieldDescriptor& id_field(const Kind& kind) {
  const FieldDescriptor& resource = resource_field(*kind.create, *kind.resource);
  const FieldDescriptor* id = kind.create->input_type()->FindFieldByName(resource.name() + "_id");
  check(id != nullptr, "a Create has its id");
  return *id;
}

const FieldDescriptor& items_field(const MethodDescriptor& list) {
  for (int i = 0; i < list.output_type()->field_count(); ++i) {
    if (list.output_type()->field(i)->is_repeated()) {
      return *list.output_type()->field(i);
    }
  }
  check(false, "a List has items");
  __builtin_unreachable();
}

std::string_view id_of(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string short_name(std::string_view name) {
  constexpr std::string_view nested = "nvme";  // the kinds that belong to another, and are called SUBSYSTEM/NAME
  const size_t first = name.find('/');
  const size_t second = first == std::string_view::npos ? first : name.find('/', first + 1);
  const bool is_below = second != std::string_view::npos && name.starts_with(nested);
  return is_below ? fmt::format("{}/{}", name.substr(first + 1, second - first - 1), id_of(name))
                  : std::string(id_of(name));
}

}  // namespace outrigger::cli
