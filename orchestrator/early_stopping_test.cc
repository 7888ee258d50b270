#include "orchestrator/early_stopping.h"

#include <algorithm>
#include <limits>

#include "core/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram::asha {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Seed Waiting(std::vector<double> values) { return {Fate::kWaits, std::move(values)}; }
Seed Coming(std::vector<double> values = {}) { return {Fate::kComing, std::move(values)}; }

// An arm of one seed that waits at its last rung.
Arm At(std::vector<double> values, int promoted = -1) {
  if (promoted < 0) promoted = static_cast<int>(values.size()) - 1;
  return {{Waiting(std::move(values))}, promoted};
}

TEST(RungStepsTest, GrowByTheReductionBelowTheEnd) {
  EarlyStopping options;
  options.first_rung = 1000;
  options.reduction = 3;
  EXPECT_THAT(RungSteps(options, 9000), ElementsAre(1000, 3000));
  EXPECT_THAT(RungSteps(options, 9001), ElementsAre(1000, 3000, 9000));
  EXPECT_THAT(RungSteps(options, 1000), IsEmpty());
  options.first_rung = 1;
  options.reduction = 2;
  EXPECT_EQ(RungSteps(options, std::numeric_limits<int64_t>::max()).size(), 63u);
  options.reduction = 1000;
  options.first_rung = std::numeric_limits<int64_t>::max() - 1;
  EXPECT_THAT(RungSteps(options, std::numeric_limits<int64_t>::max()),
              ElementsAre(options.first_rung));
}

TEST(ResultAtTest, IsTheMeanOnceEverySeedIsThere) {
  EXPECT_THAT(ResultAt({{Waiting({1}), Waiting({4})}}, 1), Optional(2.5));
  EXPECT_EQ(ResultAt({{Waiting({1}), Coming()}}, 1), std::nullopt);
  EXPECT_EQ(ResultAt({{Waiting({1, 2}), Waiting({4})}}, 2), std::nullopt);
}

TEST(ResultAtTest, CountsTheSeedsThatAreLeft) {
  const Seed lost = {Fate::kLost, {100}};
  const Seed ended_early = {Fate::kSucceeded, {}};  // never reported the metric
  EXPECT_THAT(ResultAt({{Waiting({1}), lost, ended_early}}, 1), Optional(1.0));
  EXPECT_EQ(ResultAt({{lost, lost}}, 1), std::nullopt);
  EXPECT_EQ(ResultAt({{ended_early}}, 1), std::nullopt);
}

TEST(ResultAtTest, TakesNanForTheWorst) {
  EXPECT_THAT(ResultAt({{Waiting({1}), Waiting({kNan})}}, 1),
              Optional(-std::numeric_limits<double>::infinity()));
}

TEST(DecideTest, PromotesTheBestThirdAsSoonAsThreeAreComplete) {
  const Arm running = {{Coming()}};
  EXPECT_THAT(Decide({At({1}), At({3}), running, running}, 3).promoted, IsEmpty());
  const Decision decision = Decide({At({1}), At({3}), At({2}), running}, 3);
  EXPECT_THAT(decision.promoted, ElementsAre(Pair(1, 1)));
  EXPECT_THAT(decision.stopped, IsEmpty());
}

TEST(DecideTest, SaysNothingTwice) {
  const Arm running = {{Coming()}};
  EXPECT_THAT(Decide({At({1}), At({3}, /*promoted=*/1), At({2}), running}, 3).promoted, IsEmpty());
}

TEST(DecideTest, PromotesALaterArmThatIsBetterWithoutTakingAnythingBack) {
  const Arm running = {{Coming()}};
  std::vector<Arm> arms = {At({1}), At({3}, /*promoted=*/1), At({2}), At({5}), running};
  EXPECT_THAT(Decide(arms, 3).promoted, ElementsAre(Pair(3, 1)));
}

TEST(DecideTest, TakesTheFirstOfEqualArms) {
  const Arm running = {{Coming()}};
  EXPECT_THAT(Decide({At({1}), At({1}), running}, 2).promoted, ElementsAre(Pair(0, 1)));
  EXPECT_THAT(Decide({At({kNan}), At({kNan}), running}, 2).promoted, ElementsAre(Pair(0, 1)));
}

TEST(DecideTest, PromotesFromSeveralRungsAtOnce) {
  const Arm running = {{Coming()}};
  const std::vector<Arm> arms = {At({9, 1}), At({8, 2}), At({7}), At({1}),
                                 At({2}),    At({3}),    running};
  EXPECT_THAT(Decide(arms, 2).promoted, ElementsAre(Pair(1, 2), Pair(2, 1)));
}

// One row of metrics was beyond two rungs.
TEST(DecideTest, LetsAnArmStandAtARungOnlyOnceItLeftTheOneBelow) {
  const Arm running = {{Coming()}};
  const std::vector<Arm> arms = {At({1, 1}, 0), At({2, 2}, 0), At({3}), At({4}), running};
  EXPECT_THAT(Decide(arms, 2).promoted, ElementsAre(Pair(2, 1), Pair(3, 1)));
  EXPECT_EQ(StandingOf(arms, 1, 2, 2).arms, 0u);
}

TEST(DecideTest, LetsOneArmGoOnWhenTooFewCanCome) {
  const Decision decision = Decide({At({1}), At({2})}, 3);
  EXPECT_THAT(decision.promoted, ElementsAre(Pair(1, 1)));
  EXPECT_THAT(decision.stopped, IsEmpty()) << "it may still fail";
  EXPECT_THAT(Decide({At({7})}, 3).promoted, ElementsAre(Pair(0, 1)));
}

TEST(DecideTest, LetsTheBestAtTheHighestRungGoOnAtTheEnd) {
  EXPECT_THAT(Decide({At({2}), At({5, 1}), At({4}), At({3})}, 3).promoted, ElementsAre(Pair(1, 2)));
}

TEST(DecideTest, WaitsWhileSomethingMayStillCome) {
  const Arm paused_by_its_user = {{Coming({5})}};
  EXPECT_THAT(Decide({At({1}), paused_by_its_user}, 3).promoted, IsEmpty());
}

TEST(DecideTest, StopsAllThatWaitOnceOneHasSucceeded) {
  const Arm succeeded = {{{Fate::kSucceeded, {3, 3}}}, 2};
  const Arm partly_lost = {{Waiting({2}), {Fate::kLost, {}}}};
  const Decision decision = Decide({At({1}), succeeded, partly_lost}, 3);
  EXPECT_THAT(decision.promoted, IsEmpty());
  EXPECT_THAT(decision.stopped, ElementsAre(0, 2));
}

TEST(DecideTest, LetsTheNextBestGoOnWhenTheBestIsLost) {
  const Arm lost = {{{Fate::kLost, {9}}}, 1};
  EXPECT_THAT(Decide({At({1}), lost, At({2})}, 3).promoted, ElementsAre(Pair(2, 1)));
  EXPECT_THAT(Decide({lost, lost}, 3).promoted, IsEmpty());
}

TEST(StandingOfTest, SaysRankPlacesAndTheWorstThatWentOn) {
  const std::vector<Arm> arms = {At({4}, 1), At({1}), At({2}), {{Coming()}}};
  const Standing standing = StandingOf(arms, 1, 1, 3);
  EXPECT_EQ(standing.arms, 3u);
  EXPECT_EQ(standing.places, 1u);
  EXPECT_EQ(standing.rank, 3u);
  EXPECT_THAT(standing.worst, Optional(4.0));
  EXPECT_EQ(StandingOf(arms, 3, 1, 3).rank, 0u);
}

// Searches whose seeds take a step, fail or are paused in any order: they end, one arm comes to its
// end unless all are lost, and no arm goes on that was not promoted.
TEST(DecideTest, BringsEverySearchToItsEnd) {
  for (uint64_t round = 0; round < 300; ++round) {
    SCOPED_TRACE(round);
    Rng rng(DeriveSeed(round, "early_stopping_test"));
    const int64_t reduction = 2 + static_cast<int64_t>(rng.Below(3));
    const int rungs = 1 + static_cast<int>(rng.Below(4));
    const bool may_fail = rng.Below(2) == 0;
    std::vector<Arm> arms(1 + rng.Below(12));
    for (Arm& arm : arms) arm.seeds.resize(1 + rng.Below(3));
    for (int step = 0;; ++step) {
      ASSERT_LT(step, 10000);
      const Decision decision = Decide(arms, reduction);
      for (const auto& [arm, rung] : decision.promoted) {
        ASSERT_GT(rung, arms[arm].promoted);
        ASSERT_LE(rung, rungs);
        arms[arm].promoted = rung;
      }
      for (const size_t arm : decision.stopped) {
        for (Seed& seed : arms[arm].seeds) {
          if (seed.fate == Fate::kWaits) seed.fate = Fate::kStopped;
        }
      }
      std::vector<std::pair<Arm*, Seed*>> coming;
      for (Arm& arm : arms) {
        for (Seed& seed : arm.seeds) {
          const bool may_go_on = static_cast<int>(seed.values.size()) <= arm.promoted;
          if (seed.fate == Fate::kWaits && may_go_on) seed.fate = Fate::kComing;
          if (seed.fate == Fate::kComing) coming.emplace_back(&arm, &seed);
        }
      }
      EXPECT_THAT(Decide(arms, reduction).promoted, IsEmpty());
      if (coming.empty()) break;
      const auto& [arm, seed] = coming[rng.Below(coming.size())];
      if (may_fail && rng.Below(5) == 0) {
        seed->fate = Fate::kLost;
      } else if (static_cast<int>(seed->values.size()) == rungs) {
        seed->fate = Fate::kSucceeded;
      } else {
        seed->values.push_back(static_cast<double>(rng.Below(5)));
        if (static_cast<int>(seed->values.size()) > arm->promoted) seed->fate = Fate::kWaits;
      }
    }
    int succeeded = 0, lost = 0, seeds = 0;
    for (const Arm& arm : arms) {
      for (const Seed& seed : arm.seeds) {
        ++seeds;
        succeeded += seed.fate == Fate::kSucceeded;
        lost += seed.fate == Fate::kLost;
        EXPECT_NE(seed.fate, Fate::kWaits);
      }
    }
    EXPECT_TRUE(succeeded > 0 || lost == seeds) << succeeded << " succeeded, " << lost << " lost";
  }
}

}  // namespace
}  // namespace vagram::asha
