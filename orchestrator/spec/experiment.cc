#include "orchestrator/spec/experiment.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "core/base/logging.h"
#include "core/rpc/status.h"
#include "core/yaml/faults.h"
#include "core/yaml/yaml_tree.h"
#include "orchestrator/spec/constraints.h"
#include "orchestrator/spec/early_stopping_spec.h"
#include "orchestrator/spec/file_keys.h"
#include "orchestrator/spec/narrowing.h"
#include "orchestrator/spec/schema.h"
#include "orchestrator/spec/seeds.h"
#include "orchestrator/spec/settings.h"
#include "orchestrator/spec/sweep.h"

namespace vagram {
namespace {

constexpr int64_t kMostTrials = 10000;

bool IsAmong(const std::string& key, const std::vector<std::string>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

// One `--set key=value`.
struct Override {
  std::string key;
  Position at;
  YamlNode value;
};

Settings DefaultSettings() {
  static const auto* const defaults = [] {
    auto* settings = new Settings;
    Faults faults;
    const absl::optional<YamlNode> root = ParseYaml(DefaultsText(), "defaults", true, &faults);
    if (root.has_value()) AssignEntries("", *root, Layer::kDefaults, settings, &faults);
    CHECK(faults.empty()) << faults.ToStatus("defaults");  // part of the program, not of its input
    settings->origins.clear();
    return settings;
  }();
  return *defaults;
}

class Resolver {
 public:
  Resolver(absl::string_view file, const SpecSurroundings& surroundings, bool tuning)
      : file_(file),
        surroundings_(surroundings),
        whole_{std::make_shared<const std::string>(file), 0, 0} {
    experiment_.tuning = tuning;
  }

  absl::StatusOr<ResolvedExperiment> Resolve(absl::string_view yaml,
                                             absl::Span<const std::string> overrides) {
    for (const std::string& text : overrides) ReadOverride(text);
    const absl::optional<YamlNode> root = ParseYaml(yaml, file_, true, &faults_);
    if (root.has_value()) ReadFile(*root);
    if (!faults_.empty()) return faults_.ToStatus(file_);
    return std::move(experiment_);
  }

 private:
  void ReadOverride(const std::string& text) {
    const size_t equals = text.find('=');
    const std::string source = absl::StrCat("--set ", text);
    const Position at{std::make_shared<const std::string>(source), 0, 0};
    if (equals == std::string::npos || equals == 0) {
      faults_.Add(at, "", "expected KEY=VALUE, such as --set model.loss=vagram");
      return;
    }
    absl::optional<YamlNode> value =
        ParseYaml(absl::string_view(text).substr(equals + 1), source, false, &faults_);
    if (!value.has_value()) return;
    overrides_.push_back({text.substr(0, equals), at, *std::move(value)});
  }

  void ReadFile(const YamlNode& root) {
    if (root.kind != YamlNode::Kind::kMapping) {
      faults_.Add(root.at, "",
                  absl::StrCat("expected a mapping with the keys ", absl::StrJoin(FileKeys(), ", "),
                               ", got ", root.Describe()));
      return;
    }
    SortKeys(root);
    experiment_.name = ReadName(Value("name"), whole_, &faults_);
    experiment_.restarts = ReadRestarts(Value("restarts"), &faults_);
    experiment_.priority = ReadPriority(Value("priority"), &faults_);
    experiment_.fail_fast = ReadFailFast(Value("on_failure"), &faults_);
    ReadPreset();
    for (const YamlNode::Entry* entry : configuration_) ReadConfiguration(*entry);
    const std::vector<int64_t> seeds = ReadSeeds();
    if (const YamlNode* value = Value("early_stopping"); value != nullptr) {
      experiment_.early_stopping = ReadEarlyStopping(*value, &faults_);
      experiment_.early_stopping->seeds = static_cast<int64_t>(seeds.size());
    }
    const YamlNode* sweep = Value("sweep");
    std::vector<SweepFactor> factors;
    if (sweep != nullptr) factors = ParseSweep(*sweep, kMostTrials, &faults_);
    std::map<std::string, std::string> decided;
    for (const Override& override : overrides_) {
      for (auto& [key, value] : SettingsOf(override.key, override.value)) decided[key] = value;
    }
    experiment_.narrowing = Narrow(decided, &factors);
    Expand(factors, seeds, sweep == nullptr ? whole_ : sweep->at);
  }

  // Tells the file's own keys from those of the configuration, in the file and on the command line.
  void SortKeys(const YamlNode& root) {
    for (const YamlNode::Entry& entry : root.entries) {
      if (faults_.full()) return;
      const std::string head = entry.key.substr(0, entry.key.find('.'));
      if (head == "base" || head == "resources") {
        configuration_.push_back(&entry);
      } else if (IsAmong(entry.key, FileKeys())) {
        values_[entry.key] = &entry.value;
      } else {
        faults_.Add(entry.at, entry.key, UnknownFileKey(entry.key));
      }
    }
    std::vector<Override> settings;
    for (Override& override : overrides_) {
      const std::string& key = override.key;
      if (IsAmong(key, SettableFileKeys())) {
        file_overrides_.push_back(std::move(override));
      } else if (key == "seed") {
        faults_.Add(override.at, key, "is given by seeds; write --set seeds=[SEED]");
      } else if (const std::string nearest = NearestOf(key, SettableFileKeys());
                 !nearest.empty() && FindField(key) == nullptr && NearestKey(key).empty()) {
        faults_.Add(override.at, key, absl::StrCat("unknown key; did you mean ", nearest, "?"));
      } else {
        settings.push_back(std::move(override));
      }
    }
    overrides_ = std::move(settings);
    for (const Override& override : file_overrides_) values_[override.key] = &override.value;
  }

  // nullptr where neither file nor command line has the key, or only with nothing behind it.
  const YamlNode* Value(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end() || found->second->kind == YamlNode::Kind::kNull) return nullptr;
    return found->second;
  }

  void ReadPreset() {
    const YamlNode* value = Value("preset");
    if (value == nullptr) return;
    if (value->kind != YamlNode::Kind::kScalar) {
      faults_.Add(value->at, "preset", absl::StrCat("expected a name, got ", value->Describe()));
      settings_.refused.insert("env.id");  // which the preset would have set
      return;
    }
    const std::string* text = PresetText(value->text);
    if (text == nullptr) {
      std::vector<std::string> names;
      for (const PresetInfo& preset : AllPresets()) names.push_back(preset.name);
      const std::string nearest = NearestOf(value->text, names);
      faults_.Add(value->at, "preset",
                  absl::StrCat("no preset is called ", Printable(value->text), "; ",
                               nearest.empty() ? "" : absl::StrCat("did you mean ", nearest, "? "),
                               "`vagram presets` lists them"));
      settings_.refused.insert("env.id");
      return;
    }
    const absl::optional<YamlNode> root =
        ParseYaml(*text, absl::StrCat("preset ", value->text), true, &faults_);
    if (!root.has_value()) return;
    for (const YamlNode::Entry& entry : root->entries) {
      if (entry.key == "base") {
        AssignEntries("", entry.value, Layer::kPreset, &settings_, &faults_);
      }
    }
  }

  // base, resources, and their dotted forms such as base.model.loss.
  void ReadConfiguration(const YamlNode::Entry& entry) {
    const size_t dot = entry.key.find('.');
    if (entry.key == "resources" || absl::StartsWith(entry.key, "resources.")) {
      Assign(entry.key, entry.at, entry.value, Layer::kBase, &settings_, &faults_);
    } else if (dot != std::string::npos) {
      Assign(entry.key.substr(dot + 1), entry.at, entry.value, Layer::kBase, &settings_, &faults_);
    } else if (entry.value.kind == YamlNode::Kind::kMapping) {
      AssignEntries("", entry.value, Layer::kBase, &settings_, &faults_);
    } else if (entry.value.kind != YamlNode::Kind::kNull) {
      faults_.Add(entry.value.at, entry.key,
                  absl::StrCat("expected a mapping, got ", entry.value.Describe()));
      settings_.refused.insert("env.id");  // which may be meant to stand there
    }
  }

  // Those that the experiment is to run with.
  std::vector<int64_t> ReadSeeds() {
    std::vector<int64_t> seeds = {settings_.config.seed()};
    if (const YamlNode* value = Value("seeds"); value != nullptr) {
      const auto base = settings_.origins.find("seed");
      if (base != settings_.origins.end()) {
        faults_.Add(base->second.at, "seed", "is given by seeds already; remove one of the two");
      }
      seeds = ReadSeedList(*value, "seeds", /*first=*/0, kMostTrials, &faults_);
    }
    const YamlNode* value = Value("tuning_seeds");
    if (value == nullptr) {
      if (experiment_.tuning) {
        faults_.Add(whole_, "tuning_seeds",
                    "is missing, which --tuning asks for; add, for instance, tuning_seeds: 4");
      }
      return seeds;
    }
    std::vector<int64_t> tuning =
        ReadSeedList(*value, "tuning_seeds", kFirstTuningSeed, kMostTrials, &faults_);
    KeepApart(seeds, tuning, value->at, &faults_);
    return experiment_.tuning ? tuning : seeds;
  }

  void Expand(const std::vector<SweepFactor>& factors, const std::vector<int64_t>& seeds,
              const Position& sweep_at) {
    const int64_t combinations = CountCombinations(factors, kMostTrials);
    const auto num_seeds = static_cast<int64_t>(seeds.size());
    if (combinations > kMostTrials || combinations * num_seeds > kMostTrials) {
      faults_.Add(sweep_at, "sweep",
                  absl::StrCat("expected at most ", kMostTrials, " trials, got ",
                               combinations > kMostTrials
                                   ? "more"
                                   : absl::StrCat(combinations * num_seeds, " (", combinations,
                                                  " combinations x ", num_seeds, " seeds)"),
                               "; split the experiment"));
      return;
    }
    for (int64_t i = 0; i < combinations && !faults_.full(); ++i) {
      AddTrials(Combination(factors, i), seeds, sweep_at);
    }
  }

  // The trials of one combination, one per seed.
  void AddTrials(const std::vector<SweptValue>& combination, const std::vector<int64_t>& seeds,
                 const Position& sweep_at) {
    Settings settings = settings_;
    ResolvedTrial trial;
    for (const SweptValue& swept : combination) {
      if (swept.key == "seed") {
        faults_.Add(swept.at, swept.key, "cannot be swept; list the seeds under seeds");
        continue;
      }
      Assign(swept.key, swept.at, *swept.value, Layer::kSweep, &settings, &faults_);
      const std::string text = swept.value->Flow();
      absl::StrAppend(&trial.label, swept.key, "=", text, " ");
      trial.overrides[swept.key] = text;
    }
    for (const Override& override : overrides_) {
      Assign(override.key, override.at, override.value, Layer::kSet, &settings, &faults_);
    }
    CheckTrial(whole_, &settings, &faults_);
    if (experiment_.early_stopping.has_value()) {
      CheckEarlyStopping(*experiment_.early_stopping, settings.config, Value("early_stopping")->at,
                         &faults_);
    }
    FindFiles(&settings);
    if (!faults_.empty()) return;
    const std::string label = trial.label;
    const auto [first, is_new] = labels_.emplace(settings.config.SerializeAsString(), label);
    if (!is_new) {
      if (experiment_.narrowing.narrowed()) return;  // and so made equal what the file tells apart
      faults_.Add(sweep_at, "sweep",
                  absl::StrCat("expected different trials, got the same one twice: ",
                               absl::StripSuffix(first->second, " "), " and ",
                               absl::StripSuffix(label, " "), "; remove one"));
      return;
    }
    for (int64_t seed : seeds) {
      trial.label = absl::StrCat(label, "seed=", seed);
      trial.config = settings.config;
      trial.config.set_seed(seed);
      experiment_.trials.push_back(trial);
    }
  }

  // Makes sure of what the trial's environment names by a path.
  void FindFiles(Settings* settings) {
    v1::EnvConfig& env = *settings->config.mutable_env();
    if (!env.task().empty() && tasks_.insert(env.task()).second) {
      absl::StatusOr<v1::UserTask> task =
          surroundings_.read_task == nullptr
              ? absl::UnimplementedError("this client sends no task files; use `vagram submit`")
              : surroundings_.read_task(env.task());
      if (task.ok()) {
        experiment_.tasks.push_back(*std::move(task));
      } else {
        AddTaskFaults(OriginOf("env.task", *settings), task.status());
      }
    }
    if (env.plugin().empty() || env.plugin()[0] == '/') return;
    if (surroundings_.folder.empty()) {
      faults_.Add(OriginOf("env.plugin", *settings), "env.plugin",
                  absl::StrCat("expected an absolute path, got ", Printable(env.plugin())));
      return;
    }
    env.set_plugin(absl::StrCat(surroundings_.folder, "/", env.plugin()));
  }

  // What is wrong inside of the task file stands at its own place.
  void AddTaskFaults(const Position& at, const absl::Status& status) {
    const std::vector<FieldFault> faults = FieldFaults(status);
    for (const FieldFault& fault : faults) {
      const Position inside{std::make_shared<const std::string>(fault.field), 0, 0};
      faults_.Add(inside, "", fault.description);
    }
    if (faults.empty()) faults_.Add(at, "env.task", status.message());
  }

  Position OriginOf(const std::string& key, const Settings& settings) const {
    const auto found = settings.origins.find(key);
    return found == settings.origins.end() ? whole_ : found->second.at;
  }

  const std::string file_;
  const SpecSurroundings& surroundings_;
  const Position whole_;
  Faults faults_;
  std::vector<Override> overrides_;                    // of the configuration
  std::vector<Override> file_overrides_;               // of the file's own keys
  std::map<std::string, const YamlNode*> values_;      // of the file's own keys
  std::vector<const YamlNode::Entry*> configuration_;  // base and resources, in any form
  Settings settings_ = DefaultSettings();              // without sweep and overrides
  std::map<std::string, std::string> labels_;          // configurations so far, to find repeats
  std::set<std::string> tasks_;                        // task files read so far
  ResolvedExperiment experiment_;
};

}  // namespace

absl::StatusOr<ResolvedExperiment> ResolveExperiment(absl::string_view yaml, absl::string_view file,
                                                     absl::Span<const std::string> overrides,
                                                     const SpecSurroundings& surroundings,
                                                     bool tuning) {
  return Resolver(file, surroundings, tuning).Resolve(yaml, overrides);
}

std::vector<std::string> SettableKeys() {
  std::vector<std::string> keys = SettableFileKeys();
  for (const std::string& key : AllKeys()) {
    if (!IsGroup(*FindField(key))) keys.push_back(key);
  }
  return keys;
}

}  // namespace vagram
