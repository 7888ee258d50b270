"""The same running trial through three doors: the CLI's JSON, a Python client generated from proto/,
and a client that knows nothing but what server reflection tells it.

Runs in the workspace's runfiles; starts a service of its own and stops it at the end.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

SPEC = """
name: clients
base:
  num_steps: 200000
  env: {id: Pendulum-v1}
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 1, warmup_steps: 100}
  model: {loss: vagram, members: 2, elites: 1, hidden_sizes: [16], max_epochs: 2, train_every: 100}
  imagine: {rollouts_per_step: 2}
  schedule: {epoch_length: 100}
  evaluate: {episodes: 1}
seeds: [1]
"""
TIMEOUT_SECONDS = 60
REFLECTION = "/usr/share/grpc-proto/grpc/reflection/v1alpha/reflection.proto"


def generate(folder, root, proto):
    subprocess.run(
        ["protoc", f"-I{root}", f"--python_out={folder}", f"--grpc_out={folder}",
         "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", proto], check=True)


def identity(experiment):
    """What must agree, of an experiment as a JSON dictionary; progress moves on between calls."""
    trial = experiment["trials"][0]
    return {
        "id": experiment["id"],
        "name": experiment["name"],
        "state": experiment["state"],
        "trial": trial["id"],
        "label": trial["label"],
        "attempt": int(trial["attempt"]),
        "workers": sorted((worker["role"], worker["pid"]) for worker in trial["workers"]),
    }


def steps(experiment):
    return int(experiment["trials"][0].get("progress", {}).get("step", 0))


def generated_client(channel, folder):
    for name in ("types", "spec", "policy", "orchestrator"):
        generate(folder, ".", f"proto/{name}.proto")
    sys.path.insert(0, folder)
    messages = importlib.import_module("proto.orchestrator_pb2")
    services = importlib.import_module("proto.orchestrator_pb2_grpc")
    return messages, services.ExperimentsStub(channel)


def by_reflection(channel, metadata, experiment_id, folder):
    """Fetches the schema from the server, builds the messages from it and calls the method."""
    generate(folder, os.path.dirname(REFLECTION), REFLECTION)
    sys.path.insert(0, folder)
    messages = importlib.import_module("reflection_pb2")
    services = importlib.import_module("reflection_pb2_grpc")
    reflection = services.ServerReflectionStub(channel)

    def ask(**request):
        answers = reflection.ServerReflectionInfo(
            iter([messages.ServerReflectionRequest(**request)]), timeout=10)
        return next(answers)

    listed = [s.name for s in ask(list_services="").list_services_response.service]
    assert "vagram.v1.Experiments" in listed, listed
    assert "grpc.health.v1.Health" in listed, listed
    pool = descriptor_pool.DescriptorPool()
    answer = ask(file_containing_symbol="vagram.v1.Experiments")
    files = [descriptor_pb2.FileDescriptorProto.FromString(data)
             for data in answer.file_descriptor_response.file_descriptor_proto]
    known = set()

    def add(file):
        if file.name in known:
            return
        known.add(file.name)
        for name in file.dependency:
            found = [f for f in files if f.name == name]
            if not found:
                data = ask(file_by_filename=name).file_descriptor_response.file_descriptor_proto
                found = [descriptor_pb2.FileDescriptorProto.FromString(data[0])]
            add(found[0])
        pool.Add(file)

    for file in files:
        add(file)
    method = pool.FindServiceByName("vagram.v1.Experiments").methods_by_name["GetExperiment"]
    factory = message_factory.MessageFactory(pool)
    request = factory.GetPrototype(method.input_type)(id=experiment_id)
    response_class = factory.GetPrototype(method.output_type)
    call = channel.unary_unary("/vagram.v1.Experiments/GetExperiment",
                               request_serializer=lambda m: m.SerializeToString(),
                               response_deserializer=response_class.FromString)
    return json_format.MessageToDict(call(request, metadata=metadata, timeout=10))


def main():
    home = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
    environment = dict(os.environ, VAGRAM_HOME=home, VAGRAM_BIN_DIR=os.getcwd())

    def vagram(*arguments):
        return subprocess.run(["orchestrator/cli/vagram", *arguments], env=environment, check=True,
                              stdout=subprocess.PIPE, universal_newlines=True).stdout

    vagram("up", "--slots", "1")
    try:
        with open(os.path.join(home, "spec.yaml"), "w") as file:
            file.write(SPEC)
        vagram("submit", os.path.join(home, "spec.yaml"))
        experiment_id = json.loads(vagram("list", "--json"))[0]["id"]
        with open(os.path.join(home, "service.json")) as file:
            address = json.load(file)["address"]
        with open(os.path.join(home, "token")) as file:
            metadata = [("authorization", "Bearer " + file.read().strip())]
        with grpc.insecure_channel(address) as channel:
            messages, stub = generated_client(channel, tempfile.mkdtemp(dir=home))
            request = messages.GetExperimentRequest(id=experiment_id)
            # Past the first training every worker has registered and stays.
            for seen in stub.WatchExperiment(request, metadata=metadata, timeout=TIMEOUT_SECONDS):
                if seen.trials[0].progress.step > 150:
                    break
            by_cli = json.loads(vagram("status", experiment_id, "--json"))
            generated = json_format.MessageToDict(
                stub.GetExperiment(request, metadata=metadata, timeout=10))
            reflected = by_reflection(channel, metadata, experiment_id, tempfile.mkdtemp(dir=home))
        print("CLI       ", identity(by_cli), "step", steps(by_cli))
        print("generated ", identity(generated), "step", steps(generated))
        print("reflection", identity(reflected), "step", steps(reflected))
        assert identity(by_cli) == identity(generated) == identity(reflected)
        assert 150 < steps(by_cli) <= steps(generated) <= steps(reflected)
        assert len(identity(by_cli)["workers"]) == 3
        vagram("cancel", experiment_id)
    finally:
        vagram("down")


if __name__ == "__main__":
    main()
