// Fuzzes what is behind the connections: a directory, a subsystem with three namespaces, and a hostile host that was
// let in with an admin and an I/O queue. It sends well-formed capsules with any command in them, data when they were
// asked for or not, and bytes as they are; time passes, connections end, control changes namespaces under it.
// Whatever comes: an identifier is answered at most once for each command, what we say is valid, nothing is left.
//
// Byte 0: bits 0 and 1 the digests, bit 2 no SQ flow control, bit 3 a slow device. Then records: an op byte (modulo
// 10, bit 7 chooses the admin queue) and its arguments, see do_record().
#include "base/fuzz_input.h"
#include "base/log.h"
#include "block/faulty_device.h"
#include "block/memory_device.h"
#include "core/kept_job.h"
#include "nvme/property_format.h"
#include "nvme/subsystem.h"
#include "nvme_tcp/directory_desk.h"
#include "nvme_tcp/test_host.h"

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string_view>

namespace outrigger::nvme_tcp {
namespace {

constexpr std::string_view subsystem_nqn = "nqn.2026-11.org.example:fuzzed";
constexpr uint32_t namespace_count = 3;
constexpr uint64_t block_count = 256;
constexpr uint32_t records_max = 128;
constexpr uint16_t connect_cid = 0xFFF0;  // and up: the fuzzer's own
constexpr uint64_t millisecond = 1'000'000;

// A connection as the host holds it.
struct Wire {
  UniqueFd socket;
  std::unique_ptr<Connection> connection;
  Bytes heard;
  Bytes unsaid;
  bool has_icresp = false;
  std::map<uint16_t, uint32_t> asked;                    // capsules sent, by identifier
  std::vector<std::pair<uint16_t, uint16_t>> transfers;  // R2Ts: identifier and tag
  uint32_t last_result = 0;
  bool is_answered = false;
  bool is_wild = false;  // raw bytes went: commands may have been in them
};

class World final : public ConnectionOwner {
 public:
  explicit World(uint8_t choice)
      : script_{.has_header_digest = (choice & 1U) != 0, .has_data_digest = (choice & 2U) != 0, .hpda = 0},
        cattr_((choice & 4U) != 0 ? cattr_no_flow_control : uint8_t{0}),
        control_(make("control")),
        data_(make("data")),
        data_cores_{data_.get()},
        groups_(*control_, data_cores_),
        directory_(*control_, data_cores_),
        desk_(directory_) {
    auto made = nvme::Subsystem::create(directory_, {.nqn = std::string(subsystem_nqn),
                                                     .serial = "S",
                                                     .model = "M",
                                                     .firmware = "1",
                                                     .nsid_max = namespace_count + 1});
    check(made.has_value(), "the fuzzer's subsystem is made");
    subsystem_ = std::move(*made);
    port_.id = 1;
    subsystem_->expose_at(port_);
    for (uint32_t nsid = 1; nsid <= namespace_count; ++nsid) {
      add_namespace(nsid, (choice & 8U) != 0 && nsid == 2);
    }
    log_in();
  }
  ~World() override {
    for (Wire& wire : wires_) {
      wire.socket.reset();
    }
    await(subsystem_->close());
    check(run_until([this] { return std::ranges::all_of(wires_, [](const Wire& it) { return !it.connection; }); }),
          "every connection ends when its host hangs up");
    subsystem_.reset();
    turn(4);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void do_record(FuzzInput& input);

 private:
  std::unique_ptr<core::Reactor> make(std::string name) {
    auto made = core::Reactor::create({.name = std::move(name), .uring_entries = 0}, clock_);
    check(made.has_value(), "a reactor");
    (*made)->run_turn();
    return std::move(*made);
  }
  void add_namespace(uint32_t nsid, bool is_slow) {
    auto made = block::MemoryDevice::create(
        "fuzzed", {.block_size = 512, .block_count = block_count, .can_compare_and_write = nsid == 1});
    check(made.has_value(), "a device");
    memories_.push_back(std::move(*made));
    block::Device* device = memories_.back().get();
    if (is_slow) {
      slow_ = std::make_unique<block::FaultyDevice>("slow", *device, 1);
      slow_->add_rule({.fault = block::Fault::Delay, .delay_ns = 40 * millisecond, .one_in = 2});
      slow_->add_rule({.fault = block::Fault::FailAfter, .one_in = 8});
      device = slow_.get();
    }
    devices_.push_back(device);
    show(nsid);
  }
  void show(uint32_t nsid) {
    nvme::NamespaceOptions options{.nsid = nsid};
    options.uuid[0] = static_cast<uint8_t>(nsid);
    await(subsystem_->add_namespace(options, *devices_[nsid - 1]));
  }

  // -- jobs and turns
  template <typename T>
  void await(core::Job<Result<T>> job) {
    std::optional<Result<T>> result;
    core::spawn(core::keep(std::move(job), &result));
    check(run_until([&] { return result.has_value(); }), "a change of control ends");
    check(result->has_value(), "control's own changes succeed");
  }
  void await(core::Job<void> job) {
    bool is_over = false;
    core::spawn(core::keep(std::move(job), &is_over));
    check(run_until([&] { return is_over; }), "a change of control ends");
  }
  template <typename Done>
  bool run_until(Done done) {
    for (int i = 0; i < 20'000 && !done(); ++i) {
      turn(1);
      if (i % 64 == 63) {
        clock_.advance(10 * millisecond);
      }
    }
    return done();
  }
  void turn(int count) {
    for (int i = 0; i < count; ++i) {
      control_->run_turn();
      data_->run_turn();
      for (Wire& wire : wires_) {
        push(wire);
        pull(wire);
      }
    }
  }

  // -- the host
  Wire& open() {
    Wire& wire = wires_.emplace_back();
    int fds[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0, "a socket pair");
    wire.socket.reset(fds[0]);
    wire.connection = std::make_unique<Connection>(ConnectionContext{.groups = groups_,
                                                                     .desk = desk_,
                                                                     .owner = *this,
                                                                     .port = port_,
                                                                     .peer = "host",
                                                                     .tls_identity = {},
                                                                     .tls_fingerprint = {},
                                                                     .options = {}},
                                                   std::make_unique<PlainStream>(UniqueFd(fds[1])));
    wire.connection->start();
    say(wire, script_.icreq());
    return wire;
  }
  void say(Wire& wire, const Bytes& bytes) {
    wire.unsaid.insert(wire.unsaid.end(), bytes.begin(), bytes.end());
    push(wire);
  }
  void say_capsule(Wire& wire, const nvme::Sqe& sqe, const Bytes& data = {}) {
    ++wire.asked[sqe.cid];
    say(wire, script_.capsule(sqe, data));
  }
  static void push(Wire& wire) {
    if (!wire.socket.is_open() || wire.unsaid.empty()) {
      return;
    }
    const ssize_t bytes =
        ::send(wire.socket.get(), wire.unsaid.data(), wire.unsaid.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (bytes > 0) {
      wire.unsaid.erase(wire.unsaid.begin(), wire.unsaid.begin() + bytes);
    } else if (bytes < 0 && errno != EAGAIN) {
      wire.unsaid.clear();
    }
  }
  void pull(Wire& wire) {
    std::array<std::byte, 16384> bytes;
    ssize_t count = 0;
    while (wire.socket.is_open() && (count = ::recv(wire.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0) {
      wire.heard.insert(wire.heard.end(), bytes.begin(), bytes.begin() + count);
    }
    while (wire.heard.size() >= sizeof(CommonHeader)) {
      Pdu pdu;
      std::memcpy(&pdu.common, wire.heard.data(), sizeof(pdu.common));
      check(pdu.common.plen >= sizeof(CommonHeader), "a PDU has a header");
      if (wire.heard.size() < pdu.common.plen) {
        return;
      }
      pdu.bytes.assign(wire.heard.begin(), wire.heard.begin() + pdu.common.plen);
      wire.heard.erase(wire.heard.begin(), wire.heard.begin() + pdu.common.plen);
      hear(wire, pdu);
    }
  }
  static void hear(Wire& wire, const Pdu& pdu);

  void log_in();
  bool connect(Wire& wire, uint16_t qid, uint16_t cntlid);
  // The result of a command of the fuzzer's own, which must succeed.
  uint32_t ask(Wire& wire, const Bytes& capsule, uint16_t cid);

  // -- records
  [[nodiscard]] Wire& wire_of(uint8_t op) {
    return wires_[(op & 0x80U) != 0 ? 0 : std::min<size_t>(1, wires_.size() - 1)];
  }
  void say_command(FuzzInput& input, Wire& wire);
  void say_block_command(FuzzInput& input, Wire& wire);
  void say_data(FuzzInput& input, Wire& wire);
  void change_subsystem(FuzzInput& input);

  bool may_have_entries(Connection&, uint32_t) noexcept override { return true; }
  void take_entries(Connection&, uint32_t) noexcept override {}
  void connection_ready(Connection&) noexcept override {}
  void connection_gone(Connection& connection) noexcept override {
    for (Wire& wire : wires_) {
      if (wire.connection.get() == &connection) {
        wire.connection.reset();
        return;
      }
    }
  }

  const Script script_;
  const uint8_t cattr_;
  core::ManualClock clock_;
  std::unique_ptr<core::Reactor> control_;
  std::unique_ptr<core::Reactor> data_;
  std::vector<core::Reactor*> data_cores_;
  GroupSet groups_;
  nvme::Directory directory_;
  DirectoryDesk desk_;
  nvme::Port port_;
  std::vector<std::unique_ptr<block::MemoryDevice>> memories_;
  std::unique_ptr<block::FaultyDevice> slow_;
  std::vector<block::Device*> devices_;
  std::unique_ptr<nvme::Subsystem> subsystem_;
  std::deque<Wire> wires_;  // admin, I/O, and those that the host opened later
  uint16_t cntlid_ = 0;
  bool is_gone_ = false;  // namespace 3
};

void World::hear(Wire& wire, const Pdu& pdu) {
  switch (pdu.type()) {
    case PduType::ICResp:
      check(!wire.has_icresp && pdu.bytes.size() == sizeof(ICResp), "ICResp, once");
      wire.has_icresp = true;
      break;
    case PduType::CapsuleResp: {
      const auto response = pdu.as<CapsuleResp>();
      const auto asked = wire.asked.find(response.cqe.cid);
      check(wire.is_wild || asked != wire.asked.end(), "a command that was sent is answered");
      if (asked != wire.asked.end() && --asked->second == 0) {
        wire.asked.erase(asked);
      }
      wire.is_answered = true;
      wire.last_result = response.cqe.status == 0 ? static_cast<uint32_t>(response.cqe.result) : UINT32_MAX;
      break;
    }
    case PduType::C2HData: {
      const auto header = pdu.as<DataPdu>();
      check(header.datal != 0 && header.common.pdo >= sizeof(DataPdu), "C2HData");
      check(wire.is_wild || wire.asked.contains(header.cccid), "data of a command that was sent");
      // SUCCESS is the answer.
      if ((header.common.flags & flag::Success) != 0) {
        const auto asked = wire.asked.find(header.cccid);
        if (asked != wire.asked.end() && --asked->second == 0) {
          wire.asked.erase(asked);
        }
      }
      break;
    }
    case PduType::R2T: {
      const auto header = pdu.as<R2T>();
      check(header.r2tl != 0, "R2T asks for something");
      wire.transfers.emplace_back(header.cccid, header.ttag);
      break;
    }
    case PduType::C2HTermReq: break;
    default: check_failed("a controller sends PDUs of its own types", std::source_location::current());
  }
}

uint32_t World::ask(Wire& wire, const Bytes& capsule, uint16_t cid) {
  wire.is_answered = false;
  ++wire.asked[cid];
  say(wire, capsule);
  check(run_until([&] { return wire.is_answered; }), "the fuzzer's own commands are answered");
  return wire.last_result;
}

bool World::connect(Wire& wire, uint16_t qid, uint16_t cntlid) {
  nvme::ConnectSqe sqe;
  sqe.cid = connect_cid;
  sqe.qid = qid;
  sqe.sqsize = uint16_t{15};
  sqe.cattr = cattr_;
  sqe.kato = qid == 0 ? 2000U : 0U;
  sqe.sgl.length = uint32_t{sizeof(nvme::ConnectData)};
  sqe.sgl.type = static_cast<uint8_t>(nvme::SglType::DataBlockOffset);
  nvme::ConnectData data;
  data.hostid[0] = 1;
  data.cntlid = cntlid;
  std::ranges::copy(subsystem_nqn, data.subnqn);
  std::ranges::copy(std::string_view("nqn.2014-08.org.nvmexpress:host"), data.hostnqn);
  Bytes bytes;
  Script::put(bytes, &data, sizeof(data));
  const uint32_t result = ask(wire, script_.capsule(std::bit_cast<nvme::Sqe>(sqe), bytes), connect_cid);
  cntlid_ = static_cast<uint16_t>(result);
  return result != UINT32_MAX;
}

void World::log_in() {
  Wire& admin = open();
  check(connect(admin, 0, 0xFFFF), "the admin queue is let in");
  nvme::PropertySqe enable;
  enable.cid = connect_cid;
  enable.offset = static_cast<uint32_t>(nvme::Property::Cc);
  enable.value = uint64_t{1 | (6U << 16U) | (4U << 20U)};
  check(ask(admin, script_.capsule(std::bit_cast<nvme::Sqe>(enable)), connect_cid) != UINT32_MAX, "CC.EN");
  check(connect(open(), 1, cntlid_), "the I/O queue is let in");
  turn(4);
}

// Any command: opcode, flags, identifier, NSID, SGL, the dwords, and data in the capsule.
void World::say_command(FuzzInput& input, Wire& wire) {
  nvme::Sqe sqe;
  sqe.opcode = input.byte();
  const uint8_t how = input.byte();
  sqe.flags = static_cast<uint8_t>(0x40U | (how & 3U));
  sqe.cid = uint16_t{input.byte()};
  sqe.nsid = (how & 4U) != 0 ? UINT32_MAX : how >> 6U;
  sqe.sgl.length = uint32_t{input.word()};
  sqe.sgl.type =
      static_cast<uint8_t>((how & 8U) != 0 ? nvme::SglType::DataBlockOffset : nvme::SglType::TransportDataBlock);
  if (sqe.opcode == 0x7F) {
    sqe.nsid = input.dword();  // FCTYPE
  }
  for (le32* const dword : {&sqe.cdw10, &sqe.cdw11, &sqe.cdw12, &sqe.cdw13, &sqe.cdw14, &sqe.cdw15}) {
    *dword = (how & 16U) != 0 ? input.dword() : uint32_t{input.byte()};
  }
  const auto data = input.take((how & 8U) != 0 ? input.byte() : 0);
  Bytes bytes(data.begin(), data.end());
  if ((how & 32U) != 0) {
    bytes.resize(sqe.sgl.length % 8193U);
  }
  say_capsule(wire, sqe, bytes);
}

// One that is about blocks, so that more of them get through.
void World::say_block_command(FuzzInput& input, Wire& wire) {
  constexpr uint8_t opcodes[] = {0x00, 0x01, 0x02, 0x05, 0x08, 0x09, 0x0C, 0x19};
  const uint8_t what = input.byte();
  const uint8_t how = input.byte();
  nvme::Sqe sqe = Script::io(opcodes[what % 8U], input.byte(), input.byte(), 1 + (how & 0x1FU), (how & 0x20U) != 0);
  sqe.nsid = 1 + (what >> 3U) % namespace_count;
  // First and second of a fused pair: Compare and Write.
  sqe.flags = static_cast<uint8_t>(sqe.flags | ((what & 0xC0U) == 0xC0U ? (sqe.opcode == 5 ? 1U : 2U) : 0U));
  Bytes data;
  if (sqe.opcode == 0x09 || sqe.opcode == 0x19) {
    const uint8_t ranges = how & 7U;
    sqe.cdw10 = uint32_t{ranges};
    sqe.cdw11 = 4U;
    sqe.cdw12 = sqe.opcode == 0x19 ? uint32_t{ranges} : 0U;
    const auto given = input.take((ranges + 1U) * (sqe.opcode == 0x19 ? 32U : 16U));
    data.assign(given.begin(), given.end());
    sqe.sgl.length = static_cast<uint32_t>(data.size());
    sqe.sgl.type = static_cast<uint8_t>(nvme::SglType::DataBlockOffset);
  } else if ((how & 0x20U) != 0 && (sqe.opcode == 1 || sqe.opcode == 5)) {
    data.resize(std::min<size_t>(sqe.sgl.length, 8192), static_cast<std::byte>(what));
  }
  sqe.cdw12 = sqe.cdw12 | (uint32_t{how} >> 6U << 30U);  // FUA, LR
  say_capsule(wire, sqe, data);
}

// What an R2T asked for, or something like it.
void World::say_data(FuzzInput& input, Wire& wire) {
  const uint8_t which = input.byte();
  const uint32_t offset = input.byte() * 512U;
  const uint32_t bytes = input.byte() * 512U;
  if (wire.transfers.empty()) {
    return;
  }
  const auto [cid, ttag] = wire.transfers[which % wire.transfers.size()];
  say(wire, script_.h2cdata(cid, ttag, offset, Bytes(std::max(bytes, 4U), std::byte{which}), (which & 0x80U) == 0));
}

void World::change_subsystem(FuzzInput& input) {
  const uint8_t what = input.byte();
  switch (what % 4) {
    case 0:
      is_gone_ ? show(namespace_count) : await(subsystem_->remove_namespace(namespace_count));
      is_gone_ = !is_gone_;
      break;
    case 1: (void)memories_[2]->resize(16 + what); break;
    case 2: {
      constexpr nvme::AnaState states[] = {nvme::AnaState::Optimized, nvme::AnaState::Inaccessible,
                                           nvme::AnaState::Change};
      (void)subsystem_->set_ana_state(port_, 1, states[(what >> 2U) % 3U]);
      break;
    }
    default: (void)subsystem_->set_visible(1, "nqn.2014-08.org.nvmexpress:host", (what & 4U) != 0); break;
  }
}

void World::do_record(FuzzInput& input) {
  const uint8_t op = input.byte();
  Wire& wire = wire_of(op);
  switch ((op & 0x7FU) % 10) {
    case 0: {
      wire.is_wild = true;
      const auto bytes = input.take(input.byte());
      say(wire, Bytes(bytes.begin(), bytes.end()));
      break;
    }
    case 1:
    case 2: say_command(input, wire); break;
    case 3:
    case 4: say_block_command(input, wire); break;
    case 5: say_data(input, wire); break;
    case 6: clock_.advance(input.byte() * 10 * millisecond); break;
    case 7: change_subsystem(input); break;
    case 8:
      if (wires_.size() < 6) {
        Wire& opened = open();
        const nvme::Sqe sqe = Script::io(0, 1, 0, 1, false);
        (op & 0x80U) != 0 ? say_capsule(opened, sqe) : say(opened, {});
      } else {
        wire.socket.reset();
      }
      break;
    default: turn(4); break;
  }
  turn((op & 0x40U) != 0 ? 0 : 2);
}

}  // namespace
}  // namespace outrigger::nvme_tcp

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace outrigger::nvme_tcp;
  outrigger::log::set_level(outrigger::log::Level::Error);
  outrigger::FuzzInput input({data, size});
  World world(input.byte());
  for (uint32_t records = 0; !input.is_empty() && records < records_max; ++records) {
    world.do_record(input);
  }
  return 0;  // the world checks that it ends well
}
