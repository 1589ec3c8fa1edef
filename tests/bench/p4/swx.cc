// DPDK's SWX pipeline in the P4 benchmark: its interpreter, and the C that it generates, compiled with -O3 for this
// machine. Packets come in and leave by ports of our own, which hand over the buffers that all contenders use, so that
// neither an mbuf nor a device is measured.
//
// DPDK 22.11 has no public call that builds a pipeline from a specification and interprets it; its own example did that
// up to 22.07. What builds one from generated C sets the same up and can be told to stop half way: parser and
// configuration of specifications are in the static library. There, too, is where ports are given to what
// rte_swx_pipeline_build_from_lib() builds: the linker puts __wrap_pipeline_iospec_configure() in the place of DPDK's.
#include "contender.h"

#ifdef OUTRIGGER_HAS_SWX

#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_memory.h>
#include <rte_swx_ctl.h>
#include <rte_swx_pipeline.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

extern "C" {
struct pipeline_spec;
struct pipeline_iospec;
pipeline_spec* pipeline_spec_parse(FILE* spec, uint32_t* error_line, const char** error);
int pipeline_spec_configure(rte_swx_pipeline* pipeline, pipeline_spec* spec, const char** error);
void pipeline_spec_free(pipeline_spec* spec);
// NOLINTNEXTLINE: the linker's name
int __wrap_pipeline_iospec_configure(rte_swx_pipeline* pipeline, pipeline_iospec* spec, const char** error);
}

namespace outrigger::p4_bench {
namespace {

using p4_native::BurstPacket;
using p4_native::Verdict;

struct InPort {
  Packets* packets = nullptr;
  uint32_t next = packets_count;  // then none come in
};

struct OutPort {
  uint32_t number = 0;
  uint64_t count = 0;
};

// A packet that is dropped goes to DPDK's mbufs, which these are not: every packet of a workload has an entry.
struct Ports {
  InPort in;
  std::array<OutPort, ports> out;
};

// The ports that the pipeline at hand is to get: what builds it from generated C has no place for an argument.
Ports* ports_at_hand = nullptr;

int receive(void* port, rte_swx_pkt* into) {
  InPort& in = *static_cast<InPort*>(port);
  if (in.next == packets_count) {
    return 0;
  }
  const uint32_t number = in.next++;
  into->handle = &in.packets->descriptor(number);
  into->pkt = in.packets->buffer(number);
  into->offset = headroom;
  into->length = packet_bytes;
  return 1;
}

void transmit(void* port, rte_swx_pkt* packet) {
  OutPort& out = *static_cast<OutPort*>(port);
  BurstPacket& descriptor = *static_cast<BurstPacket*>(packet->handle);
  descriptor.data = packet->pkt + packet->offset;
  descriptor.bytes = packet->length;
  descriptor.port = out.number;
  descriptor.verdict = Verdict::Forward;
  ++out.count;
}

void* same(void* port) { return port; }
void keep(void*) {}
void flush(void*) {}
void clone(void*, rte_swx_pkt*) {}
void clone_part(void*, rte_swx_pkt*, uint32_t) {}
void read_in(void*, rte_swx_port_in_stats*) {}
void read_out(void*, rte_swx_port_out_stats*) {}

int configure_ports(rte_swx_pipeline* pipeline) {
  static rte_swx_port_in_ops in_ops = {.create = same, .free = keep, .pkt_rx = receive, .stats_read = read_in};
  static rte_swx_port_out_ops out_ops = {.create = same,
                                         .free = keep,
                                         .pkt_tx = transmit,
                                         .pkt_fast_clone_tx = clone,
                                         .pkt_clone_tx = clone_part,
                                         .flush = flush,
                                         .stats_read = read_out};
  int status = rte_swx_pipeline_port_in_type_register(pipeline, "memory", &in_ops);
  status = status != 0 ? status : rte_swx_pipeline_port_out_type_register(pipeline, "memory", &out_ops);
  status = status != 0 ? status : rte_swx_pipeline_port_in_config(pipeline, 0, "memory", &ports_at_hand->in);
  for (uint32_t i = 0; i < ports_at_hand->out.size() && status == 0; ++i) {
    OutPort& out = ports_at_hand->out.at(i);
    out.number = i;
    status = rte_swx_pipeline_port_out_config(pipeline, i, "memory", &out);
  }
  return status;
}

struct CloseFile {
  void operator()(FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<FILE, CloseFile>;

Result<File> open_file(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode));
  if (file == nullptr) {
    return fail(Code::Internal, "cannot open {}", path);
  }
  return file;
}

std::string tables_spec(const Workload& workload) {
  std::string text =
      "struct tag_h {\n\tbit<16> dst_high\n\tbit<32> label\n\tbit<48> src_addr\n\tbit<16> ether_type\n}\n"
      "header tag instanceof tag_h\n"
      "struct metadata_t {\n\tbit<32> port_in\n\tbit<32> label\n}\nmetadata instanceof metadata_t\n"
      "struct step_args_t {\n\tbit<32> label\n}\n"
      "action step args instanceof step_args_t {\n\tmov m.label t.label\n\treturn\n}\n"
      "action drop args none {\n\tdrop\n}\n";
  std::string apply = "apply {\n\trx m.port_in\n\textract h.tag\n\tmov m.label h.tag.label\n";
  for (uint32_t i = 1; i <= workload.tables; ++i) {
    text += fmt::format(
        "table step_{} {{\n\tkey {{\n\t\tm.label exact\n\t}}\n\tactions {{\n\t\tstep\n\t\tdrop\n\t}}\n"
        "\tdefault_action drop args none\n\tsize {}\n}}\n",
        i, workload.entries);
    apply += fmt::format("\ttable step_{}\n", i);
  }
  return text + apply + "\tand m.label 7\n\temit h.tag\n\ttx m.label\n}\n";
}

Result<std::string> write_spec(const Workload& workload, const std::string& folder) {
  std::string text = tables_spec(workload);
  if (workload.program != Program::Tables) {
    std::ifstream source(std::string(OUTRIGGER_BENCH_FOLDER "/").append(name_of(workload.program)).append(".spec"));
    text.assign(std::istreambuf_iterator<char>(source), {});
    constexpr std::string_view word = "ENTRIES\n";
    const size_t at = text.rfind(word);
    if (at == std::string::npos) {
      return fail(Code::Internal, "there is no specification of {}", name_of(workload.program));
    }
    text.replace(at, word.size() - 1, std::to_string(workload.entries));
  }
  std::string path =
      fmt::format("{}/{}-{}-{}.spec", folder, name_of(workload.program), workload.entries, workload.tables);
  std::ofstream(path) << text;
  return path;
}

// What an entry does, as rte_swx_ctl_pipeline_table_entry_read() wants it.
std::string text_of(const Address& one) {
  return fmt::format("match {:#x} action forward port {:#x}", one.mac, one.port);
}
std::string text_of(const Route& one) {
  return fmt::format("match {:#x}/{:#x} action route dst_addr {:#x} src_addr {:#x} port {:#x}", one.prefix,
                     ~uint32_t{0} << (32 - one.length), one.dst_mac, one.src_mac, one.port);
}
std::string text_of(const Step& one) { return fmt::format("match {:#x} action step label {:#x}", one.label, one.next); }

std::string text_of(const Tunnel& one) {
  struct Field {
    const char* name;
    uint32_t bytes;
  };
  constexpr std::array<Field, 21> fields{
      {{"ethernet_dst_addr", 6}, {"ethernet_src_addr", 6}, {"ethernet_ether_type", 2}, {"ipv4_version_ihl", 1},
       {"ipv4_diffserv", 1},     {"ipv4_total_len", 2},    {"ipv4_identification", 2}, {"ipv4_flags_offset", 2},
       {"ipv4_ttl", 1},          {"ipv4_protocol", 1},     {"ipv4_hdr_checksum", 2},   {"ipv4_src_addr", 4},
       {"ipv4_dst_addr", 4},     {"udp_src_port", 2},      {"udp_dst_port", 2},        {"udp_length", 2},
       {"udp_checksum", 2},      {"vxlan_flags", 1},       {"vxlan_reserved", 3},      {"vxlan_vni", 3},
       {"vxlan_reserved2", 1}}};
  std::string text = fmt::format("match {:#x} action encapsulate", one.mac);
  uint32_t at = 0;
  for (const Field& field : fields) {
    text += fmt::format(" {} 0x", field.name);
    for (const uint32_t end = at + field.bytes; at < end; ++at) {
      text += fmt::format("{:02x}", one.outer.at(at));
    }
  }
  return text + fmt::format(" port {:#x}", one.port);
}

class SwxContender final : public Contender {
 public:
  static Result<std::unique_ptr<Contender>> make(const Workload& workload, const SwxOptions& options);
  ~SwxContender() override { rte_swx_pipeline_free(pipeline_); }
  void run(Packets& packets) override;

 private:
  Result<> interpret(const std::string& spec);
  Result<> generate(const std::string& spec, const SwxOptions& options);
  Result<> add_entries(const Workload& workload);
  template <class Entry>
  Result<> add(uint32_t table, const std::string& name, const std::vector<Entry>& entries);
  [[nodiscard]] uint64_t sent() const;

  Ports ports_;
  rte_swx_pipeline* pipeline_ = nullptr;
  rte_swx_ctl_pipeline* control_ = nullptr;
};

Result<std::unique_ptr<Contender>> SwxContender::make(const Workload& workload, const SwxOptions& options) {
  auto made = std::make_unique<SwxContender>();
  ports_at_hand = &made->ports_;
  OR_ASSIGN(const std::string spec, write_spec(workload, options.folder));
  if (options.is_generated) {
    OR_TRY(made->generate(spec, options));
  } else {
    OR_TRY(made->interpret(spec));
  }
  OR_TRY(made->add_entries(workload));
  return made;
}

Result<> SwxContender::interpret(const std::string& path) {
  OR_ASSIGN(const File file, open_file(path, "r"));
  uint32_t line = 0;
  const char* error = "";
  std::unique_ptr<pipeline_spec, decltype(&pipeline_spec_free)> spec(pipeline_spec_parse(file.get(), &line, &error),
                                                                     pipeline_spec_free);
  if (spec == nullptr) {
    return fail(Code::Internal, "{}:{}: {}", path, line, error);
  }
  if (rte_swx_pipeline_config(&pipeline_, "interpreted", 0) != 0 || configure_ports(pipeline_) != 0 ||
      pipeline_spec_configure(pipeline_, spec.get(), &error) != 0 || rte_swx_pipeline_build(pipeline_) != 0) {
    return fail(Code::Internal, "SWX does not build {}: {}", path, error);
  }
  return {};
}

Result<> SwxContender::generate(const std::string& path, const SwxOptions& options) {
  const std::string code = path + ".c";
  const std::string library = path + ".so";
  {
    OR_ASSIGN(const File spec, open_file(path, "r"));
    OR_ASSIGN(const File into, open_file(code, "w"));
    uint32_t line = 0;
    const char* error = "";
    if (rte_swx_pipeline_codegen(spec.get(), into.get(), &line, &error) != 0) {
      return fail(Code::Internal, "{}:{}: {}", path, line, error);
    }
  }
  // As DPDK's example does it, and for this machine besides.
  const std::string command = fmt::format(
      "gcc -O3 -march=native -fpic -shared -w -include rte_config.h -I '{}' -I /usr/include/dpdk "
      "-I \"/usr/include/$(gcc -dumpmachine)/dpdk\" -o '{}' '{}'",
      options.headers, library, code);
  if (std::system(command.c_str()) != 0) {  // NOLINT: our own words
    return fail(Code::Internal, "the C that SWX generates does not compile: {}", command);
  }
  OR_ASSIGN(const File no_ports, open_file("/dev/null", "r"));
  const int status = rte_swx_pipeline_build_from_lib(&pipeline_, "generated", library.c_str(), no_ports.get(), 0);
  return status == 0 ? Result<>{} : fail(Code::Internal, "SWX does not build from {}: {}", library, status);
}

// Exact tables take entries one by one, into what the pipeline looks up at this time; the control library would look
// through all of them for each. The others are made anew by a commit.
template <class Entry>
Result<> SwxContender::add(uint32_t table, const std::string& name, const std::vector<Entry>& entries) {
  rte_swx_table_ops operations = {};
  int is_stub = 0;
  rte_swx_table_state* state = nullptr;
  rte_swx_ctl_table_ops_get(pipeline_, table, &operations, &is_stub);
  rte_swx_pipeline_table_state_get(pipeline_, &state);
  for (const Entry& one : entries) {
    const std::string text = text_of(one);
    int is_blank = 0;
    rte_swx_table_entry* const entry =
        rte_swx_ctl_pipeline_table_entry_read(control_, name.c_str(), text.c_str(), &is_blank);
    if (entry == nullptr) {
      return fail(Code::Internal, "SWX cannot read: {}", text);
    }
    const int status = operations.add != nullptr ? operations.add(state[table].obj, entry)  // NOLINT: DPDK's array
                                                 : rte_swx_ctl_pipeline_table_entry_add(control_, name.c_str(), entry);
    std::free(entry->key);  // NOLINT: DPDK's own way, which it has no call for
    std::free(entry->key_mask);
    std::free(entry->action_data);
    std::free(entry);
    if (status != 0) {
      return fail(Code::Internal, "SWX does not take: {}", text);
    }
  }
  if (operations.add == nullptr && rte_swx_ctl_pipeline_commit(control_, 1) != 0) {
    return fail(Code::Internal, "SWX does not make a table of {} entries", entries.size());
  }
  return {};
}

Result<> SwxContender::add_entries(const Workload& workload) {
  control_ = rte_swx_ctl_pipeline_create(pipeline_);
  if (control_ == nullptr) {
    return fail(Code::Internal, "SWX has no tables");
  }
  switch (workload.program) {
    case Program::L2: return add(0, "addresses", workload.addresses);
    case Program::Lpm: return add(0, "routes", workload.routes);
    case Program::Vxlan: return add(0, "tunnels", workload.tunnels);
    case Program::Tables: break;
  }
  for (uint32_t i = 0; i < workload.tables; ++i) {
    OR_TRY(add(i, fmt::format("step_{}", i + 1), workload.steps[i]));
  }
  return {};
}

uint64_t SwxContender::sent() const {
  uint64_t count = 0;
  for (const OutPort& out : ports_.out) {
    count += out.count;
  }
  return count;
}

void SwxContender::run(Packets& packets) {
  constexpr uint32_t instructions = 1024;
  ports_.in = {.packets = &packets, .next = 0};
  const uint64_t before = sent();
  while (sent() - before < packets_count) {
    rte_swx_pipeline_run(pipeline_, instructions);
  }
}

// EAL's memory is anonymous without hugetlbfs: large pages are asked for as the other contenders do.
int ask_for_large_pages(const rte_memseg_list* list, void*) {
  (void)madvise(list->base_va, list->len, MADV_HUGEPAGE);
  return 0;
}

}  // namespace

Result<> start_swx(int cpu) {
  std::array<std::string, 9> words{"p4_bench",       "--no-huge",         "-m",
                                   "4096",           "--no-pci",          "--no-shconf",
                                   "--no-telemetry", "--log-level=error", "--lcores=0@" + std::to_string(cpu)};
  std::array<char*, 9> arguments{};
  for (size_t i = 0; i < words.size(); ++i) {
    arguments.at(i) = words.at(i).data();
  }
  if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) {
    return fail(Code::Internal, "DPDK's EAL does not start");
  }
  rte_memseg_list_walk(ask_for_large_pages, nullptr);
  return {};
}

Result<std::unique_ptr<Contender>> make_swx(const Workload& workload, const SwxOptions& options) {
  return SwxContender::make(workload, options);
}

}  // namespace outrigger::p4_bench

int __wrap_pipeline_iospec_configure(rte_swx_pipeline* pipeline, pipeline_iospec*, const char**) {
  return outrigger::p4_bench::configure_ports(pipeline);
}

#else

namespace outrigger::p4_bench {

Result<> start_swx(int) { return fail(Code::Unimplemented, "p4_bench was built without libdpdk-dev"); }

Result<std::unique_ptr<Contender>> make_swx(const Workload&, const SwxOptions&) {
  return fail(Code::Unimplemented, "p4_bench was built without libdpdk-dev");
}

}  // namespace outrigger::p4_bench

#endif
