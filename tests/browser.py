"""A page in headless Chromium, as a reader opens it, with no network but the loopback address."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_browser = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium, no chromedriver")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@contextmanager
def opened(address: str, profile: Path, *flags: str) -> Iterator[webdriver.Chrome]:
    """A browser that shows `address` and logs its requests; `profile` is a folder to be made."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        driver.get(address)
        yield driver
    finally:
        driver.quit()


def requested_schemes(browser: webdriver.Chrome) -> set[str]:
    """The schemes of all addresses that the page requested: `file`, `data`, `https` ..."""
    return {address.split(":")[0] for address in requested_addresses(browser)}


def requested_addresses(browser: webdriver.Chrome) -> set[str]:
    """All addresses that the page requested since this was called last."""
    events = [json.loads(row["message"])["message"] for row in browser.get_log("performance")]
    return {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
        and event["params"]["documentURL"] == browser.current_url
    }
