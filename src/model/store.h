// Store: where desired state survives the daemon. One record per resource, written whole. Control reactor
// only; calls block for as long as the disk takes to make a record durable.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outrigger::model {

struct Record {
  std::string kind;      // full name of the resource's message
  std::string key;       // ids joined by slashes
  std::string resource;  // serialised; holds secrets
  std::string options;   // serialised extension; empty where the kind has none

  friend bool operator==(const Record&, const Record&) = default;
};

class Store {
 public:
  virtual ~Store() = default;
  // Every record, sorted by kind and key. DATA_LOSS when one of them is damaged: nothing is left out in
  // silence.
  virtual Result<std::vector<Record>> load() = 0;
  // Writes a record over the one of the same kind and key. Durable when it returns; on an error nothing
  // changed.
  virtual Result<void> put(const Record& record) = 0;
  // Removes a record; none there is no error. Durable when it returns; on an error nothing changed.
  virtual Result<void> erase(std::string_view kind, std::string_view key) = 0;
};

// Forgets with the process: for tests and for trying things out.
class MemoryStore final : public Store {
 public:
  Result<std::vector<Record>> load() override;
  Result<void> put(const Record& record) override;
  Result<void> erase(std::string_view kind, std::string_view key) override;

 private:
  std::map<std::pair<std::string, std::string>, Record> records_;
};

struct SqliteStoreOptions {
  std::string path;
  uint64_t size_bytes_max = 0;  // 0: no limit; else writes past it fail like a full disk
};

// One SQLite file, readable by its owner only, write-ahead log, synced at every change; held by one process
// at a time. open() creates the file only where there is none: a file that is there but empty, damaged, of
// another program or of a newer version is an error that says what to do, never a new start.
class SqliteStore final : public Store {
 public:
  static Result<std::unique_ptr<SqliteStore>> open(SqliteStoreOptions options);
  ~SqliteStore() override;
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  Result<std::vector<Record>> load() override;
  Result<void> put(const Record& record) override;
  Result<void> erase(std::string_view kind, std::string_view key) override;

 private:
  struct Database;
  explicit SqliteStore(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace outrigger::model
