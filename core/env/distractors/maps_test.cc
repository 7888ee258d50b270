#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/base/random.h"
#include "core/env/distractors/paper_map.h"
#include "core/env/distractors/reference_2022_map.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::AllOf;
using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Le;

using Vector = std::vector<double>;

TEST(PaperMap, AddsTheSineOfTheTurnedState) {
  const PaperMap map{/*sine_matrix=*/{0, 1, 2, 3}, /*start=*/{0, 0}};
  EXPECT_THAT(map.Next({5, 7}),
              ElementsAre(DoubleEq(5 + std::sin(7)), DoubleEq(7 + std::sin(2 * 5 + 3 * 7))));
}

TEST(PaperMap, GoesBackToItsStartAsAWholeWhenTheNormReachesTwenty) {
  const PaperMap map{/*sine_matrix=*/Vector(4, 0.0), /*start=*/{0.1, -0.2}};
  EXPECT_THAT(map.Next({12, 15.9}), ElementsAre(12, 15.9));
  EXPECT_THAT(map.Next({12, 16}), ElementsAre(0.1, -0.2));
  EXPECT_THAT(map.Next({0, -20}), ElementsAre(0.1, -0.2));
  EXPECT_THAT(map.Next({0, std::nan("")}), ElementsAre(0.1, -0.2));
}

TEST(PaperMap, DrawsTheMatrixAndThenTheStart) {
  Rng rng(3), same(3);
  const PaperMap map = PaperMap::Draw(2, rng);
  for (const double entry : map.sine_matrix) EXPECT_EQ(entry, 10 * same.Normal());
  for (const double entry : map.start) EXPECT_EQ(entry, 0.1 * same.Normal());
  EXPECT_EQ(map.sine_matrix.size(), 4u);
  EXPECT_EQ(map.start.size(), 2u);
  EXPECT_EQ(rng.Save(), same.Save());
}

TEST(Reference2022Map, AddsASmallSineToALinearMap) {
  const Reference2022Map map{/*linear=*/{1, 2, 3, 4}, /*sine_matrix=*/{0, 1, 2, 3},
                             /*replacement=*/{0, 0}};
  const double u0 = 1 * 0.5 + 2 * 0.25, u1 = 3 * 0.5 + 4 * 0.25;
  EXPECT_THAT(map.Next({0.5, 0.25}), ElementsAre(DoubleEq(u0 + 0.1 * std::sin(u1)),
                                                 DoubleEq(u1 + 0.1 * std::sin(2 * u0 + 3 * u1))));
}

TEST(Reference2022Map, ReplacesEveryComponentBeyondTwentyOnItsOwn) {
  const Reference2022Map map{/*linear=*/{1, 0, 0, 1}, /*sine_matrix=*/Vector(4, 0.0),
                             /*replacement=*/{0.5, -0.5}};
  EXPECT_THAT(map.Next({20, -20}), ElementsAre(20, -20));
  EXPECT_THAT(map.Next({20.01, 3}), ElementsAre(0.5, 3));
  EXPECT_THAT(map.Next({20.01, -20.01}), ElementsAre(0.5, -0.5));
}

TEST(Reference2022Map, DrawsBothMatricesAndThenTheReplacement) {
  Rng rng(3), same(3);
  const Reference2022Map map = Reference2022Map::Draw(2, rng);
  for (const double entry : map.linear) EXPECT_EQ(entry, same.Normal());
  for (const double entry : map.sine_matrix) {
    const double root = 10 * same.Normal();
    EXPECT_EQ(entry, root * root);
  }
  for (const double entry : map.replacement) EXPECT_EQ(entry, same.Normal());
  EXPECT_EQ(map.linear.size(), 4u);
  EXPECT_EQ(map.sine_matrix.size(), 4u);
  EXPECT_EQ(map.replacement.size(), 2u);
  EXPECT_EQ(rng.Save(), same.Save());
}

// What docs/design/0010-distractors.md says of both systems, over as many draws as there.
struct Character {
  double replaced = 0;        // share of components replaced per step
  int first_replacement = 0;  // step, median over draws
};

constexpr int kDraws = 200;
constexpr int kSteps = 1000;

Vector FirstState(const PaperMap& map, Rng&) { return map.start; }

Vector FirstState(const Reference2022Map& map, Rng& rng) {
  Vector state(map.replacement.size());
  for (double& value : state) value = 0.1 * rng.Normal();
  return state;
}

// `replacement` is what components are replaced by.
template <typename Map>
Character Measure(int dims, Vector Map::*replacement) {
  int64_t replaced = 0;
  std::vector<int> firsts;
  for (int seed = 0; seed < kDraws; ++seed) {
    Rng rng(DeriveSeed(seed, "distractors"));
    const Map map = Map::Draw(dims, rng);
    Vector state = FirstState(map, rng);
    int first = kSteps + 1;
    for (int step = 1; step <= kSteps; ++step) {
      state = map.Next(state);
      for (int i = 0; i < dims; ++i) {
        if (state[i] != (map.*replacement)[i]) continue;
        ++replaced;
        first = std::min(first, step);
      }
    }
    firsts.push_back(first);
  }
  std::nth_element(firsts.begin(), firsts.begin() + kDraws / 2, firsts.end());
  return {static_cast<double>(replaced) / (1.0 * kDraws * kSteps * dims), firsts[kDraws / 2]};
}

TEST(PaperMap, IsThrownBackNowAndThen) {
  struct {
    int dims;
    double replaced;
    int first_replacement;
  } const expected[] = {{5, 0.007, 140}, {10, 0.014, 74}, {15, 0.020, 51}};
  for (const auto& row : expected) {
    SCOPED_TRACE(row.dims);
    const Character ours = Measure(row.dims, &PaperMap::start);
    EXPECT_THAT(ours.replaced, DoubleNear(row.replaced, 0.1 * row.replaced));
    EXPECT_THAT(ours.first_replacement,
                AllOf(Ge(0.85 * row.first_replacement), Le(1.15 * row.first_replacement)));
  }
}

TEST(Reference2022Map, JumpsInMostSteps) {
  struct {
    int dims;
    double replaced;
    int first_replacement;
  } const expected[] = {{5, 0.25, 7}, {10, 0.41, 5}, {15, 0.48, 4}};
  for (const auto& row : expected) {
    SCOPED_TRACE(row.dims);
    const Character ours = Measure(row.dims, &Reference2022Map::replacement);
    EXPECT_THAT(ours.replaced, DoubleNear(row.replaced, 0.01));
    EXPECT_EQ(ours.first_replacement, row.first_replacement);
  }
}

// It returns to where it began, and nothing is random on the way.
TEST(PaperMap, RepeatsItselfFromItsFirstReturnOn) {
  Rng rng(1);
  const PaperMap map = PaperMap::Draw(10, rng);
  std::vector<Vector> cycle = {map.start};
  Vector state = map.Next(map.start);
  while (state != map.start) {
    ASSERT_LT(cycle.size(), 100000u);
    cycle.push_back(state);
    state = map.Next(state);
  }
  EXPECT_GT(cycle.size(), 10u);
  for (const Vector& expected : cycle) {
    ASSERT_EQ(state, expected);
    state = map.Next(state);
  }
}

TEST(Reference2022Map, StaysWithinTwenty) {
  Rng rng(2);
  const Reference2022Map map = Reference2022Map::Draw(10, rng);
  Vector state(10, 0.1);
  for (int step = 0; step < 1000; ++step) {
    state = map.Next(state);
    ASSERT_THAT(state, Each(AllOf(Ge(-20), Le(20))));
  }
}

}  // namespace
}  // namespace vagram
