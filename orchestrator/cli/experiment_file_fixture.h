#ifndef ORCHESTRATOR_CLI_EXPERIMENT_FILE_FIXTURE_H_
#define ORCHESTRATOR_CLI_EXPERIMENT_FILE_FIXTURE_H_

#include <google/protobuf/text_format.h>

#include <fstream>
#include <string>

#include "orchestrator/cli/command_fixture.h"

namespace vagram::cli {

constexpr char kSpec[] = R"(
name: demo
base:
  env: {id: Pendulum-v1}
sweep:
  grid: {model.loss: [vagram, mle]}
seeds: [0, 1]
)";

inline v1::Experiment Parse(const std::string& text) {
  v1::Experiment experiment;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &experiment));
  return experiment;
}

inline v1::Experiment Ended(const std::string& id, bool succeeded) {
  v1::Experiment experiment = Parse(R"pb(
    name: "demo"
    state: EXPERIMENT_SUCCEEDED
    folder: "/h/1"
    trials { id: "1/0" label: "seed=0" state: SUCCEEDED attempt: 1 final_return: -150 }
  )pb");
  experiment.set_id(id);
  if (!succeeded) {
    experiment.set_state(v1::EXPERIMENT_FAILED);
    experiment.mutable_trials(0)->set_state(v1::FAILED);
    experiment.mutable_trials(0)->set_reason("learner.0 exited with 1");
  }
  return experiment;
}

// Commands beside an experiment file of four trials.
class ExperimentFileTest : public CommandTest {
 protected:
  ExperimentFileTest() : spec_(home_ + "/demo.yaml") { std::ofstream(spec_) << kSpec; }

  std::string Out() const { return out_.str(); }
  std::string Err() const { return err_.str(); }

  const std::string spec_;
};

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_EXPERIMENT_FILE_FIXTURE_H_
