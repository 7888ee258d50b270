"""The client: a line to the service of one home folder."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
import random
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Union

import grpc

from vagram_client import columns, errors, home
from vagram_client.records import Experiment, LogLine, ServiceInfo
from vagram_client.stubs import orchestrator_pb2 as pb
from vagram_client.stubs import orchestrator_pb2_grpc as services

if TYPE_CHECKING:
    import numpy

Spec = Union[str, "os.PathLike[str]", Mapping[str, Any]]
Overrides = Union[Mapping[str, Any], Iterable[str]]

CALL_TIMEOUT = 20.0  # seconds
STREAM_TIMEOUT = 24 * 3600.0
# How long a service that does not answer may take to come back: while a call is made, and while an
# experiment is followed. `vagram down` and `up` fit into the latter.
CALL_PATIENCE = 5.0
STREAM_PATIENCE = 60.0

_MAX_BACKOFF = 2.0
_CHANNEL_OPTIONS = [
    ("grpc.max_metadata_size", 64 << 10),  # room for an error that names many faults
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 64 << 20),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # The service is on this machine: neither a proxy named in the environment nor DNS has a say.
    ("grpc.enable_http_proxy", 0),
    ("grpc.service_config_disable_resolution", 1),
]


def connect(home_folder: Union[str, "os.PathLike[str]", None] = None) -> Client:
    """A client of the service whose home folder this is: $VAGRAM_HOME or ~/.vagram if not given.

    Raises Unavailable when no service has been started there.
    """
    return Client(home.resolve_home(home_folder))


def spec_text(spec: Spec) -> tuple[str, str, str]:
    """YAML, the file's name for messages, and the folder where its relative paths begin."""
    if isinstance(spec, Mapping):  # JSON is YAML
        return json.dumps(spec, allow_nan=False), "dict", os.getcwd()
    if isinstance(spec, str) and "\n" in spec:
        return spec, "text", os.getcwd()
    path = pathlib.Path(spec)
    return path.read_text(encoding="utf-8"), str(path), str(path.absolute().parent)


def override_texts(overrides: Overrides) -> List[str]:
    """KEY=VALUE, the values in YAML."""
    if isinstance(overrides, str):
        raise TypeError('overrides are a mapping or a list of "KEY=VALUE", not one text')
    if not isinstance(overrides, Mapping):
        return list(overrides)
    return [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in overrides.items()
    ]


class Client:
    """Calls of the Experiments service; made by `connect`, closed by `with` or `close`.

    Timeouts are in seconds. Every call may raise a VagramError. A service that is restarted is
    found again, also on another port: what is safe to repeat is repeated, and all calls but `logs`
    are. Thread-safe.
    """

    def __init__(self, home_folder: pathlib.Path):
        self._home = home_folder
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._record: Optional[home.ServiceRecord] = None
        self._connect()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all calls, also those of other threads, which raise Cancelled."""
        self._closed.set()
        with self._lock:
            self._channel.close()

    # --- Experiments

    def submit(
        self,
        spec: Spec,
        *,
        overrides: Overrides = (),
        request_id: Optional[str] = None,
        tuning: bool = False,
        timeout: float = CALL_TIMEOUT,
    ) -> Experiment:
        """Submits an experiment and answers it as it was accepted.

        Args:
          spec: the path of an experiment file, its YAML text (anything with a line break), or a
            dictionary of the same keys.
          overrides: as --set: {"model.loss": "mle"} or ["model.loss=mle"].
          request_id: a submission with the id of an earlier one answers with that one's experiment
            and starts nothing. Give one to make a script safe to run again.
          tuning: runs with the file's tuning_seeds in place of its seeds.

        Raises InvalidArgument, with all faults of the file. A file with `env.task` is submitted
        with the command line, which packs what the task file names.
        """
        yaml, name, folder = spec_text(spec)
        request = pb.SubmitRequest(
            client_request_id=request_id or str(uuid.uuid4()),
            spec_yaml=yaml,
            spec_file=name,
            spec_folder=folder,
            overrides=override_texts(overrides),
            tuning=tuning,
        )
        return Experiment.from_message(self._call("Submit", request, timeout).experiment)

    def get(self, id: str, *, timeout: float = CALL_TIMEOUT) -> Experiment:
        """The experiment; with a trial's id only that trial of it.   NotFound."""
        return self._experiment("GetExperiment", pb.GetExperimentRequest(id=id), timeout)

    def list(self, limit: int = 100, *, timeout: float = CALL_TIMEOUT) -> List[Experiment]:
        """The newest experiments first, without configurations and workers."""
        response = self._call("ListExperiments", pb.ListExperimentsRequest(limit=limit), timeout)
        return [Experiment.from_message(message) for message in response.experiments]

    def watch(self, id: str, *, timeout: float = STREAM_TIMEOUT) -> Iterator[Experiment]:
        """The experiment now and after every change, until it, or the trial of that id, has ended.

        Changes that follow one another closely are merged. A paused experiment has not ended.
        """
        request = pb.GetExperimentRequest(id=id)
        for message in self._stream("WatchExperiment", request, timeout, STREAM_PATIENCE):
            yield Experiment.from_message(message)

    def wait(self, id: str, *, timeout: float = STREAM_TIMEOUT) -> Experiment:
        """The experiment, once it, or the trial of that id, has ended.

        It may have failed: see `state`. Raises DeadlineExceeded, and says how far it has come.
        """
        last = None
        try:
            for last in self.watch(id, timeout=timeout):
                pass
        except errors.DeadlineExceeded:
            far = "not seen"
            if last is not None:
                ended = sum(trial.ended for trial in last.trials)
                far = f"{last.state}, {ended} of {len(last.trials)} trials ended"
            raise errors.DeadlineExceeded(f"{id} goes on after {timeout:g} s: {far}") from None
        assert last is not None  # the service sends the present state first
        return last

    # --- Steering: of an experiment, or one trial

    def cancel(self, id: str, *, timeout: float = CALL_TIMEOUT) -> Experiment:
        """Stops every unfinished trial."""
        return self._experiment("Cancel", pb.CancelRequest(id=id), timeout)

    def pause(self, id: str, *, timeout: float = CALL_TIMEOUT) -> Experiment:
        """Ends the processes of unfinished trials, once a checkpoint is saved, until `resume`."""
        return self._experiment("Pause", pb.PauseRequest(id=id), timeout)

    def resume(self, id: str, *, timeout: float = CALL_TIMEOUT) -> Experiment:
        """Queues paused trials again, and failed ones with all their restarts."""
        return self._experiment("Resume", pb.ResumeRequest(id=id), timeout)

    def preempt(self, id: str, *, timeout: float = CALL_TIMEOUT) -> Experiment:
        """Ends the processes of running trials, once a checkpoint is saved, and queues them."""
        return self._experiment("Preempt", pb.PreemptRequest(id=id), timeout)

    # --- What trials say

    def metrics(
        self,
        trial_id: str,
        names: Optional[Iterable[str]] = None,
        *,
        as_numpy: bool = False,
        timeout: float = CALL_TIMEOUT,
    ) -> Dict[str, Union[List[float], "numpy.ndarray"]]:
        """The metrics of the trial's latest attempt as columns of one length, by name.

        `step`, `epoch` and `wall_seconds` say where a row belongs. NaN stands where a row lacks a
        metric. `names` chooses metrics; all if not given. With `as_numpy` columns are arrays.
        """
        table = columns.to_columns(self._rows(trial_id, time.monotonic() + timeout), names)
        if not as_numpy:
            return table
        import numpy

        return {name: numpy.asarray(column) for name, column in table.items()}

    def logs(
        self,
        id: str,
        *,
        role: Optional[str] = None,
        follow: bool = False,
        tail_lines: int = 0,
        timeout: float = STREAM_TIMEOUT,
    ) -> Iterator[LogLine]:
        """Lines of the processes' logs, of an experiment or a trial.

        Args:
          role: actor, learner or model_server; all if not given.
          follow: goes on until the trials have ended.
          tail_lines: the last lines only; 0: everything.
        """
        request = pb.GetLogsRequest(id=id, follow=follow, tail_lines=tail_lines)
        if role is not None:
            if role.upper() not in ("ACTOR", "LEARNER", "MODEL_SERVER"):
                raise errors.InvalidArgument(
                    f'role is "{role}", expected actor, learner or model_server'
                )
            request.role = pb.Role.Value(role.upper())
        # What has been sent cannot be told from what is to come after a restart: no patience.
        for chunk in self._stream("GetLogs", request, timeout, patience=0):
            for line in chunk.text.splitlines():
                yield LogLine(chunk.trial_id, chunk.source, line)

    def info(self, *, timeout: float = CALL_TIMEOUT) -> ServiceInfo:
        """The service's version, home folder and slots."""
        return ServiceInfo.from_message(
            self._call("GetServiceInfo", pb.GetServiceInfoRequest(), timeout)
        )

    # --- Calls

    def _connect(self) -> None:
        """To where the service is now; keeps the channel that leads there already."""
        record = home.read_record(self._home)
        token = home.read_token(self._home)
        with self._lock:
            if self._closed.is_set():
                raise errors.Cancelled("the client is closed")
            self._metadata = [("authorization", f"Bearer {token}")]
            if self._record == record:
                return
            self._record = record
            # The one before closes itself when the last call on it has ended.
            self._channel = grpc.insecure_channel(record.address, options=_CHANNEL_OPTIONS)
            self._stub = services.ExperimentsStub(self._channel)

    def _experiment(self, method: str, request: Any, timeout: float) -> Experiment:
        return Experiment.from_message(self._call(method, request, timeout))

    def _call(self, method: str, request: Any, timeout: float) -> Any:
        give_up = time.monotonic() + min(timeout, CALL_PATIENCE)
        deadline = time.monotonic() + timeout
        for failures in itertools.count(1):
            try:
                return self._start(method, request, deadline)
            except grpc.RpcError as error:
                self._recover(error, failures, give_up)

    def _stream(self, method: str, request: Any, timeout: float, patience: float) -> Iterator[Any]:
        """The messages of a stream; begun anew if the service was away for less than `patience`."""
        deadline = time.monotonic() + timeout
        give_up = min(deadline, time.monotonic() + patience)
        failures = 0
        while True:
            try:
                call = self._start(method, request, deadline)
                try:
                    for message in call:
                        yield message
                        failures = 0
                finally:
                    call.cancel()
                return
            except grpc.RpcError as error:
                failures += 1
                if failures == 1:
                    give_up = min(deadline, time.monotonic() + patience)
                self._recover(error, failures, give_up)

    def _start(self, method: str, request: Any, deadline: float) -> Any:
        with self._lock:
            if self._closed.is_set():
                raise errors.Cancelled("the client is closed")
            start, metadata = getattr(self._stub, method), self._metadata
        try:
            return start(request, timeout=max(deadline - time.monotonic(), 0), metadata=metadata)
        except ValueError as error:
            if not self._closed.is_set():
                raise
            raise errors.Cancelled("the client is closed") from error

    def _recover(self, error: grpc.RpcError, failures: int, give_up: float) -> None:
        """Returns when the call is to be made again, after a pause; raises what it failed with.

        The RpcError behind that is its `__context__`, and not shown: the text says all of it.
        """
        if self._closed.is_set():
            raise errors.Cancelled("the client is closed") from None
        failure = errors.from_rpc(error)
        if isinstance(failure, errors.Unauthenticated):
            raise errors.Unauthenticated(
                f"the service at {self._record.address} refuses the token in {self._home}/token: "
                f"{failure}"
            ) from None
        if isinstance(failure, errors.DeadlineExceeded):
            raise errors.DeadlineExceeded(
                f"the call to {self._record.address} took longer than its timeout"
            ) from None
        if not isinstance(failure, errors.Unavailable):
            raise failure from None
        pause = random.uniform(0, min(_MAX_BACKOFF, 0.05 * 2**failures))
        if time.monotonic() + pause >= give_up:
            raise home.no_service(
                self._home,
                f"{self._record.address} (pid {self._record.pid}) does not answer: {failure}",
            ) from None
        self._closed.wait(pause)
        try:
            self._connect()
        except errors.Unavailable:
            pass  # it has not come back yet: the next try fails too

    def _rows(self, trial_id: str, deadline: float) -> List[pb.MetricRow]:
        rows: List[pb.MetricRow] = []
        attempt = 0
        while True:
            request = pb.GetMetricsRequest(
                trial_id=trial_id, first_row=rows[-1].row + 1 if rows else 0
            )
            response = self._call("GetMetrics", request, deadline - time.monotonic())
            if response.attempt != attempt and rows:
                rows.clear()  # the trial was restarted meanwhile: these are not rows of one attempt
                attempt = response.attempt
                continue
            attempt = response.attempt
            if not response.rows:
                return rows
            rows.extend(response.rows)
