#include "actor/render_flags.h"

#include <CLI/CLI.hpp>

namespace vagram {

absl::StatusOr<RenderFlags> ParseRenderFlags(int argc, const char* const* argv) {
  RenderFlags flags;
  CLI::App app("Makes a clip of a task; `vagram render` calls it.");
  app.add_option("--env", flags.env, "the task; default: the policy's");
  app.add_option("--policy", flags.policy, "a .policy file; default or 'random': random actions");
  app.add_option("--out", flags.out, "FILE.mp4 or a folder for PNG files")->required();
  app.add_option("--episodes", flags.clip.episodes)->check(CLI::Range(1, 1000));
  app.add_option("--steps", flags.clip.max_steps)->check(CLI::Range(0, 1000000));
  app.add_option("--seed", flags.clip.seed);
  app.add_option("--width", flags.picture.width)->check(CLI::Range(16, 4096));
  app.add_option("--height", flags.picture.height)->check(CLI::Range(16, 4096));
  app.add_option("--camera", flags.picture.camera);
  app.add_flag("!--no-caption", flags.clip.caption);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(error.what());
  }
  if (flags.policy == "random") flags.policy.clear();
  if (flags.env.empty() && flags.policy.empty()) {
    return absl::InvalidArgumentError(
        "expected --env=TASK or --policy=FILE, got neither; `vagram envs` lists the tasks");
  }
  return flags;
}

}  // namespace vagram
