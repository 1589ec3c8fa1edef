// RowTable: every resource there is, by kind and key, and who refers to whom. Holds no behaviour of its own:
// Lifecycle changes rows, Model reads them. Control reactor only.
#pragma once

#include "model/kind.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::model {

// What is under way for a row.
enum class Pending : uint8_t { None, Create, Update, Delete, Realise };

// One resource. Its address is stable from insertion to removal.
struct Row {
  const Kind* kind = nullptr;
  std::string key;   // ids joined by slashes; the id itself for kinds at the root
  std::string name;  // as it is returned
  std::shared_ptr<const Message> wanted;
  std::shared_ptr<const Message> options;  // null: the kind has none
  Pending pending = Pending::None;
  bool is_realised = false;
  bool is_restored = false;    // came from the store and was never realised since
  Error error;                 // why it is not realised
  uint64_t retry_wait_ns = 0;  // before the next try; 0: not tried yet
  uint64_t retry_at_ns = 0;
  std::shared_ptr<const Message> seen;  // what readers get while an operation is under way
  std::set<Row*> targets;               // what it refers to
  std::set<Row*> users;                 // what refers to it

  // Acknowledged to a client: a row under creation is not there yet for readers.
  [[nodiscard]] bool is_acknowledged() const noexcept { return pending != Pending::Create; }
  [[nodiscard]] Intent intent() const;
};

class RowTable final : public Lookup {
 public:
  RowTable() = default;
  ~RowTable() override;
  RowTable(const RowTable&) = delete;
  RowTable& operator=(const RowTable&) = delete;

  void add_kind(const Kind& kind);
  using Rows = std::map<std::string, std::unique_ptr<Row>, std::less<>>;
  // The rows of a kind, sorted by key, which is sorted by name.
  [[nodiscard]] const Rows& of(const Kind& kind) const;
  [[nodiscard]] const std::vector<const Kind*>& kinds() const noexcept { return kinds_; }
  [[nodiscard]] const Kind* kind_of(std::string_view message_full_name) const;
  [[nodiscard]] size_t count() const noexcept { return count_; }

  [[nodiscard]] Row* find(const Kind& kind, std::string_view key) const;
  // What a resource of `kind` with the parent `parent_key` belongs to; nullptr: that is not there for clients.
  [[nodiscard]] Row* find_parent(const Kind& kind, std::string_view parent_key) const;
  // The row of `kind` that `name`, in any form, means.
  [[nodiscard]] Row* find_by_name(const Kind& kind, std::string_view name) const;
  // The volume of any kind that `name` means: "a", "volumes/a", "allVolumes/a", "mallocVolumes/a".
  [[nodiscard]] Row* find_volume(std::string_view name) const;
  [[nodiscard]] Row* find_device(std::string_view name) const;
  // The row that a reference field means, without regard to case: ids are lower case, clients write
  // "Malloc0".
  [[nodiscard]] Row* resolve(const Reference& reference, std::string_view name) const;

  Row& insert(std::unique_ptr<Row> row);
  void remove(Row& row);

  // What `message` refers to: named references, implied ones and the parent. NOT_FOUND names field and value.
  Result<std::set<Row*>> targets_of(const Kind& kind, std::string_view key, const Message& message) const;
  // Makes `targets` what the row refers to.
  void link(Row& row, std::set<Row*> targets);
  // Refreshes the rows whose implied references may have changed because a row of another kind came, went or
  // changed.
  void relink_implied();

  // Lookup
  void for_each(const google::protobuf::Descriptor& message,
                const std::function<void(const std::string&, const Message&)>& visit) const override;
  std::vector<std::string> users_of(const google::protobuf::Descriptor& message, std::string_view id) const override;

 private:
  [[nodiscard]] Row* find_in_view(View view, std::string_view name) const;
  [[nodiscard]] Row* find_by_id(View view, std::string_view id) const;

  std::vector<const Kind*> kinds_;
  std::map<std::string, const Kind*, std::less<>> kinds_by_name_;
  std::map<const Kind*, Rows> rows_;
  size_t count_ = 0;
};

// What the parent of a resource of `kind` is called.
[[nodiscard]] std::string parent_name_of(const Kind& kind, std::string_view parent_key);

// What a volume is called as a volume: kinds below others have longer names of their own.
[[nodiscard]] std::string volume_name_of(const Row& row);

// What a client gets to see of the row: no secrets, the name, and what the world decided.
[[nodiscard]] std::unique_ptr<Message> answer_of(const Row& row);
// The same for its options, which it has.
[[nodiscard]] std::unique_ptr<Message> options_answer_of(const Row& row);

// "virtio-blk disk volumes/disk0, …": for sentences; at most users_named_max of them.
[[nodiscard]] std::string names_of(const std::set<Row*>& rows);

}  // namespace outrigger::model
