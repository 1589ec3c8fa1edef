// DiscoveryService: the discovery subsystem of this daemon: its controllers, and the discovery log as each host sees it
// (NVM Express Base Specification 2.0, sections 3.1.2.3 and 5.16.1.23). Control reactor.
#pragma once

#include "base/log.h"
#include "nvme/controller.h"
#include "nvme/directory.h"
#include "nvme/limits.h"
#include "nvme/peer_shares.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::nvme {

// Log Specific Field of Get Log Page for the discovery log, and what the Supported Log Pages log tells of it.
namespace discovery_lsp {
inline constexpr uint8_t Extended = 1U << 0U;       // EXTDLPE
inline constexpr uint8_t PortLocal = 1U << 1U;      // PLEO
inline constexpr uint8_t AllSubsystems = 1U << 2U;  // ALLSUBE
}  // namespace discovery_lsp

class DiscoveryController;

// How a host reached us. Ports at every address are told to it by this one; without an address, as they are.
struct Arrival {
  AddressFamily adrfam = AddressFamily::Ipv4;
  std::string address;
  friend bool operator==(const Arrival&, const Arrival&) = default;
};

class DiscoveryService {
 public:
  // `directory` keeps it.
  explicit DiscoveryService(Directory& directory) : directory_(directory) {}
  // No controller is left.
  ~DiscoveryService();
  DiscoveryService(const DiscoveryService&) = delete;
  DiscoveryService& operator=(const DiscoveryService&) = delete;

  [[nodiscard]] ConnectOutcome connect(const ConnectArguments& arguments);
  // Of one address, and of all, from now on.
  void limit_controllers(uint32_t per_peer_max, uint32_t all_max) noexcept {
    controllers_per_peer_max_ = per_peer_max;
    controllers_max_ = std::min<uint32_t>(all_max, discovery_controllers_max);
  }
  // The log has another generation; hosts that stay connected are told.
  void changed();
  // The whole log for this host: one entry for each subsystem it may connect to and each port of it; then the
  // referrals. `portid`: those of this port, and no referrals. Ports at every address of the other family than the
  // host's are left out: no address of theirs is known to it.
  // Made once, as long as nothing of it changes; valid until the next call of anything here.
  [[nodiscard]] const std::vector<std::byte>& log(std::string_view hostnqn, std::optional<uint16_t> portid,
                                                  const Arrival& arrival);
  // Logs that were made, ever.
  [[nodiscard]] size_t logs_made() const noexcept { return logs_made_; }

  // The port's rules changed: where it takes no connection in the clear any more, those there are end.
  void port_changed(const Port& port);

  void controller_ended(DiscoveryController& controller) noexcept;
  [[nodiscard]] bool may_log_end() noexcept { return end_limiter_.admit(directory_.control().clock().now_ns()); }

 private:
  // A log of the present generation.
  struct KeptLog {
    std::string hostnqn;
    std::optional<uint16_t> portid;
    Arrival arrival;
    std::vector<std::byte> page;
  };
  // Perhaps somebody else's; false: it has its share, or there is none.
  [[nodiscard]] bool make_room_for(std::string_view peer);
  [[nodiscard]] std::vector<std::byte> make_log(std::string_view hostnqn, std::optional<uint16_t> portid,
                                                const Arrival& arrival) const;

  Directory& directory_;
  uint32_t controllers_per_peer_max_ = discovery_controllers_per_peer_max;
  uint32_t controllers_max_ = discovery_controllers_max;
  uint64_t generation_ = 1;  // GENCTR
  std::map<uint16_t, std::shared_ptr<DiscoveryController>> controllers_;
  PeerShares shares_;               // of those that were not sent away for others
  std::vector<KeptLog> kept_logs_;  // oldest first
  size_t logs_made_ = 0;
  uint16_t last_cntlid_ = 0;
  log::Limiter end_limiter_;
};

class DiscoveryController final : public Controller {
 public:
  DiscoveryController(DiscoveryService& service, core::Reactor& control, const ConnectArguments& arguments,
                      uint16_t cntlid);

 private:
  Status identify(const Sqe& sqe, std::vector<std::byte>& data) override;
  [[nodiscard]] Status judge_log(const GetLogPageFields& fields, const Sqe& sqe) const noexcept override;
  [[nodiscard]] const std::vector<std::byte>* kept_log_page(const GetLogPageFields& fields) override;
  std::vector<std::byte> log_page(const GetLogPageFields& fields) override;
  void log_page_read(LogPage page) noexcept override;
  [[nodiscard]] bool is_acceptable(ControllerConfiguration) const noexcept override { return true; }
  [[nodiscard]] bool may_log_end() noexcept override { return service_.may_log_end(); }
  void ended() noexcept override { service_.controller_ended(*this); }

  DiscoveryService& service_;
  const uint16_t portid_;  // that the host came through
  const Arrival arrival_;
};

}  // namespace outrigger::nvme
