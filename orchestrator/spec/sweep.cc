#include "orchestrator/spec/sweep.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "orchestrator/spec/schema.h"

namespace vagram {
namespace {

using Kind = YamlNode::Kind;

// The values under a mapping with dotted or nested keys: everything that is not itself a mapping.
void Flatten(absl::string_view group, const YamlNode& mapping, std::vector<SweptValue>* values) {
  for (const YamlNode::Entry& entry : mapping.entries) {
    std::string key = JoinKey(group, entry.key);
    if (entry.value.kind == Kind::kMapping) {
      Flatten(key, entry.value, values);
    } else {
      values->push_back({std::move(key), entry.at, &entry.value});
    }
  }
}

// How deep lists of a sweep may hold forms in turn.
constexpr int kMostDepth = 8;

// Reads one `sweep` mapping and the forms inside of its lists.
class Parser {
 public:
  Parser(int64_t most, Faults* faults) : most_(most), faults_(faults) {}

  // The factors of a mapping's forms. What else it has are `constants`; where that is null, there
  // must be nothing else.
  std::vector<SweepFactor> Forms(const YamlNode& mapping, absl::string_view group, int depth,
                                 std::vector<SweptValue>* constants);

 private:
  std::vector<SweptValue> Axes(absl::string_view form, const YamlNode& mapping);
  void AddGrid(const YamlNode& mapping, std::vector<SweepFactor>* factors);
  void AddZip(const YamlNode& mapping, std::vector<SweepFactor>* factors);
  void AddList(const YamlNode& list, absl::string_view key, int depth,
               std::vector<SweepFactor>* factors);
  // Adds what an item of a list stands for: one choice, or with forms in it their product.
  void AddItem(const YamlNode& item, absl::string_view key, int depth, SweepFactor* factor);

  const int64_t most_;
  Faults* const faults_;
  bool too_many_ = false;  // told once; the rest is not read
};

bool IsForm(absl::string_view key) { return key == "grid" || key == "zip" || key == "list"; }

// The keys of a grid or zip, each with its list of values.
std::vector<SweptValue> Parser::Axes(absl::string_view form, const YamlNode& mapping) {
  std::vector<SweptValue> all;
  Flatten("", mapping, &all);
  std::vector<SweptValue> axes;
  for (SweptValue& axis : all) {
    if (axis.value->kind != Kind::kSequence || axis.value->items.empty()) {
      faults_->Add(
          axis.value->at, axis.key,
          absl::StrCat("expected a list of values to sweep over, got ", axis.value->Describe(),
                       "; write sweep: {", form, ": {", Printable(axis.key), ": [VALUE, VALUE]}}"));
    } else {
      axes.push_back(std::move(axis));
    }
  }
  return axes;
}

void Parser::AddGrid(const YamlNode& mapping, std::vector<SweepFactor>* factors) {
  for (const SweptValue& axis : Axes("grid", mapping)) {
    SweepFactor factor;
    for (const YamlNode& item : axis.value->items) {
      factor.choices.push_back({{axis.key, axis.at, &item}});
    }
    factors->push_back(std::move(factor));
  }
}

void Parser::AddZip(const YamlNode& mapping, std::vector<SweepFactor>* factors) {
  const std::vector<SweptValue> axes = Axes("zip", mapping);
  if (axes.empty()) return;
  SweepFactor factor;
  factor.choices.resize(axes[0].value->items.size());
  for (const SweptValue& axis : axes) {
    if (axis.value->items.size() != factor.choices.size()) {
      faults_->Add(axis.value->at, axis.key,
                   absl::StrCat("expected ", factor.choices.size(), " values as for ",
                                Printable(axes[0].key), ", got ", axis.value->items.size(),
                                "; the lists of a zip are read in parallel"));
      return;
    }
    for (size_t i = 0; i < factor.choices.size(); ++i) {
      factor.choices[i].push_back({axis.key, axis.at, &axis.value->items[i]});
    }
  }
  factors->push_back(std::move(factor));
}

void Parser::AddList(const YamlNode& list, absl::string_view key, int depth,
                     std::vector<SweepFactor>* factors) {
  if (depth >= kMostDepth) {
    faults_->Add(list.at, key,
                 absl::StrCat("expected lists at most ", kMostDepth,
                              " deep in one another; write some of them out"));
    return;
  }
  SweepFactor factor;
  for (const YamlNode& item : list.items) {
    if (too_many_) return;
    if (item.kind != Kind::kMapping || item.entries.empty()) {
      faults_->Add(
          item.at, key,
          absl::StrCat("expected a mapping such as {model.loss: vagram}, got ", item.Describe()));
    } else {
      AddItem(item, key, depth, &factor);
    }
  }
  if (!factor.choices.empty()) factors->push_back(std::move(factor));
}

void Parser::AddItem(const YamlNode& item, absl::string_view key, int depth, SweepFactor* factor) {
  std::vector<SweptValue> constants;
  const std::vector<SweepFactor> factors = Forms(item, key, depth + 1, &constants);
  const int64_t count = CountCombinations(factors, most_);
  // A list that is too long as it stands is counted by the caller, who knows of the seeds, too.
  if (count > 1 && count > most_ - static_cast<int64_t>(factor->choices.size())) {
    faults_->Add(item.at, key,
                 absl::StrCat("expected at most ", most_,
                              " combinations in a list, got more; split the experiment"));
    too_many_ = true;
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    std::vector<SweptValue> choice = constants;
    for (SweptValue& value : Combination(factors, i)) choice.push_back(std::move(value));
    factor->choices.push_back(std::move(choice));
  }
}

std::vector<SweepFactor> Parser::Forms(const YamlNode& mapping, absl::string_view group, int depth,
                                       std::vector<SweptValue>* constants) {
  constexpr absl::string_view kForms = "a mapping with grid, zip or list";
  std::vector<SweepFactor> factors;
  for (const YamlNode::Entry& form : mapping.entries) {
    const std::string key = JoinKey(group, form.key);
    const bool list = form.key == "list";
    if (!IsForm(form.key) && constants != nullptr) {
      if (form.value.kind == Kind::kMapping) {
        Flatten(form.key, form.value, constants);
      } else {
        constants->push_back({form.key, form.at, &form.value});
      }
    } else if (!IsForm(form.key)) {
      faults_->Add(form.at, key,
                   absl::StrCat("unknown key; expected ", kForms, " under sweep, such as grid: {",
                                Printable(form.key), ": [VALUE, VALUE]}"));
    } else if (form.value.kind == Kind::kNull) {
      continue;
    } else if (form.value.kind != (list ? Kind::kSequence : Kind::kMapping)) {
      faults_->Add(form.value.at, key,
                   absl::StrCat("expected ", list ? "a list of mappings" : "a mapping of lists",
                                ", got ", form.value.Describe()));
    } else if (list) {
      AddList(form.value, key, depth, &factors);
    } else if (form.key == "zip") {
      AddZip(form.value, &factors);
    } else {
      AddGrid(form.value, &factors);
    }
  }
  return factors;
}

}  // namespace

std::vector<SweepFactor> ParseSweep(const YamlNode& sweep, int64_t most, Faults* faults) {
  if (sweep.kind == Kind::kNull) return {};
  if (sweep.kind != Kind::kMapping) {
    faults->Add(sweep.at, "sweep",
                absl::StrCat("expected a mapping with grid, zip or list, got ", sweep.Describe()));
    return {};
  }
  return Parser(most, faults).Forms(sweep, "sweep", /*depth=*/0, nullptr);
}

int64_t CountCombinations(const std::vector<SweepFactor>& factors, int64_t most) {
  int64_t count = 1;
  for (const SweepFactor& factor : factors) {
    // Lists have at most 2^18 items (kMaxYamlBytes), so that the product cannot overflow.
    count *= static_cast<int64_t>(factor.choices.size());
    if (count > most) return most + 1;
  }
  return count;
}

std::vector<SweptValue> Combination(const std::vector<SweepFactor>& factors, int64_t index) {
  std::vector<const std::vector<SweptValue>*> choices(factors.size());
  for (size_t i = factors.size(); i-- > 0;) {
    const auto size = static_cast<int64_t>(factors[i].choices.size());
    choices[i] = &factors[i].choices[index % size];
    index /= size;
  }
  std::vector<SweptValue> values;
  for (const auto* choice : choices) values.insert(values.end(), choice->begin(), choice->end());
  return values;
}

}  // namespace vagram
