#pragma once
// Reads back the CSV files that a run wrote: plain fields without quotes, one buffer whatever the length of the file.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirelab {

class CsvReader {
 public:
  /// False if the file cannot be read or has no header line.
  bool open(const std::filesystem::path& path);

  /// Which column has this name; columns are found by name because they may be appended to.
  std::optional<std::size_t> column(std::string_view name) const;

  /// Steps to the next row; false at the end. A last line without line end (a run that died) is not a row.
  bool next();

  /// A field of the current row, valid until the next; empty if the row has no such column.
  std::string_view operator[](std::optional<std::size_t> column) const {
    return column && *column < fields_.size() ? fields_[*column] : std::string_view();
  }

 private:
  bool next_line(std::string_view& line);

  struct Closer {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  std::unique_ptr<std::FILE, Closer> file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  std::string header_;
  std::vector<std::string_view> columns_, fields_;
};

/// A decimal number; NaN for an empty field or anything else.
double parse_number(std::string_view text);

}  // namespace wirelab
