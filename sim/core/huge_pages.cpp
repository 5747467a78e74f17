#include "core/huge_pages.h"

#include <cstdlib>  // defines __GLIBC__ where it is

#if defined(__linux__) && defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace wirelab {

#if defined(__linux__) && defined(__GLIBC__)

void prefer_huge_pages() {
  constexpr int kReserve = 1 << 30;        // addresses only: memory is taken when it is touched
  constexpr int kLargestInHeap = 1 << 25;  // larger blocks keep their own mapping
  constexpr int kUsualPad = 128 * 1024;
  const auto begin = reinterpret_cast<char*>(sbrk(0));
  mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  mallopt(M_TRIM_THRESHOLD, kReserve);
  mallopt(M_TOP_PAD, kReserve);
  void* volatile block = std::malloc(kLargestInHeap / 2);  // makes the heap grow once, by the reserve
  std::free(block);
  mallopt(M_TOP_PAD, kUsualPad);
  const auto end = reinterpret_cast<char*>(sbrk(0));
  if (end > begin) madvise(begin, static_cast<std::size_t>(end - begin), MADV_HUGEPAGE);
}

#else

void prefer_huge_pages() {}

#endif

}  // namespace wirelab
