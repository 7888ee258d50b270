// Whatever stands in a file or behind --set, resolving it ends soon, without a crash, and with an
// answer that can travel.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/rpc/status.h"
#include "core/yaml/faults.h"
#include "core/yaml/yaml_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "orchestrator/spec/experiment.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Repeat(absl::string_view text, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out.append(text.data(), text.size());
  return out;
}

absl::Status Resolve(absl::string_view yaml, const std::vector<std::string>& overrides = {}) {
  return ResolveExperiment(yaml, "x.yaml", overrides).status();
}

// Expects a fault that says `description`.
void ExpectRefused(absl::string_view yaml, const std::string& description) {
  EXPECT_THAT(Resolve(yaml), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(description)));
}

TEST(HostileInput, IsRefusedWhenNestedDeeply) {
  const size_t times = 100000;
  ExpectRefused(Repeat("[", times), "nested deeper than 32");
  ExpectRefused(Repeat("{a: ", times), "nested deeper than 32");
  ExpectRefused(Repeat("- ", times), "nested deeper than 32");
  ExpectRefused(Repeat("? ", times), "nested deeper than 32");
  ExpectRefused(Repeat("[{", times), "nested deeper than 32");
}

TEST(HostileInput, IsRefusedWhenNestedDeeplyByAliases) {
  std::string yaml = "a0: &a0 [1]\n";
  for (int i = 1; i < 40; ++i) absl::StrAppend(&yaml, "a", i, ": &a", i, " [*a", i - 1, "]\n");
  ExpectRefused(yaml, "nested deeper than 32");
}

TEST(HostileInput, IsRefusedWhenAliasesUnfoldIntoTooMuch) {
  std::string laughs = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 10; ++i) {
    absl::StrAppend(&laughs, "a", i, ": &a", i, " [", Repeat(absl::StrCat("*a", i - 1, ", "), 10),
                    "]\n");
  }
  ExpectRefused(laughs, "too large once its aliases are expanded");
  ExpectRefused(
      absl::StrCat("a: &a ", std::string(500000, 'x'), "\nb: [", Repeat("*a, ", 1000), "]"),
      "too large once its aliases are expanded");
}

TEST(HostileInput, IsRefusedWhenTooLarge) {
  ExpectRefused(std::string(kMaxYamlBytes + 1, ' '), "expected at most 1048576 bytes, got 1048577");
  ExpectRefused(absl::StrCat("seeds: [", Repeat("1,", 400000), "]"), "too large");
}

TEST(HostileInput, IsRefusedWithShortMessagesWhenLong) {
  const std::string longest(900000, 'x');
  for (const std::string& yaml :
       {absl::StrCat(longest, ": 1"), absl::StrCat("name: ", longest),
        absl::StrCat("base: {env: {id: ", longest, "}}"), absl::StrCat("base: {", longest, ": 1}"),
        absl::StrCat("base: {sac.activation: ", longest, "}"), absl::StrCat("preset: ", longest),
        absl::StrCat("sweep: {", longest, ": 1}")}) {
    const absl::Status status = Resolve(yaml);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_LT(status.message().size(), 2000);
  }
}

TEST(HostileInput, IsCountedBeforeItIsExpanded) {
  std::string grid;
  for (const char* key : {"sac.batch_size", "model.batch_size", "num_steps", "model.patience",
                          "model.max_epochs", "model.train_every"}) {
    absl::StrAppend(&grid, key, ": [", Repeat("1, ", 20000), "], ");
  }
  ExpectRefused(absl::StrCat("base: {env.id: Pendulum-v1}\nsweep: {grid: {", grid, "}}"),
                "expected at most 10000 trials, got more");
}

TEST(HostileInput, IsCountedBeforeItIsExpandedInsideOfLists) {
  std::string grid;
  for (const char* key : {"sac.batch_size", "model.batch_size", "num_steps", "model.patience"}) {
    absl::StrAppend(&grid, key, ": [", Repeat("1, ", 1000), "], ");
  }
  const std::string item = absl::StrCat("{list: [{grid: {", grid, "}}]}, ");
  ExpectRefused(
      absl::StrCat("base: {env.id: Pendulum-v1}\nsweep: {list: [", Repeat(item, 20), "]}"),
      "expected at most 10000 combinations in a list, got more");
}

TEST(HostileInput, IsRefusedWhenListsNestDeeply) {
  ExpectRefused(absl::StrCat("base: {env.id: Pendulum-v1}\nsweep: ", Repeat("{list: [", 9), "1",
                             Repeat("]}", 9)),
                "expected lists at most 8 deep in one another");
}

TEST(HostileInput, MutatedNeverCrashesAndItsAnswerCanTravel) {
  const std::string original = R"(# an experiment with every form
name: all
preset: mbpo/hopper
base:
  env: {id: Hopper, max_episode_steps: ~}
  sac: {hidden_sizes: &sizes [64, 64], discount: 0.99, learn_temperature: true}
  model.hidden_sizes: *sizes
  imagine: {length: 1, model_share: {from: 0, to: 0.5}}
sweep:
  grid: {model: {loss: [vagram, "mle"]}}
  zip: {model.members: [5, 6], model.elites: [2, 3]}
  list:
    - {sac.batch_size: 32}
    - {sac: {batch_size: 64}}
    - {grid: {sac.batch_size: [8, 16]}, num_steps: 9000}
seeds: [0, 1]
tuning_seeds: [7, 8]
early_stopping: {first_rung: 6000, reduction: 2}
resources: {slots: 2}
restarts: 1
priority: -3
on_failure: fail-fast
)";
  ASSERT_OK(Resolve(original));
  const std::vector<std::string> pieces = {"[",    "]",    "{",        "}",    ":",
                                           ": ",   ",",    "\n",       "  ",   "- ",
                                           "? ",   "&a ",  "*a",       "!!x ", "|\n",
                                           "> ",   "\"",   "'",        "#",    "---\n",
                                           "~",    "-1",   "1e99",     ".nan", "99999999",
                                           "...",  "<<: ", "\xff\xfe", "\\x9", std::string(1, 0),
                                           "%YAML"};
  Rng rng(DeriveSeed(7, "hostile_input_test"));
  for (int round = 0; round < 4000; ++round) {
    std::string yaml = original;
    for (uint64_t edits = 1 + rng.Below(4); edits > 0; --edits) {
      const size_t at = rng.Below(yaml.size() + 1);
      const size_t size = rng.Below(12);
      switch (rng.Below(4)) {
        case 0:
          yaml.erase(at, size);
          break;
        case 1:
          yaml.insert(at, pieces[rng.Below(pieces.size())]);
          break;
        case 2:
          yaml.insert(at, yaml.substr(rng.Below(yaml.size() + 1), 4 * size));
          break;
        default:
          if (at < yaml.size()) yaml[at] = static_cast<char>(rng.Below(256));
      }
    }
    const std::string override = yaml.substr(rng.Below(yaml.size() + 1), rng.Below(30));
    const absl::Status status = Resolve(yaml, {override});
    SCOPED_TRACE(absl::StrCat("round ", round, "\n", yaml, "\n--set ", override));
    if (status.ok()) continue;
    ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    ASSERT_FALSE(FieldFaults(status).empty()) << status;
    ASSERT_TRUE(IsUtf8(status.message()));
    ASSERT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace vagram
