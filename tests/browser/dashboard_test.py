"""The dashboard in a browser, over a service that trains: what a user sees, reads, sorts, compares
and may do, with the mouse and with the keyboard alone.

Runs in the workspace's runfiles; starts a service of its own and stops it at the end.
"""

import contextlib
import json
import os
import re
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from browser import Browser
from selenium.webdriver.common.keys import Keys

# Two trials with a row of metrics every few seconds, which do not end by themselves.
SPEC = """
name: two-losses
base:
  num_steps: 200000
  env: {id: Pendulum-v1}
  sac: {hidden_sizes: [16], batch_size: 16, updates_per_step: 1, warmup_steps: 100}
  model: {loss: vagram, members: 2, elites: 1, hidden_sizes: [16], max_epochs: 2, train_every: 100}
  imagine: {rollouts_per_step: 2}
  schedule: {epoch_length: 100}
  evaluate: {episodes: 1}
sweep: {grid: {model.loss: [vagram, mle]}}
seeds: [1]
"""
MOST_STREAMS = 20  # that the service feeds at once
CURVES = "[aria-label='Groups']"
COMPARISON = "[aria-label^='Groups: Pendulum-v1'] tbody"
RETURN_CHART = "figure[aria-label='evaluate/return_mean']"


class DashboardTest(unittest.TestCase):
    refusal = None  # the HTTP status of answers that a test wants to be errors

    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        cls.vagram("up", "--slots", "2")
        cls.addClassCleanup(cls.vagram, "down")
        with open(os.path.join(cls.home, "service.json")) as file:
            cls.url = json.load(file)["dashboard"]
        with open(os.path.join(cls.home, "token")) as file:
            cls.token = file.read().strip()
        spec = os.path.join(cls.home, "spec.yaml")
        with open(spec, "w") as file:
            file.write(SPEC)
        cls.vagram("submit", spec)
        cls.browser = Browser(tempfile.mkdtemp(dir=cls.home))
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def vagram(cls, *arguments):
        environment = dict(os.environ, VAGRAM_HOME=cls.home)
        environment.setdefault("VAGRAM_BIN_DIR", os.getcwd())
        program = os.path.join(environment["VAGRAM_BIN_DIR"], "orchestrator/cli/vagram")
        return subprocess.run([program, *arguments], env=environment, check=True,
                              stdout=subprocess.PIPE, universal_newlines=True).stdout

    def open(self, path):
        self.browser.driver.get("about:blank")  # else another fragment would not load the page anew
        self.browser.driver.get(self.url + path)

    def open_experiment(self):
        self.open("#/experiments/1")
        self.browser.wait_for("a curve", lambda: self.last_step() > 0)

    def tearDown(self):
        """Whatever a test did: nothing left this machine, and nothing went wrong in the page."""
        self.assertEqual(self.browser.requests_elsewhere(self.url), [])
        refusal = f"status of {self.refusal}"
        self.assertEqual([c for c in self.browser.complaints() if refusal not in c], [])
        self.browser.run("sessionStorage.clear(); localStorage.clear();")

    def rows(self):
        """Ids of the trials in the table, in the order in which they stand."""
        return self.browser.texts("table.trials tbody th")

    def groups(self):
        return self.browser.texts(CURVES + " .entry")

    def colors(self, panel):
        """Of groups, by their names."""
        return self.browser.run("""
            const swatches = document.querySelectorAll(arguments[0] + ' .swatch');
            return Object.fromEntries([...swatches].map((swatch) => [
              swatch.parentElement.innerText.trim(), getComputedStyle(swatch).backgroundColor]));
            """, panel)

    def last_step(self):
        """The last step that the chart of returns names to those who do not see it; 0: none yet."""
        summary = self.browser.run("const chart = document.querySelector(arguments[0]);"
                                   "return chart ? chart.textContent : ''", RETURN_CHART + " .summary")
        return max((int(step) for step in re.findall(r"at step (\d+)", summary)), default=0)

    def states(self):
        """Of the experiment and its trials."""
        def words(selector):  # without the sign before the word
            return [text.split()[-1] for text in self.browser.texts(selector)]

        return words(".heading .state"), words("table.trials .state")

    def test_a_curve_grows_without_reloading(self):
        self.open("")
        self.browser.click("a[href='#/experiments/1']", "two-losses")
        self.browser.wait_for("a curve", lambda: self.last_step() > 0)
        self.browser.run("window.sameDocument = true;")
        first = self.last_step()
        self.browser.wait_for(f"a step beyond {first}", lambda: self.last_step() > first)
        self.assertTrue(self.browser.run("return window.sameDocument === true"))

    def answer_otherwise(self, path, answer):
        """Until the page is loaded anew, it gets what a function, in JavaScript, makes of the
        service's answers at that path."""
        self.browser.run("""
            const [path] = arguments;
            const {fetch} = window;
            window.fetch = async (url, options) => {
              const response = await fetch(url, options);
              if (url.split('?')[0] !== path) return response;
              return Response.json((%s)(await response.json()));
            };""" % answer, path)

    def test_says_what_the_list_leaves_out(self):
        self.open("#/service")
        self.answer_otherwise("/api/experiments", "(body) => ({...body, total: 341})")
        self.browser.click("nav a", "Experiments")
        self.browser.wait_for("how many there are", lambda: "the newest 1 of 341 experiments" in
                              self.browser.text())

    def test_a_request_that_fails_leaves_the_experiment_to_its_stream(self):
        self.open("#/service")
        self.answer_otherwise("/api/experiments/1",
                              "() => { throw new Error('no connection'); }")
        self.browser.run("location.hash = '#/experiments/1'")
        self.browser.wait_for("a curve", lambda: self.last_step() > 0)

    def test_says_why_a_page_is_not_live(self):
        self.refusal = 503
        self.open("#/service")  # which wants no stream
        with contextlib.ExitStack() as streams:
            def take_place():
                try:
                    stream = urllib.request.urlopen(self.url + "api/experiments/1/events", timeout=10)
                except urllib.error.HTTPError:  # a page that has been left has its place still
                    return False
                return streams.enter_context(stream)

            for _ in range(MOST_STREAMS):
                self.browser.wait_for("a place", take_place)
            self.browser.run("location.hash = '#/experiments/1'")
            self.browser.wait_for("the reason", lambda: f"feeds {MOST_STREAMS} pages" in
                                  self.browser.texts("#live")[0])
            self.assertEqual(self.browser.attribute("#live", "data-live"), "false")
        self.browser.wait_for("a live page", lambda: self.browser.texts("#live") == ["live"])

    def test_adds_no_more_charts_than_one_request_may_name(self):
        self.open("#/trials/1/0")
        self.browser.wait_for("charts", lambda: self.browser.texts("figure.chart") != [])
        self.browser.run("""
            const input = document.querySelector("[aria-label='Add the chart of a metric']");
            for (let i = 0; i < 40; ++i) {
              input.value = `metric_${i}`;
              input.dispatchEvent(new Event('change'));
            }""")
        self.assertIn("40 charts, which is the most", "".join(self.browser.texts(".toast")))
        self.assertEqual(len(self.browser.texts("figure.chart")), 40)

    def test_sorts_and_filters_trials(self):
        self.open_experiment()
        self.browser.wait_for("trials in order", lambda: self.rows() == ["1/0", "1/1"])
        self.browser.click("th.col-label button")
        self.assertEqual(self.browser.attribute("th.col-label", "aria-sort"), "ascending")
        self.assertEqual(self.rows(), ["1/1", "1/0"])  # mle, vagram
        self.browser.click("th.col-label button")
        self.assertEqual(self.browser.attribute("th.col-label", "aria-sort"), "descending")
        self.assertEqual(self.rows(), ["1/0", "1/1"])
        self.browser.wait_for("two curves", lambda: len(self.colors(CURVES)) == 2)
        colors = self.colors(CURVES)
        self.browser.type("input[aria-label='Filter trials']", "loss=mle")
        self.browser.wait_for("one trial", lambda: self.rows() == ["1/1"])
        self.assertIn("1 of 2 trials", self.browser.text())
        del colors["loss=vagram"]
        for panel in (CURVES, COMPARISON):
            self.browser.wait_for(f"{panel} to follow, with the same colour",
                                  lambda: self.colors(panel) == colors)

    def test_compares_two_groups(self):
        self.open_experiment()
        self.browser.wait_for("two groups", lambda: self.groups() == ["loss=vagram", "loss=mle"])
        self.browser.click("[aria-label='Groups'] button", "loss=mle")
        self.assertEqual(self.browser.run("""return [...document.querySelectorAll(
            "[aria-label='Groups'] button")].map((e) => e.ariaPressed)"""), ["true", "false"])
        # Nobody has finished, so unfinished trials are compared; the service says what that shows.
        self.browser.wait_for("two groups compared", lambda: set(self.colors(COMPARISON)) ==
                              {"loss=mle", "loss=vagram"})
        self.assertEqual(len(self.browser.texts("[aria-label='Pairs of groups'] tbody tr")), 1)
        self.assertIn("One seed shows one draw", self.browser.text())
        self.browser.click("button", "unfinished trials too")
        self.browser.wait_for("nothing to compare",
                              lambda: "No trial has succeeded yet." in self.browser.text())
        self.browser.click("[aria-label='Group trials by'] button", "model.loss")
        self.browser.wait_for("one group", lambda: self.groups() == ["all trials ×2"])

    def test_each_task_has_charts_of_its_own(self):
        self.open("#/service")
        self.answer_otherwise("/api/experiments/1/curves", """(body) => ({
            ...body, groups: body.groups.map((group, i) => ({
                ...group, task: ['Pendulum-v1', 'Hopper-v4'][i], name: 'model.loss=mle'}))})""")
        self.browser.run("location.hash = '#/experiments/1'")

        def titles():
            return self.browser.texts("figure.chart .title")[:2]

        self.browser.wait_for("a chart for each task", lambda: titles() == [
            "evaluate/return_mean · Pendulum-v1", "evaluate/return_mean · Hopper-v4"])
        self.assertEqual(self.groups(), ["loss=mle ×2"])
        self.browser.click("button[aria-label='Remove the chart of evaluate/return_mean · Hopper-v4']")
        self.browser.wait_for("charts of other metrics alone", lambda: not any(
            "evaluate/return_mean" in title for title in titles()))

    def test_shows_logs_configuration_and_processes_of_a_trial(self):
        self.open_experiment()
        self.browser.click("a[href='#/trials/1/1']")
        self.browser.click("a[href='#/trials/1/1/logs']")
        self.browser.wait_for("lines of several processes", lambda: {"learner", "model_server"} <=
                              set(self.browser.texts(".log .source")))
        follows = "return document.querySelector('.field input').checked"
        self.browser.run("document.querySelector('.log').style.height = '60px'")  # else all is seen
        for key, followed in ((Keys.PAGE_UP, False), (Keys.END, True)):
            self.browser.wait_for(f"followed to be {followed}", lambda: self.browser.type(
                ".log", key) or self.browser.run(follows) == followed)
        self.browser.type("input[aria-label='Filter lines']", "no line says this")
        self.browser.wait_for("no lines", lambda: self.browser.texts(".log") == ["no lines"])
        self.browser.click("a[href='#/trials/1/1/config']")
        self.browser.wait_for("what is swept to be marked",
                              lambda: self.browser.texts(".config .swept") == ["loss: mle"])
        self.browser.click("a[href='#/trials/1/1/processes']")
        self.browser.wait_for("three workers", lambda: sorted(self.browser.texts("tbody th")) ==
                              ["actor 0", "learner 0", "model_server 0"])

    def test_follows_the_system_s_colours_until_told_otherwise(self):
        def background():
            return self.browser.run("return getComputedStyle(document.body).backgroundColor")

        def prefer(scheme):
            self.browser.driver.execute_cdp_cmd(
                "Emulation.setEmulatedMedia",
                {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

        self.open("#/service")
        prefer("light")
        light = background()
        prefer("dark")
        self.assertNotEqual(background(), light)
        self.browser.click("#theme")
        self.assertEqual(background(), light)
        self.browser.driver.refresh()
        self.assertEqual(background(), light)  # kept

    def test_keyboard_alone_reaches_every_control_and_shows_where_it_is(self):
        self.open_experiment()
        self.browser.wait_for("the table", lambda: len(self.rows()) == 2)
        # What comes in above the focus would push it out of sight.
        self.browser.wait_for("the comparison", lambda: self.colors(COMPARISON) != {})
        places = self.browser.tab_through(60)
        names = [name for name, _ in places]
        for control in ("a Skip to content", "a Experiments", "a Service", "button Read-only",
                        "button Pause", "button Cancel", "button model.loss",
                        "select Line and band", "input Add the chart of a metric",
                        "button loss=vagram", "div evaluate/return_mean: left and right read "
                        "values, + and - zoom, 0 shows everything", "input Filter trials", "button Return", "a 1/0"):
            self.assertIn(control, names)
        self.assertEqual([name for name, visible in places if not visible], [])

    def test_keyboard_alone_reads_and_zooms_a_chart(self):
        def press(keys):
            self.browser.type(RETURN_CHART + " .plot", keys)
            text = self.browser.texts(RETURN_CHART + " .readout b")[0]
            return int(re.fullmatch(r"step ([\d,]+)", text).group(1).replace(",", ""))

        def first_tick():
            ticks = self.browser.texts(RETURN_CHART + " .dygraph-axis-label-x")
            return float(ticks[0].replace("k", "e3"))

        self.open_experiment()
        self.browser.click("#live")  # where the mouse reads no chart
        self.browser.wait_for("some points", lambda: self.last_step() >= 300)
        first = press(Keys.ARROW_RIGHT)
        self.assertGreater(press(Keys.ARROW_RIGHT), first)
        self.assertEqual(press(Keys.ARROW_LEFT), first)
        last = press(Keys.END)
        middle = (first + last) / 2
        self.assertLess(first_tick(), middle)
        self.assertEqual(press("+++"), last)
        self.assertGreater(first_tick(), middle)
        self.assertEqual(press(Keys.HOME), first)  # which comes into sight
        self.assertLess(first_tick(), middle)
        press(Keys.END + "+++")
        press("0")
        self.assertLess(first_tick(), middle)
        self.browser.type(RETURN_CHART + " .plot", Keys.TAB)
        self.assertEqual(self.browser.texts(RETURN_CHART + " .readout"), [""])

    def test_a_screen_reader_has_names_heads_and_texts_for_charts(self):
        for path in ("#/", "#/service", "#/experiments/1", "#/trials/1/0", "#/trials/1/0/logs",
                     "#/trials/1/0/config", "#/trials/1/0/processes", "#/trials/1/0/videos"):
            self.open(path)
            self.browser.wait_for("a live page",
                                  lambda: self.browser.attribute("#live", "data-live") == "true")
            self.assertEqual(len(self.browser.texts("h1")), 1, path)
            self.assertEqual(self.browser.nameless(), [], path)
            self.assertEqual(
                self.browser.run("""return [...document.querySelectorAll('main table')].filter(
                    (t) => !t.caption || !t.querySelector('th')).map((t) => t.outerHTML)"""), [], path)
        self.open_experiment()
        silent = """return [...document.querySelectorAll('figure.chart')].filter(
            (f) => !f.querySelector('.summary').textContent).map((f) => f.ariaLabel)"""
        self.browser.wait_for("a text for every chart", lambda: not self.browser.run(silent))

    def test_enter_unlocks_and_back_does_not(self):
        def answer(keys):
            self.browser.click("#token")
            self.browser.type("dialog input[type=password]", keys)

        self.open("#/service")
        answer(self.token + Keys.ENTER)
        self.browser.wait_for("the page to be unlocked",
                              lambda: self.browser.texts("#token") == ["Unlocked"])
        self.browser.click("#token")
        answer(self.token)
        self.browser.click("dialog button", "Back")
        self.browser.wait_for("no dialog", lambda: self.browser.texts("dialog") == [])
        self.assertEqual(self.browser.texts("#token"), ["Read-only"])

    def test_refuses_to_cancel_without_the_token_and_cancels_with_it(self):
        self.refusal = 401
        cancel = self.url + "api/experiments/1/cancel"
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(cancel, method="POST"), timeout=10)
        self.assertEqual(refused.exception.code, 401)

        self.open_experiment()
        self.browser.run("window.sameDocument = true;")
        self.assertEqual(self.browser.texts("#token"), ["Read-only"])
        self.cancel_with("not the token")
        self.browser.wait_for("the refusal on the page",
                              lambda: "refuses this token" in "".join(self.browser.texts(".toast")))
        self.assertIn((cancel, 401), self.browser.answered())
        self.assertEqual(self.browser.texts("#token"), ["Read-only"])
        self.assertEqual(self.states(), (["running"], ["running"] * 2))

        self.browser.click("[aria-label='Only with states'] button", "running 2")
        self.cancel_with(self.token)
        self.browser.wait_for("nothing that runs", lambda: self.states() == (["cancelled"], []))
        self.browser.wait_for("the curves to follow", lambda: self.groups() == [])
        self.browser.wait_for("the comparison to follow",
                              lambda: "No trial is chosen." in self.browser.text())
        self.browser.click("[aria-label='Only with states'] button", "running 0")
        self.browser.wait_for("all cancelled",
                              lambda: self.states() == (["cancelled"], ["cancelled"] * 2))
        self.assertEqual(self.browser.texts("#token"), ["Unlocked"])
        self.assertTrue(self.browser.run("return window.sameDocument === true"))

    def cancel_with(self, token):
        self.browser.click(".actions button", "Cancel")
        self.browser.type("dialog input[type=password]", token)
        self.browser.click("dialog button", "Unlock")
        self.browser.wait_for("the question", lambda: "Cancel experiment 1?" in self.browser.text())
        self.browser.click("dialog .primary", "Cancel")


def load_tests(loader, *_):
    """The test that cancels comes last: the others want trials that run."""
    names = sorted(loader.getTestCaseNames(DashboardTest), key=lambda name: "cancel" in name)
    return unittest.TestSuite(DashboardTest(name) for name in names)


if __name__ == "__main__":
    unittest.main(verbosity=2)
