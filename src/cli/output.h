// What the command line prints: resources as a table for people, JSON or YAML for programs, or names alone.
#pragma once

#include "base/result.h"
#include "cli/kinds.h"

#include <google/protobuf/message.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::cli {

enum class Format : uint8_t { Table, Json, Yaml, Name };
Result<Format> parse_format(std::string_view text);

// Columns as wide as their widest cell; numbers (cells that begin with a digit) to the right when
// `is_numeric`.
struct Table {
  struct Column {
    std::string title;
    bool is_numeric = false;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;

  [[nodiscard]] std::string text() const;
};

// One resource, or several of one kind; ends with a newline. In JSON and YAML several are a list under their
// plural, as the API's own List answers are.
Result<std::string> show_one(const Kind& kind, const google::protobuf::Message& resource, Format format);
Result<std::string> show_many(const Kind& kind, std::span<const google::protobuf::Message* const> resources,
                              Format format);
// Any message: fields and values in a table, nested ones with dots.
Result<std::string> show_message(const google::protobuf::Message& message, Format format);

// A YAML 1.2 document of a JSON text. Texts that YAML would read as something else are quoted.
Result<std::string> json_to_yaml(std::string_view json);

}  // namespace outrigger::cli
