import importlib.util
import json
import math
import os
import pathlib
import tempfile
import threading
import unittest
from unittest import mock

import grpc

import vagram_client
from vagram_client import columns, errors, home
from vagram_client.client import override_texts, spec_text
from vagram_client.stubs import orchestrator_pb2 as pb

from fake_service import FakeService, with_faults


def experiment(state=pb.EXPERIMENT_RUNNING, trial_states=(pb.RUNNING,)):
    message = pb.Experiment(id="3", name="test", state=state)
    for i, trial_state in enumerate(trial_states):
        message.trials.add(id=f"3/{i}", state=trial_state)
    return message


def abort(code, text, trailers=()):
    def answer(request, context):
        context.set_trailing_metadata(trailers)
        context.abort(code, text)

    return answer


class ClientTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.service = FakeService(folder.name)
        self.service.start()
        self.addCleanup(self.service.stop)
        self.client = vagram_client.connect(folder.name)
        self.addCleanup(self.client.close)

    def test_submits_a_file_with_its_folder_and_overrides(self):
        self.service.answers["Submit"] = lambda r, c: pb.SubmitResponse(experiment=experiment())
        path = self.service.home / "spec.yaml"
        path.write_text("name: test\n")
        accepted = self.client.submit(path, overrides={"seeds": 2, "model.loss": "mle"})
        self.assertEqual((accepted.id, accepted.state), ("3", "running"))
        request = self.service.requests[0]
        self.assertEqual(request.spec_yaml, "name: test\n")
        self.assertEqual(request.spec_folder, str(self.service.home))
        self.assertEqual(list(request.overrides), ["seeds=2", "model.loss=mle"])

    def test_repeats_a_submission_under_the_same_id(self):
        tries = []

        def unavailable_first(request, context):
            tries.append(request.client_request_id)
            if len(tries) == 1:
                context.abort(grpc.StatusCode.UNAVAILABLE, "the service stops")
            return pb.SubmitResponse(experiment=experiment())

        self.service.answers["Submit"] = unavailable_first
        self.client.submit({"name": "test"})
        self.assertEqual(len(tries), 2)
        self.assertEqual(tries[0], tries[1])

    def test_raises_every_fault_of_a_file(self):
        faults = [("spec.yaml:3: model.los", "unknown key; did you mean loss?"), ("seeds", "empty")]
        self.service.answers["Submit"] = abort(
            grpc.StatusCode.INVALID_ARGUMENT, "2 faults", with_faults(faults)
        )
        with self.assertRaisesRegex(vagram_client.InvalidArgument, "2 faults") as raised:
            self.client.submit("name: test\n")
        self.assertEqual(
            [(fault.field, fault.description) for fault in raised.exception.faults], faults
        )

    def test_says_what_does_not_exist_in_the_words_of_the_service(self):
        self.service.answers["GetExperiment"] = abort(
            grpc.StatusCode.NOT_FOUND, "no experiment 9; the newest is 3"
        )
        with self.assertRaisesRegex(vagram_client.NotFound, "the newest is 3"):
            self.client.get("9")

    def test_watches_over_a_restart_on_another_port(self):
        first = threading.Event()

        def never_ends(request, context):
            yield experiment()
            first.wait(60)  # until the test has seen that
            context.abort(grpc.StatusCode.UNAVAILABLE, "the service stops")

        self.service.answers["WatchExperiment"] = never_ends
        watch = self.client.watch("3")
        self.assertEqual(next(watch).state, "running")
        first.set()
        self.service.stop()
        self.service.answers["WatchExperiment"] = lambda r, c: iter(
            [experiment(pb.EXPERIMENT_SUCCEEDED, [pb.SUCCEEDED])]
        )
        self.service.start()
        self.assertEqual([seen.state for seen in watch], ["succeeded"])

    def test_waits_until_the_end_or_says_how_far_it_is(self):
        self.service.answers["WatchExperiment"] = lambda r, c: iter(
            [experiment(), experiment(pb.EXPERIMENT_FAILED, [pb.FAILED])]
        )
        self.assertEqual(self.client.wait("3").state, "failed")
        over = threading.Event()
        self.addCleanup(over.set)

        def never_ends(request, context):
            yield experiment(trial_states=[pb.SUCCEEDED, pb.RUNNING])
            over.wait(60)

        self.service.answers["WatchExperiment"] = never_ends
        with self.assertRaisesRegex(vagram_client.DeadlineExceeded, "running, 1 of 2 trials ended"):
            self.client.wait("3", timeout=0.5)

    def test_reads_metrics_page_by_page_and_begins_anew_with_another_attempt(self):
        def row(number, value):
            metric = pb.Metric(name="m", value=value)
            return pb.MetricRow(row=number, step=10 * number, metrics=[metric])

        pages = iter(
            [
                pb.GetMetricsResponse(attempt=1, rows=[row(0, 1), row(1, 2)]),
                pb.GetMetricsResponse(attempt=2, rows=[row(2, 9)]),
                pb.GetMetricsResponse(attempt=2, rows=[row(0, 5)]),
                pb.GetMetricsResponse(attempt=2, rows=[]),
            ]
        )
        self.service.answers["GetMetrics"] = lambda r, c: next(pages)
        table = self.client.metrics("3/0")
        self.assertEqual((table["step"], table["m"]), ([0], [5]))
        self.assertEqual([r.first_row for r in self.service.requests], [0, 2, 0, 1])

    @unittest.skipUnless(importlib.util.find_spec("numpy"), "NumPy is not installed")
    def test_gives_metrics_as_arrays(self):
        pages = iter([[pb.MetricRow(step=10, metrics=[pb.Metric(name="m", value=0.5)])], []])
        self.service.answers["GetMetrics"] = lambda r, c: pb.GetMetricsResponse(rows=next(pages))
        table = self.client.metrics("3/0", ["m"], as_numpy=True)
        self.assertEqual((table["m"] * 2).tolist(), [1.0])

    def test_splits_logs_into_lines(self):
        self.service.answers["GetLogs"] = lambda r, c: iter(
            [pb.LogChunk(trial_id="3/0", source="actor.0", text="one\ntwo\n")]
        )
        lines = list(self.client.logs("3", role="actor", tail_lines=2))
        self.assertEqual([line.text for line in lines], ["one", "two"])
        self.assertEqual({line.source for line in lines}, {"actor.0"})
        self.assertEqual(self.service.requests[0].role, pb.ACTOR)
        with self.assertRaisesRegex(vagram_client.InvalidArgument, "expected actor, learner"):
            next(self.client.logs("3", role="critic"))

    def test_steers(self):
        for method in ("Cancel", "Pause", "Resume", "Preempt"):
            self.service.answers[method] = lambda r, c: experiment()
            self.assertEqual(getattr(self.client, method.lower())("3/0").id, "3")
            self.assertEqual(self.service.requests[-1].id, "3/0")

    def test_asks_no_proxy_for_a_service_on_this_machine(self):
        self.service.answers["GetExperiment"] = lambda r, c: experiment()
        with mock.patch.dict(os.environ, {"http_proxy": "http://127.0.0.1:1", "no_proxy": ""}):
            with vagram_client.connect(self.service.home) as client:
                self.assertEqual(client.get("3").id, "3")

    def test_says_that_the_token_is_refused(self):
        (self.service.home / "token").write_text("other\n")
        with vagram_client.connect(self.service.home) as client:
            with self.assertRaisesRegex(vagram_client.Unauthenticated, "refuses the token"):
                client.list()

    def test_says_that_nobody_answers(self):
        record = self.service.home / "service.json"
        left_behind = record.read_text()
        self.service.stop()
        record.write_text(left_behind)
        with mock.patch.object(vagram_client.client, "CALL_PATIENCE", 0.1):
            with self.assertRaisesRegex(vagram_client.Unavailable, "does not answer.*vagram up"):
                self.client.list()
        self.service.start()

    def test_ends_a_watch_when_it_is_closed(self):
        over = threading.Event()
        self.addCleanup(over.set)

        def never_ends(request, context):
            yield experiment()
            over.wait(60)

        self.service.answers["WatchExperiment"] = never_ends
        watch = self.client.watch("3")
        next(watch)
        self.client.close()
        with self.assertRaises(vagram_client.Cancelled):
            next(watch)
        with self.assertRaises(vagram_client.Cancelled):
            self.client.list()


class HomeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)

    def test_takes_the_chosen_folder_before_the_environment(self):
        with mock.patch.dict(os.environ, {"VAGRAM_HOME": "/from/environment"}):
            self.assertEqual(home.resolve_home("/chosen"), pathlib.Path("/chosen"))
            self.assertEqual(home.resolve_home(), pathlib.Path("/from/environment"))

    def test_says_how_to_start_a_service(self):
        with self.assertRaisesRegex(errors.Unavailable, "no service is running at .*`vagram up`"):
            vagram_client.connect(self.home)

    def test_refuses_damaged_records(self):
        record = self.home / "service.json"
        for text in ("", "{", "[]", "7", '{"address": 1}', '{"pid": 7}', "\xff"):
            record.write_text(text)
            with self.assertRaises(errors.DataLoss, msg=text):
                home.read_record(self.home)
        record.write_text("x" * 100_000)
        with self.assertRaisesRegex(errors.InvalidArgument, "is it the right file"):
            home.read_record(self.home)

    def test_refuses_what_is_no_token(self):
        for text in ("", " \n", "two words", "caf\u00e9", "nul\0"):
            (self.home / "token").write_text(text)
            with self.assertRaises(errors.InvalidArgument, msg=repr(text)):
                home.read_token(self.home)
        (self.home / "token").write_text(" abc\n")
        self.assertEqual(home.read_token(self.home), "abc")


class ValuesTest(unittest.TestCase):
    def test_columns_are_of_one_length_with_nan_for_what_is_missing(self):
        rows = [
            pb.MetricRow(step=10, metrics=[pb.Metric(name="a", value=1)]),
            pb.MetricRow(step=20, metrics=[pb.Metric(name="b", value=2)]),
        ]
        table = columns.to_columns(rows)
        self.assertEqual(table["step"], [10, 20])
        self.assertEqual(table["a"][0], 1)
        self.assertTrue(math.isnan(table["a"][1]))
        self.assertTrue(math.isnan(table["b"][0]))
        chosen = columns.to_columns(rows, ["b", "c"])
        self.assertNotIn("a", chosen)
        self.assertTrue(all(math.isnan(value) for value in chosen["c"]))
        self.assertEqual(columns.to_columns([])["step"], [])

    def test_a_specification_is_a_file_a_text_or_a_dictionary(self):
        self.assertEqual(spec_text("name: a\n")[0], "name: a\n")
        self.assertEqual(json.loads(spec_text({"seeds": [1, 2]})[0]), {"seeds": [1, 2]})
        with self.assertRaises(FileNotFoundError):
            spec_text("missing.yaml")
        with self.assertRaises(ValueError):
            spec_text({"base": {"x": math.nan}})

    def test_overrides_are_written_as_yaml(self):
        texts = override_texts({"a": True, "b": [1, 2], "c": "1e-3", "d": 0.5})
        self.assertEqual(texts, ["a=true", "b=[1, 2]", "c=1e-3", "d=0.5"])
        self.assertEqual(override_texts(["a=1"]), ["a=1"])
        with self.assertRaises(TypeError):
            override_texts("a=1")

    def test_what_is_unknown_is_none(self):
        message = pb.Experiment(id="1", state=77)
        message.trials.add(id="1/0", state=78).progress.episode_return = math.nan
        seen = vagram_client.Experiment.from_message(message)
        self.assertEqual(seen.state, "unknown (77)")
        self.assertEqual(seen.trials[0].state, "unknown (78)")
        self.assertIsNone(seen.trials[0].progress.episode_return)
        self.assertIsNone(seen.trials[0].final_return)
        self.assertIsNone(seen.ended_at)

    def test_details_that_are_none_are_no_faults(self):
        self.assertEqual(errors.faults_in(b"\xff\xff nonsense"), [])
        self.assertEqual(errors.faults_in(b""), [])


if __name__ == "__main__":
    unittest.main()
