#include "model/store.h"

namespace outrigger::model {

Result<std::vector<Record>> MemoryStore::load() {
  std::vector<Record> out;
  for (const auto& [key, record] : records_) {
    out.push_back(record);
  }
  return out;
}

Result<void> MemoryStore::put(const Record& record) {
  records_[{record.kind, record.key}] = record;
  return {};
}

Result<void> MemoryStore::erase(std::string_view kind, std::string_view key) {
  records_.erase({std::string(kind), std::string(key)});
  return {};
}

}  // namespace outrigger::model
