#ifndef LAB_MAKE_FIGURE_H_
#define LAB_MAKE_FIGURE_H_

#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/stop.h"
#include "lab/lab_flags.h"

namespace vagram::lab {

// Makes the figure and writes it into the folder `flags.out`, which is made where it is missing, as
// .csv, .svg and .png. Returns the files' paths. Tells `progress` how far it is.
//   INVALID_ARGUMENT: an option out of range.   FAILED_PRECONDITION: the folder cannot be written,
//   which is found out before the work begins.   CANCELLED: `stop` tripped.
absl::StatusOr<std::vector<std::string>> MakeFigure(const LabFlags& flags, const Stop& stop,
                                                    std::ostream& progress);

}  // namespace vagram::lab

#endif  // LAB_MAKE_FIGURE_H_
