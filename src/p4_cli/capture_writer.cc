// capture_writer.cc: classic pcap, and pcapng (draft-ietf-opsawg-pcapng) in this machine's byte order.
#include "p4_cli/capture_writer.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <vector>

#include "p4/diagnostics.h"
#include "p4_cli/capture_reader.h"
#include "p4_cli/run_limits.h"

namespace outrigger::p4_cli {
namespace {

constexpr uint64_t second_ns = 1'000'000'000;
constexpr size_t write_buffer_bytes = size_t{1} << 18U;

std::unexpected<Error> cannot_write(const std::string& name) { return fail_errno(errno, "cannot write " + name); }

class PcapWriter final : public CaptureWriter {
 public:
  PcapWriter(pcap_t* pcap, pcap_dumper_t* dumper, std::string name)
      : pcap_(pcap), dumper_(dumper), name_(std::move(name)) {}
  ~PcapWriter() override {
    pcap_dump_close(dumper_);
    pcap_close(pcap_);
  }

  Result<> write(uint32_t /*port*/, std::span<const uint8_t> bytes, uint64_t time_ns) override {
    pcap_pkthdr head = {};
    head.ts.tv_sec = static_cast<time_t>(time_ns / second_ns);
    head.ts.tv_usec = static_cast<suseconds_t>(time_ns % second_ns);  // the file's precision
    head.caplen = static_cast<uint32_t>(std::min<size_t>(bytes.size(), snap_length));
    head.len = static_cast<uint32_t>(bytes.size());
    pcap_dump(reinterpret_cast<unsigned char*>(dumper_), &head, bytes.data());
    return std::ferror(pcap_dump_file(dumper_)) == 0 ? Result<>{} : cannot_write(name_);
  }
  Result<> close() override { return pcap_dump_flush(dumper_) == 0 ? Result<>{} : cannot_write(name_); }

 private:
  pcap_t* pcap_;           // owned
  pcap_dumper_t* dumper_;  // owned
  std::string name_;
};

class PcapngWriter final : public CaptureWriter {
 public:
  PcapngWriter(File file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  Result<> begin();
  Result<> write(uint32_t port, std::span<const uint8_t> bytes, uint64_t time_ns) override;
  Result<> close() override { return std::fflush(file_.get()) == 0 ? Result<>{} : cannot_write(name_); }

 private:
  Result<> describe_interface();
  // A block: its body so far is in body_.
  Result<> put_block(uint32_t type);
  template <typename Number>
  void put(Number number) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&number);
    body_.insert(body_.end(), bytes, bytes + sizeof number);
  }

  File file_;
  std::string name_;
  uint32_t interfaces_ = 0;
  std::vector<uint8_t> body_;
};

Result<> PcapngWriter::put_block(uint32_t type) {
  constexpr uint32_t frame_bytes = 12;
  body_.resize((body_.size() + 3) / 4 * 4);
  const auto length = static_cast<uint32_t>(body_.size()) + frame_bytes;
  const uint32_t head[] = {type, length};
  std::fwrite(head, sizeof head, 1, file_.get());
  std::fwrite(body_.data(), 1, body_.size(), file_.get());
  std::fwrite(&length, sizeof length, 1, file_.get());
  body_.clear();
  return std::ferror(file_.get()) == 0 ? Result<>{} : cannot_write(name_);
}

Result<> PcapngWriter::begin() {
  constexpr uint32_t section_header_block = 0x0a0d'0d0a;
  put(uint32_t{0x1a2b'3c4d});
  put(uint16_t{1});
  put(uint16_t{0});
  put(~uint64_t{0});  // the section's length is not known yet
  OR_TRY(put_block(section_header_block));
  return describe_interface();
}

Result<> PcapngWriter::describe_interface() {
  constexpr uint32_t interface_description_block = 1;
  put(uint16_t{1});  // Ethernet
  put(uint16_t{0});
  put(snap_length);
  put(uint16_t{9});  // if_tsresol, one byte: 10^-9 s
  put(uint16_t{1});
  put(uint32_t{std::endian::native == std::endian::little ? 9U : 9U << 24U});
  put(uint32_t{0});  // no more options
  ++interfaces_;
  return put_block(interface_description_block);
}

Result<> PcapngWriter::write(uint32_t port, std::span<const uint8_t> bytes, uint64_t time_ns) {
  constexpr uint32_t enhanced_packet_block = 6;
  if (port >= interfaces_max) {
    return fail(Code::OutOfRange, "{}: a packet left by port {}; pcapng files have ports below {}, pcap files any",
                name_, port, interfaces_max);
  }
  while (interfaces_ <= port) {
    OR_TRY(describe_interface());
  }
  const std::span<const uint8_t> kept = bytes.first(std::min<size_t>(bytes.size(), snap_length));
  put(port);
  put(static_cast<uint32_t>(time_ns >> 32U));
  put(static_cast<uint32_t>(time_ns));
  put(static_cast<uint32_t>(kept.size()));
  put(static_cast<uint32_t>(bytes.size()));
  body_.insert(body_.end(), kept.begin(), kept.end());
  return put_block(enhanced_packet_block);
}

Result<std::unique_ptr<CaptureWriter>> make_pcap_writer(File file, const std::string& name) {
  pcap_t* pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, snap_length, PCAP_TSTAMP_PRECISION_NANO);
  pcap_dumper_t* dumper = pcap == nullptr ? nullptr : pcap_dump_fopen(pcap, file.get());
  if (dumper == nullptr) {
    auto error = fail(Code::Unavailable, "cannot write {}: {}", name,
                      pcap == nullptr ? "out of memory" : p4::printable(pcap_geterr(pcap)));
    if (pcap != nullptr) {
      pcap_close(pcap);
    }
    return error;
  }
  static_cast<void>(file.release());  // pcap_dump_close() closes it
  return std::make_unique<PcapWriter>(pcap, dumper, name);
}

}  // namespace

Result<std::unique_ptr<CaptureWriter>> CaptureWriter::create(const std::string& path) {
  const std::string name = path == "-" ? "standard output" : p4::printable(path);
  File file(path == "-" ? stdout : std::fopen(path.c_str(), "wbe"));
  if (file == nullptr) {
    return cannot_write(name);
  }
  std::setvbuf(file.get(), nullptr, _IOFBF, write_buffer_bytes);
  if (!path.ends_with(".pcapng")) {
    return make_pcap_writer(std::move(file), name);
  }
  auto writer = std::make_unique<PcapngWriter>(std::move(file), name);
  OR_TRY(writer->begin());
  return writer;
}

}  // namespace outrigger::p4_cli
