#include "orchestrator/spec/constraints.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/nearest.h"
#include "core/dynamics/loss_catalog.h"
#include "core/env/task.h"
#include "orchestrator/spec/config_yaml.h"

namespace vagram {
namespace {

class TrialCheck {
 public:
  TrialCheck(const Position& whole, Settings* settings, Faults* faults)
      : whole_(whole), settings_(*settings), config_(settings->config), faults_(*faults) {}

  void Run() {
    CheckTask();
    CheckLoss();
    CheckAgent();
    CheckEnsemble();
    CheckSteps();
    CheckTurns();
    CheckImagination();
  }

 private:
  // A fault unless `ok`, or unless a key concerned has a fault of its own.
  void Require(bool ok, const std::vector<std::string>& keys, const std::string& description) {
    if (ok) return;
    const std::string* last = &keys[0];
    const Settings::Origin* origin = nullptr;
    for (const std::string& key : keys) {
      if (settings_.refused.count(key) > 0) return;
      const auto found = settings_.origins.find(key);
      if (found == settings_.origins.end()) continue;
      if (origin != nullptr && found->second.layer < origin->layer) continue;
      last = &key;
      origin = &found->second;
    }
    faults_.Add(origin == nullptr ? whole_ : origin->at, *last, description);
  }

  // One of id, task and plugin (with the id of a task in it) says which task. Of two that exclude
  // each other the one from the later layer stands, so that a file can replace its preset's task.
  void CheckTask() {
    v1::EnvConfig& env = *config_.mutable_env();
    if (!env.task().empty() && !env.plugin().empty()) {
      if (IsLater("env.task", "env.plugin")) {
        env.clear_plugin();
      } else if (IsLater("env.plugin", "env.task")) {
        env.clear_task();
      } else {
        Require(false, {"env.task", "env.plugin"},
                "expected a task file or a plug-in, got both; remove one");
        env.clear_task();  // not worth a second fault
        env.clear_plugin();
        return;
      }
    }
    if (!env.task().empty()) {
      if (env.id().empty() || IsLater("env.task", "env.id")) {
        env.clear_id();
        return;
      }
      if (!IsLater("env.id", "env.task")) {  // the same layer
        Require(false, {"env.id", "env.task"},
                "expected the id of a built-in task or a task file, got both; remove one");
      }
      env.clear_task();
    }
    if (!env.plugin().empty()) {
      if (IsLater("env.plugin", "env.id")) env.clear_id();
      return;
    }
    CheckCatalogueTask();
  }

  // Whether `key` was set by a later layer than `other`.
  bool IsLater(const std::string& key, const std::string& other) const {
    const auto layer = [this](const std::string& name) {
      const auto found = settings_.origins.find(name);
      return found == settings_.origins.end() ? Layer::kDefaults : found->second.layer;
    };
    return layer(key) > layer(other);
  }

  void CheckCatalogueTask() {
    const std::string id = config_.env().id();
    Require(!id.empty(), {"env.id"},
            "expected a task, got none; set env.id under base or choose a preset; `vagram envs` "
            "lists the tasks");
    if (id.empty()) return;
    std::vector<std::string> ids;
    for (const Task& task : AllTasks()) ids.push_back(task.id);
    const std::string complete = CompleteTaskId(id);
    if (std::count(ids.begin(), ids.end(), complete) > 0) {
      config_.mutable_env()->set_id(complete);
      return;
    }
    Require(false, {"env.id"}, Unknown("task", id, ids, "`vagram envs` lists the tasks"));
  }

  void CheckLoss() {
    const std::string& name = config_.model().loss();
    const absl::StatusOr<const LossInfo*> loss = FindLoss(name);
    if (!loss.ok()) {
      std::vector<std::string> names;
      for (const LossInfo& known : AllLosses()) names.push_back(known.name);
      Require(false, {"model.loss"},
              Unknown("model loss", name, names, "`vagram losses` lists the losses"));
      return;
    }
    if (!config_.model().has_probabilistic()) return;
    const bool probabilistic = config_.model().probabilistic();
    Require(probabilistic ? (*loss)->allows_probabilistic : (*loss)->allows_deterministic,
            {"model.loss", "model.probabilistic"},
            absl::StrCat("expected probabilistic: ", probabilistic ? "false" : "true",
                         " for the loss ", name, ", got ", probabilistic ? "true" : "false",
                         "; leave model.probabilistic unset or choose another loss"));
  }

  void CheckAgent() {
    const v1::SacConfig& sac = config_.sac();
    Require(sac.target_subset() <= sac.critics(), {"sac.target_subset", "sac.critics"},
            absl::StrCat("expected a subset of at most all critics, got target_subset ",
                         sac.target_subset(), " of critics ", sac.critics()));
    const bool model_based = config_.algorithm() == "mbpo";
    Require(sac.target() == "one_step" || model_based, {"sac.target", "algorithm"},
            absl::StrCat("expected one_step: the target ", sac.target(),
                         " imagines with a learned model, which algorithm sac has not; set "
                         "algorithm to mbpo, and imagine.model_share to 0 for real data alone"));
    Require(config_.imagine().one_step_share() == 0 || model_based,
            {"imagine.one_step_share", "algorithm"},
            "expected 0: algorithm sac has no learned model; set algorithm to mbpo");
  }

  void CheckEnsemble() {
    const v1::ModelConfig& model = config_.model();
    Require(model.elites() <= model.members(), {"model.elites", "model.members"},
            absl::StrCat("expected at most as many elites as members, got ", model.elites(),
                         " elites of ", model.members(),
                         " members; lower model.elites or raise model.members"));
    const int decays = model.layer_weight_decay_size(), layers = model.hidden_sizes_size() + 1;
    Require(decays == 0 || decays == layers, {"model.layer_weight_decay", "model.hidden_sizes"},
            absl::StrCat("expected one coefficient per layer, ", layers, " with ",
                         model.hidden_sizes_size(), " hidden ones, or none, got ", decays));
  }

  void CheckSteps() {
    Require(
        config_.num_steps() > config_.sac().warmup_steps(), {"num_steps", "sac.warmup_steps"},
        absl::StrCat("expected more steps than the warm-up takes, got num_steps ",
                     config_.num_steps(), " and sac.warmup_steps ", config_.sac().warmup_steps()));
  }

  void CheckTurns() {
    const v1::ScheduleConfig& schedule = config_.schedule();
    const int actors = config_.resources().actors();
    Require(actors <= 1 || schedule.mode() == "async", {"resources.actors", "schedule.mode"},
            absl::StrCat("expected 1 actor in schedule.mode ", schedule.mode(), ", got ", actors,
                         "; only async has use for more"));
    Require(schedule.max_policy_age() >= schedule.run_ahead_steps(),
            {"schedule.max_policy_age", "schedule.run_ahead_steps"},
            absl::StrCat(
                "expected a policy's age limit that is no shorter than what actors may run "
                "ahead, got max_policy_age ",
                schedule.max_policy_age(), " and run_ahead_steps ", schedule.run_ahead_steps()));
    Require(schedule.restart_stalled_after() >= schedule.stalled_after(),
            {"schedule.stalled_after", "schedule.restart_stalled_after"},
            absl::StrCat("expected a restart no earlier than the trial is called stalled, got "
                         "restart_stalled_after ",
                         ShortestDouble(schedule.restart_stalled_after()), " and stalled_after ",
                         ShortestDouble(schedule.stalled_after())));
  }

  void CheckImagination() {
    const v1::ImagineConfig& imagine = config_.imagine();
    constexpr double kLongest = 1000;  // no model is worth following further
    CheckSchedule("imagine.length", imagine.length(), 1, kLongest);
    CheckSchedule("imagine.model_share", imagine.model_share(), 0, 1);
    const absl::StatusOr<const Task*> task = FindTask(config_.env().id());
    const bool hidden = config_.env().plugin().empty() && task.ok() && !(*task)->observed_reward;
    Require(imagine.reward() != "observed" || !hidden, {"env.id", "imagine.reward"},
            absl::StrCat("expected learned: the reward of ", config_.env().id(),
                         " does not follow from what is observed"));
    // What the replay of imagined transitions would have to hold: some 100 bytes each.
    constexpr double kMostKept = 1e8;
    const double length = std::max(imagine.length().from(), imagine.length().to());
    const double kept = 1.0 * imagine.rollouts_per_step() * config_.model().train_every() * length *
                        imagine.retain_trainings();
    Require(kept <= kMostKept,
            {"imagine.rollouts_per_step", "model.train_every", "imagine.length.from",
             "imagine.length.to", "imagine.retain_trainings"},
            absl::StrCat("expected at most 100 million imagined transitions kept, got ",
                         ShortestDouble(kept), ": rollouts_per_step ", imagine.rollouts_per_step(),
                         " x train_every ", config_.model().train_every(), " x length ",
                         ShortestDouble(length), " x retain_trainings ", imagine.retain_trainings(),
                         "; lower one of them"));
  }

  void CheckSchedule(const std::string& key, const v1::LinearSchedule& schedule, double min,
                     double max) {
    const auto value = [&](absl::string_view end, double number) {
      Require(number >= min && number <= max, {absl::StrCat(key, ".", end)},
              absl::StrCat("expected a number, at least ", min, " and at most ", max, ", got ",
                           ShortestDouble(number)));
    };
    value("from", schedule.from());
    value("to", schedule.to());
    Require(schedule.first_epoch() <= schedule.last_epoch(),
            {key + ".first_epoch", key + ".last_epoch"},
            absl::StrCat("expected a ramp that ends no earlier than it begins, got first_epoch ",
                         ShortestDouble(schedule.first_epoch()), " and last_epoch ",
                         ShortestDouble(schedule.last_epoch())));
  }

  static std::string Unknown(absl::string_view what, const std::string& name,
                             const std::vector<std::string>& names, absl::string_view listing) {
    constexpr size_t kLongest = 100;
    const std::string nearest = name.size() > kLongest ? "" : NearestName(name, names);
    return absl::StrCat("no ", what, " is called ", Printable(name), "; ",
                        nearest.empty() ? "" : absl::StrCat("did you mean ", nearest, "? "),
                        listing);
  }

  const Position& whole_;
  const Settings& settings_;
  v1::TrialConfig& config_;
  Faults& faults_;
};

}  // namespace

std::string CompleteTaskId(const std::string& name) {
  std::vector<std::string> versions;
  for (const Task& task : AllTasks()) {
    int version = 0;
    if (task.id == name) return name;
    if (absl::StartsWith(task.id, absl::StrCat(name, "-v")) &&
        absl::SimpleAtoi(absl::string_view(task.id).substr(name.size() + 2), &version)) {
      versions.push_back(task.id);
    }
  }
  return versions.size() == 1 ? versions[0] : name;
}

void CheckTrial(const Position& whole, Settings* settings, Faults* faults) {
  TrialCheck(whole, settings, faults).Run();
}

}  // namespace vagram
