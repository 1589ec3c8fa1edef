// outrigger: the command line of outriggerd. Reads the arguments, calls one verb, prints what it gives.
// Exit status: 0 done, 1 the daemon refused or could not be reached, 2 the arguments are wrong.
#include "cli/client.h"
#include "cli/completion.h"
#include "cli/discover.h"
#include "cli/disks.h"
#include "cli/nvme.h"
#include "cli/p4.h"
#include "cli/remote.h"
#include "cli/remote_keys.h"
#include "cli/resources.h"
#include "cli/top.h"
#include "cli/update.h"
#include "cli/volumes.h"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>

namespace {

using namespace outrigger;       // NOLINT
using namespace outrigger::cli;  // NOLINT

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr double connect_timeout_s_max = 86'400;  // what outriggerd takes at most

// Everything the arguments can say.
struct Arguments {
  ClientOptions client{.address = "127.0.0.1:50051", .tls = ""};
  std::string output = "table";
  // The longest thing the daemon waits for is a guest that lets go of a disk, 60 s, and it may have to undo other work
  // after that: longer than all of it, so that the daemon's own words are heard.
  double timeout_s = 120;
  double connect_timeout_s = 0;

  std::string kind;
  std::string name;
  std::vector<std::string> words;  // names, limits or assignments, by verb
  bool is_missing_fine = false;
  DiskRequest disk;
  int32_t function = -1;
  VolumeRequest volume;
  HostRequest host;
  SubsystemRequest subsystem;
  ControllerRequest controller;
  NamespaceRequest space;
  ConnectRequest connection;
  DiscoverRequest discovery;
  std::string key_kind;
  std::string key_hash = "sha256";
  std::string key_output;
  std::string host_nqn;
  std::vector<std::string> ana;
  int32_t port = -1;
  TopOptions top;
  double interval_s = 1;
  bool is_once = false;
  std::string shell;
};

using Action = std::function<Printed(Client&, Format)>;

int print(const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  return is_written ? 0 : exit_failed;
}

// What is done is done, whatever came after it: it is told before the error.
Printed printed_before(const Result<>& result, std::string done) {
  if (!result.has_value()) {
    print(done);
    return std::unexpected(result.error());
  }
  return done;
}

// -- the actions of verbs that serve several kinds

Printed run_get(const Arguments& arguments, Client& client, Format format) {
  OR_ASSIGN(const Kind* kind, find_kind(arguments.kind));
  if (arguments.name.empty() && kind->name == "nvmePath") {
    return list_paths(client, format);
  }
  return arguments.name.empty() ? list_resources(client, *kind, format)
                                : get_resource(client, *kind, arguments.name, format);
}

Printed run_create(const Arguments& arguments, Client& client, Format format) {
  OR_ASSIGN(const Kind* kind, find_kind(arguments.kind));
  return create_resource(client, *kind, arguments.name, arguments.words, format);
}

// -- the verbs

void add_key_options(CLI::App& verb, HostKeys& keys) {
  verb.add_option(
      "--dhchap-key-file", keys.dhchap_key_file,
      "File with the key that the host (of a remote or discovery: we) authenticates with, DHHC-1:...; - for standard "
      "input");
  verb.add_option("--controller-key-file", keys.controller_key_file,
                  "File with our key, for hosts that ask for it; of a remote or discovery: the target's");
  verb.add_option("--tls-key-file", keys.tls_key_file, "File with the key for TLS, NVMeTLSkey-1:...");
  verb.add_option("--hash", keys.hashes, "sha256, sha384 or sha512: what authentication may use (all; more than once)");
  verb.add_option("--dh-group", keys.dh_groups, "null, ffdhe2048, ... ffdhe8192 (all; more than once)");
  verb.add_option("--require-authentication", keys.requires_authentication, "yes or no (when there is a key for it)");
  verb.add_option("--require-tls", keys.requires_tls, "yes or no (when there is a key for it)");
  verb.add_option("--require-concatenation", keys.requires_concatenation,
                  "yes or no (no): in the clear only to authenticate and make a key for TLS");
}

void add_key(CLI::App& app, Arguments& a) {
  CLI::App* key = app.add_subcommand("key", "Make a random key for an NVMe host and its targets");
  key->footer(
      "outrigger key dhchap --output host1.key    DHHC-1:..., as `nvme gen-dhchap-key` makes them\n"
      "outrigger key tls --hash sha384            NVMeTLSkey-1:..., as `nvme gen-tls-key` makes them");
  key->add_option("kind", a.key_kind, "dhchap or tls")->required()->check(CLI::IsMember({"dhchap", "tls"}));
  key->add_option("--hash", a.key_hash, "sha256, sha384; dhchap: also sha512, none")->capture_default_str();
  key->add_option("-o,--output", a.key_output,
                  "Into this new file, which only its owner can read (-, standard output)");
}

void add_create_nvme(CLI::App& create, Arguments& a, Action& action) {
  CLI::App* subsystem = create.add_subcommand("subsystem", "Make an NVMe subsystem that hosts can connect to");
  subsystem->add_option("name", a.subsystem.name, "Its name")->required();
  subsystem->add_option("--nqn", a.subsystem.nqn, "NVMe qualified name: nqn.2026-11.org.example:disks")->required();
  subsystem->add_option("--serial", a.subsystem.serial, "Serial number (made from the NQN)");
  subsystem->add_option("--model", a.subsystem.model, "Model number that hosts see");
  subsystem->add_option("--max-namespaces", a.subsystem.max_namespaces, "Namespaces it may hold (1024)")
      ->check(CLI::NonNegativeNumber);
  subsystem->add_option("--host", a.subsystem.hosts, "NQN of a host that may connect (any; more than once)");
  subsystem
      ->add_option("--static-controller", a.subsystem.static_controllers,
                   "Controller identifier that hosts ask for by number (none; more than once)")
      ->check(CLI::NonNegativeNumber);
  add_key_options(*subsystem, a.subsystem.keys);
  subsystem->callback(
      [&] { action = [&](Client& client, Format format) { return create_subsystem(client, a.subsystem, format); }; });

  CLI::App* controller = create.add_subcommand("controller", "Let an NVMe subsystem be reached at an address");
  controller->add_option("name", a.controller.name, "Its name")->required();
  controller->add_option("--subsystem", a.controller.subsystem, "The subsystem")->required();
  controller->add_option("--address", a.controller.address, "IPv4 or IPv6 address of this machine")->required();
  controller->add_option("--port", a.controller.port, "TCP port (4420)");
  controller->add_flag("--require-tls", a.controller.requires_tls, "Hosts come through TLS only");
  controller->callback(
      [&] { action = [&](Client& client, Format format) { return create_controller(client, a.controller, format); }; });

  CLI::App* space = create.add_subcommand("namespace", "Show a volume to the hosts of an NVMe subsystem");
  space->add_option("name", a.space.name, "Its name")->required();
  space->add_option("--subsystem", a.space.subsystem, "The subsystem")->required();
  space->add_option("--volume", a.space.volume, "The volume")->required();
  space->add_option("--nsid", a.space.nsid, "Number that hosts see (the lowest free one)")
      ->check(CLI::NonNegativeNumber);
  space->add_option("--uuid", a.space.uuid, "UUID that hosts see (chosen)");
  space->add_option("--nguid", a.space.nguid, "NGUID that hosts see (none)");
  space->add_option("--ana-group", a.space.ana_group, "ANA group (1)")->check(CLI::NonNegativeNumber);
  space->add_option("--host", a.space.hosts, "NQN of a host that sees it (all; more than once)");
  space->add_option("--limit", a.space.limits, "100KIOPS, 200MB/s-read, ... (more than once)");
  space->callback(
      [&] { action = [&](Client& client, Format format) { return create_namespace(client, a.space, format); }; });
}

void add_create(CLI::App& app, Arguments& a, Action& action) {
  CLI::App* create = app.add_subcommand("create", "Make a disk, a volume or any other resource");
  create->require_subcommand(1);

  CLI::App* disk = create->add_subcommand("disk", "Plug a disk into a host");
  disk->footer(
      "outrigger create disk HOST virtio-blk [LIMIT...] VOLUME\n"
      "  e.g. outrigger create disk host1 virtio-blk 100KIOPS bdev1");
  disk->add_option("host", a.disk.host, "The host")->required();
  disk->add_option("type", a.disk.type, "virtio-blk")->required();
  disk->add_option("limits-and-volume", a.disk.tokens,
                   "Limits such as 100KIOPS, 10Gbps, 200MB/s-read, 5KIOPS-write; then the volume")
      ->required();
  disk->add_option("--name", a.disk.name, "Name of the disk (HOST-VOLUME)");
  disk->add_option("--function", a.function, "PCI function at the host's port (the lowest free one)")
      ->check(CLI::NonNegativeNumber);
  disk->add_option("--queues", a.disk.queues, "I/O queues (as the server thinks best)")->check(CLI::NonNegativeNumber);
  disk->add_flag("--read-only", a.disk.is_read_only, "The guest cannot write to it");
  disk->add_flag("--packed", a.disk.is_packed, "Offer packed rings to the guest");
  disk->add_option("--queue-size", a.disk.queue_size, "Entries of a queue, a power of two (as the server thinks best)")
      ->check(CLI::NonNegativeNumber);
  disk->callback([&] {
    action = [&](Client& client, Format format) {
      if (a.function >= 0) {
        a.disk.function = a.function;
      }
      return create_disk(client, a.disk, format);
    };
  });

  CLI::App* volume = create->add_subcommand("volume", "Make a volume");
  volume->add_option("name", a.volume.name, "Its name")->required();
  volume->add_option("--kind", a.volume.kind, "malloc, null, aio, qos or encrypted")->required();
  volume->add_option("--size", a.volume.size, "malloc, null: 10TB, 64MiB, ...; aio: other than the file's");
  volume->add_option("--block-size", a.volume.block_size, "malloc, null, aio: 512 (default) or 4096");
  volume->add_option("--file", a.volume.file, "aio: file or block device");
  volume->add_option("--on", a.volume.on, "qos, encrypted: the volume below");
  volume->add_option("--limit", a.volume.limits, "qos: 100KIOPS, 200MB/s-read, ... (more than once)");
  volume->add_option("--key-file", a.volume.key_file, "encrypted: file with the key, - for standard input");
  volume->add_option("--cipher", a.volume.cipher, "encrypted: aes-xts-128 or aes-xts-256 (by the key's size)");
  volume->callback(
      [&] { action = [&](Client& client, Format format) { return create_volume(client, a.volume, format); }; });

  add_create_nvme(*create, a, action);

  for (const Kind& kind : kinds()) {
    if (kind.create == nullptr || kind.name == "host") {
      continue;
    }
    CLI::App* other = create->add_subcommand(kind.name, "Make one from its fields");
    other->group("From fields");
    other->add_option("name", a.name, "Its name")->required();
    other->add_option("field=value", a.words, "Fields as the API has them; nested ones with dots");
    other->callback([&, name = kind.name] {
      a.kind = name;
      action = [&](Client& client, Format format) { return run_create(a, client, format); };
    });
  }
}

void add_host_options(CLI::App& host, Arguments& a, Action& action) {
  host.add_option("name", a.host.name, "Its name")->required();
  host.add_option("--port", a.port, "PCI Express port it hangs on (the lowest free one)")
      ->check(CLI::NonNegativeNumber);
  host.add_option("--qmp", a.host.qmp_socket, "Path of QEMU's QMP socket; without it, disks are plugged by others");
  host.add_option("--bus", a.host.buses, "PCI bus of the machine to plug into (more than once)");
  host.add_flag("--connect", a.host.connects, "The host's side of a disk's socket listens, we connect");
  host.add_option("--queues", a.host.queues, "I/O queues of its disks")->check(CLI::NonNegativeNumber);
  host.callback([&] {
    action = [&](Client& client, Format format) {
      if (a.port >= 0) {
        a.host.port = a.port;
      }
      return add_host(client, a.host, format);
    };
  });
}

void add_get_and_list(CLI::App& app, Arguments& a, Action& action) {
  for (const char* verb : {"get", "list"}) {
    CLI::App* get = app.add_subcommand(verb, "Show one resource, or all of a kind");
    get->add_option("kind", a.kind, "disk, volume, host, device, inventory, ...")->required();
    get->add_option("name", a.name, "Which (all)");
    get->callback([&] { action = [&](Client& client, Format format) { return run_get(a, client, format); }; });
  }
}

void add_update(CLI::App& app, Arguments& a, Action& action) {
  CLI::App* update = app.add_subcommand("update", "Change a resource, under load too");
  update->footer(
      "outrigger update disk NAME LIMIT...              (all its limits, anew)\n"
      "outrigger update disk NAME none                  (no limits any more)\n"
      "outrigger update namespace SUBSYSTEM/NAME LIMIT...\n"
      "outrigger update volume NAME [--size S] [--limit L...] [--key-file F]\n"
      "outrigger update subsystem NAME --host NQN [--dhchap-key-file F] [--tls-key-file F] [--remove-key KIND]...\n"
      "outrigger update controller SUBSYSTEM/NAME --require-tls yes|no\n"
      "outrigger update controller SUBSYSTEM/NAME --ana GROUP=STATE...\n"
      "outrigger update remote ID [--tls-key-file F] [--dhchap-key-file F] [--controller-key-file F] [--remove-key "
      "KIND]...\n"
      "outrigger update discovery ID                    (the same)\n"
      "outrigger update KIND NAME field=value...");
  update->add_option("kind", a.kind, "disk, volume, host, ...")->required();
  update->add_option("name", a.name, "Which; SUBSYSTEM/NAME of a controller or namespace")->required();
  update->add_option("words", a.words, "Limits of a disk or namespace, or field=value");
  update->add_option("--size", a.volume.size, "New size of a malloc, null or aio volume");
  update->add_option("--limit", a.volume.limits, "All limits of a disk or qos volume, anew (more than once)");
  update->add_option("--key-file", a.volume.key_file, "New key of an encrypted volume: what it holds is lost");
  update->add_option("--cipher", a.volume.cipher, "aes-xts-128 or aes-xts-256");
  update->add_option("--host", a.host_nqn, "NQN of the host of a subsystem whose keys change");
  add_key_options(*update, a.subsystem.keys);
  update->add_option("--remove-key", a.subsystem.keys.removed, "dhchap, controller or tls (more than once)");
  update->add_option("--ana", a.ana,
                     "ANA group of a controller and its state: optimized, non-optimized, inaccessible, "
                     "persistent-loss, change (more than once)");
  update->callback([&] {
    action = [&](Client& client, Format format) {
      return update_any(client,
                        {.kind = a.kind,
                         .name = a.name,
                         .words = a.words,
                         .options = a.volume,
                         .host = a.host_nqn,
                         .keys = a.subsystem.keys,
                         .ana = a.ana},
                        format);
    };
  });
}

void add_delete_and_stats(CLI::App& app, Arguments& a, Action& action) {
  CLI::App* remove = app.add_subcommand("delete", "Delete resources");
  remove->add_option("kind", a.kind, "disk, volume, host, ...")->required();
  remove->add_option("names", a.words, "Which")->required();
  remove->add_flag("--missing-ok", a.is_missing_fine, "What is not there is no error");
  remove->callback([&] {
    action = [&](Client& client, Format) -> Printed {
      OR_ASSIGN(const Kind* kind, find_kind(a.kind));
      std::string deleted;
      const Result<> done = delete_resources(client, *kind, a.words, a.is_missing_fine, deleted);
      return printed_before(done, std::move(deleted));
    };
  });
  CLI::App* stats = app.add_subcommand("stats", "Counters of one resource");
  stats->add_option("kind", a.kind, "disk, volume, device, ...")->required();
  stats->add_option("name", a.name, "Which")->required();
  stats->callback([&] {
    action = [&](Client& client, Format format) -> Printed {
      OR_ASSIGN(const Kind* kind, find_kind(a.kind));
      return show_stats(client, *kind, a.name, format);
    };
  });
}

void add_top_and_completion(CLI::App& app, Arguments& a, Action& action) {
  CLI::App* top = app.add_subcommand("top", "Live rates and latencies per disk, namespace, volume and core");
  top->add_option("--interval", a.interval_s, "Seconds between two readings (1)")->check(CLI::Range(0.1, 3600.0));
  top->add_option("--count", a.top.count, "Displays, then end (until interrupted)");
  top->add_flag("--once", a.is_once, "One display, as --count 1");
  top->add_flag("--all", a.top.shows_idle, "Also what does nothing");
  top->callback([&] {
    action = [&](Client& client, Format) -> Printed {
      a.top.interval = std::chrono::milliseconds(static_cast<int64_t>(a.interval_s * 1000));
      a.top.count = a.is_once ? 1 : a.top.count;
      a.top.is_terminal = ::isatty(STDOUT_FILENO) == 1 && a.top.count != 1;
      OR_TRY(run_top(client, a.top));
      return "";
    };
  });
  CLI::App* completion = app.add_subcommand("completion", "Print a completion script for a shell");
  completion->add_option("shell", a.shell, "bash, zsh or fish")->required();
}

void add_remote_key_options(CLI::App& verb, RemoteKeyFiles& keys) {
  verb.add_option("--tls-key-file,--tls-key", keys.tls_key_file,
                  "Connect through TLS; a file (- is standard input) with the key, NVMeTLSkey-1:...");
  verb.add_option("--dhchap-key-file,--dhchap-key", keys.dhchap_key_file,
                  "A file with our key for authentication, DHHC-1:...");
  verb.add_option("--controller-key-file,--dhchap-controller-key", keys.dhchap_controller_key_file,
                  "A file with the target's key, which it must prove to have");
}

void add_concatenation(CLI::App& verb, RemoteKeyFiles& keys) {
  verb.add_flag("--concatenate", keys.has_concatenation,
                "Make the key of TLS by authenticating (secure channel concatenation)");
}

void add_connect(CLI::App& app, Arguments& a, Action& action) {
  CLI::App* connect =
      app.add_subcommand("connect", "Use a subsystem of another machine: its namespaces become volumes");
  connect->footer(
      "outrigger connect 192.0.2.1 --nqn nqn.2016-06.io.example:target\n"
      "Once more, to another address of the same subsystem, makes a second path.");
  connect->add_option("address", a.connection.address, "Where it listens: ADDRESS or ADDRESS:PORT (4420)")->required();
  connect->add_option("--nqn", a.connection.nqn, "NVMe qualified name of the subsystem")->required();
  connect->add_option("--id", a.connection.id, "Name of the remote controller (the one with that NQN, or nvme0, ...)");
  connect->add_option("--path", a.connection.path_id, "Name of the path (chosen)");
  connect->add_option("--host-nqn", a.connection.hostnqn, "Who we say we are (the daemon's own name)");
  connect->add_option("--source", a.connection.source, "Address to connect from");
  connect->add_option("--multipath", a.connection.multipath, "disable, failover or multipath (multipath)");
  connect->add_flag("--hdgst", a.connection.has_header_digest, "Protect headers by a digest");
  connect->add_flag("--ddgst", a.connection.has_data_digest, "Protect data by a digest");
  connect->add_option("--queues", a.connection.queue_count, "I/O queues (one for each data core)")
      ->check(CLI::NonNegativeNumber);
  connect->add_option("--queue-size", a.connection.queue_size, "Entries of a queue (as the server thinks best)")
      ->check(CLI::NonNegativeNumber);
  add_remote_key_options(*connect, a.connection.key_files);
  add_concatenation(*connect, a.connection.key_files);
  connect
      ->add_option("--timeout", a.connect_timeout_s,
                   "Seconds that each step of connecting may take (5); the answer is waited for as long as that takes")
      ->check(CLI::Range(0.001, connect_timeout_s_max));
  connect->callback([&] {
    a.connection.timeout_ms = static_cast<int32_t>(a.connect_timeout_s * 1000);
    action = [&](Client& client, Format format) { return outrigger::cli::connect(client, a.connection, format); };
  });
  CLI::App* disconnect = app.add_subcommand("disconnect", "Let a remote controller, or one path to it, go");
  disconnect->add_option("ids", a.words, "nvme0, or nvme0/PATH")->required();
  disconnect->callback([&] {
    action = [&](Client& client, Format) -> Printed {
      std::string deleted;
      const Result<> done = outrigger::cli::disconnect(client, a.words, deleted);
      return printed_before(done, std::move(deleted));
    };
  });
}

void add_reset(CLI::App& app, Arguments& a, Action& action) {
  CLI::App* reset = app.add_subcommand("reset", "Have all paths of a remote controller begin anew");
  reset->add_option("ids", a.words, "nvme0, ...")->required();
  reset->callback([&] {
    action = [&](Client& client, Format) -> Printed {
      std::string done;
      const Result<> begun = reset_remotes(client, a.words, done);
      return printed_before(begun, std::move(done));
    };
  });
}

void add_place_options(CLI::App& verb, Arguments& a) {
  verb.add_option("where,-a,--traddr", a.discovery.address, "The discovery controller: ADDRESS or ADDRESS:PORT");
  verb.add_option("-s,--trsvcid", a.discovery.port, "Its TCP port (8009)")->check(CLI::Range(1, 65535));
  verb.add_option("-t,--transport", a.discovery.transport, "tcp")->capture_default_str();
  verb.add_option("-q,--hostnqn,--host-nqn", a.discovery.hostnqn, "Who we say we are (the daemon's own name)");
  verb.add_flag("--hdgst", a.discovery.has_header_digest, "Protect headers by a digest");
  verb.add_flag("--ddgst", a.discovery.has_data_digest, "Protect data by a digest");
  add_remote_key_options(verb, a.discovery.key_files);
}

void add_discover(CLI::App& app, Arguments& a, Action& action) {
  CLI::App* discover = app.add_subcommand("discover", "Ask a discovery controller for its log");
  discover->footer("outrigger discover -t tcp -a 192.0.2.1 -s 8009");
  add_place_options(*discover, a);
  discover->add_option("--subnqn", a.discovery.subnqn, "NQN of the discovery subsystem (the well-known one)");
  discover->callback(
      [&] { action = [&](Client& client, Format format) { return cli::discover(client, a.discovery, format); }; });

  CLI::App* all = app.add_subcommand("connect-all", "Connect to everything that a discovery controller shows");
  all->footer(
      "outrigger connect-all -t tcp -a 192.0.2.1 -s 8009\n"
      "outrigger connect-all 192.0.2.1 --persistent --id fabric0      (and to what it will show)");
  add_place_options(*all, a);
  add_concatenation(*all, a.discovery.key_files);
  all->add_flag("-p,--persistent", a.discovery.is_persistent,
                "Follow it from now on: what comes and goes there does here");
  all->add_option("--id", a.discovery.id, "Name of what follows it (chosen)");
  all->add_option("-n,--nqn", a.discovery.nqns, "Only this subsystem (all; more than once)");
  all->add_option("--multipath", a.discovery.multipath, "disable, failover or multipath (multipath)");
  all->add_option("--queues", a.discovery.queue_count, "I/O queues (one for each data core)")
      ->check(CLI::NonNegativeNumber);
  all->add_option("--queue-size", a.discovery.queue_size, "Entries of a queue (as the server thinks best)")
      ->check(CLI::NonNegativeNumber);
  all->callback([&] {
    action = [&](Client& client, Format format) -> Printed {
      std::string done;
      const Result<> connected = connect_all(client, a.discovery, format, done);
      return printed_before(connected, std::move(done));
    };
  });
}

void add_global_options(CLI::App& app, Arguments& a) {
  app.add_option("--address,--server", a.client.address, "outriggerd: host:port or unix:/path")
      ->envname("OUTRIGGER_ADDRESS")
      ->capture_default_str();
  app.add_option("--tls", a.client.tls, "certificate:key:ca of this client, for mutual TLS")->envname("OUTRIGGER_TLS");
  app.add_flag("--insecure", a.client.allow_insecure, "Speak plaintext to another machine");
  app.add_option("-o,--output", a.output, "table, json, yaml or name")->capture_default_str();
  app.add_option("--timeout", a.timeout_s, "Seconds to wait for an answer")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

// The first word that should be a verb and is none; CLI11 only says that one is required.
std::string unknown_verb(const CLI::App& app, int argc, char** argv) {
  constexpr std::string_view with_value[] = {"--address", "--server", "--tls", "-o", "--output", "--timeout"};
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (std::ranges::find(with_value, word) != std::end(with_value)) {
      ++i;
    } else if (!word.starts_with('-')) {
      const bool is_verb =
          !app.get_subcommands([&](const CLI::App* verb) { return verb->check_name(std::string(word)); }).empty();
      return is_verb ? "" : std::string(word);
    }
  }
  return "";
}

int fail_with(const Error& error, int status) {
  fmt::print(stderr, "outrigger: {}\n", error.what);
  return status;
}

// What the server refuses is a failure; what never got that far was said wrongly.
int run(Arguments& arguments, const Action& action) {
  if (!arguments.shell.empty()) {
    const Printed script = completion_script(arguments.shell);
    return script.has_value() ? print(*script) : fail_with(script.error(), exit_usage);
  }
  if (!arguments.key_kind.empty()) {
    const Printed key = arguments.key_output.empty()
                            ? make_key(arguments.key_kind, arguments.key_hash)
                            : make_key_file(arguments.key_kind, arguments.key_hash, arguments.key_output);
    if (key.has_value()) {
      return print(*key);
    }
    return fail_with(key.error(), key.error().code == Code::InvalidArgument ? exit_usage : exit_failed);
  }
  const auto format = parse_format(arguments.output);
  if (!format.has_value()) {
    return fail_with(format.error(), exit_usage);
  }
  arguments.client.timeout = std::chrono::milliseconds(static_cast<int64_t>(arguments.timeout_s * 1000));
  const auto client = Client::make(arguments.client);
  if (!client.has_value()) {
    return fail_with(client.error(), exit_usage);
  }
  const Printed printed = action(**client, *format);
  if (!printed.has_value()) {
    const bool is_usage = printed.error().code == Code::InvalidArgument && !(*client)->has_failed();
    return fail_with(printed.error(), is_usage ? exit_usage : exit_failed);
  }
  return print(*printed);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "p4") {
    return become_p4_tools(argv + 1);
  }
  CLI::App app{"The command line of outriggerd, a software infrastructure processing unit.", "outrigger"};
  app.set_version_flag("--version", "outrigger " OUTRIGGER_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  Arguments arguments;
  Action action;
  add_global_options(app, arguments);
  add_create(app, arguments, action);
  CLI::App* add = app.add_subcommand("add", "Make a host known");
  add->require_subcommand(1);
  add_host_options(*add->add_subcommand("host", "A machine to plug disks into"), arguments, action);
  add_host_options(*app.get_subcommand("create")->add_subcommand("host", "The same as `add host`"), arguments, action);
  add_get_and_list(app, arguments, action);
  add_update(app, arguments, action);
  add_delete_and_stats(app, arguments, action);
  add_connect(app, arguments, action);
  add_reset(app, arguments, action);
  add_discover(app, arguments, action);
  add_key(app, arguments);
  add_top_and_completion(app, arguments, action);
  app.add_subcommand("p4", "Tools of the P4 compiler: check, compile, info, dump, test, run, bench; needs no daemon");
  // Options of the whole program may stand anywhere.
  std::function<void(CLI::App&)> let_through = [&](CLI::App& verb) {
    verb.fallthrough();
    for (CLI::App* sub : verb.get_subcommands({})) {
      let_through(*sub);
    }
  };
  let_through(app);
  if (const std::string word = unknown_verb(app, argc, argv); !word.empty()) {
    fmt::print(stderr, "outrigger: '{}' is not a command; `outrigger --help` lists them\n", word);
    return exit_usage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  return run(arguments, action);
}
