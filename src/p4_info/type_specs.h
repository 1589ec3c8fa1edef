// Types in P4Info (P4Runtime 1.5 §8.4): each as a P4DataTypeSpec, those with names in P4TypeInfo as well; and how wide
// the controller sees a value (§ "User-defined types").
#pragma once

#include <string>
#include <unordered_set>

#include "p4/config/v1/p4info.pb.h"
#include "p4/diagnostics.h"
#include "p4/types.h"

namespace outrigger::p4_info {

// What @p4runtime_translation says.
struct Translation {
  std::string uri;
  uint32_t width = 0;  // bits; not of a string
  bool is_string = false;
};

class TypeSpecs {
 public:
  TypeSpecs(p4::TypeTable& types, const p4::Program& program, p4::Diagnostics& diagnostics,
            ::p4::config::v1::P4TypeInfo& info, const p4::SourceText* locations)
      : types_(types), program_(program), diagnostics_(diagnostics), info_(info), locations_(locations) {}

  ::p4::config::v1::P4DataTypeSpec spec(const p4::Type* type);

  // Fills in bitwidth and type_name of a MatchField, Param or Metadata.
  template <typename Message>
  void describe(Message& message, const p4::Type* type) {
    message.set_bitwidth(width_seen(type));
    if (const std::string name = new_type_name(type); !name.empty()) {
      message.mutable_type_name()->set_name(name);
    }
  }
  // The name of a new type, which is then in the P4TypeInfo; empty for others.
  std::string new_type_name(const p4::Type* type);

 private:
  int32_t width_seen(const p4::Type* type);
  // Null where there is none, or where it says nothing that makes sense: that is an error then.
  std::optional<Translation> translation(const p4::NewTypeDeclaration& declaration);

  ::p4::config::v1::P4BitstringLikeTypeSpec bitstring(const p4::Type* type);
  std::string named(const p4::Type* type);
  void add_struct(const std::string& name, const p4::Type* type);
  void add_header(const std::string& name, const p4::Type* type);
  void add_header_union(const std::string& name, const p4::Type* type);
  void add_enum(const std::string& name, const p4::EnumDeclaration& declaration);
  void add_serializable_enum(const std::string& name, const p4::EnumDeclaration& declaration, const p4::Type* type);
  void add_new_type(const std::string& name, const p4::Type* type);
  void add_error();

  p4::TypeTable& types_;
  const p4::Program& program_;
  p4::Diagnostics& diagnostics_;
  ::p4::config::v1::P4TypeInfo& info_;
  const p4::SourceText* locations_;  // null: the places of annotations are not wanted
  std::unordered_set<const p4::Type*> seen_;
  uint32_t depth_ = 0;
};

}  // namespace outrigger::p4_info
