#pragma once
// Places for texts on a drawing, so that they hide neither each other nor what stands there already.

#include <span>
#include <vector>

namespace wirelab::cli {

/// A rectangle on paper by its centre; y grows downwards.
struct Box {
  double x, y, width, height;
};

class LabelPlaces {
 public:
  /// Something stands here.
  void block(const Box& box) { taken_.push_back(box); }
  /// The first of the candidates that overlaps nothing, else the one that overlaps least; from now on it is blocked.
  /// Precondition: there is a candidate.
  Box take(std::span<const Box> candidates);

 private:
  std::vector<Box> taken_;
};

}  // namespace wirelab::cli
