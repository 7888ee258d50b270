#include "core/env/distractors/distractor_dynamics.h"

#include <cmath>
#include <vector>

#include "core/env/distractors/paper_map.h"
#include "core/env/distractors/reference_2022_map.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Kind = DistractorSpec::Kind;
using Vector = std::vector<double>;

std::shared_ptr<const DistractorDynamics> Make(Kind kind, int dims = 10, uint64_t seed = 0) {
  absl::StatusOr<std::shared_ptr<const DistractorDynamics>> dynamics =
      DistractorDynamics::Create({dims, kind, seed});
  EXPECT_OK(dynamics);
  return dynamics.ok() ? *dynamics : nullptr;
}

// The first states of an episode with this noise.
std::vector<Vector> Episode(const DistractorDynamics& dynamics, uint64_t noise_seed) {
  Rng noise(noise_seed);
  std::vector<Vector> states = {dynamics.Start(noise)};
  for (int i = 0; i < 20; ++i) states.push_back(dynamics.Next(states.back(), noise));
  return states;
}

TEST(DistractorDynamics, AreAFunctionOfTheSpec) {
  for (const Kind kind : {Kind::kPaper, Kind::kReference2022, Kind::kGaussian}) {
    SCOPED_TRACE(DistractorKindName(kind));
    EXPECT_EQ(Episode(*Make(kind), 1), Episode(*Make(kind), 1));
    EXPECT_THAT(Episode(*Make(kind, 3), 1).back(), SizeIs(3));
  }
  for (const Kind kind : {Kind::kPaper, Kind::kReference2022}) {
    EXPECT_NE(Episode(*Make(kind, 10, 0), 1), Episode(*Make(kind, 10, 1), 1));
  }
}

TEST(DistractorDynamics, OfThePaperPlayTheSameInEveryEpisode) {
  const auto dynamics = Make(Kind::kPaper, 10, 7);
  EXPECT_EQ(Episode(*dynamics, 1), Episode(*dynamics, 2));
  Rng rng(DeriveSeed(7, "distractors"));
  const PaperMap map = PaperMap::Draw(10, rng);
  EXPECT_EQ(Episode(*dynamics, 1)[0], map.start);
  EXPECT_EQ(Episode(*dynamics, 1)[1], map.Next(map.start));
}

TEST(DistractorDynamics, OfTheReferenceStartAtTheImageOfNoise) {
  const auto dynamics = Make(Kind::kReference2022, 10, 7);
  Rng rng(DeriveSeed(7, "distractors"));
  const Reference2022Map map = Reference2022Map::Draw(10, rng);
  Rng noise(1);
  Vector state(10);
  for (double& value : state) value = 0.1 * noise.Normal();
  const std::vector<Vector> episode = Episode(*dynamics, 1);
  EXPECT_EQ(episode[0], map.Next(state));
  EXPECT_EQ(episode[1], map.Next(episode[0]));
  EXPECT_NE(Episode(*dynamics, 2)[0], episode[0]);
}

TEST(DistractorDynamics, OfGaussianKindAreStandardNormalAndIndependent) {
  const auto dynamics = Make(Kind::kGaussian, 100);
  Rng noise(1);
  Vector state = dynamics->Start(noise);
  double sum = 0, squares = 0, products = 0;
  constexpr int kSteps = 1000;
  for (int step = 0; step < kSteps; ++step) {
    const Vector next = dynamics->Next(state, noise);
    for (int i = 0; i < 100; ++i) {
      sum += next[i];
      squares += next[i] * next[i];
      products += state[i] * next[i];
    }
    state = next;
  }
  // Standard errors: 0.003, 0.0045, 0.003.
  EXPECT_NEAR(sum / (100 * kSteps), 0, 0.02);
  EXPECT_NEAR(squares / (100 * kSteps), 1, 0.02);
  EXPECT_NEAR(products / (100 * kSteps), 0, 0.02);
}

TEST(DistractorDynamics, RefuseSpecsThatMakeNoSense) {
  for (const int dims : {-1, 0, 10001}) {
    EXPECT_THAT(DistractorDynamics::Create({dims, Kind::kPaper, 0}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("have " + std::to_string(dims) + " dims"),
                               HasSubstr("1 to 10000"))));
  }
  EXPECT_OK(DistractorDynamics::Create({10000, Kind::kGaussian, 0}));
  EXPECT_OK(DistractorDynamics::Create({1, Kind::kPaper, 0}));
  EXPECT_THAT(DistractorDynamics::Create({1, static_cast<Kind>(9), 0}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kind 9")));
}

}  // namespace
}  // namespace vagram
