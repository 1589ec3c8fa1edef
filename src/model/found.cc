// The door for what the world shows (FoundRows): rows that no client asked for, through the same lifecycle.
#include "model/limits.h"
#include "model/model.h"
#include "model/names.h"

#include <algorithm>

namespace outrigger::model {

namespace {

std::unexpected<Error> in_progress(const Row& row) {
  return fail(Code::Aborted, "{}: operation in progress: try again when it is finished", row.name);
}

// Where a job waits for an operation of the lifecycle.
using Outcome = core::Event<Result<void>>;

}  // namespace

core::Job<uint64_t> RowPace::turn() {
  const uint64_t ticket = next_ticket_++;
  uint64_t now_ns = control_.clock().now_ns();
  while (served_ != ticket || now_ns < earliest_ns_) {
    const uint64_t rest_ns = earliest_ns_ > now_ns ? earliest_ns_ - now_ns : 0;
    co_await core::sleep_for(control_, std::max(rest_ns, row_rest_ns_min));
    now_ns = control_.clock().now_ns();
  }
  ++served_;
  earliest_ns_ = now_ns + row_rest_ns_min;  // a row that waits for somebody keeps nobody else's row back
  co_return now_ns;
}

void RowPace::took(uint64_t begin_ns) noexcept {
  const uint64_t end_ns = control_.clock().now_ns();
  earliest_ns_ = std::max(earliest_ns_, end_ns + std::clamp(end_ns - begin_ns, row_rest_ns_min, row_rest_ns_max));
}

// A row for what was found, checked; and what it refers to.
Result<std::unique_ptr<Row>> Model::make_found(const Kind& kind, const std::string& key, const Message& resource,
                                               std::shared_ptr<const Message> options, std::set<Row*>& targets) {
  if (kind.is_volume()) {
    if (const Row* const other = rows_.find_volume(last_segment(key))) {
      return fail(Code::AlreadyExists, "{}: there is {} {} already, and volumes of all kinds share their ids",
                  kind.name_of(key), other->kind->spec().noun, other->name);
    }
  }
  if (rows_.of(kind).size() >= rows_per_kind_max) {
    return fail(Code::ResourceExhausted, "there are {} {}s, no more are accepted", rows_per_kind_max, kind.spec().noun);
  }
  std::unique_ptr<Message> wanted = clone(resource);
  if (kind.spec().choose) {
    OR_TRY(kind.spec().choose(*wanted, {key, random_, rows_}));
  }
  OR_ASSIGN(targets, rows_.targets_of(kind, key, *wanted));
  OR_TRY(check_targets(targets));
  auto row = std::make_unique<Row>();
  row->kind = &kind;
  row->key = key;
  row->name = kind.name_of(key);
  row->wanted = std::move(wanted);
  check(options == nullptr || options->GetDescriptor() == kind.spec().options, "the options are the kind's");
  row->options = std::move(options);
  if (kind.spec().options != nullptr && row->options == nullptr) {
    row->options.reset(google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind.spec().options)->New());
  }
  row->is_restored = true;  // as one from the store: nobody waits for it, and what is not there yet may come later
  return row;
}

core::Job<Result<void>> Model::found(const google::protobuf::Descriptor& kind, std::string key,
                                     std::shared_ptr<const Message> resource, std::shared_ptr<const Message> options) {
  const Kind* const known = rows_.kind_of(kind.full_name());
  check(known != nullptr, "what is found is of a kind in the table");
  if (const Row* const row = rows_.find(*known, key);
      row != nullptr && row->is_realised && row->pending == Pending::None && !is_stopping_) {
    co_return Result<void>{};
  }
  core::Job<uint64_t> waiting = pace_.turn();
  const uint64_t begin_ns = co_await waiting;
  if (is_stopping_) {
    co_return fail(Code::Unavailable, "outriggerd is stopping");
  }
  Outcome outcome;
  if (Row* const row = rows_.find(*known, key)) {
    if (row->pending != Pending::None) {
      co_return in_progress(*row);
    }
    if (row->is_realised) {
      co_return Result<void>{};
    }
    lifecycle_.realise(*row, [&outcome](Result<void> result) { outcome.set(std::move(result)); });
  } else {
    std::set<Row*> targets;
    Result<std::unique_ptr<Row>> made = make_found(*known, key, *resource, std::move(options), targets);
    if (!made.has_value()) {
      co_return std::unexpected(std::move(made).error());
    }
    lifecycle_.create(std::move(*made), std::move(targets),
                      [&outcome](Result<void> result) { outcome.set(std::move(result)); });
  }
  Result<void> result = co_await outcome;
  pace_.took(begin_ns);
  co_return result;
}

// Whether the row may go now.
Result<void> Model::check_lost(const Row& row) const {
  if (is_stopping_) {
    return fail(Code::Unavailable, "outriggerd is stopping");
  }
  if (row.pending != Pending::None) {
    return in_progress(row);
  }
  if (!row.users.empty()) {
    return fail(Code::FailedPrecondition, "{} is in use by {}: delete {} first", row.name, names_of(row.users),
                row.users.size() == 1 ? "it" : "them");
  }
  return {};
}

core::Job<Result<void>> Model::lost(const google::protobuf::Descriptor& kind, std::string key) {
  const Kind* const known = rows_.kind_of(kind.full_name());
  check(known != nullptr, "what is lost is of a kind in the table");
  Row* row = rows_.find(*known, key);
  Result<void> result = row == nullptr ? Result<void>{} : check_lost(*row);
  if (row == nullptr || !result.has_value()) {
    co_return result;
  }
  core::Job<uint64_t> waiting = pace_.turn();
  const uint64_t begin_ns = co_await waiting;
  row = rows_.find(*known, key);  // it may have gone meanwhile, or be in use
  result = row == nullptr ? Result<void>{} : check_lost(*row);
  if (row == nullptr || !result.has_value()) {
    co_return result;
  }
  Outcome outcome;
  lifecycle_.remove(*row, [&outcome](Result<void> removed) { outcome.set(std::move(removed)); });
  result = co_await outcome;
  pace_.took(begin_ns);
  co_return result;
}

std::map<std::string, std::shared_ptr<const Message>> Model::found_below(const google::protobuf::Descriptor& kind,
                                                                         std::string_view parent_key) const {
  const Kind* const known = rows_.kind_of(kind.full_name());
  check(known != nullptr, "what was found is of a kind in the table");
  std::map<std::string, std::shared_ptr<const Message>> out;
  const std::string prefix = parent_key.empty() ? "" : fmt::format("{}/", parent_key);
  const RowTable::Rows& all = rows_.of(*known);
  for (auto it = all.lower_bound(prefix); it != all.end() && it->first.starts_with(prefix); ++it) {
    out.emplace(it->first, it->second->wanted);
  }
  return out;
}

std::shared_ptr<const Message> Model::found_options(const google::protobuf::Descriptor& kind,
                                                    std::string_view key) const {
  const Kind* const known = rows_.kind_of(kind.full_name());
  check(known != nullptr, "what was found is of a kind in the table");
  const Row* const row = rows_.find(*known, key);
  return row == nullptr ? nullptr : row->options;
}

std::vector<std::string> Model::users_of(const google::protobuf::Descriptor& kind, std::string_view key) const {
  return rows_.users_of(kind, key);
}

}  // namespace outrigger::model
