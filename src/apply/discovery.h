// Discovery: one discovery controller that is followed, with those that it refers to. What their logs show becomes
// remote controllers and paths, rows of the model like all others; what they show no more goes when nobody uses it.
// Control reactor only.
//
// One thing at a time: the care for the rows and whoever changes or ends it take turns (enter(), leave()). A discovery
// controller that cannot be reached, or not with our keys, changes nothing: its last list holds. After a start nothing
// is taken away before every discovery controller was heard.
#pragma once

#include "apply/host_identity.h"
#include "base/counted_limiter.h"
#include "core/job.h"
#include "core/reactor.h"
#include "model/hooks.h"
#include "nvme_host/discovery.h"
#include "outrigger/v1/nvme_discovery.pb.h"
#include "storage/backend_nvme.pb.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::apply {

// Discovery controllers that one discovery follows, and as many that it cannot ask; and the referrals that lead from
// the first to the last.
inline constexpr size_t discovery_sources_max = 16;
inline constexpr uint32_t discovery_depth_max = 4;
// Addresses of subsystems that it connects to, and that its resource shows.
inline constexpr size_t discovery_entries_max = 1024;
inline constexpr int discovery_entries_shown_max = 256;
// From the end of one round of care for the rows to the next, whatever the logs show meanwhile.
inline constexpr uint64_t discovery_round_pause_ns = 100'000'000;
// Lines in the log that one discovery causes in ten seconds.
inline constexpr uint32_t discovery_lines_max = 32;
// Tries to take a row away while something else is under way for it.
inline constexpr uint32_t discovery_tries_max = 100;

// What all discoveries share. The model comes after the hooks: `rows` is set before anything is realised.
struct DiscoveryWorld {
  using MakeFeed = std::function<std::unique_ptr<nvme_host::DiscoveryFeed>(nvme_host::DiscoveryOptions,
                                                                           nvme_host::DiscoveryFeed::Changed)>;
  core::Reactor& control;
  HostIdentity identity;
  MakeFeed make_feed;
  // Key exchanges with all discovery controllers and targets together have a bounded part of the control reactor's
  // time.
  std::shared_ptr<nvme_host::KeyExchangePace> pace;
  model::FoundRows* rows = nullptr;
  bool is_stopping = false;
};

class Discovery final {
 public:
  using Wanted = outrigger::v1::NvmeDiscovery;

  Discovery(DiscoveryWorld& world, std::string id, Wanted wanted);
  // close() must have ended.
  ~Discovery();
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  // What it makes shall be otherwise; takes effect soon. With other keys the discovery controllers are asked anew.
  core::Job<void> change(Wanted wanted);
  // Takes away all that it made; nothing while somebody uses some of it. On a later error it goes on following, and
  // makes anew what is gone.
  core::Job<Result<void>> clear();
  // Ends the connections; what was made stays.
  core::Job<void> close();
  // Something has changed that may let a path go which somebody used, or make place for one.
  void look_again() { look_in(0); }
  // How it is.
  void describe(Wanted& into) const;

 private:
  using State = outrigger::v1::NvmeDiscoveryEntry::State;
  struct Source {
    std::string address;  // one spelling
    std::string subnqn;
    uint32_t depth = 0;
    std::unique_ptr<nvme_host::DiscoveryFeed> feed = nullptr;  // nullptr: it cannot be asked
    std::string obstacle = {};                                 // why it cannot
    nvme_host::DiscoveryLog last_log = {};                     // what it showed to the feed before
    [[nodiscard]] bool has_log() const { return feed != nullptr && feed->has_log(); }
    [[nodiscard]] bool is_current() const { return feed != nullptr && feed->is_current(); }
    // The one that was read last, be it by the feed before.
    [[nodiscard]] const nvme_host::DiscoveryLog& log() const { return has_log() ? feed->log() : last_log; }
    [[nodiscard]] std::string why() const;
  };
  // A subsystem at an address.
  struct Entry {
    std::string subnqn;
    std::string traddr;
    int64_t trsvcid = 0;
    bool is_ipv6 = false;
    bool requires_tls = false;
    bool is_news = false;  // by the feeds that there are, not only by those before
    State state = outrigger::v1::NvmeDiscoveryEntry::WAITING;
    std::string reason = {};
    std::string path = {};  // name
  };
  // By subsystem, then by address.
  using Entries = std::map<std::string, std::map<std::string, Entry>>;
  // The paths that it made, with their keys, by remote controller.
  using Made = std::map<std::string, std::vector<std::pair<std::string, opi_api::storage::v1::NvmePath>>>;
  struct Place;

  core::Job<void> enter();
  void leave();
  void look_in(uint64_t ns);
  static core::Job<void> look_after(Discovery* self);
  core::Job<void> reconcile();

  [[nodiscard]] std::vector<Place> plan_sources();
  void add_referrals(const Source& source, std::vector<Place>& plan, std::set<std::string>& seen) const;
  core::Job<void> follow_plan();
  // Stops them all at once, for each may take a while to say goodbye.
  static core::Job<void> stop_feeds(std::vector<Source*> sources);
  [[nodiscard]] std::vector<Source*> all_sources();
  [[nodiscard]] bool lacks_key(const Place& place) const;
  [[nodiscard]] Result<nvme_host::DiscoveryOptions> options_for(const Place& place) const;
  void ask(Source& source, const Place& place);
  [[nodiscard]] bool is_complete() const;
  [[nodiscard]] Source* find(const Place& place);

  [[nodiscard]] Entries plan_entries() const;
  void add_entries(const Source& source, Entries& entries, size_t& count) const;
  [[nodiscard]] bool is_wanted(const std::string& subnqn) const;
  void look_at_rows();
  [[nodiscard]] bool wants_tls() const { return !wanted_.tls_key().empty() || wanted_.secure_channel_concatenation(); }
  [[nodiscard]] bool can_use_tls(const std::string& controller) const;
  [[nodiscard]] bool is_made(const std::string& controller, const std::string& address) const;
  // Why the address is left alone; empty: nothing speaks against a path of this remote controller to it.
  [[nodiscard]] std::string obstacle_to(const std::string& controller, const std::string& address,
                                        const Entry& entry) const;
  core::Job<void> make_subsystem(std::string subnqn, std::map<std::string, Entry>* entries);
  core::Job<void> make_path(std::string controller, std::string address, Entry* entry);

  core::Job<void> drop_unshown(Entries* entries);
  core::Job<void> drop_path(std::string key, opi_api::storage::v1::NvmePath path, Entries* entries);
  core::Job<void> drop_controller(std::string controller);
  core::Job<void> drop_empty(const Entries* entries);
  [[nodiscard]] std::vector<std::string> empty_controllers() const;
  [[nodiscard]] bool has_made(const std::string& controller) const;
  [[nodiscard]] Result<void> check_unused() const;
  core::Job<Result<void>> lose(const google::protobuf::Descriptor* kind, std::string key);
  void unsettled(Entry& entry, const Error& error);
  [[nodiscard]] bool is_ending() const noexcept { return is_closing_ || world_.is_stopping; }

  DiscoveryWorld& world_;
  const std::string id_;
  Wanted wanted_;
  std::vector<Source> sources_;  // the first is what is followed
  Entries entries_;              // as of the latest round
  Made made_;                    // before this round
  // What the keys do for a remote controller.
  struct Protection {
    bool uses_tls = false;                   // all its connections go through TLS
    bool has_dhchap_controller_key = false;  // the target must prove that it has it
  };
  std::map<std::string, Protection, std::less<>> protections_;  // of those that were there before this round
  // Of others that lead to a subsystem for the same host already: NQN, remote controller.
  std::map<std::string, std::string, std::less<>> others_;
  core::Timer timer_;
  log::CountedLimiter limiter_{discovery_lines_max};
  uint64_t round_ended_ns_ = 0;
  uint64_t again_ns_ = 0;  // how long after a round that left something to do
  bool is_settled_ = true;
  bool is_busy_ = false;
  bool is_closing_ = false;
};

}  // namespace outrigger::apply
