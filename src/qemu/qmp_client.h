// QmpClient: one connection to one QEMU's machine protocol (QMP) socket, on the control reactor.
//
// Commands carry ids and may overlap; each gives its answer to the job that awaits it. Whatever QEMU does — vanish,
// stall, answer nonsense, flood — a job gets an error within its time-out, never a hang. The client belongs to its
// reactor's thread and is held by shared_ptr: a job that it resumes may drop it.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "core/job.h"
#include "core/reactor.h"
#include "qemu/limits.h"
#include "qemu/qmp_line.h"

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace outrigger::qemu {

class QmpClient final : public core::FdWatch, public std::enable_shared_from_this<QmpClient> {
 public:
  // A client that is not connected yet. `path` is the UNIX socket QEMU listens on.
  static std::shared_ptr<QmpClient> make(core::Reactor& reactor, std::string path);
  // Connects, takes the greeting and leaves negotiation mode; once, before anything else.
  // UNAVAILABLE: nobody listens there (QEMU is gone); DEADLINE_EXCEEDED: it does not greet (another client holds
  // it); INVALID_ARGUMENT: the path is no socket path; INTERNAL: whoever answered does not speak QMP.
  core::Job<Result<void>> open(uint64_t timeout_ns = connect_timeout_ns);
  ~QmpClient() override;
  QmpClient(const QmpClient&) = delete;
  QmpClient& operator=(const QmpClient&) = delete;

  // Runs one command and gives its "return". An error of QEMU is FAILED_PRECONDITION with QEMU's own words
  // (NOT_FOUND for class DeviceNotFound); a lost connection is UNAVAILABLE; no answer is DEADLINE_EXCEEDED.
  // The caller's shared_ptr must live until the job ends; `command` is a literal.
  core::Job<Result<Json>> execute(std::string_view command, Json arguments, uint64_t timeout_ns = command_timeout_ns);

  // An interest in one event. Make it before the command that causes the event, then await wait().
  class EventWait;
  std::unique_ptr<EventWait> expect(std::string event, std::string device);

  [[nodiscard]] bool is_open() const noexcept { return fd_.is_open(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Ends the connection; everything that waits gets `reason`.
  void close(Error reason);

  void on_ready(uint32_t events) noexcept override;

 private:
  struct Pending;
  QmpClient(core::Reactor& reactor, std::string path) : reactor_(reactor), path_(std::move(path)) {}
  Result<bool> try_connect();
  core::Job<Result<Json>> wait_for(Pending* pending, uint64_t timeout_ns);
  Result<void> send(std::string_view text);
  Result<void> flush();
  Result<void> receive();
  Result<void> take_lines();
  Result<void> take_message(Json message);
  void finish(Pending& pending, Result<Json> outcome);
  void answer(uint64_t id, Json message);
  void announce(const std::string& event, const std::string& device);
  void update_watch();

  core::Reactor& reactor_;
  std::string path_;
  UniqueFd fd_;
  std::string received_;
  std::string to_send_;
  bool is_watched_ = false;
  bool is_closed_ = false;  // for good
  Error close_reason_;
  uint64_t id_next_ = 1;                  // 0 is the greeting's
  std::map<uint64_t, Pending*> pending_;  // the entries live in their jobs' frames
  std::list<EventWait*> waits_;
};

// Waits for one event (and, where `device` is not empty, for that device's). Belongs to the client's reactor and
// does not keep the client alive.
class QmpClient::EventWait {
 public:
  ~EventWait();
  EventWait(const EventWait&) = delete;
  EventWait& operator=(const EventWait&) = delete;

  [[nodiscard]] bool is_seen() const noexcept { return is_seen_; }
  // True when the event came (perhaps before the call); false at the time-out; an error when the connection ended.
  // May be called again after false.
  core::Job<Result<bool>> wait(uint64_t timeout_ns);

 private:
  friend class QmpClient;
  EventWait(QmpClient& client, std::string event, std::string device);
  void finish(Result<bool> outcome);

  QmpClient* client_;  // nullptr once the connection ended
  core::Reactor& reactor_;
  std::string event_;
  std::string device_;
  bool is_seen_ = false;
  Error end_reason_;
  core::Event<Result<bool>>* waiter_ = nullptr;
};

// Reads `json[key]` without ever throwing: an empty string or nullptr when it is not there or of another type.
[[nodiscard]] std::string string_at(const Json& json, std::string_view key);
[[nodiscard]] const Json* member_at(const Json& json, std::string_view key) noexcept;

}  // namespace outrigger::qemu
