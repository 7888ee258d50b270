#include "core/config/env_spec_from_config.h"

#include "gtest/gtest.h"

namespace vagram {
namespace {

v1::TrialConfig Distracted(int64_t seed) {
  v1::TrialConfig config;
  config.set_seed(seed);
  config.mutable_env()->set_id("Hopper-v4");
  config.mutable_env()->mutable_distractors()->set_dims(5);
  config.mutable_env()->mutable_distractors()->set_kind("gaussian");
  return config;
}

TEST(EnvSpecFromConfig, TakesTheTask) {
  v1::TrialConfig config;
  config.mutable_env()->set_id("lander");
  config.mutable_env()->set_plugin("/some/lib.so");
  v1::TaskFile* const file = config.mutable_env()->add_task_files();
  file->set_path("a.yaml");
  file->set_content("name: a");
  const EnvSpec spec = EnvSpecFromConfig(config);
  EXPECT_EQ(spec.id, "lander");
  EXPECT_EQ(spec.plugin, "/some/lib.so");
  ASSERT_EQ(spec.task_files.size(), 1u);
  EXPECT_EQ(spec.task_files[0].path, "a.yaml");
  EXPECT_EQ(spec.task_files[0].content, "name: a");
  EXPECT_FALSE(spec.distractors.has_value());
}

TEST(EnvSpecFromConfig, DrawsTheDistractorsFromTheTrialsSeed) {
  const EnvSpec first = EnvSpecFromConfig(Distracted(1));
  ASSERT_TRUE(first.distractors.has_value());
  EXPECT_EQ(first.distractors->dims, 5);
  EXPECT_EQ(first.distractors->kind, DistractorSpec::Kind::kGaussian);
  EXPECT_EQ(first.distractors->seed, EnvSpecFromConfig(Distracted(1)).distractors->seed);
  EXPECT_NE(first.distractors->seed, EnvSpecFromConfig(Distracted(2)).distractors->seed);
}

TEST(EnvSpecFromConfig, KeepsADistractorSeedOfItsOwn) {
  v1::TrialConfig config = Distracted(1);
  config.mutable_env()->mutable_distractors()->set_seed(0);
  EXPECT_EQ(EnvSpecFromConfig(config).distractors->seed, 0u);
}

}  // namespace
}  // namespace vagram
