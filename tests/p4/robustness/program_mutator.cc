// Mutations of programs by tokens.
#include "robustness/program_mutator.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "p4/diagnostics.h"
#include "p4/lexer.h"

namespace outrigger::p4_robustness {
namespace {

using Tokens = std::vector<std::string>;

constexpr size_t tokens_moved_max = 64;
constexpr uint32_t mutations_max = 4;

Tokens split(std::string_view text) {
  const p4::SourceText source = p4::SourceText::from_text("mutated.p4", std::string(text));
  p4::Diagnostics diagnostics;
  Tokens tokens;
  for (const p4::Token& token : p4::tokens_of(source, diagnostics)) {
    tokens.emplace_back(token.text);
  }
  return tokens;
}

// What goes well into many places.
constexpr std::array<std::string_view, 96> snippets = {"{ ... }",
                                                       "...",
                                                       "{#}",
                                                       "_",
                                                       "default",
                                                       "8w255",
                                                       "4s7",
                                                       "-1",
                                                       "0",
                                                       "1",
                                                       "1 << 20",
                                                       "0xffffffffffffffffffff",
                                                       "bit<8>",
                                                       "int<4>",
                                                       "bit<(1 + 1)>",
                                                       "varbit<32>",
                                                       "int",
                                                       "bool",
                                                       "string",
                                                       "error",
                                                       "match_kind",
                                                       "void",
                                                       "tuple<bit<8>, bool>",
                                                       "list<bit<8>>",
                                                       "[4]",
                                                       "[m.x]",
                                                       "[7:0]",
                                                       "[3:0]",
                                                       "[0 +: 4]",
                                                       ".next",
                                                       ".last",
                                                       ".lastIndex",
                                                       ".size",
                                                       ".minSizeInBits()",
                                                       ".minSizeInBytes()",
                                                       ".isValid()",
                                                       ".setValid()",
                                                       ".setInvalid()",
                                                       ".push_front(1)",
                                                       ".pop_front(2)",
                                                       ".apply()",
                                                       ".apply().hit",
                                                       ".apply().miss",
                                                       ".apply().action_run",
                                                       "++",
                                                       "&&&",
                                                       "..",
                                                       "|+|",
                                                       "|-|",
                                                       ">>",
                                                       "<<",
                                                       "&&",
                                                       "||",
                                                       "? 1 : 2",
                                                       "==",
                                                       "!=",
                                                       "~",
                                                       "!",
                                                       "(bit<8>)",
                                                       "(int<8>)",
                                                       "(bool)",
                                                       "(S)",
                                                       "<bit<8>>",
                                                       "<_>",
                                                       "<T>",
                                                       "exit;",
                                                       "return;",
                                                       "break;",
                                                       "continue;",
                                                       "for (bit<8> i in 0 .. 3) { }",
                                                       "for (bit<8> i = 0; i < 3; i = i + 1) { }",
                                                       "if (true) ; else ;",
                                                       "switch (1) { default: { } }",
                                                       "in",
                                                       "out",
                                                       "inout",
                                                       "@name(\"x\")",
                                                       "@optional",
                                                       "@pure",
                                                       "const",
                                                       "abstract",
                                                       "this",
                                                       "transition accept;",
                                                       "transition select(1) { 1: accept; _: reject; }",
                                                       "table t { actions = { NoAction; } }",
                                                       "action a(bit<8> x) { }",
                                                       "struct S { bit<8> a; }",
                                                       "header h { bit<8> a; }",
                                                       "enum bit<2> E { A = 1 }",
                                                       "struct G<T> { T a; }",
                                                       "bit<8> f(in bit<8> x) { return x; }",
                                                       "typedef bit<8> B;",
                                                       "type bit<8> N;",
                                                       "h[3] st;",
                                                       "priority = 1:"};

class Mutator {
 public:
  Mutator(Tokens tokens, Tokens other, uint32_t seed)
      : tokens_(std::move(tokens)), other_(std::move(other)), random_(seed) {}

  Tokens run() {
    for (uint32_t left = 1 + below(mutations_max); left > 0; --left) {
      step();
    }
    return std::move(tokens_);
  }

 private:
  struct Part {
    size_t begin = 0;
    size_t size = 0;
  };

  uint32_t below(size_t bound) { return bound == 0 ? 0 : static_cast<uint32_t>(random_() % bound); }

  // A short run of tokens, or from a token on all up to the bracket that closes what it opens, or up to a `;`.
  Part part_of(const Tokens& tokens) {
    if (tokens.empty()) {
      return {};
    }
    const size_t begin = below(tokens.size());
    if (below(2) == 0) {
      return {begin, std::min<size_t>(1 + below(below(4) == 0 ? 16 : 2), tokens.size() - begin)};
    }
    int depth = 0;
    for (size_t at = begin; at < tokens.size(); ++at) {
      const std::string& token = tokens[at];
      if (token == "{" || token == "(" || token == "[") {
        ++depth;
      } else if (token == "}" || token == ")" || token == "]") {
        if (--depth < 0) {
          return {begin, at - begin};
        }
        if (depth == 0 && token == "}") {
          return {begin, at + 1 - begin};
        }
      } else if (depth == 0 && (token == ";" || token == ",")) {
        return {begin, at + 1 - begin};
      }
    }
    return {begin, std::min(tokens_moved_max, tokens.size() - begin)};
  }

  static Tokens copy(const Tokens& from, Part part) {
    const auto begin = from.begin() + static_cast<ptrdiff_t>(part.begin);
    return {begin, begin + static_cast<ptrdiff_t>(part.size)};
  }

  void erase(Part part) {
    const auto begin = tokens_.begin() + static_cast<ptrdiff_t>(part.begin);
    tokens_.erase(begin, begin + static_cast<ptrdiff_t>(part.size));
  }

  void insert(size_t at, const Tokens& what) {
    tokens_.insert(tokens_.begin() + static_cast<ptrdiff_t>(at), what.begin(), what.end());
  }

  Tokens snippet() { return {std::string(snippets[below(snippets.size())])}; }

  void step() {
    const Part part = part_of(tokens_);
    switch (below(8)) {
      case 0: erase(part); break;
      case 1: insert(part.begin, copy(tokens_, part)); break;
      case 2: {  // elsewhere in the program
        const Tokens moved = copy(tokens_, part);
        erase(part);
        insert(below(tokens_.size() + 1), moved);
        break;
      }
      case 3: insert(below(tokens_.size() + 1), copy(other_, part_of(other_))); break;
      case 4: {
        const Tokens taken = copy(other_, part_of(other_));
        erase(part);
        insert(part.begin, taken);
        break;
      }
      case 5: insert(below(tokens_.size() + 1), snippet()); break;
      case 6: {
        erase(part);
        insert(part.begin, snippet());
        break;
      }
      default:
        if (!tokens_.empty()) {
          std::swap(tokens_[below(tokens_.size())], tokens_[below(tokens_.size())]);
        }
        break;
    }
  }

  Tokens tokens_;
  Tokens other_;
  std::minstd_rand random_;
};

}  // namespace

std::string mutated_program(std::string_view text, std::string_view other, uint32_t seed, size_t text_bytes_max) {
  std::string made;
  for (const std::string& token : Mutator(split(text), split(other), seed).run()) {
    if (made.size() + token.size() + 1 > text_bytes_max) {
      break;
    }
    made += token;
    made += token == ";" || token == "{" || token == "}" ? '\n' : ' ';
  }
  return made;
}

}  // namespace outrigger::p4_robustness
