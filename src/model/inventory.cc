#include "model/inventory.h"

#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace outrigger::model {

namespace {

namespace fs = std::filesystem;
namespace pb = opi_api::inventory::v1;

// Functions one machine may have before the rest is left out: a bound for odd file systems, not for hardware.
constexpr size_t pci_functions_max = 65536;

// The kernel writes some of these with bytes that are not UTF-8; a protobuf string must be.
std::string printable(std::string text) {
  std::erase_if(text,
                [](char c) { return static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~'; });
  while (!text.empty() && text.back() == ' ') {
    text.pop_back();
  }
  return text;
}

// The first line of a file; empty when it cannot be read.
std::string line_of(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return printable(std::move(line));
}

std::string link_name(const fs::path& path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  return error ? std::string{} : printable(target.filename().string());
}

uint64_t number_of(std::string_view text, int base) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

std::string_view chassis_type(std::string_view number) {
  // SMBIOS 3, table 17: the types that servers, DPUs and virtual machines have.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 14> types{{{"1", "Other"},
                                                                                 {"2", "Unknown"},
                                                                                 {"3", "Desktop"},
                                                                                 {"7", "Tower"},
                                                                                 {"9", "Laptop"},
                                                                                 {"10", "Notebook"},
                                                                                 {"17", "Main Server Chassis"},
                                                                                 {"23", "Rack Mount Chassis"},
                                                                                 {"25", "Multi-system chassis"},
                                                                                 {"28", "Blade"},
                                                                                 {"29", "Blade Enclosure"},
                                                                                 {"33", "IoT Gateway"},
                                                                                 {"34", "Embedded PC"},
                                                                                 {"35", "Mini PC"}}};
  const auto* const found = std::ranges::find(types, number, &std::pair<std::string_view, std::string_view>::first);
  return found == types.end() ? std::string_view{} : found->second;
}

void read_dmi(const fs::path& dmi, pb::Inventory& out) {
  const auto read = [&](const char* name) { return line_of(dmi / name); };
  pb::BIOSInfo& bios = *out.mutable_bios();
  bios.set_vendor(read("bios_vendor"));
  bios.set_version(read("bios_version"));
  bios.set_date(read("bios_date"));
  pb::SystemInfo& system = *out.mutable_system();
  system.set_family(read("product_family"));
  system.set_name(read("product_name"));
  system.set_vendor(read("sys_vendor"));
  system.set_serial_number(read("product_serial"));
  system.set_uuid(read("product_uuid"));
  system.set_sku(read("product_sku"));
  system.set_version(read("product_version"));
  pb::BaseboardInfo& board = *out.mutable_baseboard();
  board.set_asset_tag(read("board_asset_tag"));
  board.set_serial_number(read("board_serial"));
  board.set_vendor(read("board_vendor"));
  board.set_version(read("board_version"));
  board.set_product(read("board_name"));
  pb::ChassisInfo& chassis = *out.mutable_chassis();
  chassis.set_asset_tag(read("chassis_asset_tag"));
  chassis.set_serial_number(read("chassis_serial"));
  chassis.set_type(read("chassis_type"));
  chassis.set_type_description(std::string(chassis_type(chassis.type())));
  chassis.set_vendor(read("chassis_vendor"));
  chassis.set_version(read("chassis_version"));
}

void read_processors(const fs::path& root, pb::CPUInfo& out) {
  std::ifstream file(root / "proc/cpuinfo");
  std::set<std::pair<std::string, std::string>> cores;
  std::string package;
  uint32_t threads = 0;
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    const std::string value = colon == std::string::npos || colon + 2 > line.size() ? "" : line.substr(colon + 2);
    if (line.starts_with("processor")) {
      ++threads;
    } else if (line.starts_with("physical id")) {
      package = value;
    } else if (line.starts_with("core id")) {
      cores.emplace(package, value);
    }
  }
  out.set_total_threads(threads);
  // Machines that do not say (most Arm ones) have one thread a core.
  out.set_total_cores(cores.empty() ? threads : static_cast<uint32_t>(cores.size()));
}

void read_memory(const fs::path& root, pb::MemoryInfo& out) {
  std::ifstream file(root / "proc/meminfo");
  uint64_t usable = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("MemTotal:")) {
      usable =
          1024 * number_of(std::string_view(line).substr(std::min(line.find_first_of("0123456789"), line.size())), 10);
    }
  }
  out.set_total_usable_bytes(static_cast<int64_t>(usable));
  // Fitted memory, in the kernel's hot-plug blocks; where it has none, what is usable.
  const fs::path blocks = root / "sys/devices/system/memory";
  const uint64_t block_bytes = number_of(line_of(blocks / "block_size_bytes"), 16);
  uint64_t count = 0;
  std::error_code error;
  for (fs::directory_iterator it(blocks, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with("memory") && line_of(it->path() / "online") == "1") {
      ++count;
    }
  }
  out.set_total_physical_bytes(static_cast<int64_t>(std::max(usable, block_bytes * count)));
}

// pci.ids: vendors and devices, and classes; the numbers in hexadecimal are the keys.
class PciNames {
 public:
  explicit PciNames(const fs::path& root) {
    for (const char* path : {"usr/share/misc/pci.ids", "usr/share/hwdata/pci.ids"}) {
      std::ifstream file(root / path);
      if (file) {
        read(file);
        return;
      }
    }
  }
  [[nodiscard]] std::string vendor(const std::string& id) const { return name(vendors_, id); }
  [[nodiscard]] std::string product(const std::string& vendor_id, const std::string& id) const {
    return name(vendors_, vendor_id + id, id);
  }
  [[nodiscard]] std::string device_class(const std::string& id) const { return name(classes_, id.substr(0, 2), id); }
  [[nodiscard]] std::string subclass(const std::string& id) const { return name(classes_, id.substr(0, 4), id); }

 private:
  using Names = std::map<std::string, std::string>;
  static std::string name(const Names& names, const std::string& key, const std::string& otherwise = {}) {
    const auto found = names.find(key);
    return found != names.end() ? found->second : otherwise.empty() ? key : otherwise;
  }
  void read(std::ifstream& file) {
    std::string above;
    Names* names = &vendors_;
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line[0] == '#' || line.starts_with("\t\t")) {
        continue;
      }
      const bool is_below = line[0] == '\t';
      std::string_view text = std::string_view(line).substr(is_below ? 1 : 0);
      if (!is_below && text.starts_with("C ")) {
        names = &classes_;
        text.remove_prefix(2);
      }
      const size_t space = text.find("  ");
      if (space == std::string_view::npos) {
        continue;
      }
      const std::string id(text.substr(0, space));
      above = is_below ? above : id;
      (*names)[is_below ? above + id : id] = printable(std::string(text.substr(space + 2)));
    }
  }

  Names vendors_;  // vendor, and vendor + device
  Names classes_;  // class, and class + subclass
};

// "0x8086" → "8086"
std::string hex_of(const fs::path& path) {
  std::string text = line_of(path);
  return text.starts_with("0x") ? text.substr(2) : text;
}

void read_pci(const fs::path& root, pb::Inventory& out) {
  std::vector<fs::path> functions;
  std::error_code error;
  for (fs::directory_iterator it(root / "sys/bus/pci/devices", error), end; !error && it != end; it.increment(error)) {
    if (functions.size() < pci_functions_max) {
      functions.push_back(it->path());
    }
  }
  if (functions.empty()) {
    return;
  }
  std::ranges::sort(functions);
  const PciNames names(root);
  for (const fs::path& path : functions) {
    pb::PCIeDeviceInfo& function = *out.add_pci();
    const std::string vendor = hex_of(path / "vendor");
    const std::string device_class = hex_of(path / "class");
    function.set_driver(link_name(path / "driver"));
    function.set_address(printable(path.filename().string()));
    function.set_vendor(names.vendor(vendor));
    function.set_product(names.product(vendor, hex_of(path / "device")));
    function.set_revision(line_of(path / "revision"));
    const std::string subsystem_vendor = hex_of(path / "subsystem_vendor");
    if (!subsystem_vendor.empty()) {
      function.set_subsystem(subsystem_vendor + ":" + hex_of(path / "subsystem_device"));
    }
    function.set_class_(names.device_class(device_class));
    function.set_subclass(names.subclass(device_class));
  }
}

}  // namespace

pb::Inventory read_inventory(const std::string& root) {
  pb::Inventory out;
  read_dmi(fs::path(root) / "sys/class/dmi/id", out);
  read_processors(root, *out.mutable_processor());
  read_memory(root, *out.mutable_memory());
  read_pci(root, out);
  return out;
}

const pb::Inventory& InventoryCache::get() {
  const uint64_t now_ns = clock_.now_ns();
  if (!read_.has_value() || now_ns - read_at_ns_ >= inventory_age_ns_max) {
    read_ = read_inventory(root_);
    read_at_ns_ = now_ns;
  }
  return *read_;
}

}  // namespace outrigger::model
