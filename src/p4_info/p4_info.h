// P4Info of a checked program: what the control plane can reach in it (P4Runtime 1.5 §6), as one call.
#pragma once

#include <memory>
#include <string>

#include "p4/config/v1/p4info.pb.h"
#include "p4/front.h"
#include "p4/instance_tree.h"

namespace outrigger::p4_info {

using P4Info = ::p4::config::v1::P4Info;

// The P4Info of a program without errors; an empty one where it has no `main`. What P4Runtime refuses (an @id given
// twice, a translation that says no type, two tables of one name) is in the compilation's diagnostics; the rest is
// complete even so.
struct Options {
  bool has_locations = false;  // `annotation_locations`: where each annotation stands, which other compilers leave out
};
P4Info make_p4_info(p4::Compilation& compilation, p4::InstanceTree& tree, const Options& options = {});

// Protobuf's own text, with the comment that names the message; JSON; and the wire form, the same bytes each time.
std::string to_text(const P4Info& info);
std::string to_json(const P4Info& info);
std::string to_binary(const P4Info& info);

}  // namespace outrigger::p4_info
