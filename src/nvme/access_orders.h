// AccessOrders: new access tables on their way to I/O queues, and the wait until all of them have arrived:
//
//   AccessOrders orders(control);
//   orders.add(queue, table, nsid);   // any number, all in one turn
//   co_await orders;
//
// With a namespace given it ends only when no command that the old tables let through is at work on it.
#pragma once

#include "base/check.h"
#include "core/reactor.h"
#include "nvme/access.h"
#include "nvme/io_queue.h"

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace outrigger::nvme {

class AccessOrders {
 public:
  explicit AccessOrders(core::Reactor& control) : control_(control) {}
  ~AccessOrders() { check(waiting_for_ == 0, "orders are waited for"); }
  AccessOrders(const AccessOrders&) = delete;
  AccessOrders& operator=(const AccessOrders&) = delete;

  // `fenced`: wait for what is at work on these; nothing: only for the table's arrival.
  void add(std::shared_ptr<IoQueue> queue, std::shared_ptr<const AccessTable> access,
           std::optional<FencedNamespaces> fenced = std::nullopt, Unsubmitted unsubmitted = Unsubmitted::GoOn) {
    // Still on the control reactor, where its host authenticates: nothing is at work. Once it is ready it is on its way
    // home, or there, and an order arrives behind it.
    if (!queue->is_ready()) {
      queue->replace_access(std::move(access));
      return;
    }
    auto order = std::make_unique<Order>();
    order->owner = this;
    order->queue = std::move(queue);
    order->access = std::move(access);
    order->fenced = std::move(fenced);
    order->unsubmitted = unsubmitted;
    order->go.owner = order->back.owner = order.get();
    order->go.run = [](core::Message& message) noexcept { static_cast<Order*>(message.owner)->run(); };
    order->back.run = [](core::Message& message) noexcept { static_cast<Order*>(message.owner)->owner->order_done(); };
    orders_.push_back(std::move(order));
  }

  bool await_ready() const noexcept { return orders_.empty(); }
  void await_suspend(std::coroutine_handle<> handle) noexcept {
    handle_ = handle;
    waiting_for_ = orders_.size();
    for (const auto& order : orders_) {
      order->queue->home().post(order->go);
    }
  }
  void await_resume() const noexcept {}

 private:
  struct Order {
    AccessOrders* owner = nullptr;
    std::shared_ptr<IoQueue> queue;  // outlives its order, whatever becomes of its connection
    std::shared_ptr<const AccessTable> access;
    std::optional<FencedNamespaces> fenced;
    Unsubmitted unsubmitted = Unsubmitted::GoOn;
    core::Message go, back;

    // On the queue's home.
    void run() noexcept {
      queue->replace_access(std::move(access));
      if (fenced) {
        if (unsubmitted == Unsubmitted::AreAborted) {
          queue->abort_all(*fenced);
        } else if (unsubmitted == Unsubmitted::AreAbandoned) {
          queue->abandon_denied(*fenced);
        }
        queue->fence(*fenced, back);
      } else {
        owner->control_.post(back);
      }
    }
  };
  void order_done() {
    if (--waiting_for_ == 0) {
      handle_.resume();
    }
  }

  core::Reactor& control_;
  std::vector<std::unique_ptr<Order>> orders_;
  size_t waiting_for_ = 0;
  std::coroutine_handle<> handle_;
};

}  // namespace outrigger::nvme
