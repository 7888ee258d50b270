#include "core/env/task_text.h"

#include <nlohmann/json.hpp>

#include "gtest/gtest.h"

namespace vagram {
namespace {

Task Cart() {
  Task task;
  task.id = "Cart";
  task.obs_dim = 3;
  task.act_dim = 2;
  task.act_low = {-1, -1};
  task.act_high = {1, 1};
  task.max_episode_steps = 50;
  task.dt_seconds = 0.02;
  task.observation = {{1, "position", "m"}, {2, "cosine and sine of the angle", ""}};
  task.reward = "1 per step";
  task.termination = "never";
  return task;
}

TEST(TaskText, ExplainsTheObservationByIndex) {
  EXPECT_EQ(TaskText(Cart()),
            "id            Cart\n"
            "observation   3 values\n"
            "  0           position [m]\n"
            "  1-2         cosine and sine of the angle\n"
            "action        2 values in [-1, 1] each\n"
            "reward        1 per step\n"
            "termination   never\n"
            "time limit    50 steps of 0.02 s\n");
}

TEST(TaskText, TellsBoundsThatDiffer) {
  Task task = Cart();
  task.act_high[1] = 2;
  EXPECT_NE(TaskText(task).find("2 values in [-1, 1] [-1, 2]\n"), std::string::npos);
}

TEST(TaskJson, HoldsEveryField) {
  const nlohmann::ordered_json json = TaskJson(Cart());
  EXPECT_EQ(json["observation"][1]["size"], 2);
  EXPECT_EQ(json["act_high"], (std::vector<double>{1, 1}));
  EXPECT_EQ(json["reward_is_observed"], false);
}

}  // namespace
}  // namespace vagram
