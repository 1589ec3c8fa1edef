// Verbs that every kind of resource has: get, list, create, update, delete and stats, made from its
// descriptors.
#pragma once

#include "base/result.h"
#include "cli/client.h"
#include "cli/kinds.h"
#include "cli/output.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::cli {

// What a verb prints on standard output.
using Printed = Result<std::string>;

Printed get_resource(Client& client, const Kind& kind, std::string_view id, Format format);
// All pages.
Printed list_resources(Client& client, const Kind& kind, Format format);
// `assignments`: "field=value", nested fields with dots, a repeated field once for each element.
Printed create_resource(Client& client, const Kind& kind, std::string_view id,
                        const std::vector<std::string>& assignments, Format format);
// Only the fields that are assigned change.
Printed update_resource(Client& client, const Kind& kind, std::string_view id,
                        const std::vector<std::string>& assignments, Format format);
// One after the other; the first error stops, and `deleted` has a line for each that went before it. With
// `is_missing_fine` an unknown name is no error.
Result<> delete_resources(Client& client, const Kind& kind, const std::vector<std::string>& ids, bool is_missing_fine,
                          std::string& deleted);
Printed show_stats(Client& client, const Kind& kind, std::string_view id, Format format);

// -- what the verbs above and those of single kinds are made of

Result<std::unique_ptr<Message>> fetch(Client& client, const Kind& kind, std::string_view id);
Result<std::vector<std::unique_ptr<Message>>> fetch_all(Client& client, const Kind& kind);
// Creates `resource` under `id`; an empty id lets the server choose. The server answers a name that exists with what is
// stored: when that is not what was asked for, this is ALREADY_EXISTS and says in which field.
Result<std::unique_ptr<Message>> create(Client& client, const Kind& kind, std::string_view id, const Message& resource);
// Changes the fields of `mask` to what they are in `resource`, whose name is set from `id`.
Result<std::unique_ptr<Message>> update(Client& client, const Kind& kind, std::string_view id, Message& resource,
                                        const std::vector<std::string>& mask);
// The kind that really holds a volume, device or remote, which are views: `volume bdev1` → mallocVolume.
Result<const Kind*> holding_kind(Client& client, const Kind& kind, std::string_view id);

}  // namespace outrigger::cli
