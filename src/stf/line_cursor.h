// LineCursor: one line of a script, read from left to right. Spaces between the parts do not count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "stf/problem.h"
#include "stf/script.h"

namespace outrigger::stf {

// Borrows the line. Copies are cheap: to look ahead, read from a copy.
class LineCursor {
 public:
  // `line` without its line end. What follows a `#` outside of quotation marks is left out.
  explicit LineCursor(std::string_view line);

  // Whether nothing but spaces is left.
  [[nodiscard]] bool is_at_end();
  // Of what comes next, from 1.
  [[nodiscard]] uint32_t column();
  // What is left, without the spaces before it.
  [[nodiscard]] std::string_view rest();

  // Whether `text` comes next; take() also goes past it.
  [[nodiscard]] bool sees(std::string_view text);
  [[nodiscard]] bool take(std::string_view text);

  // The run of characters up to a space or punctuation; a `[…]` belongs to it whatever is inside. Empty: none is there.
  [[nodiscard]] std::string_view take_word();
  // A word or a text between quotation marks. `what` says in an error what is missing.
  [[nodiscard]] Checked<Name> take_name(std::string_view what);
  [[nodiscard]] Checked<Number> take_number(std::string_view what);
  [[nodiscard]] Checked<uint64_t> take_uint64(std::string_view what);
  [[nodiscard]] Checked<uint32_t> take_uint32(std::string_view what);
  // Nothing may be left.
  [[nodiscard]] Checked<> expect_end();

  // Whether 00:11:22:33:44:55 comes next.
  [[nodiscard]] bool sees_ethernet_address();

 private:
  void skip_spaces();

  std::string_view line_;
  size_t at_ = 0;
};

}  // namespace outrigger::stf
