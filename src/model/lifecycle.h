// Lifecycle: makes rows come, change, go and be made real, one job per row at a time, with the store always a
// step ahead of the world and taken back when the world refuses.
//
//   create   store → realise            refused: store taken back, row gone
//   update   store → realise            refused: store and row as before
//   delete   withdraw → store           store refuses: realised again
//   restore  store → realise in order   refused: the row stays, with its error, and is tried again
//
// A crash between two steps leaves either what was before or what was asked for, never a part. Control
// reactor only.
#pragma once

#include "core/job.h"
#include "core/random.h"
#include "core/reactor.h"
#include "model/rows.h"
#include "model/store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace outrigger::model {

// What happened to a resource, for those who watch.
struct Change {
  enum class What : uint8_t { Created, Updated, Deleted, StateChanged };
  What what;
  std::string kind;  // full name of the message
  std::string name;
};
using Watcher = std::function<void(const Change&)>;

class Lifecycle {
 public:
  using Done = std::move_only_function<void(Result<void>)>;

  Lifecycle(core::Reactor& control, Store& store, RowTable& rows);
  // Must be idle, and stop() must have been called.
  ~Lifecycle();
  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;

  // Inserts `row` (checked, new) with its `targets` and makes it real.
  void create(std::unique_ptr<Row> row, std::set<Row*> targets, Done done);
  // Changes a row that nothing is under way for. `targets`: what the new version refers to.
  void update(Row& row, std::shared_ptr<const Message> wanted, std::shared_ptr<const Message> options,
              std::set<Row*> targets, Done done);
  // Removes a row without users that nothing is under way for.
  void remove(Row& row, Done done);
  // Tries again, now, to make a stored row real.
  void realise(Row& row, Done done);

  // Reads the store into the table; all rows are then unrealised. Once, before anything else.
  Result<void> load();
  // Realises what was loaded, what is referred to first; ends when everything was tried once.
  core::Job<void> realise_all();
  // Rows that wait for another try get it at once: something outside has changed.
  void retry_now();

  // No more tries; ends when nothing is under way any more.
  core::Job<void> stop();
  [[nodiscard]] bool is_idle() const noexcept { return pending_count_ == 0; }

  [[nodiscard]] const core::Clock& clock() const noexcept { return control_.clock(); }
  void watch(Watcher watcher) { watchers_.push_back(std::move(watcher)); }

 private:
  core::Job<void> run_create(Row& row, Done done);
  core::Job<void> run_update(Row& row, Intent next, std::set<Row*> targets, Done done);
  core::Job<void> run_remove(Row& row, Done done);
  core::Job<void> run_realise(Row& row, Done done);
  void begin(Row& row, Pending pending);
  void end(Row& row);
  void finish(Done done, Result<void> result);
  void set_realised(Row& row);
  void set_failed(Row& row, Error error);
  void store_later(Record record, bool is_erased);
  void retry_due();
  void retry_store();
  void arm_retry();
  void arm_retry_at(uint64_t deadline_ns);
  void notify(Change::What what, const Row& row) const;
  [[nodiscard]] static const Row* unrealised_target(const Row& row);

  core::Reactor& control_;
  Store& store_;
  RowTable& rows_;
  std::vector<Watcher> watchers_;
  core::Timer retry_timer_;
  bool is_stopping_ = false;
  size_t pending_count_ = 0;
  // Changes that had to be taken back in the store and could not: tried again with the rows.
  std::map<std::pair<std::string, std::string>, std::optional<Record>> unstored_;
  uint64_t unstored_at_ns_ = 0;
  core::Event<std::monostate>* idle_ = nullptr;
};

[[nodiscard]] Record record_of(const Row& row, const Message& wanted, const Message* options);

}  // namespace outrigger::model
