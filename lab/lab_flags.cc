#include "lab/lab_flags.h"

#include <CLI/CLI.hpp>

namespace vagram::lab {

absl::StatusOr<LabFlags> ParseLabFlags(int argc, const char* const* argv) {
  LabFlags flags;
  CLI::App app("Makes figures of the VaGraM paper anew.");
  app.require_subcommand(1);

  CLI::App* surface = app.add_subcommand("surface");
  surface->add_option("--out", flags.out)->required();
  surface->add_option("--seed", flags.surface_options.seed);
  surface->add_option("--steps", flags.surface_options.steps);
  surface->add_option("--theta", flags.surface_options.theta);
  surface->add_option("--theta_dot", flags.surface_options.theta_dot);
  surface->add_option("--resolution", flags.surface_options.resolution)->check(CLI::Range(2, 1000));

  CLI::App* evolution = app.add_subcommand("evolution");
  evolution->add_option("--out", flags.out)->required();
  evolution->add_option("--seed", flags.evolution_options.seed);
  evolution->add_option("--steps", flags.evolution_options.steps);
  evolution->add_option("--repetitions", flags.evolution_options.repetitions);
  evolution->add_option("--value_functions", flags.evolution_options.value_functions);
  evolution->add_option("--transitions", flags.evolution_options.transitions);
  evolution->add_option("--max_epochs", flags.evolution_options.max_epochs);
  std::string predict = "next_state";
  evolution->add_option("--predict", predict)->check(CLI::IsMember({"next_state", "delta"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
  flags.evolution = evolution->parsed();
  flags.evolution_options.predict_delta = predict == "delta";
  return flags;
}

}  // namespace vagram::lab
