"""Submit, follow and read experiments of a VaGraM service.

    import vagram_client

    with vagram_client.connect() as vagram:
        experiment = vagram.submit("experiments/quickstart.yaml", overrides={"seeds": 4})
        experiment = vagram.wait(experiment.id, timeout=3600)
        for trial in experiment.trials:
            print(trial.label, trial.final_return)

Every call has a deadline and raises a `VagramError`, whose text says what to do.
"""

from vagram_client.client import Client, connect
from vagram_client.errors import (
    Aborted,
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    FailedPrecondition,
    FieldFault,
    InternalError,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unauthenticated,
    Unavailable,
    VagramError,
)
from vagram_client.records import Experiment, LogLine, Progress, ServiceInfo, Trial, Worker

__all__ = [
    "Aborted",
    "Cancelled",
    "Client",
    "DataLoss",
    "DeadlineExceeded",
    "Experiment",
    "FailedPrecondition",
    "FieldFault",
    "InternalError",
    "InvalidArgument",
    "LogLine",
    "NotFound",
    "PermissionDenied",
    "Progress",
    "ResourceExhausted",
    "ServiceInfo",
    "Trial",
    "Unauthenticated",
    "Unavailable",
    "VagramError",
    "Worker",
    "connect",
]
