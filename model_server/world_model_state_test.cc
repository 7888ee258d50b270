// A model that is saved and goes on in another process.
#include "model_server/world_model_fixture.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

class WorldModelStateTest : public WorldModelTest {
 protected:
  // The learner holds transitions from `begin` on.
  static absl::StatusOr<v1::TrainResult> TrainFrom(WorldModel& model, int64_t begin, int64_t end) {
    v1::TrainRequest request;
    request.set_begin_index(begin);
    request.set_end_index(end);
    request.set_critic_version(11);
    request.set_seed(9);
    return model.Train(request, [](const v1::TrainProgress&) { return absl::OkStatus(); });
  }

  void ExpectToGoOn(v1::TrialConfig config) {
    const auto model = Create(config);
    ASSERT_THAT(Train(*model, 100), IsOk());
    const v1::ModelServerState state = model->SaveState();
    const auto restored = Create(config);
    ASSERT_THAT(restored->RestoreState(state), IsOk());
    EXPECT_EQ(restored->SaveState().SerializeAsString(), state.SerializeAsString());

    const auto expected = TrainFrom(*model, 0, 150), got = TrainFrom(*restored, 0, 150);
    ASSERT_THAT(expected.status(), IsOk());
    ASSERT_THAT(got.status(), IsOk());
    EXPECT_EQ(got->SerializeAsString(), expected->SerializeAsString());
    EXPECT_EQ(got->model_version(), 2);
    EXPECT_EQ(*NextObservations(*restored, ImagineFrom(2, 5)),
              *NextObservations(*model, ImagineFrom(2, 5)));
  }
};

TEST_F(WorldModelStateTest, GoesOnBitForBit) { ExpectToGoOn(Config("vagram")); }

TEST_F(WorldModelStateTest, GoesOnBitForBitWithVariancesAndAnOptimizerPerLayer) {
  v1::TrialConfig config = Config("mle");
  config.mutable_model()->set_normalize_targets(true);
  config.mutable_model()->add_layer_weight_decay(1e-4);
  config.mutable_model()->add_layer_weight_decay(2e-4);
  ExpectToGoOn(config);
}

TEST_F(WorldModelStateTest, GoesOnWithWhatTheLearnerStillHolds) {
  v1::TrialConfig config = Config("mle");
  config.mutable_sac()->set_replay_capacity(80);
  const auto model = Create(config);
  ASSERT_THAT(Train(*model, 100), IsOk());
  const auto restored = Create(config);
  ASSERT_THAT(restored->RestoreState(model->SaveState()), IsOk());
  const auto expected = TrainFrom(*model, 70, 150), got = TrainFrom(*restored, 70, 150);
  ASSERT_THAT(got.status(), IsOk());
  EXPECT_EQ(got->SerializeAsString(), expected->SerializeAsString());
}

TEST_F(WorldModelStateTest, AnUntrainedModelCanBeSavedToo) {
  const auto model = Create(Config("mle")), restored = Create(Config("mle"));
  ASSERT_THAT(restored->RestoreState(model->SaveState()), IsOk());
  EXPECT_EQ(Train(*restored, 100)->SerializeAsString(), Train(*model, 100)->SerializeAsString());
}

TEST_F(WorldModelStateTest, ImaginesNothingBeforeItHasTransitionsAgain) {
  const auto model = Create(Config("mle")), restored = Create(Config("mle"));
  ASSERT_THAT(Train(*model, 100), IsOk());
  ASSERT_THAT(restored->RestoreState(model->SaveState()), IsOk());
  EXPECT_THAT(NextObservations(*restored, ImagineFrom(1, 5)).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("call Train first")));
}

TEST_F(WorldModelStateTest, RefusesTheStateOfAnotherModel) {
  v1::TrialConfig larger = Config("mle");
  larger.mutable_model()->set_hidden_sizes(0, 17);
  const v1::ModelServerState state = Create(larger)->SaveState();
  EXPECT_THAT(Create(Config("mle"))->RestoreState(state),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("parameters")));
  v1::ModelServerState without_optimizer = Create(Config("mle"))->SaveState();
  without_optimizer.clear_optimizer();
  EXPECT_THAT(Create(Config("mle"))->RestoreState(without_optimizer),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("optimizer")));
}

}  // namespace
}  // namespace vagram
