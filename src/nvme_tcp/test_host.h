// For tests of nvme_tcp: a queue that reads and writes a small memory, at once or when it is told to, a desk that gives
// it to whoever connects, and a host that speaks PDUs by hand over a socket pair.
#pragma once

#include "base/check.h"
#include "block/iov_cursor.h"
#include "core/clock.h"
#include "core/reactor.h"
#include "nvme/connect.h"
#include "nvme_tcp/connection.h"
#include "nvme_tcp/digest.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace outrigger::nvme_tcp {

using Bytes = std::vector<std::byte>;

// Opcodes as in NVM: Flush, Write, Read, in blocks of 512 bytes; anything else is refused by prepare().
class FakeQueue final : public nvme::Queue {
 public:
  static constexpr uint32_t block_bytes = 512;
  FakeQueue(core::Reactor& home, size_t memory_bytes) : memory(memory_bytes), home_(home) {}
  ~FakeQueue() override { check(at_work == 0, "a queue goes with nothing at work"); }

  core::Reactor& home() const noexcept override { return home_; }
  bool is_ready() const noexcept override { return ready; }
  void closed() noexcept override { ++closed_count; }
  void attach() noexcept override {
    check(home_.is_current() && !is_attached, "attached once, at home");
    is_attached = true;
  }
  void detach() noexcept override {
    check(home_.is_current() && is_attached && at_work == 0, "detached once, at home, with nothing at work");
    is_attached = false;
    ++detached_count;
  }
  nvme::Status prepare(nvme::Command& command) noexcept override {
    ++prepared;
    const uint32_t bytes = command.sqe.block_count() * block_bytes;
    const bool moves = command.sqe.opcode == 1 || command.sqe.opcode == 2;
    if (command.sqe.opcode > 2) {
      return nvme::Status::final(nvme::StatusCode::InvalidOpcode);
    }
    const uint64_t block_count = memory.size() / block_bytes;
    if (moves && (command.sqe.slba() > block_count || command.sqe.block_count() > block_count - command.sqe.slba())) {
      return nvme::Status::final(nvme::StatusCode::LbaOutOfRange);
    }
    if (moves && bytes > command.sgl_bytes) {
      return nvme::Status::final(nvme::StatusCode::DataSglLengthInvalid);
    }
    if (moves) {
      command.direction = command.sqe.opcode == 1 ? nvme::Direction::ToController : nvme::Direction::ToHost;
      command.data_bytes = bytes;
    }
    ++at_work;
    return {};
  }
  void execute(nvme::Command& command) noexcept override {
    ++executed;
    if (is_lazy) {
      pending.push_back(&command);
    } else {
      finish(command);
    }
  }
  bool lend(nvme::Command& command) noexcept override {
    if (!lends) {
      return false;
    }
    command.loan = {memory.data() + command.sqe.slba() * block_bytes, command.data_bytes};
    command.iov = &command.loan;
    command.iov_count = 1;
    command.status = {};
    ++lent;
    return true;
  }
  void returned(nvme::Command&) noexcept override {
    --lent;
    --at_work;
  }
  void forget(nvme::Command&) noexcept override {
    ++forgotten;
    --at_work;
  }
  void expedite() noexcept override {
    ++expedited;
    if (completes_when_expedited) {
      while (!pending.empty()) {
        finish_pending(0);
      }
    }
  }

  void finish_pending(size_t index) {
    nvme::Command* const command = pending[index];
    pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(index));
    finish(*command);
  }
  void finish(nvme::Command& command) noexcept {
    if (command.direction != nvme::Direction::None) {
      std::byte* const at = memory.data() + command.sqe.slba() * block_bytes;
      if (command.direction == nvme::Direction::ToController) {
        block::IovCursor(command.iov).gather(at, command.data_bytes);
      } else {
        block::IovCursor(command.iov).scatter(at, command.data_bytes);
      }
    }
    --at_work;
    command.complete({}, 0);
  }

  Bytes memory;
  bool ready = true;
  bool is_lazy = false;
  bool lends = false;
  int lent = 0;  // now
  bool completes_when_expedited = false;
  bool is_attached = false;
  std::vector<nvme::Command*> pending;
  int closed_count = 0, detached_count = 0, expedited = 0, prepared = 0, executed = 0, forgotten = 0, at_work = 0;

 private:
  core::Reactor& home_;
};

class FakeDesk final : public ConnectDesk {
 public:
  nvme::ConnectOutcome connect(const nvme::ConnectRequest& request) override {
    ++connects;
    link = &request.link;
    // A hostile host does not terminate it.
    hostnqn.assign(request.data.hostnqn, ::strnlen(request.data.hostnqn, sizeof(request.data.hostnqn)));
    tls_identity = request.tls_identity;
    tls_fingerprint = request.tls_fingerprint;
    local_address = request.local_address;
    if (not_yet != 0) {
      --not_yet;
      return {.status = nvme::Status::retryable(nvme::StatusCode::ConnectControllerBusy),
              .result = 0,
              .queue = {},
              .passes_soon = true};
    }
    if (!nvme::queue_entries_of(request.sqe)) {
      return nvme::refuse_sqe(offsetof(nvme::ConnectSqe, sqsize));
    }
    if (queue == nullptr) {
      return {.status = nvme::Status::final(nvme::StatusCode::ConnectInvalidHost), .result = 7, .queue = {}};
    }
    if (new_queues_home != nullptr) {
      auto made = std::make_shared<FakeQueue>(*new_queues_home, 4096);
      if (keeps_new_queues) {
        new_queues.push_back(made);
      }
      return {.status = {}, .result = 1, .queue = std::move(made)};
    }
    return {.status = {}, .result = 1, .queue = queue};
  }
  std::shared_ptr<FakeQueue> queue;
  core::Reactor* new_queues_home = nullptr;  // every Connect gets a queue of its own, there
  bool keeps_new_queues = false;
  std::vector<std::shared_ptr<FakeQueue>> new_queues;
  nvme::Link* link = nullptr;
  std::string hostnqn;
  std::string tls_identity;
  std::string tls_fingerprint;
  std::string local_address;
  int connects = 0;
  int not_yet = 0;  // so many find something in the way that passes soon
};

// Gives at most so many bytes a call, in both directions.
class ShortStream final : public Stream {
 public:
  ShortStream(UniqueFd socket, size_t bytes_max) : plain_(std::move(socket)), bytes_max_(bytes_max) {}
  ssize_t read(const iovec* iov, size_t count) noexcept override {
    const auto cut = shorten(iov, count);
    return plain_.read(cut.data(), cut.size());
  }
  ssize_t write(const iovec* iov, size_t count) noexcept override {
    const auto cut = shorten(iov, count);
    return plain_.write(cut.data(), cut.size());
  }
  int fd() const noexcept override { return plain_.fd(); }

 private:
  std::vector<iovec> shorten(const iovec* iov, size_t count) const {
    std::vector<iovec> cut;
    size_t left = bytes_max_;
    for (size_t i = 0; i < count && left != 0; ++i) {
      const size_t step = std::min(iov[i].iov_len, left);
      left -= step;
      if (step != 0) {
        cut.push_back({iov[i].iov_base, step});
      }
    }
    return cut;
  }
  PlainStream plain_;
  size_t bytes_max_;
};

struct Pdu {
  CommonHeader common;
  Bytes bytes;  // all of it
  [[nodiscard]] PduType type() const { return static_cast<PduType>(common.type); }
  template <typename T>
  [[nodiscard]] T as() const {
    T value;
    check(bytes.size() >= sizeof(T), "a PDU is as long as its header");
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  [[nodiscard]] Bytes data(bool has_digest = false) const {
    return {bytes.begin() + common.pdo, bytes.end() - (has_digest ? 4 : 0)};
  }
};

// What a host says.
struct Script {
  bool has_header_digest = false;
  bool has_data_digest = false;
  uint8_t hpda = 0;

  static void put(Bytes& to, const void* from, size_t bytes) {
    const auto* const at = static_cast<const std::byte*>(from);
    to.insert(to.end(), at, at + bytes);
  }
  [[nodiscard]] Bytes icreq() const {
    ICReq request;
    request.common = {.type = 0, .flags = 0, .hlen = 128, .pdo = 0, .plen = 128U};
    request.hpda = hpda;
    request.dgst = static_cast<uint8_t>((has_header_digest ? 1 : 0) | (has_data_digest ? 2 : 0));
    Bytes bytes;
    put(bytes, &request, sizeof(request));
    return bytes;
  }
  // A header with its digest, data with theirs.
  template <typename Header>
  [[nodiscard]] Bytes pdu(Header header, const Bytes& data) const {
    const uint32_t before = sizeof(header) + (has_header_digest ? 4U : 0U);
    header.common.hlen = sizeof(header);
    header.common.flags |= static_cast<uint8_t>((has_header_digest ? flag::Hdgstf : 0) |
                                                (has_data_digest && !data.empty() ? flag::Ddgstf : 0));
    header.common.pdo = data.empty() ? uint8_t{0} : static_cast<uint8_t>(before);
    header.common.plen = before + static_cast<uint32_t>(data.size()) + (has_data_digest && !data.empty() ? 4U : 0U);
    Bytes bytes;
    put(bytes, &header, sizeof(header));
    if (has_header_digest) {
      const le32 value = digest(&header, sizeof(header));
      put(bytes, &value, 4);
    }
    put(bytes, data.data(), data.size());
    if (has_data_digest && !data.empty()) {
      const le32 value = digest(data.data(), data.size());
      put(bytes, &value, 4);
    }
    return bytes;
  }
  // To the admin queue, unless that has never so many entries.
  [[nodiscard]] Bytes connect(uint16_t sqsize = 31, uint8_t cattr = 0) const {
    return connect(sqsize, cattr, sqsize < nvme::admin_queue_entries_max ? 0 : 1);
  }
  [[nodiscard]] Bytes connect(uint16_t sqsize, uint8_t cattr, uint16_t qid) const {
    nvme::ConnectSqe sqe;
    sqe.cid = 0x1234;
    sqe.qid = qid;
    sqe.sqsize = sqsize;
    sqe.cattr = cattr;
    sqe.sgl.length = 1024U;
    sqe.sgl.type = static_cast<uint8_t>(nvme::SglType::DataBlockOffset);
    CapsuleCmd capsule;
    capsule.common.type = 4;
    capsule.sqe = std::bit_cast<nvme::Sqe>(sqe);
    nvme::ConnectData data;
    std::strcpy(data.hostnqn, "nqn.2014-08.org.nvmexpress:host");
    Bytes bytes;
    put(bytes, &data, sizeof(data));
    return pdu(capsule, bytes);
  }
  static nvme::Sqe io(uint8_t opcode, uint16_t cid, uint64_t lba, uint32_t blocks, bool is_in_capsule) {
    nvme::Sqe sqe;
    sqe.opcode = opcode;
    sqe.flags = 0x40;
    sqe.cid = cid;
    sqe.nsid = 1U;
    sqe.cdw10 = static_cast<uint32_t>(lba);
    sqe.cdw12 = blocks - 1;
    sqe.sgl.length = opcode == 0 ? 0 : blocks * FakeQueue::block_bytes;
    sqe.sgl.type =
        static_cast<uint8_t>(is_in_capsule ? nvme::SglType::DataBlockOffset : nvme::SglType::TransportDataBlock);
    return sqe;
  }
  [[nodiscard]] Bytes capsule(const nvme::Sqe& sqe, const Bytes& data = {}) const {
    CapsuleCmd command;
    command.common.type = 4;
    command.sqe = sqe;
    return pdu(command, data);
  }
  [[nodiscard]] Bytes read(uint16_t cid, uint64_t lba, uint32_t blocks) const {
    return capsule(io(2, cid, lba, blocks, false));
  }
  [[nodiscard]] Bytes write(uint16_t cid, uint64_t lba, const Bytes& data) const {
    return capsule(io(1, cid, lba, static_cast<uint32_t>(data.size() / FakeQueue::block_bytes), true), data);
  }
  [[nodiscard]] Bytes long_write(uint16_t cid, uint64_t lba, uint32_t blocks) const {
    return capsule(io(1, cid, lba, blocks, false));
  }
  [[nodiscard]] Bytes flush(uint16_t cid) const { return capsule(io(0, cid, 0, 1, false)); }
  [[nodiscard]] Bytes h2cdata(uint16_t cid, uint16_t ttag, uint32_t offset, const Bytes& data, bool is_last) const {
    DataPdu header;
    header.common.type = 6;
    header.common.flags = is_last ? flag::LastPdu : uint8_t{0};
    header.cccid = cid;
    header.ttag = ttag;
    header.datao = offset;
    header.datal = static_cast<uint32_t>(data.size());
    return pdu(header, data);
  }
};

// Two cores in virtual time.
struct TestCores {
  std::unique_ptr<core::Reactor> make(std::string name) {
    auto made = core::Reactor::create({.name = std::move(name), .uring_entries = 0}, clock);
    check(made.has_value(), "a reactor");
    return std::move(*made);
  }
  core::ManualClock clock;
  std::unique_ptr<core::Reactor> control = make("control");
  std::unique_ptr<core::Reactor> data = make("data");
  std::vector<core::Reactor*> data_cores{data.get()};
  GroupSet groups{*control, data_cores};
};

// A connection on two cores, which may be those of other connections, and a hand-driven host.
class TestWorld : public ConnectionOwner {
 public:
  explicit TestWorld(size_t memory_bytes = 4U << 20, std::shared_ptr<TestCores> cores = std::make_shared<TestCores>())
      : cores_(std::move(cores)) {
    desk.queue = std::make_shared<FakeQueue>(data(), memory_bytes);
  }
  ~TestWorld() override {
    if (connection_ != nullptr) {
      hang_up();
      desk.queue->is_lazy = false;
      while (!queue().pending.empty()) {
        queue().finish_pending(0);
      }
      check(run_until([&] { return connection_ == nullptr; }), "every connection ends when its host hangs up");
    }
    desk.queue.reset();
    turn(4);
  }

  void open(size_t bytes_per_call = SIZE_MAX, ConnectionOptions options = {}) {
    int fds[2];
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0, "a socket pair");
    host_.reset(fds[0]);
    std::unique_ptr<Stream> stream;
    if (bytes_per_call == SIZE_MAX) {
      stream = std::make_unique<PlainStream>(UniqueFd(fds[1]));
    } else {
      stream = std::make_unique<ShortStream>(UniqueFd(fds[1]), bytes_per_call);
    }
    control().run_turn();
    connection_ = std::make_unique<Connection>(ConnectionContext{.groups = cores_->groups,
                                                                 .desk = desk,
                                                                 .owner = *this,
                                                                 .port = port_,
                                                                 .peer = peer,
                                                                 .tls_identity = {},
                                                                 .tls_fingerprint = {},
                                                                 .options = options},
                                               std::move(stream));
    connection_->start();
  }
  // ICReq, Connect and their answers.
  void let_in(const Script& script, uint16_t sqsize = 31, uint8_t cattr = 0) {
    say(script.icreq());
    check(next().type() == PduType::ICResp, "ICResp");
    say(script.connect(sqsize, cattr));
    connect_response = next().as<CapsuleResp>();
    check(connect_response.cqe.status == 0, "let in");
    turn(4);
  }

  void say(const Bytes& bytes) {
    unsaid_.insert(unsaid_.end(), bytes.begin(), bytes.end());
    push();
  }
  void hang_up() { host_.reset(); }
  void turn(int count = 1) {
    for (int i = 0; i < count; ++i) {
      control().run_turn();
      data().run_turn();
      push();
      pull();
    }
  }
  template <typename Done>
  bool run_until(Done done) {
    for (int i = 0; i < 100'000 && !done(); ++i) {
      turn();
    }
    return done();
  }
  // What the connection says next; nothing when it says nothing.
  std::optional<Pdu> try_next(int turns = 2000) {
    for (int i = 0; i < turns; ++i) {
      if (heard_.size() >= sizeof(CommonHeader)) {
        Pdu pdu;
        std::memcpy(&pdu.common, heard_.data(), sizeof(pdu.common));
        if (heard_.size() >= pdu.common.plen) {
          pdu.bytes.assign(heard_.begin(), heard_.begin() + pdu.common.plen);
          heard_.erase(heard_.begin(), heard_.begin() + pdu.common.plen);
          return pdu;
        }
      }
      turn();
    }
    return std::nullopt;
  }
  Pdu next() {
    auto pdu = try_next(1'000'000);
    check(pdu.has_value(), "the connection answers");
    return std::move(*pdu);
  }
  // Did the connection close, or has it gone?
  bool is_closed() {
    turn(50);
    return has_heard_end_ || connection_ == nullptr;
  }
  void pause_hearing(bool is_paused) { hears_ = !is_paused; }
  // Paused, it hears so much all the same.
  void hear(size_t bytes) { hears_bytes_ += bytes; }
  void pass(uint64_t ns) {
    cores_->clock.advance(ns);
    turn(10);
  }

  bool may_have_entries(Connection&, uint32_t count) noexcept override {
    entries_asked = count;
    return has_memory;
  }
  void take_entries(Connection&, uint32_t count) noexcept override { entries_taken += count; }
  void connection_ready(Connection&) noexcept override { ++ready_count; }
  void connection_gone(Connection&) noexcept override {
    ++gone_count;
    connection_.reset();
  }
  [[nodiscard]] FakeQueue& queue() { return *desk.queue; }
  [[nodiscard]] Connection* connection() { return connection_.get(); }
  [[nodiscard]] GroupSet& groups() { return cores_->groups; }
  [[nodiscard]] core::Reactor& control() { return *cores_->control; }
  [[nodiscard]] core::Reactor& data() { return *cores_->data; }
  [[nodiscard]] size_t heard_bytes() const { return heard_.size(); }

  FakeDesk desk;
  std::string peer = "host";  // where it comes from: before open()
  bool has_memory = true;
  uint32_t entries_asked = 0;
  uint32_t entries_taken = 0;
  CapsuleResp connect_response;
  int ready_count = 0;
  int gone_count = 0;

 private:
  void push() {
    while (host_.is_open() && !unsaid_.empty()) {
      const ssize_t bytes = ::send(host_.get(), unsaid_.data(), unsaid_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (bytes <= 0) {
        if (bytes < 0 && errno != EAGAIN) {
          unsaid_.clear();
        }
        return;
      }
      unsaid_.erase(unsaid_.begin(), unsaid_.begin() + bytes);
    }
  }
  void pull() {
    std::byte bytes[16384];
    while (host_.is_open() && (hears_ || hears_bytes_ != 0)) {
      const size_t wanted = hears_ ? sizeof(bytes) : std::min(sizeof(bytes), hears_bytes_);
      const ssize_t count = ::recv(host_.get(), bytes, wanted, MSG_DONTWAIT);
      hears_bytes_ -= count > 0 && !hears_ ? static_cast<size_t>(count) : 0;
      if (count <= 0) {
        has_heard_end_ = has_heard_end_ || count == 0 || errno != EAGAIN;
        return;
      }
      heard_.insert(heard_.end(), bytes, bytes + count);
    }
  }

  std::shared_ptr<TestCores> cores_;
  nvme::Port port_;
  std::unique_ptr<Connection> connection_;
  UniqueFd host_;
  Bytes unsaid_;
  Bytes heard_;
  bool hears_ = true;
  size_t hears_bytes_ = 0;
  bool has_heard_end_ = false;
};

inline Bytes pattern(size_t bytes, unsigned seed) {
  Bytes data(bytes);
  for (size_t i = 0; i < bytes; ++i) {
    data[i] = static_cast<std::byte>((i * 7 + i / 251 + seed * 13) & 0xFFU);
  }
  return data;
}

}  // namespace outrigger::nvme_tcp
