#include "orchestrator/analysis/config_values.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram::analysis {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

TEST(ConfigValues, NamesFieldsAsAnExperimentFileDoes) {
  v1::TrialConfig config;
  config.set_algorithm("mbpo");
  config.set_num_steps(5000);
  config.mutable_model()->set_loss("vagram");
  config.mutable_env()->mutable_distractors()->set_dims(5);
  const auto values = ConfigValues(config);
  EXPECT_THAT(values, Contains(Pair("algorithm", "mbpo")));
  EXPECT_THAT(values, Contains(Pair("num_steps", "5000")));
  EXPECT_THAT(values, Contains(Pair("model.loss", "vagram")));
  EXPECT_THAT(values, Contains(Pair("env.distractors.dims", "5")));
  EXPECT_THAT(values, Not(Contains(Key("env.max_episode_steps")))) << "unset";
}

TEST(ConfigValues, KeepsEveryDigitOfANumberAndAddsNone) {
  v1::TrialConfig config;
  config.mutable_sac()->set_discount(0.1);
  config.mutable_sac()->set_target_smoothing(1.0 / 3);
  config.mutable_model()->set_learning_rate(1.0e-3);
  config.mutable_model()->set_weight_decay(0.00012345678);
  const auto values = ConfigValues(config);
  EXPECT_THAT(values, Contains(Pair("sac.discount", "0.1")));
  EXPECT_THAT(values, Contains(Pair("sac.target_smoothing", "0.3333333333333333")));
  EXPECT_THAT(values, Contains(Pair("model.learning_rate", "0.001")));
  EXPECT_THAT(values, Contains(Pair("model.weight_decay", "0.00012345678")));
}

TEST(ConfigValues, LeavesOutMessagesThatAreNotThere) {
  for (const auto& [key, value] : ConfigValues(v1::TrialConfig())) {
    EXPECT_EQ(key.find('.'), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace vagram::analysis
