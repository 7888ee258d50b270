#ifndef CORE_NN_FREED_MEMORY_H_
#define CORE_NN_FREED_MEMORY_H_

namespace vagram {

// Tells malloc to keep memory that was freed for what is allocated next. Call it once in main,
// before other threads start.
//
// A training step frees all of its intermediate tensors and the next one allocates them anew. On a
// thread other than the main one, malloc gives such memory back to the kernel at once, and the
// kernel clears every page that it hands out again: of a trial with networks of 64 units, that took
// 8 % of the CPU's time. The cost is memory: a process keeps up to 256 MiB that it does not use.
void KeepFreedMemory();

}  // namespace vagram

#endif  // CORE_NN_FREED_MEMORY_H_
