"""The page in headless Chromium, as a reader opens it: from disk, on a desk and on a phone."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import pytest
from selenium.webdriver.common.by import By

from tests.browser import needs_browser, opened, requested_schemes
from tests.report.conftest import OPTIONS
from tests.scored import GEOMETRY
from vad.evaluation.comparisons import EXCERPT_S
from vad.evaluation.segments import speech_segments
from vad.intervals import clip, intersect, symmetric_difference, total

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
const done = arguments[0];
const audio = document.querySelector("#viewer audio");
const cursor = document.querySelector("#viewer .cursor");
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
    with opened((folder / "report.html").as_uri(), folder / "profile") as driver:
        choose(driver, "condition", "")
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


def script(browser, text):
    return browser.execute_script(f"return {text}")


def set_threshold(browser, value):
    browser.execute_script(
        "const s = document.getElementById('threshold'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('input'))",
        value,
    )


def choose(browser, name, value):
    browser.execute_script(
        "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('input'))",
        name,
        value,
    )


def rows(browser):
    """The cells of each row of the table of recordings, as text."""
    text = "[...document.querySelectorAll('.recordings tbody tr')]"
    return script(browser, f"{text}.map((row) => [...row.cells].map((c) => c.textContent))")


def seconds(samples, digits):
    """Rounded as JavaScript does: halves upwards."""
    exact = Decimal(int(samples)) / GEOMETRY.sample_rate
    return str(exact.quantize(Decimal(10) ** -digits, ROUND_HALF_UP))


def open_row(browser, name, condition="as recorded"):
    for row in browser.find_elements(By.CSS_SELECTOR, ".recordings tbody tr"):
        first, second, *_ = row.find_elements(By.TAG_NAME, "td")
        if name in first.get_property("textContent") and second.text == condition:
            browser.execute_script("arguments[0].querySelector('button').click()", row)
            return
    raise AssertionError(name)


@pytest.mark.parametrize("width", [390, 768, 1200, 1600])
def test_every_picture_is_seen_and_nothing_scrolls_sideways(browser, width):
    set_width(browser, width)
    assert script(browser, "document.documentElement.scrollWidth") == width
    pictures = browser.find_elements(By.CSS_SELECTOR, ".chart > svg, .track, .track > svg, img")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".chart > svg")) == 8
    for picture in pictures:
        assert picture.is_displayed()
        assert 0 < picture.size["width"] <= width
        assert picture.size["height"] > 15
    for image in browser.find_elements(By.CSS_SELECTOR, "img"):
        assert image.get_property("naturalWidth") > 100


@pytest.mark.parametrize("width", [390, 768, 1200, 1600])
def test_no_text_of_the_tables_sticks_out_of_its_cell(browser, width):
    set_width(browser, width)
    cells = "[...document.querySelectorAll('.differences td, .differences th, .four td')]"
    browser.execute_script("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    wide = ".filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerText)"
    assert script(browser, cells + wide) == []


def test_a_tablet_keeps_tables(browser):
    set_width(browser, 768)
    for table in browser.find_elements(By.CSS_SELECTOR, ".four, .differences, .recordings"):
        head = table.find_element(By.CSS_SELECTOR, "thead")
        assert head.is_displayed() or not table.is_displayed()


def test_every_line_of_a_chart_goes_somewhere(browser):
    lines = browser.find_elements(By.CSS_SELECTOR, ".chart > svg .line")
    assert len(lines) == 19
    lengths = [browser.execute_script("return arguments[0].getTotalLength()", x) for x in lines]
    assert min(lengths) > 20


def test_training_has_four_colours_and_no_loss_before_the_first_epoch(browser):
    kinds = ("train", "val", "rehearsal", "noise")
    strokes = {
        script(browser, f"getComputedStyle(document.querySelector('.line.{kind}')).stroke")
        for kind in kinds
    }
    assert len(strokes) == 4
    marks = [len(browser.find_elements(By.CSS_SELECTOR, f".mark.{kind}")) for kind in kinds]
    assert marks == [2, 3, 3, 3]


def test_the_table_starts_with_the_recordings_as_recorded(browser):
    browser.refresh()
    assert {row[1] for row in rows(browser)} == {"as recorded"}
    choose(browser, "condition", "")
    assert len({row[1] for row in rows(browser)}) > 2


def test_at_the_usual_threshold_the_table_has_what_evaluate_measured(browser, results):
    set_threshold(browser, 0.5)
    choose(browser, "condition", "as recorded")
    found = {row[0].removesuffix(" ♪"): row for row in rows(browser)}
    speech = [one for one in results.recordings if one.role == "speech"]
    assert len(found) == len(speech)
    for one in speech:
        for column, model in ((3, "published"), (4, "finetuned")):
            assert found[one.name][column] == seconds(one.errors[model], 2)
    choose(browser, "condition", "")


@pytest.mark.parametrize("threshold", [0.2, 0.35, 0.8])
def test_the_slider_redraws_segments_and_counts(browser, results, threshold):
    """The exit threshold stays 0.15 below."""
    set_threshold(browser, 0.5)
    open_row(browser, "r4")
    before = script(browser, "document.querySelectorAll('.model.finetuned .bar').length")
    before_line = script(browser, "document.querySelector('.model .threshold').style.top")
    set_threshold(browser, threshold)
    after_line = script(browser, "document.querySelector('.model .threshold').style.top")
    assert (before_line, after_line) == ("50%", f"{100 * (1 - threshold):g}%")
    options = replace(OPTIONS, threshold=threshold, neg_threshold=round(threshold - 0.15, 2))
    one = next(r for r in results.recordings if r.name == "r4").comparison
    values = one.probabilities("finetuned")
    segments = speech_segments(values, one.sample_count, GEOMETRY, options)
    in_error = intersect(symmetric_difference(one.speech, segments), one.annotated)
    [row] = [r for r in rows(browser) if r[0].startswith("r4") and r[1] == "as recorded"]
    assert row[4] == seconds(total(in_error), 2)
    excerpt = one.excerpt(EXCERPT_S * GEOMETRY.sample_rate, GEOMETRY.sample_rate)
    bars = "[...document.querySelectorAll('.model.finetuned .bar')].map((bar) => bar.title)"
    assert script(browser, bars) == [
        f"{seconds(start, 3)} to {seconds(end, 3)} s" for start, end in clip(segments, *excerpt)
    ]
    assert before
    assert f"at {threshold:.2f}" in browser.find_element(By.ID, "totals").text
    set_threshold(browser, 0.5)


@pytest.mark.parametrize(("key", "column"), [("published", 3), ("finetuned", 4), ("samples", 2)])
def test_a_click_on_a_head_sorts_and_another_turns_round(browser, key, column):
    def values():
        return [float(row[column].removesuffix(" s")) for row in rows(browser)]

    head = browser.find_element(By.CSS_SELECTOR, f".recordings button[data-key={key}]")
    orders = []
    for _ in range(2):
        browser.execute_script("arguments[0].click()", head)
        found = values()
        orders.append(found == sorted(found, reverse=True))
        assert found in (sorted(found), sorted(found, reverse=True))
    assert len(set(values())) == 1 or orders[0] != orders[1]


def test_filters_leave_rows_of_a_condition_and_of_a_kind_of_error(browser):
    everything = len(rows(browser))
    choose(browser, "condition", "with noise at 5 dB")
    assert {row[1] for row in rows(browser)} == {"with noise at 5 dB"}
    choose(browser, "condition", "")
    choose(browser, "kind", "worse")
    worse = rows(browser)
    assert 0 < len(worse) < everything
    assert all(float(row[4]) > float(row[3]) for row in worse)
    choose(browser, "kind", "")
    assert len(rows(browser)) == everything


def test_players_play_and_the_cursor_follows(browser):
    names = [row[0].removesuffix(" ♪") for row in rows(browser) if row[1] == "as recorded"]
    for name in names:
        open_row(browser, name)
        ready, time, duration, cursor, playing = browser.execute_async_script(PLAY)
        assert ready >= HAVE_CURRENT_DATA
        # An MP3 ends with a whole frame.
        assert duration == pytest.approx(30, abs=0.1)
        assert cursor == pytest.approx(100 * time / 30, abs=1.5)
        assert playing == 1


def test_noise_can_be_heard(browser):
    open_row(browser, "n", "noise")
    ready, *_ = browser.execute_async_script(PLAY)
    assert ready >= HAVE_CURRENT_DATA


def test_a_click_on_a_picture_goes_there_and_buttons_go_to_errors(browser):
    open_row(browser, "r3")
    time = "document.querySelector('#viewer audio').currentTime"
    browser.execute_script("document.querySelector('#viewer audio').pause()")
    track = browser.find_element(By.CSS_SELECTOR, "#viewer .spectrum-track")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", track)
    # The middle.
    track.click()
    assert script(browser, time) == pytest.approx(15, abs=0.5)
    previous, following = browser.find_elements(By.CSS_SELECTOR, "#viewer .jumps button")
    browser.execute_script("arguments[0].click()", following)
    assert script(browser, time) > 15
    wrong = "[...document.querySelectorAll('#viewer .wrong')].map((e) => parseFloat(e.style.left))"
    starts = [0.3 * left for left in script(browser, wrong)]
    assert min(abs(script(browser, time) - start) for start in starts) < 0.05
    browser.execute_script("arguments[0].click()", previous)
    assert script(browser, time) < 15


def test_the_call_is_copied(browser):
    browser.execute_script("document.getElementById('copy').click()")
    assert script(browser, "String(getSelection())").startswith("get_speech_timestamps(audio")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_lines_are_readable(browser, scheme):
    set_scheme(browser, scheme)
    paper, ink, stroke = browser.execute_script(CONTRAST)
    assert (paper < 0.1) == (scheme == "dark")
    assert ink >= LEAST_CONTRAST
    # Of graphics, the same source.
    assert stroke >= 3


def test_names_are_text(browser):
    titles = [row[0].removesuffix(" ♪") for row in rows(browser)]
    assert "🎙️ naïve/.." in titles
    assert "<script>alert(1)</script> \"b\" 'c'" in titles
    assert len(browser.find_elements(By.CSS_SELECTOR, "script")) == 2
