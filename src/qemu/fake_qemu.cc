#include "qemu/fake_qemu.h"

#include "base/check.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace outrigger::qemu {

namespace {

Json error(std::string_view kind, const std::string& words) {
  Json answer = Json::object();
  answer["error"]["class"] = kind;
  answer["error"]["desc"] = words;
  return answer;
}

Json result(Json value) {
  Json answer = Json::object();
  answer["return"] = std::move(value);
  return answer;
}

}  // namespace

FakeQemu::FakeQemu() {
  std::string pattern = "/tmp/outrigger-fake-qemu-XXXXXX";
  check(::mkdtemp(pattern.data()) != nullptr, "a directory for the test");
  directory_ = pattern;
  path_ = directory_ + "/qmp";
  listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  check(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "bind");
  check(::listen(listener_.get(), 8) == 0, "listen");
}

FakeQemu::~FakeQemu() {
  ::unlink(path_.c_str());
  ::rmdir(directory_.c_str());
}

void FakeQemu::die() {
  client_.reset();
  listener_.reset();
  ::unlink(path_.c_str());
}

void FakeQemu::serve() {
  if (!client_.is_open()) {
    // One client at a time, as QEMU.
    client_.reset(listener_.is_open() ? ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK) : -1);
    received_.clear();
    to_send_.clear();
    if (client_.is_open() && greets) {
      send_text(greeting);
    }
    return;
  }
  flush();
  std::array<char, 4096> chunk;
  const ssize_t count = ::recv(client_.get(), chunk.data(), chunk.size(), 0);
  if (count == 0) {
    client_.reset();
    return;
  }
  if (count < 0) {
    return;
  }
  received_.append(chunk.data(), static_cast<size_t>(count));
  for (size_t end = received_.find('\n'); end != std::string::npos; end = received_.find('\n')) {
    const std::string line = received_.substr(0, end);
    received_.erase(0, end + 1);
    take(line);
  }
}

void FakeQemu::take(const std::string& line) {
  const Json request = Json::parse(line, nullptr, false);
  check(request.is_object(), "the client sends JSON objects");
  const std::string command = string_at(request, "execute");
  commands.push_back(command);
  const Json* const arguments = member_at(request, "arguments");
  const Json* const id = member_at(request, "id");
  check(id != nullptr, "every command has an id");
  Json none = Json::object();
  const auto fault = fault_times > 0 ? faults.find(command) : faults.end();
  Json answer;
  if (fault == faults.end()) {
    answer = run(command, arguments != nullptr ? *arguments : none);
  } else {
    --fault_times;
    if (fault->second == Fault::DoneButSilent || fault->second == Fault::DoneAndHangUp) {
      run(command, arguments != nullptr ? *arguments : none);
    }
    switch (fault->second) {
      case Fault::Refuse: answer = error("GenericError", "no, for a test"); break;
      case Fault::Silence:
      case Fault::DoneButSilent: return;
      case Fault::HangUp:
      case Fault::DoneAndHangUp: client_.reset(); return;
      case Fault::Garbage: send_text("this is not JSON"); return;
      case Fault::Lie: send_text(R"({"return":{},"id":123456})"); return;
      case Fault::WrongType: answer = result(Json("seventeen")); break;
      case Fault::Raw: send_text(raw_answer); return;
    }
  }
  answer["id"] = *id;
  send(answer);
  for (const Json& event : std::exchange(events_, {})) {
    send(event);
  }
}

Json FakeQemu::run(const std::string& command, const Json& arguments) {
  const std::string id = string_at(arguments, "id");
  if (command == "qom-list") {
    return list(string_at(arguments, "path"));
  }
  if (command == "query-chardev") {
    Json all = Json::array();
    for (const std::string& chardev : chardevs) {
      Json entry = Json::object();
      entry["label"] = chardev;
      entry["filename"] = are_chardevs_connected ? "unix:" : "disconnected:unix:/x";
      all.push_back(entry);
    }
    return result(all);
  }
  if (command == "query-memdev") {
    Json backend = Json::object();
    backend["share"] = is_memory_shared;
    Json all = Json::array();
    all.push_back(backend);
    return result(all);
  }
  if (command == "chardev-add") {
    return chardevs.insert(id).second ? result(Json::object()) : error("GenericError", "Chardev with id exists");
  }
  if (command == "chardev-remove") {
    if (devices.contains(id.substr(0, id.rfind('.')))) {
      return error("GenericError", "Chardev '" + id + "' is busy");
    }
    return chardevs.erase(id) != 0 ? result(Json::object()) : error("GenericError", "Chardev '" + id + "' not found");
  }
  if (command == "device_add") {
    return add_device(arguments);
  }
  if (command == "device_del") {
    return delete_device(id);
  }
  return command == "qmp_capabilities" ? result(Json::object()) : error("CommandNotFound", "what is " + command);
}

Json FakeQemu::list(const std::string& path) const {
  Json all = Json::array();
  const auto add = [&](const std::string& name, const std::string& type) {
    Json entry = Json::object();
    entry["name"] = name;
    entry["type"] = type;
    all.push_back(entry);
  };
  if (path == "/machine/peripheral") {
    for (const std::string& port : ports) {
      add(port, "child<pcie-root-port>");
    }
    for (const auto& [id, bus] : devices) {
      add(id, "child<vhost-user-blk-pci>");
    }
    return result(all);
  }
  for (const std::string& port : ports) {
    if (path == "/machine/peripheral/" + port + "/" + port) {
      add("type", "string");
      for (const auto& [id, bus] : devices) {
        if (bus == port) {
          add("child[0]", "link<vhost-user-blk-pci>");
        }
      }
      return result(all);
    }
  }
  return error("DeviceNotFound", "Device '" + path + "' not found");
}

Json FakeQemu::add_device(const Json& arguments) {
  last_device = arguments;
  const std::string bus = string_at(arguments, "bus");
  for (const auto& [id, other_bus] : devices) {
    if (other_bus == bus) {
      return error("GenericError", "PCI: slot 0 function 0 already occupied");
    }
  }
  devices[string_at(arguments, "id")] = bus;
  return result(Json::object());
}

Json FakeQemu::delete_device(const std::string& id) {
  if (!devices.contains(id)) {
    return error("DeviceNotFound", "Device '" + id + "' not found");
  }
  if (releases_at_request != 0 && ++requests_[id] >= releases_at_request) {
    devices.erase(id);
    Json inner = Json::object();
    inner["event"] = "DEVICE_DELETED";
    inner["data"]["path"] = "/machine/peripheral/" + id + "/virtio-backend";
    events_.push_back(inner);
    inner["data"]["device"] = id;
    events_.push_back(inner);
  }
  return result(Json::object());
}

void FakeQemu::send(const Json& message) { send_text(message.dump()); }

void FakeQemu::send_text(const std::string& text) {
  if (client_.is_open()) {
    to_send_ += text + "\r\n";
    flush();
  }
}

void FakeQemu::flush() {
  const ssize_t sent = ::send(client_.get(), to_send_.data(), to_send_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  to_send_.erase(0, sent > 0 ? static_cast<size_t>(sent) : 0);
}

}  // namespace outrigger::qemu
