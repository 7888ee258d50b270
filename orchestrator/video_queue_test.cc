#include "orchestrator/video_queue.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/launcher/fake_launcher.h"
#include "testing/fake_clock.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class VideoQueueTest : public ::testing::Test {
 protected:
  VideoQueueTest() {
    options_.program = "/bin_dir/actor/render";
    options_.max_waiting = 3;
  }
  VideoQueue::Video Video(int number) const {
    const std::string folder = ::testing::TempDir() + "videos";
    return {absl::StrCat("/policies/", number, ".policy"),
            absl::StrCat(folder, "/", number, ".mp4"), "/logs/video.log"};
  }
  // The policies of the processes started so far.
  std::vector<std::string> Started() const {
    std::vector<std::string> policies;
    for (const WorkerCommand& command : launcher_.launched()) policies.push_back(command.args[4]);
    return policies;
  }

  VideoQueue::Options options_;
  FakeLauncher launcher_;
  FakeClock clock_;
};

TEST_F(VideoQueueTest, RunsTheProgramWithTheLowestPriority) {
  VideoQueue queue(options_, &launcher_, &clock_);
  queue.Add(Video(1));
  queue.Tick();
  ASSERT_EQ(launcher_.launched().size(), 1u);
  const WorkerCommand command = launcher_.launched()[0];
  EXPECT_THAT(command.args, ElementsAre("/usr/bin/nice", "-n", "19", "/bin_dir/actor/render",
                                        "--policy=/policies/1.policy", "--out=" + Video(1).output));
  EXPECT_EQ(command.log_file, "/logs/video.log");
}

TEST_F(VideoQueueTest, MakesOneAtATimeInOrder) {
  VideoQueue queue(options_, &launcher_, &clock_);
  for (int i : {1, 2, 3}) queue.Add(Video(i));
  queue.Tick();
  queue.Tick();
  EXPECT_EQ(launcher_.running().size(), 1u);
  launcher_.End(1, {0, {}});
  queue.Tick();
  launcher_.End(2, {1, {}});  // a failure stops nothing
  queue.Tick();
  EXPECT_THAT(Started(), ElementsAre("--policy=/policies/1.policy", "--policy=/policies/2.policy",
                                     "--policy=/policies/3.policy"));
  EXPECT_FALSE(queue.Idle());
  launcher_.End(3, {0, {}});
  queue.Tick();
  EXPECT_TRUE(queue.Idle());
}

TEST_F(VideoQueueTest, ForgetsTheOldestWhenTooManyWait) {
  VideoQueue queue(options_, &launcher_, &clock_);
  queue.Add(Video(0));
  queue.Tick();
  for (int i : {1, 2, 3, 4, 5}) queue.Add(Video(i));
  EXPECT_EQ(queue.Pending(), 4);  // one is being made
  for (int pid : {1, 2, 3, 4}) {
    launcher_.End(pid, {0, {}});
    queue.Tick();
  }
  EXPECT_THAT(Started(), ElementsAre("--policy=/policies/0.policy", "--policy=/policies/3.policy",
                                     "--policy=/policies/4.policy", "--policy=/policies/5.policy"));
}

TEST_F(VideoQueueTest, AProgramThatCannotBeStartedIsNoObstacle) {
  VideoQueue queue(options_, &launcher_, &clock_);
  launcher_.FailLaunches(absl::NotFoundError("no such program"));
  queue.Add(Video(1));
  queue.Tick();
  EXPECT_TRUE(queue.Idle());
  launcher_.FailLaunches(absl::OkStatus());
  queue.Add(Video(2));
  queue.Tick();
  EXPECT_THAT(Started(), ElementsAre("--policy=/policies/2.policy"));
}

TEST_F(VideoQueueTest, EndsWhatTakesTooLong) {
  VideoQueue queue(options_, &launcher_, &clock_);
  launcher_.IgnoreTerminate(true);
  queue.Add(Video(1));
  queue.Tick();
  clock_.Advance(options_.time_limit);
  queue.Tick();
  EXPECT_EQ(launcher_.terminations(), 1);
  EXPECT_EQ(launcher_.running().size(), 1u);
  clock_.Advance(options_.kill_grace);
  queue.Tick();
  queue.Tick();
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_TRUE(queue.Idle());
}

TEST_F(VideoQueueTest, StopForgetsWhatWaitsAndEndsWhatRuns) {
  VideoQueue queue(options_, &launcher_, &clock_);
  queue.Add(Video(1));
  queue.Add(Video(2));
  queue.Tick();
  queue.Stop();
  queue.Add(Video(3));
  queue.Tick();
  EXPECT_TRUE(queue.Idle());
  EXPECT_THAT(launcher_.running(), IsEmpty());
  EXPECT_EQ(launcher_.launched().size(), 1u);
}

}  // namespace
}  // namespace vagram
