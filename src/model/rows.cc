#include "model/rows.h"

#include "model/limits.h"
#include "model/names.h"

#include <algorithm>

namespace outrigger::model {

Intent Row::intent() const {
  Intent intent;
  intent.id = std::string(last_segment(key));
  intent.name = name;
  intent.resource = wanted;
  intent.options = options;
  intent.is_restore = is_restored;
  return intent;
}

RowTable::~RowTable() = default;

void RowTable::add_kind(const Kind& kind) {
  check(kinds_by_name_.emplace(kind.full_name(), &kind).second, "a kind is added once");
  kinds_.push_back(&kind);
  rows_[&kind];
}

const RowTable::Rows& RowTable::of(const Kind& kind) const {
  const auto it = rows_.find(&kind);
  check(it != rows_.end(), "the kind was added");
  return it->second;
}

const Kind* RowTable::kind_of(std::string_view message_full_name) const {
  const auto it = kinds_by_name_.find(message_full_name);
  return it == kinds_by_name_.end() ? nullptr : it->second;
}

Row* RowTable::find(const Kind& kind, std::string_view key) const {
  const Rows& rows = of(kind);
  const auto it = rows.find(key);
  return it == rows.end() ? nullptr : it->second.get();
}

Row* RowTable::find_parent(const Kind& kind, std::string_view parent_key) const {
  const auto& own = kind.spec().collections;
  for (const Kind* other : kinds_) {
    const auto& theirs = other->spec().collections;
    if (theirs.size() + 1 == own.size() && std::equal(theirs.begin(), theirs.end(), own.begin())) {
      Row* const parent = find(*other, parent_key);
      return parent == nullptr || parent->is_acknowledged() ? parent : nullptr;
    }
  }
  return nullptr;
}

Row* RowTable::find_by_name(const Kind& kind, std::string_view name) const {
  const std::string key = kind.key_of(name);
  return key.empty() ? nullptr : find(kind, key);
}

Row* RowTable::find_in_view(View view, std::string_view name) const {
  const auto segments = segments_of(name);
  const bool is_view_name = segments.size() == 2 && segments[0] == (view == View::Volume ? "allVolumes" : "devices");
  const std::string_view own = is_view_name ? segments[1] : name;
  for (const Kind* kind : kinds_) {
    if (kind->spec().view == view) {
      if (Row* const row = find_by_name(*kind, own)) {
        return row;
      }
    }
  }
  const auto own_segments = segments_of(own);
  const bool is_bare = own_segments.size() == 1 || (own_segments.size() == 2 && own_segments[0] == "volumes");
  return is_bare ? find_by_id(view, own_segments.back()) : nullptr;
}

// Among the kinds below others whose ids are known by themselves.
Row* RowTable::find_by_id(View view, std::string_view id) const {
  for (const Kind* kind : kinds_) {
    if (kind->spec().view != view || !kind->spec().key_of_id) {
      continue;
    }
    const std::string key = kind->spec().key_of_id(id);
    if (Row* const row = key.empty() ? nullptr : find(*kind, key)) {
      return row;
    }
    if (is_uuid(id)) {
      for (const auto& [own_key, row] : of(*kind)) {
        if (string_field(*row->wanted, "uuid") == id) {
          return row.get();
        }
      }
    }
  }
  return nullptr;
}

Row* RowTable::find_volume(std::string_view name) const { return find_in_view(View::Volume, name); }
Row* RowTable::find_device(std::string_view name) const { return find_in_view(View::Device, name); }

Row* RowTable::resolve(const Reference& reference, std::string_view name) const {
  const auto look = [&](std::string_view text) -> Row* {
    if (reference.kinds.empty()) {
      return find_volume(text);
    }
    for (const auto* const message : reference.kinds) {
      const Kind* const kind = kind_of(message->full_name());
      if (kind != nullptr) {
        if (Row* const row = find_by_name(*kind, text)) {
          return row;
        }
      }
    }
    return nullptr;
  };
  if (Row* const row = look(name)) {
    return row;
  }
  // Only the id: collections are spelled in camel case.
  const size_t id_at = name.size() - last_segment(name).size();
  return look(std::string(name.substr(0, id_at)) + lower_case(name.substr(id_at)));
}

Row& RowTable::insert(std::unique_ptr<Row> row) {
  Row& out = *row;
  const bool is_new = rows_[out.kind].emplace(out.key, std::move(row)).second;
  check(is_new, "a row is inserted under a new key");
  ++count_;
  return out;
}

void RowTable::remove(Row& row) {
  check(row.users.empty(), "a row that is removed has no users");
  link(row, {});
  --count_;
  const Kind* const kind = row.kind;
  const std::string key = row.key;
  rows_[kind].erase(key);
}

Result<std::set<Row*>> RowTable::targets_of(const Kind& kind, std::string_view key, const Message& message) const {
  std::set<Row*> targets;
  for (const Reference& reference : kind.spec().references) {
    const std::string value = string_field(message, reference.field);
    if (value.empty()) {
      continue;
    }
    const std::string field = kind.field() + "." + reference.field;
    OR_TRY(check_name(value, field));
    Row* const target = resolve(reference, value);
    if (target == nullptr || !target->is_acknowledged()) {
      return fail(Code::NotFound, "{}: unable to find key {}: create it first, or name one that exists", field, value);
    }
    targets.insert(target);
  }
  if (kind.has_parent()) {
    const std::string_view parent_key = key.substr(0, key.rfind('/'));
    Row* const parent = find_parent(kind, parent_key);
    if (parent == nullptr) {
      return fail(Code::NotFound, "parent: unable to find key {}: create it first", parent_name_of(kind, parent_key));
    }
    targets.insert(parent);
  }
  if (kind.spec().implied) {
    for (const std::string& name : kind.spec().implied(message, *this)) {
      for (const Kind* other : kinds_) {
        if (name.starts_with(other->spec().collections[0] + "/")) {
          if (Row* const target = find_by_name(*other, name)) {
            if (!target->is_acknowledged()) {
              return fail(Code::Aborted, "{}: operation in progress: try again when it is finished", target->name);
            }
            targets.insert(target);
          }
        }
      }
    }
  }
  return targets;
}

void RowTable::link(Row& row, std::set<Row*> targets) {
  for (Row* old : row.targets) {
    old->users.erase(&row);
  }
  row.targets = std::move(targets);
  for (Row* target : row.targets) {
    check(target != &row, "nothing refers to itself");
    target->users.insert(&row);
  }
}

void RowTable::relink_implied() {
  for (const Kind* kind : kinds_) {
    if (!kind->spec().implied) {
      continue;
    }
    for (const auto& [key, row] : of(*kind)) {
      if (auto targets = targets_of(*kind, key, *row->wanted)) {
        link(*row, std::move(*targets));
      }
    }
  }
}

void RowTable::for_each(const google::protobuf::Descriptor& message,
                        const std::function<void(const std::string&, const Message&)>& visit) const {
  const Kind* const kind = kind_of(message.full_name());
  if (kind == nullptr) {
    return;
  }
  for (const auto& [key, row] : of(*kind)) {
    visit(row->name, *row->wanted);
  }
}

std::vector<std::string> RowTable::users_of(const google::protobuf::Descriptor& message, std::string_view id) const {
  std::vector<std::string> names;
  const Kind* const kind = kind_of(message.full_name());
  const Row* const row = kind == nullptr ? nullptr : find(*kind, id);
  if (row != nullptr) {
    for (const Row* user : row->users) {
      names.push_back(user->name);
    }
    std::ranges::sort(names);
  }
  return names;
}

std::string parent_name_of(const Kind& kind, std::string_view parent_key) {
  std::string name = kind.name_of(parent_key);  // "nvmeSubsystems/sub1/nvmeControllers/"
  name.resize(name.rfind('/', name.size() - 2));
  return name;
}

std::string volume_name_of(const Row& row) {
  return row.kind->has_parent() ? fmt::format("volumes/{}", last_segment(row.key)) : row.name;
}

std::unique_ptr<Message> answer_of(const Row& row) {
  if (row.seen != nullptr) {
    return clone(*row.seen);
  }
  std::unique_ptr<Message> out = clone(*row.wanted);
  if (row.is_realised) {
    row.kind->hooks().observe(row.intent(), *out);
  }
  clear_secrets(*out, row.kind->spec().rules);
  set_string_field(*out, "name", row.name);
  return out;
}

std::unique_ptr<Message> options_answer_of(const Row& row) {
  const KindSpec& spec = row.kind->spec();
  std::unique_ptr<Message> out = clone(*row.options);
  clear_secrets(*out, spec.options_rules);
  if (spec.show_options) {
    spec.show_options(*row.options, *out);
  }
  set_string_field(*out, "name", row.name);
  return out;
}

std::string names_of(const std::set<Row*>& rows) {
  std::vector<std::string> names;
  for (const Row* row : rows) {
    names.push_back(row->kind->spec().noun + " " + row->name);
  }
  std::ranges::sort(names);
  std::string out;
  for (size_t i = 0; i < names.size() && i < users_named_max; ++i) {
    out.append(i == 0 ? "" : ", ").append(names[i]);
  }
  if (names.size() > users_named_max) {
    out += fmt::format(" and {} more", names.size() - users_named_max);
  }
  return out;
}

}  // namespace outrigger::model
