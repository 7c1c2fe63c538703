"""Which table becomes which chart: columns, axes, reference lines."""

import numpy as np
import pandas as pd
import pytest

from vad.report.pictures import PICTURES, charts


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
