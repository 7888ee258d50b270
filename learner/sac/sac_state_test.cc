// An agent that is saved and goes on in another process.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "learner/sac/sac.h"
#include "learner/sac/small_agent.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

SacOptions EverySwitch() {
  SacOptions options = SmallOptions();
  options.layer_norm = true;
  options.dropout = 0.1;
  options.critics = 5;
  options.target_subset = 2;
  options.actor_update_every = 2;
  options.target_update_every = 3;
  return options;
}

void Update(Sac& sac, const SacOptions& options, int first, int end) {
  for (int i = first; i < end; ++i) sac.Update(RandomBatch(options, 100 + i));
}

TEST(SacStateTest, GoesOnBitForBitFromAnyUpdate) {
  for (const SacOptions& options : {SmallOptions(), EverySwitch()}) {
    for (int saved_after = 0; saved_after < 7; ++saved_after) {
      std::unique_ptr<Sac> sac = Sac::Create(options, 1).value();
      Update(*sac, options, 0, saved_after);
      const v1::SacState state = sac->SaveState();
      std::unique_ptr<Sac> restored = Sac::Create(options, 2).value();
      ASSERT_THAT(restored->RestoreState(state), IsOk());
      EXPECT_EQ(restored->updates(), saved_after);
      EXPECT_EQ(restored->SaveState().SerializeAsString(), state.SerializeAsString());
      Update(*sac, options, saved_after, 12);
      Update(*restored, options, saved_after, 12);
      EXPECT_TRUE(at::equal(restored->AllParameters(), sac->AllParameters())) << saved_after;
      EXPECT_EQ(restored->SaveState().SerializeAsString(), sac->SaveState().SerializeAsString());
      const SacMetrics metrics = sac->TakeMetrics(), same = restored->TakeMetrics();
      EXPECT_EQ(same.updates, 12) << "those before it was saved count";
      EXPECT_EQ(same.critic_loss, metrics.critic_loss);
      EXPECT_EQ(same.actor_loss, metrics.actor_loss);
    }
  }
}

TEST(SacStateTest, RefusesTheStateOfAnotherAgent) {
  const v1::SacState state = Sac::Create(EverySwitch(), 1).value()->SaveState();
  EXPECT_THAT(Sac::Create(SmallOptions(), 1).value()->RestoreState(state),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the actor")));
}

TEST(SacStateTest, RefusesAStateWithAPartMissing) {
  const std::unique_ptr<Sac> sac = Sac::Create(SmallOptions(), 1).value();
  v1::SacState state = sac->SaveState();
  state.mutable_temperature_adam()->clear_second_moment();
  EXPECT_THAT(sac->RestoreState(state),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("log alpha")));
  state = sac->SaveState();
  state.mutable_window()->clear_sums();
  EXPECT_THAT(sac->RestoreState(state),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("metrics")));
  state = sac->SaveState();
  state.set_noise_rng("short");
  EXPECT_THAT(sac->RestoreState(state), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace vagram
