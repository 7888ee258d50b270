#include "core/metrics/csv_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "core/base/status_macros.h"
#include "core/metrics/atomic_file.h"

namespace vagram {
namespace {

std::string Number(double value) {
  if (std::isnan(value)) return "";
  char buffer[32];  // the longest shortest form has 24 characters
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  return std::string(buffer, end);
}

// RFC 4180.
std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace

absl::StatusOr<std::unique_ptr<CsvWriter>> CsvWriter::Create(const std::string& path,
                                                             absl::Span<const MetricRow> rows) {
  std::unique_ptr<CsvWriter> writer(new CsvWriter(path));
  for (const MetricRow& row : rows) writer->AddColumns(row);
  writer->rows_.assign(rows.begin(), rows.end());
  RETURN_IF_ERROR(writer->Rewrite());
  return writer;
}

absl::Status CsvWriter::Append(const MetricRow& row) {
  rows_.push_back(row);
  if (AddColumns(row)) return Rewrite();
  return AppendToFile(path_, Line(row));
}

bool CsvWriter::AddColumns(const MetricRow& row) {
  const size_t before = columns_.size();
  for (const auto& [name, value] : row.metrics) {
    if (std::find(columns_.begin(), columns_.end(), name) == columns_.end()) {
      columns_.push_back(name);
    }
  }
  return columns_.size() > before;
}

std::string CsvWriter::Header() const {
  std::string header = "epoch,step,wall_seconds";
  for (const std::string& column : columns_) absl::StrAppend(&header, ",", Quoted(column));
  return absl::StrCat(header, "\n");
}

std::string CsvWriter::Line(const MetricRow& row) const {
  std::string line = absl::StrCat(row.epoch, ",", row.step, ",", Number(row.wall_seconds));
  for (const std::string& column : columns_) {
    double field = std::numeric_limits<double>::quiet_NaN();
    for (const auto& [name, value] : row.metrics) {
      if (name == column) field = value;
    }
    absl::StrAppend(&line, ",", Number(field));
  }
  return absl::StrCat(line, "\n");
}

absl::Status CsvWriter::Rewrite() const {
  std::string content = Header();
  for (const MetricRow& row : rows_) absl::StrAppend(&content, Line(row));
  return WriteFileAtomically(path_, content);
}

}  // namespace vagram
