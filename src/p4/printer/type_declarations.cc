// Prints declarations of types.
#include "p4/printer/tree_printer.h"

namespace outrigger::p4 {

void TreePrinter::print_type_declaration(const Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Struct: print_struct_like(*as_struct_like(&declaration), "struct "); return;
    case DeclarationKind::Header: print_struct_like(*as_struct_like(&declaration), "header "); return;
    case DeclarationKind::HeaderUnion: print_struct_like(*as_struct_like(&declaration), "header_union "); return;
    case DeclarationKind::Enum: print_enum(to<EnumDeclaration>(declaration)); return;
    case DeclarationKind::StructField:
      print_annotations(declaration.annotations);
      print(*to<StructField>(declaration).type);
      add(" ");
      add(declaration.name.text);
      add(";");
      return;
    case DeclarationKind::Typedef: {
      const auto& type = to<TypedefDeclaration>(declaration);
      print_annotations(type.annotations);
      add("typedef ");
      if (type.derived != nullptr) {
        print(*type.derived);
      } else {
        print(*type.type);
      }
      break;
    }
    case DeclarationKind::NewType:
      print_annotations(declaration.annotations);
      add("type ");
      print(*to<NewTypeDeclaration>(declaration).type);
      break;
    case DeclarationKind::ValueSet: {
      const auto& set = to<ValueSetDeclaration>(declaration);
      print_annotations(set.annotations);
      add("value_set<");
      print(*set.type);
      add(">(");
      print(*set.size);
      add(")");
      break;
    }
    case DeclarationKind::Error:
    case DeclarationKind::MatchKind: {
      const auto print_member = [&](const Declaration* member) {
        print_annotations(member->annotations);
        add(member->name.text);
      };
      print_annotations(declaration.annotations);
      add(declaration.name.text);
      add(" {");
      if (const auto* const errors = as<ErrorDeclaration>(&declaration)) {
        print_list(errors->members, print_member);
      } else {
        print_list(to<MatchKindDeclaration>(declaration).members, print_member);
      }
      add("}");
      return;
    }
    default:  // a member by itself
      add(declaration.name.text);
      return;
  }
  add(" ");
  add(declaration.name.text);
  add(";");
}

void TreePrinter::print_struct_like(const StructLikeDeclaration& type, std::string_view keyword) {
  print_annotations(type.annotations);
  add(keyword);
  add(type.name.text);
  print_type_parameters(type.type_parameters);
  add(" ");
  print_braced([&] {
    for (const StructField* const field : type.fields) {
      new_line();
      print(*field);
    }
  });
}

void TreePrinter::print_enum(const EnumDeclaration& type) {
  print_annotations(type.annotations);
  add("enum ");
  if (type.underlying != nullptr) {
    print(*type.underlying);
    add(" ");
  }
  add(type.name.text);
  add(" ");
  print_braced([&] {
    for (const EnumMember* const member : type.members) {
      new_line();
      print_annotations(member->annotations);
      add(member->name.text);
      if (member->initial != nullptr) {
        add(" = ");
        print(*member->initial);
      }
      add(member == type.members.back() ? "" : ",");
    }
  });
}

}  // namespace outrigger::p4
