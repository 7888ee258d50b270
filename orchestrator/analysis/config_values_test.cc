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

TEST(ConfigValues, LeavesOutMessagesThatAreNotThere) {
  for (const auto& [key, value] : ConfigValues(v1::TrialConfig())) {
    EXPECT_EQ(key.find('.'), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace vagram::analysis
