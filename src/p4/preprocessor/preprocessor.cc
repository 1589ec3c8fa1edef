// preprocess(): puts Clang's preprocessor together, for assembler files: it knows directives and macros, and nothing of
// C.
#include "p4/preprocessor/preprocessor.h"

#include "p4/limits.h"
#include "p4/preprocessor/brake.h"
#include "p4/preprocessor/clang_places.h"
#include "p4/preprocessor/diagnostic_bridge.h"
#include "p4/preprocessor/file_system.h"
#include "p4/preprocessor/token_text.h"
#include "p4/preprocessor/watch.h"

#include <clang/Basic/Diagnostic.h>
#include <clang/Basic/DiagnosticOptions.h>
#include <clang/Basic/FileManager.h>
#include <clang/Basic/LangOptions.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Basic/TargetInfo.h>
#include <clang/Basic/TargetOptions.h>
#include <clang/Lex/HeaderSearch.h>
#include <clang/Lex/HeaderSearchOptions.h>
#include <clang/Lex/ModuleLoader.h>
#include <clang/Lex/Pragma.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Lex/PreprocessorOptions.h>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace outrigger::p4 {

namespace {

constexpr std::string_view predefined = "#define __p4__ 16\n";

clang::LangOptions assembler() {
  clang::LangOptions language;
  language.AsmPreprocessor = true;  // words, numbers and quotes that C does not know pass as they are
  language.LineComment = true;
  language.GNUMode = true;  // , ## __VA_ARGS__
  language.C99 = true;
  language.DollarIdents = false;
  return language;
}

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_';
}

bool is_name(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) {
    return false;
  }
  for (const char character : text) {
    if (!is_letter(character) && !(character >= '0' && character <= '9')) {
      return false;
    }
  }
  return true;
}

// The options as directives. Nothing: one of them is wrong, and said to be.
std::optional<std::string> predefines(const PreprocessorOptions& options, Diagnostics& diagnostics) {
  std::string text(predefined);
  const auto refuse = [&](std::string_view option, const std::string& given, std::string_view remedy) {
    diagnostics.error_at({}, fmt::format("{} {}: this is no macro", option, given), std::string(remedy));
    return std::nullopt;
  };
  for (const std::string& define : options.defines) {
    const size_t equals = define.find('=');
    const std::string_view macro = std::string_view(define).substr(0, equals);
    const std::string_view value = equals == std::string::npos ? "1" : std::string_view(define).substr(equals + 1);
    const bool is_function = macro.ends_with(')') && macro.contains('(');
    if (!is_name(macro.substr(0, is_function ? macro.find('(') : macro.size())) ||
        define.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
      return refuse("-D", define, "write NAME, NAME=VALUE or NAME(PARAMETERS)=VALUE, on one line");
    }
    text += fmt::format("#define {} {}\n", macro, value);
  }
  for (const std::string& undefine : options.undefines) {
    if (!is_name(undefine)) {
      return refuse("-U", undefine, "write NAME");
    }
    text += fmt::format("#undef {}\n", undefine);
  }
  if (text.size() > file_bytes_max) {
    return refuse("-D", "", "define less");
  }
  return text;
}

// Clang's objects in the order in which they need one another.
class Session {
 public:
  Session(llvm::IntrusiveRefCntPtr<SourceFileSystem> files, const PreprocessorOptions& options,
          Diagnostics& diagnostics)
      : files_(std::move(files)),
        options_(options),
        bridge_(diagnostics),
        language_(assembler()),
        engine_(new clang::DiagnosticIDs(), new clang::DiagnosticOptions(), &bridge_, false),
        file_manager_(clang::FileSystemOptions(), files_),
        source_manager_(engine_, file_manager_),
        target_(make_target()),
        header_search_(std::make_shared<clang::HeaderSearchOptions>(), source_manager_, engine_, language_,
                       target_.get()),
        preprocessor_(make_options(), engine_, language_, source_manager_, header_search_, modules_),
        places_(source_manager_, language_, text_),
        brake_(preprocessor_) {
    bridge_.connect(places_, brake_);
    DiagnosticBridge::set_severities(engine_);
    engine_.setErrorLimit(0);
  }

  // False: there is no such file, or it cannot be read.
  bool open(const std::string& path) {
    const clang::OptionalFileEntryRef file = file_manager_.getOptionalFileRef(path);
    if (!file) {
      return false;
    }
    source_manager_.setMainFileID(source_manager_.createFileID(*file, clang::SourceLocation(), clang::SrcMgr::C_User));
    return source_manager_.getBufferDataOrNone(source_manager_.getMainFileID()).has_value();
  }

  std::optional<SourceText> run(std::string predefines) {
    search_in_folders();
    preprocessor_.setPredefines(std::move(predefines));
    preprocessor_.Initialize(*target_);
    ignore_pragmas();
    const Watch::Parts watched{preprocessor_, places_, bridge_, brake_, *files_, options_};
    preprocessor_.addPPCallbacks(std::make_unique<Watch>(watched));
    preprocessor_.EnterMainSourceFile();
    places_.file(source_manager_.getMainFileID());
    TokenText({preprocessor_, places_, bridge_, brake_, text_}).write_all();
    preprocessor_.EndSourceFile();
    if (bridge_.has_failed()) {
      return std::nullopt;
    }
    return std::move(text_);
  }

 private:
  clang::TargetInfo* make_target() {
    // Says what no directive of ours asks; one and the same everywhere.
    const auto options = std::make_shared<clang::TargetOptions>();
    options->Triple = "x86_64-unknown-unknown";
    return clang::TargetInfo::CreateTargetInfo(engine_, options);
  }

  static std::shared_ptr<clang::PreprocessorOptions> make_options() {
    auto options = std::make_shared<clang::PreprocessorOptions>();
    options->UsePredefines = false;
    options->LexEditorPlaceholders = false;
    options->DisablePragmaDebugCrash = true;
    return options;
  }

  void search_in_folders() {
    std::vector<std::string> names = options_.include_folders;
    names.emplace_back(shipped_folder.substr(0, shipped_folder.size() - 1));
    std::vector<clang::DirectoryLookup> folders;
    for (const std::string& name : names) {
      if (const auto folder = file_manager_.getOptionalDirectoryRef(name.empty() ? "." : name)) {
        folders.emplace_back(*folder, clang::SrcMgr::C_User, false);
      }
    }
    const auto count = static_cast<unsigned>(folders.size());
    header_search_.SetSearchPaths(std::move(folders), 0, count, llvm::DenseMap<unsigned, unsigned>());
  }

  // Those of Clang that print, load modules or crash when they are told to. What is left: once, push_macro, pop_macro.
  // A handler takes the place of the one of the same name.
  void ignore_pragmas() {
    for (const char* name : {"GCC", "clang", "STDC", "message", "mark"}) {
      preprocessor_.AddPragmaHandler(new clang::EmptyPragmaHandler(name));
    }
    preprocessor_.AddPragmaHandler(new clang::EmptyPragmaHandler());
  }

  llvm::IntrusiveRefCntPtr<SourceFileSystem> files_;
  const PreprocessorOptions& options_;
  SourceText text_;
  DiagnosticBridge bridge_;
  clang::LangOptions language_;
  clang::DiagnosticsEngine engine_;
  clang::FileManager file_manager_;
  clang::SourceManager source_manager_;
  llvm::IntrusiveRefCntPtr<clang::TargetInfo> target_;
  clang::HeaderSearch header_search_;
  clang::TrivialModuleLoader modules_;
  clang::Preprocessor preprocessor_;
  ClangPlaces places_;
  Brake brake_;
};

std::optional<SourceText> run(llvm::IntrusiveRefCntPtr<SourceFileSystem> files, const std::string& path,
                              const PreprocessorOptions& options, Diagnostics& diagnostics) {
  std::optional<std::string> directives = predefines(options, diagnostics);
  if (!directives) {
    return std::nullopt;
  }
  if (path.empty() || path.size() > path_bytes_max || path.contains('\0')) {
    diagnostics.error_at({}, "this is no name of a file", "name the program's file");
    return std::nullopt;
  }
  const auto session = std::make_unique<Session>(files, options, diagnostics);
  if (!session->open(path)) {
    const std::string refusal = files->refusal(path);
    const std::string_view why = refusal.empty() ? "there is no such file" : std::string_view(refusal);
    Place place;
    place.file = path;
    diagnostics.error_at(std::move(place), fmt::format("cannot read the program: {}", why));
    return std::nullopt;
  }
  return session->run(*std::move(directives));
}

}  // namespace

std::optional<SourceText> preprocess(const std::string& path, const PreprocessorOptions& options,
                                     Diagnostics& diagnostics) {
  return run(llvm::makeIntrusiveRefCnt<SourceFileSystem>(), path, options, diagnostics);
}

std::optional<SourceText> preprocess_text(const std::string& name, const std::string& text,
                                          const PreprocessorOptions& options, Diagnostics& diagnostics) {
  if (text.size() > file_bytes_max) {
    Place place;
    place.file = name;
    diagnostics.error_at(std::move(place), fmt::format("the program has more than {} MiB", file_bytes_max >> 20U));
    return std::nullopt;
  }
  auto files = llvm::makeIntrusiveRefCnt<SourceFileSystem>();
  files->add(name, text);
  return run(std::move(files), name, options, diagnostics);
}

}  // namespace outrigger::p4
