#ifndef CORE_NN_KERNEL_CLONES_H_
#define CORE_NN_KERNEL_CLONES_H_

// One body per pass as a VAGRAM_INLINE template, so that each clone of the VAGRAM_CLONES entry
// points compiles it for its own instruction set. The clones are chosen by ifunc resolvers, which
// run before the thread sanitizer is ready: that build does without.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define VAGRAM_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VAGRAM_CLONES
#endif
#define VAGRAM_INLINE inline __attribute__((always_inline))

#endif  // CORE_NN_KERNEL_CLONES_H_
