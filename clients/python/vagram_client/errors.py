"""Errors of the service as exceptions: one class for each thing that the caller can do about it."""

from __future__ import annotations

import dataclasses
from typing import Sequence

import grpc

from vagram_client.stubs import error_details_pb2


@dataclasses.dataclass(frozen=True)
class FieldFault:
    """One fault of an experiment file or a request."""

    field: str  # such as FILE:LINE: model.elites
    description: str  # what was expected, what came, what to do


class VagramError(Exception):
    """A call that failed. Its text is the service's and says what to do."""

    def __init__(self, message: str, faults: Sequence[FieldFault] = ()):
        super().__init__(message)
        self.message = message
        self.faults = tuple(faults)  # of INVALID_ARGUMENT, where the service names them


class InvalidArgument(VagramError):
    """The request, or the experiment file, is at fault; `faults` lists every fault."""


class NotFound(VagramError):
    """There is no such experiment or trial."""


class FailedPrecondition(VagramError):
    """Something else has to be done first."""


class ResourceExhausted(VagramError):
    """The disk is full, or too many streams are open."""


class Unavailable(VagramError):
    """No service is running, or it does not answer."""


class DeadlineExceeded(VagramError):
    """It took longer than the given timeout."""


class Unauthenticated(VagramError):
    """The service does not take the token."""


class PermissionDenied(VagramError):
    """A file of the service's home folder is somebody else's."""


class Cancelled(VagramError):
    """The call was cancelled, by closing the client for one."""


class Aborted(VagramError):
    """Something else got ahead of the call."""


class DataLoss(VagramError):
    """Something on the disk is damaged."""


class InternalError(VagramError):
    """A fault of the service's own."""


_CLASSES = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.CANCELLED: Cancelled,
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.DATA_LOSS: DataLoss,
}


def faults_in(details: bytes) -> list[FieldFault]:
    """The field faults in a serialized google.rpc.Status; none where it holds something else."""
    try:
        status = error_details_pb2.Status.FromString(details)
        requests = [
            error_details_pb2.BadRequest.FromString(detail.value)
            for detail in status.details
            if detail.type_url.endswith("/google.rpc.BadRequest")
        ]
    except Exception:  # protobuf's DecodeError: the message stands without its details
        return []
    return [
        FieldFault(violation.field, violation.description)
        for request in requests
        for violation in request.field_violations
    ]


def from_rpc(error: grpc.RpcError) -> VagramError:
    """The exception for a failed call."""
    trailers = dict(error.trailing_metadata() or ())
    faults = faults_in(trailers.get("grpc-status-details-bin", b""))
    return _CLASSES.get(error.code(), InternalError)(error.details() or str(error.code()), faults)
