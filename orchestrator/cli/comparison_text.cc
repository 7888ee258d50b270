#include "orchestrator/cli/comparison_text.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "orchestrator/cli/format.h"
#include "orchestrator/cli/table.h"
#include "orchestrator/cli/trial_labels.h"

namespace vagram::cli {
namespace {

using analysis::Comparison;
using analysis::ComparisonOptions;
using analysis::GroupedTrials;
using analysis::Summary;
using Json = nlohmann::ordered_json;

constexpr auto kRight = Table::Align::kRight;
constexpr char kNone[] = "-";

// Writes the numbers of one table with the same digits behind the point: about four that count.
class NumberFormat {
 public:
  explicit NumberFormat(const std::vector<Summary>& summaries) {
    double largest = 0;
    for (const Summary& summary : summaries) {
      for (const double value : {summary.mean, summary.median, summary.iqm, summary.auc}) {
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
      }
    }
    if (largest >= 1e7 || (largest > 0 && largest < 1e-3)) {
      scientific_ = true;
    } else if (largest > 0) {
      decimals_ = std::clamp(3 - static_cast<int>(std::floor(std::log10(largest))), 1, 6);
    }
  }

  std::string operator()(double value) const {
    if (std::isnan(value)) return kNone;
    if (scientific_) return absl::StrFormat("%.3e", value);
    return absl::StrFormat("%.*f", decimals_, value);
  }

  std::string operator()(const std::optional<Interval>& interval) const {
    if (!interval.has_value()) return kNone;
    return absl::StrCat("[", (*this)(interval->low), ", ", (*this)(interval->high), "]");
  }

 private:
  bool scientific_ = false;
  int decimals_ = 1;
};

std::string Steps(const Summary& summary, int64_t last) {
  if (summary.num_seeds == 0) return kNone;
  const std::string steps = summary.median_steps.has_value()
                                ? absl::StrFormat("%.0f", *summary.median_steps)
                                : absl::StrCat("> ", last);
  return absl::StrFormat("%s (%d/%d)", steps, summary.num_reached, summary.num_seeds);
}

// The keys that tell groups apart where there is little room; all of them elsewhere.
std::vector<size_t> ShownKeys(const GroupedTrials& trials, int max_width) {
  std::vector<std::vector<std::string>> values(trials.keys.size());
  for (const analysis::Group& group : trials.groups) {
    for (size_t k = 0; k < values.size(); ++k) values[k].push_back(group.values[k]);
  }
  const std::vector<bool> telling = TellingColumns(values);
  const bool all =
      max_width >= kAnyWidth || std::find(telling.begin(), telling.end(), true) == telling.end();
  std::vector<size_t> keys;
  for (size_t k = 0; k < telling.size(); ++k) {
    if (all || telling[k]) keys.push_back(k);
  }
  return keys;
}

Table SummaryTable(const GroupedTrials& trials, const std::vector<Summary>& summaries,
                   const ComparisonOptions& options, int64_t last, int max_width) {
  std::vector<Table::Column> columns;
  const std::vector<size_t> keys = ShownKeys(trials, max_width);
  for (size_t k : keys) {
    columns.push_back({trials.keys[k], Table::Align::kLeft, Table::Shorten::kMiddle, 12});
  }
  if (columns.empty())
    columns.push_back({"GROUP", Table::Align::kLeft, Table::Shorten::kMiddle, 12});
  // With the rank of being left out: what few seeds need least goes first.
  for (const auto& [header, rank] : std::vector<std::pair<const char*, int>>{{"SEEDS", 0},
                                                                             {"MEAN", 0},
                                                                             {"[95 %]", 4},
                                                                             {"MEDIAN", 3},
                                                                             {"IQM", 0},
                                                                             {"[95 %]", 5},
                                                                             {"AUC", 2},
                                                                             {"[95 %]", 1}}) {
    columns.push_back({header, kRight, Table::Shorten::kNever, 0, rank});
  }
  if (options.threshold.has_value()) {
    columns.push_back({absl::StrFormat("STEPS TO %g", *options.threshold), kRight});
  }
  Table table(std::move(columns));
  const NumberFormat number(summaries);
  for (size_t i = 0; i < summaries.size(); ++i) {
    const Summary& summary = summaries[i];
    std::vector<Table::Cell> cells;
    for (size_t k : keys) cells.emplace_back(trials.groups[i].values[k]);
    if (cells.empty()) cells.emplace_back(trials.groups[i].label);
    cells.emplace_back(absl::StrCat(summary.num_seeds));
    cells.emplace_back(number(summary.mean));
    cells.emplace_back(number(summary.mean_interval));
    cells.emplace_back(number(summary.median));
    cells.emplace_back(number(summary.iqm));
    cells.emplace_back(number(summary.iqm_interval));
    cells.emplace_back(number(summary.auc));
    cells.emplace_back(number(summary.auc_interval));
    if (options.threshold.has_value()) cells.emplace_back(Steps(summary, last));
    table.AddRow(std::move(cells));
  }
  return table;
}

std::string Percent(double share) { return absl::StrFormat("%.0f %%", 100 * share); }

Table PairTableWithLabels(const std::vector<std::string>& labels, const Comparison& comparison) {
  Table table({{"A", Table::Align::kLeft, Table::Shorten::kMiddle, 12},
               {"B", Table::Align::kLeft, Table::Shorten::kMiddle, 12},
               {"P(A > B)", kRight},
               {"[95 %]", kRight},
               {""}});
  for (const analysis::PairComparison& pair : comparison.pairs) {
    const auto& [probability, interval] = pair.improvement;
    const bool told_apart = ToldApart(pair);
    const char* verdict = !interval.has_value() ? "too few seeds to say"
                          : !told_apart         ? "not told apart"
                          : probability > 0.5   ? "A is higher"
                                                : "B is higher";
    const bool in_all = pair.num_strata == comparison.strata.size();
    const std::string where =
        in_all ? "" : absl::StrCat(", in ", pair.num_strata, " of ", comparison.strata.size());
    table.AddRow({labels[pair.first],
                  labels[pair.second],
                  Percent(probability),
                  interval.has_value() ? absl::StrCat("[", Percent(interval->low), ", ",
                                                      Percent(interval->high), "]")
                                       : kNone,
                  {absl::StrCat(verdict, where), told_apart ? Color::kGreen : Color::kNone}});
  }
  return table;
}

Table PairTable(const GroupedTrials& trials, const Comparison& comparison, int max_width) {
  std::vector<std::string> labels;
  for (const analysis::Group& group : trials.groups) {
    if (max_width >= kAnyWidth || trials.keys.size() < 2) {
      labels.push_back(group.label);
      continue;
    }
    std::vector<std::string> settings;  // as a trial's label has them, to be shortened like one
    for (size_t k = 0; k < trials.keys.size(); ++k) {
      settings.push_back(absl::StrCat(trials.keys[k], "=", group.values[k]));
    }
    labels.push_back(absl::StrJoin(settings, " "));
  }
  const auto make = [&](const std::vector<std::string>& styled) {
    return PairTableWithLabels(styled, comparison);
  };
  return TableWithLabels(labels, max_width, make);
}

void Append(const Table& table, bool color, int max_width, std::vector<std::string>* lines) {
  for (std::string& line : table.Lines(color, max_width)) lines->push_back(std::move(line));
}

void AppendText(const std::string& text, int max_width, std::vector<std::string>* lines) {
  for (std::string& line : Wrap(text, max_width)) lines->push_back(std::move(line));
}

// The trial whose end limits the stratum, when others go on for longer.
std::string ShortestRun(const analysis::Stratum& stratum) {
  std::string shortest;
  bool others_are_longer = false;
  for (const std::vector<analysis::Run>& runs : stratum.runs) {
    for (const analysis::Run& run : runs) {
      if (run.curve.steps.back() > stratum.range.last) {
        others_are_longer = true;
      } else if (shortest.empty()) {
        shortest = run.trial;
      }
    }
  }
  return others_are_longer ? shortest : "";
}

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json ToJson(const std::optional<Interval>& interval) {
  return interval.has_value() ? Json::array({Number(interval->low), Number(interval->high)})
                              : Json();
}

Json ToJson(const Summary& summary, const std::string& label, const ComparisonOptions& options) {
  Json json = {{"group", label},
               {"num_seeds", summary.num_seeds},
               {"mean", Number(summary.mean)},
               {"mean_interval", ToJson(summary.mean_interval)},
               {"median", Number(summary.median)},
               {"iqm", Number(summary.iqm)},
               {"iqm_interval", ToJson(summary.iqm_interval)},
               {"auc", Number(summary.auc)},
               {"auc_interval", ToJson(summary.auc_interval)}};
  if (options.threshold.has_value()) {
    json["num_reached"] = summary.num_reached;
    json["median_steps"] = summary.median_steps.has_value() ? Json(*summary.median_steps) : Json();
  }
  return json;
}

Json SeedsJson(const analysis::Stratum& stratum, size_t group) {
  Json seeds = Json::array();
  for (const analysis::Run& run : stratum.runs[group]) {
    const std::optional<double> value = ValueAt(run.curve, stratum.range.last);
    seeds.push_back({{"trial", run.trial},
                     {"seed", run.seed},
                     {"value", value.has_value() ? Number(*value) : Json()}});
  }
  return seeds;
}

}  // namespace

std::vector<std::string> ComparisonLines(const GroupedTrials& trials, const Comparison& comparison,
                                         const ComparisonOptions& options, bool color,
                                         int columns) {
  std::vector<std::string> lines;
  std::set<std::string> no_room;  // statistics
  const auto append_summary = [&](const std::vector<Summary>& summaries, int64_t last) {
    const Table table = SummaryTable(trials, summaries, options, last, columns);
    Append(table, color, columns, &lines);
    for (const std::string& header : table.HeadersLeftOut(columns)) {
      no_room.insert(header == "[95 %]" ? "intervals" : header);
    }
  };
  for (size_t i = 0; i < comparison.strata.size(); ++i) {
    const analysis::StratumComparison& stratum = comparison.strata[i];
    const std::string shortest = ShortestRun(trials.strata[i]);
    if (i > 0) lines.emplace_back();
    AppendText(absl::StrCat(Printable(stratum.label), ": ", Printable(trials.metric), " at step ",
                            stratum.range.last,
                            shortest.empty() ? "" : absl::StrCat(", where ", shortest, " ends")),
               columns, &lines);
    append_summary(stratum.groups, stratum.range.last);
  }
  if (!comparison.together.empty()) {
    // A seed that did not get there took longer than its own stratum: that is all that is known.
    int64_t last = comparison.strata[0].range.last;
    for (const auto& stratum : comparison.strata) last = std::min(last, stratum.range.last);
    lines.emplace_back();
    AppendText(absl::StrCat("All ", comparison.strata.size(), " together, seeds drawn within each"),
               columns, &lines);
    append_summary(comparison.together, last);
  }
  if (!comparison.pairs.empty()) {
    lines.emplace_back();
    AppendText(absl::StrCat("Probability that a seed of A ends higher than one of B",
                            comparison.strata.size() > 1 ? ", averaged over the above" : ""),
               columns, &lines);
    Append(PairTable(trials, comparison, columns), color, columns, &lines);
  }
  std::vector<std::string> remarks;
  if (!no_room.empty()) {
    remarks.push_back(absl::StrCat("No room for: ", absl::StrJoin(no_room, ", "),
                                   "; a wider terminal shows them, and so does a pipe"));
  }
  for (const std::string& sentence : LeftOutSentences(trials)) {
    remarks.push_back(absl::StrCat("Left out: ", sentence));
  }
  for (const std::string& warning : trials.warnings) {
    remarks.push_back(absl::StrCat("Note: ", warning));
  }
  for (std::string& caveat : Caveats(trials, comparison)) remarks.push_back(std::move(caveat));
  if (!remarks.empty()) lines.emplace_back();
  for (const std::string& remark : remarks) AppendText(Printable(remark), columns, &lines);
  return lines;
}

std::string ComparisonJson(const GroupedTrials& trials, const Comparison& comparison,
                           const ComparisonOptions& options) {
  Json groups = Json::array();
  for (const analysis::Group& group : trials.groups) {
    Json values = Json::object();
    for (size_t i = 0; i < trials.keys.size(); ++i) values[trials.keys[i]] = group.values[i];
    groups.push_back({{"group", group.label}, {"values", std::move(values)}});
  }
  Json strata = Json::array();
  for (size_t i = 0; i < comparison.strata.size(); ++i) {
    const analysis::StratumComparison& stratum = comparison.strata[i];
    Json summaries = Json::array();
    for (size_t k = 0; k < stratum.groups.size(); ++k) {
      summaries.push_back(ToJson(stratum.groups[k], trials.groups[k].label, options));
      summaries.back()["seeds"] = SeedsJson(trials.strata[i], k);
    }
    strata.push_back({{"stratum", stratum.label},
                      {"first_step", stratum.range.first},
                      {"last_step", stratum.range.last},
                      {"groups", std::move(summaries)}});
  }
  Json together = Json::array();
  for (size_t k = 0; k < comparison.together.size(); ++k) {
    together.push_back(ToJson(comparison.together[k], trials.groups[k].label, options));
  }
  Json pairs = Json::array();
  for (const analysis::PairComparison& pair : comparison.pairs) {
    pairs.push_back({{"a", trials.groups[pair.first].label},
                     {"b", trials.groups[pair.second].label},
                     {"probability", Number(pair.improvement.probability)},
                     {"interval", ToJson(pair.improvement.interval)},
                     {"told_apart", ToldApart(pair)}});
  }
  Json left_out = Json::array();
  for (const analysis::LeftOut& trial : trials.left_out) {
    left_out.push_back({{"trial", trial.trial}, {"why", trial.why}});
  }
  const Json json = {
      {"metric", trials.metric},
      {"by", trials.keys},
      {"seed", options.seed},
      {"threshold", options.threshold.has_value() ? Number(*options.threshold) : Json()},
      {"groups", std::move(groups)},
      {"strata", std::move(strata)},
      {"together", std::move(together)},
      {"pairs", std::move(pairs)},
      {"left_out", std::move(left_out)},
      {"warnings", trials.warnings},
      {"caveats", Caveats(trials, comparison)}};
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace vagram::cli
