#include "lab/make_figure.h"

#include <unistd.h>

#include <filesystem>
#include <ostream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/metrics/atomic_file.h"

namespace vagram::lab {
namespace {

constexpr double kPixelsPerPoint = 2;

absl::Status PrepareFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make the folder --out=", folder, ": ", error.message()));
  }
  if (access(folder.c_str(), W_OK) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot write into the folder --out=", folder));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Write(const std::string& base, const std::string& csv,
                                               const Figure& figure) {
  ASSIGN_OR_RETURN(const std::string svg, Svg(figure));
  ASSIGN_OR_RETURN(const std::string png, Png(figure, kPixelsPerPoint));
  const std::vector<std::string> paths = {absl::StrCat(base, ".csv"), absl::StrCat(base, ".svg"),
                                          absl::StrCat(base, ".png")};
  RETURN_IF_ERROR(WriteFileAtomically(paths[0], csv));
  RETURN_IF_ERROR(WriteFileAtomically(paths[1], svg));
  RETURN_IF_ERROR(WriteFileAtomically(paths[2], png));
  return paths;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> MakeFigure(const LabFlags& flags, const Stop& stop,
                                                    std::ostream& progress) {
  RETURN_IF_ERROR(PrepareFolder(flags.out));
  if (flags.evolution) {
    const EvolutionOptions& options = flags.evolution_options;
    const auto tell = [&](int64_t repetition) {
      progress << "repetition " << repetition + 1 << " of " << options.repetitions << " done"
               << std::endl;
    };
    ASSIGN_OR_RETURN(const std::vector<ErrorCurve> curves, ErrorEvolution(options, stop, tell));
    return Write(absl::StrCat(flags.out, "/figure2_evolution"), EvolutionCsv(curves),
                 EvolutionFigure(curves));
  }
  progress << "training an agent for " << flags.surface_options.steps << " steps" << std::endl;
  ASSIGN_OR_RETURN(const Surface surface, TrainedSurface(flags.surface_options, stop));
  return Write(absl::StrCat(flags.out, "/figure1_surface"), SurfaceCsv(surface),
               SurfaceFigure(surface));
}

}  // namespace vagram::lab
