#ifndef ORCHESTRATOR_CLI_LIVE_VIEW_H_
#define ORCHESTRATOR_CLI_LIVE_VIEW_H_

#include <functional>
#include <iosfwd>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/stop.h"
#include "orchestrator/cli/console.h"

namespace vagram::cli {

// Lines at the end of a terminal's output that are drawn over again and again: when there is
// something new, and every `interval`, so that times go on and a terminal of another size is
// filled. The caller writes nothing else to `out` until Clear. Thread-safe.
class LiveView {
 public:
  using Maker = std::function<std::vector<std::string>(TerminalSize)>;

  // `size` is asked before every drawing. With an infinite interval Show alone draws.
  LiveView(std::ostream* out, std::function<TerminalSize()> size,
           absl::Duration interval = absl::Seconds(1));
  ~LiveView();

  // Replaces what was drawn before by what `make` gives for the terminal, now and at every interval
  // until the next Show. Of more lines than the terminal has rows the last are left out. `make` is
  // called on another thread and must not call back.
  void Show(Maker make);

  // Removes what was drawn, for good: ordinary output goes on in its place.
  void Clear();

 private:
  void Draw() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::string EraseSequence(int columns) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::function<TerminalSize()> size_;
  Stop stop_;
  absl::Mutex mu_;
  std::ostream* const out_ ABSL_PT_GUARDED_BY(mu_);
  Maker make_ ABSL_GUARDED_BY(mu_);
  std::vector<int> drawn_ ABSL_GUARDED_BY(mu_);  // the widths of the lines on the screen
  std::thread redraw_;
};

}  // namespace vagram::cli

#endif  // ORCHESTRATOR_CLI_LIVE_VIEW_H_
