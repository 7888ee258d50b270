#include "tests/golden/loss_check.h"

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/dynamics/loss_catalog.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char kData[] = "tests/golden/data/losses";

// What the checker says of the first case after `change` was made to it.
absl::StatusOr<LossReport> CheckChanged(const std::function<void(json&)>& change) {
  json golden;
  std::ifstream(std::string(kData) + "/case_000.json") >> golden;
  change(golden);
  const std::string path = testing::TempDir() + "/case_changed.json";
  std::ofstream(path) << golden;
  return CheckLossFile(path);
}

std::vector<std::string> FailedAfter(const std::function<void(json&)>& change) {
  const absl::StatusOr<LossReport> report = CheckChanged(change);
  EXPECT_OK(report);
  std::vector<std::string> failed;
  if (!report.ok()) return failed;
  for (const LossCheck& check : report->checks) {
    if (!check.passed()) failed.push_back(check.name + ": " + check.where);
  }
  return failed;
}

void AddTo(json& value, double change) { value = value.get<double>() + change; }

TEST(GoldenLossesTest, EveryCaseMatches) {
  ASSERT_OK_AND_ASSIGN(const std::vector<LossReport> reports, CheckLossFolder(kData));
  ASSERT_EQ(reports.size(), 6u);
  EXPECT_TRUE(AllPassed(reports)) << FormatTable(reports);
}

// No independent implementation has recorded these. Their own tests work them by hand.
bool IsRecorded(const LossInfo& loss) {
  return loss.name != "itervaml_soft" && loss.name != "value_weighted" &&
         loss.name != "vagram_reference_2022";
}

TEST(GoldenLossesTest, EveryCaseCoversEveryLossThatIsRecorded) {
  ASSERT_OK_AND_ASSIGN(const std::vector<LossReport> reports, CheckLossFolder(kData));
  for (const LossReport& report : reports) {
    std::vector<std::string> names;
    for (const LossCheck& check : report.checks) names.push_back(check.name);
    for (const LossInfo& loss : AllLosses()) {
      if (IsRecorded(loss)) {
        EXPECT_THAT(names, Contains(loss.name));
      }
    }
    EXPECT_THAT(names, Contains("vagram_unclipped"));
    EXPECT_THAT(names, Contains("itervaml_pure"));
    EXPECT_THAT(names, Contains("value gradients"));
    EXPECT_THAT(names, Contains("value expansion"));
  }
}

TEST(CheckLossFileTest, PassesWhatNobodyChanged) {
  EXPECT_THAT(FailedAfter([](json&) {}), IsEmpty());
}

TEST(CheckLossFileTest, NoticesEveryFieldThatIsOff) {
  EXPECT_THAT(FailedAfter([](json& file) { AddTo(file["losses"]["mle"]["loss"], 1e-7); }),
              ElementsAre("mle: loss", "mle_vagram: loss"));
  EXPECT_THAT(FailedAfter([](json& file) { AddTo(file["losses"]["vagram"]["state_term"], 1e-7); }),
              ElementsAre("mle_vagram: loss", "vagram: state_term"));
  EXPECT_THAT(FailedAfter([](json& file) {
                AddTo(file["losses"]["vagram_unclipped"]["grad_pred_next"][3][8][2], 1e-7);
              }),
              ElementsAre("vagram_unclipped: grad_pred_next"));
  EXPECT_THAT(FailedAfter([](json& file) {
                AddTo(file["losses"]["mse"]["grad_pred_reward"][0][0][0], 1e-7);
              }),
              ElementsAre("mse: grad_pred_reward"));
  EXPECT_THAT(
      FailedAfter([](json& file) { AddTo(file["losses"]["mle"]["grad_logvar"][1][2][4], 1e-7); }),
      ElementsAre("mle: grad_logvar", "mle_vagram: grad_logvar"));
  EXPECT_THAT(FailedAfter([](json& file) { AddTo(file["value_gradients_raw"][0][0][0], 1e-7); }),
              ElementsAre("value gradients: value_gradients_raw"));
  EXPECT_THAT(
      FailedAfter([](json& file) { AddTo(file["value_gradients_clipped"][3][8][3], 1e-7); }),
      ElementsAre("value gradients: value_gradients_clipped"));
  for (const char* field : {"td_k_targets", "td_k_mask", "horizon_candidates"}) {
    EXPECT_THAT(FailedAfter([&](json& file) { AddTo(file["value_expansion"][field][0][1], 1e-7); }),
                ElementsAre(std::string("value expansion: ") + field));
  }
}

TEST(CheckLossFileTest, LeavesOutTargetsBehindATermination) {
  int behind = 0;
  EXPECT_THAT(FailedAfter([&](json& file) {
                json& expansion = file["value_expansion"];
                for (size_t b = 0; b < expansion["td_k_mask"].size(); ++b) {
                  for (size_t t = 0; t < expansion["td_k_mask"][b].size(); ++t) {
                    if (expansion["td_k_mask"][b][t].get<double>() != 0) continue;
                    AddTo(expansion["td_k_targets"][b][t], 1);
                    ++behind;
                  }
                }
              }),
              IsEmpty());
  EXPECT_GT(behind, 0);
}

TEST(CheckLossFileTest, NamesWhatIsNotImplemented) {
  ASSERT_OK_AND_ASSIGN(const LossReport report, CheckChanged([](json& file) {
                         file["losses"] = {{"mse", file["losses"]["mse"]}, {"no_such_loss", 1}};
                       }));
  EXPECT_THAT(report.missing, ElementsAre("no_such_loss"));
  EXPECT_THAT(FormatTable({report}), HasSubstr("not implemented here: no_such_loss\n"));
}

TEST(CheckLossFileTest, NamesTheFieldThatDoesNotFit) {
  EXPECT_THAT(CheckChanged([](json& file) { file["state"].erase(0); }).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("'state' is expected to be [9, 4] numbers")));
  EXPECT_THAT(CheckChanged([](json& file) { file["losses"]["mse"].erase("loss"); }).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'loss'")));
  EXPECT_THAT(CheckChanged([](json& file) { file["critics"][1].erase(0); }).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(CheckChanged([](json& file) { file.erase("value_expansion"); }).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'value_expansion'")));
  EXPECT_THAT(CheckChanged([](json& file) { file["policy"][0] = "two layers"; }).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("case_changed.json")));
  EXPECT_THAT(CheckLossFile("/nonexistent/case_0.json").status(),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(CheckLossFolder(testing::TempDir() + "/nothing").status(),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace vagram
