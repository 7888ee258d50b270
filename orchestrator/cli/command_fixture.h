#ifndef ORCHESTRATOR_CLI_COMMAND_FIXTURE_H_
#define ORCHESTRATOR_CLI_COMMAND_FIXTURE_H_

#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/stop.h"
#include "gtest/gtest.h"
#include "orchestrator/cli/cli.h"
#include "orchestrator/cli/console.h"
#include "orchestrator/cli/fake_experiments.h"

namespace vagram::cli {

// Commands as a user types them, against a service in this process that has not started yet.
class CommandTest : public ::testing::Test {
 protected:
  CommandTest() : home_(::testing::TempDir() + "command.XXXXXX") {
    EXPECT_NE(mkdtemp(home_.data()), nullptr);
    service_ = std::make_unique<FakeExperiments>(home_);
    // Whatever runs here must not find a real program to start.
    setenv("VAGRAM_BIN_DIR", home_.c_str(), 1);
  }

  // With its output in out_ and err_, which hold nothing else.
  int Run(std::vector<std::string> words, Console& console) {
    out_.str("");
    err_.str("");
    words.insert(words.begin(), "--home=" + home_);
    return RunCommandLine(words, console);
  }
  // The same with pipes for output.
  int Cli(std::vector<std::string> words) {
    Console console{out_, err_, false, false, ColorMode::kNever, &interrupt_};
    return Run(std::move(words), console);
  }

  std::string home_;
  std::unique_ptr<FakeExperiments> service_;
  Stop interrupt_;
  std::ostringstream out_;
  std::ostringstream err_;
};

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_COMMAND_FIXTURE_H_
