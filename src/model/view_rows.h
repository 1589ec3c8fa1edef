// What the views of outrigger.v1 do alike, whatever they show: find the row that a Get… names, go through the page that
// a List… asks for, and through the rows below another.
#pragma once

#include "base/check.h"
#include "base/result.h"
#include "model/names.h"
#include "model/page.h"
#include "model/rows.h"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <string_view>

namespace outrigger::model {

// The acknowledged row that `request` names, looked up by `look`(name). `noun` is for the error: "volume".
template <typename Request, typename Look>
Result<const Row*> find_viewed(const Request& request, std::string_view noun, const Look& look) {
  if (request.name().empty()) {
    return fail(Code::InvalidArgument, "missing required field: name");
  }
  OR_TRY(check_name(request.name(), "name"));
  const Row* const row = look(request.name());
  if (row == nullptr || !row->is_acknowledged()) {
    return fail(Code::NotFound, "unable to find key {}: there is no {} of that name", request.name(), noun);
  }
  return row;
}

// A page of `all`, which is a sorted map whose values point to rows: `add`(response, row) for each acknowledged one,
// and the token of the next page where there is one.
template <typename Response, typename Request, typename Map, typename Add>
Result<std::unique_ptr<Message>> list_viewed(const Map& all, const Request& request, const Add& add) {
  OR_ASSIGN(const size_t limit, page_limit(request.page_size()));
  const std::string scope(Response::descriptor()->full_name());
  OR_ASSIGN(const std::string after, read_page_token(scope, request.page_token()));
  auto response = std::make_unique<Response>();
  size_t count = 0;
  std::string last;
  for (auto it = all.upper_bound(after); it != all.end(); ++it) {
    if (!it->second->is_acknowledged()) {
      continue;
    }
    if (count++ == limit) {
      response->set_next_page_token(make_page_token(scope, last));
      break;
    }
    add(*response, *it->second);
    last = it->first;
  }
  return response;
}

// The words that a view has for what a row can be. `ready` is what a realised one is unless its plane knows better.
template <typename State>
struct StateWords {
  State ready;
  State pending;
  State failed;
};

// Fills state and state_reason of a view's part, and what the plane knows. That a row which failed is tried again is no
// news until it ends: it stays what it was, with the reason that clients have seen.
template <typename Part, typename State>
void fill_state(const Row& row, StateWords<State> words, Part& part) {
  const bool is_retried = row.pending == Pending::Realise && (row.is_realised || !row.error.what.empty());
  if (row.pending != Pending::None && !is_retried) {
    part.set_state(words.pending);
  } else if (row.is_realised) {
    part.set_state(words.ready);
    row.kind->hooks().describe(row.intent(), part);
  } else {
    part.set_state(words.failed);
    part.set_state_reason(row.error.what);
  }
}

// The acknowledged rows of the kind of `message` below `parent`, by name.
template <typename Visit>
void for_each_child(const RowTable& rows, const google::protobuf::Descriptor& message, const Row& parent,
                    const Visit& visit) {
  const Kind* const kind = rows.kind_of(message.full_name());
  check(kind != nullptr, "views come after their kinds");
  const std::string prefix = parent.key + "/";
  const RowTable::Rows& all = rows.of(*kind);
  for (auto it = all.lower_bound(prefix); it != all.end() && it->first.starts_with(prefix); ++it) {
    if (it->second->is_acknowledged()) {
      visit(*it->second);
    }
  }
}

}  // namespace outrigger::model
