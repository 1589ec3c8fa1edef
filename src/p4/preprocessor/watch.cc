// Watch: see the header.
#include "p4/preprocessor/watch.h"

#include "p4/limits.h"
#include "p4/preprocessor/directive_scan.h"
#include "p4/preprocessor/shipped_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace outrigger::p4 {

namespace {

// Offsets that Clang has for all files and expansions together; ExpansionCost stays far below.
constexpr uint64_t locations_max = 1U << 30U;

std::string beside(const std::string& folder, const std::string& name) {
  return folder.empty() || folder == "." || name.starts_with('/') ? name : folder + "/" + name;
}

}  // namespace

void Watch::FileChanged(clang::SourceLocation location, FileChangeReason reason,
                        clang::SrcMgr::CharacteristicKind /*kind*/, clang::FileID /*previous*/) {
  if (reason == EnterFile) {
    file_entered(location);
  }
  parts_.brake.repeat();
}

void Watch::file_entered(clang::SourceLocation location) {
  const clang::SourceManager& manager = parts_.preprocessor.getSourceManager();
  const clang::FileID id = manager.getFileID(location);
  const llvm::StringRef text = manager.getBufferData(id);
  const clang::SourceLocation included_at = manager.getIncludeLoc(id);
  bytes_entered_ += text.size();
  if (id != manager.getMainFileID() && id != parts_.preprocessor.getPredefinesFileID() &&
      ++files_entered_ > files_included_max) {
    parts_.bridge.fail(included_at, fmt::format("more than {} files are included", files_included_max),
                       "does a file include itself? Guard it with #ifndef, #define and #endif");
  } else if (bytes_entered_ > source_bytes_max) {
    parts_.bridge.fail(included_at, fmt::format("the included files have more than {} MiB", source_bytes_max >> 20U),
                       "include fewer, or each only once");
  }
  const uint32_t file = parts_.places.file(id);
  scanned_.resize(std::max<size_t>(scanned_.size(), file + 1));
  if (scanned_[file] || parts_.brake.is_pulled()) {
    return;
  }
  scanned_[file] = true;
  if (const auto fault = scan_directives(text, parts_.preprocessor.getLangOpts())) {
    parts_.bridge.fail(manager.getLocForStartOfFile(id).getLocWithOffset(static_cast<int>(fault->begin)), fault->what,
                       fault->remedy);
  }
}

std::string Watch::folder_of(clang::SourceLocation location) const {
  const clang::SourceManager& manager = parts_.preprocessor.getSourceManager();
  const clang::OptionalFileEntryRef file = manager.getFileEntryRefForID(manager.getFileID(location));
  return file ? file->getDir().getName().str() : std::string();
}

void Watch::InclusionDirective(clang::SourceLocation hash, const clang::Token& /*include*/, llvm::StringRef name,
                               bool is_angled, clang::CharSourceRange name_range, clang::OptionalFileEntryRef file,
                               llvm::StringRef /*search_path*/, llvm::StringRef /*relative_path*/,
                               const clang::Module* /*module*/, bool /*is_module_imported*/,
                               clang::SrcMgr::CharacteristicKind /*kind*/) {
  parts_.brake.repeat();
  if (file || parts_.brake.is_pulled()) {
    return;
  }
  std::vector<std::string> folders = parts_.options.include_folders;
  if (!is_angled) {
    folders.insert(folders.begin(), folder_of(hash));
  }
  std::string what = fmt::format("cannot find the file '{}'", name.str());
  std::vector<std::string> paths{name.starts_with("/") ? name.str() : std::string()};
  for (std::string& folder : folders) {
    paths.push_back(beside(folder, name.str()));
    folder = folder.empty() ? "." : folder;
  }
  for (const std::string& path : paths) {
    if (const std::string refusal = parts_.files.refusal(path); !refusal.empty()) {
      what = fmt::format("cannot read the file '{}': {}", path, refusal);
      break;
    }
  }
  std::vector<std::string_view> shipped;
  for (const ShippedFile& one : shipped_files()) {
    shipped.push_back(one.name);
  }
  parts_.bridge.error(name_range, what,
                      fmt::format("name its folder with -I; searched: {}{}the files that ship ({})",
                                  fmt::join(folders, ", "), folders.empty() ? "" : ", ", fmt::join(shipped, ", ")));
}

void Watch::MacroExpands(const clang::Token& name, const clang::MacroDefinition& definition,
                         clang::SourceRange /*range*/, const clang::MacroArgs* arguments) {
  clang::MacroInfo* macro = definition.getMacroInfo();
  if (macro == nullptr) {
    return;
  }
  const bool is_condition = parts_.preprocessor.isParsingIfOrElifDirective();
  if (!is_condition) {
    cost_.begin_condition();
  }
  if (!parts_.brake.is_pulled()) {
    // What expanding an argument keeps in `arguments` is what Clang would keep there itself a moment later.
    const bool is_within = cost_.add(*macro, const_cast<clang::MacroArgs*>(arguments));
    const bool is_located = parts_.preprocessor.getSourceManager().getNextLocalOffset() < locations_max;
    if (cost_.is_too_deep()) {
      parts_.bridge.fail(name.getLocation(),
                         fmt::format("macros in arguments of macros are nested more than {} deep", expansion_depth_max),
                         "expand in smaller steps");
    } else if (!is_within || !is_located) {
      parts_.bridge.fail(name.getLocation(), "the macros of this program expand to too much",
                         "does a macro repeat its argument, and its argument another?");
    } else if (is_condition && cost_.tokens() > condition_tokens_max) {
      parts_.bridge.fail(name.getLocation(),
                         fmt::format("macros make more than {} tokens of this condition", condition_tokens_max),
                         "split it into several directives");
    }
  }
  if (parts_.brake.is_pulled()) {
    parts_.brake.repeat();
    Brake::empty(*macro);
  }
}

}  // namespace outrigger::p4
