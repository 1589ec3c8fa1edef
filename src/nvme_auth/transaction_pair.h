// Two sides of a transaction for tests, and the wire between them, where a test may change, cut, repeat or replace what
// passes.
#pragma once

#include "nvme_auth/controller_transaction.h"
#include "nvme_auth/host_transaction.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::nvme_auth {

struct PairOptions {
  std::vector<HashId> host_hashes{HashId::Sha256};
  std::vector<DhGroup> host_groups{DhGroup::Null};
  std::vector<HashId> controller_hashes{HashId::Sha256, HashId::Sha384, HashId::Sha512};
  std::vector<DhGroup> controller_groups{DhGroup::Null,      DhGroup::Ffdhe2048, DhGroup::Ffdhe3072,
                                         DhGroup::Ffdhe4096, DhGroup::Ffdhe6144, DhGroup::Ffdhe8192};
  std::string hostnqn = "nqn.host";
  std::string subnqn = "nqn.subsystem";
  std::string hostnqn_at_controller = "nqn.host";
  std::string subnqn_at_controller = "nqn.subsystem";
  bool host_asks_controller = false;  // bidirectional
  bool controller_has_key = true;
  bool host_key_differs = false;
  bool controller_key_differs = false;
  SecureChannel secure_channel = SecureChannel::None;
  ControllerTransaction::Concatenation concatenation = ControllerTransaction::Concatenation::Allowed;
  bool has_secure_channel = false;
  uint16_t t_id = 0x1234;
};

class TransactionPair {
 public:
  explicit TransactionPair(const PairOptions& options = {}) {
    const DhchapKey host_key = key(1);
    const DhchapKey controller_key = key(2);
    const DhchapKey other_key = key(3);
    auto made_host =
        HostTransaction::create({{options.hostnqn, options.subnqn},
                                 {options.host_hashes, options.host_groups},
                                 options.secure_channel,
                                 options.t_id},
                                host_key, options.host_asks_controller ? &controller_key : nullptr, host_sequence);
    EXPECT_TRUE(made_host.has_value());
    host.emplace(std::move(*made_host));
    auto made_controller = ControllerTransaction::create({{options.hostnqn_at_controller, options.subnqn_at_controller},
                                                          {options.controller_hashes, options.controller_groups},
                                                          options.concatenation,
                                                          options.has_secure_channel},
                                                         options.host_key_differs ? other_key : host_key,
                                                         !options.controller_has_key      ? nullptr
                                                         : options.controller_key_differs ? &other_key
                                                                                          : &controller_key,
                                                         controller_sequence);
    EXPECT_TRUE(made_controller.has_value());
    controller.emplace(std::move(*made_controller));
  }

  // A key that is the same each time; transformed with SHA-256.
  static DhchapKey key(int number) {
    static constexpr std::string_view texts[] = {
        "DHHC-1:01:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+KfiaR:",
        "DHHC-1:00:bHuByyp0b3RFSx1xQPMVO1HKmUWfzveoahfydpW4fNgSLMVm:",
        "DHHC-1:02:yRbznXvUOKyUzpjxLyIgLGvEOxsb9/CBo2/XbRG0sXMHJv918yV2tXSc+gbRp7T1eXmwtA==:",
    };
    auto parsed = DhchapKey::parse(texts[number - 1]);
    EXPECT_TRUE(parsed.has_value());
    return std::move(*parsed);
  }

  // Is called with each message before the other side has it: 0 AUTH_Negotiate, 1 the answer, and so on.
  using Wire = std::function<void(size_t index, Message& message)>;

  // Until neither has anything to say. Both ends are bounded by the protocol itself.
  void run(const Wire& wire = {}) {
    for (size_t index = 0; index < 12; index += 2) {
      if (host->message().empty()) {
        return;
      }
      Message to_controller = take(host->message());
      host->message_sent();
      pass(wire, index, to_controller);
      controller->receive(to_controller);
      if (controller->message().empty()) {
        return;
      }
      Message to_host = take(controller->message());
      controller->message_sent();
      pass(wire, index + 1, to_host);
      host->receive(to_host);
    }
    ADD_FAILURE() << "the transaction does not end";
  }

  [[nodiscard]] bool both(TransactionState state) const {
    return host->state() == state && controller->state() == state;
  }

  std::optional<HostTransaction> host;
  std::optional<ControllerTransaction> controller;
  SequenceNumber host_sequence;
  SequenceNumber controller_sequence;
  std::vector<Message> passed;  // as they arrived

 private:
  static Message take(std::span<const std::byte> message) { return {message.begin(), message.end()}; }
  void pass(const Wire& wire, size_t index, Message& message) {
    if (wire) {
      wire(index, message);
    }
    passed.push_back(message);
  }
};

}  // namespace outrigger::nvme_auth
