#include "orchestrator/cli/trial_labels.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram::cli {
namespace {

using ::testing::ElementsAre;

const std::vector<std::string> kZip = {
    "env.id=Pendulum-v1 sac.target_entropy=-1 sac.layer_norm=false model.loss=mle seed=0",
    "env.id=Pendulum-v1 sac.target_entropy=-1 sac.layer_norm=false algorithm=sac seed=1",
    "env.id=CartPole sac.target_entropy=-0.05 sac.layer_norm=false model.loss=mle seed=0",
    "env.id=CartPole sac.target_entropy=-0.05 sac.layer_norm=false algorithm=sac seed=1"};

TEST(StyledLabels, LeaveOutWhatTellsNoTrialFromAnother) {
  EXPECT_THAT(StyledLabels({"a=1 b=2 c=x seed=0", "a=1 b=2 c=x seed=1", "a=3 b=4 c=x seed=0",
                            "a=3 b=4 c=x seed=1"},
                           LabelStyle::kVarying),
              ElementsAre("a=1 seed=0", "a=1 seed=1", "a=3 seed=0", "a=3 seed=1"));
}

TEST(StyledLabels, KeepAKeyThatOnlySomeTrialsHave) {
  EXPECT_THAT(
      StyledLabels(kZip, LabelStyle::kVarying),
      ElementsAre("env.id=Pendulum-v1 model.loss=mle seed=0",
                  "env.id=Pendulum-v1 algorithm=sac seed=1",
                  "env.id=CartPole model.loss=mle seed=0", "env.id=CartPole algorithm=sac seed=1"));
}

TEST(StyledLabels, ShortenKeysThenLeaveThemOut) {
  const std::vector<std::string> labels = {"model.loss=vagram seed=0", "model.loss=mle seed=0",
                                           "model.loss=mle seed=1"};
  EXPECT_THAT(StyledLabels(labels, LabelStyle::kShortKeys),
              ElementsAre("loss=vagram seed=0", "loss=mle seed=0", "loss=mle seed=1"));
  EXPECT_THAT(StyledLabels(labels, LabelStyle::kValues), ElementsAre("vagram 0", "mle 0", "mle 1"));
  EXPECT_EQ(StyledLabels(labels, LabelStyle::kWhole), labels);
}

TEST(StyledLabels, LeaveATrialAloneItsLabel) {
  EXPECT_THAT(StyledLabels({"model.loss=vagram seed=0"}, LabelStyle::kVarying),
              ElementsAre("model.loss=vagram seed=0"));
}

TEST(StyledLabels, TakeValuesWithSpacesAndAnythingElse) {
  EXPECT_THAT(
      StyledLabels({"model.hidden=[1, 2] seed=0", "model.hidden=[3] seed=0"}, LabelStyle::kVarying),
      ElementsAre("model.hidden=[1, 2]", "model.hidden=[3]"));
  EXPECT_THAT(StyledLabels({"", "= =", "no label"}, LabelStyle::kVarying),
              ElementsAre("", "= =", "no label"));
}

}  // namespace
}  // namespace vagram::cli
