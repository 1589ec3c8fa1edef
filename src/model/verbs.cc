// The verbs that change things: Create, Update, Delete. Everything is checked before anything is begun; what
// is begun is Lifecycle's.
#include "model/limits.h"
#include "model/model.h"
#include "model/names.h"
#include "model/request.h"

#include <google/protobuf/empty.pb.h>

namespace outrigger::model {

namespace {

using google::protobuf::Empty;

std::unexpected<Error> in_progress(const Row& row) {
  return fail(Code::Aborted, "{}: operation in progress: try again when it is finished", row.name);
}

// References are names, whether or not anything of that name exists.
Result<void> check_reference_names(const Kind& kind, const Message& wanted) {
  for (const Reference& reference : kind.spec().references) {
    const std::string value = string_field(wanted, reference.field);
    if (!value.empty()) {
      OR_TRY(check_name(value, kind.field() + "." + reference.field));
    }
  }
  return {};
}

// The answer of a finished operation on a row that stays.
Lifecycle::Done answering(const Row& row, Dispatcher::Done done) {
  return [&row, done = std::move(done)](Result<void> result) mutable {
    if (result.has_value()) {
      done(answer_of(row));
    } else {
      done(std::unexpected(std::move(result).error()));
    }
  };
}

Result<void> check_options(const Kind& kind, const Message& resource, const Message& options) {
  if (kind.spec().validate_options) {
    OR_TRY(kind.spec().validate_options(options));
  }
  return kind.spec().validate_both ? kind.spec().validate_both(resource, options) : Result<void>{};
}

// A new resource's options: those given, or the message as it is when nothing was said.
std::shared_ptr<const Message> new_options(const Kind& kind, const Message* given) {
  std::shared_ptr<Message> options(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(kind.spec().options)->New());
  if (given != nullptr) {
    options->CopyFrom(*given);
    clear_outputs(*options, kind.spec().options_rules);  // the name, too: it is the resource's
  }
  return options;
}

}  // namespace

void Model::create(const Kind& kind, const Request& request, Done done) {
  if (auto complete = check_required(request.message()); !complete.has_value()) {
    return done(std::unexpected(std::move(complete).error()));
  }
  Result<std::string> key = choose_key(kind, request);
  if (!key.has_value()) {
    return done(std::unexpected(std::move(key).error()));
  }
  const Message* const options = kind.spec().options == nullptr ? nullptr : request.part(kind.field() + "_options");
  create_row(kind, std::move(*key), *request.part(kind.field()), options, std::move(done));
}

// The key under which a Create stores: the parent's, and the id asked for or a new UUID.
Result<std::string> Model::choose_key(const Kind& kind, const Request& request) {
  std::string prefix;
  if (kind.has_parent()) {
    const std::string parent = request.text("parent");
    OR_TRY(check_name(parent, "parent"));
    prefix = kind.parent_key_of(parent);
    if (prefix.empty()) {
      return fail(Code::NotFound, "parent: unable to find key {}: name what the {} belongs to", parent,
                  kind.spec().noun);
    }
    prefix += "/";
  }
  std::string id = request.text(kind.field() + "_id");
  if (!id.empty()) {
    OR_TRY(check_id(id, kind.field() + "_id"));
    return prefix + id;
  }
  do {
    id = make_uuid(random_);
  } while (rows_.find(kind, prefix + id) != nullptr);
  return prefix + id;
}

void Model::create_row(const Kind& kind, std::string key, const Message& given, const Message* options, Done done) {
  std::unique_ptr<Message> wanted = clone(given);
  clear_outputs(*wanted, kind.spec().rules);
  const KindSpec::Subject subject{last_segment(key), key, *wanted, nullptr, kind.field()};
  Row* const there = rows_.find(kind, key);
  Result<void> valid = check_reference_names(kind, *wanted);
  if (valid.has_value() && kind.spec().validate && (there == nullptr || kind.spec().is_validated_first)) {
    valid = kind.spec().validate(subject, rows_);
  }
  if (valid.has_value() && options != nullptr) {
    valid = check_options(kind, *wanted, *options);
  }
  if (!valid.has_value()) {
    return done(std::unexpected(std::move(valid).error()));
  }
  if (there != nullptr) {
    return repeat_create(*there, std::move(done));
  }
  if (kind.is_volume()) {
    if (const Row* const other = rows_.find_volume(key)) {
      return done(fail(Code::AlreadyExists,
                       "{}_id: {} exists already, as {}: volumes of all kinds share their ids; choose another",
                       kind.field(), other->name, other->kind->spec().noun));
    }
  }
  if (rows_.of(kind).size() >= rows_per_kind_max) {
    return done(fail(Code::ResourceExhausted, "there are {} {}s, no more are accepted: delete some", rows_per_kind_max,
                     kind.spec().noun));
  }
  Result<std::set<Row*>> targets = rows_.targets_of(kind, key, *wanted);
  if (!targets.has_value()) {
    return done(std::unexpected(std::move(targets).error()));
  }
  if (auto ready = check_targets(*targets); !ready.has_value()) {
    return done(std::unexpected(std::move(ready).error()));
  }
  if (kind.spec().choose) {
    if (auto chosen = kind.spec().choose(*wanted, {key, random_, rows_}); !chosen.has_value()) {
      return done(std::unexpected(std::move(chosen).error()));
    }
  }
  auto row = std::make_unique<Row>();
  row->kind = &kind;
  row->key = key;
  row->name = kind.name_of(key);
  row->wanted = std::move(wanted);
  if (kind.spec().options != nullptr) {
    row->options = new_options(kind, options);
  }
  if (auto admitted = kind.hooks().admit(row->intent()); !admitted.has_value()) {
    return done(std::unexpected(std::move(admitted).error()));
  }
  const Row& address = *row;  // the row keeps its address when the table takes it
  lifecycle_.create(std::move(row), std::move(*targets), answering(address, std::move(done)));
}

// Create of a name that exists gives what is stored, whatever else was asked for: OPI's rule (item 8 of its bridges'
// semantics), on which clients that send a Create twice rely.
void Model::repeat_create(Row& row, Done done) {
  if (row.pending != Pending::None) {
    return done(in_progress(row));
  }
  realise_again(row, std::move(done));
}

// Answers with the row as it is, after one more try where it is not realised.
void Model::realise_again(Row& row, Done done) {
  if (row.is_realised) {
    done(answer_of(row));
  } else {
    lifecycle_.realise(row, answering(row, std::move(done)));
  }
}

// What is referred to must stand, and must not be about to go.
Result<void> Model::check_targets(const std::set<Row*>& targets) const {
  for (const Row* target : targets) {
    if (target->pending == Pending::Delete || target->pending == Pending::Create) {
      return in_progress(*target);
    }
    if (!target->is_realised) {
      return fail(Code::FailedPrecondition, "{} is not ready: {}", target->name,
                  target->error.what.empty() ? "it is being made" : target->error.what);
    }
  }
  return {};
}

// What says the same as the stored version in other words is no change: "bdev1", "volumes/bdev1" and "Bdev1"
// are one volume, and a value that the server chose is the client's when it gives it back.
void Model::unify(const Row& row, Message& wanted) const {
  for (const Reference& reference : row.kind->spec().references) {
    const Row* const old_target = rows_.resolve(reference, string_field(*row.wanted, reference.field));
    if (old_target != nullptr && rows_.resolve(reference, string_field(wanted, reference.field)) == old_target) {
      set_string_field(wanted, reference.field, string_field(*row.wanted, reference.field));
    }
  }
  forget_repeated(wanted, *row.wanted, *answer_of(row), row.kind->spec().rules);
}

Result<void> Model::check_immutable(const Kind& kind, const Row& row, const Message& wanted) const {
  const std::string changed = changed_immutable(*row.wanted, wanted, kind.spec().rules);
  if (changed.empty()) {
    return {};
  }
  for (const Reference& reference : kind.spec().references) {
    if (reference.field == changed) {
      return fail(Code::InvalidArgument,
                  "{}.{}: change of underlying volume {} to a new one {} is forbidden: create another {} instead",
                  kind.field(), changed, string_field(*row.wanted, changed), string_field(wanted, changed),
                  kind.spec().noun);
    }
  }
  return fail(Code::InvalidArgument, "{}.{} of {} is fixed since its creation: leave it out, or delete and create anew",
              kind.field(), changed, row.name);
}

// What stands on a volume would find its end cut off, and what was written there gone.
Result<void> Model::check_sizes(const Row& row, const Message& wanted) {
  const FieldRules& rules = row.kind->spec().rules;
  if (row.users.empty() || rules.sizes.empty()) {
    return {};
  }
  const std::unique_ptr<Message> now = answer_of(row);
  for (const std::string& size : rules.sizes) {
    const int64_t after = number_field(wanted, size);
    if (after != 0 && after < number_field(*now, size)) {
      return fail(Code::FailedPrecondition,
                  "{}.{}: {} is in use by {} and cannot shrink from {} to {}: delete {} first, or keep the size",
                  row.kind->field(), size, row.name, names_of(row.users), number_field(*now, size), after,
                  row.users.size() == 1 ? "it" : "them");
    }
  }
  return {};
}

void Model::update(const Kind& kind, const Request& request, Done done) {
  const Message* const given = request.part(kind.field());
  if (given == nullptr) {
    return done(fail(Code::InvalidArgument, "missing required field: {}", kind.field()));
  }
  const std::string name = string_field(*given, "name");
  Result<Row*> row = named_row(kind, name, kind.field() + ".name");
  if (row.has_value()) {
    return update_row(kind, **row, *given, request, std::move(done));
  }
  if (row.error().code != Code::NotFound || !request.flag("allow_missing") || !kind.spec().is_made_by_update) {
    return done(std::unexpected(std::move(row).error()));
  }
  std::string key = kind.key_of(name);
  if (key.empty()) {
    return done(std::unexpected(std::move(row).error()));
  }
  if (const std::string_view id = last_segment(key); !is_uuid(id)) {
    if (auto valid = check_id(id, kind.field() + ".name"); !valid.has_value()) {
      return done(std::unexpected(std::move(valid).error()));
    }
  }
  if (auto complete = check_required(*given, kind.field()); !complete.has_value()) {
    return done(std::unexpected(std::move(complete).error()));
  }
  create_row(kind, std::move(key), *given, nullptr, std::move(done));
}

void Model::update_row(const Kind& kind, Row& row, const Message& given, const Request& request, Done done) {
  std::shared_ptr<Message> wanted(row.wanted->New());
  Result<void> valid = merge_update(*row.wanted, given, request.mask(), kind.spec().rules, kind.field(), *wanted);
  if (valid.has_value()) {
    valid = check_required(*wanted, kind.field());
  }
  if (valid.has_value()) {
    unify(row, *wanted);
    valid = check_immutable(kind, row, *wanted);
  }
  if (valid.has_value() && kind.spec().validate) {
    valid = kind.spec().validate({last_segment(row.key), row.key, *wanted, row.wanted.get(), kind.field()}, rows_);
  }
  if (valid.has_value() && kind.spec().validate_both) {
    valid = kind.spec().validate_both(*wanted, *row.options);
  }
  if (valid.has_value() && row.pending != Pending::None) {
    valid = in_progress(row);
  }
  if (valid.has_value()) {
    valid = check_sizes(row, *wanted);
  }
  if (!valid.has_value()) {
    return done(std::unexpected(std::move(valid).error()));
  }
  Result<std::set<Row*>> targets = rows_.targets_of(kind, row.key, *wanted);
  if (!targets.has_value()) {
    return done(std::unexpected(std::move(targets).error()));
  }
  if (valid = check_targets(*targets); !valid.has_value()) {
    return done(std::unexpected(std::move(valid).error()));
  }
  if (first_difference(*row.wanted, *wanted).empty()) {
    return realise_again(row, std::move(done));
  }
  Intent next = row.intent();
  next.resource = wanted;
  next.before = row.is_realised ? row.wanted : nullptr;
  if (auto admitted = kind.hooks().admit(next); !admitted.has_value()) {
    return done(std::unexpected(std::move(admitted).error()));
  }
  lifecycle_.update(row, std::move(wanted), row.options, std::move(*targets), answering(row, std::move(done)));
}

void Model::update_options(const Kind& kind, const Request& request, Done done) {
  const Message* given = nullptr;
  std::string field;
  const auto& descriptor = *request.message().GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    if (descriptor.field(i)->message_type() == kind.spec().options) {
      field = descriptor.field(i)->name();
      given = request.part(field);
    }
  }
  if (given == nullptr) {
    return done(fail(Code::InvalidArgument, "missing required field: {}", field));
  }
  Result<Row*> found = named_row(kind, string_field(*given, "name"), field + ".name");
  if (!found.has_value()) {
    return done(std::unexpected(std::move(found).error()));
  }
  Row& row = **found;
  std::shared_ptr<Message> options(given->New());
  Result<void> valid = merge_update(*row.options, *given, request.mask(), kind.spec().options_rules, field, *options);
  if (valid.has_value()) {
    valid = check_options(kind, *row.wanted, *options);
  }
  if (valid.has_value() && row.pending != Pending::None) {
    valid = in_progress(row);
  }
  if (valid.has_value()) {
    valid = check_targets(row.targets);
  }
  if (valid.has_value()) {
    Intent next = row.intent();
    next.before = row.is_realised ? row.wanted : nullptr;
    next.options_before = row.is_realised ? row.options : nullptr;
    next.options = options;
    valid = kind.hooks().admit(next);
  }
  if (!valid.has_value()) {
    return done(std::unexpected(std::move(valid).error()));
  }
  auto answer = [&row, done = std::move(done)](Result<void> result) mutable {
    if (!result.has_value()) {
      return done(std::unexpected(std::move(result).error()));
    }
    done(options_answer_of(row));
  };
  lifecycle_.update(row, row.wanted, std::move(options), row.targets, std::move(answer));
}

void Model::remove(const Kind& kind, const Request& request, Done done) {
  const std::string name = request.text("name");
  Result<Row*> found = named_row(kind, name, "name");
  if (!found.has_value()) {
    const Row* const coming = rows_.find_by_name(kind, name);
    if (coming != nullptr && found.error().code == Code::NotFound) {
      return done(in_progress(*coming));
    }
    if (found.error().code == Code::NotFound && request.flag("allow_missing")) {
      return done(std::make_unique<Empty>());
    }
    return done(std::unexpected(std::move(found).error()));
  }
  Row& row = **found;
  if (row.pending != Pending::None) {
    return done(in_progress(row));
  }
  if (kind.spec().validate_remove) {
    const KindSpec::Subject subject{last_segment(row.key), row.key, *row.wanted, nullptr, kind.field()};
    if (auto valid = kind.spec().validate_remove(subject, rows_); !valid.has_value()) {
      return done(std::unexpected(std::move(valid).error()));
    }
  }
  if (!row.users.empty()) {
    return done(fail(Code::FailedPrecondition, "{} is in use by {}: delete {} first", row.name, names_of(row.users),
                     row.users.size() == 1 ? "it" : "them"));
  }
  lifecycle_.remove(row, [done = std::move(done)](Result<void> result) mutable {
    if (result.has_value()) {
      done(std::make_unique<Empty>());
    } else {
      done(std::unexpected(std::move(result).error()));
    }
  });
}

}  // namespace outrigger::model
