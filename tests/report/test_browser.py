"""The page in headless Chromium, as a reader opens it: from disk, on a desk and on a phone."""

import pytest
from selenium.webdriver.common.by import By

from tests.browser import needs_browser, opened, requested_schemes

pytestmark = needs_browser

# HTMLMediaElement.readyState.
HAVE_CURRENT_DATA = 2
# Of text, WCAG 2.2 level AA.
LEAST_CONTRAST = 4.5
CONTRAST = """
const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
  .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const paper = light(getComputedStyle(document.body).backgroundColor);
const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const texts = document.querySelectorAll("p, td, th, h1, h2, h3, figcaption, summary, .legend li");
const inks = [...texts].map((e) => light(getComputedStyle(e).color));
const lines = document.querySelectorAll(".chart .line.published, .chart .line.finetuned");
const strokes = [...lines].map((e) => light(getComputedStyle(e).stroke));
return [paper, Math.min(...inks.map((i) => ratio(i, paper))),
        Math.min(...strokes.map((i) => ratio(i, paper)))];
"""
PLAY = """
const [audio, done] = arguments;
const cursor = audio.closest(".recording").querySelector(".cursor");
audio.muted = true;
const look = () => {
  if (audio.currentTime < 0.2) return requestAnimationFrame(look);
  const playing = [...document.querySelectorAll("audio")].filter((a) => !a.paused).length;
  const left = parseFloat(cursor.style.left);
  done([audio.readyState, audio.currentTime, audio.duration, left, playing]);
};
audio.play().then(look).catch((error) => done(String(error)));
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory, page):
    folder = tmp_path_factory.mktemp("report")
    (folder / "report.html").write_text(page, encoding="utf-8")
    with opened(folder / "report.html", folder / "profile") as driver:
        yield driver


def set_width(browser, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def set_scheme(browser, scheme):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def test_nothing_is_asked_of_a_network_and_nothing_goes_wrong(browser):
    """The page's policy would stop a request, and the console would tell."""
    schemes = requested_schemes(browser)
    assert "file" in schemes
    assert schemes <= {"file", "data"}
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [390, 1200])
def test_every_picture_is_seen_and_nothing_scrolls_sideways(browser, width):
    set_width(browser, width)
    wide = "return document.documentElement.scrollWidth"
    assert browser.execute_script(wide) == width
    pictures = browser.find_elements(By.CSS_SELECTOR, ".chart > svg, .track, .track > svg, img")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".chart > svg")) == 7
    for picture in pictures:
        assert picture.is_displayed()
        assert 0 < picture.size["width"] <= width
        assert picture.size["height"] > 15
    for image in browser.find_elements(By.CSS_SELECTOR, "img"):
        assert image.get_property("naturalWidth") > 100


@pytest.mark.parametrize("width", [390, 800, 1200])
def test_no_text_of_the_tables_sticks_out_of_its_cell(browser, width):
    set_width(browser, width)
    wide = "return [...document.querySelectorAll('.differences td, .differences th')]"
    wide += ".filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerText)"
    browser.execute_script("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    assert browser.execute_script(wide) == []


def test_every_line_of_a_chart_goes_somewhere(browser):
    lines = browser.find_elements(By.CSS_SELECTOR, ".chart > svg .line")
    assert len(lines) == 15
    lengths = [browser.execute_script("return arguments[0].getTotalLength()", x) for x in lines]
    assert min(lengths) > 50


def test_players_play_one_at_a_time_and_the_cursor_follows(browser):
    players = browser.find_elements(By.CSS_SELECTOR, "audio")
    assert len(players) == 5
    for player in players:
        ready, time, duration, cursor, playing = browser.execute_async_script(PLAY, player)
        assert ready >= HAVE_CURRENT_DATA
        # An MP3 ends with a whole frame.
        assert duration == pytest.approx(30, abs=0.1)
        assert cursor == pytest.approx(100 * time / 30, abs=1.5)
        assert playing == 1


def test_a_click_on_a_picture_goes_there(browser):
    recording = browser.find_element(By.CSS_SELECTOR, ".recording")
    # The middle.
    recording.find_element(By.CSS_SELECTOR, ".spectrum-track").click()
    player = recording.find_element(By.CSS_SELECTOR, "audio")
    assert player.get_property("currentTime") == pytest.approx(15, abs=0.5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_lines_are_readable(browser, scheme):
    set_scheme(browser, scheme)
    paper, ink, stroke = browser.execute_script(CONTRAST)
    assert (paper < 0.1) == (scheme == "dark")
    assert ink >= LEAST_CONTRAST
    # Of graphics, the same source.
    assert stroke >= 3


def test_names_are_text(browser):
    titles = [title.text for title in browser.find_elements(By.CSS_SELECTOR, ".recording b")]
    assert "🎙️ naïve/.." in titles
    assert "<script>alert(1)</script> \"b\" 'c'" in titles
    assert len(browser.find_elements(By.CSS_SELECTOR, "script")) == 1
