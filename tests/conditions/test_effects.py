"""Every effect on known sounds, through the generators that training and test use."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.signal import correlate

from vad.conditions import effects
from vad.conditions.effects import (
    EFFECTS,
    Backgrounds,
    Scene,
    Voice,
    Voices,
    copies_for_test,
    copies_for_training,
    speaker_of,
)
from vad.conditions.mixing import power
from vad.prepared import INTERVAL_COLUMNS, INTERVALS, RECORDING_COLUMNS, RECORDINGS, Prepared
from vad.randomness import generator
from vad.silero.geometry import GEOMETRIES

SECONDS = 6
# Starts of bursts of 300 ms (s).
BURSTS_S = (0.7, 2.3, 4.1)
BURST_S = 0.3
# The label may be off by one window of the network.
WINDOW_S = 0.032
# Of levels in dB, for float32 audio.
TOLERANCE_DB = 1e-3
SEED = (1, "corpus", "name", 0)

SHARES = {
    "room": "reverberant_share",
    "babble": "babble_share",
    "noise": "noise_share",
    "clipping": "clipped_share",
    "dc_offset": "dc_offset_share",
    "telephone": "telephone_share",
    "packets": "packet_loss_share",
}
# For each effect another value of each of its parameters.
CHANGES = {
    "room": {"reverberant_share": 0.0},
    "babble": {"babble_share": 0.0, "babble_voices": 2, "babble_min_db": 0},
    "noise": {"noise_share": 0.0, "snr_min_db": 10},
    "gain": {"gain_min_db": -30},
    "clipping": {"clipped_share": 0.0, "clipping_max_db": 30},
    "dc_offset": {"dc_offset_share": 0.0, "dc_offset_max": 0.1},
    "telephone": {"telephone_share": 0.0},
    "packets": {"packet_loss_share": 0.0, "packet_loss_max": 0.5},
}


def room_response(sample_rate: int) -> np.ndarray:
    """Direct sound at 137 ms, faint noise before it, a tail of 0.3 s after it: int16 [samples]."""
    draw = np.random.default_rng(5)
    response = 1e-3 * draw.standard_normal(sample_rate // 2)
    direct = round(0.137 * sample_rate)
    tail = np.arange(len(response) - direct) / sample_rate
    response[direct:] += 0.04 * draw.standard_normal(len(tail)) * np.exp(-tail / 0.045)
    response[direct] = 0.9
    return (response * 32767).astype(np.int16)


@pytest.fixture
def backgrounds(sample_rate):
    draw = np.random.default_rng(4)
    audio = (3000 * draw.standard_normal((8, 2 * sample_rate))).astype(np.int16)
    speech_edges = np.array([[sample_rate // 4, sample_rate], [sample_rate, 3 * sample_rate // 2]])
    voices = [
        Voice(speaker_of("corpus", f"voice{number}", None), samples, speech_edges)
        for number, samples in enumerate(audio[2:])
    ]
    rooms = [room_response(sample_rate)]
    own = Voice(speaker_of("corpus", "name", None), audio[0], speech_edges)
    everyone = Backgrounds(GEOMETRIES[sample_rate], list(audio[:2]), rooms, Voices([own, *voices]))
    return everyone.beside("corpus", "name", None)


@pytest.fixture
def speech(sample_rate):
    """Where the bursts are, bool [samples]."""
    time_s = np.arange(SECONDS * sample_rate) / sample_rate
    return np.any([(time_s >= at) & (time_s < at + BURST_S) for at in BURSTS_S], axis=0)


@pytest.fixture
def bursts(speech):
    """Bursts of noise and next to nothing between them, float32 [samples]."""
    draw = np.random.default_rng(3)
    samples = 0.05 * draw.standard_normal(len(speech)) * np.where(speech, 1, 1e-3)
    return samples.astype(np.float32)


@pytest.fixture
def all_on(params):
    """Every effect on every copy, background 20 dB below the bursts."""
    levels = {f"{key}_{end}_db": 20 for key in ("snr", "babble") for end in ("min", "max")}
    counts = {"augmented_copies": 2}
    every = dict.fromkeys(SHARES.values(), 1.0)
    return params.prepare.model_copy(update=every | levels | counts)


def only(params, effect: str):
    """Parameters under which that effect alone does something."""
    silent = dict.fromkeys(SHARES.values(), 0.0)
    if effect == "gain":
        return params.model_copy(update=silent)
    return params.model_copy(
        update=silent | {SHARES[effect]: 1.0, "gain_min_db": 0, "gain_max_db": 0}
    )


def copy_of(samples, speech, backgrounds, params, number: int = 0, seed=SEED):
    return dict(copies_for_training(samples, speech, backgrounds, params, seed))[f"copy_{number}"]


def assert_labels_hold(copy, samples, sample_rate):
    """The sound lies where it lay: as a whole, and each burst by its envelope."""
    assert abs(np.argmax(correlate(copy, samples)) - (len(samples) - 1)) < WINDOW_S * sample_rate
    hop = sample_rate // 1000
    envelope, expected = (
        np.sqrt(np.square(x[: len(x) // hop * hop].reshape(-1, hop)).mean(axis=1))
        for x in (copy - np.median(copy), samples)
    )
    for at in BURSTS_S:
        part = slice(round(1000 * (at - 0.5)), round(1000 * (at + BURST_S + 0.5)))
        one, other = envelope[part] - envelope[part].mean(), expected[part] - expected[part].mean()
        lag_ms = np.argmax(np.correlate(one, other, "full")) - (len(one) - 1)
        assert abs(lag_ms) <= 1000 * WINDOW_S


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_label_follows_the_sound(effect, bursts, speech, backgrounds, all_on, sample_rate):
    params = only(all_on, effect)
    for number in range(params.augmented_copies):
        copy = copy_of(bursts, speech, backgrounds, params, number)
        assert (copy != bursts).any()
        assert_labels_hold(copy, bursts, sample_rate)


@pytest.mark.parametrize("seed", range(5))
def test_the_label_follows_the_sound_through_all_effects(
    seed, bursts, speech, backgrounds, all_on, sample_rate
):
    copy = copy_of(bursts, speech, backgrounds, all_on, seed=(seed,))
    assert_labels_hold(copy, bursts, sample_rate)


def test_the_label_follows_the_sound_in_every_test_condition(
    bursts, speech, backgrounds, all_on, sample_rate
):
    copies = dict(copies_for_test(bursts, speech, backgrounds, all_on, SEED))
    assert list(copies) == [
        *("snr_20_db", "snr_10_db", "snr_5_db", "snr_0_db"),
        *("reverberant", "telephone", "babble"),
    ]
    for copy in copies.values():
        assert_labels_hold(copy, bursts, sample_rate)


def test_copies_are_the_same_each_time(bursts, speech, backgrounds, all_on):
    for copies in (copies_for_training, copies_for_test):
        one, other = (dict(copies(bursts, speech, backgrounds, all_on, SEED)) for _ in range(2))
        assert one.keys() == other.keys()
        for condition in one:
            np.testing.assert_array_equal(one[condition], other[condition])
            assert one[condition].shape == bursts.shape
            assert one[condition].dtype == np.float32
            assert np.isfinite(one[condition]).all()
    block_1 = copy_of(bursts, speech, backgrounds, all_on, seed=(*SEED[:-1], 1))
    assert (block_1 != copy_of(bursts, speech, backgrounds, all_on)).any()


def test_one_copy_more_leaves_the_others(bursts, speech, backgrounds, all_on):
    more = all_on.model_copy(update={"augmented_copies": all_on.augmented_copies + 1})
    fewer = dict(copies_for_training(bursts, speech, backgrounds, all_on, SEED))
    copies = dict(copies_for_training(bursts, speech, backgrounds, more, SEED))
    assert len(copies) == len(fewer) + 1
    for condition, copy in fewer.items():
        np.testing.assert_array_equal(copies[condition], copy)


@pytest.mark.parametrize("changed", CHANGES)
def test_a_parameter_moves_the_draws_of_its_own_effect_alone(
    changed, bursts, speech, backgrounds, all_on, monkeypatch
):
    """Each effect is given the same sound, whatever those before it made of theirs."""

    def heard(params) -> dict[str, np.ndarray]:
        results = {}

        def probe(name, effect, _samples, scene, draw):
            results[name] = effect(bursts, scene, draw)
            return results[name]

        spies = {name: partial(probe, name, effect) for name, effect in EFFECTS.items()}
        with monkeypatch.context() as patch:
            patch.setattr(effects, "EFFECTS", spies)
            copy_of(bursts, speech, backgrounds, params)
        return results

    before = heard(all_on)
    for key, value in CHANGES[changed].items():
        after = heard(all_on.model_copy(update={key: value}))
        moved = {name for name in EFFECTS if (before[name] != after[name]).any()}
        assert moved == {changed}, key


@pytest.mark.parametrize("effect", SHARES)
def test_the_share_of_copies_with_an_effect_is_the_one_asked_for(effect, backgrounds, all_on):
    """Within four standard deviations; and a larger share keeps the copies that had it."""
    count, share = 400, 0.25
    samples = np.random.default_rng(3).standard_normal(500).astype(np.float32)

    def touched(share: float) -> np.ndarray:
        params = only(all_on, effect).model_copy(update={SHARES[effect]: share})
        scene = Scene(np.ones(500, bool), backgrounds, params)
        draws = (generator(*SEED, "copy", number, effect) for number in range(count))
        return np.array([EFFECTS[effect](samples, scene, d) is not samples for d in draws])

    is_touched = touched(share)
    assert abs(is_touched.mean() - share) < 4 * np.sqrt(share * (1 - share) / count)
    assert not (is_touched & ~touched(2 * share)).any()


@pytest.mark.parametrize("effect", ["noise", "babble"])
def test_backgrounds_lie_within_the_asked_levels(effect, bursts, speech, backgrounds, all_on):
    key = {"noise": "snr", "babble": "babble"}[effect]
    params = only(all_on, effect).model_copy(update={f"{key}_min_db": 3, f"{key}_max_db": 9})
    levels = []
    for number in range(20):
        copy = copy_of(bursts, speech, backgrounds, params, seed=(number,))
        levels.append(10 * np.log10(power(bursts[speech]) / power(copy - bursts)))
    assert 3 - TOLERANCE_DB <= min(levels) < 4.5
    assert 7.5 < max(levels) <= 9 + TOLERANCE_DB


def test_test_conditions_lie_at_the_stated_levels(bursts, speech, backgrounds, all_on):
    params = all_on.model_copy(update={"test_snrs_db": (20, -5), "test_babble_db": 7})
    copies = dict(copies_for_test(bursts, speech, backgrounds, params, SEED))
    for condition, expected_db in (("snr_20_db", 20), ("snr_-5_db", -5), ("babble", 7)):
        added = copies[condition] - bursts
        level_db = 10 * np.log10(power(bursts[speech]) / power(added))
        assert level_db == pytest.approx(expected_db, abs=TOLERANCE_DB)


def test_gain_lies_within_its_range(bursts, speech, backgrounds, all_on):
    params = only(all_on, "gain").model_copy(update={"gain_min_db": -30, "gain_max_db": 6})
    gains = []
    for number in range(30):
        copy = copy_of(bursts, speech, backgrounds, params, seed=(number,))
        gains.append(10 * np.log10(power(copy) / power(bursts)))
        np.testing.assert_allclose(copy, bursts * 10 ** (gains[-1] / 20), rtol=1e-5)
    assert -30 - TOLERANCE_DB <= min(gains) < -25
    assert 1 < max(gains) <= 6 + TOLERANCE_DB


def test_offset_is_constant_and_within_its_bound(bursts, speech, backgrounds, all_on):
    params = only(all_on, "dc_offset").model_copy(update={"dc_offset_max": 0.1})
    offsets = []
    for number in range(30):
        added = copy_of(bursts, speech, backgrounds, params, seed=(number,)) - bursts
        assert np.ptp(added) < 1e-6
        offsets.append(added.mean())
    assert -0.1 <= min(offsets) < -0.05
    assert 0.05 < max(offsets) <= 0.1


def test_lost_packets_are_as_many_as_asked_for(backgrounds, all_on, sample_rate):
    """A copy loses a share drawn up to the largest; on average over copies half of that."""
    params = only(all_on, "packets").model_copy(update={"packet_loss_max": 0.2})
    tone = np.ones(20 * sample_rate, np.float32)
    shares = [
        np.mean(copy_of(tone, tone > 0, backgrounds, params, seed=(number,)) == 0)
        for number in range(100)
    ]
    # Half the copies repeat, and are silent in the second packet of a run alone.
    silent = np.array([share for share in shares if share > 0.04])
    # 1000 packets: four standard deviations above the largest share.
    assert max(shares) < 0.2 + 4 * np.sqrt(0.2 * 0.8 / 1000)
    assert 20 < len(silent) < 60
    assert silent.mean() == pytest.approx(0.12, abs=0.03)


def test_silence_stays_finite_and_quiet(backgrounds, all_on, speech):
    params = all_on.model_copy(update={"dc_offset_share": 0.0})
    silence = np.zeros(len(speech), np.float32)
    nowhere = np.zeros(len(speech), bool)
    for copies in (copies_for_training, copies_for_test):
        for speech_edges in (speech, nowhere):
            for copy in dict(copies(silence, speech_edges, backgrounds, params, SEED)).values():
                assert copy.shape == silence.shape
                # The smallest step of mu-law is 2 of 8159.
                assert np.abs(copy).max() < 1e-3


def test_without_backgrounds_their_conditions_are_absent(bursts, speech, all_on, sample_rate):
    nothing = Backgrounds(GEOMETRIES[sample_rate], [], [], Voices([]))
    assert list(dict(copies_for_test(bursts, speech, nothing, all_on, SEED))) == ["telephone"]
    needed = only(all_on, "gain").model_copy(
        update={"noise_share": 1.0, "reverberant_share": 1.0, "babble_share": 1.0}
    )
    none = needed.model_copy(update={"gain_min_db": 0, "gain_max_db": 0})
    np.testing.assert_array_equal(copy_of(bursts, speech, nothing, none), bursts)


def test_a_speaker_does_not_babble_under_himself(backgrounds):
    everyone = backgrounds.voices.everyone
    assert everyone[0].speaker == backgrounds.main
    assert list(backgrounds.babblers) == list(everyone[1:])
    assert len(Backgrounds(backgrounds.geometry, [], [], backgrounds.voices).babblers) == 0


def test_others_are_everyone_but_the_speaker_in_order():
    voices = [Voice(speaker_of("a", "-", name), np.zeros(1), np.zeros((0, 2))) for name in "xyxxzy"]
    for speaker in "xyzw":
        others = Voices(voices).others(speaker_of("a", "-", speaker))
        expected = [voice for voice in voices if voice.speaker[2] != speaker]
        assert len(others) == len(expected)
        assert [voice.speaker for voice in others] == [voice.speaker for voice in expected]


def test_speakers_are_distinguished_where_they_are_known():
    assert speaker_of("a", "one", "anna") == speaker_of("a", "two", "anna")
    assert speaker_of("a", "one", "anna") != speaker_of("b", "one", "anna")
    for unknown in (None, "", float("nan")):
        assert speaker_of("a", "one", unknown) != speaker_of("a", "two", unknown)
    assert speaker_of("a", "anna", None) != speaker_of("a", "one", "anna")


def test_a_voice_is_cropped_to_speech():
    samples = np.arange(100, dtype=np.int16)
    voice = Voice(("a", "recording", "one"), samples, np.array([[10, 13], [50, 52]]))
    assert voice.speech_samples == 5
    crop = voice.crop(8, 2) * 32768
    np.testing.assert_array_equal(crop, [12, 50, 51, 10, 11, 12, 50, 51])


def test_more_voices_than_there_are_is_still_a_babble(backgrounds, sample_rate):
    draw = np.random.default_rng(0)
    babble = backgrounds.draw_babble(sample_rate, 20, draw)
    assert babble.shape == (sample_rate,)
    # Twenty voices at level 1 each, alike only where one is heard twice from one start.
    assert 10 < power(babble) < 40


def test_backgrounds_are_those_of_their_split(tmp_path):
    """A folder as stage prepare leaves it before the copies, with one copy to be passed over."""
    rows, intervals, audio = [], [], []
    for role in ("speech", "noise", "rir"):
        for split in ("train", "test"):
            for number, condition in enumerate(("clean", "clean", "copy_0")):
                clip = len(rows)
                position = {"shard": "all.pcm", "start_sample": 100 * clip, "sample_count": 100}
                labels = {"corpus": "a", "name": f"{role}{number % 2}", "speaker": f"{number % 2}"}
                kind = {"role": role, "split": split, "condition": condition, "block": 0}
                rows.append({**labels, **kind, **position, "licence": "MIT", "sample_rate": 8000})
                audio.append(np.full(100, clip, "<i2"))
                if role == "speech" and number != 1:
                    intervals.append((clip, "speech", 10, 30))
    (tmp_path / "shards").mkdir()
    (tmp_path / "shards" / "all.pcm").write_bytes(np.concatenate(audio).tobytes())
    pd.DataFrame(rows, columns=RECORDING_COLUMNS).to_parquet(tmp_path / RECORDINGS)
    pd.DataFrame(intervals, columns=INTERVAL_COLUMNS).to_parquet(tmp_path / INTERVALS)
    for split, first in (("train", 0), ("test", 3)):
        backgrounds = Backgrounds.of_split(Prepared(tmp_path), split)
        assert backgrounds.geometry == GEOMETRIES[8000]
        assert [voice.samples[0] for voice in backgrounds.voices.everyone] == [first]
        assert [noise[0] for noise in backgrounds.noise][:2] == [first + 6, first + 7]
        assert [room[0] for room in backgrounds.rooms][:2] == [first + 12, first + 13]
        assert len(backgrounds.beside("a", "speech0", "0").babblers) == 0
        assert len(backgrounds.beside("a", "speech1", "1").babblers) == 1
