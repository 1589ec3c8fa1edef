// capture_reader.cc: which reader a file needs; and the one for classic pcap.
#include "p4_cli/capture_reader.h"

#include <pcap/pcap.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "p4/diagnostics.h"
#include "p4_cli/run_limits.h"

namespace outrigger::p4_cli {
namespace {

constexpr size_t read_buffer_bytes = size_t{1} << 18U;

class PcapReader final : public CaptureReader {
 public:
  PcapReader(pcap_t* pcap, std::string name) : pcap_(pcap), name_(std::move(name)) {}
  ~PcapReader() override { pcap_close(pcap_); }

  Result<std::optional<CapturedPacket>> next() override;

 private:
  pcap_t* pcap_;  // owned
  std::string name_;
  uint64_t packets_ = 0;
};

Result<std::optional<CapturedPacket>> PcapReader::next() {
  pcap_pkthdr* head = nullptr;
  const unsigned char* bytes = nullptr;
  const int got = pcap_next_ex(pcap_, &head, &bytes);
  if (got == PCAP_ERROR_BREAK) {
    return std::nullopt;
  }
  if (got != 1) {
    return fail(Code::DataLoss, "{}: packet {} cannot be read: {}", name_, packets_ + 1,
                p4::printable(pcap_geterr(pcap_)));
  }
  ++packets_;
  if (head->caplen > captured_bytes_max) {
    return too_long(name_, packets_, head->caplen);
  }
  const auto seconds = static_cast<uint64_t>(head->ts.tv_sec);
  const auto nanoseconds = static_cast<uint64_t>(head->ts.tv_usec);  // as opened
  const uint64_t second_ns = 1'000'000'000;
  const uint64_t time_ns =
      seconds >= time_ns_max / second_ns ? time_ns_max : seconds * second_ns + std::min(nanoseconds, second_ns - 1);
  return CapturedPacket{.bytes = {bytes, head->caplen}, .time_ns = time_ns, .wire_bytes = head->len, .interface = 0};
}

}  // namespace

std::unexpected<Error> not_ethernet(const std::string& name, int link_type) {
  const char* short_name = pcap_datalink_val_to_name(link_type);
  const char* long_name = pcap_datalink_val_to_description(link_type);
  return fail(Code::InvalidArgument, "{}: packets of link type {} ({}{}{}); only Ethernet can be run", name, link_type,
              short_name == nullptr ? "unknown" : short_name, long_name == nullptr ? "" : ": ",
              long_name == nullptr ? "" : long_name);
}

std::unexpected<Error> too_long(const std::string& name, uint64_t packet, uint32_t bytes) {
  return fail(Code::OutOfRange, "{}: packet {} has {} bytes; at most {} can be run", name, packet, bytes,
              captured_bytes_max);
}

Result<std::unique_ptr<CaptureReader>> read_pcap(File file, const std::string& name) {
  char why[PCAP_ERRBUF_SIZE] = {};
  pcap_t* pcap = pcap_fopen_offline_with_tstamp_precision(file.get(), PCAP_TSTAMP_PRECISION_NANO, why);
  if (pcap == nullptr) {
    return fail(Code::InvalidArgument, "{}: not a capture (pcap or pcapng): {}", name, p4::printable(why));
  }
  static_cast<void>(file.release());  // pcap_close() closes it
  auto reader = std::make_unique<PcapReader>(pcap, name);
  if (const int link_type = pcap_datalink(pcap); link_type != DLT_EN10MB) {
    return not_ethernet(name, link_type);
  }
  return reader;
}

Result<std::unique_ptr<CaptureReader>> CaptureReader::open(const std::string& path) {
  if (path == "-") {
    return read(File(stdin), "standard input");
  }
  const std::string name = p4::printable(path);
  File file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) {
    return fail_errno(errno, "cannot read " + name);
  }
  struct stat status = {};
  if (fstat(fileno(file.get()), &status) == 0 && S_ISDIR(status.st_mode)) {
    return fail(Code::InvalidArgument, "{} is a folder", name);
  }
  std::setvbuf(file.get(), nullptr, _IOFBF, read_buffer_bytes);
  return read(std::move(file), name);
}

Result<std::unique_ptr<CaptureReader>> CaptureReader::read(File file, const std::string& name) {
  // pcapng begins with the type of its first block, 0a 0d 0d 0a; no other format begins with a line feed.
  const int first = std::getc(file.get());
  if (first == EOF) {
    return fail(Code::InvalidArgument, "{}: not a capture (pcap or pcapng): {}", name,
                std::ferror(file.get()) != 0 ? "it cannot be read" : "the file is empty");
  }
  std::ungetc(first, file.get());
  return first == '\n' ? read_pcapng(std::move(file), name) : read_pcap(std::move(file), name);
}

}  // namespace outrigger::p4_cli
