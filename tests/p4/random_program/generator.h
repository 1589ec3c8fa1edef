// The generator of random programs: what its parts share.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "random_program/random_program.h"

namespace outrigger::p4_random {

struct Type {
  enum class Kind : uint8_t { Bit, Int, Bool, Enum, SerializableEnum, Error, New, Struct, Header, Union, Stack, Tuple };
  struct Field {
    std::string name;
    const Type* type = nullptr;
  };
  Kind kind = Kind::Bit;
  uint32_t width = 0;                // Bit, Int; SerializableEnum, New: of what is underneath
  std::string name;                  // as a program writes it
  std::vector<Field> fields;         // Struct, Header, Union; Tuple: without names
  std::vector<std::string> members;  // of enums and errors
  const Type* element = nullptr;     // Stack
  uint32_t size = 0;

  [[nodiscard]] bool is_scalar() const { return kind < Kind::Struct; }
  [[nodiscard]] bool is_integer() const { return kind == Kind::Bit || kind == Kind::Int; }
};

// Something that an expression may read, and a statement assign to.
struct Place {
  std::string path;
  const Type* type = nullptr;
  bool is_writable = false;
};

struct Parameter {
  std::string direction;  // in, out, inout; empty: none
  const Type* type = nullptr;
  std::string name;
};

struct Callable {
  std::string name;
  std::vector<Parameter> parameters;
  const Type* result = nullptr;  // functions
};

class Generator {
 public:
  Generator(uint64_t seed, const RandomProgramOptions& options) : options_(options), random_(seed) {}
  std::string run();

 private:
  // ---- chance
  uint32_t below(size_t bound) { return bound == 0 ? 0 : static_cast<uint32_t>(random_() % bound); }
  bool chance(uint32_t in) { return below(in) == 0; }
  template <typename T>
  const T& one_of(const std::vector<T>& items) {
    return items[below(items.size())];
  }

  // ---- text
  void line(const std::string& text);
  void open(const std::string& text);  // ends in {
  void close(const std::string& after = {});
  std::string fresh(std::string_view what) { return std::string(what) + std::to_string(names_++); }

  // ---- types.cc
  void make_types();
  const Type* make_header(std::string name, bool has_varbit);
  const Type* bit(uint32_t width);
  const Type* signed_int(uint32_t width);
  const Type* boolean() const { return boolean_; }
  const Type* scalar();      // any
  const Type* value_type();  // a scalar, struct or tuple
  Type& add_type(Type::Kind kind, std::string name, uint32_t width = 0);
  void add_place(const std::string& path, const Type* type, bool is_writable);
  void declare(const std::string& name, const Type* type);  // writes `T name = …;`, and adds the place

  // ---- expressions.cc
  std::string expression(const Type* type, uint32_t depth);
  std::string expression(const Type* type) { return expression(type, options_.expression_depth_max); }
  std::string literal(const Type* type);
  std::string bits_expression(const Type* type, uint32_t depth);
  std::string bits_from_other(const Type* type, uint32_t depth);
  std::string int_expression(const Type* type, uint32_t depth);
  std::string bool_expression(uint32_t depth);
  std::string comparison(uint32_t depth);
  std::string aggregate(const Type* type, uint32_t depth);
  std::string call_of(const Callable& function, uint32_t depth);
  std::string arguments_of(const Callable& callable, bool with_directionless, uint32_t depth);
  std::string constant_number(uint32_t width);
  const Place* find_place(const Type* type, bool is_writable);
  const Place* find_kind(Type::Kind kind, bool is_writable);

  // ---- statements.cc
  void block(uint32_t nesting);
  void statement(uint32_t nesting);
  void assignment();
  void compound_assignment();
  void header_statement();
  void stack_statement();
  void if_statement(uint32_t nesting);
  void switch_statement(uint32_t nesting);
  void loop_statement(uint32_t nesting);
  void call_statement();
  void table_statement(uint32_t nesting);
  void generic_statement();
  void leave_statement();

  // ---- controls.cc
  void make_functions();
  void make_function(uint32_t number);
  void make_control(const std::string& name, uint32_t level);
  void control_locals(uint32_t level);
  void make_action();
  void make_table();
  void table_entries(const std::vector<Parameter>& keys, const Callable& action);
  std::string entry_keyset(const std::string& kind, const Type* type, uint32_t number);
  void begin_parameters();

  // ---- parsers.cc
  void make_sub_parser();
  void make_parser();
  void parser_state(uint32_t number, uint32_t count);
  void make_deparser();
  void make_main();

  const RandomProgramOptions options_;
  std::mt19937_64 random_;
  std::string text_;
  uint32_t level_ = 0;
  uint32_t names_ = 0;
  std::deque<Type> types_;
  const Type* boolean_ = nullptr;
  const Type* varbit_header_ = nullptr;
  std::vector<const Type*> scalars_;
  std::vector<const Type*> structs_;
  std::vector<const Type*> tuples_;
  std::vector<const Type*> headers_;
  const Type* union_ = nullptr;
  const Type* hdr_ = nullptr;
  const Type* meta_ = nullptr;
  std::vector<Place> places_;
  std::vector<Callable> functions_;
  std::vector<Callable> actions_;
  std::vector<Callable> controls_;  // made before, to be instantiated
  struct Sub {
    std::string call;  // `c3.apply` or `C1.apply`
    const Callable* of = nullptr;
  };
  std::vector<Sub> subs_;
  std::vector<std::string> tables_;                      // of the control that is made
  std::vector<std::vector<std::string>> table_actions_;  // of each of them
  std::vector<std::string> registers_;
  std::vector<std::string> counters_;
  const Type* result_ = nullptr;  // of the function that is made
  bool in_control_ = false;       // tables, sub-controls and exit are allowed
  bool in_parser_ = false;        // no exit, no conditions on tables
  bool in_function_ = false;
  uint32_t loops_ = 0;
};

}  // namespace outrigger::p4_random
