#include "core/env/user_task/parse_task.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char kTask[] = R"(name: mine
model: models/../arm.xml
frame_skip: 5
episode_length: 200
observation:
  - qpos: [shoulder, 3]
    clip: [-1, 2.5]
    meaning: where it is
    unit: m
  - difference: [body/hand, site/goal]
reward:
  - alive: 2
  - forward_velocity: qpos/shoulder
    weight: -3
  - contact_cost: 0.1
    at_most: 4
alive_while:
  - finite: true
  - qpos: {from: 1, to: 2}
    above: -1
    at_most: 1
reset_noise:
  - qpos: all
    normal: 0.5
)";

std::vector<std::string> FaultsOf(const std::string& yaml) {
  Faults faults;
  ParseTask(yaml, "t.yaml", &faults);
  std::vector<std::string> texts;
  if (faults.empty()) return texts;
  for (const FieldFault& fault : FieldFaults(faults.ToStatus("t.yaml"))) {
    texts.push_back(absl::StrCat(fault.field, ": ", fault.description));
  }
  return texts;
}

// The faults after `before` was replaced by `after` in a task without any.
std::vector<std::string> FaultsAfter(const std::string& before, const std::string& after) {
  EXPECT_THAT(kTask, HasSubstr(before));
  return FaultsOf(absl::StrReplaceAll(kTask, {{before, after}}));
}

TEST(ParseTask, ReadsEverySection) {
  Faults faults;
  const TaskDescription task = ParseTask(kTask, "t.yaml", &faults);
  EXPECT_THAT(FaultsOf(kTask), IsEmpty());
  EXPECT_EQ(task.name, "mine");
  EXPECT_EQ(task.model.text, "arm.xml");
  EXPECT_EQ(task.frame_skip, 5);
  EXPECT_EQ(task.episode_length, 200);
  ASSERT_EQ(task.observation.size(), 2u);
  EXPECT_EQ(task.observation[0].of.names[1].text, "3");
  EXPECT_EQ(task.observation[0].clip.high, 2.5);
  EXPECT_EQ(task.observation[0].meaning, "where it is");
  EXPECT_EQ(task.observation[1].to.text, "site/goal");
  ASSERT_EQ(task.reward.size(), 3u);
  EXPECT_EQ(task.reward[0].weight, 2);
  EXPECT_EQ(task.reward[1].weight, -3);
  EXPECT_EQ(task.reward[2].at_most, 4);
  EXPECT_TRUE(task.finite);
  ASSERT_EQ(task.alive_while.size(), 1u);
  EXPECT_EQ(task.alive_while[0].of.entries, std::make_pair(1, 2));
  EXPECT_FALSE(task.alive_while[0].bounds.Hold(-1));
  EXPECT_TRUE(task.alive_while[0].bounds.Hold(1));
  EXPECT_FALSE(task.alive_while[0].bounds.Hold(std::nan("")));
  ASSERT_EQ(task.reset_noise.size(), 1u);
  EXPECT_TRUE(task.reset_noise[0].normal);
  EXPECT_TRUE(task.reset_noise[0].of.all);
}

TEST(ParseTask, NamesEveryFaultAtOnceWithItsPlaceAndTheNearestKey) {
  EXPECT_THAT(
      FaultsOf("nam: x\n"
               "model: /abs.xml\n"
               "frame_skip: 0\n"
               "observation:\n"
               "  - qpso: all\n"
               "  - qvel: all\n"
               "    clip: [2, 1]\n"
               "reward: []\n"
               "alive_while:\n"
               "  - qpos: 1\n"
               "reset_noise:\n"
               "  - qpos: all\n"),
      ElementsAre(
          "t.yaml:1:1: nam: unknown key; did you mean name?",
          "t.yaml:1:1: name: is missing; expected the task's name",
          HasSubstr("t.yaml:1:1: episode_length: is missing"),
          HasSubstr("t.yaml:2:8: model: expected a path relative to the task's folder, got "),
          "t.yaml:3:13: frame_skip: expected a whole number from 1 to 10000, got 0",
          "t.yaml:5:5: observation.qpso: unknown term; did you mean qpos?",
          HasSubstr("t.yaml:7:11: observation.clip: expected [LOW, HIGH], two numbers, the lower "
                    "one first, got a list: [2,1]"),
          HasSubstr("t.yaml:8:9: reward: expected a list of terms, at least one of alive, "),
          HasSubstr("t.yaml:10:5: alive_while.qpos: has no bound"),
          HasSubstr("t.yaml:12:5: reset_noise.qpos: expected either uniform: RADIUS or normal:")));
}

TEST(ParseTask, RefusesNamesThatResultsCouldBeMixedUpBy) {
  EXPECT_THAT(FaultsAfter("name: mine", "name: Hopper-v4"),
              ElementsAre(HasSubstr("a task of the catalogue is called Hopper-v4")));
  EXPECT_THAT(FaultsAfter("name: mine", "name: a/b"),
              ElementsAre(HasSubstr("t.yaml:1:7: name: expected at most 100 letters")));
  EXPECT_THAT(FaultsAfter("name: mine", "name: [a]"), ElementsAre(HasSubstr("got a list")));
}

TEST(ParseTask, RefusesTermsThatSayTooMuchOrTooLittle) {
  EXPECT_THAT(FaultsAfter("  - alive: 2", "  - alive: 2\n    healthy: 1"),
              ElementsAre(HasSubstr("t.yaml:13:5: reward.healthy: a second term beside alive")));
  EXPECT_THAT(FaultsAfter("  - alive: 2", "  - alive: 2\n    weight: 1"),
              ElementsAre(HasSubstr("reward.weight: unknown key; expected one of alive")));
  EXPECT_THAT(FaultsAfter("  - alive: 2", "  - alive"),
              ElementsAre(HasSubstr("t.yaml:12:5: reward: expected a term, such as alive")));
  EXPECT_THAT(FaultsAfter("contact_cost: 0.1", "contact_cost: -0.1"),
              ElementsAre(HasSubstr("reward.contact_cost: expected a number above 0, got -0.1")));
  EXPECT_THAT(FaultsAfter("above: -1", "above: -1\n    at_least: -2"),
              ElementsAre(HasSubstr("alive_while.at_least: stands beside above")));
  EXPECT_THAT(FaultsAfter("above: -1", "above: 7"),
              ElementsAre(HasSubstr("expected a lower bound below the upper one, got 7 and 1")));
  EXPECT_THAT(FaultsAfter("finite: true", "finite: false"),
              ElementsAre(HasSubstr("alive_while.finite: expected true")));
  EXPECT_THAT(FaultsAfter("    meaning: where it is\n", ""),
              ElementsAre(HasSubstr("observation.unit: is of use beside a meaning only")));
  EXPECT_THAT(FaultsAfter("normal: 0.5", "normal: 0.5\n    uniform: 1"),
              ElementsAre(HasSubstr("either uniform")));
  EXPECT_THAT(FaultsAfter("normal: 0.5", "normal: .inf"),
              ElementsAre(HasSubstr("expected a number above 0, got .inf")));
}

TEST(ParseTask, RefusesSelectionsThatSelectNothing) {
  for (const char* selection : {"[]", "", "{from: 2, to: 1}", "{from: 2}", "[[a]]",
                                "{from: -1, to: 1}", "{to: 2, from: 1, by: 1}"}) {
    EXPECT_THAT(FaultsAfter("qpos: all", absl::StrCat("qpos: ", selection)),
                ElementsAre(HasSubstr("reset_noise.qpos: expected all, a name, a list of names")))
        << selection;
  }
  EXPECT_THAT(FaultsAfter("[body/hand, site/goal]", "[body/hand]"),
              ElementsAre(HasSubstr("observation.difference: expected [FROM, TO]")));
}

TEST(ParseTask, SurvivesTextThatIsNoTask) {
  EXPECT_THAT(FaultsOf(""), ElementsAre(HasSubstr("expected a task, a mapping with the keys")));
  EXPECT_THAT(FaultsOf("- a"), ElementsAre(HasSubstr("got a list")));
  EXPECT_THAT(FaultsOf("a: [b"), ElementsAre(HasSubstr("not readable as YAML")));
  EXPECT_THAT(FaultsOf(std::string("a\0b", 3)), ElementsAre(HasSubstr("UTF-8")));
  for (size_t size = 0; size < sizeof(kTask); size += 7) {
    FaultsOf(std::string(kTask, size));  // cut short anywhere
  }
}

}  // namespace
}  // namespace vagram
