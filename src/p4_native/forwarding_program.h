// Small forwarding programs, lowered by hand: for the bench and for tests with real tables.
#pragma once

#include <memory>

#include "p4_native/burst_program.h"

namespace outrigger::p4_native {

struct ForwardingProgram {
  std::unique_ptr<p4_ir::Program> program;
  BurstShape shape;  // points into the program
};

// Ethernet; a table `l2` of exact destination addresses: forward(9-bit port), or drop (the default).
ForwardingProgram l2_program();
// Ethernet and IPv4; a table `routes`, longest prefix: forward(destination, source, port) counts the TTL down and mends
// the checksum (RFC 1624), or drop (the default). What is not IPv4, or too old, is dropped.
ForwardingProgram router_program();

}  // namespace outrigger::p4_native
