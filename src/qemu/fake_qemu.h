// FakeQemu: the QMP side of a QEMU for tests, on the test's own thread: it holds chardevs, ports and devices as the
// real one does, and fails on request at any command, in any way. For tests only.
#pragma once

#include "base/unique_fd.h"
#include "qemu/qmp_client.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace outrigger::qemu {

enum class Fault : uint8_t {
  Refuse,         // an error answer
  Silence,        // no answer, nothing done
  DoneButSilent,  // done, but no answer
  HangUp,         // the connection ends, nothing done
  DoneAndHangUp,  // done, then the connection ends
  Garbage,        // no JSON
  Lie,            // an answer to a command nobody gave
  WrongType,      // a result of a type that makes no sense
  Raw,            // raw_answer, as it is
};

class FakeQemu {
 public:
  FakeQemu();
  ~FakeQemu();
  FakeQemu(const FakeQemu&) = delete;
  FakeQemu& operator=(const FakeQemu&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Takes what has come and answers it; never waits.
  void serve();
  // The process is gone: nobody listens any more.
  void die();

  // What a real one would hold.
  std::vector<std::string> ports = {"rp0", "rp1"};
  std::set<std::string> chardevs;
  std::map<std::string, std::string> devices;  // id → bus
  std::vector<std::string> commands;           // everything that was asked
  Json last_device;                            // arguments of the last device_add
  bool is_memory_shared = true;
  bool greets = true;
  std::string greeting = R"({"QMP":{"version":{},"capabilities":[]}})";
  std::string raw_answer;  // for Fault::Raw
  bool are_chardevs_connected = true;
  // The guest releases a device when asked for the n-th time; 0: never.
  uint32_t releases_at_request = 1;
  // Applied to the command of that name, `times` times.
  std::map<std::string, Fault> faults;
  uint32_t fault_times = UINT32_MAX;

 private:
  void take(const std::string& line);
  Json run(const std::string& command, const Json& arguments);
  Json list(const std::string& path) const;
  Json add_device(const Json& arguments);
  Json delete_device(const std::string& id);
  void send(const Json& message);
  void send_text(const std::string& text);
  void flush();

  std::string directory_;
  std::string path_;
  UniqueFd listener_;
  UniqueFd client_;
  std::string received_;
  std::string to_send_;  // what the socket did not take yet
  std::map<std::string, uint32_t> requests_;
  std::vector<Json> events_;
};

}  // namespace outrigger::qemu
