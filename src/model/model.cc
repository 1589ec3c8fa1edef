#include "model/model.h"

#include "model/limits.h"
#include "model/names.h"
#include "model/request.h"

#include <algorithm>

namespace outrigger::model {

Model::Model(core::Reactor& control, Store& store, uint64_t seed)
    : random_(seed), lifecycle_(control, store, rows_), pace_(control) {}
Model::~Model() = default;

void Model::add_kind(KindSpec spec, Hooks& hooks) {
  kinds_.push_back(std::make_unique<Kind>(std::move(spec), hooks));
  const Kind& kind = *kinds_.back();
  rows_.add_kind(kind);
  for (const auto& [method, verb] : kind.methods()) {
    check(verbs_.emplace(method, std::pair(&kind, verb)).second, "one kind answers a method");
  }
}

void Model::add_method(std::string_view full_name, Handler handler) {
  check(handlers_.emplace(full_name, std::move(handler)).second, "a method has one handler");
}

core::Job<Result<void>> Model::restore() {
  Result<void> loaded = lifecycle_.load();
  if (loaded.has_value()) {
    core::Job<void> realising = lifecycle_.realise_all();
    co_await realising;
  }
  co_return loaded;
}

core::Job<void> Model::stop() {
  is_stopping_ = true;
  core::Job<void> stopping = lifecycle_.stop();
  co_await stopping;
}

std::string Model::unimplemented(const google::protobuf::MethodDescriptor& method) const {
  std::string nouns;
  for (const auto& kind : kinds_) {
    nouns.append(nouns.empty() ? "" : ", ").append(kind->spec().noun).append("s");
  }
  return fmt::format("{}/{} is not implemented by this version of outriggerd; it manages {}",
                     method.service()->full_name(), method.name(), nouns);
}

void Model::call(const google::protobuf::MethodDescriptor& method, std::unique_ptr<Message> request, Done done) {
  check(request != nullptr && request->GetDescriptor() == method.input_type(), "a request is of its method's type");
  if (is_stopping_) {
    done(fail(Code::Unavailable, "outriggerd is stopping: try again when it runs"));
    return;
  }
  if (request->ByteSizeLong() > resource_bytes_max) {
    done(fail(Code::InvalidArgument, "the request has {} bytes; at most {} are accepted", request->ByteSizeLong(),
              resource_bytes_max));
    return;
  }
  if (const auto verb = verbs_.find(&method); verb != verbs_.end()) {
    run(*verb->second.first, verb->second.second, Request(method, *request), std::move(done));
  } else if (const auto handler = handlers_.find(method.full_name()); handler != handlers_.end()) {
    done(handler->second(*request));
  } else {
    done(std::unexpected(Error{Code::Unimplemented, unimplemented(method)}));
  }
}

void Model::run(const Kind& kind, Verb verb, const Request& request, Done done) {
  switch (verb) {
    case Verb::Create: return create(kind, request, std::move(done));
    case Verb::Update: return update(kind, request, std::move(done));
    case Verb::Delete: return remove(kind, request, std::move(done));
    case Verb::Get: return done(get(kind, request));
    case Verb::List: return done(list(kind, request));
    case Verb::Stats: return done(stats(kind, request));
    case Verb::Reset: return done(reset(kind, request));
    case Verb::GetOptions: return done(get_options(kind, request));
    case Verb::UpdateOptions: return update_options(kind, request, std::move(done));
  }
}

// The row that a request names, as readers may see it.
Result<Row*> Model::named_row(const Kind& kind, const std::string& name, std::string_view field) const {
  if (name.empty()) {
    return fail(Code::InvalidArgument, "missing required field: {}", field);
  }
  OR_TRY(check_name(name, field));
  Row* const row = rows_.find_by_name(kind, name);
  if (row == nullptr || !row->is_acknowledged()) {
    return fail(Code::NotFound, "unable to find key {}: there is no {} of that name", name, kind.spec().noun);
  }
  return row;
}

Model::Reply Model::get(const Kind& kind, const Request& request) const {
  OR_ASSIGN(Row* const row, named_row(kind, request.text("name"), "name"));
  return answer_of(*row);
}

Model::Reply Model::list(const Kind& kind, const Request& request) const {
  std::string prefix;
  if (kind.has_parent()) {
    const std::string parent = request.text("parent");
    if (parent.empty()) {
      return fail(Code::InvalidArgument, "missing required field: parent");
    }
    OR_TRY(check_name(parent, "parent"));
    const std::string key = kind.parent_key_of(parent);
    if (key.empty()) {
      return fail(Code::NotFound, "parent: unable to find key {}", parent);
    }
    const bool is_any = last_segment(key) == "-";
    if (!is_any && rows_.find_parent(kind, key) == nullptr) {
      return fail(Code::NotFound, "parent: unable to find key {}", parent_name_of(kind, key));
    }
    prefix = is_any ? "" : key + "/";
  }
  OR_ASSIGN(const size_t limit, page_limit(request.number("page_size")));
  const std::string scope = kind.full_name() + " " + prefix;
  OR_ASSIGN(const std::string after, read_page_token(scope, request.text("page_token")));
  const RowTable::Rows& rows = rows_.of(kind);
  Answer answer(request.method());
  size_t count = 0;
  std::string last;
  for (auto it = after.empty() ? rows.lower_bound(prefix) : rows.upper_bound(after); it != rows.end(); ++it) {
    if (!it->first.starts_with(prefix)) {
      break;
    }
    if (!it->second->is_acknowledged()) {
      continue;
    }
    if (count == limit) {
      answer.set_text("next_page_token", make_page_token(scope, last));
      break;
    }
    answer.add(*kind.spec().message, answer_of(*it->second));
    last = it->first;
    ++count;
  }
  return answer.take();
}

Model::Reply Model::stats(const Kind& kind, const Request& request) const {
  OR_ASSIGN(Row* const row, named_row(kind, request.text("name"), "name"));
  if (row->pending == Pending::Update || row->pending == Pending::Delete) {
    return fail(Code::Aborted, "{}: operation in progress: try again when it is finished", row->name);
  }
  if (!row->is_realised) {
    return fail(Code::FailedPrecondition, "{} is not ready and has no counters: {}", row->name, row->error.what);
  }
  OR_ASSIGN(const VolumeCounters counters, kind.hooks().stats(row->intent()));
  Answer answer(request.method());
  answer.set_stats(counters);
  return answer.take();
}

Model::Reply Model::reset(const Kind& kind, const Request& request) const {
  OR_ASSIGN(Row* const row, named_row(kind, request.text("name"), "name"));
  if (row->pending != Pending::None) {
    return fail(Code::Aborted, "{}: operation in progress: try again when it is finished", row->name);
  }
  if (!row->is_realised) {
    return fail(Code::FailedPrecondition, "{} is not ready and cannot be reset: {}", row->name, row->error.what);
  }
  OR_TRY(kind.hooks().reset(row->intent()));
  return Answer(request.method()).take();
}

Model::Reply Model::get_options(const Kind& kind, const Request& request) const {
  OR_ASSIGN(Row* const row, named_row(kind, request.text("name"), "name"));
  return options_answer_of(*row);
}

std::vector<std::string> Model::users_of(std::string_view volume) const {
  const Row* const row = rows_.find_volume(volume);
  return row == nullptr ? std::vector<std::string>{} : rows_.users_of(*row->kind->spec().message, row->key);
}

std::vector<std::pair<Hooks*, Intent>> Model::realised_users_first() const {
  std::vector<std::pair<Hooks*, Intent>> out;
  std::set<const Row*> done;
  const auto visit = [&](const auto& self, const Row& row) -> void {
    if (!done.insert(&row).second) {
      return;
    }
    for (const Row* user : row.users) {
      self(self, *user);
    }
    if (row.is_realised) {
      out.emplace_back(&row.kind->hooks(), row.intent());
    }
  };
  for (const Kind* kind : rows_.kinds()) {
    for (const auto& [key, row] : rows_.of(*kind)) {
      visit(visit, *row);
    }
  }
  return out;
}

}  // namespace outrigger::model
