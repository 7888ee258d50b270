"""Experiments and trials as plain values; `message` has what is left out here."""

from __future__ import annotations

import dataclasses
import datetime
import math
from typing import Optional

from google.protobuf import timestamp_pb2

from vagram_client.stubs import orchestrator_pb2 as pb

_ENDED = frozenset({"succeeded", "failed", "cancelled", "stopped"})


def _time(message: object, field: str) -> Optional[datetime.datetime]:
    if not message.HasField(field):
        return None
    timestamp: timestamp_pb2.Timestamp = getattr(message, field)
    return timestamp.ToDatetime(tzinfo=datetime.timezone.utc)


def _known(value: float) -> Optional[float]:
    return None if math.isnan(value) else value


def _name(enum: object, number: int, prefix: str = "") -> str:
    """Such as "running"; one that this client does not know is named by its number."""
    try:
        return enum.Name(number).removeprefix(prefix).lower()
    except ValueError:
        return f"unknown ({number})"


@dataclasses.dataclass(frozen=True)
class Progress:
    """What the learner said last."""

    step: int  # environment steps
    num_steps: int
    episode_return: Optional[float]  # mean of the last evaluation; None before the first
    updates_per_second: float
    eta_seconds: float
    activity: str  # such as "training the model"


@dataclasses.dataclass(frozen=True)
class Worker:
    """A process of a running trial."""

    role: str  # actor, learner or model_server
    index: int
    pid: int
    host: str
    log_file: str  # on the service's machine


@dataclasses.dataclass(frozen=True)
class Trial:
    """One configuration with one seed."""

    id: str  # such as "3/0"
    label: str  # the swept keys, such as "model.loss=vagram seed=1"
    seed: int
    state: str  # queued, starting, running, stalled, paused, succeeded, failed, cancelled, ...
    reason: str  # why it failed, was restarted last, or waits
    attempt: int  # 1 for the first
    overrides: dict[str, str]  # swept keys and their values
    final_return: Optional[float]  # mean evaluation return of the last 3 evaluations
    progress: Optional[Progress]
    workers: tuple[Worker, ...]
    folder: str  # on the service's machine
    message: pb.Trial = dataclasses.field(repr=False, compare=False)

    @property
    def ended(self) -> bool:
        return self.state in _ENDED

    @classmethod
    def from_message(cls, message: pb.Trial) -> Trial:
        progress = None
        if message.HasField("progress"):
            said = message.progress
            progress = Progress(
                said.step,
                said.num_steps,
                _known(said.episode_return),
                said.updates_per_second,
                said.eta_seconds,
                said.activity,
            )
        return cls(
            id=message.id,
            label=message.label,
            seed=message.seed,
            state=_name(pb.TrialState, message.state),
            reason=message.reason,
            attempt=message.attempt,
            overrides=dict(message.overrides),
            final_return=message.final_return if message.HasField("final_return") else None,
            progress=progress,
            workers=tuple(
                Worker(
                    _name(pb.Role, worker.role),
                    worker.index,
                    worker.pid,
                    worker.host,
                    worker.log_file,
                )
                for worker in message.workers
            ),
            folder=message.folder,
            message=message,
        )


@dataclasses.dataclass(frozen=True)
class Experiment:
    """An experiment with its trials."""

    id: str
    name: str
    state: str  # queued, running, paused, succeeded, failed or cancelled
    submitted_at: Optional[datetime.datetime]
    ended_at: Optional[datetime.datetime]
    trials: tuple[Trial, ...]
    folder: str  # on the service's machine
    message: pb.Experiment = dataclasses.field(repr=False, compare=False)

    @property
    def ended(self) -> bool:
        return self.state in _ENDED

    @classmethod
    def from_message(cls, message: pb.Experiment) -> Experiment:
        return cls(
            id=message.id,
            name=message.name,
            state=_name(pb.ExperimentState, message.state, "EXPERIMENT_"),
            submitted_at=_time(message, "submitted_at"),
            ended_at=_time(message, "ended_at"),
            trials=tuple(Trial.from_message(trial) for trial in message.trials),
            folder=message.folder,
            message=message,
        )


@dataclasses.dataclass(frozen=True)
class LogLine:
    """A line that a process of a trial has written."""

    trial_id: str
    source: str  # such as learner or actor.0
    text: str


@dataclasses.dataclass(frozen=True)
class ServiceInfo:
    """What the service is."""

    version: str
    home: str
    slots: int
    used_slots: int
    pid: int
    dashboard: str  # its URL; empty: none
    message: pb.ServiceInfo = dataclasses.field(repr=False, compare=False)

    @classmethod
    def from_message(cls, message: pb.ServiceInfo) -> ServiceInfo:
        return cls(
            message.version,
            message.home,
            message.slots,
            message.used_slots,
            message.pid,
            message.dashboard,
            message,
        )
