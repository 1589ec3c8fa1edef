// A generator of random P4-16 programs that are valid: for tests that no hand would think of, and for comparing
// engines.
#pragma once

#include <cstdint>
#include <string>

namespace outrigger::p4_random {

struct RandomProgramOptions {
  uint32_t statements_max = 6;        // of one block
  uint32_t nesting_max = 3;           // of statements
  uint32_t expression_depth_max = 3;  // of operators
  bool has_externs = true;            // registers and counters of v1model
  bool has_varbit = true;
};

// A v1model program with a `main` and its `#include`s, the same for a seed and options on every machine. It has:
// structs, headers (of whole bytes), stacks, a union, tuples, enums of both kinds, new types, generics, constants;
// functions with directions, actions, tables of every match kind with const entries and default actions, controls
// inside controls with constructor parameters, direct application; a parser with select, loops over a stack, lookahead,
// verify, a value set and a sub-parser; every operator, `for`, `for … in`, switch on values and tables, exit and
// return.
std::string random_program(uint64_t seed, const RandomProgramOptions& options = {});

}  // namespace outrigger::p4_random
