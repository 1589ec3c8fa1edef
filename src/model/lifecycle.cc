#include "model/lifecycle.h"

#include "base/log.h"
#include "model/limits.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>

namespace outrigger::model {

namespace {

// The same message gives the same bytes, so that a record may be compared.
std::string serialise(const Message& message) {
  std::string out;
  {
    google::protobuf::io::StringOutputStream stream(&out);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeWithCachedSizes(&coded);
  }
  return out;
}

std::shared_ptr<Message> make_message(const google::protobuf::Descriptor& descriptor) {
  return std::shared_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&descriptor)->New());
}

}  // namespace

Record record_of(const Row& row, const Message& wanted, const Message* options) {
  static_cast<void>(wanted.ByteSizeLong());  // fills the cached sizes
  Record record{row.kind->full_name(), row.key, serialise(wanted), {}};
  if (options != nullptr) {
    static_cast<void>(options->ByteSizeLong());
    record.options = serialise(*options);
  }
  return record;
}

Lifecycle::Lifecycle(core::Reactor& control, Store& store, RowTable& rows)
    : control_(control), store_(store), rows_(rows) {
  retry_timer_.owner = this;
  retry_timer_.fire = [](core::Timer& timer) noexcept { static_cast<Lifecycle*>(timer.owner)->retry_due(); };
}

Lifecycle::~Lifecycle() {
  check(pending_count_ == 0, "the model is stopped before it is destroyed");
  check(!retry_timer_.is_armed(), "the model is stopped before it is destroyed");
}

void Lifecycle::notify(Change::What what, const Row& row) const {
  const Change change{what, row.kind->full_name(), row.name};
  for (const Watcher& watcher : watchers_) {
    watcher(change);
  }
}

void Lifecycle::begin(Row& row, Pending pending) {
  check(row.pending == Pending::None, "one operation at a time");
  if (pending == Pending::Update || pending == Pending::Delete) {
    row.seen = answer_of(row);
  }
  row.pending = pending;
  ++pending_count_;
}

void Lifecycle::end(Row& row) {
  row.pending = Pending::None;
  row.seen.reset();
  check(pending_count_ > 0);
  --pending_count_;
  if (!row.is_realised && row.retry_wait_ns != 0) {
    arm_retry_at(row.retry_at_ns);  // its time may have passed meanwhile: then nobody looked at it
  }
}

// The last thing a job does: whoever hears of it may start the next operation, or learn that all is quiet.
void Lifecycle::finish(Done done, Result<void> result) {
  done(std::move(result));
  if (idle_ != nullptr && is_idle()) {
    std::exchange(idle_, nullptr)->set({});
  }
}

void Lifecycle::set_realised(Row& row) {
  row.is_realised = true;
  row.is_restored = false;
  row.error = {};
  row.retry_wait_ns = 0;
  // What waited for this one need not wait longer.
  for (Row* user : row.users) {
    if (!user->is_realised && user->retry_wait_ns != 0) {
      user->retry_at_ns = control_.clock().now_ns();
      arm_retry_at(user->retry_at_ns);
    }
  }
}

void Lifecycle::set_failed(Row& row, Error error) {
  const bool is_news = row.error.what != error.what;
  row.is_realised = false;
  row.error = std::move(error);
  row.retry_wait_ns = row.retry_wait_ns == 0 ? retry_wait_ns_min : std::min(2 * row.retry_wait_ns, retry_wait_ns_max);
  row.retry_at_ns = control_.clock().now_ns() + row.retry_wait_ns;
  if (is_news) {
    log::warning("model", "{}: not realised, trying again by itself: {}", row.name, row.error.what);
    notify(Change::What::StateChanged, row);
  }
  arm_retry_at(row.retry_at_ns);
}

const Row* Lifecycle::unrealised_target(const Row& row) {
  for (const Row* target : row.targets) {
    if (!target->is_realised) {
      return target;
    }
  }
  return nullptr;
}

void Lifecycle::create(std::unique_ptr<Row> fresh, std::set<Row*> targets, Done done) {
  Row& row = rows_.insert(std::move(fresh));
  rows_.link(row, std::move(targets));
  begin(row, Pending::Create);
  core::spawn(run_create(row, std::move(done)));
}

core::Job<void> Lifecycle::run_create(Row& row, Done done) {
  const Record record = record_of(row, *row.wanted, row.options.get());
  Result<void> made = store_.put(record);
  if (made.has_value()) {
    unstored_.erase({record.kind, record.key});
    core::Job<Result<void>> realising = row.kind->hooks().realise(row.intent());
    made = co_await realising;
    if (!made.has_value()) {
      store_later(record, true);
    }
  }
  if (made.has_value()) {
    set_realised(row);
    end(row);
    if (row.kind->spec().is_implied) {
      rows_.relink_implied();
    }
    notify(Change::What::Created, row);
  } else {
    end(row);
    rows_.remove(row);
  }
  finish(std::move(done), std::move(made));
}

void Lifecycle::update(Row& row, std::shared_ptr<const Message> wanted, std::shared_ptr<const Message> options,
                       std::set<Row*> targets, Done done) {
  begin(row, Pending::Update);
  Intent next = row.intent();
  if (row.is_realised) {
    next.before = row.wanted;
    next.options_before = row.options;
  }
  next.resource = std::move(wanted);
  next.options = std::move(options);
  // Until it is decided, both versions' targets are in use.
  std::set<Row*> both = row.targets;
  both.insert(targets.begin(), targets.end());
  rows_.link(row, std::move(both));
  core::spawn(run_update(row, std::move(next), std::move(targets), std::move(done)));
}

core::Job<void> Lifecycle::run_update(Row& row, Intent next, std::set<Row*> targets, Done done) {
  const Record before = record_of(row, *row.wanted, row.options.get());
  const Record after = record_of(row, *next.resource, next.options.get());
  Result<void> made = store_.put(after);
  if (made.has_value()) {
    unstored_.erase({after.kind, after.key});
    core::Job<Result<void>> realising = row.kind->hooks().realise(next);
    made = co_await realising;
    if (!made.has_value()) {
      store_later(before, false);
    }
  }
  end(row);
  if (made.has_value()) {
    row.wanted = next.resource;
    row.options = next.options;
    rows_.link(row, std::move(targets));
    set_realised(row);
    if (row.kind->spec().is_implied) {
      rows_.relink_implied();
    }
    notify(Change::What::Updated, row);
  } else if (auto old_targets = rows_.targets_of(*row.kind, row.key, *row.wanted)) {
    rows_.link(row, std::move(*old_targets));
  }
  finish(std::move(done), std::move(made));
}

void Lifecycle::remove(Row& row, Done done) {
  check(row.users.empty(), "what is removed has no users");
  begin(row, Pending::Delete);
  core::spawn(run_remove(row, std::move(done)));
}

core::Job<void> Lifecycle::run_remove(Row& row, Done done) {
  Result<void> gone;
  const bool was_realised = row.is_realised;
  if (was_realised) {
    core::Job<Result<void>> withdrawing = row.kind->hooks().withdraw(row.intent());
    gone = co_await withdrawing;
  }
  if (gone.has_value()) {
    gone = store_.erase(row.kind->full_name(), row.key);
    if (!gone.has_value() && was_realised) {
      // It is still wanted as far as the store knows: bring it back.
      core::Job<Result<void>> returning = row.kind->hooks().realise(row.intent());
      Result<void> back = co_await returning;
      if (!back.has_value()) {
        set_failed(row, std::move(back).error());
      }
    }
  }
  end(row);
  if (gone.has_value()) {
    unstored_.erase({row.kind->full_name(), row.key});
    notify(Change::What::Deleted, row);
    rows_.remove(row);
  }
  finish(std::move(done), std::move(gone));
}

void Lifecycle::realise(Row& row, Done done) {
  begin(row, Pending::Realise);
  core::spawn(run_realise(row, std::move(done)));
}

core::Job<void> Lifecycle::run_realise(Row& row, Done done) {
  Result<void> made;
  if (const Row* const missing = unrealised_target(row)) {
    made = fail(Code::Unavailable, "waits for {}: {}", missing->name,
                missing->error.what.empty() ? "it is not ready yet" : missing->error.what);
  } else {
    core::Job<Result<void>> realising = row.kind->hooks().realise(row.intent());
    made = co_await realising;
  }
  const bool was_failed = !row.error.what.empty();
  if (made.has_value()) {
    set_realised(row);
  } else {
    set_failed(row, made.error());
  }
  end(row);
  if (made.has_value()) {
    if (was_failed) {
      log::info("model", "{}: realised", row.name);
    }
    notify(Change::What::StateChanged, row);
  }
  finish(std::move(done), std::move(made));
}

// Takes a change back in the store; when even that fails, remembers it and tries again with the rows.
void Lifecycle::store_later(Record record, bool is_erased) {
  const Result<void> stored = is_erased ? store_.erase(record.kind, record.key) : store_.put(record);
  if (stored.has_value()) {
    unstored_.erase({record.kind, record.key});
    return;
  }
  log::error("model", "{}: a refused change is still in the store, trying again: {}", record.key, stored.error().what);
  unstored_at_ns_ = control_.clock().now_ns() + retry_wait_ns_min;
  std::pair<std::string, std::string> key{record.kind, record.key};
  unstored_.insert_or_assign(std::move(key), is_erased ? std::nullopt : std::optional(std::move(record)));
  arm_retry_at(unstored_at_ns_);
}

void Lifecycle::retry_store() {
  if (unstored_.empty() || unstored_at_ns_ > control_.clock().now_ns()) {
    return;
  }
  std::erase_if(unstored_, [&](const auto& entry) {
    const auto& [key, record] = entry;
    const Result<void> stored = record.has_value() ? store_.put(*record) : store_.erase(key.first, key.second);
    return stored.has_value();
  });
  unstored_at_ns_ = control_.clock().now_ns() + retry_wait_ns_max;
}

void Lifecycle::arm_retry_at(uint64_t deadline_ns) {
  if (!is_stopping_ && (!retry_timer_.is_armed() || retry_timer_.deadline_ns > deadline_ns)) {
    control_.arm(retry_timer_, deadline_ns);
  }
}

// The next try of all: looks at every row, so only after a round of tries.
void Lifecycle::arm_retry() {
  uint64_t next_ns = unstored_.empty() ? UINT64_MAX : unstored_at_ns_;
  for (const Kind* kind : rows_.kinds()) {
    for (const auto& [key, row] : rows_.of(*kind)) {
      if (!row->is_realised && row->pending == Pending::None) {
        next_ns = std::min(next_ns, row->retry_at_ns);
      }
    }
  }
  if (next_ns != UINT64_MAX) {
    arm_retry_at(next_ns);
  }
}

void Lifecycle::retry_due() {
  retry_store();
  const uint64_t now_ns = control_.clock().now_ns();
  std::vector<Row*> due;
  for (const Kind* kind : rows_.kinds()) {
    for (const auto& [key, row] : rows_.of(*kind)) {
      if (!row->is_realised && row->pending == Pending::None && row->retry_at_ns <= now_ns) {
        due.push_back(row.get());
      }
    }
  }
  for (Row* row : due) {
    // An earlier one of this round may have begun it.
    if (row->pending == Pending::None && !row->is_realised) {
      realise(*row, [](const Result<void>&) {});
    }
  }
  arm_retry();
}

void Lifecycle::retry_now() {
  for (const Kind* kind : rows_.kinds()) {
    for (const auto& [key, row] : rows_.of(*kind)) {
      row->retry_at_ns = control_.clock().now_ns();
    }
  }
  unstored_at_ns_ = control_.clock().now_ns();
  arm_retry();
}

Result<void> Lifecycle::load() {
  check(rows_.count() == 0, "the store is loaded once, first");
  OR_ASSIGN(const std::vector<Record> records, store_.load());
  for (const Record& record : records) {
    const Kind* const kind = rows_.kind_of(record.kind);
    if (kind == nullptr) {
      return fail(Code::FailedPrecondition,
                  "the store holds {} {}, a kind that this outriggerd does not know: use the version that wrote it",
                  record.kind, record.key);
    }
    auto row = std::make_unique<Row>();
    row->kind = kind;
    row->key = record.key;
    row->name = kind->name_of(record.key);
    row->is_restored = true;
    const std::shared_ptr<Message> wanted = make_message(*kind->spec().message);
    bool is_whole = wanted->ParseFromString(record.resource);
    if (kind->spec().options != nullptr) {
      const std::shared_ptr<Message> options = make_message(*kind->spec().options);
      is_whole = is_whole && options->ParseFromString(record.options);
      row->options = options;
    }
    if (!is_whole) {
      return fail(Code::DataLoss, "the store's record of {} cannot be read: restore the store from a backup",
                  row->name);
    }
    row->wanted = wanted;
    rows_.insert(std::move(row));
  }
  for (const Kind* kind : rows_.kinds()) {
    for (const auto& [key, row] : rows_.of(*kind)) {
      auto targets = rows_.targets_of(*kind, key, *row->wanted);
      if (!targets.has_value()) {
        return fail(Code::DataLoss, "the store is not whole: {} {}: {}: restore it from a backup", kind->spec().noun,
                    row->name, targets.error().what);
      }
      rows_.link(*row, std::move(*targets));
    }
  }
  return {};
}

core::Job<void> Lifecycle::realise_all() {
  // Level by level: what stands on nothing, then what stands on that. Within a level all at once, so that one
  // slow host holds up nobody else.
  std::map<const Row*, size_t> depth_of;
  std::vector<std::vector<Row*>> levels;
  const auto depth = [&](const auto& self, const Row& row) -> size_t {
    const auto known = depth_of.find(&row);
    if (known != depth_of.end()) {
      return known->second;
    }
    size_t own = 0;
    for (const Row* target : row.targets) {
      own = std::max(own, 1 + self(self, *target));
    }
    return depth_of[&row] = own;
  };
  for (const Kind* kind : rows_.kinds()) {
    for (const auto& [key, row] : rows_.of(*kind)) {
      const size_t level = depth(depth, *row);
      levels.resize(std::max(levels.size(), level + 1));
      levels[level].push_back(row.get());
    }
  }
  for (const std::vector<Row*>& level : levels) {
    core::Event<std::monostate> finished;
    size_t left = 0;
    bool is_started = false;
    for (Row* row : level) {
      if (row->pending != Pending::None || row->is_realised) {
        continue;
      }
      ++left;
      realise(*row, [&left, &is_started, &finished](const Result<void>&) {
        if (--left == 0 && is_started) {
          finished.set({});
        }
      });
    }
    is_started = true;
    if (left > 0) {
      co_await finished;
    }
  }
}

core::Job<void> Lifecycle::stop() {
  is_stopping_ = true;
  if (retry_timer_.is_armed()) {
    control_.cancel(retry_timer_);
  }
  if (!is_idle()) {
    core::Event<std::monostate> idle;
    idle_ = &idle;
    co_await idle;
  }
}

}  // namespace outrigger::model
