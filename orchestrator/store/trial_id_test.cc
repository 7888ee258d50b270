#include "orchestrator/store/trial_id.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(TrialIdTest, ReadsBackWhatItWrites) {
  const TrialId id{12, 3};
  EXPECT_EQ(id.ToString(), "12/3");
  EXPECT_THAT(ParseTrialId("12/3"), IsOkAndHolds(id));
}

TEST(TrialIdTest, RefusesWhatIsNoTrial) {
  for (const char* text :
       {"", "3", "3/", "/0", "3/0/1", "3/-1", "+3/0", " 3/0", "a/b", "99999999999999999999/0"}) {
    EXPECT_THAT(ParseTrialId(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("such as 3/0")))
        << text;
  }
}

TEST(TrialIdTest, OrdersBySubmission) {
  EXPECT_LT((TrialId{2, 9}), (TrialId{10, 0}));
  EXPECT_LT((TrialId{2, 2}), (TrialId{2, 10}));
}

TEST(ExperimentOrTrialTest, TellsTheTwoApart) {
  ASSERT_OK_AND_ASSIGN(const ExperimentOrTrial experiment, ParseExperimentOrTrial("3"));
  EXPECT_TRUE(experiment.Covers({3, 0}));
  EXPECT_TRUE(experiment.Covers({3, 7}));
  EXPECT_FALSE(experiment.Covers({4, 0}));
  ASSERT_OK_AND_ASSIGN(const ExperimentOrTrial trial, ParseExperimentOrTrial("3/7"));
  EXPECT_TRUE(trial.Covers({3, 7}));
  EXPECT_FALSE(trial.Covers({3, 0}));
  EXPECT_THAT(ParseExperimentOrTrial("three"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("got 'three'")));
}

}  // namespace
}  // namespace vagram
