// What checkpoints cost a trial of the Hopper preset (mbpo/hopper) in the middle of its way:
// 100,000 transitions in the replay and the imagination of an epoch. Prints the time of a whole
// save, of the next one, an epoch later, of a restoration, and the share of the second in an epoch,
// of whose work only SAC's updates are counted, which the epoch is thus at least as long as.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/logging.h"
#include "core/base/random.h"
#include "core/checkpoint/posix_storage.h"
#include "core/config/linear_schedule.h"
#include "core/nn/blas.h"
#include "core/nn/compute_threads.h"
#include "core/nn/freed_memory.h"
#include "core/replay/replay_buffer.h"
#include "learner/sac_from_config.h"
#include "learner/trial_checkpoints.h"
#include "model_server/world_model.h"
#include "orchestrator/spec/experiment.h"

ABSL_FLAG(int64_t, transitions, 100'000, "in the replay");
ABSL_FLAG(std::string, folder, "/tmp", "on the disk that checkpoints would be on");

namespace vagram {
namespace {

// A model server that never trained: its state is as large as a trained one's.
class NoSource : public TransitionSource {
  absl::Status ReadTransitions(
      int64_t, int64_t, const std::function<absl::Status(const TransitionBatch&)>&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<at::Tensor> ValueGradients(int64_t, int64_t, int64_t,
                                            const ValueGradientOptions&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<CriticNetworks> GetCritics(int64_t, const std::string&) override {
    return absl::UnimplementedError("");
  }
};

void Fill(ReplayBuffer& replay, const Task& task, int64_t rows) {
  Rng rng(1);
  TransitionBatch batch(rows, task.obs_dim, task.act_dim);
  for (auto* column : {&batch.observation, &batch.action, &batch.reward, &batch.next_observation}) {
    rng.FillNormal(absl::MakeSpan(*column));
  }
  CHECK(replay.Append(batch).ok());
}

TransitionLog LogOf(const ReplayBuffer& replay) {
  return {replay.begin_index(), replay.end_index(),
          [&replay](int64_t first, int64_t end, TransitionBatch* out) {
            return replay.Read(first, end, out);
          }};
}

double Seconds(absl::Time since) { return absl::ToDoubleSeconds(absl::Now() - since); }

void Run() {
  const ResolvedExperiment experiment =
      *ResolveExperiment("preset: mbpo/hopper\nseeds: [0]\n", "bench", {});
  const v1::TrialConfig& config = experiment.trials[0].config;
  const Task& task = **FindTask(config.env().id());
  const int64_t transitions = absl::GetFlag(FLAGS_transitions);
  const int64_t epoch_length = config.schedule().epoch_length();
  const int length = ScheduleLength(config.imagine().length(), transitions / epoch_length);
  const int64_t imagined_per_epoch = epoch_length * config.imagine().rollouts_per_step() * length;

  const SacOptions options = *SacOptionsFromConfig(config, task);
  const std::unique_ptr<Sac> sac = *Sac::Create(options, 1);
  NoSource source;
  const std::unique_ptr<WorldModel> model = *WorldModel::Create(config, task, &source);
  ReplayBuffer replay(config.sac().replay_capacity(), task.obs_dim, task.act_dim);
  ReplayBuffer imagined(imagined_per_epoch, task.obs_dim, task.act_dim);
  Fill(replay, task, transitions);
  Fill(imagined, task, imagined_per_epoch);

  // An update's time, and an epoch's updates.
  TransitionBatch batch(config.sac().batch_size(), task.obs_dim, task.act_dim);
  std::vector<int64_t> indices(batch.size);
  Rng rng(2);
  constexpr int kUpdates = 300;
  absl::Time start;
  for (int i = -30; i < kUpdates; ++i) {
    if (i == 0) start = absl::Now();
    replay.SampleIndices(rng, absl::MakeSpan(indices));
    replay.Gather(indices, 0, &batch);
    sac->Update(batch);
  }
  const double epoch_seconds =
      Seconds(start) / kUpdates * epoch_length * config.sac().updates_per_step();

  std::string folder = absl::StrCat(absl::GetFlag(FLAGS_folder), "/checkpoint_bench_XXXXXX");
  CHECK(mkdtemp(folder.data()) != nullptr) << folder;
  PosixStorage storage;
  const auto checkpoints = *TrialCheckpoints::Open(&storage, folder, config, task);
  const auto save = [&](int64_t step) {
    const absl::Time begin = absl::Now();
    TrialCut cut;
    cut.learner.set_step(step);
    *cut.learner.mutable_sac() = sac->SaveState();
    cut.model_server = model->SaveState().SerializeAsString();
    const absl::Status saved = checkpoints->Save(cut, LogOf(replay), LogOf(imagined));
    CHECK(saved.ok()) << saved;
    return Seconds(begin);
  };
  const double first = save(transitions);
  Fill(replay, task, epoch_length);
  Fill(imagined, task, imagined_per_epoch);
  const double next = save(transitions + epoch_length);

  start = absl::Now();
  const auto again = *TrialCheckpoints::Open(&storage, folder, config, task);
  const auto restored = *again->Restore();
  ReplayBuffer replay_again(config.sac().replay_capacity(), task.obs_dim, task.act_dim);
  ReplayBuffer imagined_again(imagined_per_epoch, task.obs_dim, task.act_dim);
  replay_again.Restart(restored->replay_first_index);
  imagined_again.Restart(restored->imagined_first_index);
  for (const TransitionBatch& rows : restored->replay) CHECK(replay_again.Append(rows).ok());
  for (const TransitionBatch& rows : restored->imagined) CHECK(imagined_again.Append(rows).ok());
  CHECK(sac->RestoreState(restored->cut.learner.sac()).ok());
  const double restore = Seconds(start);

  std::cout << "replay " << transitions << " transitions, imagined " << imagined_per_epoch
            << " per epoch (length " << length << ")\n"
            << "first checkpoint, whole    " << first << " s\n"
            << "next one, an epoch later   " << next << " s\n"
            << "restoration                " << restore << " s\n"
            << "an epoch's updates         " << epoch_seconds << " s\n"
            << "share of the next one      " << 100 * next / epoch_seconds << " %\n";
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace vagram

int main(int argc, char** argv) {
  vagram::RestartWithFasterBlas(argv);
  vagram::KeepFreedMemory();
  absl::ParseCommandLine(argc, argv);
  const absl::Status threads = vagram::SetComputeThreads(1);
  CHECK(threads.ok()) << threads;
  vagram::Run();
  return 0;
}
