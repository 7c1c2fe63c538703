"""The segments of both pages against vad.evaluation.segments, by Node."""

import json
import shutil
import subprocess
from dataclasses import asdict

import numpy as np
import pytest

from vad.evaluation.segments import VadOptions, speech_segments
from vad.report.templates import SEGMENTS
from vad.silero.geometry import GEOMETRIES

SCRIPT = """
const { speechSegments } = await import(process.argv[1]);
let text = "";
for await (const part of process.stdin) text += part;
const run = (c) => speechSegments(c.probabilities, c.sampleCount, c.geometry, c.options);
console.log(JSON.stringify(JSON.parse(text).map(run)));
"""
CASES = 300


def cases(rate):
    """Random walks through the probabilities, with random thresholds and durations."""
    draw = np.random.default_rng(rate)
    geometry = GEOMETRIES[rate]
    for _ in range(CASES):
        count = int(draw.integers(0, 200))
        steps = draw.normal(0, 0.3, count)
        values = (0.5 + 0.5 * np.sin(np.cumsum(steps))).astype(np.float32)
        leave, enter = np.sort(draw.random(2).round(2))
        durations = draw.integers([0, 0, 0], [500, 400, 300])
        options = VadOptions(float(enter), float(leave), *map(int, durations))
        cut = int(draw.integers(0, geometry.window_samples)) if count else 0
        yield values, count * geometry.window_samples - cut, options


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
def test_segments_are_those_of_the_evaluation(sample_rate):
    geometry = GEOMETRIES[sample_rate]
    drawn = list(cases(sample_rate))
    sizes = {"sampleRate": sample_rate, "windowSamples": geometry.window_samples}
    text = json.dumps(
        [
            {
                "probabilities": values.astype(float).tolist(),
                "sampleCount": count,
                "geometry": sizes,
                "options": asdict(options),
            }
            for values, count, options in drawn
        ]
    )
    module = SEGMENTS.as_uri()
    command = ["node", "--input-type=module", "--eval", SCRIPT, module]
    output = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    expected = [
        speech_segments(values, count, geometry, options).tolist()
        for values, count, options in drawn
    ]
    assert json.loads(output) == expected
    assert sum(map(len, expected)) > CASES
