#ifndef ORCHESTRATOR_CLI_PROGRESS_H_
#define ORCHESTRATOR_CLI_PROGRESS_H_

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "orchestrator/cli/console.h"
#include "orchestrator/cli/live_view.h"
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

// For files and pipes: a line when a trial changes its state, one per running trial about every ten
// seconds, and how far the whole is with every trial that ends.
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
  int ended_ = 0;                       // trials, when the whole was told last
};

// For terminals: one line per trial, drawn over and over.
class LiveProgress : public ProgressView {
 public:
  LiveProgress(std::ostream* out, std::function<TerminalSize()> size, bool color,
               absl::Duration interval = absl::Seconds(1))
      : view_(out, std::move(size), interval), color_(color) {}
  void Update(const v1::Experiment& experiment, absl::Time now) override;
  void Note(const std::string& line, absl::Time now) override;
  void Finish() override { view_.Clear(); }

 private:
  void Show(const std::string& note);

  LiveView view_;
  const bool color_;
  v1::Experiment experiment_;
};

// The lines of LiveProgress, of the size of a terminal: what is urgent first, the rest as counts.
std::vector<std::string> ProgressLines(const v1::Experiment& experiment, TerminalSize size,
                                       absl::Time now, bool color);

// On console.err: live when it is a terminal, plain otherwise.
std::unique_ptr<ProgressView> MakeProgressView(Console& console);

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_PROGRESS_H_
