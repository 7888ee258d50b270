// docs/cli.md shows what every command prints with --json. Each of its examples is run here,
// against a service in this process, and what comes out has to have the keys that stand there.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/stop.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/analysis/trial_fixtures.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/command_line.h"
#include "orchestrator/cli/console.h"
#include "orchestrator/cli/fake_experiments.h"

namespace vagram::cli {
namespace {

using Json = nlohmann::json;

struct Example {
  std::string command;  // such as "vagram list --json"
  Json output;          // of a stream, its first line
};

// A line "`vagram WORDS`: ..." and the fenced JSON that follows it.
std::vector<Example> DocumentedExamples() {
  std::ifstream page("docs/cli.md");
  std::vector<Example> examples;
  std::string line, command, fenced;
  bool inside = false;
  while (std::getline(page, line)) {
    absl::string_view rest = line;
    if (inside && line == "```") {
      examples.push_back({command, Json::parse(fenced, nullptr, /*allow_exceptions=*/false)});
      EXPECT_FALSE(examples.back().output.is_discarded()) << command << " is no JSON:\n" << fenced;
      inside = false;
    } else if (inside) {
      fenced += line + "\n";
    } else if (line == "```json") {
      inside = true;
      fenced.clear();
    } else if (absl::ConsumePrefix(&rest, "`vagram ") && absl::StrContains(rest, "--json`")) {
      command = "vagram " + std::string(rest.substr(0, rest.find('`')));
    }
  }
  return examples;
}

std::set<std::string> Keys(const Json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

// A time that is not known yet is left out.
bool MayBeMissing(const std::string& key) { return absl::EndsWith(key, "_at"); }

// At the top every key is documented; further down, what is documented is there.
void ExpectDocumented(const Json& documented, const Json& output, bool at_top,
                      const std::string& path) {
  if (documented.is_number() && output.is_number()) return;  // of whichever kind
  ASSERT_STREQ(documented.type_name(), output.type_name()) << path;
  if (documented.is_array()) {
    if (documented.empty()) return;
    ASSERT_FALSE(output.empty()) << path;
    ExpectDocumented(documented[0], output[0], at_top, path + "[0]");
  }
  if (!documented.is_object()) return;
  for (const auto& [key, value] : documented.items()) {
    if (!output.contains(key)) {
      EXPECT_TRUE(MayBeMissing(key)) << path << "." << key << " is documented and not there";
    } else if (!value.is_null() && !output[key].is_null()) {
      ExpectDocumented(value, output[key], false, path + "." + key);
    }
  }
  if (!at_top) return;
  for (const std::string& key : Keys(output)) {
    EXPECT_TRUE(documented.contains(key)) << path << "." << key << " is not documented";
  }
}

constexpr char kSpec[] = R"(
name: demo
base: {env: {id: Pendulum-v1}}
sweep: {grid: {model.loss: [vagram, mle]}}
seeds: 1
)";

// A service with a finished experiment, and a process that `down` may stop.
class Scene {
 public:
  Scene() {
    std::string folder = ::testing::TempDir() + "json.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    home_ = folder;
    std::ofstream(home_ + "/my.yaml") << kSpec;
    setenv("VAGRAM_BIN_DIR", home_.c_str(), 1);
    process_ = fork();
    if (process_ == 0) {
      execl("/bin/sleep", "sleep", "1000", nullptr);
      _exit(127);
    }
    service_ = std::make_unique<FakeExperiments>(home_);
    v1::ServiceInfo info;
    info.set_version("0.1.0");
    info.set_pid(process_);
    info.set_instance_id("fake");
    info.mutable_started_at()->set_seconds(1700000000);
    service_->SetInfo(info);
    service_->Start();
    Put();
  }

  ~Scene() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }

  // What the command prints, its files and folders being those of the scene.
  std::string Run(const std::string& command) {
    std::vector<std::string> words = absl::StrSplit(command, ' ');
    words[0] = "--home=" + home_;
    for (std::string& word : words) {
      if (word == "my.yaml" || word == "returns.svg" || word == "data") word = home_ + "/" + word;
    }
    Console console{out_, err_, false, false, ColorMode::kNever, &interrupt_};
    const int code = RunCommandLine(words, console);
    const bool may_fail = words[1] == "doctor";  // the programs are not there
    EXPECT_TRUE(code == kExitOk || (may_fail && code == kExitFailed)) << code << "\n" << err_.str();
    return out_.str();
  }

 private:
  void Put() {
    v1::Experiment experiment;
    experiment.set_id("1");
    experiment.set_name("demo");
    experiment.set_state(v1::EXPERIMENT_SUCCEEDED);
    experiment.mutable_submitted_at()->set_seconds(1700000000);
    experiment.mutable_ended_at()->set_seconds(1700000100);
    int index = 0;
    for (const char* loss : {"vagram", "mle"}) {
      for (int seed = 1; seed <= 3; ++seed) {
        const std::string id = "1/" + std::to_string(index++);
        analysis::RecordedTrial recorded = analysis::SucceededTrial(
            id, seed, {{"model.loss", loss}}, analysis::RiseTo(10.0 * index));
        recorded.trial.mutable_started_at()->set_seconds(1700000000);
        recorded.trial.mutable_ended_at()->set_seconds(1700000050);
        recorded.trial.set_final_return(-150);
        recorded.trial.mutable_progress()->set_step(3000);
        service_->PutMetrics(id, recorded.rows);
        *experiment.add_trials() = std::move(recorded.trial);
      }
    }
    service_->Put(experiment);
    v1::LogChunk chunk;
    chunk.set_trial_id("1/0");
    chunk.set_source("learner.0");
    chunk.set_text("first \"quoted\"\nsecond\n");
    service_->SetLogs({chunk});
  }

  std::string home_;
  pid_t process_ = 0;
  std::unique_ptr<FakeExperiments> service_;
  Stop interrupt_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST(Json, OfEveryExampleHasTheDocumentedKeys) {
  const std::vector<Example> examples = DocumentedExamples();
  ASSERT_FALSE(examples.empty());
  for (const Example& example : examples) {
    SCOPED_TRACE(example.command);
    if (absl::StartsWith(example.command, "vagram plot") && access("/usr/bin/gnuplot", X_OK) != 0) {
      continue;  // gnuplot draws, and is not here
    }
    Scene scene;
    const std::string output = scene.Run(example.command);
    Json json = Json::parse(output, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) {  // JSON Lines
      for (absl::string_view line : absl::StrSplit(output, '\n', absl::SkipEmpty())) {
        const Json parsed = Json::parse(line, nullptr, /*allow_exceptions=*/false);
        ASSERT_FALSE(parsed.is_discarded()) << line;
        json = parsed;
      }
    }
    ExpectDocumented(example.output, json, /*at_top=*/true, "$");
  }
}

// Whether an example runs the command of this path, such as "vagram envs show".
bool HasExample(const std::vector<Example>& examples, const std::string& path) {
  for (const Example& example : examples) {
    if (absl::StartsWith(example.command, path + " ")) return true;
  }
  return false;
}

void ExpectExample(const std::vector<Example>& examples, const std::string& parent,
                   const CommandDescription& command) {
  const std::string path = parent + " " + command.name;
  const bool says_why_not = absl::StrContains(command.notes, "No --json: ");
  EXPECT_NE(HasExample(examples, path), says_why_not)
      << path << ": expected an example in docs/cli.md, or \"No --json: \" and why in its footer";
  if (says_why_not) return;
  for (const CommandDescription& child : command.commands) ExpectExample(examples, path, child);
}

TEST(Json, IsDocumentedOfEveryCommandThatDoesNotSayWhyNot) {
  const std::vector<Example> examples = DocumentedExamples();
  for (const CommandDescription& command : DescribeCommandLine().commands) {
    ExpectExample(examples, "vagram", command);
  }
}

}  // namespace
}  // namespace vagram::cli
