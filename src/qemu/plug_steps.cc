#include "qemu/plug_steps.h"

#include <algorithm>
#include <array>

namespace outrigger::qemu {

namespace {

constexpr std::string_view devices_path = "/machine/peripheral";
// PCI Express ports into which one device can be plugged.
constexpr std::array<std::string_view, 3> port_types = {"child<pcie-root-port>", "child<xio3130-downstream>",
                                                        "child<ioh3420>"};

bool is_port(const Json& entry) { return std::ranges::find(port_types, string_at(entry, "type")) != port_types.end(); }

// Whether `entries`, what qom-list says of a bus, holds a device.
bool is_occupied(const Json& entries) {
  return std::ranges::any_of(entries, [](const Json& entry) { return string_at(entry, "name").starts_with("child["); });
}

core::Job<Result<Json>> list_objects(Client client, std::string path) {
  Json arguments = Json::object();
  arguments["path"] = std::move(path);
  Result<Json> listed = co_await client->execute("qom-list", std::move(arguments));
  if (listed.has_value() && !listed->is_array()) {
    co_return fail(Code::Internal, "QEMU at {} answered qom-list with no list", client->path());
  }
  co_return listed;
}

core::Job<Result<Json>> command_on(Client client, std::string_view command, std::string id) {
  Json arguments = Json::object();
  arguments["id"] = std::move(id);
  Result<Json> outcome = co_await client->execute(command, std::move(arguments));
  co_return outcome;
}

// The filename of a chardev says whether its socket is connected.
core::Job<Result<std::string>> chardev_filename(Client client, std::string chardev) {
  const Json none;
  const Result<Json> chardevs = co_await client->execute("query-chardev", none);
  if (!chardevs.has_value()) {
    co_return std::unexpected(chardevs.error());
  }
  for (const Json& entry : *chardevs) {
    if (string_at(entry, "label") == chardev) {
      co_return string_at(entry, "filename");
    }
  }
  co_return fail(Code::NotFound, "QEMU at {} has no chardev {}", client->path(), chardev);
}

bool says(const Error& error, std::string_view words) { return error.what.find(words) != std::string::npos; }

}  // namespace

std::string chardev_id(std::string_view device) { return std::string(device) + ".socket"; }

core::Job<Result<Presence>> look_for(Client client, std::string device) {
  const std::string path(devices_path);
  const Result<Json> devices = co_await list_objects(client, path);
  if (!devices.has_value()) {
    co_return std::unexpected(devices.error());
  }
  Presence presence;
  presence.has_device =
      std::ranges::any_of(*devices, [&](const Json& entry) { return string_at(entry, "name") == device; });
  const std::string chardev = chardev_id(device);
  const Result<std::string> filename = co_await chardev_filename(client, chardev);
  if (!filename.has_value() && filename.error().code != Code::NotFound) {
    co_return std::unexpected(filename.error());
  }
  presence.has_chardev = filename.has_value();
  co_return presence;
}

core::Job<Result<void>> check_memory(Client client) {
  const Json none;
  const Result<Json> backends = co_await client->execute("query-memdev", none);
  if (!backends.has_value()) {
    co_return std::unexpected(backends.error());
  }
  // A QEMU too old to say is believed.
  bool is_known = false;
  for (const Json& backend : *backends) {
    const Json* const share = member_at(backend, "share");
    if (share != nullptr && *share == true) {
      co_return Result<void>();
    }
    is_known = is_known || share != nullptr;
  }
  if (!is_known) {
    co_return Result<void>();
  }
  co_return fail(Code::FailedPrecondition,
                 "the guest memory of QEMU at {} is not shared: start it with -object "
                 "memory-backend-memfd,id=mem,size=SIZE,share=on -machine memory-backend=mem",
                 client->path());
}

core::Job<Result<std::string>> find_free_bus(Client client, std::vector<std::string> wanted,
                                             std::set<std::string> taken) {
  if (wanted.empty()) {
    const std::string path(devices_path);
    const Result<Json> devices = co_await list_objects(client, path);
    if (!devices.has_value()) {
      co_return std::unexpected(devices.error());
    }
    for (const Json& entry : *devices) {
      if (is_port(entry)) {
        wanted.push_back(string_at(entry, "name"));
      }
    }
    // QEMU's order is that of a hash table.
    std::ranges::sort(wanted);
  }
  for (const std::string& bus : wanted) {
    if (taken.contains(bus)) {
      continue;
    }
    const std::string path = fmt::format("{}/{}/{}", devices_path, bus, bus);
    const Result<Json> entries = co_await list_objects(client, path);
    if (!entries.has_value() && entries.error().code != Code::NotFound) {
      co_return std::unexpected(entries.error());
    }
    // A bus that is no named port (pci.0) has room for many; device_add will tell.
    if (!entries.has_value() || !is_occupied(*entries)) {
      co_return bus;
    }
  }
  co_return fail(Code::ResourceExhausted,
                 "QEMU at {} has no free slot among its {}: start it with more -device pcie-root-port,id=NAME,"
                 "chassis=NUMBER",
                 client->path(), wanted.empty() ? "ports" : fmt::format("{}", fmt::join(wanted, ", ")));
}

core::Job<Result<void>> add_chardev(Client client, BlkPlug plug) {
  const bool is_server = plug.role == SocketRole::WeConnect;
  Json address = Json::object();
  address["type"] = "unix";
  address["data"] = Json::object();
  address["data"]["path"] = plug.socket_path;
  Json socket = Json::object();
  socket["addr"] = std::move(address);
  socket["server"] = is_server;
  if (is_server) {
    socket["wait"] = false;
  } else {
    socket["reconnect"] = 1;  // seconds
  }
  Json arguments = Json::object();
  arguments["id"] = chardev_id(plug.id);
  arguments["backend"] = Json::object();
  arguments["backend"]["type"] = "socket";
  arguments["backend"]["data"] = std::move(socket);
  const Result<Json> added = co_await client->execute("chardev-add", std::move(arguments));
  if (!added.has_value()) {
    co_return std::unexpected(added.error());
  }
  co_return Result<void>();
}

core::Job<Result<void>> wait_chardev_connected(core::Reactor* reactor, Client client, BlkPlug plug) {
  const uint64_t deadline_ns = reactor->clock().now_ns() + chardev_connect_timeout_ns;
  const std::string chardev = chardev_id(plug.id);
  while (true) {
    const Result<std::string> filename = co_await chardev_filename(client, chardev);
    if (!filename.has_value()) {
      co_return std::unexpected(filename.error());
    }
    if (!filename->starts_with("disconnected:")) {
      co_return Result<void>();
    }
    if (reactor->clock().now_ns() >= deadline_ns) {
      co_return fail(Code::DeadlineExceeded, "QEMU at {} and the vhost-user socket {} did not find each other",
                     client->path(), plug.socket_path);
    }
    co_await core::sleep_for(*reactor, chardev_poll_ns);
  }
}

core::Job<Result<void>> add_blk_device(Client client, BlkPlug plug, std::string bus) {
  Json arguments = Json::object();
  arguments["driver"] = "vhost-user-blk-pci";
  arguments["id"] = plug.id;
  arguments["bus"] = std::move(bus);
  arguments["chardev"] = chardev_id(plug.id);
  if (plug.queue_count != 0) {
    arguments["num-queues"] = plug.queue_count;
  }
  if (plug.queue_size != 0) {
    arguments["queue-size"] = plug.queue_size;
  }
  if (plug.is_packed) {
    arguments["packed"] = true;
  }
  const Result<Json> added = co_await client->execute("device_add", std::move(arguments), device_add_timeout_ns);
  if (!added.has_value()) {
    co_return std::unexpected(added.error());
  }
  co_return Result<void>();
}

core::Job<Result<void>> remove_device(core::Reactor* reactor, Client client, std::string device, uint64_t timeout_ns) {
  const uint64_t deadline_ns = reactor->clock().now_ns() + timeout_ns;
  const auto deleted = client->expect("DEVICE_DELETED", device);
  while (true) {
    const Result<Json> asked = co_await command_on(client, "device_del", device);
    if (!asked.has_value() && asked.error().code == Code::NotFound) {
      co_return Result<void>();
    }
    if (!asked.has_value() && !says(asked.error(), "already in the process of unplug")) {
      co_return std::unexpected(asked.error());
    }
    const uint64_t now_ns = reactor->clock().now_ns();
    const uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    const Result<bool> seen = co_await deleted->wait(std::min(left_ns, unplug_repeat_ns));
    if (!seen.has_value()) {
      co_return std::unexpected(seen.error());
    }
    if (*seen) {
      co_return Result<void>();
    }
    if (reactor->clock().now_ns() >= deadline_ns) {
      co_return fail(Code::DeadlineExceeded,
                     "the guest of QEMU at {} did not release {} within {} s: it may be busy, stopped or still "
                     "starting; unmount the disk there and try again",
                     client->path(), device, timeout_ns / second_ns);
    }
  }
}

core::Job<Result<void>> remove_chardev(core::Reactor* reactor, Client client, std::string device) {
  const uint64_t deadline_ns = reactor->clock().now_ns() + chardev_remove_timeout_ns;
  const std::string chardev = chardev_id(device);
  while (true) {
    const Result<Json> removed = co_await command_on(client, "chardev-remove", chardev);
    if (removed.has_value() || says(removed.error(), "not found")) {
      co_return Result<void>();
    }
    // The device holds it for a moment after DEVICE_DELETED.
    if (!says(removed.error(), "busy") || reactor->clock().now_ns() >= deadline_ns) {
      co_return std::unexpected(removed.error());
    }
    co_await core::sleep_for(*reactor, chardev_poll_ns);
  }
}

}  // namespace outrigger::qemu
