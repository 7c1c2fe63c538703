"""Line charts as data: axes that position values, and lines as SVG path data.

The template `chart.svg.j2` draws them, so every text is escaped there, and colours come from the
page's style sheet.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from vad.evaluation.curves import DEVIATE_RATES, EQUAL_RATES

WIDTH, HEIGHT = 360, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 350, 10, 254

Ticks = Sequence[tuple[float, str]]
# From this tenth on an axis has a tick at every twentieth.
STEEP = 7


@dataclass(frozen=True)
class Axis:
    """What an axis shows, from `low` to `high`, and where ticks with their text stand.

    `spread` makes equal steps of what is not linear.
    """

    label: str
    low: float
    high: float
    ticks: Ticks
    spread: Callable[[np.ndarray], np.ndarray] = np.asarray

    def position(self, values: np.ndarray) -> np.ndarray:
        """Where `values` stand along the axis, 0 to 1; values beyond its ends stand at them."""
        low, high = self.spread(np.array([self.low, self.high], float))
        inside = np.clip(np.asarray(values, float), self.low, self.high)
        return (self.spread(inside) - low) / (high - low)


@dataclass(frozen=True)
class Line:
    """A line through points; `style` is its class in the style sheet."""

    name: str
    style: str
    x: np.ndarray
    y: np.ndarray
    has_marks: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture of lines over two axes, with what a reader should look for."""

    title: str
    reading: str
    x: Axis
    y: Axis
    lines: Sequence[Line]

    def path(self, line: Line) -> str:
        """The line as data of an SVG path."""
        return path_data(self._columns(line), self._rows(line))

    def marks(self, line: Line) -> list[tuple[float, float]]:
        """Where the points of a line with marks stand."""
        if not line.has_marks:
            return []
        columns, rows = self._columns(line), self._rows(line)
        return list(zip(columns.round(1).tolist(), rows.round(1).tolist(), strict=True))

    def x_ticks(self) -> list[tuple[float, str]]:
        """Position and text of each tick below the chart."""
        positions = _between(
            self.x.position(np.array([value for value, _ in self.x.ticks])), LEFT, RIGHT
        )
        return list(
            zip(positions.round(1).tolist(), (text for _, text in self.x.ticks), strict=True)
        )

    def y_ticks(self) -> list[tuple[float, str]]:
        """Position and text of each tick beside the chart."""
        positions = _between(
            self.y.position(np.array([value for value, _ in self.y.ticks])), BOTTOM, TOP
        )
        return list(
            zip(positions.round(1).tolist(), (text for _, text in self.y.ticks), strict=True)
        )

    def _columns(self, line: Line) -> np.ndarray:
        return _between(self.x.position(line.x), LEFT, RIGHT)

    def _rows(self, line: Line) -> np.ndarray:
        return _between(self.y.position(line.y), BOTTOM, TOP)


def share_axis(label: str) -> Axis:
    """A linear axis from 0 to 1."""
    return Axis(label, 0, 1, [(tick / 5, f"{tick / 5:.1f}") for tick in range(6)])


def fitted_axis(label: str, values: np.ndarray) -> Axis:
    """A linear axis up to 1 that starts at the tenth below the least of `values`."""
    first = int(np.clip(np.floor(10 * np.min(values)), 0, 9))
    parts = 10 if first < STEEP else 20
    marks = [tick / parts for tick in range(first * parts // 10, parts + 1)]
    return Axis(label, first / 10, 1, [(mark, f"{mark:g}") for mark in marks])


def linear_axis(label: str, values: Sequence[float]) -> Axis:
    """A linear axis with a tick at each of `values`, in rising order."""
    low, high = values[0], values[-1]
    margin = (high - low) / 20 or 1
    ticks = [(value, f"{value:g}") for value in values]
    return Axis(label, low - margin, high + margin, ticks)


def deviate_axis(label: str) -> Axis:
    """An axis of normal deviates, on which normally distributed scores give a straight line.

    A. Martin et al., The DET curve in assessment of detection task performance, 1997.
    """
    shares = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8)
    ticks = [(share, f"{100 * share:g} %") for share in shares]
    return Axis(label, *DEVIATE_RATES, ticks, ndtri)


def rate_axis(label: str) -> Axis:
    """A logarithmic axis of small shares."""
    low, high = EQUAL_RATES
    shares = np.geomspace(low, high, round(np.log10(high / low)) + 1).tolist()
    return Axis(label, low, high, [(share, f"{100 * share:g} %") for share in shares], np.log10)


def path_data(columns: np.ndarray, rows: np.ndarray) -> str:
    """SVG path data through points [points], to a tenth of a unit."""
    points = zip(columns.tolist(), rows.tolist(), strict=True)
    return "M" + "L".join(f"{column:.1f} {row:.1f}" for column, row in points)


def _between(positions: np.ndarray, start: float, end: float) -> np.ndarray:
    return start + positions * (end - start)
