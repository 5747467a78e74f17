#include "record/text_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace wirelab {

namespace {

/// Columns on a terminal: bytes that continue a UTF-8 character take none.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool starts_as_number(const std::string& cell) {
  const std::size_t first = cell.find_first_not_of('-');
  // Addresses and the like begin with a digit too, but are words by their length.
  return cell.size() < 16 && (first == std::string::npos || (cell[first] >= '0' && cell[first] <= '9'));
}

}  // namespace

std::string TextTable::text() const {
  const std::size_t columns = rows_.front().size();
  std::vector<std::size_t> widths(columns, 0);
  std::vector<bool> used(columns, false), numeric(columns, true);
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      widths[c] = std::max(widths[c], width_of(rows_[r][c]));
      if (r == 0 || rows_[r][c].empty()) continue;
      used[c] = true;
      if (!starts_as_number(rows_[r][c])) numeric[c] = false;
    }
  }
  if (words_) {
    for (std::size_t c = 0; c < columns; ++c) numeric[c] = c >= *words_;
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      if (!used[c]) continue;
      const std::string padding(widths[c] - width_of(row[c]), ' ');
      if (!line.empty()) line += "  ";
      line += numeric[c] ? padding + row[c] : row[c] + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

}  // namespace wirelab
