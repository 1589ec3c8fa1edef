// What the files share that each write one kind of object. Private to the room.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "p4_info/annotations.h"
#include "p4_info/encoding.h"
#include "p4_info/entities.h"
#include "p4_info/p4_info.h"
#include "p4_info/symbols.h"
#include "p4_info/type_specs.h"

namespace outrigger::p4_info {

// The extern instances that a table's properties name; null where there is none.
struct TableLinks {
  const p4::Instance* implementation = nullptr;
  const p4::Instance* counter = nullptr;
  const p4::Instance* meter = nullptr;
};

struct Builder {
  p4::Compilation& compilation;
  p4::InstanceTree& tree;
  P4Info& info;
  Entities entities;
  std::map<std::string, Prefix> extern_types;  // of externs that P4Runtime does not know, by their names
  const p4::SourceText* locations = nullptr;   // null: the places of annotations are not wanted
  Symbols symbols;
  TypeSpecs types;
  std::vector<TableLinks> links = {};                               // of each table
  std::map<const p4::Instance*, std::vector<uint32_t>> users = {};  // the tables' ids by what they name

  // Fills in a preamble.
  void describe(::p4::config::v1::Preamble& preamble, Prefix prefix, const std::string& name, Annotations annotations);
  // The numbers of parts of one object: each part's annotations, and where it is.
  std::vector<uint32_t> part_ids(std::span<const Annotations> parts, std::span<const p4::SourceRange> places);
  // The first parameter of these names that the constructor was given; null when there is none.
  static const p4::Value* argument(const p4::Instance& instance, std::span<const std::string_view> names);
};

// Fills in links and users; the symbols are settled.
void find_links(Builder& builder);  // tables.cc

// Each adds all objects of its kind.
void add_tables(Builder& builder);              // tables.cc
void add_actions(Builder& builder);             // tables.cc
void add_externs(Builder& builder);             // externs.cc: counters, meters, registers, action profiles, digests
void add_value_sets(Builder& builder);          // value_sets.cc
void add_controller_headers(Builder& builder);  // headers.cc
void add_package(Builder& builder);             // package.cc

const p4::TableProperty* find_property(const p4::TableDeclaration& table, std::span<const std::string_view> names);
// A match kind as P4Runtime knows it, in match_type or other_match_type.
void set_match(::p4::config::v1::MatchField& field, const std::string& match_kind);

}  // namespace outrigger::p4_info
