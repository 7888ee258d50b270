// compare, plot and export as a user types them, against a service in this process.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/analysis/trial_fixtures.h"
#include "orchestrator/cli/command_fixture.h"
#include "orchestrator/cli/terminal_text.h"

namespace vagram::cli {
namespace {

using analysis::RecordedTrial;
using analysis::RiseTo;
using analysis::SucceededTrial;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CompareCommandTest : public CommandTest {
 protected:
  CompareCommandTest() { service_->Start(); }

  // Experiment `id` with these trials; the service answers two rows at a time.
  void Put(const std::string& id, const std::vector<RecordedTrial>& trials, bool tuning = false) {
    v1::Experiment experiment;
    experiment.set_tuning(tuning);
    experiment.set_id(id);
    experiment.set_name("demo");
    experiment.set_state(v1::EXPERIMENT_SUCCEEDED);
    for (const RecordedTrial& recorded : trials) {
      *experiment.add_trials() = recorded.trial;
      service_->PutMetrics(recorded.trial.id(), recorded.rows, 2);
    }
    service_->Put(experiment);
  }

  // Five seeds of each loss; vagram's end at 11 to 15, mle's at 1 to 5.
  std::vector<RecordedTrial> TwoLosses() {
    std::vector<RecordedTrial> trials;
    for (const auto& [loss, shift] : {std::pair("vagram", 10), std::pair("mle", 0)}) {
      for (int seed = 1; seed <= 5; ++seed) {
        trials.push_back(SucceededTrial("1/" + std::to_string(trials.size()), seed,
                                        {{"model.loss", loss}}, RiseTo(shift + seed)));
      }
    }
    return trials;
  }
};

TEST_F(CompareCommandTest, PrintsATableThePairsAndWhatTheyDoNotShow) {
  Put("1", TwoLosses());
  EXPECT_EQ(Cli({"compare", "1", "--threshold=0"}), kExitOk) << err_.str();
  EXPECT_EQ(err_.str(), "");
  EXPECT_EQ(
      out_.str(),
      "Pendulum-v1: evaluate/return_mean at step 3000\n"
      "model.loss  SEEDS   MEAN          [95 %]  MEDIAN    IQM          [95 %]     AUC            "
      "[95 %]  STEPS TO 0\n"
      "vagram          5  13.00  [11.04, 14.96]   13.00  13.00  [11.00, 15.00]  -87.00  [-89.00, "
      "-85.00]  2870 (5/5)\n"
      "mle             5   3.00    [1.04, 4.96]    3.00   3.00    [1.00, 5.00]  -97.00  [-99.00, "
      "-95.00]  2970 (5/5)\n"
      "\n"
      "Probability that a seed of A ends higher than one of B\n"
      "A       B    P(A > B)         [95 %]\n"
      "vagram  mle     100 %  [56 %, 100 %]  A is higher\n"
      "\n"
      "With 5 seeds a side, a difference of means below about 2.0 standard deviations between "
      "seeds "
      "is found in fewer than 4 of 5 such comparisons: \"not told apart\" does not say equal.\n");
}

TEST_F(CompareCommandTest, FitsATerminalAndSaysWhatHasNoRoom) {
  Put("1", TwoLosses());
  for (const int columns : {80, 120}) {
    Console console{out_, err_, true, false, ColorMode::kNever, &interrupt_, [columns] {
                      return TerminalSize{24, columns};
                    }};
    EXPECT_EQ(Run({"compare", "1", "--threshold=0"}, console), kExitOk);
    std::istringstream lines(out_.str());
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(Width(line), columns) << line;
    }
    EXPECT_THAT(out_.str(), AllOf(HasSubstr("vagram"), HasSubstr("13.00"), HasSubstr("A is higher"),
                                  HasSubstr("2870 (5/5)")));
    EXPECT_EQ(columns == 80, out_.str().find("No room for: ") != std::string::npos);
  }
}

TEST_F(CompareCommandTest, IsBriefAboutTrialsLeftOutAndOnATerminalAboutKeysThatGoTogether) {
  std::vector<RecordedTrial> trials = TwoLosses();
  for (RecordedTrial& recorded : trials) {
    const bool is_vagram = recorded.trial.overrides().at("model.loss") == "vagram";
    (*recorded.trial.mutable_overrides())["model.members"] = is_vagram ? "5" : "7";
    recorded.trial.mutable_config()->mutable_model()->set_members(is_vagram ? 5 : 7);
  }
  for (int i = 2; i < 5; ++i) trials[i].trial.set_state(v1::CANCELLED);
  Put("1", trials);
  Console console{out_, err_, true, false, ColorMode::kNever, &interrupt_};
  EXPECT_EQ(Run({"compare", "1"}, console), kExitOk);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("\nvagram "), HasSubstr("\nmodel.loss=vagram  model.loss=mle "),
                    HasSubstr("Left out: 1/2 "), HasSubstr("; so with 1/3, 1/4"),
                    ::testing::Not(HasSubstr("model.members"))));
  EXPECT_EQ(Cli({"compare", "1"}), kExitOk);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("model.members"), HasSubstr("; so with 1/3, 1/4")));
}

TEST_F(CompareCommandTest, PrintsTheSameTwiceAndAnotherIntervalWithAnotherSeed) {
  Put("1", TwoLosses());
  EXPECT_EQ(Cli({"compare", "1", "--json"}), kExitOk);
  const std::string first = out_.str();
  EXPECT_EQ(Cli({"compare", "1", "--json"}), kExitOk);
  EXPECT_EQ(out_.str(), first);
  EXPECT_EQ(Cli({"compare", "1", "--json", "--seed=1"}), kExitOk);
  EXPECT_NE(out_.str(), first);
}

TEST_F(CompareCommandTest, PrintsJsonOfTheDocumentedSchema) {
  std::vector<RecordedTrial> trials = TwoLosses();
  trials[0].trial.set_state(v1::FAILED);
  trials[0].trial.set_reason("killed");
  Put("1", trials);
  ASSERT_EQ(Cli({"compare", "1", "--json", "--threshold=3", "--at", "2500"}), kExitOk);
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["metric"], "evaluate/return_mean");
  EXPECT_EQ(json["by"], nlohmann::json({"model.loss"}));
  EXPECT_EQ(json["groups"][0]["values"]["model.loss"], "vagram");
  const auto& stratum = json["strata"][0];
  EXPECT_EQ(stratum["stratum"], "Pendulum-v1");
  EXPECT_EQ(stratum["last_step"], 2500);
  const auto& vagram = stratum["groups"][0];
  EXPECT_EQ(vagram["num_seeds"], 4);
  EXPECT_TRUE(vagram["iqm_interval"].is_null()) << "four seeds";
  EXPECT_EQ(vagram["mean_interval"].size(), 2u);
  EXPECT_EQ(vagram["seeds"][0]["trial"], "1/1");
  EXPECT_EQ(vagram["seeds"][0]["value"], 12 - 50);
  EXPECT_EQ(vagram["num_reached"], 0);
  EXPECT_TRUE(vagram["median_steps"].is_null());
  EXPECT_EQ(stratum["groups"][1]["iqm"], 3 - 50);
  EXPECT_EQ(json["pairs"][0]["probability"], 1);
  EXPECT_EQ(json["pairs"][0]["told_apart"], true);
  EXPECT_EQ(json["left_out"][0]["why"], "failed: killed");
  EXPECT_EQ(json["caveats"].size(), 3u);
}

TEST_F(CompareCommandTest, ComparesExperimentsAndTrialsByAKey) {
  const std::vector<RecordedTrial> trials = TwoLosses();
  Put("1", {trials.begin(), trials.begin() + 5});
  std::vector<RecordedTrial> others(trials.begin() + 5, trials.end());
  for (RecordedTrial& recorded : others) {
    recorded.trial.set_id("2" + recorded.trial.id().substr(1));
  }
  Put("2", others);
  EXPECT_EQ(Cli({"compare", "1", "2/5", "2/6", "--by", "model.loss"}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("vagram          5"), HasSubstr("mle             2")));
}

TEST_F(CompareCommandTest, ExplainsWhatItCannotCompare) {
  Put("1", TwoLosses());
  for (const char* command : {"compare", "plot"}) {
    const std::vector<std::string> out = std::string(command) == "plot"
                                             ? std::vector<std::string>{"--out=" + home_ + "/a.svg"}
                                             : std::vector<std::string>{};
    const auto with = [&](std::vector<std::string> words) {
      words.insert(words.begin(), command);
      words.insert(words.end(), out.begin(), out.end());
      return Cli(words);
    };
    EXPECT_EQ(with({"9"}), kExitNotFound) << command;
    EXPECT_EQ(err_.str(), "vagram: there is no experiment 9\n");
    EXPECT_EQ(with({"1", "--metric=evaluate/retrun_mean"}), kExitUsage);
    EXPECT_THAT(err_.str(), HasSubstr("did you mean 'evaluate/return_mean'?"));
    EXPECT_EQ(with({"1", "--by=model.lost"}), kExitUsage);
    EXPECT_THAT(err_.str(), HasSubstr("did you mean 'model.loss'?"));
    EXPECT_EQ(with({"1", "--at=9000"}), kExitFailed);
    EXPECT_THAT(err_.str(), HasSubstr("1/0 has values from step 1000 to 3000 only"));
    EXPECT_EQ(out_.str(), "");
  }
  std::vector<RecordedTrial> trials = TwoLosses();
  for (RecordedTrial& recorded : trials) recorded.trial.set_state(v1::RUNNING);
  Put("1", trials);
  EXPECT_EQ(Cli({"compare", "1"}), kExitFailed);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("no trial counts: 1/0 running"),
                                HasSubstr("--unfinished takes trials as far as they came")));
  EXPECT_EQ(Cli({"compare", "1", "--unfinished"}), kExitOk);
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

TEST_F(CompareCommandTest, DrawsAFigureInTheFormatOfItsName) {
  std::vector<RecordedTrial> trials = TwoLosses();
  trials[0].trial.set_state(v1::RUNNING);
  Put("1", trials);
  for (const auto& [name, begin] :
       {std::pair("a.svg", "<?xml"), std::pair("b.png", "\x89PNG"), std::pair("c.pdf", "%PDF-")}) {
    const std::string path = home_ + "/" + name;
    EXPECT_EQ(Cli({"plot", "1", "--out", path}), kExitOk) << err_.str();
    EXPECT_EQ(out_.str(), path + "\n");
    EXPECT_THAT(err_.str(),
                AllOf(HasSubstr("left out: 1/0 running"), HasSubstr("mean over seeds")));
    EXPECT_THAT(Read(path), StartsWith(begin));
  }
  EXPECT_THAT(Read(home_ + "/a.svg"),
              AllOf(HasSubstr("vagram (n = 4)"), HasSubstr("rgb(213,  94,   0)")));
}

TEST_F(CompareCommandTest, RunsNothingThatALabelSays) {
  const std::string trap = home_ + "/trap";
  std::vector<RecordedTrial> trials = TwoLosses();
  for (RecordedTrial& recorded : trials) {
    std::string& loss = (*recorded.trial.mutable_overrides())["model.loss"];
    loss += "`touch " + trap + "`'; system('touch " + trap + "') #";
    recorded.trial.mutable_config()->mutable_model()->set_loss(loss);
    recorded.trial.mutable_config()->mutable_env()->set_id("@{/=30 `touch " + trap + "`}");
  }
  Put("1", trials);
  EXPECT_EQ(Cli({"plot", "1", "--out", home_ + "/|touch trap;'.svg"}), kExitOk) << err_.str();
  EXPECT_NE(access(trap.c_str(), F_OK), 0);
  EXPECT_THAT(Read(home_ + "/|touch trap;'.svg"), HasSubstr("system("));
}

TEST_F(CompareCommandTest, SaysThatTuningSeedsAreToChooseBy) {
  Put("1", TwoLosses(), /*tuning=*/true);
  EXPECT_EQ(Cli({"compare", "1"}), kExitOk) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("\n\ntuning seeds: choose by them, report with others\n"));
  EXPECT_EQ(Cli({"compare", "1", "--json"}), kExitOk);
  EXPECT_EQ(err_.str(), "tuning seeds: choose by them, report with others\n");
  EXPECT_TRUE(nlohmann::json::accept(out_.str()));
  EXPECT_EQ(Cli({"plot", "1", "--out", home_ + "/a.svg"}), kExitOk);
  EXPECT_THAT(err_.str(), HasSubstr("tuning seeds: choose by them, report with others\n"));
}

TEST_F(CompareCommandTest, RefusesToMixTuningSeedsWithOthers) {
  Put("1", TwoLosses(), /*tuning=*/true);
  Put("2", {SucceededTrial("2/0", 0, {{"model.loss", "mse"}}, RiseTo(3))});
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"compare", "1", "2"}, {"plot", "2", "1", "--out=a.svg"}}) {
    EXPECT_EQ(Cli(command), kExitUsage);
    EXPECT_THAT(err_.str(),
                HasSubstr("experiment 1 ran with tuning seeds and experiment 2 did not"));
  }
}

TEST_F(CompareCommandTest, NamesTheEndingsThatItCanDraw) {
  EXPECT_EQ(Cli({"plot", "1", "--out=figure.jpg"}), kExitUsage);
  EXPECT_EQ(err_.str(),
            "vagram: --out figure.jpg: expected a name that ends with .svg, .png or .pdf\n");
}

TEST_F(CompareCommandTest, ExportsAnExperimentOrATrial) {
  std::vector<RecordedTrial> trials = TwoLosses();
  trials[9].trial.set_state(v1::FAILED);
  Put("1", trials);
  const std::string folder = home_ + "/data";
  EXPECT_EQ(Cli({"export", "1", "--format=csv", "--out", folder}), kExitOk) << err_.str();
  EXPECT_EQ(out_.str(), folder + "/metrics.csv\n");
  EXPECT_EQ(err_.str(), "1/9 is failed: 3 rows of it\n");
  const std::string csv = Read(folder + "/metrics.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 10 * 3 * 2);
  EXPECT_EQ(Cli({"export", "1/2", "--format=jsonl", "--what=metrics", "--out", folder}), kExitOk);
  const std::string lines = Read(folder + "/metrics.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3 * 2);
  EXPECT_EQ(Cli({"export", "1", "--format=npy", "--out", folder}), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr(folder + "/evaluate.return_mean.npy\n"));
  EXPECT_EQ(nlohmann::json::parse(Read(folder + "/labels.json"))["shape"], nlohmann::json({10, 3}));
}

TEST_F(CompareCommandTest, SaysWhyItExportsNothing) {
  Put("1", {SucceededTrial("1/0", 0, {}, {})});
  EXPECT_EQ(Cli({"export", "1", "--format=csv", "--out", home_ + "/data"}), kExitFailed);
  EXPECT_THAT(err_.str(), HasSubstr("no trial has reported metrics yet"));
  EXPECT_EQ(Cli({"export", "2", "--format=csv", "--out", home_ + "/data"}), kExitNotFound);
  EXPECT_EQ(Cli({"export", "1", "--format=xml", "--out", home_ + "/data"}), kExitUsage);
}

TEST_F(CompareCommandTest, NeedsAService) {
  service_->Stop();
  EXPECT_EQ(Cli({"compare", "1"}), kExitUnreachable);
  EXPECT_EQ(Cli({"export", "1", "--format=csv", "--out=" + home_}), kExitUnreachable);
}

}  // namespace
}  // namespace vagram::cli
