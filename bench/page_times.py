"""Until what a user came for is on the screen, in headless Chromium: page_times.py URL EXPERIMENT.

Prints rows of a Markdown table. Times are the page's own clock, from the start of its navigation to
the frame after the elements are there; a median, with the longest, over loads of a new document
each. The browser keeps its cache, as it does for a user's second visit; the first one is printed on
its own.
"""

import statistics
import sys
import tempfile

from chromium import start_chromium
from selenium.webdriver.support.ui import WebDriverWait

LOADS = 5
TIMEOUT_SECONDS = 120
# Notes when the first element of a selector has been painted.
WATCH = """
    window.shown = {};
    const watch = () => {
      for (const selector of %r) {
        if (!(selector in shown) && document.querySelector(selector)) {
          shown[selector] = null;
          requestAnimationFrame(() => setTimeout(() => { shown[selector] = performance.now(); }));
        }
      }
    };
    new MutationObserver(watch).observe(document, {childList: true, subtree: true});
"""


def measure(driver, url, wanted):
    """Milliseconds until each of the selectors was painted."""
    driver.get("about:blank")
    script = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument",
                                    {"source": WATCH % list(wanted)})
    driver.get(url)
    WebDriverWait(driver, TIMEOUT_SECONDS, poll_frequency=0.05).until(lambda d: d.execute_script(
        "return Object.values(shown).filter((time) => time > 0).length") == len(wanted))
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    return driver.execute_script("return shown")


def main():
    url, experiment = sys.argv[1:]
    pages = {
        "": {"main tbody th a": "list of experiments"},
        f"#/experiments/{experiment}": {
            "table.trials tbody tr[data-trial]": "experiment: its trials",
            ".dygraph-axis-label": "experiment: its curves",
            "[aria-label='Comparison of groups'] tbody": "experiment: its comparison",
        },
        f"#/trials/{experiment}/0": {".dygraph-axis-label": "trial: its curves"},
    }
    with tempfile.TemporaryDirectory() as profile:
        driver = start_chromium(profile)
        try:
            for path, wanted in pages.items():
                loads = [measure(driver, url + path, wanted) for _ in range(LOADS + 1)]
                for selector, name in wanted.items():
                    first, *times = [load[selector] for load in loads]
                    print(f"| {name} | {statistics.median(times):.0f} ms | {max(times):.0f} ms "
                          f"(first visit {first:.0f} ms) |")
        finally:
            driver.quit()


if __name__ == "__main__":
    main()
