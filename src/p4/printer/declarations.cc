// Prints declarations, other than types, parsers and controls.
#include "p4/printer/tree_printer.h"

namespace outrigger::p4 {

void TreePrinter::print(const Program& program) {
  for (const Declaration* const declaration : program.declarations) {
    print(*declaration);
    add("\n");
  }
}

void TreePrinter::print(const Declaration& declaration) {
  switch (declaration.kind) {
    case DeclarationKind::Constant: print_constant(to<ConstantDeclaration>(declaration)); return;
    case DeclarationKind::Variable:
      print_variable(to<VariableDeclaration>(declaration));
      add(";");
      return;
    case DeclarationKind::Instantiation: print_instantiation(to<InstantiationDeclaration>(declaration)); return;
    case DeclarationKind::Parameter: print_parameter(to<Parameter>(declaration)); return;
    case DeclarationKind::TypeParameter: add(declaration.name.text); return;
    case DeclarationKind::Extern: print_extern(to<ExternDeclaration>(declaration)); return;
    case DeclarationKind::Method: print_method(to<MethodDeclaration>(declaration)); return;
    case DeclarationKind::Function: print_function(to<FunctionDeclaration>(declaration)); return;
    case DeclarationKind::Action: {
      const auto& action = to<ActionDeclaration>(declaration);
      print_annotations(action.annotations);
      add("action ");
      add(action.name.text);
      print_parameters(action.parameters);
      add(" ");
      print_block(*action.body);
      return;
    }
    case DeclarationKind::Parser: print_parser(to<ParserDeclaration>(declaration)); return;
    case DeclarationKind::ParserState: print_state(to<ParserState>(declaration)); return;
    case DeclarationKind::Control: print_control(to<ControlDeclaration>(declaration)); return;
    case DeclarationKind::Table: print_table(to<TableDeclaration>(declaration)); return;
    case DeclarationKind::Package: {
      const auto& package = to<PackageDeclaration>(declaration);
      print_annotations(package.annotations);
      add("package ");
      add(package.name.text);
      print_type_parameters(package.type_parameters);
      print_parameters(package.constructor_parameters);
      add(";");
      return;
    }
    default: print_type_declaration(declaration);
  }
}

void TreePrinter::print_constant(const ConstantDeclaration& constant) {
  print_annotations(constant.annotations);
  add("const ");
  print(*constant.type);
  add(" ");
  add(constant.name.text);
  add(" = ");
  print(*constant.initial);
  add(";");
}

void TreePrinter::print_variable(const VariableDeclaration& variable) {
  print_annotations(variable.annotations);
  print(*variable.type);
  add(" ");
  add(variable.name.text);
  if (variable.initial != nullptr) {
    add(" = ");
    print(*variable.initial);
  }
}

void TreePrinter::print_instantiation(const InstantiationDeclaration& instance) {
  print_annotations(instance.annotations);
  print(*instance.type);
  print_arguments(instance.arguments);
  add(" ");
  add(instance.name.text);
  if (instance.has_initializer) {
    add(" = ");
    print_braced([&] {
      for (const Declaration* const declaration : instance.initializer) {
        new_line();
        print(*declaration);
      }
    });
  }
  add(";");
}

void TreePrinter::print_parameters(const std::vector<Parameter*>& parameters) {
  add("(");
  print_list(parameters, [&](const Parameter* parameter) { print_parameter(*parameter); });
  add(")");
}

void TreePrinter::print_parameter(const Parameter& parameter) {
  print_annotations(parameter.annotations);
  switch (parameter.direction) {
    case Direction::None: break;
    case Direction::In: add("in "); break;
    case Direction::Out: add("out "); break;
    case Direction::InOut: add("inout "); break;
  }
  print(*parameter.type);
  add(" ");
  add(parameter.name.text);
  if (parameter.default_value != nullptr) {
    add(" = ");
    print(*parameter.default_value);
  }
}

void TreePrinter::print_function(const FunctionDeclaration& function) {
  print_annotations(function.annotations);
  add(function.body == nullptr ? "extern " : "");
  print(*function.result);
  add(" ");
  add(function.name.text);
  print_type_parameters(function.type_parameters);
  print_parameters(function.parameters);
  if (function.body == nullptr) {
    add(";");
    return;
  }
  add(" ");
  print_block(*function.body);
}

void TreePrinter::print_extern(const ExternDeclaration& object) {
  print_annotations(object.annotations);
  add("extern ");
  add(object.name.text);
  print_type_parameters(object.type_parameters);
  add(" ");
  print_braced([&] {
    for (const MethodDeclaration* const method : object.methods) {
      new_line();
      print_method(*method);
    }
  });
}

void TreePrinter::print_method(const MethodDeclaration& method) {
  print_annotations(method.annotations);
  add(method.is_abstract ? "abstract " : "");
  if (method.result != nullptr) {
    print(*method.result);
    add(" ");
  }
  add(method.name.text);
  print_type_parameters(method.type_parameters);
  print_parameters(method.parameters);
  add(";");
}

}  // namespace outrigger::p4
