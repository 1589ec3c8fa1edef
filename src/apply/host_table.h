// HostTable: the hosts there are, by the PCI Express port they hang on, which devices are on each port, and what is
// known of reaching the hosts. Devices and hosts may come in either order. Control reactor only.
#pragma once

#include "base/result.h"
#include "model/hooks.h"
#include "outrigger/v1/host.pb.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace outrigger::apply {

class HostTable {
 public:
  struct Host {
    std::string name;  // "hosts/host1"
    outrigger::v1::Host desired;
    outrigger::v1::Host::State state = outrigger::v1::Host::UNKNOWN;
    std::string state_reason;
  };
  // Called with the port of a host that came or changed.
  using Watcher = std::function<void(int32_t port_id)>;

  // The host at PCI Express port `port_id`, or nullptr. Not to be kept over a co_await.
  [[nodiscard]] Host* at_port(int32_t port_id) noexcept;
  void put(std::string_view id, Host host);
  void remove(std::string_view id);
  [[nodiscard]] Host* find(std::string_view id) noexcept;

  // A device is on a port, or not any more, whether a host hangs there or not.
  void attach(int32_t port_id, const std::string& device);
  void detach(int32_t port_id, const std::string& device);
  [[nodiscard]] const std::set<std::string>& devices_at(int32_t port_id) const;
  // What asking the host at the port gave: success, UNAVAILABLE or DEADLINE_EXCEEDED; other errors say nothing of it.
  void note_contact(int32_t port_id, const Result<void>& outcome);

  void watch(Watcher watcher) { watcher_ = std::move(watcher); }

 private:
  std::map<std::string, Host, std::less<>> hosts_;
  std::map<int32_t, std::set<std::string>> devices_;
  Watcher watcher_;
};

// Makes hosts known. A host is met when a device is plugged into it, not before.
class HostHooks final : public model::Hooks {
 public:
  explicit HostHooks(HostTable& hosts) noexcept : hosts_(hosts) {}
  core::Job<Result<void>> realise(model::Intent intent) override;
  core::Job<Result<void>> withdraw(model::Intent intent) override;
  void observe(const model::Intent& intent, model::Message& into) override;

 private:
  HostTable& hosts_;
};

}  // namespace outrigger::apply
