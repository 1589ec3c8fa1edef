#include "model/inventory.h"

#include "model/limits.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace outrigger::model {
namespace {

namespace fs = std::filesystem;

class InventoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "outrigger-inventory-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root = pattern;
  }
  void TearDown() override { fs::remove_all(root); }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  fs::path root;
};

TEST_F(InventoryTest, an_empty_machine_gives_an_empty_inventory) {
  const auto inventory = read_inventory(root.string());
  EXPECT_EQ(inventory.bios().vendor(), "");
  EXPECT_EQ(inventory.processor().total_threads(), 0U);
  EXPECT_EQ(inventory.memory().total_usable_bytes(), 0);
  EXPECT_EQ(inventory.pci_size(), 0);
  EXPECT_EQ(read_inventory("/nonexistent").pci_size(), 0);
}

TEST_F(InventoryTest, reads_what_there_is) {
  write("sys/class/dmi/id/bios_vendor", "SeaBIOS \n");
  write("sys/class/dmi/id/product_name", "Server \x01\xFFMk 2\n");
  write("sys/class/dmi/id/chassis_type", "23\n");
  write("proc/cpuinfo",
        "processor\t: 0\nphysical id\t: 0\ncore id\t\t: 0\n\nprocessor\t: 1\nphysical id\t: 0\ncore id\t\t: "
        "0\n\n"
        "processor\t: 2\nphysical id\t: 1\ncore id\t\t: 0\n\nprocessor\t: 3\nphysical id\t: 1\ncore id\t\t:\n");
  write("proc/meminfo", "MemTotal:       1000 kB\nMemFree: 5 kB\n");
  write("sys/devices/system/memory/block_size_bytes", "100000\n");
  write("sys/devices/system/memory/memory0/online", "1\n");
  write("sys/devices/system/memory/memory1/online", "1\n");
  write("sys/devices/system/memory/memory2/online", "0\n");
  write("sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n");
  write("sys/bus/pci/devices/0000:00:02.0/device", "0x1572\n");
  write("sys/bus/pci/devices/0000:00:02.0/class", "0x020000\n");
  write("sys/bus/pci/devices/0000:00:02.0/revision", "0x01\n");
  write("sys/bus/pci/devices/0000:00:02.0/subsystem_vendor", "0x8086\n");
  write("sys/bus/pci/devices/0000:00:02.0/subsystem_device", "0x0001\n");
  fs::create_symlink("../../drivers/i40e", root / "sys/bus/pci/devices/0000:00:02.0/driver");
  write("sys/bus/pci/devices/0000:00:01.0/vendor", "0xffff\n");
  write("sys/bus/pci/devices/0000:00:01.0/device", "0xeeee\n");
  write("usr/share/misc/pci.ids",
        "# comment\n8086  Intel Corporation\n\t1572  Ethernet Controller X710\n\t\t8086 0001  Adapter\n"
        "C 02  Network controller\n\t00  Ethernet controller\n");
  const auto inventory = read_inventory(root.string());
  EXPECT_EQ(inventory.bios().vendor(), "SeaBIOS");
  EXPECT_EQ(inventory.system().name(), "Server Mk 2");
  EXPECT_EQ(inventory.chassis().type_description(), "Rack Mount Chassis");
  EXPECT_EQ(inventory.processor().total_threads(), 4U);
  EXPECT_EQ(inventory.processor().total_cores(), 3U);
  EXPECT_EQ(inventory.memory().total_usable_bytes(), 1024000);
  EXPECT_EQ(inventory.memory().total_physical_bytes(), 2 * 0x100000);
  ASSERT_EQ(inventory.pci_size(), 2);
  EXPECT_EQ(inventory.pci(0).address(), "0000:00:01.0");
  EXPECT_EQ(inventory.pci(0).vendor(), "ffff");
  EXPECT_EQ(inventory.pci(0).product(), "eeee");
  EXPECT_EQ(inventory.pci(1).vendor(), "Intel Corporation");
  EXPECT_EQ(inventory.pci(1).product(), "Ethernet Controller X710");
  EXPECT_EQ(inventory.pci(1).class_(), "Network controller");
  EXPECT_EQ(inventory.pci(1).subclass(), "Ethernet controller");
  EXPECT_EQ(inventory.pci(1).driver(), "i40e");
  EXPECT_EQ(inventory.pci(1).revision(), "0x01");
  EXPECT_EQ(inventory.pci(1).subsystem(), "8086:0001");
}

TEST_F(InventoryTest, odd_files_do_no_harm) {
  write("sys/class/dmi/id/bios_vendor", std::string(100'000, '\0'));
  write("proc/cpuinfo", "processor\nphysical id\ncore id:\n:\n");
  write("proc/meminfo", "MemTotal:\nMemTotal: many kB\nMemTotal: 99999999999999999999999 kB\n");
  write("sys/bus/pci/devices/0000:00:01.0", "a file, not a folder");
  fs::create_directories(root / "sys/class/dmi/id/bios_version");
  const auto inventory = read_inventory(root.string());
  EXPECT_EQ(inventory.processor().total_threads(), 1U);
  EXPECT_EQ(inventory.pci_size(), 1);
}

TEST_F(InventoryTest, this_machine_has_processors_and_memory) {
  const auto inventory = read_inventory("/");
  EXPECT_GE(inventory.processor().total_threads(), 1U);
  EXPECT_GE(inventory.processor().total_threads(), inventory.processor().total_cores());
  EXPECT_GT(inventory.memory().total_usable_bytes(), 0);
  EXPECT_GE(inventory.memory().total_physical_bytes(), inventory.memory().total_usable_bytes());
}

TEST_F(InventoryTest, is_read_again_only_when_it_is_old) {
  core::ManualClock clock;
  InventoryCache cache(root.string(), clock);
  write("sys/class/dmi/id/product_name", "first\n");
  EXPECT_EQ(cache.get().system().name(), "first");
  write("sys/class/dmi/id/product_name", "second\n");
  clock.advance(inventory_age_ns_max - 1);
  EXPECT_EQ(cache.get().system().name(), "first");
  clock.advance(1);
  EXPECT_EQ(cache.get().system().name(), "second");
}

}  // namespace
}  // namespace outrigger::model
