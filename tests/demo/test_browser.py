"""The page in headless Chromium: its probabilities, the microphone, what it saves, its looks."""

from base64 import b64encode
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from ruamel.yaml import YAML
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from detect.models import options_for, tuned_rate
from tests.browser import needs_browser, opened, requested_addresses
from tests.spoken import sentences
from vad.evaluation.segments import VadOptions, speech_segments
from vad.export.runtime import open_session, streaming_probabilities
from vad.label_files.tracks import audacity_track
from vad.silero.geometry import GEOMETRIES
from vad.silero.weights import published_path

pytestmark = needs_browser

# WebAssembly beside ONNX Runtime, over a whole recording.
TOLERANCE = 1e-4
# Between the resamplers of the browser and of libsoxr, the mean over windows.
RESAMPLED_TOLERANCE = 0.02
LONGEST_WAIT_S = 60
MICROPHONE_WINDOWS = 150
PAGE_STATE = """
const done = arguments[0];
import("./recording.js").then(({ recording, samples, setup }) => done({
  name: recording.name,
  samples: [...samples()],
  published: recording.probabilities.published,
  finetuned: recording.probabilities.finetuned,
}));
"""
DROP = """
const [text, name] = arguments;
const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const transfer = new DataTransfer();
transfer.items.add(new File([bytes], name));
document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
"""

# Of a copy: the browser warns where the picture itself is read again and again.
COLOURS = """
const chart = document.getElementById("chart");
const { width, height } = chart;
const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
pen.drawImage(chart, 0, 0);
const { data } = pen.getImageData(0, 0, width, height);
const colours = new Set();
for (let i = 0; i < data.length; i += 4)
  if (data[i + 3] === 255) colours.add(data.slice(i, i + 3).join());
return [...colours];
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory, address, model):
    """The browser with the page, a folder for its downloads, and the models behind it."""
    folder = tmp_path_factory.mktemp("demo")
    soundfile.write(folder / "microphone.wav", sentences(48000), 48000)
    microphone = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={folder / 'microphone.wav'}",
    )
    rate = tuned_rate(open_session(model))
    with opened(address, folder / "profile", *microphone) as browser:
        parameters = {"behavior": "allow", "downloadPath": str(folder)}
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", parameters)
        wait_for(browser, lambda: status(browser) == "Ready.")
        yield SimpleNamespace(
            browser=browser,
            address=address,
            folder=folder,
            model=model,
            geometry=GEOMETRIES[rate],
            rate=rate,
        )


def wait_for(browser, condition):
    WebDriverWait(browser, LONGEST_WAIT_S, 0.1).until(lambda _: condition())


def text_of(browser, name):
    return browser.find_element(By.ID, name).get_property("textContent")


def status(browser):
    return text_of(browser, "status")


def choose_file(page, path):
    """Open `path` and wait for both models; the state of the page."""
    page.browser.find_element(By.ID, "file").send_keys(str(path))
    seconds = soundfile.info(path).duration
    wait_for(page.browser, lambda: status(page.browser) == f"{path.name}: {seconds:.1f} s")
    return state_of(page.browser)


def state_of(browser):
    return browser.execute_async_script(PAGE_STATE)


def expected_probabilities(page, samples):
    files = {"published": published_path("silero_vad.onnx"), "finetuned": page.model}
    audio = np.asarray(samples, np.float32)
    return {
        name: streaming_probabilities(open_session(path), audio, page.geometry)
        for name, path in files.items()
    }


def assert_same_probabilities(page, state):
    for name, expected in expected_probabilities(page, state["samples"]).items():
        np.testing.assert_allclose(state[name], expected, rtol=0, atol=TOLERANCE)


def written(page, rate, channels=1):
    """The sentences in a file at `rate`; a second channel is silent."""
    path = page.folder / f"{rate}_{channels}.wav"
    silent = np.zeros((len(sentences(rate)), channels - 1))
    soundfile.write(path, np.column_stack((sentences(rate), silent)), rate)
    return path


def set_slider(browser, model, name, value):
    browser.execute_script(
        "const s = document.getElementById(arguments[0]); s.value = arguments[1];"
        "s.dispatchEvent(new Event('input'))",
        f"{model}-{name}",
        value,
    )


def test_probabilities_of_a_file_are_those_of_onnx_runtime(page):
    path = written(page, page.rate)
    state = choose_file(page, path)
    audio = soundfile.read(path, dtype="float32")[0]
    # Chromium divides positive samples by 32767.
    np.testing.assert_allclose(state["samples"], audio, rtol=3.06e-5, atol=0)
    assert_same_probabilities(page, state | {"samples": audio})
    assert_same_probabilities(page, state)
    assert np.ptp(state["finetuned"]) > 0.9
    difference = np.subtract(state["published"], state["finetuned"])
    assert np.abs(difference).max() > 0.2


@pytest.mark.parametrize(("rate", "channels"), [(44100, 2), (8000, 1), (48000, 1)])
def test_other_rates_are_resampled_and_channels_averaged(page, rate, channels):
    state = choose_file(page, written(page, rate, channels))
    assert_same_probabilities(page, state)
    samples = sentences(min(rate, page.rate)) / channels
    if len(state["samples"]) == len(samples):
        expected = expected_probabilities(page, samples)
        for name, values in expected.items():
            assert np.abs(values - state[name]).mean() < RESAMPLED_TOLERANCE


def test_a_second_file_starts_from_silence(page):
    first = choose_file(page, written(page, page.rate))
    page.browser.execute_script("document.getElementById('status').textContent = ''")
    second = choose_file(page, written(page, page.rate))
    assert second == first


def test_a_file_can_be_dropped(page):
    path = written(page, page.rate)
    expected = choose_file(page, path)
    encoded = b64encode(path.read_bytes()).decode()
    page.browser.execute_script(DROP, encoded, "dropped.wav")
    wait_for(page.browser, lambda: status(page.browser).startswith("dropped.wav: 1"))
    assert state_of(page.browser) == expected | {"name": "dropped.wav"}


def test_a_file_that_is_not_audio_is_reported_and_the_next_one_runs(page):
    (page.folder / "text.txt").write_text("not audio")
    page.browser.find_element(By.ID, "file").send_keys(str(page.folder / "text.txt"))
    wait_for(page.browser, lambda: "cannot decode" in status(page.browser))
    assert settled(page, "summary-finetuned") == "no audio yet"
    assert choose_file(page, written(page, page.rate))["finetuned"]


def test_sliders_move_segments_and_the_values_for_thresholds_yaml(page, tmp_path):
    state = choose_file(page, written(page, page.rate))
    set_slider(page.browser, "finetuned", "threshold", 0.2)
    set_slider(page.browser, "finetuned", "min_speech_duration_ms", 50)
    set_slider(page.browser, "finetuned", "speech_pad_ms", 100)
    # Not above the threshold, which moves along.
    set_slider(page.browser, "published", "neg_threshold", 0.9)
    (tmp_path / "thresholds.yaml").write_text(settled(page, "yaml"))
    options = options_for(tmp_path / "silero_vad.onnx", "finetuned", {})
    assert options == VadOptions(0.2, 0.2, 50, 100, 100)
    published = YAML(typ="safe").load(tmp_path / "thresholds.yaml")["thresholds"]["published"]
    assert published["neg_threshold"] == published["threshold"] == 0.9
    values = np.array(state["finetuned"], np.float32)
    segments = speech_segments(values, len(state["samples"]), page.geometry, options)
    assert settled(page, "summary-finetuned").startswith(f"{len(segments)} segments, ")
    page.browser.find_element(By.ID, "copy").click()
    wait_for(page.browser, lambda: text_of(page.browser, "copy") == "Copied")
    page.browser.find_element(By.ID, "save-finetuned").click()
    saved = page.folder / f"{page.rate}_1.txt"
    wait_for(page.browser, saved.is_file)
    assert saved.read_text() == audacity_track(segments / page.rate, "speech")
    page.browser.find_element(By.ID, "reset").click()
    assert "threshold: 0.2\n" not in settled(page, "yaml")


def settled(page, name):
    """The text of an element after the next frame, with which the page is drawn."""
    page.browser.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
    )
    return text_of(page.browser, name)


def test_the_microphone_runs_through_both_models(page):
    button = page.browser.find_element(By.ID, "microphone")
    button.click()
    wait_for(page.browser, lambda: len(state_of(page.browser)["published"]) > MICROPHONE_WINDOWS)
    button.click()
    wait_for(page.browser, lambda: status(page.browser).startswith("microphone_"))
    state = state_of(page.browser)
    assert len(state["samples"]) == len(state["published"]) * page.geometry.window_samples
    assert_same_probabilities(page, state)
    assert max(state["published"]) > 0.9
    page.browser.find_element(By.ID, "save-audio").click()
    saved = page.folder / state["name"]
    wait_for(page.browser, saved.is_file)
    audio, rate = soundfile.read(saved)
    assert rate == page.rate
    np.testing.assert_allclose(audio, state["samples"], atol=2 / 32768)


def test_a_microphone_that_is_refused_is_reported_and_may_be_tried_again(page):
    page.browser.execute_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('denied'))"
    )
    page.browser.find_element(By.ID, "microphone").click()
    wait_for(page.browser, lambda: status(page.browser).endswith("cannot be used: denied"))
    button = page.browser.find_element(By.ID, "microphone")
    assert button.is_enabled()
    assert button.text == "Start the microphone"
    page.browser.execute_script("delete navigator.mediaDevices.getUserMedia")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_the_picture_has_both_lines_and_nothing_scrolls_sideways(page, width, scheme):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    choose_file(page, written(page, page.rate))
    settled(page, "status")
    assert page.browser.execute_script("return document.documentElement.scrollWidth") == width
    expected = {"light": ["11,107,176", "194,80,10"], "dark": ["109,184,238", "245,163,92"]}
    assert set(expected[scheme]) <= set(page.browser.execute_script(COLOURS))


def test_nothing_leaves_the_loopback_address_and_nothing_goes_wrong(page):
    """The last test of this file: it reads what the others have left."""
    assert page.browser.get_log("browser") == []
    addresses = requested_addresses(page.browser)
    assert f"{page.address}models/finetuned.onnx" in addresses
    # The pictures of the player's buttons, and the audio that it plays.
    allowed = (page.address, "data:image/svg+xml", f"blob:{page.address}")
    assert [address for address in addresses if not address.startswith(allowed)] == []
