#include "apply/health_file.h"

#include "apply/small_file.h"

namespace outrigger::apply {

Result<void> HealthFile::save(std::string_view bytes) { return write_small_file(directory_, name_, bytes); }

Result<std::string> HealthFile::load() { return read_small_file_or_nothing(directory_, name_); }

Result<void> HealthFile::remove() { return remove_small_file(directory_, name_); }

}  // namespace outrigger::apply
