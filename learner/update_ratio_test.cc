#include "learner/update_ratio.h"

#include <limits>

#include "core/base/random.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

TEST(UpdateRatioTest, NothingIsDueInTheWarmUp) {
  const UpdateRatio ratio({/*updates_per_step=*/4, /*warmup_steps=*/10, /*run_ahead_steps=*/5});
  EXPECT_EQ(ratio.Due(0, 0), 0);
  EXPECT_EQ(ratio.Due(9, 0), 0);
  EXPECT_EQ(ratio.Due(10, 0), 4) << "the step that ends it has its updates, as in lockstep";
  EXPECT_EQ(ratio.Due(12, 5), 7);
  EXPECT_EQ(ratio.Due(12, 12), 0);
}

TEST(UpdateRatioTest, StepsRunAheadOfTheUpdatesBySoMany) {
  const UpdateRatio ratio({/*updates_per_step=*/4, /*warmup_steps=*/10, /*run_ahead_steps=*/5});
  EXPECT_EQ(ratio.StepsAllowed(0), 14) << "9 that need none, and 5";
  EXPECT_EQ(ratio.StepsAllowed(3), 14) << "the step that is being paid for still counts";
  EXPECT_EQ(ratio.StepsAllowed(4), 15);
}

TEST(UpdateRatioTest, WithoutUpdatesNothingHoldsStepsBack) {
  const UpdateRatio ratio({/*updates_per_step=*/0, /*warmup_steps=*/10, /*run_ahead_steps=*/5});
  EXPECT_EQ(ratio.Due(1000, 0), 0);
  EXPECT_EQ(ratio.StepsAllowed(0), std::numeric_limits<int64_t>::max());
}

// Whoever moves next, neither side gets further ahead than promised, and one of them can move.
TEST(UpdateRatioTest, BoundsBothSidesAndNeverDeadlocks) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    UpdateRatio::Options options;
    options.updates_per_step = 1 + static_cast<int64_t>(rng.Below(20));
    options.warmup_steps = 1 + static_cast<int64_t>(rng.Below(100));
    options.run_ahead_steps = 1 + static_cast<int64_t>(rng.Below(30));
    const UpdateRatio ratio(options);
    int64_t begun = 0, arrived = 0, updates = 0;
    for (int i = 0; i < 5000; ++i) {
      const bool may_begin = begun < ratio.StepsAllowed(updates);
      const bool may_arrive = arrived < begun;
      const bool may_update = ratio.Due(arrived, updates) > 0;
      ASSERT_TRUE(may_begin || may_arrive || may_update);
      switch (rng.Below(3)) {
        case 0:
          if (may_begin) ++begun;
          break;
        case 1:
          if (may_arrive) ++arrived;
          break;
        case 2:
          if (may_update) ++updates;
          break;
      }
      const int64_t with_updates = std::max<int64_t>(0, arrived - options.warmup_steps + 1);
      ASSERT_LE(updates, with_updates * options.updates_per_step);
      ASSERT_LE(begun, options.warmup_steps - 1 + updates / options.updates_per_step +
                           options.run_ahead_steps);
    }
    EXPECT_GT(updates, 0);
  }
}

}  // namespace
}  // namespace vagram
