// SourceText: the text of a program after preprocessing, all files that it came from, and the way back: from an offset
// in the text to the file, line and column that a person knows.
//
// Tokens, trees and diagnostics hold offsets into text() only (SourceRange); a Place is computed when it is shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outrigger::p4 {

// Bytes [begin, end) of a SourceText's text(). An empty range stands for the place before `begin`.
struct SourceRange {
  uint32_t begin = 0;
  uint32_t end = 0;

  friend bool operator==(const SourceRange&, const SourceRange&) = default;
};

// From the beginning of `first` to the end of `last`.
[[nodiscard]] constexpr SourceRange spanning(SourceRange first, SourceRange last) noexcept {
  return {first.begin, last.end < first.begin ? first.end : last.end};
}

// Where something stands in a file as it was written. Lines and columns count from 1; columns are code points, each
// byte that is not UTF-8 counts one, and so does a tab.
struct Place {
  std::string file{};  // as it was named to us; files that ship with the compiler are <shipped>/NAME
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t length = 0;            // in columns, on this line; 0 where nothing particular is meant
  std::string line_text{};        // the line, or of a long one what stands around the column (shown_columns_max)
  uint32_t line_text_column = 1;  // the column of its first character
  bool is_line_cut = false;       // the line goes on after line_text
  std::string macro{};            // the macro whose expansion this is part of; empty: none

  friend bool operator==(const Place&, const Place&) = default;
};

class SourceText {
 public:
  // Where a piece of the text came from.
  struct Origin {
    uint32_t file = 0;   // as add_file() gave it
    uint32_t begin = 0;  // bytes of that file
    uint32_t end = 0;
    uint32_t macro = 0;  // as add_macro() gave it; 0: none
  };

  SourceText() = default;
  // Text that needs no preprocessing, as the one and only file.
  static SourceText from_text(std::string name, std::string text);

  // The preprocessed text, which lives as long as this object and moves with it. What stands between two tokens is
  // blanks and line breaks only; two tokens have a line break between them where the source had one.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  [[nodiscard]] std::string_view text(SourceRange range) const noexcept;
  // Where that stands. Ranges beyond the text's end mean its end.
  [[nodiscard]] Place place(SourceRange range) const;
  [[nodiscard]] Place place(uint32_t offset) const { return place(SourceRange{offset, offset}); }
  // Where bytes [begin, end) of a file stand, which need not be in the text.
  [[nodiscard]] Place place_in_file(uint32_t file, uint32_t begin, uint32_t end) const;
  // The name of the file that this byte came from.
  [[nodiscard]] const std::string& file_name(uint32_t offset) const;
  // Does it come from a file that ships with the compiler?
  [[nodiscard]] bool is_shipped(uint32_t offset) const;

  // --- for those who build one ---

  // A file's number. Its text is kept for places.
  uint32_t add_file(std::string name, std::string text);
  [[nodiscard]] std::string_view file_text(uint32_t file) const noexcept { return files_[file].text; }
  // The number of a macro's name, never 0.
  uint32_t add_macro(std::string name);
  // Adds what stands in the file so, byte for byte.
  void append_verbatim(std::string_view text, uint32_t file, uint32_t begin);
  // Adds what came about otherwise: all of it is at `origin`.
  void append_made(std::string_view text, const Origin& origin);
  // Adds white space between tokens, of no origin.
  void append_blank(std::string_view blank) { text_ += blank; }

 private:
  struct File {
    std::string name;
    std::string text;
    std::vector<uint32_t> line_begins;
  };
  // Text from here to the next segment's begin.
  struct Segment {
    uint32_t begin = 0;
    Origin origin;
    bool is_verbatim = false;
  };
  [[nodiscard]] const Segment* segment_at(uint32_t offset) const noexcept;
  [[nodiscard]] static Origin origin_at(const Segment& segment, uint32_t offset) noexcept;

  std::string text_;
  std::vector<File> files_;
  std::vector<std::string> macros_;
  std::vector<Segment> segments_;
};

// What files that ship with the compiler are called, before their own name.
inline constexpr std::string_view shipped_folder = "<shipped>/";

}  // namespace outrigger::p4
