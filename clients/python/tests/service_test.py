"""The package against a real service, which the test starts in a folder of its own and stops.

Runs in the workspace's runfiles.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import vagram_client

SPEC = {
    "name": "python-client",
    "base": {
        "num_steps": 400,
        "env": {"id": "Pendulum-v1"},
        "sac": {"hidden_sizes": [16], "batch_size": 16, "updates_per_step": 1, "warmup_steps": 100},
        "model": {
            "members": 2,
            "elites": 1,
            "hidden_sizes": [16],
            "max_epochs": 2,
            "train_every": 100,
        },
        "imagine": {"rollouts_per_step": 2},
        "schedule": {"epoch_length": 100},
        "evaluate": {"episodes": 1},
    },
    "seeds": [1],
}
ENDLESS = {"num_steps": 1_000_000}
TIMEOUT = 120


def running(trial, attempt):
    return (trial.state, trial.attempt) == ("running", attempt)


class ServiceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        os.environ.update(VAGRAM_HOME=cls.home, VAGRAM_BIN_DIR=os.getcwd())
        cls.vagram("up", "--slots", "1")
        cls.addClassCleanup(cls.vagram, "down")

    @staticmethod
    def vagram(*arguments):
        command = ["orchestrator/cli/vagram", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def setUp(self):
        self.client = vagram_client.connect()
        self.addCleanup(self.client.close)

    def submit_endless(self):
        experiment = self.client.submit(SPEC, overrides=ENDLESS)
        self.addCleanup(self.client.wait, experiment.id, timeout=TIMEOUT)
        self.addCleanup(self.client.cancel, experiment.id)
        return experiment.id

    def await_trial(self, watch, is_there):
        """Reads on until the experiment's first trial is as wanted."""
        for experiment in watch:
            if is_there(experiment.trials[0]):
                return
        self.fail(f"it ended as {experiment.state}")

    def watch(self, id):
        return self.client.watch(id, timeout=TIMEOUT)

    def test_follows_an_experiment_to_its_end_and_reads_what_it_left(self):
        accepted = self.client.submit(SPEC, overrides={"seeds": [1, 2]})
        self.assertEqual([trial.seed for trial in accepted.trials], [1, 2])
        seen = list(self.watch(accepted.id))
        self.assertEqual(seen[-1].state, "succeeded")
        self.assertTrue(seen[-1].ended)
        self.assertGreater(seen[-1].ended_at, seen[-1].submitted_at)
        trial = self.client.get(f"{accepted.id}/1").trials[0]
        self.assertEqual((trial.seed, trial.attempt, trial.progress.step), (2, 1, 400))
        table = self.client.metrics(trial.id)
        self.assertEqual(table["step"], [100, 200, 300, 400])
        returns = [value for value in table["evaluate/return_mean"] if value == value]
        self.assertAlmostEqual(sum(returns[-3:]) / 3, trial.final_return)
        self.assertEqual(set(self.client.metrics(trial.id, ["sac/alpha"])),
                         {"step", "epoch", "wall_seconds", "sac/alpha"})
        sources = {line.source for line in self.client.logs(trial.id)}
        self.assertEqual(sources, {"actor.0", "learner", "model_server"})
        self.assertLessEqual(len(list(self.client.logs(trial.id, role="learner", tail_lines=1))), 1)
        self.assertIn(accepted.id, [experiment.id for experiment in self.client.list()])

    def test_starts_nothing_twice_for_one_request(self):
        first = self.client.submit(SPEC, overrides=ENDLESS, request_id="once")
        again = self.client.submit(SPEC, overrides={"seeds": 7}, request_id="once")
        self.assertEqual((first.id, len(again.trials)), (again.id, 1))
        self.client.cancel(first.id)
        self.assertEqual(self.client.wait(first.id, timeout=TIMEOUT).state, "cancelled")

    def test_names_every_fault_of_a_specification(self):
        with self.assertRaises(vagram_client.InvalidArgument) as raised:
            self.client.submit("name: x\nbase:\n  num_steps: -1\n  model: {los: mle}\n")
        text = "\n".join(f"{fault.field}: {fault.description}" for fault in raised.exception.faults)
        self.assertGreaterEqual(len(raised.exception.faults), 2)
        self.assertRegex(text, "num_steps")
        self.assertRegex(text, "los")

    def test_says_what_does_not_exist(self):
        for call in (self.client.get, self.client.cancel, self.client.metrics, self.client.wait):
            with self.assertRaisesRegex(vagram_client.NotFound, "4711"):
                call("4711/0")

    def test_pauses_resumes_and_preempts(self):
        id = self.submit_endless()
        self.await_trial(self.watch(id), lambda trial: trial.state == "running")
        self.assertEqual(self.client.pause(id).state, "paused")
        self.await_trial(self.watch(id), lambda trial: not trial.workers)
        self.client.resume(id)
        self.await_trial(self.watch(id), lambda trial: running(trial, attempt=2))
        self.client.preempt(id)
        self.await_trial(self.watch(id), lambda trial: running(trial, attempt=3))

    def test_waits_no_longer_than_it_is_to(self):
        id = self.submit_endless()
        with self.assertRaisesRegex(vagram_client.DeadlineExceeded, "0 of 1 trials ended"):
            self.client.wait(id, timeout=1)

    def test_goes_on_watching_over_a_restart_of_the_service(self):
        id = self.submit_endless()
        watch = self.watch(id)
        self.await_trial(watch, lambda trial: running(trial, attempt=1))
        pid = self.client.info().pid
        self.vagram("down")
        self.vagram("up", "--slots", "1")
        self.assertNotEqual(self.client.info().pid, pid)
        self.await_trial(watch, lambda trial: running(trial, attempt=2))

    def test_runs_the_example(self):
        script = pathlib.Path("clients/python/examples/compare_losses.py")
        output = subprocess.run(
            [sys.executable, script, "--steps", "600", "--seeds", "1"],
            check=True, stdout=subprocess.PIPE, universal_newlines=True, timeout=2 * TIMEOUT).stdout
        self.assertRegex(output, r"(?m)^vagram +1 +-[0-9.]+ +-[0-9.]+$")
        self.assertRegex(output, r"(?m)^mle +1 +-[0-9.]+ +-[0-9.]+$")


if __name__ == "__main__":
    unittest.main(verbosity=2)
