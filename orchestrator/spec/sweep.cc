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

// The keys of a grid or zip, each with its list of values.
std::vector<SweptValue> Axes(absl::string_view form, const YamlNode& mapping,
                             const std::set<std::string>& overridden, Faults* faults) {
  std::vector<SweptValue> all;
  Flatten("", mapping, &all);
  std::vector<SweptValue> axes;
  for (SweptValue& axis : all) {
    if (axis.value->kind != Kind::kSequence || axis.value->items.empty()) {
      faults->Add(
          axis.value->at, axis.key,
          absl::StrCat("expected a list of values to sweep over, got ", axis.value->Describe(),
                       "; write sweep: {", form, ": {", Printable(axis.key), ": [VALUE, VALUE]}}"));
    } else if (overridden.count(axis.key) == 0) {
      axes.push_back(std::move(axis));
    }
  }
  return axes;
}

void AddGrid(const YamlNode& mapping, const std::set<std::string>& overridden,
             std::vector<SweepFactor>* factors, Faults* faults) {
  for (const SweptValue& axis : Axes("grid", mapping, overridden, faults)) {
    SweepFactor factor;
    for (const YamlNode& item : axis.value->items) {
      factor.choices.push_back({{axis.key, axis.at, &item}});
    }
    factors->push_back(std::move(factor));
  }
}

void AddZip(const YamlNode& mapping, const std::set<std::string>& overridden,
            std::vector<SweepFactor>* factors, Faults* faults) {
  const std::vector<SweptValue> axes = Axes("zip", mapping, overridden, faults);
  if (axes.empty()) return;
  SweepFactor factor;
  factor.choices.resize(axes[0].value->items.size());
  for (const SweptValue& axis : axes) {
    if (axis.value->items.size() != factor.choices.size()) {
      faults->Add(axis.value->at, axis.key,
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

void AddList(const YamlNode& list, const std::set<std::string>& overridden,
             std::vector<SweepFactor>* factors, Faults* faults) {
  SweepFactor factor;
  for (const YamlNode& item : list.items) {
    if (item.kind != Kind::kMapping || item.entries.empty()) {
      faults->Add(
          item.at, "sweep.list",
          absl::StrCat("expected a mapping such as {model.loss: vagram}, got ", item.Describe()));
      continue;
    }
    std::vector<SweptValue> all;
    Flatten("", item, &all);
    std::vector<SweptValue> choice;
    for (SweptValue& value : all) {
      if (overridden.count(value.key) == 0) choice.push_back(std::move(value));
    }
    if (!choice.empty()) factor.choices.push_back(std::move(choice));
  }
  if (!factor.choices.empty()) factors->push_back(std::move(factor));
}

}  // namespace

std::vector<SweepFactor> ParseSweep(const YamlNode& sweep, const std::set<std::string>& overridden,
                                    Faults* faults) {
  std::vector<SweepFactor> factors;
  if (sweep.kind == Kind::kNull) return factors;
  constexpr absl::string_view kForms = "a mapping with grid, zip or list";
  if (sweep.kind != Kind::kMapping) {
    faults->Add(sweep.at, "sweep", absl::StrCat("expected ", kForms, ", got ", sweep.Describe()));
    return factors;
  }
  for (const YamlNode::Entry& form : sweep.entries) {
    const std::string key = JoinKey("sweep", form.key);
    const bool list = form.key == "list";
    if (!list && form.key != "grid" && form.key != "zip") {
      faults->Add(form.at, key,
                  absl::StrCat("unknown key; expected ", kForms, " under sweep, such as grid: {",
                               Printable(form.key), ": [VALUE, VALUE]}"));
    } else if (form.value.kind == Kind::kNull) {
      continue;
    } else if (form.value.kind != (list ? Kind::kSequence : Kind::kMapping)) {
      faults->Add(form.value.at, key,
                  absl::StrCat("expected ", list ? "a list of mappings" : "a mapping of lists",
                               ", got ", form.value.Describe()));
    } else if (list) {
      AddList(form.value, overridden, &factors, faults);
    } else if (form.key == "zip") {
      AddZip(form.value, overridden, &factors, faults);
    } else {
      AddGrid(form.value, overridden, &factors, faults);
    }
  }
  return factors;
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
