"""The page of `dvc plots`: how it is made, and all plots of the demo on it with no network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from docs.plots_page import LIBRARIES, licences, main
from tests.browser import needs_browser, opened, requested_schemes
from tests.clone import REPOSITORY
from vad.schema import load_yaml

PAGE = REPOSITORY / ".dvc" / "plots" / "page.html"
LONGEST_WAIT_S = 30
# Marks of data, not of axes: a line, or one symbol for each point.
DRAWN = """
const marks = (plot, role) => plot.querySelectorAll(`svg .mark-${role}.role-mark path`);
return [...document.querySelectorAll(".plots > div")].map((plot) => [
  [...plot.querySelectorAll("svg .role-title-text")].map((title) => title.textContent),
  Math.max(0, ...[...marks(plot, "line")].map((line) => line.getTotalLength())),
  marks(plot, "symbol").length,
]);
"""


@pytest.fixture
def libraries(tmp_path) -> Path:
    for name in LIBRARIES:
        folder = tmp_path / "node_modules" / name
        (folder / "build").mkdir(parents=True)
        build = f"run('{name}');\n//# sourceMappingURL={name}.min.js.map\n"
        (folder / "build" / f"{name}.min.js").write_text(build)
        (folder / "package.json").write_text(json.dumps({"version": "1.2.3"}))
        (folder / "LICENSE").write_text("Permission -- granted")
    return tmp_path / "node_modules"


def test_the_page_has_every_library_its_version_and_its_licence(libraries, tmp_path):
    main(libraries, tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text()
    starts = [text.index(f"/* {name} 1.2.3 */\nrun('{name}');\n</script>") for name in LIBRARIES]
    assert starts == sorted(starts)
    assert "sourceMappingURL" not in text
    assert licences(libraries) == {"vega, vega-embed, vega-lite": "Permission -  granted"}
    assert text.count("Permission -  granted") == text.count("{plot_divs}") == 1


@pytest.mark.parametrize("code", ["'</script>'", "'<!--'", "'{plot_divs}'"])
def test_a_build_that_would_break_the_page_is_refused(libraries, tmp_path, code):
    (libraries / "vega-lite" / "build" / "vega-lite.min.js").write_text(f"run({code})")
    with pytest.raises(ValueError, match="vega-lite: its build contains"):
        main(libraries, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_dvc_finds_the_page_and_leaves_out_its_own_scripts():
    config = (REPOSITORY / ".dvc" / "config").read_text()
    assert f"html_template = {PAGE.relative_to(REPOSITORY / '.dvc').as_posix()}" in config
    text = PAGE.read_text(encoding="utf-8")
    assert "{scripts}" not in text
    assert "default-src 'none'" in text
    assert "Copyright (c) 2015" in text


def plot_titles() -> set[str]:
    stages = load_yaml(REPOSITORY / "dvc.yaml")["stages"].values()
    plots = [entry for stage in stages for entry in stage.get("plots", [])]
    return {options["title"] for entry in plots for options in entry.values()}


def drawings(browser: webdriver.Chrome) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, ".plots svg.marks")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plots")
    command = (sys.executable, "-m", "dvc", "plots", "show", "--out", str(folder / "out"))
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    with opened((folder / "out" / "index.html").as_uri(), folder / "profile") as driver:
        wait = WebDriverWait(driver, LONGEST_WAIT_S)
        wait.until(lambda page: len(drawings(page)) == len(plot_titles()))
        yield driver


@needs_browser
def test_every_plot_of_the_demo_is_drawn_with_no_network(browser):
    plots = browser.execute_script(DRAWN)
    assert plot_titles() <= {title for titles, _, _ in plots for title in titles}
    for titles, length, symbols in plots:
        assert length > 100 or symbols > 10, titles
    schemes = requested_schemes(browser)
    assert "file" in schemes
    assert schemes <= {"file", "data"}
    assert browser.get_log("browser") == []


@needs_browser
@pytest.mark.parametrize("width", [600, 1200])
def test_no_plot_hides_another(browser, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    boxes = [plot.rect for plot in browser.find_elements(By.CSS_SELECTOR, ".plots > div")]
    for number, box in enumerate(boxes):
        assert box["x"] + box["width"] <= width
        for other in boxes[:number]:
            is_left = other["x"] + other["width"] <= box["x"]
            is_above = other["y"] + other["height"] <= box["y"]
            assert is_left or is_above
