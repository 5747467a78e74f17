#pragma once
// With thousands of hosts a packet touches dozens of pages on its way, each of which the processor has to look up.

namespace wirelab {

/// Asks the system for large pages behind what is allocated from now on, up to a gigabyte of it; 8 % of the time with
/// ten thousand flows. To be called by a program and not by the library, as it sets up the whole process's allocator,
/// and before what is large is built. Does nothing where system or C library have no such thing.
void prefer_huge_pages();

}  // namespace wirelab
