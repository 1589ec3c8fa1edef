// outriggerd: the daemon. `outriggerd --config FILE`; see docs/man/outriggerd.8.md.
#include "base/log.h"
#include "daemon/configuration.h"
#include "daemon/daemon.h"
#include "daemon/service.h"
#include "daemon/stop_limit.h"

#include <fmt/ranges.h>
#include <poll.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdlib>

namespace outrigger::daemon {
namespace {

constexpr const char* default_configuration_path = "/etc/outrigger/outriggerd.toml";

struct Arguments {
  std::string configuration_path;
  bool is_check_only = false;
};

// The file that was named; or the usual one where it exists; or the defaults.
Result<Configuration> load(const Arguments& arguments) {
  if (!arguments.configuration_path.empty()) {
    return read_configuration(arguments.configuration_path);
  }
  auto usual = read_configuration(default_configuration_path);
  if (!usual.has_value() && usual.error().code == Code::NotFound) {
    return Configuration{};
  }
  return usual;
}

int run(const Configuration& configuration) {
  log::set_level(configuration.log_level);
  raise_descriptor_limit();
  auto signals = open_signals();
  if (!signals.has_value()) {
    log::error("daemon", "{}", signals.error().what);
    return EXIT_FAILURE;
  }
  auto daemon = Daemon::start(configuration);
  if (!daemon.has_value()) {
    log::error("daemon", "cannot start: {}", daemon.error().what);
    return EXIT_FAILURE;
  }
  log::info("daemon", "outriggerd {}: gRPC on {}, REST on {}; state in {}, sockets in {}", OUTRIGGER_VERSION,
            fmt::join(configuration.grpc, ", "),
            configuration.rest.empty() ? "nothing" : fmt::format("{}", fmt::join(configuration.rest, ", ")),
            configuration.state_directory, configuration.run_directory);
  log::info("daemon", "ready");
  notify_service_manager("READY=1");
  for (int signal = 0; signal != SIGINT && signal != SIGTERM; signal = next_signal(*signals)) {
    pollfd waiting{.fd = signals->get(), .events = POLLIN, .revents = 0};
    static_cast<void>(::poll(&waiting, 1, -1));  // an interrupted poll looks again
  }
  log::info("daemon", "stopping; guests keep their disks and wait for the next start");
  notify_service_manager("STOPPING=1");
  const StopLimit limit;
  (*daemon)->stop();
  daemon->reset();
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace outrigger::daemon

int main(int argc, char** argv) {
  using namespace outrigger;
  constexpr int exit_usage = 2;
  CLI::App app("outriggerd, the Outrigger software IPU: gives virtual machines their disks.", "outriggerd");
  daemon::Arguments arguments;
  app.add_option("--config,-c", arguments.configuration_path,
                 "configuration file (default: /etc/outrigger/outriggerd.toml where it exists)");
  app.add_flag("--check-config", arguments.is_check_only, "read the configuration, say whether it is right, and stop");
  app.set_version_flag("--version", OUTRIGGER_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EXIT_SUCCESS : exit_usage;
  }

  const auto configuration = daemon::load(arguments);
  if (!configuration.has_value()) {
    fmt::print(stderr, "outriggerd: {}\n", configuration.error().what);
    return exit_usage;
  }
  if (arguments.is_check_only) {
    fmt::print("the configuration is right\n");
    return EXIT_SUCCESS;
  }
  return daemon::run(*configuration);
}
