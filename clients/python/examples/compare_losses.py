#!/usr/bin/env python3
"""Trains the quick start with two losses, follows it, and prints each loss's final returns.

    vagram up
    clients/python/examples/compare_losses.py                    # the whole quick start
    clients/python/examples/compare_losses.py --steps 1000       # shorter, to see how it goes
"""

import argparse
import collections
import pathlib
import statistics
import sys

import vagram_client

QUICKSTART = pathlib.Path(__file__).parents[3] / "experiments" / "quickstart.yaml"


def follow(vagram, experiment_id):
    """Prints a line whenever a trial has come a tenth further; answers how all ended."""
    shown = {}
    for experiment in vagram.watch(experiment_id):
        for trial in experiment.trials:
            done = trial.progress.step * 10 // trial.progress.num_steps if trial.progress else 0
            if shown.get(trial.id) != (trial.state, done):
                shown[trial.id] = (trial.state, done)
                print(f"{trial.id}  {trial.label:30}  {trial.state:10}  {10 * done} %", flush=True)
    return experiment


def print_table(experiment):
    returns = collections.defaultdict(list)
    for trial in experiment.trials:
        if trial.final_return is not None:
            returns[trial.overrides["model.loss"]].append(trial.final_return)
    print(f"\n{'LOSS':12}  {'SEEDS':>5}  {'MEAN':>8}  FINAL RETURNS")
    for loss, values in returns.items():
        each = "  ".join(f"{value:.1f}" for value in values)
        print(f"{loss:12}  {len(values):5}  {statistics.mean(values):8.1f}  {each}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, help="environment steps of every trial")
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    overrides = {"seeds": arguments.seeds}
    if arguments.steps is not None:
        overrides["num_steps"] = arguments.steps
    try:
        with vagram_client.connect() as vagram:
            experiment = vagram.submit(QUICKSTART, overrides=overrides)
            experiment = follow(vagram, experiment.id)
    except vagram_client.VagramError as error:
        sys.exit(f"compare_losses: {error}")
    print_table(experiment)
    for trial in experiment.trials:
        if trial.state == "failed":
            print(f"{trial.id} failed: {trial.reason}", file=sys.stderr)
    sys.exit(0 if experiment.state == "succeeded" else 1)


if __name__ == "__main__":
    main()
