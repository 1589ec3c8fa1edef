// What may be called where (P4-16, appendix "Restrictions on compile time and run time calls").
#include <fmt/format.h>

#include "p4/check/checker.h"
#include "p4/check/nouns.h"

namespace outrigger::p4 {

namespace {

std::string_view place_of(Site site) {
  switch (site) {
    case Site::TopLevel: return "at the top level";
    case Site::Package: return "in the arguments of a package";
    case Site::ParserLocal: return "among the declarations of a parser";
    case Site::ParserState: return "in a parser";
    case Site::ControlLocal: return "among the declarations of a control";
    case Site::ControlApply: return "in the apply block of a control";
    case Site::Action: return "in an action";
    case Site::Function: return "in a function";
    case Site::AbstractMethod: return "in a method";
    case Site::TableKey:
    case Site::TableProperty: return "in a table";
  }
  return "here";
}

bool may_call(CallKind kind, Site site) {
  switch (kind) {
    case CallKind::ParserApply: return site == Site::ParserState;
    case CallKind::ControlApply: return site == Site::ControlApply;
    case CallKind::TableApply: return site == Site::ControlApply || site == Site::TableKey;  // §12.5
    case CallKind::Action: return site == Site::ControlApply || site == Site::Action;
    case CallKind::Function:
    case CallKind::ExternFunction:
    case CallKind::ExternMethod:
    case CallKind::AbstractMethod: return site != Site::TopLevel && site != Site::Package;
    default: return true;
  }
}

std::string_view where_it_may(CallKind kind) {
  switch (kind) {
    case CallKind::ParserApply: return "parsers are applied in the states of parsers";
    case CallKind::ControlApply: return "controls are applied in the apply block of controls";
    case CallKind::TableApply:
      return "tables are applied in the apply block of their control, and in keys of other tables";
    case CallKind::Action: return "actions are called in apply blocks and in other actions";
    default: return "call it in a parser, control, action or function";
  }
}

}  // namespace

bool Checker::check_call_site(CallKind kind, const Declaration& target, SourceRange where) {
  if (&target == inside_ && kind != CallKind::TableApply) {
    error(where, fmt::format("{} calls itself, and there is no recursion in P4", noun_and_name(target)));
    return false;
  }
  if (kind == CallKind::ExternFunction && target.name.text == "static_assert") {
    return true;
  }
  if (!may_call(kind, site_)) {
    error(where,
          fmt::format("{} cannot be {} {}", noun_and_name(target),
                      kind == CallKind::ParserApply || kind == CallKind::ControlApply || kind == CallKind::TableApply
                          ? "applied"
                          : "called",
                      place_of(site_)),
          std::string(where_it_may(kind)));
    return false;
  }
  const bool is_in_parser = site_ == Site::ParserState || site_ == Site::ParserLocal;
  if (kind == CallKind::ExternFunction && target.name.text == "verify" && !is_in_parser) {
    error(where, fmt::format("'verify' cannot be called {}", place_of(site_)),
          "it sets the parser's error and rejects the packet: call it in a parser's state");
    return false;
  }
  return true;
}

}  // namespace outrigger::p4
