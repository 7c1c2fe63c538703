"""Where points stand, against plain arithmetic."""

import re

import numpy as np
import pytest
from scipy.stats import norm

from vad.evaluation.curves import DEVIATE_RATES
from vad.report.charts import BOTTOM, LEFT, RIGHT, TOP, deviate_axis, linear_axis, share_axis
from vad.report.pictures import PICTURES, charts


def points_of(path):
    return np.array(re.findall(r"(-?[\d.]+) (-?[\d.]+)", path), float)


def test_a_share_axis_is_linear_and_holds_what_is_beyond_at_its_ends():
    np.testing.assert_allclose(share_axis("x").position([-1, 0, 0.25, 1, 2]), [0, 0, 0.25, 1, 1])


def test_a_deviate_axis_is_linear_in_normal_deviates():
    low, high = norm.ppf(DEVIATE_RATES)
    shares = np.array([0.001, 0.05, 0.5, 0.8])
    expected = (norm.ppf(shares) - low) / (high - low)
    np.testing.assert_allclose(deviate_axis("x").position(shares), expected)


def test_a_linear_axis_holds_one_value_too():
    assert linear_axis("dB", [5.0]).position([5.0]) == pytest.approx(0.5)


def test_every_picture_shows_both_models_where_their_points_are(results):
    found = charts(results.curves)
    titles = [picture.title for picture in PICTURES.values()]
    assert [chart.title for chart in found] == [*titles, "F1 against noise"]
    for chart in found:
        assert [line.style for line in chart.lines][-2:] == ["published", "finetuned"]
        for line in chart.lines:
            points = points_of(chart.path(line))
            assert len(points) == len(line.x)
            columns = LEFT + chart.x.position(line.x) * (RIGHT - LEFT)
            rows = BOTTOM + chart.y.position(line.y) * (TOP - BOTTOM)
            np.testing.assert_allclose(points, np.stack((columns, rows), 1), rtol=0, atol=0.051)


def test_what_has_no_points_has_no_picture(results):
    empty = {name: points[:0] for name, points in results.curves.items()}
    assert charts(empty) == []
