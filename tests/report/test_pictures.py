"""Which table becomes which chart: columns, axes, reference lines."""

import numpy as np
import pandas as pd
import pytest

from vad.report.pictures import PICTURES, charts, training_chart


def points_of(picture):
    values = np.linspace(0.01, 0.09, 5)
    rows = pd.DataFrame({picture.x: values, picture.y: values[::-1]})
    return pd.concat([rows.assign(model="published"), rows.assign(model="finetuned")])


@pytest.mark.parametrize("name", PICTURES)
def test_a_chart_has_the_words_and_columns_of_its_picture(name):
    picture = PICTURES[name]
    points = points_of(picture)
    [chart] = charts({name: points})
    assert (chart.title, chart.reading) == (picture.title, picture.reading)
    assert (chart.x.label, chart.y.label) == (picture.x_label, picture.y_label)
    lines = chart.lines[-2:]
    assert [line.style for line in lines] == ["published", "finetuned"]
    for line in lines:
        rows = points[points["model"] == line.style]
        np.testing.assert_array_equal(line.x, rows[picture.x])
        np.testing.assert_array_equal(line.y, rows[picture.y])
        assert line.has_marks == picture.has_marks
    assert (len(chart.lines) == 3) == picture.has_diagonal


def test_noise_levels_are_the_ticks_of_their_chart():
    rows = pd.DataFrame({"snr_db": [0.0, 10.0], "f1": [0.5, 0.9], "model": "published"})
    [chart] = charts({"snr": rows})
    assert [text for _, text in chart.x.ticks] == ["0", "10"]


def test_axes_of_f1_show_the_difference():
    """From the tenth below the least value between thresholds that anyone uses."""
    rows = pd.DataFrame({"threshold": [0.0, 0.1, 0.5, 1.0], "f1": [0.1, 0.84, 0.9, 0.0]})
    [chart] = charts({"f1": rows.assign(model="published")})
    assert (chart.y.low, chart.y.high) == (0.8, 1)
    assert [text for _, text in chart.y.ticks] == ["0.8", "0.85", "0.9", "0.95", "1"]


def test_the_training_chart_leaves_out_what_is_not_there():
    rows = {"epoch": [0, 1, 1], "weights": ["published", "trained", "calibrated"]}
    losses = {"train_loss": [np.nan, 0.5, 0.5], "val_loss": [0.8, 0.6, 0.55]}
    chart = training_chart(pd.DataFrame(rows | losses))
    points = {line.name: (line.x.tolist(), line.y.tolist()) for line in chart.lines}
    assert points == {"training": ([1], [0.5]), "your validation": ([0, 1], [0.8, 0.6])}
    assert chart.reading.endswith("Epoch 1 was kept.")
