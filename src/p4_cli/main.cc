// outrigger-p4: the tools of the P4 compiler; `outrigger p4 …` runs it. Reads the arguments and calls one verb.
// Exit status: 0 passed, 1 failed or rejected, 2 the arguments are wrong.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "p4_cli/commands.h"
#include "p4_cli/run_limits.h"

namespace {

using namespace outrigger::p4_cli;  // NOLINT

struct Arguments {
  SourceOptions source;
  std::string program;
  std::vector<std::string> programs;
  std::vector<std::string> cases;
  std::string output;
  InfoFormat format = InfoFormat::Text;
  TestEngine engine = TestEngine::Interpreter;
  bool has_locations = false;
  CompileOptions compile;
  std::vector<std::string> stages;
  RunOptions run;
  BenchOptions bench;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
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

// What an option gives that may be given more than once; throws what CLI11 reports as wrong use.
std::vector<PortFile> port_files(const std::string& option, const std::vector<std::string>& texts, size_t most) {
  if (texts.size() > most) {
    throw CLI::ValidationError(option, "more than " + std::to_string(most) + " files");
  }
  std::vector<PortFile> files;
  for (const std::string& text : texts) {
    auto parsed = parse_port_file(text);
    if (!parsed.has_value()) {
      throw CLI::ValidationError(option, parsed.error().what);
    }
    files.push_back(std::move(*parsed));
  }
  if (std::ranges::count(files, "-", &PortFile::path) > 1) {
    throw CLI::ValidationError(option, "`-` can be given once");
  }
  return files;
}

void check_outputs(const std::vector<PortFile>& outputs) {
  std::set<std::optional<uint32_t>> ports;
  for (const PortFile& output : outputs) {
    if (!ports.insert(output.port).second) {
      throw CLI::ValidationError("--out", output.port.has_value()
                                              ? "port " + std::to_string(*output.port) + " has two files"
                                              : "one file for all ports is enough; PORT:FILE is for one port");
    }
  }
}

// `ast`, `ir` and the passes, for --dump and --stage.
void add_stages(CLI::App& verb, std::vector<std::string>& stages, const std::string& name) {
  verb.add_option(name, stages, "Print the program at this stage (more than once): " + stage_names())
      ->allow_extra_args(false)
      ->check([](const std::string& stage) {
        return is_stage(stage) ? std::string() : "there is no stage '" + stage + "'; there are " + stage_names();
      });
}

void add_run(CLI::App& app, Arguments& a, std::function<int()>& action) {
  CLI::App* verb = add_verb(app, a, "run", "Run the packets of captures (pcap, pcapng) through a program");
  verb->add_option("program", a.run.program, "P4-16 source file")->required();
  verb->add_option("--in", a.inputs, "FILE or PORT:FILE, a capture; `-` is standard input (more than once: by time)")
      ->required()
      ->allow_extra_args(false);
  verb->add_option("--out", a.outputs,
                   "FILE for what leaves, or PORT:FILE for what leaves by that port (more than once); `-` is standard "
                   "output. NAME.pcapng: its "
                   "interface numbers are the ports; anything else: pcap. Files that are there are written over")
      ->allow_extra_args(false);
  verb->add_option("--port", a.run.port,
                   "Where packets arrive whose --in has no port (pcapng: the interface's number; pcap: 0)");
  verb->add_option("--entries", a.run.entries,
                   "Script (STF) with table entries, clone sessions, groups, registers, meters; no packets");
  const std::map<std::string, RunEngine> engines{{"interpreter", RunEngine::Interpreter},
                                                 {"native", RunEngine::Native}};
  verb->add_option("--engine", a.run.engine, "interpreter or native: machine code, packets in bursts (interpreter)")
      ->transform(CLI::CheckedTransformer(engines));
  verb->callback([&] {
    a.run.inputs = port_files("--in", a.inputs, inputs_max);
    a.run.outputs = port_files("--out", a.outputs, outputs_max);
    check_outputs(a.run.outputs);
    action = [&] { return run(a.run, a.source); };
  });
}

void add_bench(CLI::App& app, Arguments& a, std::function<int()>& action) {
  CLI::App* verb = add_verb(app, a, "bench", "How fast does a program run here, packets in memory?");
  verb->add_option("program", a.bench.program, "P4-16 source file")->required();
  verb->add_option("--in", a.inputs,
                   "FILE or PORT:FILE, a capture whose packets are run over and over (more than once); without: "
                   "64-byte UDP packets with random addresses")
      ->allow_extra_args(false);
  verb->add_option("--port", a.bench.port,
                   "Where packets arrive whose --in has no port (pcapng: the interface's number; pcap: 0)");
  verb->add_option("--entries", a.bench.entries,
                   "Script (STF) with table entries, clone sessions, groups, registers, meters; no packets");
  const std::map<std::string, RunEngine> engines{{"interpreter", RunEngine::Interpreter},
                                                 {"native", RunEngine::Native}};
  verb->add_option("--engine", a.bench.engine, "interpreter or native: machine code, packets in bursts (native)")
      ->transform(CLI::CheckedTransformer(engines));
  verb->add_option("--seconds", a.bench.seconds, "How long to measure (1)")
      ->check(CLI::Range(0.001, bench_seconds_max));
  verb->callback([&] {
    a.bench.inputs = port_files("--in", a.inputs, inputs_max);
    action = [&] { return bench(a.bench, a.source); };
  });
}

void add_compile(CLI::App& app, Arguments& a, std::function<int()>& action) {
  CLI::App* verb = add_verb(app, a, "compile", "Compile a program; says what was made");
  verb->add_option("program", a.compile.program, "P4-16 source file")->required();
  verb->add_option("--p4info", a.compile.p4_info,
                   "Write P4Info: text to NAME.txt (NAME.pb.txt), NAME.json, or else binary");
  add_stages(*verb, a.compile.stages, "--dump");
  verb->add_flag("--native", a.compile.makes_native, "Make machine code, too, and say how long that took");
  verb->callback([&] { action = [&] { return compile(a.compile, a.source); }; });
}

void add_dump(CLI::App& app, Arguments& a, std::function<int()>& action) {
  CLI::App* verb =
      add_verb(app, a, "dump", "Print a program as the compiler sees it: lowered, unless a stage is given");
  verb->add_option("program", a.program, "P4-16 source file; none is needed for --dump list");
  add_stages(*verb, a.stages, "--dump,--stage");
  verb->add_flag_callback("--passes", [&] { a.stages.emplace_back("passes"); }, "The same as --dump passes");
  verb->callback([&] {
    if (a.program.empty() && a.stages != std::vector<std::string>{"list"}) {
      throw CLI::RequiredError("program");
    }
    action = [&] { return dump(a.program, a.stages.empty() ? std::vector<std::string>{"ir"} : a.stages, a.source); };
  });
}

void add_verbs(CLI::App& app, Arguments& a, std::function<int()>& action) {
  CLI::App* checked = add_verb(app, a, "check", "Is it a valid program? Says what is wrong and how to mend it");
  checked->add_option("program", a.programs, "P4-16 source files")->required();
  checked->callback([&] { action = [&] { return check(a.programs, a.source); }; });

  add_dump(app, a, action);

  CLI::App* told = add_verb(app, a, "info", "Print P4Info: what the control plane can reach");
  told->add_option("program", a.program, "P4-16 source file")->required();
  const std::map<std::string, InfoFormat> formats{
      {"text", InfoFormat::Text}, {"json", InfoFormat::Json}, {"binary", InfoFormat::Binary}};
  told->add_option("--format", a.format, "text, json or binary: protobuf's own (text)")
      ->transform(CLI::CheckedTransformer(formats));
  told->add_flag("--locations", a.has_locations, "Say of each annotation in which file and line it stands");
  told->add_option("-o,--output", a.output, "Into this file (standard output)");
  told->callback([&] { action = [&] { return info(a.program, a.format, a.has_locations, a.output, a.source); }; });

  add_compile(app, a, action);
  add_run(app, a, action);
  add_bench(app, a, action);

  CLI::App* tested = add_verb(app, a, "test", "Run packet scripts (STF) against a program");
  tested->add_option("program", a.program, "P4-16 source file")->required();
  tested->add_option("case", a.cases, "Packet scripts, CASE.stf")->required();
  const std::map<std::string, TestEngine> engines{
      {"interpreter", TestEngine::Interpreter}, {"native", TestEngine::Native}, {"both", TestEngine::Both}};
  tested->add_option("--engine", a.engine, "interpreter, native or both (interpreter)")
      ->transform(CLI::CheckedTransformer(engines));
  tested->callback([&] { action = [&] { return test(a.program, a.cases, a.engine, a.source); }; });
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
