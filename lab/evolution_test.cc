#include "lab/evolution.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram::lab {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

EvolutionOptions Tiny() {
  EvolutionOptions options;
  options.steps = 420;
  options.repetitions = 2;
  options.value_functions = 3;
  options.transitions = 40;
  options.max_epochs = 2;
  return options;
}

std::vector<ErrorCurve> Errors(const EvolutionOptions& options) {
  const Stop stop;
  const auto curves = ErrorEvolution(options, stop, nullptr);
  EXPECT_THAT(curves.status(), IsOk());
  return curves.value_or(std::vector<ErrorCurve>());
}

TEST(EvolutionTest, MeasuresEveryModelAndLossBeforeEachTrainingButTheFirst) {
  const std::vector<ErrorCurve> curves = Errors(Tiny());
  ASSERT_THAT(curves, SizeIs(6));
  for (const ErrorCurve& curve : curves) {
    ASSERT_THAT(curve.errors, SizeIs(2)) << curve.model << " " << curve.loss;
    for (const std::vector<double>& errors : curve.errors) {
      EXPECT_THAT(errors, SizeIs(2));
      for (const double error : errors) {
        EXPECT_TRUE(std::isfinite(error));
        EXPECT_GT(error, 0);
      }
    }
  }
}

TEST(EvolutionTest, IsAFunctionOfItsOptions) {
  EvolutionOptions options = Tiny();
  options.repetitions = 1;
  const std::vector<ErrorCurve> curves = Errors(options), again = Errors(options);
  options.predict_delta = true;
  const std::vector<ErrorCurve> of_deltas = Errors(options);
  options.predict_delta = false;
  options.seed = 1;
  const std::vector<ErrorCurve> of_another_seed = Errors(options);
  for (size_t i = 0; i < curves.size(); ++i) {
    EXPECT_EQ(curves[i].errors, again[i].errors);
    EXPECT_NE(curves[i].errors, of_deltas[i].errors);
    EXPECT_NE(curves[i].errors, of_another_seed[i].errors);
  }
}

TEST(EvolutionTest, MeansAndTheirErrorsAreOverRepetitions) {
  const MeanCurve over = OverRepetitions({"linear", "mse", {{1, 10}, {3, 10}}});
  EXPECT_THAT(over.mean, ElementsAre(2, 10));
  // Variance ((1-2)^2 + (3-2)^2) / 1 = 2, over 2 repetitions 1.
  EXPECT_THAT(over.standard_error, ElementsAre(1, 0));
}

TEST(EvolutionTest, WritesARowPerIteration) {
  EXPECT_EQ(EvolutionCsv({{"linear", "mse", {{1, 10}, {3, 10}}}}),
            "model,loss,iteration,mean,standard_error,error_0,error_1\n"
            "linear,mse,1,2,1,1,3\n"
            "linear,mse,2,10,0,10,10\n");
}

TEST(EvolutionTest, DrawsWhatItMeasured) {
  const std::vector<ErrorCurve> curves = {{"linear", "mse", {{1, 2}}},
                                          {"16 units", "vagram", {{1, 2}}}};
  const auto svg = Svg(EvolutionFigure(curves));
  ASSERT_THAT(svg.status(), IsOk());
  EXPECT_THAT(*svg, HasSubstr("<svg"));
}

TEST(EvolutionTest, RefusesOptionsOutOfRange) {
  const Stop stop;
  const auto refusal = [&](void (*spoil)(EvolutionOptions&)) {
    EvolutionOptions options = Tiny();
    spoil(options);
    return ErrorEvolution(options, stop, nullptr).status();
  };
  for (const absl::Status& status : {refusal([](EvolutionOptions& o) { o.repetitions = 0; }),
                                     refusal([](EvolutionOptions& o) { o.value_functions = 1; }),
                                     refusal([](EvolutionOptions& o) { o.transitions = 1; }),
                                     refusal([](EvolutionOptions& o) { o.max_epochs = 0; }),
                                     refusal([](EvolutionOptions& o) { o.steps = 402; })}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("expected at least"));
  }
}

TEST(EvolutionTest, StopsWhenTold) {
  Stop stop;
  stop.Trip("the test says so");
  EXPECT_EQ(ErrorEvolution(Tiny(), stop, nullptr).status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace vagram::lab
