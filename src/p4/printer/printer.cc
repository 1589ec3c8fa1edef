// to_text() of trees, and the printer's layout.
#include "p4/printer.h"

#include <algorithm>

#include "p4/printer/tree_printer.h"

namespace outrigger::p4 {
namespace {

template <typename Tree>
std::string printed(const Tree& tree) {
  TreePrinter printer;
  printer.print(tree);
  return printer.take();
}

}  // namespace

void TreePrinter::new_line() {
  constexpr size_t level_blanks = 4;
  constexpr size_t blanks_max = 80;  // so that a deep tree's text is not quadratic
  text_ += '\n';
  text_.append(std::min(level_ * level_blanks, blanks_max), ' ');
}

std::string to_text(const Program& program) { return printed(program); }
std::string to_text(const Declaration& declaration) { return printed(declaration); }
std::string to_text(const Statement& statement) { return printed(statement); }
std::string to_text(const Expression& expression) { return printed(expression); }
std::string to_text(const TypeRef& type) { return printed(type); }

}  // namespace outrigger::p4
