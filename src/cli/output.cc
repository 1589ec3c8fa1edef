// Messages → tables, JSON, YAML.
#include "cli/output.h"

#include "api/rest/transcode.h"
#include "cli/columns.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace outrigger::cli {

using google::protobuf::Message;
using nlohmann::ordered_json;

namespace {

// Characters on a screen, as far as counting UTF-8's leading bytes tells.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string indent(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// protobuf's JSON orders fields as the .proto does; ordered_json keeps that.
Result<ordered_json> to_ordered(const Message& message) {
  OR_ASSIGN(const std::string text, api::rest::to_json(message));
  ordered_json json = ordered_json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return fail(Code::Internal, "{} does not become JSON", message.GetDescriptor()->full_name());
  }
  return json;
}

// Whether YAML reads the word as the very same text without quotes.
bool is_plain_yaml(const std::string& text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') {
    return false;
  }
  constexpr std::string_view safe = "_-./@+";
  const bool is_safe = std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           safe.find(c) != std::string_view::npos;
  });
  const bool begins_as_a_word = (text.front() >= 'a' && text.front() <= 'z') ||
                                (text.front() >= 'A' && text.front() <= 'Z') || text.front() == '/';
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::string_view words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  return is_safe && begins_as_a_word && std::ranges::find(words, lower) == std::end(words);
}

std::string yaml_scalar(const ordered_json& value) {
  if (value.is_string() && is_plain_yaml(value.get_ref<const std::string&>())) {
    return value.get<std::string>();
  }
  // A JSON scalar is a YAML scalar, quotes and escapes included.
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

void write_yaml(const ordered_json& value, size_t depth, bool after_dash, std::string& out) {
  bool first = true;
  const std::string pad(depth * 2, ' ');
  const auto nested = [&](const ordered_json& child) {
    if (child.is_structured() && !child.empty()) {
      out += "\n";
      write_yaml(child, depth + 1, false, out);
    } else {
      out += " " + (child.is_structured() ? child.dump() : yaml_scalar(child)) + "\n";
    }
  };
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      out += (first && after_dash ? "" : pad) + yaml_scalar(key) + ":";
      nested(child);
      first = false;
    }
  } else {
    for (const ordered_json& child : value) {
      out += pad + "-";
      if (child.is_object() && !child.empty()) {
        out += " ";
        write_yaml(child, depth + 1, true, out);
      } else {
        nested(child);
      }
    }
  }
}

void add_fields(const ordered_json& value, const std::string& path, Table& table) {
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, child] : value.items()) {
      add_fields(child, path.empty() ? key : path + "." + key, table);
    }
  } else if (value.is_array() && !value.empty() && value.front().is_object()) {
    for (size_t i = 0; i < value.size(); ++i) {
      add_fields(value[i], fmt::format("{}[{}]", path, i), table);
    }
  } else if (value.is_array()) {
    std::string text;
    for (const ordered_json& child : value) {
      text += (text.empty() ? "" : ", ") + (child.is_string() ? child.get<std::string>() : child.dump());
    }
    table.rows.push_back({path, text});
  } else {
    table.rows.push_back({path, value.is_string() ? value.get<std::string>() : value.dump()});
  }
}

Result<std::string> write(const ordered_json& json, Format format) {
  return format == Format::Yaml ? json_to_yaml(json.dump()) : Result<std::string>(indent(json));
}

std::string name_of(const Message& resource) {
  const FieldDescriptor* name = resource.GetDescriptor()->FindFieldByName("name");
  return name == nullptr ? "" : resource.GetReflection()->GetString(resource, name);
}

}  // namespace

Result<Format> parse_format(std::string_view text) {
  if (text == "table") {
    return Format::Table;
  }
  if (text == "json") {
    return Format::Json;
  }
  if (text == "yaml") {
    return Format::Yaml;
  }
  if (text == "name") {
    return Format::Name;
  }
  return fail(Code::InvalidArgument, "'{}' is not an output format; there are table, json, yaml and name", text);
}

std::string Table::text() const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns.size(); ++i) {
    size_t widest = width(columns[i].title);
    for (const auto& row : rows) {
      widest = std::max(widest, width(row[i]));
    }
    widths.push_back(widest);
  }
  std::string out;
  const auto add = [&](const auto& cell_of) {
    std::string line;
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string& cell = cell_of(i);
      const std::string pad(widths[i] - width(cell), ' ');
      line += (i == 0 ? "" : "  ") + (columns[i].is_numeric ? pad + cell : cell + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  add([&](size_t i) -> const std::string& { return columns[i].title; });
  for (const auto& row : rows) {
    add([&](size_t i) -> const std::string& { return row[i]; });
  }
  return out;
}

Result<std::string> show_one(const Kind& kind, const Message& resource, Format format) {
  if (format == Format::Table && has_columns(kind)) {
    const Message* one[] = {&resource};
    return show_many(kind, one, format);
  }
  return show_message(resource, format);
}

Result<std::string> show_many(const Kind& kind, std::span<const Message* const> resources, Format format) {
  if (format == Format::Name) {
    std::string names;
    for (const Message* resource : resources) {
      names += short_name(name_of(*resource)) + "\n";
    }
    return names;
  }
  if (format == Format::Table) {
    if (resources.empty()) {
      return fmt::format("no {}\n", kind.plural);
    }
    return resource_table(kind, resources).text();
  }
  ordered_json list = ordered_json::array();
  for (const Message* resource : resources) {
    OR_ASSIGN(ordered_json json, to_ordered(*resource));
    list.push_back(std::move(json));
  }
  ordered_json whole;
  whole[kind.plural] = std::move(list);
  return write(whole, format);
}

Result<std::string> show_message(const Message& message, Format format) {
  if (format == Format::Name) {
    return short_name(name_of(message)) + "\n";
  }
  OR_ASSIGN(const ordered_json json, to_ordered(message));
  if (format != Format::Table) {
    return write(json, format);
  }
  Table table{{{"FIELD"}, {"VALUE"}}, {}};
  add_fields(json, "", table);
  return table.text();
}

Result<std::string> json_to_yaml(std::string_view json) {
  const ordered_json value = ordered_json::parse(json, nullptr, false);
  if (value.is_discarded()) {
    return fail(Code::InvalidArgument, "not a JSON text");
  }
  if (!value.is_structured() || value.empty()) {
    return (value.is_structured() ? value.dump() : yaml_scalar(value)) + "\n";
  }
  std::string out;
  write_yaml(value, 0, false, out);
  return out;
}

}  // namespace outrigger::cli
