"""Headless Chromium as tests and benchmarks of the dashboard drive it: with Debian's chromium,
chromium-driver and python3-selenium, and nothing that it asks of the network by itself."""

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

TIMEOUT_SECONDS = 30


def start_chromium(profile, logs=()):
    """A WebDriver with an empty page. `profile`: an empty folder; `logs`: kinds that
    `get_log` is to have. The caller quits it."""
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--disable-background-networking", "--disable-component-update",
                     "--disable-sync", "--no-first-run", "--window-size=1280,900",
                     f"--user-data-dir={profile}", "about:blank"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {kind: "ALL" for kind in logs})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(TIMEOUT_SECONDS)
    driver.set_script_timeout(TIMEOUT_SECONDS)
    return driver
