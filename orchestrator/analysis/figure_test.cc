#include "orchestrator/analysis/figure.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/analysis/figure_script.h"
#include "orchestrator/analysis/trial_fixtures.h"
#include "testing/status_matchers.h"

namespace vagram::analysis {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Figure FigureOf(int seeds, const std::string& loss = "mle") {
  std::vector<RecordedTrial> trials;
  for (int seed = 0; seed < seeds; ++seed) {
    trials.push_back(SucceededTrial("1/" + std::to_string(seed), seed, {{"model.loss", loss}},
                                    RiseTo(10.0 * seed)));
  }
  auto grouped = GroupTrials(trials, {});
  EXPECT_OK(grouped);
  return MakeFigure(*grouped, 0);
}

TEST(Figure, DrawsTheInterquartileMeanWhereItHasAnInterval) {
  const Figure figure = FigureOf(5);
  EXPECT_EQ(figure.center, Center::kInterquartileMean);
  const FigureSeries& series = figure.rows[0].series[0];
  EXPECT_THAT(series.steps, ElementsAre(1000, 2000, 3000));
  EXPECT_THAT(series.center, ElementsAre(-180, -80, 20));
  EXPECT_THAT(series.band, SizeIs(3));
  EXPECT_EQ(series.final_center, 20);
  EXPECT_THAT(series.final_seeds, ElementsAre(0, 10, 20, 30, 40));
  ASSERT_TRUE(series.final_interval.has_value());
  EXPECT_LT(series.final_interval->low, 20);
}

TEST(Figure, DrawsTheMeanOfFewerSeedsAndTheSeedsAloneOfTwo) {
  const Figure three = FigureOf(3);
  EXPECT_EQ(three.center, Center::kMean);
  EXPECT_THAT(three.rows[0].series[0].band, SizeIs(3));
  const Figure two = FigureOf(2);
  EXPECT_THAT(two.rows[0].series[0].band, IsEmpty());
  EXPECT_FALSE(two.rows[0].series[0].final_interval.has_value());
  EXPECT_THAT(two.rows[0].series[0].seeds, SizeIs(2));
  EXPECT_THAT(FigureScript(two, FigureFormat::kPng, "a.png"),
              AllOf(Not(HasSubstr("filledcurves")), HasSubstr("$seeds0_0 using 1:2 with lines")));
}

TEST(Figure, WritesTheFormatThatTheFilesNameEndsWith) {
  EXPECT_EQ(FormatOfFile("a/b.svg"), FigureFormat::kSvg);
  EXPECT_EQ(FormatOfFile("b.PNG"), FigureFormat::kPng);
  EXPECT_EQ(FormatOfFile("b.pdf"), FigureFormat::kPdf);
  EXPECT_FALSE(FormatOfFile("b.jpg").has_value());
  EXPECT_FALSE(FormatOfFile("svg").has_value());
  EXPECT_THAT(FigureScript(FigureOf(5), FigureFormat::kPdf, "a.pdf"),
              HasSubstr("set terminal pdfcairo"));
}

TEST(Figure, QuotesLabelsSoThatGnuplotRunsNothing) {
  const std::string script =
      FigureScript(FigureOf(1, "a'; system('x') #`touch y`\n!rm"), FigureFormat::kSvg, "it's.svg");
  EXPECT_THAT(script, HasSubstr("'a''; system(''x'') #`touch y`?!rm (n = 1)'"));
  EXPECT_THAT(script, HasSubstr("set output 'it''s.svg'"));
  EXPECT_THAT(script, HasSubstr("noenhanced"));
}

TEST(Figure, IsTheSameForTheSameTrials) {
  EXPECT_EQ(FigureScript(FigureOf(6), FigureFormat::kSvg, "a.svg"),
            FigureScript(FigureOf(6), FigureFormat::kSvg, "a.svg"));
}

}  // namespace
}  // namespace vagram::analysis
