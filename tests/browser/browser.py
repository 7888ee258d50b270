"""Headless Chromium that notes what it asks for, what it complains about, and what it tells a
screen reader."""

import json
import time
import urllib.parse

from chromium import TIMEOUT_SECONDS, start_chromium
from selenium.common.exceptions import (ElementClickInterceptedException,
                                        StaleElementReferenceException)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

# What a user can do something with, or has to hear about.
NAMED_ROLES = {
    "button", "checkbox", "combobox", "figure", "image", "link", "log", "progressbar", "region",
    "searchbox", "table", "textbox"
}


class Browser:
    """Closed by its owner; everything else waits at most TIMEOUT_SECONDS."""

    def __init__(self, profile):
        self.driver = start_chromium(profile, logs=("performance", "browser"))
        # What the browser asks for by itself before it is asked for anything does not count.
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self._requested = []
        self._answered = []

    def close(self):
        self.driver.quit()

    def wait_for(self, what, condition):
        """Waits until `condition()` is true and returns it. What the page replaces while it is
        looked at is looked for again."""
        return WebDriverWait(
            self.driver, TIMEOUT_SECONDS, poll_frequency=0.1,
            ignored_exceptions=[StaleElementReferenceException, ElementClickInterceptedException],
        ).until(lambda _: condition(), f"expected {what}; the page says:\n{self.text()}")

    def text(self):
        return self.run("return document.body.innerText")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def texts(self, selector):
        """Of all elements that match, at one moment."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map("
                        "(e) => e.innerText.trim())", selector)

    def attribute(self, selector, name):
        """Of the first element that matches; None: there is no such element, or attribute."""
        return self.run("const e = document.querySelector(arguments[0]);"
                        "return e && e.getAttribute(arguments[1])", selector, name)

    def _find(self, selector, text):
        return next((e for e in self.driver.find_elements("css selector", selector)
                     if e.is_displayed() and (text is None or e.text.strip() == text)), None)

    def click(self, selector, text=None):
        """Clicks the first visible element that matches and has that text, once it is there."""

        def attempt():
            element = self._find(selector, text)
            if element is None:
                return False
            # Not at the upper edge, where the page's head would cover it.
            self.run("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
            return True

        self.wait_for(f"{selector} {text or ''} to be clicked", attempt)

    def type(self, selector, keys):
        self.wait_for(f"{selector}", lambda: self._find(selector, None)).send_keys(keys)

    def _read_network(self):
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self._requested.append(message["params"]["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                self._requested.append(message["params"]["url"])
            elif message["method"] == "Network.responseReceived":
                response = message["params"]["response"]
                self._answered.append((response["url"], response["status"]))

    def requested(self):
        """URLs that pages have asked for."""
        self._read_network()
        return list(self._requested)

    def answered(self):
        """(URL, HTTP status) of the answers."""
        self._read_network()
        return list(self._answered)

    def requests_elsewhere(self, origin):
        """What pages have asked for that is neither theirs nor within them."""
        ours = urllib.parse.urlsplit(origin).netloc
        return [url for url in self.requested()
                if urllib.parse.urlsplit(url).scheme not in ("data", "blob")
                and urllib.parse.urlsplit(url).netloc != ours]

    def complaints(self):
        """Warnings and errors on the console since the last call."""
        return [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")
                if entry["level"] in ("WARNING", "SEVERE")]

    def tab_through(self, most):
        """Presses Tab `most` times from the top of the page, or until it is left. A list of what
        has the focus each time, and whether one can see that it has."""
        self.run("document.activeElement.blur(); scrollTo(0, 0);")
        seen = []
        for _ in range(most):
            ActionChains(self.driver).send_keys(Keys.TAB).perform()
            element = self._focused()
            if element is None:
                break
            seen.append((element["name"], element["visible"]))
        return seen

    def _focused(self):
        """Name and visibility of what has the focus, once the page has scrolled there."""
        until = time.monotonic() + TIMEOUT_SECONDS
        while True:
            element = self.run("""
                const e = document.activeElement;
                if (e === document.body) return null;
                const style = getComputedStyle(e);
                const box = e.getBoundingClientRect();
                const name = e.getAttribute('aria-label') || e.innerText || e.title || e.id;
                return {name: `${e.tagName.toLowerCase()} ${name.trim().split('\\n')[0]}`,
                        visible: e.matches(':focus-visible') && style.outlineStyle !== 'none' &&
                            parseFloat(style.outlineWidth) >= 1 && box.width > 0 &&
                            box.bottom > 0 && box.top < innerHeight};""")
            if element is None or element["visible"] or time.monotonic() > until:
                return element

    def nameless(self):
        """What the accessibility tree has no name for but should."""
        tree = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})
        missing = []
        for node in tree["nodes"]:
            role = node.get("role", {}).get("value")
            if node.get("ignored") or role not in NAMED_ROLES:
                continue
            if not node.get("name", {}).get("value", "").strip():
                missing.append(role)
        return missing
