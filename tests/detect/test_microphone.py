"""The microphone, with a module in place of sounddevice that plays a recording."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from detect.microphone import Switch, line, listen, sound_device
from detect.models import PUBLISHED, USUAL
from tests.spoken import sentences
from vad.errors import VadError


class Played:
    """An input stream that gives all of `audio` at once, then Ctrl-C."""

    def __init__(self, audio, **options):
        self.audio, self.options = audio, options

    def __enter__(self):
        assert (self.options["samplerate"], self.options["blocksize"]) == (16000, 512)
        for start in range(0, len(self.audio), 512):
            self.options["callback"](self.audio[start : start + 512, None], 512, None, None)

    def __exit__(self, *_):
        return False


class Queue:
    """Raises Ctrl-C where it is empty."""

    def __init__(self):
        self.entries = []

    def put(self, entry):
        self.entries.append(entry)

    def get(self):
        if not self.entries:
            raise KeyboardInterrupt
        return self.entries.pop(0)


@pytest.mark.usefixtures("project")
def test_the_line_moves_and_the_segments_come_at_the_end(monkeypatch, capsys):
    audio = sentences(16000)[: 512 * 200]
    device = SimpleNamespace(PortAudioError=OSError, InputStream=lambda **o: Played(audio, **o))
    monkeypatch.setitem(sys.modules, "sounddevice", device)
    monkeypatch.setattr("queue.SimpleQueue", Queue)
    listen(PUBLISHED, {})
    printed = capsys.readouterr().out
    assert printed.startswith("microphone: published, 16 kHz branch")
    assert printed.count("\r") == 200
    assert "speech" in printed
    segments = [line.split() for line in printed.rpartition("\r")[2].splitlines()[1:]]
    assert np.array(segments, float).shape[1] == 2


def test_without_the_extra_the_line_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(VadError, match="pip install sounddevice"):
        sound_device()


@pytest.mark.usefixtures("project")
def test_without_a_microphone_the_reason_is_shown(monkeypatch):
    class PortAudioError(Exception):
        pass

    def refuse(**_):
        raise PortAudioError("no default device")

    device = SimpleNamespace(PortAudioError=PortAudioError, InputStream=refuse)
    monkeypatch.setitem(sys.modules, "sounddevice", device)
    with pytest.raises(VadError, match=r"no microphone can be opened \(no default device"):
        listen(PUBLISHED, {})


def test_speech_holds_on_down_to_the_exit_threshold():
    switch = Switch(USUAL)
    assert [switch.speaks(value) for value in (0.4, 0.6, 0.4, 0.3, 0.4)] == [0, 1, 1, 0, 0]
    assert line(1.5, 0.5, True) == f"     1.5 s [{'#' * 20}{' ' * 20}] 0.50 speech"
