// Prints types and annotations.
#include <array>

#include "p4/printer/tree_printer.h"

namespace outrigger::p4 {

void TreePrinter::print(const TypeRef& type) {
  switch (type.kind) {
    case TypeRefKind::Base: print_base_type(to<BaseTypeRef>(type)); return;
    case TypeRefKind::Named: {
      const auto& named = to<NamedTypeRef>(type);
      add(named.is_global ? "." : "");
      add(named.name.text);
      if (named.has_arguments) {
        print_type_arguments(named.arguments);
      }
      return;
    }
    case TypeRefKind::Stack: {
      const auto& stack = to<StackTypeRef>(type);
      print(*stack.element);
      add("[");
      print(*stack.size);
      add("]");
      return;
    }
    case TypeRefKind::Tuple:
      add("tuple");
      print_type_arguments(to<TupleTypeRef>(type).elements);
      return;
    case TypeRefKind::List:
      add("list");
      print_type_arguments({to<ListTypeRef>(type).element});
      return;
    case TypeRefKind::DontCare: add("_"); return;
  }
}

void TreePrinter::print_base_type(const BaseTypeRef& type) {
  constexpr std::array<std::string_view, 9> texts = {"bool", "error", "match_kind", "string", "void",
                                                     "int",  "bit",   "int",        "varbit"};
  static_assert(texts.size() == static_cast<size_t>(BaseType::Varbit) + 1);
  add(texts[static_cast<size_t>(type.base)]);
  if (type.width == nullptr) {
    return;
  }
  const bool is_plain = type.width->kind == ExpressionKind::Number;
  add(is_plain ? "<" : "<(");
  print(*type.width);
  add(is_plain ? ">" : ")>");
}

void TreePrinter::print_type_arguments(const std::vector<TypeRef*>& arguments) {
  add("<");
  print_list(arguments, [&](const TypeRef* argument) { print(*argument); });
  add(">");
}

void TreePrinter::print_type_parameters(const std::vector<TypeParameter*>& parameters) {
  if (parameters.empty()) {
    return;
  }
  add("<");
  print_list(parameters, [&](const TypeParameter* parameter) { add(parameter->name.text); });
  add(">");
}

void TreePrinter::print_annotations(const std::vector<Annotation*>& annotations) {
  for (const Annotation* const annotation : annotations) {
    print_annotation(*annotation);
    if (annotation->is_pragma) {
      new_line();
    } else {
      add(" ");
    }
  }
}

void TreePrinter::print_annotations_after(const std::vector<Annotation*>& annotations) {
  for (const Annotation* const annotation : annotations) {
    add(" ");
    print_annotation(*annotation);
    if (annotation->is_pragma) {
      new_line();
    }
  }
}

void TreePrinter::print_annotation(const Annotation& annotation) {
  add(annotation.is_pragma ? "@pragma " : "@");
  add(annotation.name.text);
  switch (annotation.body) {
    case Annotation::Body::None: return;
    case Annotation::Body::Unstructured:
      add(annotation.is_pragma ? " " : "(");
      print_annotation_tokens(annotation.tokens);
      add(annotation.is_pragma ? "" : ")");
      return;
    case Annotation::Body::Expressions:
      add("[");
      print_list(annotation.expressions, [&](const Expression* expression) { print(*expression); });
      add("]");
      return;
    case Annotation::Body::Pairs:
      add("[");
      print_list(annotation.pairs, [&](const Annotation::Pair& pair) {
        add(pair.key.text);
        add(" = ");
        print(*pair.value);
      });
      add("]");
      return;
  }
}

void TreePrinter::print_annotation_tokens(const std::vector<Annotation::Token>& tokens) {
  bool is_first = true;
  for (const Annotation::Token& token : tokens) {
    const bool is_comma = token.text == "," && !token.is_string;
    add(is_first || is_comma ? "" : " ");
    is_first = false;
    if (token.is_string) {
      print_string(token.text);
    } else {
      add(token.text);
    }
  }
}

void TreePrinter::print_string(std::string_view text) {
  add("\"");
  for (const char c : text) {
    if (c == '\n') {
      add("\\n");
    } else {
      add(c == '"' || c == '\\' ? "\\" : "");
      text_ += c;
    }
  }
  add("\"");
}

}  // namespace outrigger::p4
