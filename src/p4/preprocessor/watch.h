// Watch: follows what Clang's preprocessor does and keeps it within the limits (limits.h); says of files that are not
// found where they were searched.
#pragma once

#include "p4/preprocessor/brake.h"
#include "p4/preprocessor/clang_places.h"
#include "p4/preprocessor/diagnostic_bridge.h"
#include "p4/preprocessor/expansion_cost.h"
#include "p4/preprocessor/file_system.h"
#include "p4/preprocessor/preprocessor.h"

#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace outrigger::p4 {

class Watch : public clang::PPCallbacks {
 public:
  // All are borrowed and live longer than the preprocessor.
  struct Parts {
    clang::Preprocessor& preprocessor;
    ClangPlaces& places;
    DiagnosticBridge& bridge;
    Brake& brake;
    const SourceFileSystem& files;
    const PreprocessorOptions& options;
  };
  explicit Watch(const Parts& parts) : parts_(parts), cost_(parts.preprocessor) {}

  void FileChanged(clang::SourceLocation location, FileChangeReason reason, clang::SrcMgr::CharacteristicKind kind,
                   clang::FileID previous) override;
  bool FileNotFound(llvm::StringRef /*name*/) override { return true; }
  void InclusionDirective(clang::SourceLocation hash, const clang::Token& include, llvm::StringRef name, bool is_angled,
                          clang::CharSourceRange name_range, clang::OptionalFileEntryRef file,
                          llvm::StringRef search_path, llvm::StringRef relative_path, const clang::Module* module,
                          bool is_module_imported, clang::SrcMgr::CharacteristicKind kind) override;
  void MacroExpands(const clang::Token& name, const clang::MacroDefinition& definition, clang::SourceRange range,
                    const clang::MacroArgs* arguments) override;
  void If(clang::SourceLocation /*at*/, clang::SourceRange /*range*/, ConditionValueKind /*value*/) override {
    condition_read();
  }
  void Elif(clang::SourceLocation /*at*/, clang::SourceRange /*range*/, ConditionValueKind /*value*/,
            clang::SourceLocation /*if_at*/) override {
    condition_read();
  }
  void MacroDefined(const clang::Token& /*name*/, const clang::MacroDirective* /*directive*/) override {
    parts_.brake.repeat();
  }
  void Ifdef(clang::SourceLocation /*at*/, const clang::Token& /*name*/,
             const clang::MacroDefinition& /*definition*/) override {
    parts_.brake.repeat();
  }
  void Ifndef(clang::SourceLocation /*at*/, const clang::Token& /*name*/,
              const clang::MacroDefinition& /*definition*/) override {
    parts_.brake.repeat();
  }

 private:
  void condition_read() {
    cost_.begin_condition();
    parts_.brake.repeat();
  }
  void file_entered(clang::SourceLocation location);
  [[nodiscard]] std::string folder_of(clang::SourceLocation location) const;

  Parts parts_;
  ExpansionCost cost_;
  uint32_t files_entered_ = 0;
  size_t bytes_entered_ = 0;
  std::vector<bool> scanned_;  // by number of the file
};

}  // namespace outrigger::p4
