// outrigger-p4: the tools of the P4 compiler; `outrigger p4 …` runs it. Reads the arguments and calls one verb.
// Exit status: 0 passed, 1 failed or rejected, 2 the arguments are wrong.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <map>

#include "p4_cli/commands.h"

namespace {

using namespace outrigger::p4_cli;  // NOLINT

struct Arguments {
  SourceOptions source;
  std::string program;
  std::vector<std::string> programs;
  std::vector<std::string> cases;
  std::string output;
  Stage stage = Stage::Ir;
  InfoFormat format = InfoFormat::Text;
};

void add_source_options(CLI::App& verb, Arguments& a) {
  auto& options = a.source.preprocessor;
  verb.add_option("-I", options.include_folders,
                  "Folder to look for included files in, before those that ship (more than once)")
      ->allow_extra_args(false);
  verb.add_option("-D", options.defines, "NAME or NAME=VALUE: define a macro (more than once)")
      ->allow_extra_args(false);
  verb.add_option("-U", options.undefines, "NAME: a macro that is not defined (more than once)")
      ->allow_extra_args(false);
}

CLI::App* add_verb(CLI::App& app, Arguments& a, const std::string& name, const std::string& what) {
  CLI::App* verb = app.add_subcommand(name, what);
  add_source_options(*verb, a);
  return verb;
}

void add_verbs(CLI::App& app, Arguments& a, std::function<int()>& action) {
  CLI::App* checked = add_verb(app, a, "check", "Is it a valid program? Says what is wrong and how to mend it");
  checked->add_option("program", a.programs, "P4-16 source files")->required();
  checked->callback([&] { action = [&] { return check(a.programs, a.source); }; });

  CLI::App* dumped = add_verb(app, a, "dump", "Print a program as the compiler sees it");
  dumped->add_option("program", a.program, "P4-16 source file")->required();
  const std::map<std::string, Stage> stages{{"ast", Stage::Ast}, {"ir", Stage::Ir}};
  dumped->add_option("--stage", a.stage, "ast: as it was read; ir: lowered, what the engines run (ir)")
      ->transform(CLI::CheckedTransformer(stages));
  dumped->callback([&] { action = [&] { return dump(a.program, a.stage, a.source); }; });

  CLI::App* told = add_verb(app, a, "info", "Print P4Info: what the control plane can reach");
  told->add_option("program", a.program, "P4-16 source file")->required();
  const std::map<std::string, InfoFormat> formats{
      {"text", InfoFormat::Text}, {"json", InfoFormat::Json}, {"binary", InfoFormat::Binary}};
  told->add_option("--format", a.format, "text, json or binary: protobuf's own (text)")
      ->transform(CLI::CheckedTransformer(formats));
  told->add_option("-o,--output", a.output, "Into this file (standard output)");
  told->callback([&] { action = [&] { return info(a.program, a.format, a.output, a.source); }; });

  CLI::App* tested = add_verb(app, a, "test", "Run packet scripts (STF) against a program");
  tested->add_option("program", a.program, "P4-16 source file")->required();
  tested->add_option("case", a.cases, "Packet scripts, CASE.stf")->required();
  tested->callback([&] { action = [&] { return test(a.program, a.cases, a.source); }; });
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  arguments.source.has_colour = isatty(STDERR_FILENO) != 0 && getenv("NO_COLOR") == nullptr;
  std::function<int()> action;
  CLI::App app("The P4-16 compiler's tools", "outrigger p4");
  app.set_version_flag("--version", OUTRIGGER_VERSION);
  app.require_subcommand(1);
  app.footer("Exit status: 0 passed, 1 failed or rejected, 2 wrong use.");
  add_verbs(app, arguments, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_passed : exit_usage;
  }
  return action();
}
