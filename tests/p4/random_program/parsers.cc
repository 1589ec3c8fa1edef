// Random programs: the parser, the deparser, and the whole.
#include "random_program/generator.h"

namespace outrigger::p4_random {

using Kind = Type::Kind;

void Generator::make_sub_parser() {
  places_.clear();
  line("parser Look<T>(packet_in packet, out T to) {");
  line("  T kept;");
  line("  state start { kept = packet.lookahead<T>(); to = kept; transition accept; }");
  line("}");
  open("parser Inner(packet_in packet, inout h1_t h, inout bit<8> y)");
  add_place("h", headers_[1], true);
  add_place("y", bit(8), true);
  in_parser_ = true;
  const std::string local = fresh("v");
  declare(local, scalar());
  open("state start");
  line("packet.extract(h);");
  assignment();
  line("transition select(y) { 0 .. 200: more; default: accept; }");
  close();
  open("state more");
  block(options_.nesting_max);
  line("transition accept;");
  close();
  close();
  in_parser_ = false;
}

void Generator::parser_state(uint32_t number, uint32_t count) {
  open(number == 0 ? "state start" : "state s" + std::to_string(number));
  bool is_loop = false;
  switch (below(9)) {
    case 0:
      line("packet.extract(hdr.st.next);");
      is_loop = true;
      break;
    case 1: line("packet.extract(hdr.u." + std::string(chance(2) ? "left" : "right") + ");"); break;
    case 2: line(chance(2) ? "meta.y = packet.lookahead<bit<8>>();" : "Look<bit<8>>.apply(packet, meta.y);"); break;
    case 3: line("packet.advance((bit<32>)" + expression(bit(5)) + ");"); break;
    case 4: line("verify(" + bool_expression(2) + ", error." + "Odd);"); break;
    case 5: line("inner.apply(packet, hdr.c, meta.y);"); break;
    case 6:
      if (varbit_header_ != nullptr) {
        line("packet.extract(hdr.o, (bit<32>)(" + expression(bit(6)) + " & 0x38));");
        break;
      }
      [[fallthrough]];
    case 7: line("hdr.b = packet.lookahead<h3_t>();"); break;
    default: line("packet.extract(hdr." + std::string(chance(2) ? "a" : "b") + ");"); break;
  }
  if (chance(2)) {
    block(options_.nesting_max);
  }
  const auto target = [&] {
    const uint32_t next = number + 1 + below(3);
    return next < count ? "s" + std::to_string(next) : std::string(chance(4) ? "reject" : "accept");
  };
  if (chance(4)) {
    line("transition " + target() + ";");
    return close();
  }
  const std::string first = expression(bit(8));
  open("transition select(" + first + ", " + expression(bit(16)) + ")");
  for (uint32_t i = 0, cases = 1 + below(4); i < cases; ++i) {
    const std::string value = std::to_string(below(256));
    const std::string mask = std::to_string(below(65536));
    const std::string to = is_loop && i == 0 && number > 0 ? "s" + std::to_string(number) : target();
    switch (below(4)) {
      case 0: line("(" + value + ", _): " + to + ";"); break;
      case 1: line("(_, " + value + " &&& " + mask + "): " + to + ";"); break;
      case 2: line("(" + value + " .. 255, 0 .. " + mask + "): " + to + ";"); break;
      default: line("(0 &&& 1, _): " + to + ";"); break;
    }
  }
  if (!chance(5)) {
    line("default: " + target() + ";");
  }
  close();
  close();
}

void Generator::make_parser() {
  places_.clear();
  open("parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t smd)");
  add_place("hdr", hdr_, true);
  add_place("meta", meta_, true);
  line("Inner() inner;");
  const std::string local = fresh("v");
  declare(local, value_type());
  in_parser_ = true;
  const uint32_t count = 3 + below(5);
  for (uint32_t i = 0; i < count; ++i) {
    parser_state(i, count);
  }
  in_parser_ = false;
  close();
}

void Generator::make_deparser() {
  places_.clear();
  open("control MyDeparser(packet_out packet, in headers_t hdr)");
  add_place("hdr", hdr_, false);
  open("apply");
  if (chance(3)) {
    line("packet.emit(hdr);");
  } else {
    for (const Type::Field& field : hdr_->fields) {
      if (chance(4)) {
        open("if (" + bool_expression(2) + ")");
        line("packet.emit(hdr." + field.name + ");");
        close();
      } else {
        line("packet.emit(hdr." + field.name + ");");
      }
    }
  }
  close();
  close();
}

void Generator::make_main() {
  for (const bool is_ingress : {true, false}) {
    places_.clear();
    open(std::string("control ") + (is_ingress ? "MyIngress" : "MyEgress") +
         "(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t smd)");
    add_place("hdr", hdr_, true);
    add_place("meta", meta_, true);
    add_place("smd.egress_spec", bit(9), is_ingress);
    add_place("smd.ingress_port", bit(9), false);
    control_locals(is_ingress ? 3 : 1);
    open("apply");
    in_control_ = true;
    block(0);
    block(0);
    in_control_ = false;
    close();
    close();
  }
  make_deparser();
  line("control MyVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }");
  line("control MyCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }");
  line("V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;");
}

std::string Generator::run() {
  text_ = "#include <core.p4>\n#include <v1model.p4>\n";
  make_types();
  make_functions();
  make_sub_parser();
  make_parser();
  for (uint32_t level = 0; level < 3; ++level) {
    make_control("Control" + std::to_string(level), level);
  }
  make_main();
  return std::move(text_);
}

std::string random_program(uint64_t seed, const RandomProgramOptions& options) {
  return Generator(seed, options).run();
}

}  // namespace outrigger::p4_random
