#include "core/env/distractors/distractor_dynamics.h"

#include "absl/strings/str_cat.h"
#include "core/env/distractors/paper_map.h"
#include "core/env/distractors/parts.h"
#include "core/env/distractors/reference_2022_map.h"

namespace vagram {
namespace {

constexpr int kMaxDims = 10000;
constexpr double kReferenceStartDeviation = 0.1;

Rng MapRng(const DistractorSpec& spec) { return Rng(DeriveSeed(spec.seed, "distractors")); }

class PaperDynamics final : public DistractorDynamics {
 public:
  PaperDynamics(const DistractorSpec& spec, Rng rng)
      : DistractorDynamics(spec), map_(PaperMap::Draw(spec.dims, rng)) {}

  std::vector<double> Start(Rng&) const override { return map_.start; }

  std::vector<double> Next(absl::Span<const double> state, Rng&) const override {
    return map_.Next(state);
  }

 private:
  const PaperMap map_;
};

class Reference2022Dynamics final : public DistractorDynamics {
 public:
  Reference2022Dynamics(const DistractorSpec& spec, Rng rng)
      : DistractorDynamics(spec), map_(Reference2022Map::Draw(spec.dims, rng)) {}

  std::vector<double> Start(Rng& noise) const override {
    return map_.Next(DrawNormal(noise, spec().dims, kReferenceStartDeviation));
  }

  std::vector<double> Next(absl::Span<const double> state, Rng&) const override {
    return map_.Next(state);
  }

 private:
  const Reference2022Map map_;
};

class GaussianDynamics final : public DistractorDynamics {
 public:
  explicit GaussianDynamics(const DistractorSpec& spec) : DistractorDynamics(spec) {}

  std::vector<double> Start(Rng& noise) const override { return DrawNormal(noise, spec().dims, 1); }

  std::vector<double> Next(absl::Span<const double>, Rng& noise) const override {
    return Start(noise);
  }
};

}  // namespace

absl::string_view DistractorKindName(DistractorSpec::Kind kind) {
  switch (kind) {
    case DistractorSpec::Kind::kPaper:
      return "paper";
    case DistractorSpec::Kind::kReference2022:
      return "reference_2022";
    case DistractorSpec::Kind::kGaussian:
      return "gaussian";
  }
  return "unknown";
}

absl::StatusOr<std::shared_ptr<const DistractorDynamics>> DistractorDynamics::Create(
    const DistractorSpec& spec) {
  if (spec.dims < 1 || spec.dims > kMaxDims) {
    return absl::InvalidArgumentError(absl::StrCat("distractors have ", spec.dims,
                                                   " dims, expected 1 to ", kMaxDims,
                                                   "; leave distractors out to have none"));
  }
  switch (spec.kind) {
    case DistractorSpec::Kind::kPaper:
      return std::make_shared<PaperDynamics>(spec, MapRng(spec));
    case DistractorSpec::Kind::kReference2022:
      return std::make_shared<Reference2022Dynamics>(spec, MapRng(spec));
    case DistractorSpec::Kind::kGaussian:
      return std::make_shared<GaussianDynamics>(spec);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("distractors have kind ", static_cast<int>(spec.kind),
                   ", expected paper, reference_2022 or gaussian; check which version wrote it"));
}

}  // namespace vagram
