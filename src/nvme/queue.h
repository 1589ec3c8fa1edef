// Queue: the seam between a transport and the specification: one submission queue with its completion queue, admin or
// I/O. The transport knows how commands and data arrive; the queue knows what they mean.
//
// Life: control makes it when a host connects (Directory::connect) → the transport serves it on the control reactor
// until it is ready (a host may have to authenticate first) → it moves to its home: attach() there → commands → the
// transport's end: expedite(), all commands completed, detach() at home → closed() on the control reactor. An admin
// queue's home is the control reactor, an I/O queue's a data core.
#pragma once

#include "nvme/command.h"

#include <cstdint>

namespace outrigger::core {
class Reactor;
}

namespace outrigger::nvme {

class Queue {
 public:
  virtual ~Queue() = default;

  // -- on the control reactor
  // Where it lives. The same for its whole life.
  [[nodiscard]] virtual core::Reactor& home() const noexcept = 0;
  // May it go home? False while the host must authenticate: commands are then handed to it on the control reactor, and
  // it refuses all but those of authentication. Looked at after every command that ended.
  [[nodiscard]] virtual bool is_ready() const noexcept = 0;
  // The transport has done with it; nothing but its destructor is called afterwards.
  virtual void closed() noexcept = 0;

  // -- on its home's thread
  virtual void attach() noexcept = 0;
  // No command is at work.
  virtual void detach() noexcept = 0;

  // -- where it is served at the moment
  // A new command came: is it known, allowed, within bounds, and which data does it need? A refusal comes back as the
  // value: the transport then ends the command itself and execute() is not called. Nothing is started. What must be
  // seen in the order of arrival (fused pairs) is seen here: call it in that order, once per command.
  [[nodiscard]] virtual Status prepare(Command& command) noexcept = 0;
  // Does it. Data to the controller are all there. Commands may be executed in another order than prepared.
  virtual void execute(Command& command) noexcept = 0;
  // A hint: `command`, which was prepared, will be executed next but one or so.
  virtual void prefetch(const Command& command) noexcept { static_cast<void>(command); }
  // Instead of execute(), and without buffers: a Read whose data the device lends. True: the command has ended, with
  // success, and its iov shows data_bytes in the device's own memory; done() is not called. They are there until
  // returned(), which must follow. False: nothing happened.
  [[nodiscard]] virtual bool lend(Command& command) noexcept {
    static_cast<void>(command);
    return false;
  }
  virtual void returned(Command& command) noexcept { static_cast<void>(command); }
  // A command that was prepared will never be executed: its data did not come. The transport takes it back at once.
  virtual void forget(Command& command) noexcept { static_cast<void>(command); }
  // The transport goes away: what waits (asynchronous event requests, turns in a rate limit, a path to a remote target)
  // completes as soon as it can, with whatever status, and nothing more reaches a device: the host takes it for undone
  // and sends it again. May complete commands.
  virtual void expedite() noexcept = 0;
};

// How the specification's side tells a transport that a queue's association is over (keep alive time-out, reset,
// shut-down, deletion). Control reactor. The transport ends the connection soon after, not inside the call; more than
// one call is fine. Valid until Queue::closed().
class Link {
 public:
  virtual ~Link() = default;
  virtual void disconnect() noexcept = 0;
};

}  // namespace outrigger::nvme
