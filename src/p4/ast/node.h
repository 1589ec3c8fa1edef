// What every node of the syntax tree has, and the arena that owns them all.
//
// The tree is made by the parser. Members below a line `// Filled in by the checker.` are empty until then; the
// lowering and P4Info read them. Nodes point to each other freely (a child, a symbol, a target): the arena alone owns,
// so that a tree of any depth goes away without recursion.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "p4/source_text.h"

namespace outrigger::p4 {

class Type;   // p4/types.h: a checked type; compared by pointer
class Value;  // p4/value.h: a compile-time known value
struct Expression;
struct Declaration;

struct Node {
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;
  SourceRange where;  // from its first token to its last
};

// A name as written, and where.
struct Name {
  std::string text;
  SourceRange where;
};

// Owns nodes until it goes away itself. Not movable while nodes point at it; one thread.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  template <typename T, typename... Args>
  T* make(Args&&... args) {
    auto node = std::make_unique<T>(std::forward<Args>(args)...);
    T* const raw = node.get();
    nodes_.push_back(std::move(node));
    return raw;
  }
  [[nodiscard]] size_t size() const noexcept { return nodes_.size(); }

 private:
  std::deque<std::unique_ptr<Node>> nodes_;
};

// P4-16 §18.1: an annotation. Unstructured ones have their tokens as text; structured ones have expressions or pairs.
struct Annotation : Node {
  enum class Body { None, Unstructured, Expressions, Pairs };
  struct Pair {
    Name key;
    Expression* value = nullptr;
  };
  struct Token {  // of an unstructured body: text as written; a string literal's without its quotes, escapes resolved
    std::string text;
    bool is_string = false;
    SourceRange where;
  };
  Name name;               // without '@'
  bool is_pragma = false;  // written `@pragma name tokens` to the end of the line: Unstructured, or None
  Body body = Body::None;
  std::vector<Token> tokens;  // Unstructured; parentheses that balance inside are tokens too
  std::vector<Expression*> expressions;
  std::vector<Pair> pairs;
};

}  // namespace outrigger::p4
