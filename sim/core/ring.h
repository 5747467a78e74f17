#pragma once
// A growing FIFO in one power-of-two array: what a link keeps its packets in. The first few places may lie in the ring
// itself: with tens of thousands of links, a line of the cache that needs no pointer to be found first is worth much.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/assert.h"

namespace wirelab {

/// `Inline`: places inside the ring: 0, 1, 2, 4 or 8.
template <class T, std::uint32_t Inline = 0>
class Ring {
  static_assert(std::is_trivially_copyable_v<T> && (Inline & (Inline - 1)) == 0 && Inline <= 8);

 public:
  Ring() = default;
  Ring(Ring&& other) noexcept { *this = std::move(other); }
  Ring& operator=(Ring&& other) noexcept {
    if (this == &other) return *this;
    release();
    std::copy_n(other.inside_.begin(), Inline, inside_.begin());
    data_ = other.is_inside() ? inside() : other.data_;
    capacity_ = std::exchange(other.capacity_, Inline);
    head_ = std::exchange(other.head_, 0);
    tail_ = std::exchange(other.tail_, 0);
    other.data_ = other.inside();
    return *this;
  }
  ~Ring() { release(); }

  bool empty() const { return head_ == tail_; }
  std::uint32_t size() const { return tail_ - head_; }
  T& front() { return data_[head_ & mask()]; }
  const T& front() const { return data_[head_ & mask()]; }
  T& back() { return data_[(tail_ - 1) & mask()]; }
  const T& back() const { return data_[(tail_ - 1) & mask()]; }
  /// `i` counts from the front. Precondition: i < size().
  T& operator[](std::uint32_t i) { return data_[(head_ + i) & mask()]; }
  const T& operator[](std::uint32_t i) const { return data_[(head_ + i) & mask()]; }

  void push(const T& value) {
    if (size() == capacity_) grow();
    data_[tail_++ & mask()] = value;
  }
  void pop() {
    WIRELAB_DEBUG_ASSERT(!empty());
    ++head_;
  }
  void pop_back() {
    WIRELAB_DEBUG_ASSERT(!empty());
    --tail_;
  }
  void clear() { head_ = tail_ = 0; }
  /// Gives memory back if three quarters are unused, down to twice what is used or the places inside: for rings of
  /// which there are many, and whose largest moment is rare. What is left grows before it is cut again, so that pushes
  /// stay cheap on average.
  void trim() {
    if (capacity_ > kTrimTo && size() <= capacity_ / 4) move_to(std::bit_ceil(std::max(2 * size(), kTrimTo)));
  }
  std::uint32_t capacity() const { return capacity_; }

 private:
  static constexpr std::uint32_t kTrimTo = Inline == 0 ? 8 : Inline;
  [[gnu::noinline]] void grow() {
    WIRELAB_DEBUG_ASSERT(capacity_ < 1u << 31);
    move_to(capacity_ == 0 ? 4 : capacity_ * 2);
  }
  void move_to(std::uint32_t wanted) {
    T* const other = wanted == Inline ? inside() : new T[wanted];
    const std::uint32_t n = size();
    for (std::uint32_t i = 0; i < n; ++i) other[i] = (*this)[i];
    release();
    data_ = other;
    head_ = 0;
    tail_ = n;
    capacity_ = wanted;
  }

  std::uint32_t mask() const { return capacity_ - 1; }
  T* inside() { return Inline == 0 ? nullptr : inside_.data(); }
  bool is_inside() const { return capacity_ == Inline; }  // on the heap there are more places
  void release() {
    if (!is_inside()) delete[] data_;
  }

  T* data_ = inside();
  std::uint32_t capacity_ = Inline;
  std::uint32_t head_ = 0, tail_ = 0;  // free-running; their difference is the size
  std::array<T, Inline> inside_;
};

}  // namespace wirelab
