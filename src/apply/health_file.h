// HealthFile: what SMART tells of one subsystem, in a file of its own, named by the subsystem's id.
#pragma once

#include "nvme/health_store.h"

#include <string>
#include <utility>

namespace outrigger::apply {

class HealthFile final : public nvme::HealthStore {
 public:
  HealthFile(std::string directory, std::string name) : directory_(std::move(directory)), name_(std::move(name)) {}

  Result<void> save(std::string_view bytes) override;
  Result<std::string> load() override;
  // The subsystem is deleted, and has been closed.
  Result<void> remove();

 private:
  std::string directory_;
  std::string name_;
};

}  // namespace outrigger::apply
