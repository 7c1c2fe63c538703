"""Errors that users notice: late and cut-off speech, broken utterances, detections in silence.

An utterance is an interval of the reference, a segment one of a model. Both are int64
[intervals, 2] in samples, sorted and disjoint.
"""

import numpy as np

from vad.evaluation.metrics import Counts, ratio
from vad.intervals import covered, overlap_counts, overlapping, total

# Latencies are counted in steps of 5 ms near 0 and of 1 % far from it, up to a minute.
LATENCY_EDGES_S = np.sinh(np.linspace(-5.5, 5.5, 1201)) / 2
# The middle of each step.
LATENCIES_S = (LATENCY_EDGES_S[1:] + LATENCY_EDGES_S[:-1]) / 2
QUANTILES = {"median": 0.5, "p90": 0.9}
SHORT_UTTERANCE_S = 0.6
# A shorter stretch of speech may be missed by its length alone.
LOSABLE_S = 0.3
FALSE_RUN_S = 0.1
# The order of the counts named `utterances`.
DETECTED, TOUCHING, SHORT, SHORT_MISSED, FALSE_RUNS, SILENT_HOURS, LOSABLE, LOST = range(8)


def utterance_counts(
    speech: np.ndarray, annotated: np.ndarray, segments: np.ndarray, sample_rate: int
) -> Counts:
    """Latencies of onsets and of offsets [steps], and `utterances` [8], DETECTED to LOST.

    Those are detected utterances, segments that touch them, short utterances, those missed, false
    runs, hours without speech, utterances of LOSABLE_S or more, and those missed. A false run is a
    segment that touches no utterance, for 0.1 s of annotated audio or more.
    """
    touching = overlap_counts(speech, segments)
    lengths = speech[:, 1] - speech[:, 0]
    is_short = lengths < SHORT_UTTERANCE_S * sample_rate
    is_losable = lengths >= LOSABLE_S * sample_rate
    alone = segments[overlap_counts(segments, speech) == 0]
    is_false_run = covered(alone, annotated) >= FALSE_RUN_S * sample_rate
    silence = total(annotated) - covered(speech, annotated).sum()
    counts = [
        np.count_nonzero(touching),
        touching.sum(),
        np.count_nonzero(is_short),
        np.count_nonzero(is_short & (touching == 0)),
        np.count_nonzero(is_false_run),
        silence / sample_rate / 3600,
        np.count_nonzero(is_losable),
        np.count_nonzero(is_losable & (touching == 0)),
    ]
    onsets = onset_latencies(speech, annotated, segments)
    # An offset is an onset when time runs backwards.
    offsets = -onset_latencies(*(-part[::-1, ::-1] for part in (speech, annotated, segments)))
    return {
        "utterances": np.array(counts, float),
        "onsets": _latency_counts(onsets / sample_rate),
        "offsets": _latency_counts(offsets / sample_rate),
    }


def onset_latencies(speech: np.ndarray, annotated: np.ndarray, segments: np.ndarray) -> np.ndarray:
    """Start of the first segment that touches an utterance, after its own start: [onsets].

    In samples, negative where the segment is early. Left out are utterances that no segment
    touches, those whose segment began with an earlier utterance, and those that start where the
    annotated audio does, since speech may have begun before.
    """
    first, stop = overlapping(speech, segments)
    touches = first < stop
    start = segments[first[touches], 0]
    onset = speech[touches, 0]
    previous_end = np.append(np.iinfo(np.int64).min, speech[:-1, 1])[touches]
    counts = (start >= previous_end) & ~np.isin(onset, annotated[:, 0])
    return (start - onset)[counts]


def silence_counts(utterances: np.ndarray, speech_s: np.ndarray) -> np.ndarray:
    """Recordings without speech, and those of them without a false run: [recordings, 2]."""
    is_nonspeech = speech_s == 0
    is_silent = is_nonspeech & (utterances[:, FALSE_RUNS] == 0)
    return np.stack((is_nonspeech, is_silent), axis=1).astype(np.float64)


def utterance_metrics(counts: Counts, latencies_s: np.ndarray = LATENCIES_S) -> Counts:
    """Metrics of sums of `utterance_counts` and `silence_counts`.

    `latencies_s` are those of the steps that are left in the counts of onsets and offsets.
    Latencies in seconds, positive where the model is late; fragmentation in segments for each
    detected utterance; the false runs are counted in `nonspeech_s` of audio.
    """
    of = np.moveaxis(counts["utterances"], -1, 0)
    recordings, silent = np.moveaxis(counts["silence"], -1, 0)
    latencies = {
        f"{edge}_latency_{name}_s": values
        for edge in ("onset", "offset")
        for name, values in _quantiles(counts[f"{edge}s"], latencies_s).items()
    }
    return latencies | {
        "fragmentation": ratio(of[TOUCHING], of[DETECTED]),
        "false_runs": of[FALSE_RUNS],
        "nonspeech_s": 3600 * of[SILENT_HOURS],
        "false_runs_per_hour": ratio(of[FALSE_RUNS], of[SILENT_HOURS]),
        "silent_share": ratio(silent, recordings),
        "short_missed_share": ratio(of[SHORT_MISSED], of[SHORT]),
        "lost_share": ratio(of[LOST], of[LOSABLE]),
    }


def _latency_counts(latencies_s: np.ndarray) -> np.ndarray:
    edges = LATENCY_EDGES_S
    return np.histogram(latencies_s.clip(edges[0], edges[-1]), edges)[0]


def _quantiles(counts: np.ndarray, latencies_s: np.ndarray) -> Counts:
    """The latency (s) below which each of QUANTILES of the counted ones lies, by its name.

    [..., steps] gives [...].
    """
    below = np.cumsum(counts, axis=-1)
    total = below[..., -1:]
    return {
        name: np.where(
            total[..., 0] > 0, latencies_s[np.argmax(below >= share * total, axis=-1)], np.nan
        )
        for name, share in QUANTILES.items()
    }
