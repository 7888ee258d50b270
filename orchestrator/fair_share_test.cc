#include "orchestrator/fair_share.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Queue = std::vector<FairShare::Queued>;
using Used = absl::flat_hash_map<int64_t, Resources>;

// A FairShare with what it said last.
class Chooser {
 public:
  explicit Chooser(const Budget& budget) : fair_share_(budget) {}

  std::vector<TrialId> Choose(const Queue& queue, const Used& used) {
    FairShare::Choice choice = fair_share_.Choose(queue, used);
    blocked_ = std::move(choice.blocked);
    return std::move(choice.trials);
  }

  const std::optional<FairShare::Blocked>& blocked() const { return blocked_; }

 private:
  FairShare fair_share_;
  std::optional<FairShare::Blocked> blocked_;
};

Chooser OfSlots(int slots) { return Chooser(Budget({slots, 0, 0})); }

// What experiments use, where only slots count.
Used Slots(const std::map<int64_t, int>& slots) {
  Used used;
  for (const auto& [experiment, number] : slots) used[experiment].slots = number;
  return used;
}

// Trials of one experiment, of one slot each unless told otherwise.
Queue Trials(int64_t experiment, int number, int priority = 0, int slots = 1) {
  Queue queue;
  for (int index = 0; index < number; ++index) {
    queue.push_back({{experiment, index}, priority, {slots, 0, 0}});
  }
  return queue;
}

Queue Join(const std::vector<Queue>& queues) {
  Queue all;
  for (const Queue& queue : queues) all.insert(all.end(), queue.begin(), queue.end());
  return all;
}

std::vector<std::string> Names(const std::vector<TrialId>& trials) {
  std::vector<std::string> names;
  for (const TrialId& trial : trials) names.push_back(trial.ToString());
  return names;
}

std::string FirstInLine(const Chooser& fair_share) {
  const auto& blocked = fair_share.blocked();
  return blocked.has_value() && blocked->first_in_line ? blocked->trial.id.ToString() : "";
}

TEST(FairShareTest, StartsTrialsOfOneExperimentInOrderWhileSlotsLast) {
  Chooser fair_share = OfSlots(3);
  EXPECT_THAT(Names(fair_share.Choose(Trials(1, 5), {})), ElementsAre("1/0", "1/1", "1/2"));
  EXPECT_EQ(FirstInLine(fair_share), "") << "nobody waits for more than the others do";
  EXPECT_THAT(fair_share.Choose({}, {}), IsEmpty());
}

TEST(FairShareTest, GivesAFreeSlotToTheExperimentThatUsesTheFewest) {
  Chooser fair_share = OfSlots(6);
  const Queue queue = Join({Trials(1, 5), Trials(2, 5), Trials(3, 5)});
  EXPECT_THAT(Names(fair_share.Choose(queue, Slots({{1, 3}, {2, 2}}))), ElementsAre("3/0"));
  EXPECT_THAT(Names(fair_share.Choose(queue, Slots({{1, 2}, {2, 1}, {3, 1}}))),
              ElementsAre("2/0", "3/0"));
}

TEST(FairShareTest, SharesAllSlotsEvenlyTheOlderExperimentFirst) {
  Chooser fair_share = OfSlots(5);
  EXPECT_THAT(Names(fair_share.Choose(Join({Trials(1, 5), Trials(2, 5)}), {})),
              ElementsAre("1/0", "2/0", "1/1", "2/1", "1/2"));
}

TEST(FairShareTest, CountsSlotsAndNotTrials) {
  Chooser fair_share = OfSlots(5);
  const Queue queue = Join({Trials(1, 5, 0, /*slots=*/2), Trials(2, 5)});
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("1/0", "2/0", "2/1"));
  EXPECT_EQ(FirstInLine(fair_share), "1/1");
}

TEST(FairShareTest, StartsHigherPrioritiesFirstWhateverTheyUse) {
  Chooser fair_share = OfSlots(4);
  const Queue queue = Join({Trials(1, 2, -1), Trials(2, 2), Trials(3, 2, 5)});
  EXPECT_THAT(Names(fair_share.Choose(queue, Slots({{3, 2}}))), ElementsAre("3/0", "3/1"));
}

TEST(FairShareTest, GivesLowerPrioritiesWhatHigherOnesHaveNoTrialFor) {
  Chooser fair_share = OfSlots(4);
  const Queue queue = Join({Trials(1, 9, -1), Trials(2, 1), Trials(3, 2, 5)});
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("3/0", "3/1", "2/0", "1/0"));
}

TEST(FairShareTest, KeepsSlotsForAWideTrialThatLowerPrioritiesWouldTake) {
  Chooser fair_share = OfSlots(4);
  const Queue queue = Join({Trials(1, 9), Trials(2, 1, 5, /*slots=*/4)});
  for (int running = 3; running > 0; --running) {
    EXPECT_THAT(fair_share.Choose(queue, Slots({{1, running}})), IsEmpty());
    EXPECT_EQ(FirstInLine(fair_share), "2/0");
  }
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("2/0"));
  EXPECT_EQ(FirstInLine(fair_share), "");
}

TEST(FairShareTest, LetsNoTrialOfItsExperimentOvertakeAWideOne) {
  Chooser fair_share = OfSlots(3);
  const Queue queue = Join({{{{1, 0}, 0, {3, 0, 0}}}, {{{1, 1}, 0, {1, 0, 0}}}});
  EXPECT_THAT(fair_share.Choose(queue, Slots({{1, 1}})), IsEmpty());
}

// Experiment 1 is older and would have its turn again whenever its trial ends.
TEST(FairShareTest, LeavesTheTurnToTheTrialThatHasItUntilItStarts) {
  Chooser fair_share = OfSlots(2);
  const Queue queue = Join({Trials(1, 9), Trials(2, 1, 0, /*slots=*/2)});
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("1/0"));
  EXPECT_EQ(FirstInLine(fair_share), "2/0");
  EXPECT_THAT(fair_share.Choose(queue, Slots({{1, 2}})), IsEmpty()) << "also without a free slot";
  EXPECT_EQ(FirstInLine(fair_share), "2/0");
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("2/0"));
  EXPECT_THAT(Names(fair_share.Choose(Trials(1, 9), {})), ElementsAre("1/0", "1/1"));
}

TEST(FairShareTest, GivesNobodyTheTurnWithoutAFreeSlot) {
  Chooser fair_share = OfSlots(4);
  const Queue queue = Join({Trials(1, 2), Trials(2, 2)});
  EXPECT_THAT(fair_share.Choose(queue, Slots({{1, 2}, {2, 2}})), IsEmpty());
  EXPECT_EQ(FirstInLine(fair_share), "");
  EXPECT_THAT(Names(fair_share.Choose(queue, Slots({{1, 2}, {2, 1}}))), ElementsAre("2/0"));
}

TEST(FairShareTest, LetsHigherPrioritiesGoBeforeTheTrialFirstInLineAndLeavesItItsTurn) {
  Chooser fair_share = OfSlots(2);
  const Queue low = Join({Trials(1, 9), Trials(2, 1, 0, /*slots=*/2)});
  EXPECT_THAT(Names(fair_share.Choose(low, {})), ElementsAre("1/0"));
  EXPECT_THAT(Names(fair_share.Choose(Join({low, Trials(3, 1, 1)}), Slots({{1, 1}}))),
              ElementsAre("3/0"));
  EXPECT_EQ(FirstInLine(fair_share), "2/0");
  EXPECT_THAT(fair_share.Choose(Join({low, Trials(3, 1, 1, /*slots=*/2)}), Slots({{3, 1}})),
              IsEmpty());
  EXPECT_EQ(FirstInLine(fair_share), "3/0");
  EXPECT_THAT(Names(fair_share.Choose(low, {})), ElementsAre("2/0"));
}

TEST(FairShareTest, ForgetsTheTurnOfATrialThatIsQueuedNoMore) {
  Chooser fair_share = OfSlots(2);
  const Queue wide = Trials(2, 1, 0, /*slots=*/2);
  EXPECT_THAT(fair_share.Choose(wide, Slots({{1, 1}})), IsEmpty());
  EXPECT_THAT(Names(fair_share.Choose(Trials(1, 9), Slots({{1, 1}}))), ElementsAre("1/0"));
  EXPECT_EQ(FirstInLine(fair_share), "");
  // It comes back, and the older experiment is before it again.
  EXPECT_THAT(Names(fair_share.Choose(Join({Trials(1, 1), wide}), {})), ElementsAre("1/0"));
}

// 1/0 is back from the pause after a failure while 1/1 waits first in line.
TEST(FairShareTest, LeavesTheTurnToALaterTrialOfTheSameExperiment) {
  Chooser fair_share = OfSlots(3);
  const Queue waiting = {{{1, 1}, 0, {3, 0, 0}}, {{1, 2}, 0, {1, 0, 0}}};
  EXPECT_THAT(fair_share.Choose(waiting, Slots({{2, 1}})), IsEmpty());
  const Queue back = {{{1, 0}, 0, {1, 0, 0}}, {{1, 1}, 0, {3, 0, 0}}, {{1, 2}, 0, {1, 0, 0}}};
  EXPECT_THAT(fair_share.Choose(back, Slots({{2, 1}})), IsEmpty());
  EXPECT_THAT(Names(fair_share.Choose(back, {})), ElementsAre("1/1"));
}

TEST(FairShareTest, StartsNothingWhileMoreIsUsedThanThereIs) {
  Chooser fair_share = OfSlots(2);  // a service that was started again with fewer slots
  EXPECT_THAT(fair_share.Choose(Trials(1, 2), Slots({{1, 4}})), IsEmpty());
  EXPECT_EQ(FirstInLine(fair_share), "");
}

// Trials of random widths and priorities that end at random.
TEST(FairShareTest, RunsEveryTrialOnceAndNeverTakesMoreSlotsThanThereAre) {
  constexpr int kSlots = 6;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(DeriveSeed(seed, "fair_share_test"));
    Chooser fair_share = OfSlots(kSlots);
    std::map<TrialId, FairShare::Queued> queued;
    for (int64_t experiment = 1; experiment <= 8; ++experiment) {
      const int priority = static_cast<int>(rng.Below(3)) - 1;
      for (int64_t index = 0; index < 10; ++index) {
        const int slots = 1 + static_cast<int>(rng.Below(kSlots));
        queued[{experiment, index}] = {{experiment, index}, priority, {slots, 0, 0}};
      }
    }
    std::vector<FairShare::Queued> running;
    std::map<int64_t, int64_t> next;  // index, by experiment
    size_t rounds = 0;
    while (!queued.empty() || !running.empty()) {
      ASSERT_LT(++rounds, 1000u);
      Queue queue;
      for (const auto& [id, trial] : queued) queue.push_back(trial);
      Used used;
      for (const FairShare::Queued& trial : running) used[trial.id.experiment] += trial.needs;
      for (const TrialId& id : fair_share.Choose(queue, used)) {
        EXPECT_EQ(id.index, next[id.experiment]++);
        running.push_back(queued.at(id));
        queued.erase(id);
      }
      int64_t slots = 0;
      int highest_queued = -9;
      for (const FairShare::Queued& trial : running) slots += trial.needs.slots;
      ASSERT_LE(slots, kSlots);
      ASSERT_FALSE(running.empty());
      for (const auto& [id, trial] : queued) {
        highest_queued = std::max(highest_queued, trial.priority);
      }
      if (!queued.empty() && slots < kSlots) {
        ASSERT_NE(FirstInLine(fair_share), "") << "or why are slots left";
        EXPECT_GT(fair_share.blocked()->trial.needs.slots, kSlots - slots);
        EXPECT_EQ(fair_share.blocked()->trial.priority, highest_queued);
      }
      running.erase(running.begin() + static_cast<int64_t>(rng.Below(running.size())));
    }
  }
}

TEST(FairShareTest, StartsATrialOnlyWhenSlotsThreadsAndMemoryAreThere) {
  Chooser fair_share(Budget({9, 8, 4096}));
  const Queue queue = {
      {{1, 0}, 0, {1, 3, 1024}}, {{1, 1}, 0, {1, 3, 1024}}, {{1, 2}, 0, {1, 3, 0}}};
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("1/0", "1/1"));
  EXPECT_EQ(FirstInLine(fair_share), "1/2") << "for want of a third thread";
  const Queue large = {{{2, 0}, 0, {1, 1, 3000}}, {{2, 1}, 0, {1, 1, 3000}}};
  EXPECT_THAT(Names(fair_share.Choose(large, {})), ElementsAre("2/0"));
  EXPECT_EQ(FirstInLine(fair_share), "2/1") << "for want of memory";
  EXPECT_THAT(fair_share.Choose({}, {}), IsEmpty());
  EXPECT_THAT(fair_share.Choose(large, {{1, {1, 1, 4096}}}), IsEmpty());
  EXPECT_EQ(FirstInLine(fair_share), "") << "no memory is left, so that it is nobody's turn yet";
}

TEST(FairShareTest, SaysWhoKeepsTheOthersFromStartingAndForWantOfWhat) {
  Chooser fair_share(Budget({4, 0, 4096}));
  const Queue queue = {{{2, 0}, 0, {1, 0, 1024}}, {{3, 0}, 0, {1, 0, 0}}};
  EXPECT_THAT(fair_share.Choose(queue, {{1, {1, 0, 4096}}}), IsEmpty());
  ASSERT_TRUE(fair_share.blocked().has_value());
  EXPECT_EQ(fair_share.blocked()->trial.id.ToString(), "2/0");
  EXPECT_EQ(fair_share.blocked()->lacks, Resource::kMemory);
  EXPECT_FALSE(fair_share.blocked()->first_in_line) << "nothing is left of it";
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("2/0", "3/0"));
  EXPECT_FALSE(fair_share.blocked().has_value());
}

TEST(FairShareTest, KeepsMemoryForALargeTrialThatSmallOnesWouldTake) {
  Chooser fair_share(Budget({9, 0, 4096}));
  const Queue queue = {{{1, 0}, 0, {1, 0, 4096}}, {{2, 0}, 0, {1, 0, 1024}}};
  EXPECT_THAT(fair_share.Choose(queue, {{3, {1, 0, 1024}}}), IsEmpty());
  EXPECT_EQ(FirstInLine(fair_share), "1/0");
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("1/0"));
}

TEST(FairShareTest, GivesTheTurnToTheSmallestShareOfWhateverIsUsedMost) {
  Chooser fair_share(Budget({10, 10, 10240}));
  const Queue queue = Join({Trials(1, 1), Trials(2, 1), Trials(3, 1)});
  const Used used = {{1, {1, 1, 6144}}, {2, {4, 2, 0}}, {3, {2, 3, 0}}};  // 60, 40 and 30 percent
  EXPECT_THAT(Names(fair_share.Choose(queue, used)), ElementsAre("3/0", "2/0", "1/0"));
}

TEST(FairShareTest, LeavesOutOfAccountWhatHasNoLimit) {
  Chooser fair_share = OfSlots(2);
  const Queue queue = {{{1, 0}, 0, {1, 1000, 1 << 30}}, {{2, 0}, 0, {1, 1, 1}}};
  EXPECT_THAT(Names(fair_share.Choose(queue, {})), ElementsAre("1/0", "2/0"));
}

TEST(FairShareTest, SharesAmongThousandsOfTrials) {
  Chooser fair_share = OfSlots(1000);
  std::vector<Queue> queues;
  for (int64_t experiment = 1; experiment <= 100; ++experiment) {
    queues.push_back(Trials(experiment, 100));
  }
  std::map<int64_t, int> started;
  for (const TrialId& id : fair_share.Choose(Join(queues), {})) ++started[id.experiment];
  EXPECT_EQ(started.size(), 100u);
  for (const auto& [experiment, number] : started) EXPECT_EQ(number, 10) << experiment;
}

}  // namespace
}  // namespace vagram
