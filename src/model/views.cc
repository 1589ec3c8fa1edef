// The views of outrigger.v1: VolumeService and DeviceService show the rows of every volume or device kind in
// one form. They hold nothing; kinds add what only they know through Hooks::describe().
#include "model/kinds.h"
#include "model/names.h"
#include "model/view_rows.h"
#include "outrigger/v1/device.pb.h"
#include "outrigger/v1/host.pb.h"
#include "outrigger/v1/volume.pb.h"

#include <algorithm>

namespace outrigger::model {

namespace v1 = outrigger::v1;

namespace {

std::string rest_name(const Row& row) {
  return row.kind->has_parent() ? row.name : row.kind->spec().rest_collections[0] + "/" + row.key;
}

std::string view_name(const Row& row) { return row.kind->is_volume() ? volume_name_of(row) : row.name; }

// Name of what the row's volume_name_ref means.
std::string volume_below(const RowTable& rows, const Row& row) {
  for (const Reference& reference : row.kind->spec().references) {
    if (const Row* const target = rows.resolve(reference, string_field(*row.wanted, reference.field))) {
      return view_name(*target);
    }
  }
  return {};
}

std::unique_ptr<v1::Volume> volume_view(const RowTable& rows, const Row& row) {
  auto view = std::make_unique<v1::Volume>();
  view->set_name(view_name(row));
  view->set_kind(row.kind->spec().word);
  view->set_resource_name(rest_name(row));
  view->set_uuid(string_field(*row.wanted, "uuid"));
  view->set_volume_name_ref(volume_below(rows, row));
  for (const std::string& user : rows.users_of(*row.kind->spec().message, row.key)) {
    view->add_users(user);
  }
  using Word = v1::Volume;
  constexpr StateWords<Word::State> words{.ready = Word::READY, .pending = Word::PENDING, .failed = Word::FAILED};
  fill_state(row, words, *view);
  return view;
}

std::unique_ptr<v1::Device> device_view(const RowTable& rows, const Row& row) {
  auto view = std::make_unique<v1::Device>();
  view->set_name(row.name);
  view->set_kind(row.kind->spec().word);
  view->set_volume_name_ref(volume_below(rows, row));
  for (const Row* target : row.targets) {
    if (target->kind->spec().message == v1::Host::descriptor()) {
      view->set_host(target->name);
    }
  }
  using Word = v1::Device;
  constexpr StateWords<Word::State> words{.ready = Word::WAITING, .pending = Word::PENDING, .failed = Word::FAILED};
  fill_state(row, words, *view);
  return view;
}

// The acknowledged rows of a view, by name; devices and volumes of different kinds may share a name.
std::map<std::string, const Row*> rows_of(const RowTable& rows, View view) {
  std::map<std::string, const Row*> out;
  for (const Kind* kind : rows.kinds()) {
    if (kind->spec().view != view) {
      continue;
    }
    for (const auto& [key, row] : rows.of(*kind)) {
      if (row->is_acknowledged()) {
        out.emplace(view_name(*row) + " " + kind->full_name(), row.get());
      }
    }
  }
  return out;
}

template <typename Request>
Result<const Row*> find(const RowTable& rows, View view, const Request& request) {
  const bool is_volume = view == View::Volume;
  return find_viewed(request, is_volume ? "volume" : "device", [&](const std::string& name) {
    return is_volume ? rows.find_volume(name) : rows.find_device(name);
  });
}

}  // namespace

void add_views(Model& model) {
  const RowTable& rows = model.rows();
  model.add_method(
      "outrigger.v1.VolumeService.GetVolume", [&rows](const Message& message) -> Result<std::unique_ptr<Message>> {
        OR_ASSIGN(const Row* const row, find(rows, View::Volume, static_cast<const v1::GetVolumeRequest&>(message)));
        return volume_view(rows, *row);
      });
  model.add_method("outrigger.v1.VolumeService.ListVolumes", [&rows](const Message& message) {
    return list_viewed<v1::ListVolumesResponse>(
        rows_of(rows, View::Volume), static_cast<const v1::ListVolumesRequest&>(message),
        [&rows](v1::ListVolumesResponse& response, const Row& row) {
          response.mutable_volumes()->AddAllocated(volume_view(rows, row).release());
        });
  });
  model.add_method(
      "outrigger.v1.DeviceService.GetDevice", [&rows](const Message& message) -> Result<std::unique_ptr<Message>> {
        OR_ASSIGN(const Row* const row, find(rows, View::Device, static_cast<const v1::GetDeviceRequest&>(message)));
        return device_view(rows, *row);
      });
  model.add_method("outrigger.v1.DeviceService.ListDevices", [&rows](const Message& message) {
    return list_viewed<v1::ListDevicesResponse>(
        rows_of(rows, View::Device), static_cast<const v1::ListDevicesRequest&>(message),
        [&rows](v1::ListDevicesResponse& response, const Row& row) {
          response.mutable_devices()->AddAllocated(device_view(rows, row).release());
        });
  });
}

}  // namespace outrigger::model
