// nvme-tcp-client: how many I/Os a second, and how long each takes, over NVMe/TCP: one admin queue, one I/O queue, so
// many commands in flight. It polls; a round of the loop receives all there is with one call and sends all that is due
// with one call, so that the target is measured and not this program.
#include "base/unique_fd.h"
#include "load/command_line.h"
#include "load/latency.h"
#include "nvme/fabrics_format.h"
#include "nvme_tcp/pdu.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::load {
namespace {

using nvme_tcp::CapsuleCmd;
using nvme_tcp::CapsuleResp;
using nvme_tcp::CommonHeader;
using nvme_tcp::DataPdu;
using nvme_tcp::PduType;

constexpr std::string_view usage = R"(nvme-tcp-client: measures an NVMe/TCP target with random reads or writes.

usage: nvme-tcp-client --port N [--addr A] [--nqn NQN] [--nsid N] [--qd N] [--bs BYTES] [--read | --write]
                       [--seconds N] [--cpu N] [--flow-control] [--sequential] [--fill] [--yield] [--json]

  --flow-control  do not disable SQ flow control: reads then end with a response of their own
  --fill          write the whole namespace once before
  --yield         lets others have the CPU when nothing came, instead of polling on
)";

constexpr size_t receive_bytes = 512U << 10;
constexpr size_t in_capsule_bytes = 8192;
constexpr size_t pieces_max = 1024;
constexpr uint64_t fill_bytes = 128U << 10;
constexpr int set_up_patience_ms = 10'000;

struct Options : IoLoad {
  std::string address = "127.0.0.1";
  uint16_t port = 0;
  std::string nqn = "nqn.2026-11.outrigger:test";
  uint32_t nsid = 1;
  int cpu = -1;
  bool has_flow_control = false;
  bool is_sequential = false;
  bool fills = false;
  bool yields = false;
};

[[noreturn]] void die(std::string_view what) {
  fmt::print(stderr, "nvme-tcp-client: {}\n", what);
  std::exit(1);
}

double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

nvme::Sqe fabrics(nvme::FabricsType type) {
  nvme::Sqe sqe;
  sqe.opcode = static_cast<uint8_t>(nvme::IoOpcode::Fabrics);
  sqe.flags = 0x40;
  sqe.nsid = static_cast<uint32_t>(type);
  return sqe;
}

// A queue's connection, used step by step while it is set up.
class Queue {
 public:
  Queue(const Options& options, uint16_t qid, uint16_t cntlid, uint16_t entries) : options_(options) {
    open_socket();
    nvme_tcp::ICReq request;
    request.common.hlen = sizeof(request);
    request.common.plen = uint32_t{sizeof(request)};
    put(&request, sizeof(request));
    nvme_tcp::ICResp response;
    get(&response, sizeof(response));
    if (response.common.type != static_cast<uint8_t>(PduType::ICResp)) {
      die("the target does not answer ICReq");
    }
    maxh2cdata_ = response.maxh2cdata;
    connect(qid, cntlid, entries);
  }

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }
  [[nodiscard]] uint16_t cntlid() const noexcept { return cntlid_; }
  [[nodiscard]] uint32_t maxh2cdata() const noexcept { return maxh2cdata_; }

  // Sends a command and waits for its end; data that come are put into `data`.
  CapsuleResp command(nvme::Sqe sqe, const void* out = nullptr, uint32_t out_bytes = 0,
                      std::vector<std::byte>* data = nullptr) {
    CapsuleCmd capsule;
    sqe.sgl.length = data != nullptr ? static_cast<uint32_t>(data->size()) : out_bytes;
    sqe.sgl.type =
        static_cast<uint8_t>(out_bytes != 0 ? nvme::SglType::DataBlockOffset : nvme::SglType::TransportDataBlock);
    capsule.common.type = static_cast<uint8_t>(PduType::CapsuleCmd);
    capsule.common.hlen = sizeof(capsule);
    capsule.common.pdo = out_bytes != 0 ? uint8_t{sizeof(capsule)} : uint8_t{0};
    capsule.common.plen = uint32_t{sizeof(capsule)} + out_bytes;
    capsule.sqe = sqe;
    put(&capsule, sizeof(capsule));
    put(out, out_bytes);
    while (true) {
      CapsuleResp response;
      static_assert(sizeof(response) == sizeof(DataPdu));
      get(&response, sizeof(response));
      if (response.common.type == static_cast<uint8_t>(PduType::CapsuleResp)) {
        return response;
      }
      take_data(response, data);
      if ((response.common.flags & nvme_tcp::flag::Success) != 0) {
        return {};
      }
    }
  }

 private:
  void open_socket() {
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    const sockaddr* address = nullptr;
    socklen_t length = 0;
    if (::inet_pton(AF_INET, options_.address.c_str(), &v4.sin_addr) == 1) {
      v4.sin_family = AF_INET;
      v4.sin_port = htons(options_.port);
      address = reinterpret_cast<const sockaddr*>(&v4);
      length = sizeof(v4);
    } else if (::inet_pton(AF_INET6, options_.address.c_str(), &v6.sin6_addr) == 1) {
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(options_.port);
      address = reinterpret_cast<const sockaddr*>(&v6);
      length = sizeof(v6);
    } else {
      die("--addr is no IPv4 or IPv6 address");
    }
    socket_.reset(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket_.get(), address, length) != 0) {
      die(fmt::format("cannot connect: {}", std::strerror(errno)));
    }
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

  void connect(uint16_t qid, uint16_t cntlid, uint16_t entries) {
    nvme::ConnectSqe connect;
    connect.qid = qid;
    connect.sqsize = static_cast<uint16_t>(entries - 1);
    connect.cattr = options_.has_flow_control ? 0 : 4;
    nvme::ConnectData data;
    data.hostid[0] = 0x42;
    data.cntlid = cntlid;
    std::strncpy(data.subnqn, options_.nqn.c_str(), sizeof(data.subnqn) - 1);
    std::strcpy(data.hostnqn, "nqn.2014-08.org.nvmexpress:uuid:6f757472-6967-4765-9201-000000000001");
    const auto sqe = std::bit_cast<nvme::Sqe>(connect);
    const CapsuleResp response = command(sqe, &data, sizeof(data));
    if (response.cqe.status != 0) {
      die(fmt::format("Connect of queue {} was refused: status {:#x}, result {:#x}", qid, response.cqe.status >> 1U,
                      static_cast<uint64_t>(response.cqe.result)));
    }
    cntlid_ = static_cast<uint16_t>(response.cqe.result & 0xFFFFU);
  }

  void take_data(const CapsuleResp& header, std::vector<std::byte>* data) {
    const auto pdu = std::bit_cast<DataPdu>(header);
    const bool is_data = pdu.common.type == static_cast<uint8_t>(PduType::C2HData) && data != nullptr;
    if (!is_data || pdu.common.pdo != sizeof(pdu) || pdu.datao + uint64_t{pdu.datal} > data->size()) {
      die(fmt::format("an unexpected PDU of type {}", pdu.common.type));
    }
    get(data->data() + pdu.datao, pdu.datal);
  }

  void put(const void* from, size_t bytes) {
    const auto* at = static_cast<const std::byte*>(from);
    while (bytes != 0) {
      const ssize_t sent = ::send(socket_.get(), at, bytes, MSG_NOSIGNAL);
      if (sent <= 0) {
        die("the target closed the connection");
      }
      at += sent;
      bytes -= static_cast<size_t>(sent);
    }
  }
  void get(void* to, size_t bytes) {
    auto* at = static_cast<std::byte*>(to);
    while (bytes != 0) {
      pollfd ready{socket_.get(), POLLIN, 0};
      if (::poll(&ready, 1, set_up_patience_ms) != 1) {
        die("the target does not answer");
      }
      const ssize_t got = ::recv(socket_.get(), at, bytes, 0);
      if (got <= 0) {
        die("the target closed the connection");
      }
      at += got;
      bytes -= static_cast<size_t>(got);
    }
  }

  const Options& options_;
  UniqueFd socket_;
  uint32_t maxh2cdata_ = 0;
  uint16_t cntlid_ = 0;
};

void set_property(Queue& admin, nvme::Property property, uint64_t value) {
  auto set = std::bit_cast<nvme::PropertySqe>(fabrics(nvme::FabricsType::PropertySet));
  set.offset = static_cast<uint32_t>(property);
  set.value = value;
  if (admin.command(std::bit_cast<nvme::Sqe>(set)).cqe.status != 0) {
    die("a property cannot be set");
  }
}

uint64_t get_property(Queue& admin, nvme::Property property) {
  auto get = std::bit_cast<nvme::PropertySqe>(fabrics(nvme::FabricsType::PropertyGet));
  get.offset = static_cast<uint32_t>(property);
  const CapsuleResp response = admin.command(std::bit_cast<nvme::Sqe>(get));
  if (response.cqe.status != 0) {
    die("a property cannot be read");
  }
  return response.cqe.result;
}

struct Volume {
  uint64_t blocks = 0;
  uint32_t block_bytes = 512;
};

// Enables the controller, asks for one I/O queue and for the namespace's size.
Volume set_up_controller(Queue& admin, const Options& options) {
  set_property(admin, nvme::Property::Cc, 0x00460001);
  for (int i = 0; (get_property(admin, nvme::Property::Csts) & 1U) == 0; ++i) {
    if (i == 10'000) {
      die("the controller does not become ready");
    }
  }
  nvme::Sqe features;
  features.opcode = static_cast<uint8_t>(nvme::AdminOpcode::SetFeatures);
  features.flags = 0x40;
  features.cdw10 = 7U;  // number of queues
  if (admin.command(features).cqe.status != 0) {
    die("Set Features, Number of Queues failed");
  }
  nvme::Sqe identify;
  identify.opcode = static_cast<uint8_t>(nvme::AdminOpcode::Identify);
  identify.flags = 0x40;
  identify.nsid = options.nsid;
  std::vector<std::byte> data(4096);
  if (admin.command(identify, nullptr, 0, &data).cqe.status != 0) {
    die("Identify Namespace failed");
  }
  le64 nsze;
  std::memcpy(&nsze, data.data(), sizeof(nsze));
  const auto format = static_cast<size_t>(data[26] & std::byte{0x0F});
  const auto lbads = static_cast<unsigned>(data[128 + format * 4 + 2]);
  const Volume volume{.blocks = nsze, .block_bytes = 1U << lbads};
  if (lbads < 9 || lbads > 16 || options.bytes % volume.block_bytes != 0 ||
      volume.blocks < options.bytes / volume.block_bytes) {
    die("the namespace is not made for I/Os of this size");
  }
  return volume;
}

// The measured part: keeps `depth` commands in flight.
class Driver {
 public:
  Driver(const Options& options, const Queue& queue, const Volume& volume)
      : options_(options),
        fd_(queue.fd()),
        maxh2cdata_(queue.maxh2cdata()),
        blocks_per_io_(options.bytes / volume.block_bytes),
        places_(volume.blocks / blocks_per_io_),
        tags_(options.depth),
        received_(receive_bytes),
        data_(options.bytes, std::byte{0x5A}) {
    outgoing_.reserve(size_t{options.depth} * 4);
    for (uint32_t i = 0; i < options.depth; ++i) {
      make_capsule(static_cast<uint16_t>(i));
    }
  }

  // I/Os until `length` ticks have passed, or `count` of them have ended, and then until none is in flight.
  void run(uint64_t length, uint64_t count) {
    const double began = cpu_seconds();
    const uint64_t start = ticks();
    left_ = count;
    for (uint32_t i = 0; i < options_.depth && left_ != 0; ++i) {
      begin(static_cast<uint16_t>(i), start);
    }
    uint64_t now = start;
    while (in_flight_ != 0) {
      flush();
      const bool came = receive();
      now = ticks();
      if (now - start >= length) {
        left_ = 0;
      }
      if (came) {
        parse(now);
      } else if (options_.yields) {
        ::sched_yield();
      } else {
        relax();
      }
    }
    elapsed_ = now - start;
    cpu_seconds_ = cpu_seconds() - began;
  }

  [[nodiscard]] const Latency& latency() const noexcept { return latency_; }
  [[nodiscard]] uint64_t elapsed() const noexcept { return elapsed_; }
  [[nodiscard]] double cpu_us() const noexcept {
    return cpu_seconds_ * 1e6 / static_cast<double>(std::max<uint64_t>(1, latency_.count()));
  }
  // Of all runs, those that only warm up included.
  [[nodiscard]] uint64_t io_count() const noexcept { return warm_count_ + latency_.count(); }
  void reset() noexcept {
    warm_count_ += latency_.count();
    latency_ = {};
  }

 private:
  struct Tag {
    CapsuleCmd capsule;
    DataPdu h2cdata;
    uint64_t start = 0;
    uint32_t got = 0;
  };
  struct Outgoing {
    const std::byte* at;
    size_t bytes;
  };

  void make_capsule(uint16_t cid) {
    CapsuleCmd& capsule = tags_[cid].capsule;
    const bool is_in_capsule = options_.is_write && options_.bytes <= in_capsule_bytes;
    capsule.common.type = static_cast<uint8_t>(PduType::CapsuleCmd);
    capsule.common.hlen = sizeof(capsule);
    capsule.common.pdo = is_in_capsule ? uint8_t{sizeof(capsule)} : uint8_t{0};
    capsule.common.plen = uint32_t{sizeof(capsule)} + (is_in_capsule ? options_.bytes : 0U);
    nvme::Sqe& sqe = capsule.sqe;
    sqe.opcode = static_cast<uint8_t>(options_.is_write ? nvme::IoOpcode::Write : nvme::IoOpcode::Read);
    sqe.flags = 0x40;
    sqe.cid = cid;
    sqe.nsid = options_.nsid;
    sqe.cdw12 = blocks_per_io_ - 1;
    sqe.sgl.length = options_.bytes;
    sqe.sgl.type =
        static_cast<uint8_t>(is_in_capsule ? nvme::SglType::DataBlockOffset : nvme::SglType::TransportDataBlock);
  }

  uint64_t next_place() noexcept {
    if (options_.is_sequential) {
      return next_++ % places_;
    }
    // xorshift64*
    random_ ^= random_ >> 12U;
    random_ ^= random_ << 25U;
    random_ ^= random_ >> 27U;
    return (random_ * 0x2545F4914F6CDD1DULL >> 16U) % places_;
  }

  void begin(uint16_t cid, uint64_t now) {
    Tag& tag = tags_[cid];
    const uint64_t lba = next_place() * blocks_per_io_;
    tag.capsule.sqe.cdw10 = static_cast<uint32_t>(lba);
    tag.capsule.sqe.cdw11 = static_cast<uint32_t>(lba >> 32U);
    tag.start = now;
    tag.got = 0;
    --left_;
    ++in_flight_;
    say(&tag.capsule, sizeof(tag.capsule));
    if (tag.capsule.common.pdo != 0) {
      say(data_.data(), options_.bytes);
    }
  }

  void say(const void* at, size_t bytes) { outgoing_.push_back({static_cast<const std::byte*>(at), bytes}); }

  void flush() {
    while (sent_ != outgoing_.size()) {
      std::array<iovec, pieces_max> pieces;
      size_t count = 0;
      for (size_t i = sent_; i < outgoing_.size() && count < pieces.size(); ++i) {
        pieces[count++] = {const_cast<std::byte*>(outgoing_[i].at), outgoing_[i].bytes};
      }
      msghdr message{};
      message.msg_iov = pieces.data();
      message.msg_iovlen = count;
      const ssize_t bytes = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (bytes < 0 && errno == EAGAIN) {
        return;
      }
      if (bytes <= 0) {
        die("the target closed the connection");
      }
      auto left = static_cast<size_t>(bytes);
      while (left != 0) {
        Outgoing& front = outgoing_[sent_];
        const size_t step = std::min(front.bytes, left);
        front.at += step;
        front.bytes -= step;
        left -= step;
        sent_ += front.bytes == 0 ? 1 : 0;
      }
    }
    outgoing_.clear();
    sent_ = 0;
  }

  bool receive() {
    if (begin_ != 0) {
      std::memmove(received_.data(), received_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    const ssize_t bytes = ::recv(fd_, received_.data() + end_, received_.size() - end_, MSG_DONTWAIT);
    if (bytes < 0 && errno == EAGAIN) {
      return false;
    }
    if (bytes <= 0) {
      die("the target closed the connection");
    }
    end_ += static_cast<size_t>(bytes);
    return true;
  }

  void parse(uint64_t now) {
    while (true) {
      if (skip_ != 0) {
        const size_t step = std::min<size_t>(skip_, end_ - begin_);
        begin_ += step;
        skip_ -= step;
        if (skip_ != 0) {
          return;
        }
        if (ends_after_skip_) {
          end_io(skipped_cid_, now);
        }
      }
      // Everything but the data of a C2HData has a header of 24 bytes and nothing else.
      if (end_ - begin_ < sizeof(CapsuleResp)) {
        return;
      }
      take(received_.data() + begin_, now);
      begin_ += sizeof(CapsuleResp);
    }
  }

  void take(const std::byte* pdu, uint64_t now) {
    CommonHeader common;
    std::memcpy(&common, pdu, sizeof(common));
    switch (static_cast<PduType>(common.type)) {
      case PduType::CapsuleResp: {
        CapsuleResp response;
        std::memcpy(&response, pdu, sizeof(response));
        if (response.cqe.status != 0) {
          die(fmt::format("an I/O failed with status {:#x}", response.cqe.status >> 1U));
        }
        end_io(response.cqe.cid, now);
        return;
      }
      case PduType::C2HData: take_data(pdu, common); return;
      case PduType::R2T: answer_r2t(pdu); return;
      default: die(fmt::format("an unexpected PDU of type {}", common.type));
    }
  }

  void take_data(const std::byte* pdu, const CommonHeader& common) {
    DataPdu header;
    std::memcpy(&header, pdu, sizeof(header));
    const uint16_t cid = header.cccid;
    if (cid >= tags_.size() || header.datao != tags_[cid].got || common.plen != common.pdo + header.datal) {
      die("data that do not fit");
    }
    tags_[cid].got += header.datal;
    skip_ = common.plen - sizeof(header);
    skipped_cid_ = cid;
    ends_after_skip_ = (common.flags & nvme_tcp::flag::Success) != 0;
  }

  void answer_r2t(const std::byte* pdu) {
    nvme_tcp::R2T r2t;
    std::memcpy(&r2t, pdu, sizeof(r2t));
    const uint16_t cid = r2t.cccid;
    if (cid >= tags_.size() || r2t.r2tl > maxh2cdata_ || r2t.r2to + uint64_t{r2t.r2tl} > options_.bytes) {
      die("an R2T that does not fit");
    }
    DataPdu& header = tags_[cid].h2cdata;
    header.common.type = static_cast<uint8_t>(PduType::H2CData);
    header.common.flags = nvme_tcp::flag::LastPdu;
    header.common.hlen = header.common.pdo = sizeof(header);
    header.common.plen = uint32_t{sizeof(header)} + r2t.r2tl;
    header.cccid = cid;
    header.ttag = r2t.ttag;
    header.datao = r2t.r2to;
    header.datal = r2t.r2tl;
    say(&header, sizeof(header));
    say(data_.data(), r2t.r2tl);
  }

  void end_io(uint16_t cid, uint64_t now) {
    if (cid >= tags_.size() || tags_[cid].start == 0 || (!options_.is_write && tags_[cid].got != options_.bytes)) {
      die("an I/O ended that was not in flight, or without its data");
    }
    latency_.add(now - tags_[cid].start);
    tags_[cid].start = 0;
    --in_flight_;
    if (left_ != 0) {
      begin(cid, now);
    }
  }

  const Options& options_;
  const int fd_;
  const uint32_t maxh2cdata_;
  const uint32_t blocks_per_io_;
  const uint64_t places_;
  std::vector<Tag> tags_;
  std::vector<std::byte> received_;
  std::vector<std::byte> data_;
  std::vector<Outgoing> outgoing_;
  size_t sent_ = 0;  // of outgoing_
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t skip_ = 0;  // bytes of data that are still to come
  uint16_t skipped_cid_ = 0;
  bool ends_after_skip_ = false;
  uint64_t left_ = 0;
  uint64_t in_flight_ = 0;
  uint64_t next_ = 0;
  uint64_t random_ = 0x9E3779B97F4A7C15ULL;
  Latency latency_;
  uint64_t warm_count_ = 0;
  uint64_t elapsed_ = 0;
  double cpu_seconds_ = 0;
};

bool parse_value(std::string_view name, const char* value, Options& options) {
  const unsigned long number = std::strtoul(value, nullptr, 10);
  if (options.take_value(name, static_cast<uint32_t>(number))) {
    return true;
  }
  if (name == "--addr") {
    options.address = value;
  } else if (name == "--nqn") {
    options.nqn = value;
  } else if (name == "--port") {
    options.port = static_cast<uint16_t>(number);
  } else if (name == "--nsid") {
    options.nsid = static_cast<uint32_t>(number);
  } else if (name == "--cpu") {
    options.cpu = static_cast<int>(number);
  } else {
    return false;
  }
  return true;
}

bool parse_flag(std::string_view name, Options& options) {
  if (name == "--flow-control") {
    options.has_flow_control = true;
  } else if (name == "--sequential") {
    options.is_sequential = true;
  } else if (name == "--fill") {
    options.fills = true;
  } else if (name == "--yield") {
    options.yields = true;
  } else {
    return options.take_flag(name);
  }
  return true;
}

bool parse(int argc, char** argv, Options& options) {
  const bool is_right = parse_words(
      argc, argv, [&](std::string_view name) { return parse_flag(name, options); },
      [&](std::string_view name, const char* value) { return parse_value(name, value, options); });
  return is_right && options.port != 0 && options.is_possible();
}

void print(const Options& options, const Driver& driver) {
  const Latency& latency = driver.latency();
  const double per_us = ticks_per_second() / 1e6;
  const double iops = static_cast<double>(latency.count()) / static_cast<double>(driver.elapsed()) * per_us * 1e6;
  const auto us = [&](double ticks_count) { return ticks_count / per_us; };
  const double p50 = us(static_cast<double>(latency.quantile(0.5)));
  const double p99 = us(static_cast<double>(latency.quantile(0.99)));
  if (options.is_json) {
    fmt::print(
        R"({{"iops":{:.0f},"average_us":{:.2f},"p50_us":{:.2f},"p99_us":{:.2f},"client_cpu_us":{:.3f},"io_count":{}}})",
        iops, us(latency.average()), p50, p99, driver.cpu_us(), driver.io_count());
    fmt::print("\n");
    return;
  }
  fmt::print("{} of {} bytes, depth {}: {:.0f} IOPS, {:.0f} MiB/s, {:.2f} us average, {:.2f} us p50, {:.2f} us p99\n",
             options.is_write ? "writes" : "reads", options.bytes, options.depth, iops,
             iops * options.bytes / (1U << 20), us(latency.average()), p50, p99);
}

Result<void> run(const Options& options) {
  if (options.cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<size_t>(options.cpu), &set);
    ::sched_setaffinity(0, sizeof(set), &set);
  }
  static_cast<void>(ticks_per_second());
  Queue admin(options, 0, 0xFFFF, 32);
  const Volume volume = set_up_controller(admin, options);
  Queue io(options, 1, admin.cntlid(), static_cast<uint16_t>(options.depth + 1));
  if (options.fills) {
    Options filling = options;
    filling.is_write = filling.is_sequential = true;
    filling.bytes = fill_bytes;
    Driver driver(filling, io, volume);
    driver.run(UINT64_MAX, volume.blocks * volume.block_bytes / fill_bytes);
  }
  Driver driver(options, io, volume);
  const auto second = static_cast<uint64_t>(ticks_per_second());
  driver.run(second / 4, UINT64_MAX);  // warm
  driver.reset();
  driver.run(second * options.seconds, UINT64_MAX);
  print(options, driver);
  return {};
}

}  // namespace
}  // namespace outrigger::load

int main(int argc, char** argv) {
  namespace program = outrigger::load;
  return outrigger::load::run_program<program::Options>(argc, argv, "nvme-tcp-client", program::usage, program::parse,
                                                        program::run);
}
