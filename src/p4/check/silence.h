// Silence: the rules that @noWarn("…") names are not warned of while this lives (P4-16 §20.3.8).
#pragma once

#include <string>
#include <vector>

#include "p4/ast/node.h"

namespace outrigger::p4 {

class Silence {
 public:
  Silence(std::vector<std::string>& rules, const std::vector<Annotation*>& annotations)
      : rules_(rules), before_(rules.size()) {
    for (const Annotation* const annotation : annotations) {
      if (annotation->name.text == "noWarn" && annotation->tokens.size() == 1) {
        rules_.push_back(annotation->tokens.front().text);
      }
    }
  }
  ~Silence() { rules_.resize(before_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  std::vector<std::string>& rules_;
  size_t before_;
};

}  // namespace outrigger::p4
