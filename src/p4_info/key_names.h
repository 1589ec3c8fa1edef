// What an element of a key is called where it has no @name (P4-16 §18.3.2): its expression, in the form that
// controllers and STF scripts know.
#pragma once

#include <string>

#include "p4/ast/declaration.h"

namespace outrigger::p4_info {

// `hdr.ipv4.dst`, `hdr.vlan[0].id`, `hdr.tcp.flags[3:0]`; `hdr.ipv4.$valid$` for hdr.ipv4.isValid().
std::string key_name(const p4::TableKey& key);

}  // namespace outrigger::p4_info
