#ifndef CORE_ENV_DISTRACTORS_DISTRACTOR_DYNAMICS_H_
#define CORE_ENV_DISTRACTORS_DISTRACTOR_DYNAMICS_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/env/env_spec.h"

namespace vagram {

// "paper", "reference_2022" or "gaussian".
absl::string_view DistractorKindName(DistractorSpec::Kind kind);

// How distractors start and go on, in float64 and without unit. A function of the spec alone, so
// that training and evaluation see the same dynamics when they are given the same seed. Immutable:
// one is shared by all copies of an environment. Thread-safe.
//
//   kPaper          PaperMap, started at its s0 in every episode
//   kReference2022  Reference2022Map, started at its image of a draw from N(0, 0.1) per component
//   kGaussian       drawn afresh from N(0, 1) per component in every step; the seed does not matter
//
// The map is drawn from Rng(DeriveSeed(spec.seed, "distractors")) in the order its Draw documents.
class DistractorDynamics {
 public:
  // Takes 8 dims^2 bytes (kPaper) or 16 dims^2 (kReference2022), and seconds for thousands of dims.
  //   INVALID_ARGUMENT: not 1 to 10000 dims, or no known kind.
  static absl::StatusOr<std::shared_ptr<const DistractorDynamics>> Create(
      const DistractorSpec& spec);

  virtual ~DistractorDynamics() = default;

  const DistractorSpec& spec() const { return spec_; }

  // The first state [dims] of an episode.
  virtual std::vector<double> Start(Rng& noise) const = 0;

  // The state [dims] one step after `state` [dims].
  virtual std::vector<double> Next(absl::Span<const double> state, Rng& noise) const = 0;

 protected:
  explicit DistractorDynamics(const DistractorSpec& spec) : spec_(spec) {}

 private:
  const DistractorSpec spec_;
};

}  // namespace vagram

#endif  // CORE_ENV_DISTRACTORS_DISTRACTOR_DYNAMICS_H_
