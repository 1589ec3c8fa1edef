// pcapng_reader.cc: packets of a pcapng file with the number of the interface by which they came
// (draft-ietf-opsawg-pcapng). Sections of either byte order; blocks without packets are skipped.
#include <algorithm>
#include <bit>
#include <vector>

#include "p4_cli/capture_reader.h"
#include "p4_cli/run_limits.h"

namespace outrigger::p4_cli {
namespace {

// Section 10.1 and 4 of the draft.
constexpr uint32_t section_header_block = 0x0a0d'0d0a;
constexpr uint32_t interface_description_block = 1;
constexpr uint32_t packet_block = 2;  // obsolete
constexpr uint32_t simple_packet_block = 3;
constexpr uint32_t enhanced_packet_block = 6;
constexpr uint32_t byte_order_magic = 0x1a2b'3c4d;
constexpr uint16_t option_if_tsresol = 9;
constexpr uint16_t option_if_tsoffset = 14;
constexpr uint16_t link_type_ethernet = 1;
constexpr uint16_t link_type_raw = 101;  // IP alone: in files it has another number than in libpcap
constexpr int data_link_raw = 12;
constexpr uint32_t block_frame_bytes = 12;  // type, length, and the length again
constexpr uint64_t second_ns = 1'000'000'000;

struct Interface {
  uint16_t link_type = 0;
  uint32_t snap_length = 0;  // 0: none
  uint8_t resolution = 6;    // if_tsresol: 10^-n, or 2^-n with the uppermost bit
  int64_t offset_s = 0;
};

uint64_t to_ns(const Interface& interface, uint64_t ticks) {
  using Wide = unsigned __int128;
  constexpr uint8_t binary_bit = 0x80;
  const uint32_t exponent = interface.resolution & 0x7fU;
  Wide units = 1;  // a second
  const bool is_binary = (interface.resolution & binary_bit) != 0;
  for (uint32_t i = 0; i < exponent; ++i) {
    units *= is_binary ? 2 : 10;
    if (units > ticks && units > Wide{ticks} * second_ns) {
      break;  // less than a nanosecond in all
    }
  }
  const Wide ns = Wide{ticks} * second_ns / units;
  const Wide capped = std::min<Wide>(ns, time_ns_max);
  const int64_t offset_s_max = static_cast<int64_t>(time_ns_max / second_ns);
  const int64_t offset_s = std::clamp(interface.offset_s, -offset_s_max, offset_s_max);
  const auto sum = static_cast<__int128>(capped) + static_cast<__int128>(offset_s) * static_cast<__int128>(second_ns);
  return static_cast<uint64_t>(std::clamp<__int128>(sum, 0, static_cast<__int128>(time_ns_max)));
}

class PcapngReader final : public CaptureReader {
 public:
  PcapngReader(File file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}

  Result<> begin();
  Result<std::optional<CapturedPacket>> next() override;

 private:
  struct Block {
    uint32_t type = 0;
    uint32_t body_bytes = 0;  // not read yet
  };

  Result<std::optional<Block>> next_block();
  Result<> read_section(Block block);
  Result<> read_interface(Block block);
  void read_options(std::span<const uint8_t> options, Interface& interface) const;
  Result<CapturedPacket> read_packet(Block block);
  Result<> read_bytes(Block& block, size_t count);  // into buffer_
  Result<> end_block(Block block);
  [[nodiscard]] std::unexpected<Error> not_pcapng() const;
  [[nodiscard]] std::unexpected<Error> cut_off() const;
  [[nodiscard]] std::unexpected<Error> faulty(std::string_view what) const;

  [[nodiscard]] uint16_t u16(size_t at) const { return number<uint16_t>({buffer_.data() + at, sizeof(uint16_t)}); }
  [[nodiscard]] uint32_t u32(size_t at) const { return number<uint32_t>({buffer_.data() + at, sizeof(uint32_t)}); }
  template <typename Number>
  [[nodiscard]] Number number(std::span<const uint8_t> bytes) const {
    Number value = 0;
    for (size_t i = 0; i < sizeof(Number); ++i) {
      const size_t at = is_big_endian_ ? i : sizeof(Number) - 1 - i;
      value = static_cast<Number>(static_cast<uint64_t>(value) << 8U | bytes[at]);
    }
    return value;
  }

  File file_;
  std::string name_;
  bool is_big_endian_ = false;  // of the section at hand
  bool has_section_ = false;
  std::vector<uint8_t> buffer_;
  std::vector<uint8_t> packet_;  // what next() has given
  std::vector<Interface> interfaces_;
  uint64_t packets_ = 0;
  uint64_t last_time_ns_ = 0;
  uint32_t block_bytes_ = 0;  // of the block at hand, as its head says
};

std::unexpected<Error> PcapngReader::not_pcapng() const {
  return fail(Code::InvalidArgument, "{}: not a capture (pcap or pcapng): no section begins where one has to", name_);
}

std::unexpected<Error> PcapngReader::cut_off() const {
  return fail(Code::DataLoss, "{}: the file is cut off behind packet {}", name_, packets_);
}

std::unexpected<Error> PcapngReader::faulty(std::string_view what) const {
  return fail(Code::DataLoss, "{}: a faulty block behind packet {}: {}", name_, packets_, what);
}

Result<> PcapngReader::read_bytes(Block& block, size_t count) {
  if (count > block.body_bytes) {
    return faulty("it is shorter than its kind needs");
  }
  buffer_.resize(count);
  if (std::fread(buffer_.data(), 1, count, file_.get()) != count) {
    return cut_off();
  }
  block.body_bytes -= static_cast<uint32_t>(count);
  return {};
}

Result<> PcapngReader::end_block(Block block) {
  constexpr uint32_t part_bytes = 1U << 16U;
  while (block.body_bytes > 0) {
    OR_TRY(read_bytes(block, std::min(block.body_bytes, part_bytes)));
  }
  block.body_bytes = sizeof(uint32_t);
  OR_TRY(read_bytes(block, sizeof(uint32_t)));
  return u32(0) == block_bytes_ ? Result<>{} : faulty("its two lengths differ");
}

Result<std::optional<PcapngReader::Block>> PcapngReader::next_block() {
  constexpr size_t head_bytes = 8;
  buffer_.resize(head_bytes + sizeof(uint32_t));
  const size_t got = std::fread(buffer_.data(), 1, head_bytes, file_.get());
  if (got != head_bytes) {
    return got == 0 && std::ferror(file_.get()) == 0 ? Result<std::optional<Block>>(std::nullopt) : cut_off();
  }
  Block block{.type = u32(0), .body_bytes = 0};
  const bool is_section = block.type == section_header_block;  // the same in either byte order
  if (!is_section && !has_section_) {
    return not_pcapng();
  }
  if (is_section) {
    if (std::fread(buffer_.data() + head_bytes, 1, sizeof(uint32_t), file_.get()) != sizeof(uint32_t)) {
      return cut_off();
    }
    is_big_endian_ = false;
    if (u32(head_bytes) != byte_order_magic) {
      is_big_endian_ = true;
    }
    if (u32(head_bytes) != byte_order_magic) {
      return not_pcapng();
    }
  }
  block_bytes_ = u32(4);
  const uint32_t read = block_frame_bytes + (is_section ? sizeof(uint32_t) : 0);
  if (block_bytes_ < read || block_bytes_ % sizeof(uint32_t) != 0 || block_bytes_ > block_bytes_max) {
    return faulty(fmt::format("a length of {} bytes", block_bytes_));
  }
  block.body_bytes = block_bytes_ - read;
  return block;
}

Result<> PcapngReader::read_section(Block block) {
  constexpr size_t versions_bytes = 4;
  OR_TRY(read_bytes(block, versions_bytes));
  if (u16(0) != 1) {
    return fail(Code::Unimplemented, "{}: pcapng of version {}.{}; 1 can be read", name_, u16(0), u16(2));
  }
  interfaces_.clear();
  has_section_ = true;
  return end_block(block);
}

Result<> PcapngReader::begin() {
  OR_ASSIGN(const auto block, next_block());
  return block.has_value() ? read_section(*block) : not_pcapng();
}

void PcapngReader::read_options(std::span<const uint8_t> options, Interface& interface) const {
  constexpr size_t head_bytes = 4;
  while (options.size() >= head_bytes) {
    const auto code = number<uint16_t>(options);
    const size_t bytes = number<uint16_t>(options.subspan(2));
    options = options.subspan(head_bytes);
    if (code == 0 || bytes > options.size()) {
      return;  // the end, or options that nobody could read: they do not matter
    }
    if (code == option_if_tsresol && bytes == 1) {
      interface.resolution = options[0];
    } else if (code == option_if_tsoffset && bytes == sizeof(uint64_t)) {
      interface.offset_s = std::bit_cast<int64_t>(number<uint64_t>(options));
    }
    const size_t padded = (bytes + 3) / 4 * 4;
    options = options.subspan(std::min(padded, options.size()));
  }
}

Result<> PcapngReader::read_interface(Block block) {
  constexpr size_t fixed_bytes = 8;
  if (interfaces_.size() >= interfaces_max) {
    return fail(Code::ResourceExhausted, "{}: a section has more than {} interfaces", name_, interfaces_max);
  }
  if (block.body_bytes < fixed_bytes || block.body_bytes > interface_block_bytes_max) {
    return faulty(fmt::format("an interface is described in {} bytes", block.body_bytes));
  }
  OR_TRY(read_bytes(block, block.body_bytes));
  Interface interface{.link_type = u16(0), .snap_length = u32(4)};
  read_options(std::span<const uint8_t>(buffer_).subspan(fixed_bytes), interface);
  interfaces_.push_back(interface);
  return end_block(block);
}

Result<CapturedPacket> PcapngReader::read_packet(Block block) {
  constexpr size_t fixed_bytes = 20;
  const bool is_simple = block.type == simple_packet_block;
  OR_TRY(read_bytes(block, is_simple ? sizeof(uint32_t) : fixed_bytes));
  ++packets_;
  CapturedPacket packet;
  uint32_t captured = 0;
  uint64_t ticks = 0;
  if (is_simple) {
    packet.wire_bytes = u32(0);
  } else {
    packet.interface = block.type == packet_block ? u16(0) : u32(0);
    ticks = uint64_t{u32(4)} << 32U | u32(8);
    captured = u32(12);
    packet.wire_bytes = u32(16);
  }
  if (packet.interface >= interfaces_.size()) {
    return fail(Code::DataLoss, "{}: packet {} came by interface {}, which the file does not describe", name_, packets_,
                packet.interface);
  }
  const Interface& interface = interfaces_[packet.interface];
  if (interface.link_type != link_type_ethernet) {
    return not_ethernet(name_, interface.link_type == link_type_raw ? data_link_raw : interface.link_type);
  }
  if (is_simple) {
    captured = interface.snap_length == 0 ? packet.wire_bytes : std::min(packet.wire_bytes, interface.snap_length);
  }
  if (captured > captured_bytes_max) {
    return too_long(name_, packets_, captured);
  }
  // A simple packet has no time: it came when the one before it did.
  packet.time_ns = is_simple ? last_time_ns_ : to_ns(interface, ticks);
  last_time_ns_ = packet.time_ns;
  OR_TRY(read_bytes(block, captured));
  std::swap(packet_, buffer_);
  OR_TRY(end_block(block));
  packet.bytes = packet_;
  return packet;
}

Result<std::optional<CapturedPacket>> PcapngReader::next() {
  while (true) {  // each turn reads at least a block's frame
    OR_ASSIGN(const auto block, next_block());
    if (!block.has_value()) {
      return std::nullopt;
    }
    switch (block->type) {
      case section_header_block: OR_TRY(read_section(*block)); break;
      case interface_description_block: OR_TRY(read_interface(*block)); break;
      case packet_block:
      case simple_packet_block:
      case enhanced_packet_block: return read_packet(*block);
      default: OR_TRY(end_block(*block));
    }
  }
}

}  // namespace

Result<std::unique_ptr<CaptureReader>> read_pcapng(File file, const std::string& name) {
  auto reader = std::make_unique<PcapngReader>(std::move(file), name);
  OR_TRY(reader->begin());
  return reader;
}

}  // namespace outrigger::p4_cli
