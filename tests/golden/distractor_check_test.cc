#include "tests/golden/distractor_check.h"

#include <cmath>
#include <fstream>
#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

json Golden() {
  json golden;
  std::ifstream("tests/golden/data/VagramDistractor.json") >> golden;
  return golden;
}

// What the first case compares to after `change` was made to it.
absl::StatusOr<DistractorDifference> FirstAfter(const std::function<void(json&)>& change) {
  json golden = Golden();
  change(golden["cases"][0]);
  ASSIGN_OR_RETURN(const std::vector<DistractorDifference> all, CompareDistractors(golden));
  return all[0];
}

TEST(CompareDistractors, FindsTheReferenceInTheMap) {
  ASSERT_OK_AND_ASSIGN(const std::vector<DistractorDifference> all, CompareDistractors(Golden()));
  ASSERT_THAT(all, SizeIs(3));
  for (const DistractorDifference& difference : all) {
    EXPECT_LE(difference.worst, 1e-9) << difference.dims << " dims, " << difference.where;
    EXPECT_EQ(difference.components_compared + difference.components_skipped, 41 * difference.dims);
    EXPECT_LE(difference.components_skipped, 3);
  }
}

TEST(CompareDistractors, NoticesAnotherState) {
  ASSERT_OK_AND_ASSIGN(const DistractorDifference difference, FirstAfter([](json& first) {
                         first["after"][4][2].get_ref<double&>() += 1e-8;
                       }));
  EXPECT_NEAR(difference.worst, 1e-8, 1e-9);
  EXPECT_EQ(difference.where, "pair 4 component 2");
}

TEST(CompareDistractors, NoticesAnotherMatrixOrReplacement) {
  for (const char* matrix : {"linear_map", "sin_matrix"}) {
    ASSERT_OK_AND_ASSIGN(const DistractorDifference difference, FirstAfter([&](json& first) {
                           first[matrix][3][1].get_ref<double&>() += 1e-4;
                         }));
    EXPECT_GT(difference.worst, 1e-9) << matrix;
  }
  ASSERT_OK_AND_ASSIGN(const DistractorDifference difference, FirstAfter([](json& first) {
                         first["reset_values"][0].get_ref<double&>() += 1e-4;
                       }));
  EXPECT_NEAR(difference.worst, 1e-4, 1e-9);
}

TEST(CompareDistractors, SkipsWhatRoundingDecides) {
  // The identity, with a component that stays just below 20 here and was replaced there.
  const json golden = {
      {"flags",
       {{"linear", false}, {"switching", true}, {"correlated", false}, {"pure_noise", false}}},
      {"cases",
       {{{"dimensions", 2},
         {"linear_map", {{1.0, 0.0}, {0.0, 1.0}}},
         {"sin_matrix", {{0.0, 0.0}, {0.0, 0.0}}},
         {"reset_values", {0.5, 0.5}},
         {"before", {{20 - 1e-9, 3.0}}},
         {"after", {{0.5, 3.0}}}}}}};
  ASSERT_OK_AND_ASSIGN(const std::vector<DistractorDifference> all, CompareDistractors(golden));
  EXPECT_EQ(all[0].components_skipped, 1);
  EXPECT_EQ(all[0].components_compared, 1);
  EXPECT_EQ(all[0].worst, 0);
}

TEST(CompareDistractors, SaysWhatIsWrongWithAFile) {
  EXPECT_THAT(FirstAfter([](json& first) { first["linear_map"].erase(0); }),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("linear_map has 20 values, expected 25")));
  EXPECT_THAT(FirstAfter([](json& first) { first["after"][7].push_back(1.0); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("after has 6 values")));
  EXPECT_THAT(FirstAfter([](json& first) { first["before"] = json::array(); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no components")));

  json golden = Golden();
  golden["flags"]["switching"] = false;
  EXPECT_THAT(CompareDistractors(golden),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"switching\":true")));
  golden = Golden();
  golden["cases"].clear();
  EXPECT_THAT(CompareDistractors(golden),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no cases")));
}

}  // namespace
}  // namespace vagram
