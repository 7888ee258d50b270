#include "core/env/user_task/parse_task.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/env/task.h"
#include "core/env/task_files.h"
#include "core/env/user_task/mapping_reader.h"
#include "core/yaml/yaml_tree.h"

namespace vagram {
namespace {

// What may stand behind a term's name.
enum class Argument { kSelection, kPair, kName, kAmount, kCost };

template <typename Kind>
struct TermForm {
  const char* name;
  Kind kind;
  Argument argument;
  std::vector<std::string> options;  // keys that may stand beside it
};

const std::vector<TermForm<ObservedKind>>& ObservedForms() {
  static const auto* const forms = [] {
    const std::vector<std::string> options = {"clip", "meaning", "unit"};
    using Kind = ObservedKind;
    return new std::vector<TermForm<Kind>>{
        {"qpos", Kind::kQpos, Argument::kSelection, options},
        {"qvel", Kind::kQvel, Argument::kSelection, options},
        {"sin_qpos", Kind::kSinQpos, Argument::kSelection, options},
        {"cos_qpos", Kind::kCosQpos, Argument::kSelection, options},
        {"body_position", Kind::kBodyPosition, Argument::kSelection, options},
        {"body_orientation", Kind::kBodyOrientation, Argument::kSelection, options},
        {"body_velocity", Kind::kBodyVelocity, Argument::kSelection, options},
        {"body_angular_velocity", Kind::kBodyAngularVelocity, Argument::kSelection, options},
        {"site_position", Kind::kSitePosition, Argument::kSelection, options},
        {"difference", Kind::kDifference, Argument::kPair, options},
        {"contact_force", Kind::kContactForce, Argument::kSelection, options},
        {"actuator_force", Kind::kActuatorForce, Argument::kSelection, options},
        {"constraint_force", Kind::kConstraintForce, Argument::kSelection, options},
    };
  }();
  return *forms;
}

const std::vector<TermForm<RewardKind>>& RewardForms() {
  using Kind = RewardKind;
  static const auto* const forms = new std::vector<TermForm<Kind>>{
      {"alive", Kind::kAlive, Argument::kAmount, {}},
      {"healthy", Kind::kHealthy, Argument::kAmount, {}},
      {"forward_velocity", Kind::kForwardVelocity, Argument::kName, {"weight"}},
      {"value", Kind::kValue, Argument::kName, {"weight"}},
      {"squared", Kind::kSquared, Argument::kName, {"weight", "around"}},
      {"distance", Kind::kDistance, Argument::kPair, {"weight"}},
      {"upright", Kind::kUpright, Argument::kName, {"weight"}},
      {"control_cost", Kind::kControlCost, Argument::kCost, {}},
      {"contact_cost", Kind::kContactCost, Argument::kCost, {"clip", "at_most"}},
  };
  return *forms;
}

// `finite` is not about entries: ParseAliveWhile knows it.
const std::vector<TermForm<KeptKind>>& KeptForms() {
  static const auto* const forms = [] {
    const std::vector<std::string> options = {"above", "at_least", "below", "at_most"};
    using Kind = KeptKind;
    return new std::vector<TermForm<Kind>>{
        {"qpos", Kind::kQpos, Argument::kSelection, options},
        {"qvel", Kind::kQvel, Argument::kSelection, options},
        {"body_height", Kind::kBodyHeight, Argument::kSelection, options},
        {"site_height", Kind::kSiteHeight, Argument::kSelection, options},
    };
  }();
  return *forms;
}

const std::vector<TermForm<bool>>& NoiseForms() {
  static const auto* const forms = new std::vector<TermForm<bool>>{
      {"qpos", false, Argument::kSelection, {"uniform", "normal"}},
      {"qvel", true, Argument::kSelection, {"uniform", "normal"}},
  };
  return *forms;
}

template <typename Kind>
std::vector<std::string> Names(const std::vector<TermForm<Kind>>& forms) {
  std::vector<std::string> names;
  for (const TermForm<Kind>& form : forms) names.push_back(form.name);
  return names;
}

// The form of a term by the one key of `item` that names a term; nullptr after a fault.
template <typename Kind>
const TermForm<Kind>* FormOf(const YamlNode& item, const std::string& section,
                             const std::vector<TermForm<Kind>>& forms, Position* at,
                             Faults* faults) {
  if (item.kind != YamlNode::Kind::kMapping || item.entries.empty()) {
    faults->Add(item.at, section,
                absl::StrCat("expected a term, such as ", forms.front().name, ": ..., got ",
                             item.Describe()));
    return nullptr;
  }
  const TermForm<Kind>* found = nullptr;
  for (const YamlNode::Entry& entry : item.entries) {
    for (const TermForm<Kind>& form : forms) {
      if (entry.key != form.name) continue;
      if (found != nullptr) {
        faults->Add(entry.at, absl::StrCat(section, ".", entry.key),
                    absl::StrCat("a second term beside ", found->name,
                                 "; begin each term with a dash of its own"));
        return nullptr;
      }
      found = &form;
      *at = entry.at;
    }
  }
  if (found == nullptr) {
    const YamlNode::Entry& first = item.entries.front();
    faults->Add(first.at, absl::StrCat(section, ".", first.key),
                Unknown("term", first.key, TermNames(section)));
  }
  return found;
}

// What every form of term has in common: its keys, and what it is of.
template <typename Kind>
MappingReader ReaderOf(const YamlNode& item, const std::string& section, const TermForm<Kind>& form,
                       Faults* faults) {
  std::vector<std::string> keys = form.options;
  keys.insert(keys.begin(), form.name);
  return MappingReader(item, section, keys, faults);
}

class TaskParser {
 public:
  explicit TaskParser(Faults* faults) : faults_(*faults) {}

  TaskDescription Parse(const YamlNode& root) {
    MappingReader file(root, "", TermNames(""), &faults_);
    ParseName(&file);
    ParseModel(&file);
    if (file.Require("frame_skip", "the engine's steps per action") != nullptr) {
      file.PositiveInteger("frame_skip", 10'000, &task_.frame_skip);
    }
    if (file.Require("episode_length", "the steps after which an episode is cut off") != nullptr) {
      file.PositiveInteger("episode_length", 1'000'000'000, &task_.episode_length);
    }
    for (const YamlNode& item : Items("observation", true, &file)) ParseObserved(item);
    for (const YamlNode& item : Items("reward", true, &file)) ParseReward(item);
    for (const YamlNode& item : Items("alive_while", false, &file)) ParseAliveWhile(item);
    for (const YamlNode& item : Items("reset_noise", true, &file)) ParseNoise(item);
    return std::move(task_);
  }

 private:
  void ParseName(MappingReader* file) {
    const YamlNode* value = file->Require("name", "the task's name");
    if (value == nullptr) return;
    constexpr size_t kLongest = 100;
    const std::string& name = value->text;
    bool valid = !name.empty() && name.size() <= kLongest && absl::ascii_isalnum(name[0]);
    for (const char c : name) {
      valid = valid && (absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.');
    }
    if (!valid) {
      faults_.Add(value->at, "name",
                  absl::StrCat("expected at most 100 letters, digits, '-', '_' and '.', a letter "
                               "or digit first, got ",
                               value->Describe()));
    } else if (FindTask(name).ok()) {
      faults_.Add(value->at, "name",
                  absl::StrCat("a task of the catalogue is called ", name,
                               "; choose another name, so that results cannot be mixed up"));
    }
    task_.name = name;
  }

  void ParseModel(MappingReader* file) {
    if (file->Require("model", "the path of an MJCF file") == nullptr) return;
    file->Name("model", &task_.model);
    if (task_.model.text.empty()) return;
    const absl::StatusOr<std::string> path = NormalTaskPath(task_.model.text);
    if (!path.ok()) return faults_.Add(task_.model.at, "model", path.status().message());
    task_.model.text = *path;
  }

  const std::vector<YamlNode>& Items(absl::string_view section, bool required,
                                     MappingReader* file) {
    static const auto* const none = new std::vector<YamlNode>;
    const std::string expected =
        absl::StrCat("a list of terms, at least one of ", absl::StrJoin(TermNames(section), ", "));
    const YamlNode* list = required ? file->Require(section, expected) : file->Find(section);
    if (list == nullptr) return *none;
    if (list->kind != YamlNode::Kind::kSequence || list->items.empty()) {
      faults_.Add(list->at, section,
                  absl::StrCat("expected ", expected, "; got ", list->Describe()));
    }
    return list->items;
  }

  void ParseObserved(const YamlNode& item) {
    ObservedTerm term;
    const auto* form = FormOf(item, "observation", ObservedForms(), &term.at, &faults_);
    if (form == nullptr) return;
    term.kind = form->kind;
    MappingReader reader = ReaderOf(item, "observation", *form, &faults_);
    if (form->argument == Argument::kPair) {
      reader.Pair(form->name, &term.from, &term.to);
    } else {
      reader.Select(form->name, &term.of);
    }
    reader.Interval("clip", &term.clip);
    reader.Text("meaning", &term.meaning);
    reader.Text("unit", &term.unit);
    if (!term.unit.empty() && term.meaning.empty()) {
      reader.Fault(item.at, "unit", "is of use beside a meaning only; add meaning: or remove it");
    }
    task_.observation.push_back(std::move(term));
  }

  void ParseReward(const YamlNode& item) {
    RewardTerm term;
    const auto* form = FormOf(item, "reward", RewardForms(), &term.at, &faults_);
    if (form == nullptr) return;
    term.kind = form->kind;
    MappingReader reader = ReaderOf(item, "reward", *form, &faults_);
    switch (form->argument) {
      case Argument::kAmount:
        reader.Number(form->name, &term.weight);
        break;
      case Argument::kCost:
        reader.PositiveNumber(form->name, &term.weight);
        break;
      case Argument::kPair:
        reader.Pair(form->name, &term.from, &term.to);
        break;
      default:
        reader.Name(form->name, &term.of);
    }
    reader.Number("weight", &term.weight);
    reader.Number("around", &term.around);
    reader.Interval("clip", &term.clip);
    reader.PositiveNumber("at_most", &term.at_most);
    task_.reward.push_back(std::move(term));
  }

  void ParseAliveWhile(const YamlNode& item) {
    const bool about_finite = item.kind == YamlNode::Kind::kMapping && !item.entries.empty() &&
                              item.entries.front().key == "finite";
    if (about_finite) {
      MappingReader(item, "alive_while", {"finite"}, &faults_).True("finite", &task_.finite);
      return;
    }
    KeptTerm term;
    const auto* form = FormOf(item, "alive_while", KeptForms(), &term.at, &faults_);
    if (form == nullptr) return;
    term.kind = form->kind;
    MappingReader reader = ReaderOf(item, "alive_while", *form, &faults_);
    reader.Select(form->name, &term.of);
    const auto has = [&reader](const char* key) { return reader.Find(key) != nullptr; };
    Bounds& bounds = term.bounds;
    reader.Number("above", &bounds.range.low);
    reader.Number("at_least", &bounds.range.low);
    reader.Number("below", &bounds.range.high);
    reader.Number("at_most", &bounds.range.high);
    bounds.low_open = has("above");
    bounds.high_open = has("below");
    if (has("above") && has("at_least")) {
      reader.Fault(term.at, "at_least", "stands beside above; remove one");
    }
    if (has("below") && has("at_most")) {
      reader.Fault(term.at, "at_most", "stands beside below; remove one");
    }
    if (!has("above") && !has("at_least") && !has("below") && !has("at_most")) {
      reader.Fault(term.at, form->name,
                   "has no bound; add above, at_least, below or at_most beside it");
    }
    if (bounds.range.low >= bounds.range.high) {
      reader.Fault(term.at, form->name,
                   absl::StrCat("expected a lower bound below the upper one, got ",
                                bounds.range.low, " and ", bounds.range.high));
    }
    task_.alive_while.push_back(std::move(term));
  }

  void ParseNoise(const YamlNode& item) {
    NoiseTerm term;
    const auto* form = FormOf(item, "reset_noise", NoiseForms(), &term.at, &faults_);
    if (form == nullptr) return;
    term.of_velocities = form->kind;
    MappingReader reader = ReaderOf(item, "reset_noise", *form, &faults_);
    reader.Select(form->name, &term.of);
    term.normal = reader.Find("normal") != nullptr;
    if (term.normal == (reader.Find("uniform") != nullptr)) {
      reader.Fault(term.at, form->name, "expected either uniform: RADIUS or normal: DEVIATION");
    }
    reader.PositiveNumber("uniform", &term.scale);
    reader.PositiveNumber("normal", &term.scale);
    task_.reset_noise.push_back(std::move(term));
  }

  Faults& faults_;
  TaskDescription task_;
};

}  // namespace

std::vector<std::string> TermNames(absl::string_view section) {
  if (section == "observation") return Names(ObservedForms());
  if (section == "reward") return Names(RewardForms());
  if (section == "reset_noise") return Names(NoiseForms());
  if (section == "alive_while") {
    std::vector<std::string> names = Names(KeptForms());
    names.push_back("finite");
    return names;
  }
  return {"name",        "model",  "frame_skip",  "episode_length",
          "observation", "reward", "alive_while", "reset_noise"};
}

TaskDescription ParseTask(absl::string_view text, absl::string_view source, Faults* faults) {
  const absl::optional<YamlNode> root = ParseYaml(text, source, /*has_lines=*/true, faults);
  if (!root.has_value()) return {};
  if (root->kind != YamlNode::Kind::kMapping) {
    faults->Add(root->at, "",
                absl::StrCat("expected a task, a mapping with the keys ",
                             absl::StrJoin(TermNames(""), ", "), "; got ", root->Describe()));
    return {};
  }
  return TaskParser(faults).Parse(*root);
}

}  // namespace vagram
