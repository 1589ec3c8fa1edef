// SqliteStore. The write-ahead log with synchronous=FULL makes every acknowledged change survive a crash of
// the machine; exclusive locking keeps a second daemon out and needs no shared-memory file beside the
// database.
#include "base/unique_fd.h"
#include "model/store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace outrigger::model {

namespace {

constexpr int application_id = 0x4F555452;  // "OUTR" in the file's header
constexpr int schema_version = 1;
constexpr int page_bytes = 4096;

uint64_t checksum(const Record& record) noexcept {
  // FNV-1a, 64 bits, with the lengths mixed in: it finds decay, not malice.
  uint64_t hash = 0xCBF29CE484222325ULL;
  for (const std::string* part : {&record.kind, &record.key, &record.resource, &record.options}) {
    for (const char c : *part) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    }
    hash = (hash ^ part->size()) * 0x100000001B3ULL;
  }
  return hash;
}

std::unexpected<Error> damaged(const std::string& path, std::string_view what) {
  return fail(Code::DataLoss,
              "the store {} is damaged ({}): restore it from a backup, or move it away (with {}-wal) to start empty",
              path, what, path);
}

// What SQLite's result code means to a person.
std::unexpected<Error> explain(const std::string& path, int code, std::string_view doing, const char* detail) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(Code::FailedPrecondition,
                  "the store {} is in use by another process: stop the other outriggerd, or give this one a "
                  "store of its own",
                  path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return damaged(path, detail);
    case SQLITE_FULL:
      return fail(Code::ResourceExhausted,
                  "no space left for the store {} while {}: nothing was changed; free some space and try again", path,
                  doing);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return fail(Code::FailedPrecondition, "the store {} cannot be written: check its owner and permissions", path);
    case SQLITE_CANTOPEN:
      return fail(Code::FailedPrecondition,
                  "the store {} cannot be opened: check that its directory exists and may be written", path);
    case SQLITE_NOMEM: return fail(Code::ResourceExhausted, "out of memory while {} in the store {}", doing, path);
    case SQLITE_IOERR:
      return fail(Code::Unavailable, "input/output error on the store {} while {}: nothing was changed; check the disk",
                  path, doing);
    default: return fail(Code::Internal, "the store {}: {} failed: {}", path, doing, detail);
  }
}

struct Statement {
  sqlite3_stmt* handle = nullptr;
  Statement() = default;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(handle); }

  void bind(int index, std::string_view text) const {
    // SQLITE_STATIC: what is bound outlives the step.
    sqlite3_bind_text(handle, index, text.data(), static_cast<int>(text.size()), nullptr);
  }
  void bind_blob(int index, std::string_view bytes) const {
    sqlite3_bind_blob(handle, index, bytes.data() == nullptr ? "" : bytes.data(), static_cast<int>(bytes.size()),
                      nullptr);
  }
  [[nodiscard]] std::string column(int index) const {
    const void* const data = sqlite3_column_blob(handle, index);
    const auto size = static_cast<size_t>(sqlite3_column_bytes(handle, index));
    return data == nullptr ? std::string{} : std::string(static_cast<const char*>(data), size);
  }
};

}  // namespace

struct SqliteStore::Database {
  std::string path;
  sqlite3* handle = nullptr;
  Statement put, erase;

  ~Database() {
    sqlite3_finalize(std::exchange(put.handle, nullptr));
    sqlite3_finalize(std::exchange(erase.handle, nullptr));
    sqlite3_close(handle);
  }

  Result<void> connect(int flags) {
    const int code =
        sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    return code == SQLITE_OK ? Result<void>{} : explain(path, code, "opening", sqlite3_errstr(code));
  }
  Result<void> run(const std::string& sql, std::string_view doing) {
    const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? Result<void>{} : explain(path, code, doing, sqlite3_errmsg(handle));
  }
  Result<void> prepare(Statement& statement, const char* sql) {
    const int code = sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement.handle, nullptr);
    return code == SQLITE_OK ? Result<void>{} : explain(path, code, "reading its schema", sqlite3_errmsg(handle));
  }
  // The first column of the first row.
  Result<std::string> ask(const char* sql) {
    Statement statement;
    OR_TRY(prepare(statement, sql));
    const int code = sqlite3_step(statement.handle);
    if (code == SQLITE_ROW) {
      return statement.column(0);
    }
    return code == SQLITE_DONE ? Result<std::string>{std::string{}}
                               : explain(path, code, "reading", sqlite3_errmsg(handle));
  }
  // Runs a statement to its end and makes it ready for the next time.
  Result<void> step(const Statement& statement, std::string_view doing) {
    const int code = sqlite3_step(statement.handle);
    const std::string detail = sqlite3_errmsg(handle);
    sqlite3_reset(statement.handle);
    sqlite3_clear_bindings(statement.handle);
    return code == SQLITE_DONE ? Result<void>{} : explain(path, code, doing, detail.c_str());
  }

  static Result<void> make_file(const std::string& path);
  static Result<void> check_header(const std::string& path);
  Result<void> check_identity();
  Result<void> prepare_statements(uint64_t size_bytes_max);
};

// A new store is made whole under another name and then renamed: a crash in between leaves no half-made store
// behind, and a file of length zero is always damage.
Result<void> SqliteStore::Database::make_file(const std::string& path) {
  Database fresh;
  fresh.path = path + ".new";
  for (const char* suffix : {"", "-journal", "-wal"}) {
    ::unlink((fresh.path + suffix).c_str());
  }
  UniqueFd file(::open(fresh.path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!file.is_open()) {
    return fail_errno(errno, fmt::format("cannot create the store {}", path));
  }
  OR_TRY(fresh.connect(SQLITE_OPEN_READWRITE));
  OR_TRY(fresh.run(fmt::format("PRAGMA page_size={}; PRAGMA synchronous=FULL; BEGIN;"
                               "CREATE TABLE resource (kind TEXT NOT NULL, key TEXT NOT NULL, resource BLOB NOT NULL,"
                               " options BLOB NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (kind, key));"
                               "PRAGMA application_id={}; PRAGMA user_version={}; COMMIT;",
                               page_bytes, application_id, schema_version),
                   "creating it"));
  sqlite3_close(std::exchange(fresh.handle, nullptr));
  if (::rename(fresh.path.c_str(), path.c_str()) != 0) {
    return fail_errno(errno, fmt::format("cannot create the store {}", path));
  }
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) {
    ::fsync(folder.get());
  }
  return {};
}

// Is it ours? Read from the header without SQLite, which would change the file of another program by opening it in
// our way. Our header is written with the file, before it gets its name.
Result<void> SqliteStore::Database::check_header(const std::string& path) {
  // Bytes of the header: the magic words, the application's id (big-endian).
  constexpr std::string_view magic("SQLite format 3\0", 16);
  constexpr size_t header_bytes = 100;
  constexpr size_t application_id_at = 68;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!file.is_open()) {
    return explain(path, SQLITE_CANTOPEN, "opening", "");
  }
  std::array<char, header_bytes> header{};
  const ssize_t got = ::pread(file.get(), header.data(), header.size(), 0);
  if (got < 0) {
    return explain(path, SQLITE_IOERR, "reading its header", "");
  }
  if (static_cast<size_t>(got) < header.size() || !std::string_view(header.data(), header.size()).starts_with(magic)) {
    return damaged(path, "it is no SQLite file");
  }
  uint32_t id = 0;
  for (size_t i = 0; i < sizeof(id); ++i) {
    id = id << 8 | static_cast<unsigned char>(header[application_id_at + i]);
  }
  if (id != application_id) {
    return fail(Code::FailedPrecondition,
                "{} is an SQLite file of another program, not a store of Outrigger: name another path", path);
  }
  return {};
}

// Ours, of a version we know, and sound.
Result<void> SqliteStore::Database::check_identity() {
  OR_ASSIGN(const std::string version, ask("PRAGMA user_version"));
  OR_ASSIGN(const std::string tables, ask("SELECT count(*) FROM sqlite_master WHERE name='resource'"));
  if (version != std::to_string(schema_version)) {
    return fail(Code::FailedPrecondition,
                "the store {} has version {}, this outriggerd knows version {}: use the outriggerd that wrote it", path,
                version, schema_version);
  }
  if (tables != "1") {
    return damaged(path, "its table is missing");
  }
  OR_ASSIGN(const std::string verdict, ask("PRAGMA integrity_check(1)"));
  return verdict == "ok" ? Result<void>{} : damaged(path, verdict);
}

Result<void> SqliteStore::Database::prepare_statements(uint64_t size_bytes_max) {
  if (size_bytes_max != 0) {
    OR_TRY(run(fmt::format("PRAGMA max_page_count={}", size_bytes_max / page_bytes), "limiting its size"));
  }
  OR_TRY(prepare(put,
                 "INSERT OR REPLACE INTO resource (kind, key, resource, options, checksum) VALUES (?1, ?2, "
                 "?3, ?4, ?5)"));
  return prepare(erase, "DELETE FROM resource WHERE kind = ?1 AND key = ?2");
}

SqliteStore::SqliteStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(SqliteStoreOptions options) {
  auto database = std::make_unique<Database>();
  database->path = options.path;
  struct stat status{};
  if (::stat(options.path.c_str(), &status) != 0) {
    if (errno != ENOENT) {
      return fail_errno(errno, fmt::format("cannot look at the store {}", options.path));
    }
    if (::stat((options.path + "-wal").c_str(), &status) == 0 && status.st_size != 0) {
      return damaged(options.path, "the file is gone, its write-ahead log is not");
    }
    OR_TRY(Database::make_file(options.path));
  } else if (!S_ISREG(status.st_mode)) {
    return fail(Code::FailedPrecondition, "the store {} is not a file: name a file, or a path where none is yet",
                options.path);
  } else if (status.st_size == 0) {
    return damaged(options.path, "it is empty");
  } else {
    OR_TRY(Database::check_header(options.path));
    // It holds keys: nobody else may read it.
    if ((status.st_mode & 077) != 0 && ::chmod(options.path.c_str(), 0600) != 0) {
      return fail_errno(errno, fmt::format("the store {} can be read by others and its mode cannot be changed to 0600",
                                           options.path));
    }
  }
  OR_TRY(database->connect(SQLITE_OPEN_READWRITE));
  OR_TRY(
      database->run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                    "BEGIN IMMEDIATE; COMMIT;",
                    "opening"));
  OR_TRY(database->check_identity());
  OR_TRY(database->prepare_statements(options.size_bytes_max));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database)));
}

Result<std::vector<Record>> SqliteStore::load() {
  Statement statement;
  OR_TRY(
      database_->prepare(statement, "SELECT kind, key, resource, options, checksum FROM resource ORDER BY kind, key"));
  std::vector<Record> out;
  while (true) {
    const int code = sqlite3_step(statement.handle);
    if (code == SQLITE_DONE) {
      return out;
    }
    if (code != SQLITE_ROW) {
      return explain(database_->path, code, "reading", sqlite3_errmsg(database_->handle));
    }
    Record record{statement.column(0), statement.column(1), statement.column(2), statement.column(3)};
    if (static_cast<uint64_t>(sqlite3_column_int64(statement.handle, 4)) != checksum(record)) {
      return damaged(database_->path, fmt::format("the record of {} {}", record.kind, record.key));
    }
    out.push_back(std::move(record));
  }
}

Result<void> SqliteStore::put(const Record& record) {
  const Statement& statement = database_->put;
  statement.bind(1, record.kind);
  statement.bind(2, record.key);
  statement.bind_blob(3, record.resource);
  statement.bind_blob(4, record.options);
  sqlite3_bind_int64(statement.handle, 5, static_cast<sqlite3_int64>(checksum(record)));
  return database_->step(statement, fmt::format("storing {}", record.key));
}

Result<void> SqliteStore::erase(std::string_view kind, std::string_view key) {
  const Statement& statement = database_->erase;
  statement.bind(1, kind);
  statement.bind(2, key);
  return database_->step(statement, fmt::format("removing {}", key));
}

}  // namespace outrigger::model
