// What of a program the control plane sees, in the order of the text: found by walking the instances that `main`
// reaches.
#pragma once

#include <string>
#include <vector>

#include "p4/front.h"
#include "p4/instance_tree.h"

namespace outrigger::p4_info {

// What P4Runtime takes an extern for, by its name in v1model, PSA and PNA.
enum class ExternKind {
  Other,
  Counter,
  DirectCounter,
  Meter,
  DirectMeter,
  Register,
  ActionProfile,
  ActionSelector,
  Digest
};
ExternKind extern_kind(const p4::Declaration& declaration);

struct TableEntity {
  const p4::TableDeclaration* declaration = nullptr;
  const p4::Instance* inside = nullptr;
  std::string name;
};

struct ActionEntity {
  const p4::ActionDeclaration* declaration = nullptr;
  const p4::Instance* inside = nullptr;  // null: of the top level
  std::string name;
};

struct ValueSetEntity {
  const p4::ValueSetDeclaration* declaration = nullptr;
  const p4::Instance* inside = nullptr;
  std::string name;
};

struct ExternEntity {
  ExternKind kind = ExternKind::Other;
  const p4::Instance* instance = nullptr;
};

// Of PSA and PNA an instance, of v1model what one or more calls of digest() send.
struct DigestEntity {
  std::string name;
  const p4::Type* type = nullptr;
  std::vector<p4::Annotation*> annotations;
  p4::SourceRange where;
};

struct HeaderEntity {
  const p4::StructLikeDeclaration* declaration = nullptr;
  std::string name;  // what @controller_header says
};

// Objects of one program: each instance of a control has its own tables and actions, so that a short text may have very
// many.
inline constexpr size_t objects_max = size_t{1} << 16U;

struct Entities {
  std::vector<TableEntity> tables;
  std::vector<ActionEntity> actions;  // those that a table lists: of the top level first
  std::vector<ValueSetEntity> value_sets;
  std::vector<ExternEntity> externs;
  std::vector<DigestEntity> digests;
  std::vector<HeaderEntity> headers;
  bool is_cut = false;  // there are more than objects_max; these are the first
};

// Of externs that P4Runtime does not know those count that the program brings itself: what an architecture that ships
// has beside them, a hash or a checksum, has nothing for a controller.
Entities find_entities(const p4::Compilation& compilation, const p4::InstanceTree& tree);

// The name of an action as a table inside that instance means it.
std::string action_name(const p4::Instance* inside, const p4::ActionDeclaration& action);

}  // namespace outrigger::p4_info
