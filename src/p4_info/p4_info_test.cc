// P4Info of small programs: each says what must be in it.
#include "p4_info/p4_info.h"

#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

namespace outrigger::p4_info {
namespace {

struct Made {
  std::unique_ptr<p4::Compilation> compilation;
  P4Info info;

  [[nodiscard]] std::string errors() const { return p4::to_text(compilation->diagnostics, compilation->source); }
};

Made make(const std::string& text) {
  Made made;
  p4::PreprocessorOptions options;
  options.defines = {"V1MODEL_VERSION=20200408"};
  made.compilation = p4::compile_front_text("test.p4", text, options);
  EXPECT_FALSE(made.compilation->diagnostics.has_errors()) << made.errors();
  p4::InstanceTree tree(made.compilation->program, made.compilation->types, made.compilation->values,
                        made.compilation->diagnostics);
  made.info = make_p4_info(*made.compilation, tree);
  return made;
}

// A v1model program around what one control of it is; `top` stands before.
std::string program(const std::string& top, const std::string& ingress, const std::string& main_annotations = "",
                    const std::string& parser_locals = "", const std::string& select = "") {
  return R"(
#include <core.p4>
#include <v1model.p4>
header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
header ipv4_t { bit<8> ttl; bit<32> src; bit<32> dst; }
struct headers_t { ethernet_t ethernet; ipv4_t ipv4; ipv4_t[2] inner; }
)" + top +
         R"(
struct metadata_t { bit<16> m; bool flag; }
parser MyParser(packet_in p, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
)" + parser_locals +
         R"(
  state start { p.extract(hdr.ethernet); )" +
         (select.empty() ? "transition accept;" : select) + R"( }
}
control Verify(inout headers_t hdr, inout metadata_t meta) { apply {} }
control Compute(inout headers_t hdr, inout metadata_t meta) { apply {} }
control Deparse(packet_out p, in headers_t hdr) { apply { p.emit(hdr.ethernet); } }
control Sub(inout headers_t hdr) {
  action set(bit<8> ttl) { hdr.ipv4.ttl = ttl; }
  table t { key = { hdr.ipv4.src : exact; } actions = { set; } }
  apply { t.apply(); }
}
control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) {
)" + ingress +
         R"(
}
control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t sm) { apply {} }
)" + main_annotations +
         R"(V1Switch(MyParser(), Verify(), MyIngress(), MyEgress(), Compute(), Deparse()) main;
)";
}

// Compares a part of the P4Info with its text.
void expect_equal(const google::protobuf::Message& is, const std::string& wanted) {
  std::unique_ptr<google::protobuf::Message> parsed(is.New());
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(wanted, parsed.get())) << wanted;
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(is, *parsed)) << is.DebugString() << "in place of\n"
                                                                               << parsed->DebugString();
}

constexpr const char* router = R"(
  action drop() { mark_to_drop(sm); }
  @brief("send on") @description("to a port, from a MAC")
  action ipv4_forward(bit<48> dstAddr, @id(9) bit<9> port) { hdr.ethernet.dst = dstAddr; sm.egress_spec = port; }
  action unused() {}
  table ipv4_lpm {
    key = { hdr.ipv4.dst : lpm; hdr.ipv4.isValid() : exact; hdr.inner[1].src : ternary @name("src");
            meta.m[7:4] : range; meta.flag : optional; }
    actions = { ipv4_forward; drop; NoAction; }
    size = 2048;
    default_action = ipv4_forward(0x0a0b, 3);
  }
  @hidden table secret { actions = { drop; } const default_action = drop(); }
  table never { actions = { unused; } }
  apply { ipv4_lpm.apply(); secret.apply(); }
)";

TEST(P4InfoTest, ATableWithItsActions) {
  const Made made = make(program("", router));
  ASSERT_EQ(made.info.tables_size(), 1);
  expect_equal(made.info.tables(0), R"(
    preamble { id: 37375156 name: "MyIngress.ipv4_lpm" alias: "ipv4_lpm" }
    match_fields { id: 1 name: "hdr.ipv4.dst" bitwidth: 32 match_type: LPM }
    match_fields { id: 2 name: "hdr.ipv4.$valid$" bitwidth: 1 match_type: EXACT }
    match_fields { id: 3 name: "src" bitwidth: 32 match_type: TERNARY }
    match_fields { id: 4 name: "meta.m[7:4]" bitwidth: 4 match_type: RANGE }
    match_fields { id: 5 name: "meta.flag" bitwidth: 1 match_type: OPTIONAL }
    action_refs { id: 28792405 }
    action_refs { id: 25652968 }
    action_refs { id: 21257015 }
    initial_default_action { action_id: 28792405 arguments { param_id: 1 value: "\n\013" }
                             arguments { param_id: 9 value: "\003" } }
    size: 2048)");
  ASSERT_EQ(made.info.actions_size(), 3);
  EXPECT_EQ(made.info.actions(0).preamble().name(), "NoAction");
  EXPECT_EQ(made.info.actions(0).preamble().id(), 21257015U);
  EXPECT_EQ(made.info.actions(1).preamble().name(), "MyIngress.drop");
  expect_equal(made.info.actions(2), R"(
    preamble { id: 28792405 name: "MyIngress.ipv4_forward" alias: "ipv4_forward"
               doc { brief: "send on" description: "to a port, from a MAC" } }
    params { id: 1 name: "dstAddr" bitwidth: 48 }
    params { id: 9 name: "port" bitwidth: 9 })");
  EXPECT_EQ(made.info.pkg_info().arch(), "v1model");
}

TEST(P4InfoTest, InstancesHaveTheNamesOfTheirParents) {
  const Made made =
      make(program("", "Sub() a; @name(\"bee\") Sub() b; Sub() c; apply { a.apply(hdr); b.apply(hdr); }"));
  ASSERT_EQ(made.info.tables_size(), 2);  // nobody applies c
  EXPECT_EQ(made.info.tables(0).preamble().name(), "MyIngress.a.t");
  EXPECT_EQ(made.info.tables(0).preamble().alias(), "a.t");
  EXPECT_EQ(made.info.tables(1).preamble().name(), "MyIngress.bee.t");
  // NoAction stands in for the default that the program does not name.
  expect_equal(made.info.tables(0).action_refs(1), "id: 21257015 scope: DEFAULT_ONLY annotations: \"@defaultonly\"");
  EXPECT_EQ(made.info.tables(0).size(), 1024);
  EXPECT_EQ(made.info.actions_size(), 3);
}

TEST(P4InfoTest, AnnotationsOfAllKinds) {
  const Made made = make(program("", R"(
    action a() {}
    action b() {}
    @id(0x2000) @p4runtime_role("sdn") @refers_to(x, y) @flat["s", 1 + 2, true] @pairs[k = "v", n = 4]
    table t {
      key = { hdr.ipv4.dst : exact @format(IPV4) @id(3); }
      actions = { @tableonly a; @defaultonly b; }
      const default_action = b;
      const entries = { 1 : a(); }
    }
    apply { t.apply(); })",
                                 "@pkginfo(name=\"r\", version=\"2\") @brief(\"b\") @mine(1)\n"
                                 "@platform_property(multicast_group_table_size=5)\n"));
  ASSERT_EQ(made.info.tables_size(), 1);
  const auto& table = made.info.tables(0);
  expect_equal(table.preamble(), R"TEXT(
    id: 0x02002000 name: "MyIngress.t" alias: "t"
    annotations: "@p4runtime_role(\"sdn\")" annotations: "@refers_to(x , y)"
    structured_annotations { name: "flat" expression_list {
      expressions { string_value: "s" } expressions { int64_value: 3 } expressions { bool_value: true } } }
    structured_annotations { name: "pairs" kv_pair_list {
      kv_pairs { key: "k" value { string_value: "v" } } kv_pairs { key: "n" value { int64_value: 4 } } } })TEXT");
  expect_equal(table.match_fields(0), R"TEXT(
    id: 3 name: "hdr.ipv4.dst" annotations: "@format(IPV4)" bitwidth: 32 match_type: EXACT)TEXT");
  EXPECT_EQ(table.action_refs(0).scope(), ::p4::config::v1::ActionRef::TABLE_ONLY);
  EXPECT_EQ(table.action_refs(1).scope(), ::p4::config::v1::ActionRef::DEFAULT_ONLY);
  EXPECT_EQ(table.const_default_action_id(), table.action_refs(1).id());
  EXPECT_TRUE(table.is_const_table());
  EXPECT_TRUE(table.has_initial_entries());
  expect_equal(made.info.pkg_info(), R"TEXT(
    name: "r" version: "2" doc { brief: "b" } annotations: "@mine(1)" arch: "v1model"
    platform_properties { multicast_group_table_size: 5 })TEXT");
}

TEST(P4InfoTest, Externs) {
  const Made made = make(program("struct data_t { bit<8> a; bool b; }", R"(
    counter<bit<9>>(512, CounterType.packets_and_bytes) c;
    direct_counter(CounterType.bytes) dc;
    meter<bit<9>>(64, MeterType.packets) m;
    @single_rate_two_color direct_meter<bit<2>>(MeterType.bytes) dm;
    register<data_t, bit<32>>(16) r;
    @max_group_size(8) action_selector(HashAlgorithm.crc16, 32w128, 32w16) sel;
    bit<2> colour;
    data_t data;
    action a() { dm.read(colour); }
    table t {
      key = { hdr.ipv4.dst : exact; hdr.ipv4.src : selector; }
      actions = { a; }
      implementation = sel;
      counters = dc;
      meters = dm;
      support_timeout = true;
    }
    table u {
      key = { hdr.ipv4.dst : exact; }
      actions = { a; }
      @name("profile") implementation = action_profile(32w64);
    }
    apply { t.apply(); u.apply(); c.count(sm.ingress_port); m.execute_meter(sm.ingress_port, colour); r.read(data, 3);
            digest<data_t>(1, data); })"));
  ASSERT_EQ(made.info.tables_size(), 2);
  const auto& table = made.info.tables(0);
  EXPECT_EQ(table.match_fields_size(), 1);
  EXPECT_EQ(table.idle_timeout_behavior(), ::p4::config::v1::Table::NOTIFY_CONTROL);
  ASSERT_EQ(made.info.action_profiles_size(), 2);
  const auto& selector = made.info.action_profiles(0);
  EXPECT_EQ(selector.preamble().name(), "MyIngress.sel");
  EXPECT_EQ(table.implementation_id(), selector.preamble().id());
  EXPECT_EQ(selector.preamble().id() >> 24U, 0x11U);
  EXPECT_EQ(selector.table_ids(0), table.preamble().id());
  EXPECT_TRUE(selector.with_selector());
  EXPECT_EQ(selector.size(), 128);
  EXPECT_EQ(selector.max_group_size(), 8);
  EXPECT_EQ(made.info.action_profiles(1).preamble().name(), "MyIngress.profile");
  EXPECT_EQ(made.info.action_profiles(1).size(), 64);
  EXPECT_FALSE(made.info.action_profiles(1).with_selector());
  ASSERT_EQ(table.direct_resource_ids_size(), 2);
  EXPECT_EQ(table.direct_resource_ids(0), made.info.direct_counters(0).preamble().id());
  EXPECT_EQ(made.info.direct_counters(0).direct_table_id(), table.preamble().id());
  EXPECT_EQ(made.info.direct_counters(0).spec().unit(), ::p4::config::v1::CounterSpec::BYTES);
  EXPECT_EQ(table.direct_resource_ids(1), made.info.direct_meters(0).preamble().id());
  EXPECT_EQ(made.info.direct_meters(0).spec().type(), ::p4::config::v1::MeterSpec::SINGLE_RATE_TWO_COLOR);
  EXPECT_EQ(made.info.counters(0).size(), 512);
  EXPECT_EQ(made.info.counters(0).spec().unit(), ::p4::config::v1::CounterSpec::BOTH);
  EXPECT_EQ(made.info.meters(0).spec().unit(), ::p4::config::v1::MeterSpec::PACKETS);
  EXPECT_EQ(made.info.registers(0).size(), 16);
  expect_equal(made.info.registers(0).type_spec(), R"(struct { name: "data_t" })");
  ASSERT_EQ(made.info.digests_size(), 1);
  EXPECT_EQ(made.info.digests(0).preamble().name(), "data_t");
  expect_equal(made.info.type_info(), R"(structs { key: "data_t" value {
    members { name: "a" type_spec { bitstring { bit { bitwidth: 8 } } } }
    members { name: "b" type_spec { bool {} } } } })");
}

TEST(P4InfoTest, TypesAsTheControllerSeesThem) {
  const Made made = make(program(R"(
    @p4runtime_translation("mine/port", bit<32>) type bit<9> port_id_t;
    @p4runtime_translation("mine/vrf", string) @kept type bit<10> vrf_t;
    type bit<7> plain_t;
    enum bit<16> kind_t { one = 1, big = 0x100 }
    struct keys_t { port_id_t port; vrf_t vrf; plain_t plain; kind_t kind; }
    @controller_header("packet_in") header packet_in_header_t { port_id_t port; @padding bit<7> pad; }
    )",
                                 R"(
    keys_t k;
    action a(port_id_t p, vrf_t v) {}
    table t {
      key = { k.port : exact; k.vrf : exact; k.plain : exact; k.kind : exact; }
      actions = { a; }
    }
    apply { t.apply(); })"));
  ASSERT_EQ(made.info.tables_size(), 1);
  const auto& fields = made.info.tables(0).match_fields();
  expect_equal(fields[0], R"(id: 1 name: "k.port" bitwidth: 32 match_type: EXACT type_name { name: "port_id_t" })");
  expect_equal(fields[1], R"(id: 2 name: "k.vrf" match_type: EXACT type_name { name: "vrf_t" })");
  expect_equal(fields[2], R"(id: 3 name: "k.plain" bitwidth: 7 match_type: EXACT type_name { name: "plain_t" })");
  expect_equal(fields[3], R"(id: 4 name: "k.kind" bitwidth: 16 match_type: EXACT)");
  expect_equal(made.info.type_info(), R"(
    new_types { key: "port_id_t" value { translated_type { uri: "mine/port" sdn_bitwidth: 32 } } }
    new_types { key: "vrf_t" value { translated_type { uri: "mine/vrf" sdn_string {} } annotations: "@kept" } }
    new_types { key: "plain_t" value { original_type { bitstring { bit { bitwidth: 7 } } } } }
    serializable_enums { key: "kind_t" value { underlying_type { bitwidth: 16 }
      members { name: "one" value: "\001" } members { name: "big" value: "\001\000" } } })");
  ASSERT_EQ(made.info.controller_packet_metadata_size(), 1);
  expect_equal(made.info.controller_packet_metadata(0), R"TEXT(
    preamble { id: 81826293 name: "packet_in" alias: "packet_in" annotations: "@controller_header(\"packet_in\")"
}
metadata {
id:
  1 name : "port" bitwidth : 32 type_name{name : "port_id_t"}
}
    metadata { id: 2 name: "pad" annotations: "@padding" bitwidth: 7 })TEXT");
}

TEST(P4InfoTest, ValueSets) {
  const Made made = make(program("struct match_t { @id(2) bit<8> a; @match(ternary) bit<16> b; }", "apply {}", "",
                                 "value_set<bit<16>>(4) one; value_set<match_t>(8) both;",
                                 "transition select(hdr.ethernet.type) { one : second; default : accept; } }\n"
                                 "state second { transition select(hdr.ipv4.ttl, hdr.ethernet.type) { both : accept; "
                                 "default : reject; }"));
  ASSERT_EQ(made.info.value_sets_size(), 2);
  EXPECT_EQ(made.info.value_sets(0).preamble().name(), "MyParser.one");
  expect_equal(made.info.value_sets(0).match(0), "id: 1 bitwidth: 16 match_type: EXACT");
  EXPECT_EQ(made.info.value_sets(0).size(), 4);
  expect_equal(made.info.value_sets(1).match(0), R"(id: 2 name: "a" bitwidth: 8 match_type: EXACT)");
  expect_equal(made.info.value_sets(1).match(1), R"(id: 1 name: "b" bitwidth: 16 match_type: TERNARY)");
}

// In each instance of a generic control or parser, what its type parameters stand for there.
TEST(P4InfoTest, GenericControlsAndParsers) {
  const Made made = make(program(R"(
struct pair_t<T> { T a; T b; }
control Inner<T>(inout T x) {
  action set(T value) { x = value; }
  table t { key = { x : exact; } actions = { set; } }
  apply { t.apply(); digest<pair_t<T>>(1, { x, x }); }
}
control Outer<T>(inout T x) { apply { Inner<T>.apply(x); } }
parser Kinds<T>(in T kind) {
  value_set<T>(4) one;
  value_set<pair_t<T>>(4) two;
  state start { transition select(kind) { one : more; default : accept; } }
  state more { transition select(kind, kind) { two : accept; default : reject; } }
}
)",
                                 "Outer<bit<8>>() a; Outer<bit<32>>() b; Inner<bit<8>>() c;\n"
                                 "apply { a.apply(hdr.ipv4.ttl); b.apply(hdr.ipv4.src); c.apply(hdr.ipv4.ttl); }",
                                 "", "", "Kinds<bit<16>>.apply(hdr.ethernet.type); transition accept;"));
  ASSERT_EQ(made.info.tables_size(), 3);
  EXPECT_EQ(made.info.tables(0).preamble().name(), "MyIngress.a.Inner.t");
  EXPECT_EQ(made.info.tables(0).match_fields(0).bitwidth(), 8);
  EXPECT_EQ(made.info.tables(1).preamble().name(), "MyIngress.b.Inner.t");
  EXPECT_EQ(made.info.tables(1).match_fields(0).bitwidth(), 32);
  ASSERT_EQ(made.info.actions_size(), 4);  // the first is NoAction
  EXPECT_EQ(made.info.actions(1).params(0).bitwidth(), 8);
  EXPECT_EQ(made.info.actions(2).params(0).bitwidth(), 32);
  ASSERT_EQ(made.info.digests_size(), 2);
  EXPECT_EQ(made.info.digests(0).preamble().name(), "pair_t<bit<8>>");
  EXPECT_EQ(made.info.digests(1).preamble().name(), "pair_t<bit<32>>");
  ASSERT_EQ(made.info.value_sets_size(), 2);
  expect_equal(made.info.value_sets(0).match(0), "id: 1 bitwidth: 16 match_type: EXACT");
  expect_equal(made.info.value_sets(1).match(1), R"(id: 2 name: "b" bitwidth: 16 match_type: EXACT)");
}

TEST(P4InfoTest, Psa) {
  const Made made = make(R"(
#include <core.p4>
#include <psa.p4>
struct headers_t {}
struct metadata_t {}
struct empty_t {}
struct seen_t { PortId_t port; }
parser MyIngressParser(packet_in p, out headers_t h, inout metadata_t m, in psa_ingress_parser_input_metadata_t i,
                     in empty_t r, in empty_t c) { state start { transition accept; } }
parser MyEgressParser(packet_in p, out headers_t h, inout metadata_t m, in psa_egress_parser_input_metadata_t i,
                    in empty_t n, in empty_t c, in empty_t d) { state start { transition accept; } }
control ingress(inout headers_t h, inout metadata_t m, in psa_ingress_input_metadata_t i,
                inout psa_ingress_output_metadata_t o) {
  Counter<bit<32>, PortId_t>(128, PSA_CounterType_t.PACKETS_AND_BYTES) ports;
  DirectCounter<bit<32>>(PSA_CounterType_t.PACKETS) hits;
  Meter<PortId_t>(128, PSA_MeterType_t.BYTES) rates;
  Register<bit<16>, PortId_t>(32) last;
  ActionProfile(64) profile;
  action to(PortId_t port) { send_to_port(o, port); hits.count(); }
  table forward {
    key = { i.ingress_port : exact; }
    actions = { to; }
    psa_implementation = profile;
    psa_idle_timeout = PSA_IdleTimeout_t.NOTIFY_CONTROL;
  }
  table direct { key = { i.ingress_port : exact; } actions = { to; } psa_direct_counter = hits; }
  apply {
    forward.apply(); direct.apply(); ports.count(i.ingress_port); last.write(i.ingress_port, 1);
    PSA_MeterColor_t colour = rates.execute(i.ingress_port);
  }
}
control egress(inout headers_t h, inout metadata_t m, in psa_egress_input_metadata_t i,
               inout psa_egress_output_metadata_t o) { apply {} }
control MyIngressDeparser(packet_out p, out empty_t c, out empty_t r, out empty_t n, inout headers_t h, in metadata_t m,
                        in psa_ingress_output_metadata_t i) {
  Digest<seen_t>() seen;
  apply { seen.pack({ (PortId_t) 1 }); }
}
control MyEgressDeparser(packet_out p, out empty_t c, out empty_t r, inout headers_t h, in metadata_t m,
                       in psa_egress_output_metadata_t i, in psa_egress_deparser_input_metadata_t d) { apply {} }
IngressPipeline(MyIngressParser(), ingress(), MyIngressDeparser()) ip;
EgressPipeline(MyEgressParser(), egress(), MyEgressDeparser()) ep;
PSA_Switch(ip, PacketReplicationEngine(), ep, BufferingQueueingEngine()) main;
)");
  EXPECT_EQ(made.info.pkg_info().arch(), "psa");
  ASSERT_EQ(made.info.tables_size(), 2);
  EXPECT_EQ(made.info.tables(0).preamble().name(), "ingress.forward");
  EXPECT_EQ(made.info.tables(0).idle_timeout_behavior(), ::p4::config::v1::Table::NOTIFY_CONTROL);
  EXPECT_EQ(made.info.tables(0).match_fields(0).bitwidth(), 32);
  EXPECT_EQ(made.info.tables(0).match_fields(0).type_name().name(), "PortId_t");
  EXPECT_EQ(made.info.tables(0).implementation_id(), made.info.action_profiles(0).preamble().id());
  EXPECT_EQ(made.info.tables(1).direct_resource_ids(0), made.info.direct_counters(0).preamble().id());
  EXPECT_EQ(made.info.counters(0).size(), 128);
  EXPECT_EQ(made.info.counters(0).index_type_name().name(), "PortId_t");
  EXPECT_EQ(made.info.meters(0).spec().unit(), ::p4::config::v1::MeterSpec::BYTES);
  EXPECT_EQ(made.info.meters(0).index_type_name().name(), "PortId_t");
  EXPECT_EQ(made.info.registers(0).size(), 32);
  EXPECT_EQ(made.info.registers(0).index_type_name().name(), "PortId_t");
  ASSERT_EQ(made.info.digests_size(), 1);
  EXPECT_EQ(made.info.digests(0).preamble().name(), "MyIngressDeparser.seen");
  EXPECT_EQ(made.info.digests(0).type_spec().struct_().name(), "seen_t");
}

TEST(P4InfoTest, FaultsAreInTheDiagnostics) {
  const auto errors = [](const std::string& ingress, const std::string& top = "") {
    return make(program(top, ingress)).errors();
  };
  EXPECT_NE(errors("@id(5) table a { actions = {} } @id(5) table b { actions = {} } apply { a.apply(); b.apply(); }")
                .find("cannot have @id(0x5)"),
            std::string::npos);
  EXPECT_NE(errors("action x(@id(2) bit<8> a, @id(2) bit<8> b) {} table t { actions = { x; } } apply { t.apply(); }")
                .find("@id(2) is taken"),
            std::string::npos);
  EXPECT_NE(errors("p_t p; table t { key = { p : exact; } actions = {} } apply { t.apply(); }",
                   "@p4runtime_translation(\"u\", bool) type bit<9> p_t;")
                .find("does not say a translation"),
            std::string::npos);
}

TEST(P4InfoTest, EveryFormHoldsTheSame) {
  const Made made = make(program("", router));
  P4Info from_text;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(to_text(made.info), &from_text));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(from_text, made.info));
  P4Info from_binary;
  ASSERT_TRUE(from_binary.ParseFromString(to_binary(made.info)));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(from_binary, made.info));
  EXPECT_NE(to_json(made.info).find("\"MyIngress.ipv4_lpm\""), std::string::npos);
}

TEST(P4InfoTest, AProgramWithoutMainHasNothing) { EXPECT_EQ(make("#include <core.p4>\n").info.ByteSizeLong(), 0U); }

}  // namespace
}  // namespace outrigger::p4_info
