"""The home folder of a service: where it is reached, and the token that opens it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
from typing import Optional, Union

from vagram_client.errors import (
    DataLoss,
    InvalidArgument,
    PermissionDenied,
    Unavailable,
    VagramError,
)

_MAX_BYTES = 64 << 10


@dataclasses.dataclass(frozen=True)
class ServiceRecord:
    """What the service wrote down when it began to serve."""

    address: str  # HOST:PORT
    pid: int
    dashboard: str  # its URL; empty: none


def resolve_home(chosen: Union[str, os.PathLike, None] = None) -> pathlib.Path:
    """`chosen`, else $VAGRAM_HOME, else ~/.vagram; absolute."""
    path = pathlib.Path(chosen or os.environ.get("VAGRAM_HOME") or "~/.vagram")
    return path.expanduser().absolute()


def no_service(home: pathlib.Path, detail: str = "") -> Unavailable:
    return Unavailable(
        f"no service is running at {home}{': ' if detail else ''}{detail} (`vagram up` starts one)"
    )


def _read(path: pathlib.Path) -> Optional[bytes]:
    """The file; None when there is none."""
    try:
        with open(path, "rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise PermissionDenied(f"cannot read {path}: it is somebody else's") from error
    except OSError as error:
        raise VagramError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > _MAX_BYTES:
        raise InvalidArgument(f"{path} is larger than {_MAX_BYTES} bytes; is it the right file?")
    return data


def read_record(home: pathlib.Path) -> ServiceRecord:
    """Raises Unavailable when no service has left a record, DataLoss when it is damaged."""
    path = home / "service.json"
    data = _read(path)
    if data is None:
        raise no_service(home)
    try:
        record = json.loads(data)
        return ServiceRecord(
            str(record["address"]), int(record["pid"]), str(record.get("dashboard", ""))
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataLoss(
            f"{path} is damaged ({error}): remove it if no orchestrator process is running"
        ) from error


def read_token(home: pathlib.Path) -> str:
    """The secret of all calls."""
    path = home / "token"
    data = _read(path)
    if data is None:
        raise no_service(home, "there is no token")
    token = data.decode("ascii", errors="replace").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise InvalidArgument(
            f"the token file {path} holds {len(data)} bytes, expected one word of printable ASCII "
            "characters"
        )
    return token
