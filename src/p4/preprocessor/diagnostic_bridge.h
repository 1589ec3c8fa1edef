// DiagnosticBridge: what Clang's preprocessor finds wrong, as diagnostics of ours.
#pragma once

#include "p4/diagnostics.h"
#include "p4/preprocessor/brake.h"
#include "p4/preprocessor/clang_places.h"

#include <clang/Basic/Diagnostic.h>

#include <string>
#include <string_view>

namespace outrigger::p4 {

class DiagnosticBridge : public clang::DiagnosticConsumer {
 public:
  // All are borrowed. Before connect(), what Clang says has no place.
  explicit DiagnosticBridge(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}
  void connect(ClangPlaces& places, Brake& brake) {
    places_ = &places;
    brake_ = &brake;
  }
  // Makes Clang say what we want to know.
  static void set_severities(clang::DiagnosticsEngine& engine);

  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override;
  // An error of our own at that location, and the end of preprocessing.
  void fail(clang::SourceLocation location, std::string what, std::string remedy);
  // The same without an end. Of a range, all is marked that is on one line of a file.
  void error(clang::CharSourceRange range, std::string what, std::string remedy);
  void warning(std::string_view rule, clang::CharSourceRange range, std::string what, std::string remedy);
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

 private:
  // True where the diagnostic was one of those that only tell us what Clang is about to do.
  bool is_handled(const clang::Diagnostic& info);

  Diagnostics& diagnostics_;
  ClangPlaces* places_ = nullptr;
  Brake* brake_ = nullptr;
  Diagnostic* last_ = nullptr;  // what notes belong to
  bool has_failed_ = false;
};

}  // namespace outrigger::p4
