#include "core/metrics/tensorboard_writer.h"

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/metrics/atomic_file.h"
#include "core/metrics/crc32c.h"
#include "core/metrics/event.pb.h"

namespace vagram {
namespace {

constexpr absl::string_view kFilePrefix = "events.out.tfevents.";

template <typename T>
std::string LittleEndian(T value) {
  std::string bytes(sizeof(T), '\0');
  for (size_t i = 0; i < sizeof(T); ++i) bytes[i] = static_cast<char>(value >> (8 * i));
  return bytes;
}

// One record of the file: length, its checksum, the event, its checksum.
std::string Record(const tensorboard::Event& event) {
  const std::string data = event.SerializeAsString();
  const std::string length = LittleEndian<uint64_t>(data.size());
  return absl::StrCat(length, LittleEndian(MaskedCrc32c(length)), data,
                      LittleEndian(MaskedCrc32c(data)));
}

std::string FirstRecord(double wall_time) {
  tensorboard::Event event;
  event.set_wall_time(wall_time);
  event.set_file_version("brain.Event:2");
  return Record(event);
}

std::string RowRecord(const MetricRow& row) {
  tensorboard::Event event;
  event.set_wall_time(row.reported_at);
  event.set_step(row.step);
  for (const auto& [name, number] : row.metrics) {
    if (std::isnan(number)) continue;
    tensorboard::Summary::Value& value = *event.mutable_summary()->add_value();
    value.set_tag(name);
    value.set_simple_value(static_cast<float>(number));
  }
  return Record(event);
}

// TensorBoard reads every event file of a folder, so a second one would show each point twice.
absl::Status RemoveEventFiles(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (absl::StartsWith(entry.path().filename().string(), kFilePrefix)) {
      files.push_back(entry.path());
    }
  }
  for (const auto& file : files) {
    if (!error) std::filesystem::remove(file, error);
  }
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot remove the event files of ", folder, ": ", error.message()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TensorboardWriter>> TensorboardWriter::Create(
    const std::string& folder, absl::Span<const MetricRow> rows) {
  RETURN_IF_ERROR(RemoveEventFiles(folder));
  char host[256] = "localhost";
  gethostname(host, sizeof(host) - 1);
  const int64_t now = absl::ToUnixMicros(absl::Now());
  // Unique, as a reader that follows the removed file must not take this one for it.
  const std::string path =
      absl::StrCat(folder, "/", kFilePrefix, now / 1'000'000, ".", host, ".", now % 1'000'000);
  std::string content =
      FirstRecord(rows.empty() ? static_cast<double>(now) / 1e6 : rows.front().reported_at);
  for (const MetricRow& row : rows) absl::StrAppend(&content, RowRecord(row));
  RETURN_IF_ERROR(WriteFileAtomically(path, content));
  return std::unique_ptr<TensorboardWriter>(new TensorboardWriter(path));
}

absl::Status TensorboardWriter::Append(const MetricRow& row) {
  return AppendToFile(path_, RowRecord(row));
}

}  // namespace vagram
