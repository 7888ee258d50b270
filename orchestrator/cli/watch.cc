#include "orchestrator/cli/watch.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "orchestrator/cli/follow.h"
#include "orchestrator/cli/progress.h"

namespace vagram::cli {

absl::StatusOr<v1::Experiment> WatchToTheEnd(const std::string& home, const std::string& id,
                                             std::function<absl::Status()> before_retry,
                                             Console& console) {
  const std::unique_ptr<ProgressView> view = MakeProgressView(console);
  FollowOptions follow;
  follow.home = home;
  follow.id = id;
  bool paused = false;
  follow.on_change = [&](const v1::Experiment& now) {
    view->Update(now, absl::Now());
    const bool told = std::exchange(paused, now.state() == v1::EXPERIMENT_PAUSED);
    if (paused && !told) {
      view->Note(absl::StrCat("experiment ", id, " is paused: `vagram resume ", id,
                              "` lets it go on, which is waited for"),
                 absl::Now());
    }
  };
  follow.on_lost = [&](const absl::Status&) {
    view->Note("lost the service; looking for it again", absl::Now());
  };
  follow.before_retry = std::move(before_retry);
  absl::StatusOr<v1::Experiment> ended = FollowExperiment(follow, console.interrupt);
  view->Finish();
  return ended;
}

}  // namespace vagram::cli
