// The store on a real file system: durability, damage, other users, full disks.
#include "model/limits.h"
#include "model/test_world.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace outrigger::model {
namespace {

namespace fs = std::filesystem;

class SqliteStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    // In memory where there is such a place: these tests sync thousands of times, and none of them pulls the
    // plug.
    const fs::path memory = "/dev/shm";
    const fs::path parent = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
    std::string pattern = (parent / "outrigger-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    path = (folder / "store.db").string();
  }
  void TearDown() override { fs::remove_all(folder); }

  std::unique_ptr<SqliteStore> open(uint64_t size_bytes_max = 0) const {
    auto store = SqliteStore::open({.path = path, .size_bytes_max = size_bytes_max});
    OR_EXPECT_OK(store);
    return store.has_value() ? std::move(*store) : nullptr;
  }
  Result<std::unique_ptr<SqliteStore>> try_open() const { return SqliteStore::open({.path = path}); }

  fs::path folder;
  std::string path;
};

Record record(const std::string& key, std::string resource = "resource") {
  return {"kind", key, std::move(resource), "options"};
}

TEST_F(SqliteStoreTest, keeps_what_was_put) {
  const std::vector<Record> records{record("a", std::string("\0zero\0", 6)), record("b", ""), record("c")};
  {
    auto store = open();
    for (const Record& each : records) {
      OR_ASSERT_OK(store->put(each));
    }
    OR_ASSERT_OK(store->put(record("d")));
    OR_ASSERT_OK(store->put(record("c", "old")));
    OR_ASSERT_OK(store->put(record("c")));
    OR_ASSERT_OK(store->erase("kind", "d"));
    OR_ASSERT_OK(store->erase("kind", "never there"));
  }
  EXPECT_EQ(*open()->load(), records);
}

TEST_F(SqliteStoreTest, only_its_owner_may_read_it) {
  const mode_t old_mask = ::umask(0);
  auto store = open();
  OR_ASSERT_OK(store->put(record("a")));
  ::umask(old_mask);
  for (const auto& entry : fs::directory_iterator(folder)) {
    struct stat status{};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << entry.path();
  }
  store.reset();
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  store = open();
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(SqliteStoreTest, has_one_user_at_a_time) {
  const auto store = open();
  expect_error(try_open(), Code::FailedPrecondition, "is in use by another process: stop the other outriggerd");
}

TEST_F(SqliteStoreTest, says_where_its_directory_is_missing) {
  expect_error(SqliteStore::open({.path = (folder / "none/store.db").string()}), Code::NotFound, "none/store.db");
  expect_error(SqliteStore::open({.path = folder.string()}), Code::FailedPrecondition, "is not a file");
}

TEST_F(SqliteStoreTest, never_starts_anew_over_something_broken) {
  const auto write = [&](const std::string& content) { std::ofstream(path, std::ios::binary) << content; };
  write("");
  expect_error(try_open(), Code::DataLoss, "is damaged (it is empty)");
  EXPECT_EQ(fs::file_size(path), 0U);
  write(std::string(10'000, 'x'));
  expect_error(try_open(), Code::DataLoss, "restore it from a backup, or move it away");
  fs::remove(path);
  {
    auto store = open();
    for (int i = 0; i < 500; ++i) {
      OR_ASSERT_OK(store->put(record(fmt::format("key-{:04}", i), std::string(200, 'r'))));
    }
  }
  const auto size = fs::file_size(path);
  fs::copy(path, path + ".good");
  for (const uintmax_t cut : {uintmax_t{100}, size / 3, size - 4096}) {  // truncated
    fs::copy(path + ".good", path, fs::copy_options::overwrite_existing);
    fs::resize_file(path, cut);
    expect_error(try_open(), Code::DataLoss, "is damaged");
  }
  fs::remove(path);
  std::ofstream(path + "-wal") << "left over";
  expect_error(try_open(), Code::DataLoss, "the file is gone");
}

TEST_F(SqliteStoreTest, finds_a_changed_byte_wherever_it_is) {
  {
    auto store = open();
    for (int i = 0; i < 50; ++i) {
      OR_ASSERT_OK(store->put(record(fmt::format("key-{:04}", i), std::string(150, 'r'))));
    }
  }
  const std::vector<Record> good = *open()->load();
  std::string bytes;
  {
    std::ifstream file(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  core::Random random(7);
  size_t found = 0;
  for (int i = 0; i < 200; ++i) {
    std::string broken = bytes;
    const size_t at = static_cast<size_t>(random.below(broken.size()));
    broken[at] = static_cast<char>(broken[at] ^ static_cast<char>(1 << random.below(8)));
    std::ofstream(path, std::ios::binary) << broken;
    auto opened = try_open();
    if (!opened.has_value()) {
      ++found;
      continue;
    }
    const auto loaded = (*opened)->load();
    if (!loaded.has_value()) {
      EXPECT_EQ(loaded.error().code, Code::DataLoss);
      ++found;
    } else {
      EXPECT_EQ(*loaded, good) << "a changed byte at " << at << " went unnoticed";
    }
  }
  EXPECT_GT(found, 20U) << "some of the bytes matter";
}

TEST_F(SqliteStoreTest, knows_its_own_from_others) {
  {
    const auto store = open();
  }
  const auto change = [&](const char* statement) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database, statement, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  };
  change("PRAGMA user_version=2");
  expect_error(try_open(), Code::FailedPrecondition, "has version 2, this outriggerd knows version 1");
  change("PRAGMA application_id=5");
  expect_error(try_open(), Code::FailedPrecondition, "of another program");
}

TEST_F(SqliteStoreTest, leaves_the_file_of_another_program_as_it_is) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(database, "CREATE TABLE resource (a); INSERT INTO resource VALUES (1)", nullptr, nullptr, nullptr),
      SQLITE_OK);
  sqlite3_close(database);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  const auto bytes = [&] {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = bytes();
  expect_error(try_open(), Code::FailedPrecondition, "of another program");
  EXPECT_EQ(bytes(), before) << "not a byte, nor its journal mode, was changed";
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1) << "and nothing beside it";
}

TEST_F(SqliteStoreTest, a_full_disk_changes_nothing) {
  auto store = open(64 * 1024);
  int stored = 0;
  Result<void> last;
  while (last.has_value() && stored < 1000) {
    last = store->put(record(fmt::format("key-{:04}", stored), std::string(1000, 'r')));
    stored += last.has_value() ? 1 : 0;
  }
  expect_error(last, Code::ResourceExhausted, "no space left for the store");
  EXPECT_EQ(store->load()->size(), static_cast<size_t>(stored));
  OR_ASSERT_OK(store->erase("kind", "key-0000"));
  OR_ASSERT_OK(store->erase("kind", "key-0001"));
  OR_EXPECT_OK(store->put(record("key-0000", std::string(900, 's'))));
  store.reset();
  EXPECT_EQ(open()->load()->size(), static_cast<size_t>(stored) - 1);
}

// A child writes and acknowledges through a pipe until it is killed: whatever it acknowledged is there
// afterwards.
TEST_F(SqliteStoreTest, what_was_acknowledged_survives_a_kill) {
  for (int round = 0; round < 5; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto store = SqliteStore::open({.path = path});
      for (int i = 0; store.has_value() && i < 100'000; ++i) {
        const auto put = (*store)->put(record(fmt::format("{}-{:06}", round, i)));
        if (!put.has_value() || ::write(ends[1], "x", 1) != 1) {
          break;
        }
      }
      ::_exit(1);
    }
    ::close(ends[1]);
    char byte = 0;
    int acknowledged = 0;
    while (acknowledged < 20 + round * 7 && ::read(ends[0], &byte, 1) == 1) {
      ++acknowledged;
    }
    ::kill(child, SIGKILL);
    while (::read(ends[0], &byte, 1) == 1) {
      ++acknowledged;
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto records = open()->load();
    OR_ASSERT_OK(records);
    const auto of_round = std::ranges::count_if(
        *records, [&](const Record& each) { return each.key.starts_with(fmt::format("{}-", round)); });
    EXPECT_GE(of_round, acknowledged);
    EXPECT_LE(of_round, acknowledged + 1);
  }
}

TEST_F(SqliteStoreTest, a_half_made_new_store_is_no_store) {
  std::ofstream(path + ".new") << "half";
  OR_ASSERT_OK(open()->put(record("a")));
  EXPECT_FALSE(fs::exists(path + ".new"));
}

TEST_F(SqliteStoreTest, a_thousand_volumes_are_there_at_once) {
  constexpr int count = 1000;
  std::map<std::string, std::string> real;
  {
    MemoryStore memory;
    World world(memory, real);
    OR_ASSERT_OK(world.restore());
    for (int i = 0; i < count; ++i) {
      OR_ASSERT_OK(world.create_malloc(fmt::format("bdev-{:04}", i)));
    }
    auto store = open();
    const std::vector<Record> records = *memory.load();
    for (const Record& each : records) {
      OR_ASSERT_OK(store->put(each));
    }
  }
  real.clear();
  const auto begin = std::chrono::steady_clock::now();
  auto store = open();
  World world(*store, real);
  OR_ASSERT_OK(world.restore());
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(real.size(), static_cast<size_t>(count));
  const auto took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  RecordProperty("restore_ms", static_cast<int>(took_ms));
  EXPECT_LT(took_ms, 2000) << "with sanitizers on a busy machine; a release build takes some 20 ms";
}

}  // namespace
}  // namespace outrigger::model
