// Path: one way to a subsystem: one controller of it, reached at one address, with an I/O queue for every data core, or
// a share of one where the controller grants fewer. It connects, initialises the controller as the specification asks,
// keeps it alive, hears its events, and begins again when it is lost, until it is stopped or controller_loss is over.
// Control reactor; its queues live on the data cores.
#pragma once

#include "base/result.h"
#include "core/job.h"
#include "core/reactor.h"
#include "nvme_host/key_exchange_pace.h"
#include "nvme_host/path_queue.h"
#include "nvme_host/path_security.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::nvme_host {

struct PathOptions {
  std::string name;            // for logs and statistics
  std::string traddr;          // an IPv4 or IPv6 literal
  std::string trsvcid;         // port
  std::string source_traddr;   // empty: as the machine routes
  std::string source_trsvcid;  // empty: any
  std::string subnqn;
  std::string hostnqn;
  std::array<uint8_t, 16> hostid{};
  uint32_t queue_entries = 128;  // of an I/O queue
  uint32_t io_queue_count = 0;   // 0: one for each data core; else on the first so many, shared by the others
  bool has_header_digest = false;
  bool has_data_digest = false;
  std::shared_ptr<const PathSecurity> security{};  // nullptr: no keys
  std::shared_ptr<KeyExchangePace> pace{};         // of the control reactor's paths; nullptr: one of its own
  // How long to wait, all in milliseconds.
  uint32_t connect_timeout_ms = 5'000;  // for TCP, ICResp and every command of the set-up
  uint32_t keep_alive_ms = 5'000;       // KATO; a controller that misses it is given up
  uint32_t answer_timeout_ms = 30'000;  // an I/O command without an answer for so long ends the path
  uint32_t reconnect_delay_ms = 1'000;  // first try at once, then this, doubled up to reconnect_delay_max_ms
  uint32_t reconnect_delay_max_ms = 10'000;
  int64_t controller_loss_ms = 600'000;  // without success for so long: Failed for good; -1: never gives up
};

enum class PathState : uint8_t { Idle, Connecting, Live, Reconnecting, Failed, Stopping };

enum class PathAnaState : uint8_t {
  Optimized = 1,
  NonOptimized = 2,
  Inaccessible = 3,
  PersistentLoss = 4,
  Change = 15
};

// A namespace as the controller at the end of this path shows it.
struct PathNamespace {
  uint32_t nsid = 0;
  std::array<uint8_t, 16> uuid{};   // all zero: none
  std::array<uint8_t, 16> nguid{};  // the same
  std::array<uint8_t, 8> eui64{};
  std::string serial;  // of the subsystem, where the namespace itself has no identifier
  uint32_t block_bytes = 512;
  uint64_t block_count = 0;
  uint32_t physical_block_bytes = 512;
  uint32_t optimal_io_bytes = 0;
  bool is_writable = true;
  uint32_t copy_blocks_max = UINT32_MAX;  // of one Copy with one range; 0: it takes none
  uint32_t ana_group = 0;
  PathAnaState ana = PathAnaState::Optimized;
};

// What the controller said of itself.
struct PathController {
  uint16_t cntlid = 0;
  std::string serial, model, firmware;
  uint32_t transfer_bytes_max = 0;           // of one command; 0: no limit
  uint64_t zeroes_bytes_max = 0;             // of one Write Zeroes; 0: it does not say
  uint64_t discard_blocks_max = 0;           // of one Dataset Management; 0: no limit
  std::array<uint32_t, 3> retry_delay_ms{};  // by a status' retry delay index, less one; 0: none
  bool has_keep_alive = true;                // false: KAS 0, it keeps no time
  uint32_t keep_alive_ms = 0;                // KATO as the controller counts it; 0: as it was asked for
  bool can_write_zeroes = false;
  bool can_deallocate = false;
  bool can_compare = false;
  bool can_compare_and_write = false;  // fused
  bool can_copy = false;
  bool has_write_cache = false;
  uint32_t io_queue_count = 0;
};

// For people and for Stats; counters since the path was made.
struct PathStatus {
  PathState state = PathState::Idle;
  std::string why;              // of the latest failure, for a person
  std::string_view stage = {};  // of the present set-up, or of the latest: what it is at; empty: it has just begun
  uint64_t connects = 0;        // that succeeded
  uint64_t connect_failures = 0;
  uint64_t losses = 0;      // times that a live path was lost
  uint64_t since_ns = 0;    // when it came into this state, the clock's time
  bool is_refused = false;  // the latest failure: the target answered, and said no
  // Of a path that is live: TLS protects it; we proved who we are with a key, and so did the target where a controller
  // key is configured.
  bool is_secure = false;
  bool is_authenticated = false;
};

class Path;

// Hears what happens to a path. Control reactor; not called from inside the calls below. A path that comes up is
// announced with path_live(), and used from then on; path_down() comes before its queues go.
class PathObserver {
 public:
  virtual ~PathObserver() = default;
  // Connected and initialised: controller(), namespaces() and queues are there.
  virtual void path_live(Path& path) = 0;
  // Lost, refused or stopped; queues complete what they hold with a path error.
  virtual void path_down(Path& path, const std::string& why) = 0;
  // namespaces() is another list now: added, resized, gone.
  virtual void path_namespaces_changed(Path& path) = 0;
  // Only ANA states changed.
  virtual void path_ana_changed(Path& path) = 0;
};

class Path {
 public:
  virtual ~Path() = default;

  // Begins to connect, and goes on by itself. The observer outlives the path.
  virtual void start(PathObserver& observer) = 0;
  // Ends it for good; afterwards no queue of it exists and it may be destroyed.
  virtual core::Job<void> stop() = 0;
  // Gives the present connection up and begins anew at once.
  virtual void reset() = 0;

  [[nodiscard]] virtual const PathOptions& options() const noexcept = 0;
  [[nodiscard]] virtual PathStatus status() const = 0;
  [[nodiscard]] virtual const PathController& controller() const noexcept = 0;
  [[nodiscard]] virtual const std::vector<PathNamespace>& namespaces() const noexcept = 0;
  // The queue on the `core`-th data core (the index in the list of data cores); nullptr: it has none there. Shared,
  // because a data core may still hold it when the path is gone: such a queue is not live.
  [[nodiscard]] virtual std::shared_ptr<PathQueue> queue(size_t core) const = 0;
};

// A path over TCP. `control` and `data_cores` are borrowed.
[[nodiscard]] std::unique_ptr<Path> make_tcp_path(core::Reactor& control, std::vector<core::Reactor*> data_cores,
                                                  PathOptions options);

}  // namespace outrigger::nvme_host
