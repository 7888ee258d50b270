#include "orchestrator/dashboard/metric_series.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "proto/orchestrator.pb.h"

namespace vagram {
namespace {

using ::google::protobuf::internal::WireFormatLite;
using ::google::protobuf::io::CodedInputStream;

constexpr uint32_t Tag(int field, WireFormatLite::WireType type) {
  return WireFormatLite::MakeTag(field, type);
}
constexpr auto kVarint = WireFormatLite::WIRETYPE_VARINT;
constexpr auto kFixed64 = WireFormatLite::WIRETYPE_FIXED64;
constexpr auto kBytes = WireFormatLite::WIRETYPE_LENGTH_DELIMITED;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// The bytes of a length-delimited field, which stay where they are.
bool ReadBytes(absl::string_view message, CodedInputStream& input, absl::string_view* bytes) {
  uint32_t length = 0;
  if (!input.ReadVarint32(&length)) return false;
  const size_t begin = static_cast<size_t>(input.CurrentPosition());
  if (length > message.size() - begin || !input.Skip(static_cast<int>(length))) return false;
  *bytes = message.substr(begin, length);
  return true;
}

// A serialized Metric.
bool ReadMetric(absl::string_view metric, absl::string_view* name, double* value) {
  CodedInputStream input(Bytes(metric), static_cast<int>(metric.size()));
  *value = 0;  // which proto3 does not write
  while (const uint32_t tag = input.ReadTag()) {
    if (tag == Tag(v1::Metric::kNameFieldNumber, kBytes)) {
      if (!ReadBytes(metric, input, name)) return false;
    } else if (tag == Tag(v1::Metric::kValueFieldNumber, kFixed64)) {
      uint64_t bits = 0;
      if (!input.ReadLittleEndian64(&bits)) return false;
      std::memcpy(value, &bits, sizeof(bits));
    } else if (!WireFormatLite::SkipField(&input, tag)) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool AppendRow(absl::string_view row, absl::Span<const std::string> names,
               absl::Span<MetricSeries> series) {
  CodedInputStream input(Bytes(row), static_cast<int>(row.size()));
  uint64_t step = 0;
  while (const uint32_t tag = input.ReadTag()) {
    if (tag == Tag(v1::MetricRow::kStepFieldNumber, kVarint)) {
      if (!input.ReadVarint64(&step)) return false;
    } else if (tag == Tag(v1::MetricRow::kMetricsFieldNumber, kBytes)) {
      absl::string_view metric, name;
      double value = 0;
      if (!ReadBytes(row, input, &metric) || !ReadMetric(metric, &name, &value)) return false;
      const auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end() || !std::isfinite(value)) continue;
      // Fields come in the order of their numbers: the step is known.
      MetricSeries& into = series[static_cast<size_t>(found - names.begin())];
      into.steps.push_back(static_cast<int64_t>(step));
      into.values.push_back(value);
    } else if (!WireFormatLite::SkipField(&input, tag)) {
      return false;
    }
  }
  return true;
}

MetricSeries Thinned(const MetricSeries& series, size_t max_points) {
  const size_t size = series.size();
  if (size <= max_points) return series;
  MetricSeries thinned;
  const auto keep = [&](size_t i) {
    thinned.steps.push_back(series.steps[i]);
    thinned.values.push_back(series.values[i]);
  };
  keep(0);
  const size_t stretches = (max_points - 2) / 2;
  for (size_t stretch = 0; stretch < stretches; ++stretch) {
    // Points 1 to size - 2 in parts that differ by at most one point.
    const size_t begin = 1 + stretch * (size - 2) / stretches;
    const size_t end = 1 + (stretch + 1) * (size - 2) / stretches;
    const auto [lowest, highest] =
        std::minmax_element(series.values.begin() + static_cast<ptrdiff_t>(begin),
                            series.values.begin() + static_cast<ptrdiff_t>(end));
    const auto low = static_cast<size_t>(lowest - series.values.begin());
    const auto high = static_cast<size_t>(highest - series.values.begin());
    keep(std::min(low, high));
    if (low != high) keep(std::max(low, high));
  }
  keep(size - 1);
  return thinned;
}

}  // namespace vagram
