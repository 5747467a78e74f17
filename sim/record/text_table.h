#pragma once
// A table for a terminal: columns as wide as their content, numbers aligned right and words left.

#include <optional>
#include <string>
#include <vector>

namespace wirelab {

class TextTable {
 public:
  /// `words`: so many columns at the left hold words, the others numbers; else each column's content tells.
  explicit TextTable(std::vector<std::string> header, std::optional<std::size_t> words = std::nullopt) : words_(words) {
    rows_.push_back(std::move(header));
  }
  /// Precondition: as many cells as the header has.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.size() == 1; }
  std::size_t rows() const { return rows_.size() - 1; }
  /// All lines, each with its line end. A column of which every cell is empty is left out.
  std::string text() const;

 private:
  std::optional<std::size_t> words_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace wirelab
