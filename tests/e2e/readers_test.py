"""What other programs are to read of ours: /metrics, read by Prometheus' own Python client, the
service's health, by gRPC's protocol for it, and a trial's TensorBoard event file.

There is no TensorBoard in Debian. The event file is read by a reader of this test's own, which
shares nothing with our writer: checksums come from crcmod, messages from their wire format.

Runs in the workspace's runfiles; starts a service of its own and stops it at the end.
"""

import csv
import glob
import json
import math
import os
import struct
import subprocess
import tempfile
import urllib.request

import crcmod.predefined
import grpc
from prometheus_client.parser import text_string_to_metric_families

SPEC = """
name: readers
base:
  num_steps: {num_steps}
  env: {{id: Pendulum-v1}}
  sac: {{hidden_sizes: [16], batch_size: 16, updates_per_step: 1, warmup_steps: 100}}
  model: {{loss: vagram, members: 2, elites: 1, hidden_sizes: [16], max_epochs: 2, train_every: 100}}
  imagine: {{rollouts_per_step: 2}}
  schedule: {{epoch_length: 100}}
  evaluate: {{episodes: 1}}
seeds: [1]
"""
ENDLESS = 1_000_000  # steps of a trial that is there until it is cancelled


def scrape(url):
    """Families by name, of a text that must be well-formed."""
    with urllib.request.urlopen(url, timeout=20) as answer:
        content_type = answer.headers["Content-Type"]
        assert content_type.startswith("text/plain; version=0.0.4"), content_type
        text = answer.read().decode("utf-8")
    return {family.name: family for family in text_string_to_metric_families(text)}


def value(families, name, **labels):
    """The one sample of that name with these labels."""
    family = families.get(name) or families[name.removesuffix("_total").removesuffix("_count")]
    found = [sample.value for sample in family.samples
             if sample.name == name and labels.items() <= sample.labels.items()]
    assert len(found) == 1, (name, labels, found)
    return found[0]


def check_metrics(running, ended):
    """Two scrapes: while the endless trial ran, and when both had ended."""
    assert value(running, "vagram_trials", state="running") == 1
    assert value(running, "vagram_trial_env_steps_goal", trial="1/0", loss="vagram") == ENDLESS
    assert 0 <= value(running, "vagram_trial_env_steps", trial="1/0") < ENDLESS
    assert value(running, "vagram_used_slots") == 1
    assert value(ended, "vagram_trials", state="cancelled") == 1
    assert value(ended, "vagram_trials", state="succeeded") == 1
    assert "vagram_trial_env_steps" not in ended, "a trial that has ended has no series"
    assert value(ended, "vagram_launched_attempts_total") == 2
    assert 0 < value(ended, "vagram_env_steps_total") < ENDLESS
    assert value(ended, "vagram_rpcs_total", method="ReportMetrics", code="OK") >= 6
    assert value(ended, "vagram_rpc_seconds_count", method="ReportMetrics") >= 6
    assert value(ended, "vagram_home_free_bytes") > 0
    assert value(ended, "process_resident_memory_bytes") > 1 << 20
    for name, family in ended.items():
        assert family.documentation and family.type != "unknown", name
        if family.type != "counter" or name not in running:
            continue
        after = {(s.name, *sorted(s.labels.items())): s.value for s in family.samples}
        for sample in running[name].samples:
            key = (sample.name, *sorted(sample.labels.items()))
            assert after[key] >= sample.value, f"{key} became less"


SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"  # grpc.health.v1.HealthCheckResponse


def watch_health(channel, service):
    """The states of a service, each as it comes."""
    request = b"\x0a" + bytes([len(service)]) + service.encode()  # HealthCheckRequest
    return channel.unary_stream("/grpc.health.v1.Health/Watch")(request, timeout=60)


def fields(message):
    """Number and value of each field of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        number = shift = 0
        while True:
            byte = message[at]
            at += 1
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            content = varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            content = message[at:at + size]
            at += size
        yield key >> 3, content


def events(path):
    """(step, wall time, {tag: value}) of each event; fails on a wrong checksum."""
    crc32c = crcmod.predefined.mkCrcFun("crc-32c")

    def checked(data, checksum):
        crc = crc32c(data)
        masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
        assert masked == struct.unpack("<I", checksum)[0], f"{path}: wrong checksum"
        return data

    with open(path, "rb") as file:
        while length := file.read(8):
            (size,) = struct.unpack("<Q", checked(length, file.read(4)))
            record = file.read(size)
            event = dict(fields(checked(record, file.read(4))))
            scalars = {}
            for number, summary in fields(event.get(5, b"")):
                content = dict(fields(summary))
                scalars[content[1].decode()] = struct.unpack("<f", content[2])[0]
            yield event, event.get(2, 0), struct.unpack("<d", event[1])[0], scalars


def check_events(folder):
    """The event file says what metrics.csv says, as far as a scalar of 32 bits can."""
    (path,) = glob.glob(os.path.join(folder, "**", "*tfevents*"), recursive=True)
    (first, *_), *rows = events(path)
    assert first[3] == b"brain.Event:2", first
    with open(os.path.join(folder, "metrics.csv")) as file:
        expected = list(csv.DictReader(file))
    assert len(rows) == len(expected) == 6, (len(rows), len(expected))
    for (_, step, wall_time, scalars), row in zip(rows, expected):
        assert step == int(row["step"]), (step, row["step"])
        assert wall_time > 1e9
        assert "evaluate/return_mean" in scalars
        for tag, scalar in scalars.items():
            assert math.isclose(scalar, float(row[tag]), rel_tol=1e-6), (tag, scalar, row[tag])
    print(f"{len(rows)} events of {len(scalars)} scalars are those of metrics.csv")


def main():
    home = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
    environment = dict(os.environ, VAGRAM_HOME=home, VAGRAM_BIN_DIR=os.getcwd())

    def vagram(*arguments):
        return subprocess.run(["orchestrator/cli/vagram", *arguments], env=environment, check=True,
                              stdout=subprocess.PIPE, universal_newlines=True).stdout

    def submit(num_steps):
        path = os.path.join(home, "spec.yaml")
        with open(path, "w") as file:
            file.write(SPEC.format(num_steps=num_steps))
        vagram("submit", path)

    vagram("up", "--slots", "1")
    try:
        submit(ENDLESS)
        with open(os.path.join(home, "service.json")) as file:
            record = json.load(file)
        url = record["dashboard"] + "metrics"
        running = scrape(url)
        while "vagram_trial_env_steps" not in running:
            going_on = [value(running, "vagram_trials", state=state)
                        for state in ("queued", "starting", "running")]
            assert sum(going_on) == 1, "the trial was never seen at work"
            running = scrape(url)
        vagram("cancel", "1")
        submit(600)
        vagram("logs", "-f", "2/0")  # until it has ended
        ended = scrape(url)
        trial = json.loads(vagram("status", "2/0", "--json"))["trials"][0]
        assert trial["state"] == "SUCCEEDED", trial
        check_metrics(running, ended)
        print(f"{len(ended)} metric families are well-formed")
        check_events(trial["folder"])
        with grpc.insecure_channel(record["address"]) as channel:
            watches = [watch_health(channel, f"vagram.v1.{name}")
                       for name in ("Experiments", "Workers")]
            assert [next(watch) for watch in watches] == 2 * [SERVING]
            vagram("down")
            assert [next(watch) for watch in watches] == 2 * [NOT_SERVING]
    finally:
        if os.path.exists(os.path.join(home, "service.json")):
            vagram("down")


if __name__ == "__main__":
    main()
