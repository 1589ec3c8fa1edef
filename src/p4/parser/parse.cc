// parse(): a reader for one text.
#include "p4/parser.h"

#include "p4/parser/program_reader.h"

namespace outrigger::p4 {

void parse(const SourceText& source, Program& program, Diagnostics& diagnostics) {
  ProgramReader reader(source, program, diagnostics);
  reader.run();
}

}  // namespace outrigger::p4
