// Annotations and pragmas (P4-16 §18).
#include <fmt/format.h>

#include "p4/lexer.h"
#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

ProgramReader::Annotations ProgramReader::read_annotations() {
  Annotations annotations;
  while (!is_panicking() && (is(Symbol::At) || peek().kind == TokenKind::Pragma)) {
    Annotation* const annotation = is(Symbol::At) ? read_annotation() : read_pragma();
    if (!is_panicking()) {
      annotations.push_back(annotation);
    }
  }
  return annotations;
}

Annotation* ProgramReader::read_annotation() {
  auto* const annotation = make<Annotation>(begin());
  take();
  if (peek().kind == TokenKind::Keyword) { // may be its name too: p4c has it so, and nothing else stands after an '@'
    const Token keyword = take();
    annotation->name = {.text = std::string(keyword.text), .where = keyword.where};
  } else {
    annotation->name = expect_name("the annotation");
  }
  const uint32_t open = position();
  if (is_panicking()) {
    return annotation;
  }
  if (accept(Symbol::LeftParenthesis)) {
    annotation->body = Annotation::Body::Unstructured;
    read_annotation_tokens(*annotation);
    expect_closing(Symbol::RightParenthesis, open, "after the annotation's body");
  } else if (accept(Symbol::LeftBracket)) {
    read_annotation_structure(*annotation);
    expect_closing(Symbol::RightBracket, open, "after the annotation's body");
  }
  return finished(annotation);
}

Annotation::Token ProgramReader::annotation_token(const Token& token) {
  const bool is_string = token.kind == TokenKind::String;
  return {.text = is_string ? string_literal_text(token.text) : std::string(token.text),
          .is_string = is_string,
          .where = token.where};
}

// Any tokens in which parentheses balance, up to the one that closes the body.
void ProgramReader::read_annotation_tokens(Annotation& annotation) {
  uint64_t open = 0;
  while (!is_at_end() && (open != 0 || !is(Symbol::RightParenthesis))) {
    if (peek().kind == TokenKind::Pragma) {
      fail(peek().where, "a pragma may not be inside an annotation", "end the line before '@pragma'");
      return;
    }
    open += is(Symbol::LeftParenthesis) ? 1 : 0;
    open -= is(Symbol::RightParenthesis) ? 1 : 0;
    annotation.tokens.push_back(annotation_token(take()));
  }
}

// Expressions, or pairs of names and expressions: the first decides, and they are not mixed (§18.1).
void ProgramReader::read_annotation_structure(Annotation& annotation) {
  if (!(is_name() && is(Symbol::Assign, 1))) {
    annotation.body = Annotation::Body::Expressions;
    annotation.expressions = read_expressions(Symbol::RightBracket);
    return;
  }
  annotation.body = Annotation::Body::Pairs;
  while (!is_panicking() && !is(Symbol::RightBracket)) {
    Annotation::Pair pair;
    pair.key = expect_name("the annotation's pair");
    expect(Symbol::Assign, "between the pair's name and its value");
    pair.value = read_expression();
    if (!is_panicking()) {
      annotation.pairs.push_back(std::move(pair));
    }
    if (!accept(Symbol::Comma)) {
      return;
    }
  }
}

// @pragma name tokens, up to the end of the line.
Annotation* ProgramReader::read_pragma() {
  auto* const annotation = make<Annotation>(begin());
  const Token line = take();
  constexpr uint32_t keyword_bytes = 7;  // @pragma
  const std::vector<Token> tokens =
      tokens_of(source(), {line.where.begin + keyword_bytes, line.where.end}, diagnostics());
  annotation->is_pragma = true;
  const Token& name = tokens.front();
  if (!is_name(name)) {
    tell(line.where, fmt::format("expected the pragma's name after '@pragma', found {}",
                                 name.kind == TokenKind::End ? "the end of the line" : describe(name)));
    return finished(annotation);
  }
  annotation->name = {.text = std::string(name.text), .where = name.where};
  for (size_t i = 1; i + 1 < tokens.size(); ++i) {
    annotation->body = Annotation::Body::Unstructured;
    annotation->tokens.push_back(annotation_token(tokens[i]));
  }
  return finished(annotation);
}

}  // namespace outrigger::p4
