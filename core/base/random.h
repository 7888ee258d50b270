#ifndef CORE_BASE_RANDOM_H_
#define CORE_BASE_RANDOM_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vagram {

// The seed of one random stream of a trial. Streams of different roles, purposes or indices are
// independent; equal arguments give equal seeds on every machine.
uint64_t DeriveSeed(uint64_t seed, absl::string_view purpose, uint64_t index = 0);

// The one generator of the project: xoshiro256++ (Blackman and Vigna, 2018), seeded through
// SplitMix64. 32 bytes of state plus the spare normal, saved and restored exactly, so that a
// stream continues in another process. Not thread-safe: one owner, one thread.
class Rng {
 public:
  explicit Rng(uint64_t seed);

  // 64 uniform bits.
  uint64_t Next();

  // Uniform in [0, 1), 53 bits.
  double Uniform();

  // Uniform in [low, high).
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }

  // Uniform in {0, ..., bound - 1}, without modulo bias. `bound` > 0.
  uint64_t Below(uint64_t bound);

  // Standard normal (Marsaglia's polar method).
  double Normal();

  // Fills with independent standard normals.
  void FillNormal(absl::Span<float> out);
  void FillNormal(absl::Span<double> out);

  // Fills with a uniform permutation of 0..out.size()-1 (Fisher-Yates).
  void FillPermutation(absl::Span<int64_t> out);

  // The whole state as bytes, and back. Restore: INVALID_ARGUMENT when the size is wrong.
  std::string Save() const;
  absl::Status Restore(absl::string_view bytes);

 private:
  std::array<uint64_t, 4> state_;
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

}  // namespace vagram

#endif  // CORE_BASE_RANDOM_H_
