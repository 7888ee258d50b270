#ifndef ORCHESTRATOR_CLI_PROGRESS_H_
#define ORCHESTRATOR_CLI_PROGRESS_H_

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "orchestrator/cli/console.h"
#include "proto/orchestrator.pb.h"

namespace vagram::cli {

// Shows how an experiment is going while it is watched. Not thread-safe.
class ProgressView {
 public:
  virtual ~ProgressView() = default;

  // Called with every message of the watch; `now` never goes back.
  virtual void Update(const v1::Experiment& experiment, absl::Time now) = 0;

  // A line about the watch itself, such as a lost connection.
  virtual void Note(const std::string& line, absl::Time now) = 0;

  // After the last update: leaves the output as an ordinary one.
  virtual void Finish() {}
};

// For files and pipes: a line when a trial changes its state, and one per running trial about
// every ten seconds.
class PlainProgress : public ProgressView {
 public:
  explicit PlainProgress(std::ostream* out) : out_(out) {}
  void Update(const v1::Experiment& experiment, absl::Time now) override;
  void Note(const std::string& line, absl::Time now) override;

 private:
  struct Shown {
    v1::TrialState state = v1::TRIAL_STATE_UNSPECIFIED;
    int64_t attempt = 0;
    absl::Time at = absl::InfinitePast();
  };
  std::ostream* out_;
  std::map<std::string, Shown> shown_;  // by trial
};

// For terminals: one line per trial, drawn over and over.
class LiveProgress : public ProgressView {
 public:
  // `size` is asked before every drawing.
  LiveProgress(std::ostream* out, std::function<TerminalSize()> size, bool color)
      : region_(out), size_(std::move(size)), color_(color) {}
  void Update(const v1::Experiment& experiment, absl::Time now) override;
  void Note(const std::string& line, absl::Time now) override;
  void Finish() override { region_.Clear(); }

 private:
  void Draw();

  LiveRegion region_;
  const std::function<TerminalSize()> size_;
  const bool color_;
  v1::Experiment experiment_;
  std::string note_;
};

// The lines of LiveProgress, at most `max_lines`: what is active first, the rest as counts.
std::vector<std::string> ProgressLines(const v1::Experiment& experiment, int max_lines, bool color);

// On console.err: live when it is a terminal, plain otherwise.
std::unique_ptr<ProgressView> MakeProgressView(Console& console);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_PROGRESS_H_
