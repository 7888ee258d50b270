// What commands look like on terminals of several widths, against a service in this process.
#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/command_fixture.h"
#include "orchestrator/cli/terminal_text.h"

namespace vagram::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kSpec[] = R"(
name: demo
base: {env: {id: Pendulum-v1}}
sweep: {grid: {model.loss: [vagram, mle]}}
seeds: 2
)";

v1::Experiment Ended() {
  v1::Experiment experiment;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        id: "1"
        name: "demo"
        state: EXPERIMENT_SUCCEEDED
        trials { id: "1/0" label: "seed=0" state: SUCCEEDED attempt: 1 final_return: -150 }
      )pb",
      &experiment));
  return experiment;
}

class TerminalTest : public CommandTest {
 protected:
  TerminalTest() : spec_(home_ + "/demo.yaml") { std::ofstream(spec_) << kSpec; }

  int OnTerminal(std::vector<std::string> words, int columns, ColorMode color = ColorMode::kNever) {
    const auto size = [columns] { return TerminalSize{24, columns}; };
    Console console{out_, err_, true, true, color, &interrupt_, size, size};
    return Run(std::move(words), console);
  }

  int InPipe(std::vector<std::string> words) {
    Console console{out_, err_, false, false, ColorMode::kOnTerminals, &interrupt_};
    return Run(std::move(words), console);
  }

  const std::string spec_;
};

// Sixty trials of a zip sweep, the last of which runs.
v1::Experiment Zip() {
  v1::Experiment experiment = Ended();
  experiment.set_name("a-name-that-is-about-as-long-as-a-name-of-an-experiment-gets");
  experiment.set_state(v1::EXPERIMENT_RUNNING);
  experiment.clear_trials();
  for (int i = 0; i < 60; ++i) {
    v1::Trial& trial = *experiment.add_trials();
    trial.set_id("1/" + std::to_string(i));
    trial.set_label((i < 30 ? "env.id=Pendulum-v1 sac.target_entropy=-1"
                            : "env.id=CartPoleContinuous sac.target_entropy=-0.05") +
                    std::string(" model.loss=itervaml seed=") + std::to_string(i % 30));
    trial.set_state(i == 59 ? v1::RUNNING : v1::QUEUED);
    trial.set_reason(i == 59 ? "" : "waits for a slot; 2 of 2 are in use");
    trial.mutable_progress()->set_num_steps(100000);
    if (i == 59) trial.mutable_progress()->set_activity("training the model");
  }
  return experiment;
}

TEST_F(TerminalTest, NoLineIsWiderThanTheTerminal) {
  service_->Start();
  service_->Put(Zip());
  for (const int columns : {40, 80, 120}) {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"status"},
                                               {"status", "1"},
                                               {"status", "1", "--all"},
                                               {"list"},
                                               {"check", spec_},
                                               {"run", spec_, "--dry-run"},
                                               {"envs"},
                                               {"losses"},
                                               {"presets"},
                                               {"doctor"}}) {
      OnTerminal(words, columns);
      std::istringstream lines(out_.str());
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(Width(line), columns) << words[0] << ": " << line;
      }
    }
  }
}

TEST_F(TerminalTest, StatusShowsTheUrgentTrialsOfManyUnlessAskedForAll) {
  service_->Start();
  service_->Put(Zip());
  EXPECT_EQ(OnTerminal({"status", "1"}, 80), kExitOk);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("\n1/59 "), HasSubstr("... and 46 more queued (--all)\n"),
                                Not(HasSubstr("target_entropy"))));
  EXPECT_EQ(OnTerminal({"status", "1", "--all"}, 80), kExitOk);
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("\n1/0 "), HasSubstr("\n1/59 "), Not(HasSubstr("... and"))));
  EXPECT_EQ(InPipe({"status", "1"}), kExitOk) << "a pipe gets everything";
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr("\n1/0 "), HasSubstr("sac.target_entropy=-0.05"),
                    HasSubstr("waits for a slot; 2 of 2 are in use"), Not(HasSubstr("... and"))));
}

TEST_F(TerminalTest, ANarrowTerminalStillSaysWhyATrialFailed) {
  service_->Start();
  v1::Experiment experiment = Zip();
  experiment.mutable_trials(7)->set_state(v1::FAILED);
  experiment.mutable_trials(7)->set_reason("learner.0 exited with 1: a sentence of some length");
  service_->Put(experiment);
  EXPECT_EQ(OnTerminal({"status", "1"}, 80), kExitOk);
  EXPECT_THAT(out_.str(),
              HasSubstr("  1/7 failed: learner.0 exited with 1: a sentence of some length\n"));
}

TEST_F(TerminalTest, WatchesInPlaceOnATerminalAndLeavesTheLastState) {
  service_->Start();
  service_->AddWatch({Zip(), Ended()});
  service_->Put(Zip());
  EXPECT_EQ(OnTerminal({"status", "1", "-w"}, 80), kExitOk);
  EXPECT_THAT(out_.str(), HasSubstr("A\r\x1b[J")) << "drawn over";
  const std::string last = out_.str().substr(out_.str().rfind("\x1b[J") + 3);
  EXPECT_THAT(last,
              AllOf(StartsWith("1 demo: succeeded, 1 of 1 trial done\n"), Not(HasSubstr("\x1b"))));
  service_->AddWatch({Ended()});
  EXPECT_EQ(InPipe({"status", "1", "-w"}), kExitOk);
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b"))) << "a pipe gets lines";
}

TEST_F(TerminalTest, ColoursWhereAndWhenTheyAreWanted) {
  service_->Start();
  service_->Put(Ended());
  OnTerminal({"list"}, 80, ColorMode::kOnTerminals);
  EXPECT_THAT(out_.str(), HasSubstr("\x1b[32msucceeded"));
  OnTerminal({"list", "--color=never"}, 80, ColorMode::kOnTerminals);
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b")));
  InPipe({"list", "--color=always"});
  EXPECT_THAT(out_.str(), HasSubstr("\x1b[32msucceeded"));
  InPipe({"list", "--color=auto"});
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace vagram::cli
