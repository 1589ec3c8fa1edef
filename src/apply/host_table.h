// HostTable: the hosts there are, by the PCI Express port they hang on, and what is known of reaching them. Control
// reactor only.
#pragma once

#include "model/hooks.h"
#include "outrigger/v1/host.pb.h"

#include <cstdint>
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
    std::set<std::string> devices;  // names of the devices on its port
  };

  // The host at PCI Express port `port_id`, or nullptr.
  [[nodiscard]] Host* at_port(int32_t port_id) noexcept;
  void put(std::string_view id, Host host);
  void remove(std::string_view id);
  [[nodiscard]] Host* find(std::string_view id) noexcept;

 private:
  std::map<std::string, Host, std::less<>> hosts_;
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
