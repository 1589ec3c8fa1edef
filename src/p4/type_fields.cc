// Fields of struct-like types, and the replacing of type variables.
#include <functional>

#include "p4/type_tables.h"

namespace outrigger::p4 {

namespace {

// One substitution: remembers what it has made, since a type may hold another many times over (a tuple of two of a
// tuple of two …), and walking each would take time without a bound.
class Substituting {
 public:
  Substituting(TypeTable& table, const Substitution& substitution, const std::function<const Type*(Type)>& intern)
      : table_(table), substitution_(substitution), intern_(intern) {}

  // Its depth is the type's, which is bounded.
  const Type* replaced(const Type* type) {
    if (!type->has_variables) {
      return type;
    }
    if (type->is(TypeKind::Variable)) {
      const auto found = substitution_.find(type);
      return found == substitution_.end() ? type : found->second;
    }
    if (const auto done = done_.find(type); done != done_.end()) {
      return done->second;
    }
    Type made = *type;
    for (const Type*& argument : made.arguments) {
      argument = replaced(argument);
      if (argument->is_poison()) {
        return done_[type] = table_.poison();
      }
    }
    return done_[type] = intern_(std::move(made));
  }

 private:
  TypeTable& table_;
  const Substitution& substitution_;
  const std::function<const Type*(Type)>& intern_;
  std::unordered_map<const Type*, const Type*> done_;
};

}  // namespace

const Type* TypeTable::substitute(const Type* type, const Substitution& substitution) {
  if (!type->has_variables || substitution.empty()) {
    return type;
  }
  const std::function<const Type*(Type)> intern = [this](Type made) { return tables_->intern(std::move(made)); };
  return Substituting(*this, substitution, intern).replaced(type);
}

const std::vector<Field>& TypeTable::fields(const Type* type) {
  Tables::Fields& entry = tables_->fields[type];
  if (entry.is_complete) {
    return entry.fields;
  }
  entry = {};
  entry.is_complete = true;
  if (type->is(TypeKind::StructValue)) {
    for (size_t i = 0; i < type->field_names.size(); ++i) {
      entry.fields.push_back({type->field_names[i], type->arguments[i], nullptr});
    }
  } else if (const StructLikeDeclaration* declaration = as_struct_like(type->declaration);
             declaration != nullptr && type->is_struct_like()) {
    Substitution substitution;
    for (size_t i = 0; i < declaration->type_parameters.size() && i < type->arguments.size(); ++i) {
      substitution[variable(*declaration->type_parameters[i])] = type->arguments[i];
    }
    for (const StructField* field : declaration->fields) {
      entry.is_complete &= field->checked_type != nullptr;
      const Type* const of = field->checked_type == nullptr ? poison() : substitute(field->checked_type, substitution);
      entry.fields.push_back({field->name.text, of, field});
    }
  }
  for (size_t i = 0; i < entry.fields.size(); ++i) {
    entry.by_name.emplace(entry.fields[i].name, i);  // of two with one name the first
  }
  return entry.fields;
}

const Field* TypeTable::field(const Type* type, std::string_view name) {
  const std::vector<Field>& all = fields(type);
  const auto& by_name = tables_->fields[type].by_name;
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : &all[found->second];
}

}  // namespace outrigger::p4
