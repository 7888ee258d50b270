#include "core/nn/freed_memory.h"

#include <malloc.h>

namespace vagram {

void KeepFreedMemory() {
  // Larger blocks, as a replay's, come from the kernel and go back to it. Malloc takes no more.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

}  // namespace vagram
