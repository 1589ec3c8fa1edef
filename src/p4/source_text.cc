// SourceText: segments of the preprocessed text, found by bisection; lines of files likewise.
#include "p4/source_text.h"

#include "base/check.h"
#include "p4/code_points.h"
#include "p4/limits.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace outrigger::p4 {

namespace {

constexpr size_t offset_max = std::numeric_limits<uint32_t>::max();
// Of a long line, so many columns before the place that is meant are shown.
constexpr uint32_t columns_before = shown_columns_max / 3;

std::vector<uint32_t> begins_of_lines(std::string_view text) {
  std::vector<uint32_t> begins{0};
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    begins.push_back(static_cast<uint32_t>(at + 1));
  }
  return begins;
}

// Bytes that the next `columns` columns take.
size_t bytes_of_columns(std::string_view text, size_t columns) {
  size_t at = 0;
  for (; columns > 0 && at < text.size(); --columns) {
    at += code_point_at(text, at).bytes;
  }
  return at;
}

// Puts the line into the place, or what of a long one stands around the column.
void show_line(Place& place, std::string_view line) {
  if (place.column > columns_before + 1 && line.size() > shown_columns_max) {
    const uint32_t hidden = place.column - 1 - columns_before;
    line.remove_prefix(bytes_of_columns(line, hidden));
    place.line_text_column = hidden + 1;
  }
  const size_t shown = bytes_of_columns(line, shown_columns_max);
  place.is_line_cut = shown < line.size();
  place.line_text = line.substr(0, shown);
}

}  // namespace

SourceText SourceText::from_text(std::string name, std::string text) {
  SourceText source;
  const uint32_t file = source.add_file(std::move(name), std::move(text));
  source.append_verbatim(source.files_[file].text, file, 0);
  return source;
}

std::string_view SourceText::text(SourceRange range) const noexcept {
  const std::string_view all = text_;
  const size_t begin = std::min<size_t>(range.begin, all.size());
  const size_t end = std::clamp<size_t>(range.end, begin, all.size());
  return all.substr(begin, end - begin);
}

uint32_t SourceText::add_file(std::string name, std::string text) {
  check(text.size() < offset_max, "a file's offsets have 32 bits");
  File& file = files_.emplace_back();
  file.name = std::move(name);
  file.text = std::move(text);
  file.line_begins = begins_of_lines(file.text);
  return static_cast<uint32_t>(files_.size() - 1);
}

uint32_t SourceText::add_macro(std::string name) {
  macros_.push_back(std::move(name));
  return static_cast<uint32_t>(macros_.size());
}

void SourceText::append_verbatim(std::string_view text, uint32_t file, uint32_t begin) {
  check(file < files_.size(), "the file was added");
  check(text_.size() + text.size() < offset_max, "the text's offsets have 32 bits");
  const auto at = static_cast<uint32_t>(text_.size());
  // Most of a program goes on where it stopped: then no new segment is needed.
  const bool goes_on = !segments_.empty() && segments_.back().is_verbatim && segments_.back().origin.file == file &&
                       begin - segments_.back().origin.begin == at - segments_.back().begin;
  if (goes_on) {
    segments_.back().origin.end = begin + static_cast<uint32_t>(text.size());
  } else {
    segments_.push_back({at, {file, begin, begin + static_cast<uint32_t>(text.size()), 0}, true});
  }
  text_ += text;
}

void SourceText::append_made(std::string_view text, const Origin& origin) {
  check(origin.file < files_.size() && origin.macro <= macros_.size(), "the file and the macro were added");
  check(text_.size() + text.size() < offset_max, "the text's offsets have 32 bits");
  segments_.push_back({static_cast<uint32_t>(text_.size()), origin, false});
  text_ += text;
}

const SourceText::Segment* SourceText::segment_at(uint32_t offset) const noexcept {
  const auto after = std::ranges::upper_bound(segments_, offset, {}, &Segment::begin);
  if (after != segments_.begin()) {
    return &*std::prev(after);
  }
  return segments_.empty() ? nullptr : &segments_.front();
}

// Where the byte at `offset` came from: one byte of verbatim text, the whole origin otherwise.
SourceText::Origin SourceText::origin_at(const Segment& segment, uint32_t offset) noexcept {
  Origin origin = segment.origin;
  if (segment.is_verbatim) {
    const uint32_t within = offset > segment.begin ? offset - segment.begin : 0;
    origin.begin = std::min(origin.begin + within, origin.end);
    origin.end = std::min(origin.begin + 1, origin.end);
  }
  return origin;
}

Place SourceText::place(SourceRange range) const {
  const auto size = static_cast<uint32_t>(text_.size());
  const uint32_t begin = std::min(range.begin, size);
  const uint32_t end = std::clamp(range.end, begin, size);
  const Segment* first = segment_at(begin);
  if (first == nullptr) {
    return files_.empty() ? Place{} : place_in_file(0, 0, 0);
  }
  Origin origin = origin_at(*first, begin);
  const Origin last = origin_at(*segment_at(end > begin ? end - 1 : begin), end > begin ? end - 1 : begin);
  if (end == begin) {
    origin.end = origin.begin;
  } else if (last.file == origin.file && last.end > origin.begin) {
    origin.end = last.end;
  } else {  // it goes on in another file: all that is of this one
    origin.end = first->origin.end;
  }
  Place place = place_in_file(origin.file, origin.begin, origin.end);
  if (origin.macro != 0) {
    place.macro = macros_[origin.macro - 1];
  }
  return place;
}

Place SourceText::place_in_file(uint32_t file_number, uint32_t begin, uint32_t end) const {
  check(file_number < files_.size(), "the file was added");
  const File& file = files_[file_number];
  const std::string_view text = file.text;
  begin = std::min(begin, static_cast<uint32_t>(text.size()));
  const auto line = std::prev(std::ranges::upper_bound(file.line_begins, begin));
  const auto next = std::next(line);
  std::string_view line_text = text.substr(*line, (next == file.line_begins.end() ? text.size() : *next - 1) - *line);
  if (line_text.ends_with('\r')) {
    line_text.remove_suffix(1);
  }
  const size_t before = std::min<size_t>(begin - *line, line_text.size());
  const size_t until = std::clamp<size_t>(end, *line + before, *line + line_text.size()) - *line;
  Place place;
  place.file = file.name;
  place.line = static_cast<uint32_t>(line - file.line_begins.begin()) + 1;
  place.column = count_code_points(line_text.substr(0, before)) + 1;
  place.length = count_code_points(line_text.substr(before, until - before));
  show_line(place, line_text);
  return place;
}

const std::string& SourceText::file_name(uint32_t offset) const {
  static const std::string none;
  const Segment* segment = segment_at(offset);
  return segment == nullptr ? none : files_[segment->origin.file].name;
}

bool SourceText::is_shipped(uint32_t offset) const { return file_name(offset).starts_with(shipped_folder); }

}  // namespace outrigger::p4
