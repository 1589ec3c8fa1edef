#include "nvme/pair_lock.h"

#include "base/check.h"
#include "nvme/core_namespaces.h"
#include "nvme/io_commands.h"
#include "nvme/io_queue.h"

#include <algorithm>
#include <utility>

namespace outrigger::nvme {

PairLeg::PairLeg(PairLock& lock, CoreNamespaces& core, uint32_t nsid) noexcept : lock_(lock), core_(core), nsid_(nsid) {
  go_.owner = back_.owner = this;
  go_.run = [](core::Message& message) noexcept { static_cast<PairLeg*>(message.owner)->run(); };
  back_.run = [](core::Message& message) noexcept { static_cast<PairLeg*>(message.owner)->lock_.leg_answered(); };
}

bool PairLeg::holds(const Command& command) const noexcept {
  return may_write(command, blocks_.lba, blocks_.block_count);
}

void PairLeg::run() noexcept {
  NamespaceEntry* const entry = core_.find(nsid_);
  check(entry != nullptr, "a namespace stays while a pair is at work on it");
  entry->has_lock = is_locking_;
  awaited_count_ = 0;
  for (IoQueue* const queue : core_.queues()) {
    if (is_locking_) {
      awaited_count_ += queue->await_writes(nsid_, blocks_);
    } else {
      queue->go_on(nsid_);
    }
  }
  if (awaited_count_ == 0) {
    answer();
  }
}

void PairLeg::answer() noexcept { lock_.arbiter_.post(back_); }

PairLock::PairLock(uint32_t nsid, std::span<const std::unique_ptr<CoreNamespaces>> cores)
    : arbiter_(cores[nsid % cores.size()]->reactor()) {
  for (const auto& core : cores) {
    legs_.push_back(std::make_unique<PairLeg>(*this, *core, nsid));
  }
}

PairLock::PairLock(uint32_t nsid, CoreNamespaces& core) : arbiter_(core.reactor()) {
  legs_.push_back(std::make_unique<PairLeg>(*this, core, nsid));
}

PairLock::~PairLock() {
  check(holder_ == nullptr && waiting_.is_empty(), "no pair is at work on a namespace that goes");
}

PairLeg& PairLock::leg_of(const CoreNamespaces& core) noexcept {
  const auto found = std::ranges::find_if(legs_, [&core](const auto& leg) { return &leg->core() == &core; });
  check(found != legs_.end(), "the lock is of this subsystem");
  return **found;
}

void PairLock::take(PairTicket& ticket) noexcept {
  ticket.lock = this;
  ticket.message.owner = &ticket;
  ticket.message.run = [](core::Message& message) noexcept {
    auto& asking = *static_cast<PairTicket*>(message.owner);
    asking.lock->asked(asking);
  };
  arbiter_.post(ticket.message);
}

void PairLock::give_back(PairTicket& ticket) noexcept {
  ticket.message.run = [](core::Message& message) noexcept {
    auto& leaving = *static_cast<PairTicket*>(message.owner);
    check(leaving.lock->holder_ == &leaving, "who has the lock gives it back");
    leaving.lock->move_legs(false);
  };
  arbiter_.post(ticket.message);
}

void PairLock::withdraw(PairTicket& ticket) noexcept {
  ticket.withdrawal.owner = &ticket;
  ticket.withdrawal.run = [](core::Message& message) noexcept {
    auto& leaving = *static_cast<PairTicket*>(message.owner);
    leaving.lock->look_for(leaving);
  };
  arbiter_.post(ticket.withdrawal);
}

// What take() posted came before this.
void PairLock::look_for(PairTicket& leaving) noexcept {
  leaving.was_waiting = false;
  IntrusiveQueue<PairTicket> others;
  while (PairTicket* const ticket = waiting_.pop_front()) {
    if (ticket == &leaving) {
      leaving.was_waiting = true;
    } else {
      others.push_back(*ticket);
    }
  }
  waiting_.splice_back(others);
  leaving.withdrawal.run = [](core::Message& message) noexcept {
    auto& ticket = *static_cast<PairTicket*>(message.owner);
    ticket.withdrawn(ticket);
  };
  // Last: with the last pair gone, the lock may go.
  leaving.home->post(leaving.withdrawal);
}

void PairLock::asked(PairTicket& ticket) noexcept {
  if (holder_ != nullptr) {
    waiting_.push_back(ticket);
    return;
  }
  holder_ = &ticket;
  move_legs(true);
}

// The legs are at rest: none is asked again before all have answered.
void PairLock::move_legs(bool is_locking) noexcept {
  is_locking_ = is_locking;
  unanswered_count_ = legs_.size();
  for (const auto& leg : legs_) {
    leg->is_locking_ = is_locking;
    if (is_locking) {  // while they are locked their core looks at them
      leg->blocks_ = holder_->blocks;
    }
    leg->core_.reactor().post(leg->go_);
  }
}

void PairLock::leg_answered() noexcept {
  if (--unanswered_count_ != 0) {
    return;
  }
  PairTicket& told = *holder_;
  told.message.run = [](core::Message& message) noexcept {
    auto& ticket = *static_cast<PairTicket*>(message.owner);
    ticket.granted(ticket);
  };
  if (!is_locking_) {
    told.message.run = [](core::Message& message) noexcept {
      auto& ticket = *static_cast<PairTicket*>(message.owner);
      ticket.released(ticket);
    };
    holder_ = waiting_.pop_front();
    if (holder_ != nullptr) {
      move_legs(true);
    }
  }
  // Last: with the last pair gone, the lock may go.
  told.home->post(told.message);
}

}  // namespace outrigger::nvme
