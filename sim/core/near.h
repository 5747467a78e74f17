#pragma once
// "did you mean": the closest of the names that would have been right.

#include <string>
#include <string_view>
#include <vector>

namespace wirelab {

/// The nearest name by edit distance with transpositions, case aside; empty if none is within a third of the word's
/// length (at least 1, at most 3). Of equally near ones the first.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names);

/// `; did you mean "cubic"?`, or `; hosts are h1, h2` when nothing is near and the list is short, or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& names, std::string_view plural);

}  // namespace wirelab
