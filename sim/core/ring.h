#pragma once
// A growing FIFO in one power-of-two array: what a link keeps its packets in. The first few places may lie in the ring
// itself: with tens of thousands of links, a line of the cache that needs no pointer to be found first is worth much.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "core/assert.h"

namespace wirelab {

/// `Inline`: places inside the ring, 0 or a power of two.
template <class T, std::uint32_t Inline = 0>
class Ring {
  static_assert(std::is_trivially_copyable_v<T> && (Inline & (Inline - 1)) == 0);

 public:
  Ring() = default;
  Ring(Ring&& other) noexcept { *this = std::move(other); }
  Ring& operator=(Ring&& other) noexcept {
    heap_ = std::move(other.heap_);
    std::copy_n(other.inside_.begin(), Inline, inside_.begin());
    capacity_ = std::exchange(other.capacity_, Inline);
    mask_ = std::exchange(other.mask_, Inline == 0 ? 0 : Inline - 1);
    head_ = std::exchange(other.head_, 0);
    tail_ = std::exchange(other.tail_, 0);
    data_ = heap_ != nullptr ? heap_.get() : inside_.data();
    other.data_ = other.inside_.data();
    return *this;
  }

  bool empty() const { return head_ == tail_; }
  std::uint32_t size() const { return tail_ - head_; }
  T& front() { return data_[head_ & mask_]; }
  const T& front() const { return data_[head_ & mask_]; }
  T& back() { return data_[(tail_ - 1) & mask_]; }
  const T& back() const { return data_[(tail_ - 1) & mask_]; }
  /// `i` counts from the front. Precondition: i < size().
  T& operator[](std::uint32_t i) { return data_[(head_ + i) & mask_]; }
  const T& operator[](std::uint32_t i) const { return data_[(head_ + i) & mask_]; }

  void push(const T& value) {
    if (size() == capacity_) grow();
    data_[tail_++ & mask_] = value;
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
  /// Gives memory back if three quarters are unused, down to twice what is used: for rings of which there are many, and
  /// whose largest moment is rare. What is left grows before it is cut again, so that pushes stay cheap on average.
  void trim() {
    if (capacity_ > kTrimFrom && size() <= capacity_ / 4) move_to(std::bit_ceil(std::max(2 * size(), kTrimFrom)));
  }
  std::uint32_t capacity() const { return capacity_; }

 private:
  static constexpr std::uint32_t kTrimFrom = 8;
  void grow() {
    WIRELAB_DEBUG_ASSERT(capacity_ < 1u << 31);
    move_to(capacity_ == 0 ? 4 : capacity_ * 2);
  }
  void move_to(std::uint32_t wanted) {
    auto other = std::make_unique_for_overwrite<T[]>(wanted);
    const std::uint32_t n = size();
    for (std::uint32_t i = 0; i < n; ++i) other[i] = (*this)[i];
    heap_ = std::move(other);
    data_ = heap_.get();
    head_ = 0;
    tail_ = n;
    capacity_ = wanted;
    mask_ = wanted - 1;
  }

  T* data_ = inside_.data();  // there or on the heap
  std::uint32_t capacity_ = Inline, mask_ = Inline == 0 ? 0 : Inline - 1;
  std::uint32_t head_ = 0, tail_ = 0;  // free-running; their difference is the size
  std::unique_ptr<T[]> heap_;
  std::array<T, Inline> inside_;
};

}  // namespace wirelab
