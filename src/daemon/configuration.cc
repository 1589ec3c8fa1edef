#include "daemon/configuration.h"

#include <grp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <set>
#include <sstream>
#include <stdexcept>

// Some malformed files (a section name that starts with a line break) run into an assertion of the library's parser.
// An operator's typo is no bug of ours to abort for: the assertion becomes an exception, and that an error.
#define TOML_EXCEPTIONS 1  // NOLINT(word): the library's own switch
[[noreturn]] static void toml_assertion_failed() { throw std::logic_error("parser"); }
#define TOML_ASSERT(expression) ((expression) ? void() : toml_assertion_failed())  // NOLINT(word): the same
#undef NDEBUG  // with assertions off the parser would assume what they say
#include <toml++/toml.h>

namespace outrigger::daemon {
namespace {

// Where a value stands, for messages: "file:3:7".
std::string place(const toml::node& node, std::string_view source) {
  return fmt::format("{}:{}:{}", source, node.source().begin.line, node.source().begin.column);
}

// One known key: where it belongs and how its value is taken.
struct Key {
  std::string_view table;
  std::string_view name;
  std::function<Result<void>(const toml::node&, Configuration&)> take;
};

Result<std::string> text_of(const toml::node& node) {
  if (const auto* value = node.as_string()) {
    return value->get();
  }
  return fail(Code::InvalidArgument, "must be a text in quotes");
}

Result<std::string> absolute_path_of(const toml::node& node) {
  OR_ASSIGN(std::string path, text_of(node));
  if (!path.starts_with('/')) {
    return fail(Code::InvalidArgument, "must be an absolute path, got '{}'", path);
  }
  return path;
}

Result<uint32_t> number_of(const toml::node& node, uint32_t least, uint32_t most) {
  const auto* value = node.as_integer();
  if (value == nullptr || value->get() < least || value->get() > most) {
    return fail(Code::InvalidArgument, "must be a whole number from {} to {}", least, most);
  }
  return static_cast<uint32_t>(value->get());
}

Result<bool> truth_of(const toml::node& node) {
  if (const auto* value = node.as_boolean()) {
    return value->get();
  }
  return fail(Code::InvalidArgument, "must be true or false");
}

Result<std::vector<std::string>> texts_of(const toml::node& node) {
  std::vector<std::string> texts;
  if (node.is_string()) {
    OR_ASSIGN(std::string one, text_of(node));
    if (!one.empty()) {
      texts.push_back(std::move(one));
    }
    return texts;
  }
  const auto* array = node.as_array();
  if (array == nullptr) {
    return fail(Code::InvalidArgument, "must be a text or a list of texts");
  }
  for (const toml::node& item : *array) {
    OR_ASSIGN(std::string one, text_of(item));
    texts.push_back(std::move(one));
  }
  return texts;
}

Result<std::vector<int>> cpus_of(const toml::node& node) {
  const auto* array = node.as_array();
  if (array == nullptr || array->size() > data_cores_max) {
    return fail(Code::InvalidArgument, "must be a list of at most {} CPU numbers", data_cores_max);
  }
  std::vector<int> cpus;
  std::set<int> seen;
  for (const toml::node& item : *array) {
    OR_ASSIGN(const uint32_t cpu, number_of(item, 0, 4095));
    if (!seen.insert(static_cast<int>(cpu)).second) {
      return fail(Code::InvalidArgument, "names CPU {} twice", cpu);
    }
    cpus.push_back(static_cast<int>(cpu));
  }
  return cpus;
}

Result<log::Level> level_of(const toml::node& node) {
  OR_ASSIGN(const std::string name, text_of(node));
  constexpr std::array<std::pair<std::string_view, log::Level>, 4> levels{{{"debug", log::Level::Debug},
                                                                           {"info", log::Level::Info},
                                                                           {"warning", log::Level::Warning},
                                                                           {"error", log::Level::Error}}};
  for (const auto& [spelling, level] : levels) {
    if (name == spelling) {
      return level;
    }
  }
  return fail(Code::InvalidArgument, "must be debug, info, warning or error, got '{}'", name);
}

// "0660": octal as in chmod(1), in quotes because TOML reads 0660 otherwise. The owner must be able to connect, and
// nobody executes a socket.
Result<uint32_t> socket_mode_of(const toml::node& node) {
  OR_ASSIGN(const std::string text, text_of(node));
  uint32_t mode = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  const bool is_octal = error == std::errc{} && stop == text.data() + text.size() && text.size() <= 4;
  if (!is_octal || (mode & 0600) != 0600 || (mode & ~0666U) != 0) {
    return fail(Code::InvalidArgument, "must be a mode from \"0600\" to \"0666\" with 6 first, such as \"0660\"");
  }
  return mode;
}

// A group's name or number.
Result<std::optional<uint32_t>> group_of(const toml::node& node) {
  OR_ASSIGN(const std::string text, text_of(node));
  uint32_t id = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc{} && stop == text.data() + text.size()) {
    return std::optional(id);
  }
  std::vector<char> buffer(size_t{1} << 16);
  struct group found{};
  struct group* result = nullptr;
  if (::getgrnam_r(text.c_str(), &found, buffer.data(), buffer.size(), &result) != 0 || result == nullptr) {
    return fail(Code::InvalidArgument, "names the group '{}', which this machine does not have", text);
  }
  return std::optional<uint32_t>(found.gr_gid);
}

// Stores the value of a parser in a member.
template <typename Value, typename Parse>
auto into(Value Configuration::* member, Parse parse) {
  return [member, parse](const toml::node& node, Configuration& out) -> Result<void> {
    OR_ASSIGN(out.*member, parse(node));
    return {};
  };
}

const std::vector<Key>& keys() {
  const auto between = [](uint32_t least, uint32_t most) {
    return [least, most](const toml::node& node) { return number_of(node, least, most); };
  };
  const auto none_or = [](uint32_t least) {
    return [least](const toml::node& node) -> Result<uint32_t> {
      OR_ASSIGN(const uint32_t number, number_of(node, 0, UINT32_MAX));
      if (number != 0 && number < least) {
        return fail(Code::InvalidArgument, "must be 0 or at least {}, with less no host gets in; got {}", least,
                    number);
      }
      return number;
    };
  };
  static const std::vector<Key> all = {
      {"daemon", "state_directory", into(&Configuration::state_directory, absolute_path_of)},
      {"daemon", "run_directory", into(&Configuration::run_directory, absolute_path_of)},
      {"daemon", "log_level", into(&Configuration::log_level, level_of)},
      {"vhost_user", "socket_mode", into(&Configuration::socket_mode, socket_mode_of)},
      {"vhost_user", "socket_group", into(&Configuration::socket_group, group_of)},
      {"cores", "data", into(&Configuration::data_cpus, cpus_of)},
      {"cores", "data_count", into(&Configuration::data_count, between(0, data_cores_max))},
      {"cores", "idle_spin_us", into(&Configuration::idle_spin_us, between(0, 1'000'000))},
      {"cores", "buffer_mib", into(&Configuration::buffer_mib, between(1, 4096))},
      {"volumes", "malloc_mib", into(&Configuration::malloc_mib, between(0, UINT32_MAX))},
      {"nvme_tcp", "connections_per_address",
       into(&Configuration::connections_per_address, between(1, connections_per_port_max))},
      {"nvme_tcp", "discovery_controllers_per_address",
       into(&Configuration::discovery_controllers_per_address, between(1, 1024))},
      {"nvme_tcp", "memory_mib", into(&Configuration::nvme_memory_mib, none_or(nvme_memory_mib_min))},
      {"nvme_tcp", "memory_per_address_mib",
       into(&Configuration::nvme_memory_per_address_mib, none_or(nvme_memory_per_address_mib_min))},
      {"api", "grpc", into(&Configuration::grpc, texts_of)},
      {"api", "rest", into(&Configuration::rest, texts_of)},
      {"api", "tls", into(&Configuration::tls, text_of)},
      {"api", "allow_insecure", into(&Configuration::allow_insecure, truth_of)},
  };
  return all;
}

// Edits that turn one word into the other; finds the key that a typo meant.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string nearest(std::string_view word, const std::set<std::string_view>& known) {
  constexpr size_t word_length_max = 64;  // a longer word is no typo, and would cost time
  std::string_view best;
  size_t best_distance = std::numeric_limits<size_t>::max();
  if (word.size() <= word_length_max) {
    for (const std::string_view candidate : known) {
      const size_t distance = edit_distance(word, candidate);
      if (distance < best_distance) {
        best = candidate;
        best_distance = distance;
      }
    }
  }
  if (best_distance <= std::max<size_t>(2, word.size() / 3)) {
    return fmt::format("did you mean '{}'?", best);
  }
  return fmt::format("known are {}", fmt::join(known, ", "));
}

Result<void> take_table(std::string_view table, const toml::table& contents, std::string_view source,
                        Configuration& out) {
  std::set<std::string_view> known;
  for (const Key& key : keys()) {
    if (key.table == table) {
      known.insert(key.name);
    }
  }
  for (const auto& [name, node] : contents) {
    const auto key = std::ranges::find_if(
        keys(), [&](const Key& candidate) { return candidate.table == table && candidate.name == name.str(); });
    if (key == keys().end()) {
      return fail(Code::InvalidArgument, "{}: unknown key '{}' in [{}]; {}", place(node, source), name.str(), table,
                  nearest(name.str(), known));
    }
    if (auto taken = key->take(node, out); !taken.has_value()) {
      return fail(Code::InvalidArgument, "{}: {}.{} {}", place(node, source), table, key->name, taken.error().what);
    }
  }
  return {};
}

Result<void> check_tls(std::string_view tls) {
  const auto parts = std::ranges::count(tls, ':') + 1;
  const bool has_empty = tls.starts_with(':') || tls.ends_with(':') || tls.find("::") != std::string_view::npos;
  if (!tls.empty() && (parts != 3 || has_empty)) {
    return fail(Code::InvalidArgument,
                "api.tls must be three paths with ':' between them, CERTIFICATE:KEY:CA, none empty; got '{}'", tls);
  }
  return {};
}

Result<void> check_whole(const Configuration& configuration, std::string_view source) {
  if (!configuration.data_cpus.empty() && configuration.data_count != 0) {
    return fail(Code::InvalidArgument, "{}: cores.data and cores.data_count exclude each other; keep one", source);
  }
  if (configuration.grpc.empty()) {
    return fail(Code::InvalidArgument, "{}: api.grpc must name at least one address", source);
  }
  if (configuration.nvme_memory_mib != 0 && configuration.nvme_memory_per_address_mib > configuration.nvme_memory_mib) {
    return fail(
        Code::InvalidArgument,
        "{}: nvme_tcp.memory_per_address_mib is {}, more than nvme_tcp.memory_mib, {}, which all addresses share; "
        "lower the one or raise the other",
        source, configuration.nvme_memory_per_address_mib, configuration.nvme_memory_mib);
  }
  if (auto tls = check_tls(configuration.tls); !tls.has_value()) {
    return with_context(tls.error(), source);
  }
  return {};
}

// The library's parser asserts on some control characters, which TOML forbids anyway, and runs past its tables on some
// characters outside ASCII. So it only ever sees plain text.
Result<void> check_characters(std::string_view text, std::string_view source) {
  const auto bad = std::ranges::find_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte >= 0x7f;
  });
  if (bad == text.end()) {
    return {};
  }
  const auto line = 1 + std::count(text.begin(), bad, '\n');
  return fail(Code::InvalidArgument,
              "{}:{}: the character 0x{:02x} is not plain ASCII; in a quoted text write it as \\uXXXX", source, line,
              static_cast<unsigned char>(*bad));
}

Result<toml::table> parse_toml(std::string_view text, std::string_view source) {
  try {
    return toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    return fail(Code::InvalidArgument, "{}:{}:{}: {}", source, error.source().begin.line, error.source().begin.column,
                error.description());
  } catch (const std::logic_error&) {
    return fail(Code::InvalidArgument,
                "{}: not valid TOML: the name of a section or key is malformed; write [section] and key = value",
                source);
  }
}

}  // namespace

Result<Configuration> parse_configuration(std::string_view text, std::string_view source) {
  if (text.size() > configuration_bytes_max) {
    return fail(Code::InvalidArgument, "{}: larger than {} bytes", source, configuration_bytes_max);
  }
  OR_TRY(check_characters(text, source));
  OR_ASSIGN(const toml::table parsed, parse_toml(text, source));
  std::set<std::string_view> tables;
  for (const Key& key : keys()) {
    tables.insert(key.table);
  }
  Configuration configuration;
  for (const auto& [name, node] : parsed) {
    const auto* table = node.as_table();
    if (!tables.contains(name.str())) {
      return fail(Code::InvalidArgument, "{}: unknown {} '{}'; {}", place(node, source),
                  table != nullptr ? "section" : "key", name.str(), nearest(name.str(), tables));
    }
    if (table == nullptr) {
      return fail(Code::InvalidArgument, "{}: '{}' must be a section, [{}]", place(node, source), name.str(),
                  name.str());
    }
    OR_TRY(take_table(name.str(), *table, source, configuration));
  }
  OR_TRY(check_whole(configuration, source));
  return configuration;
}

Result<Configuration> read_configuration(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail_errno(errno, fmt::format("cannot read the configuration {}", path));
  }
  std::string text;
  text.resize(configuration_bytes_max + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    return fail_errno(EIO, fmt::format("cannot read the configuration {}", path));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return parse_configuration(text, path);
}

}  // namespace outrigger::daemon
