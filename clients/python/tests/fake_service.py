"""A service for tests: its home folder, and answers that a test scripts."""

import concurrent.futures
import json
import os
import pathlib

import grpc
from google.protobuf import any_pb2

from vagram_client.stubs import error_details_pb2
from vagram_client.stubs import orchestrator_pb2 as pb
from vagram_client.stubs import orchestrator_pb2_grpc as services

TOKEN = "s3cret"


def with_faults(faults):
    """The trailing metadata of an answer with these (field, description)."""
    request = error_details_pb2.BadRequest()
    for field, description in faults:
        request.field_violations.add(field=field, description=description)
    detail = any_pb2.Any(
        type_url="type.googleapis.com/google.rpc.BadRequest", value=request.SerializeToString()
    )
    details = error_details_pb2.Status(details=[detail]).SerializeToString()
    return (("grpc-status-details-bin", details),)


class FakeService(services.ExperimentsServicer):
    """Answers method M with `answers[M](request, context)`; notes requests in `requests`."""

    def __init__(self, folder):
        self.home = pathlib.Path(folder)
        self.answers = {}
        self.requests = []
        self._server = None

    def start(self):
        self._server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=4))
        services.add_ExperimentsServicer_to_server(self, self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        (self.home / "token").write_text(TOKEN + "\n")
        record = {"address": f"127.0.0.1:{port}", "pid": os.getpid(), "instance_id": "x"}
        (self.home / "service.json").write_text(json.dumps(record))

    def stop(self):
        (self.home / "service.json").unlink(missing_ok=True)
        self._server.stop(grace=10).wait()  # for what has been answered to arrive

    def _answer(self, method, request, context):
        if ("authorization", f"Bearer {TOKEN}") not in context.invocation_metadata():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "wrong token")
        self.requests.append(request)
        return self.answers[method](request, context)


def _method(name):
    return lambda self, request, context: self._answer(name, request, context)


for _name in [method.name for method in pb.DESCRIPTOR.services_by_name["Experiments"].methods]:
    setattr(FakeService, _name, _method(_name))
