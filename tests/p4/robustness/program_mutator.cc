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

constexpr std::array<std::string_view, 18> numbers = {"0",          "1",
                                                      "2",          "3",
                                                      "7",          "8",
                                                      "31",         "32",
                                                      "64",         "255",
                                                      "65536",      "8w1",
                                                      "16w0",       "32w0xffffffff",
                                                      "8s127",      "-1",
                                                      "4294967296", "0xffffffffffffffffffffffffffffffffffff"};
constexpr std::array<std::string_view, 16> types = {
    "bit<8>", "bit<1>", "bit<32>",   "bit<9>", "bit<128>", "bit<0>",    "int<8>",      "int<1>",
    "int",    "bool",   "varbit<8>", "error",  "string",   "bit<4097>", "tuple<bool>", "int<33>"};
// Operators that take and give the same.
constexpr std::array<std::array<std::string_view, 8>, 3> operators = {{
    {"+", "-", "*", "&", "|", "^", "|+|", "|-|"},
    {"==", "!=", "<=", ">=", "==", "!=", "==", "!="},
    {"<<", ">>", "&&", "||", "/", "%", "++", "&&&"},
}};
constexpr std::array<std::string_view, 30> words = {
    "header", "struct", "parser",     "control", "state",   "action", "table", "key",    "actions", "const",
    "apply",  "bit",    "int",        "bool",    "typedef", "type",   "enum",  "error",  "in",      "out",
    "inout",  "select", "transition", "if",      "else",    "return", "exit",  "switch", "for",     "extern"};

class Mutator {
 public:
  Mutator(Tokens tokens, Tokens other, uint32_t seed)
      : tokens_(std::move(tokens)), other_(std::move(other)), random_(seed) {}

  Tokens run() {
    // One change leaves a program good more often than many do.
    for (uint32_t left = below(3) == 0 ? 1 + below(mutations_max) : 1; left > 0; --left) {
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

  // The place of some token that is as it is asked; the number of tokens: there is none.
  template <typename Is>
  size_t find(const Tokens& tokens, Is is) {
    const size_t begin = below(tokens.size());
    for (size_t i = 0; i < tokens.size(); ++i) {
      if (is(tokens[(begin + i) % tokens.size()])) {
        return (begin + i) % tokens.size();
      }
    }
    return tokens.size();
  }

  static bool is_number(const std::string& token) { return token[0] >= '0' && token[0] <= '9'; }
  static bool is_operator(const std::string& token) {
    return std::ranges::any_of(operators, [&](const auto& alike) { return std::ranges::count(alike, token) > 0; });
  }

  // What stands around a name says what it may be: a member, what is called, a type with arguments.
  static int kind_of_name(const Tokens& tokens, size_t at) {
    const std::string& token = tokens[at];
    const bool is_name = (token[0] >= 'a' && token[0] <= 'z') || (token[0] >= 'A' && token[0] <= 'Z');
    if (!is_name || std::ranges::count(words, std::string_view(token)) > 0) {
      return -1;
    }
    const std::string_view before = at > 0 ? std::string_view(tokens[at - 1]) : "";
    const std::string_view behind = at + 1 < tokens.size() ? std::string_view(tokens[at + 1]) : "";
    return (before == "." ? 1 : 0) + (behind == "(" ? 2 : behind == "<" ? 4 : behind == "." ? 6 : 0);
  }

  // A name becomes another that stands somewhere like it.
  void rename() {
    const size_t at = below(tokens_.size());
    const Tokens& from = below(4) != 0 ? tokens_ : other_;
    if (const int kind = kind_of_name(tokens_, at); kind >= 0 && !from.empty()) {
      for (uint32_t tries = 0; tries < 64; ++tries) {
        if (const size_t taken = below(from.size()); kind_of_name(from, taken) == kind && from[taken] != tokens_[at]) {
          tokens_[at] = std::string(from[taken]);
          return;
        }
      }
    }
  }

  void reoperate() {
    const size_t at = find(tokens_, is_operator);
    if (at == tokens_.size()) {
      return;
    }
    for (const auto& alike : operators) {
      if (std::ranges::count(alike, tokens_[at]) > 0) {
        tokens_[at] = below(8) == 0 ? operators[below(3)][below(8)] : alike[below(alike.size())];
        return;
      }
    }
  }

  // From behind a `;`, `{` or `}` up to a `;`.
  Part statement_of(const Tokens& tokens) {
    const size_t end = find(tokens, [](const std::string& token) { return token == ";"; });
    size_t begin = end;
    while (begin > 0 && tokens[begin - 1] != ";" && tokens[begin - 1] != "{" && tokens[begin - 1] != "}") {
      --begin;
    }
    return end == tokens.size() ? Part{} : Part{begin, end + 1 - begin};
  }

  // Dropped, doubled, or one more, of either program.
  void restate() {
    const Part part = statement_of(tokens_);
    switch (below(3)) {
      case 0: erase(part); break;
      case 1: insert(part.begin, copy(tokens_, part)); break;
      default:
        insert(part.begin + part.size,
               below(4) != 0 ? copy(tokens_, statement_of(tokens_)) : copy(other_, statement_of(other_)));
        break;
    }
  }

  void renumber() {
    if (const size_t at = find(tokens_, is_number); at < tokens_.size()) {
      tokens_[at] = numbers[below(numbers.size())];
    }
  }

  // A base type with its width, or the name behind a word that a type stands after, becomes another type.
  void retype() {
    const size_t at = find(tokens_, [](const std::string& token) { return token == "bit" || token == "int"; });
    if (at + 3 < tokens_.size() && tokens_[at + 1] == "<") {
      erase({at, 4});
      insert(at, {std::string(types[below(types.size())])});
    }
  }

  // From behind a token that an operand follows up to where its expression ends.
  Part expression_of(const Tokens& tokens) {
    const size_t before = find(tokens, [](const std::string& token) {
      return token == "=" || token == "(" || token == "," || token == "return" || is_operator(token);
    });
    size_t end = std::min(before + 1, tokens.size());
    const size_t begin = end;
    for (int depth = 0; end < tokens.size(); ++end) {
      const std::string& token = tokens[end];
      if (token == "(" || token == "[" || token == "{") {
        ++depth;
      } else if (token == ")" || token == "]" || token == "}") {
        if (--depth < 0) {
          break;
        }
      } else if (depth == 0 && (token == ";" || token == "," || token == ":" || end - begin >= tokens_moved_max)) {
        break;
      }
    }
    return {begin, end - begin};
  }

  void replace_expression() {
    const Tokens taken = below(4) != 0 ? copy(tokens_, expression_of(tokens_)) : copy(other_, expression_of(other_));
    const Part part = expression_of(tokens_);
    erase(part);
    insert(part.begin, taken);
  }

  // Those which leave a program whole more often than not.
  void small_step() {
    switch (below(8)) {
      case 0: renumber(); break;
      case 1: retype(); break;
      case 2:
      case 3: rename(); break;
      case 4: reoperate(); break;
      case 5: restate(); break;
      default: replace_expression(); break;
    }
  }

  void step() {
    if (tokens_.empty() || below(4) < 3) {
      small_step();
      return;
    }
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
