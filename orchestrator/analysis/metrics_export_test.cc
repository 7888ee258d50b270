#include "orchestrator/analysis/metrics_export.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/analysis/trial_fixtures.h"

namespace vagram::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

const double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<RecordedTrial> Trials() {
  return {SucceededTrial("1/0", 7, {{"model.hidden", "[8, 8]"}}, {{1000, kNan}, {2000, 0.1}}),
          SucceededTrial("2/0", 8, {{"model.loss", "mle"}}, {{1000, -INFINITY}})};
}

TEST(MetricsExport, WritesALineOfCsvPerValue) {
  const std::vector<ExportedFile> files = MetricsAsCsv(Trials());
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].name, "metrics.csv");
  EXPECT_EQ(files[0].content,
            "experiment,trial,seed,model.hidden,model.loss,step,epoch,metric,value\n"
            "1,1/0,7,\"[8, 8]\",,1000,1,sac/entropy,1\n"
            "1,1/0,7,\"[8, 8]\",,2000,2,evaluate/return_mean,0.1\n"
            "1,1/0,7,\"[8, 8]\",,2000,2,sac/entropy,1\n"
            "2,2/0,8,,mle,1000,1,evaluate/return_mean,-inf\n"
            "2,2/0,8,,mle,1000,1,sac/entropy,1\n");
}

TEST(MetricsExport, WritesALineOfJsonPerValue) {
  const std::vector<ExportedFile> files = MetricsAsJsonLines(Trials());
  std::istringstream lines(files[0].content);
  std::string line;
  std::vector<nlohmann::json> read;
  while (std::getline(lines, line)) read.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(read.size(), 5u);
  EXPECT_EQ(read[1]["trial"], "1/0");
  EXPECT_EQ(read[1]["seed"], 7);
  EXPECT_EQ(read[1]["overrides"]["model.hidden"], "[8, 8]");
  EXPECT_EQ(read[1]["step"], 2000);
  EXPECT_EQ(read[1]["value"], 0.1);
  EXPECT_EQ(read[3]["value"], "-inf");
}

TEST(MetricsExport, WritesAnArrayPerMetricWithTheirLabels) {
  std::map<std::string, std::string> files;
  for (const ExportedFile& file : MetricsAsNpy(Trials())) files[file.name] = file.content;
  const auto labels = nlohmann::json::parse(files["labels.json"]);
  EXPECT_EQ(labels["shape"], nlohmann::json({2, 2}));
  EXPECT_EQ(labels["trials"][1]["trial"], "2/0");
  EXPECT_EQ(labels["trials"][1]["rows"], 1);
  EXPECT_EQ(labels["trials"][1]["state"], "SUCCEEDED");
  const std::string name = labels["files"]["evaluate/return_mean"];
  EXPECT_EQ(name, "evaluate.return_mean.npy");
  const std::string& bytes = files[name];
  EXPECT_THAT(bytes, HasSubstr("'shape': (2, 2)"));
  std::vector<double> values(4);
  ASSERT_GE(bytes.size(), 32u);
  std::memcpy(values.data(), bytes.data() + bytes.size() - 32, 32);
  EXPECT_THAT(values, ElementsAre(IsNan(), 0.1, -INFINITY, IsNan()));
  EXPECT_EQ(files.count("step.npy"), 1u);
  EXPECT_EQ(files.count("epoch.npy"), 1u);
}

TEST(MetricsExport, NamesFilesSafelyAndApart) {
  std::vector<RecordedTrial> trials = {SucceededTrial("1/0", 0, {}, {{1, 1}})};
  for (const char* name : {"../../etc/x", "a/b", "a.b", "step", "a b\n", ""}) {
    v1::Metric& metric = *trials[0].rows[0].add_metrics();
    metric.set_name(name);
  }
  std::vector<std::string> names;
  for (const ExportedFile& file : MetricsAsNpy(trials)) {
    EXPECT_EQ(file.name.find('/'), std::string::npos);
    names.push_back(file.name);
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre(
                         "step.npy", "epoch.npy", "evaluate.return_mean.npy", "sac.entropy.npy",
                         "_......etc.x.npy", "a.b.npy", "a.b_2.npy", "step_2.npy", "a_b_.npy",
                         "_.npy", "labels.json"));
}

TEST(MetricsExport, WritesEmptyFilesOfNoRows) {
  EXPECT_EQ(MetricsAsCsv({})[0].content, "experiment,trial,seed,step,epoch,metric,value\n");
  EXPECT_EQ(MetricsAsJsonLines({})[0].content, "");
  EXPECT_EQ(MetricsAsNpy({}).size(), 3u);
}

}  // namespace
}  // namespace vagram::analysis
