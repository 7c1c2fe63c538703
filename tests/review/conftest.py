"""Revisions as a review compares them, without Git."""

import pandas as pd

from review.changes import NAMES, NUMBERS, Revision

COLUMNS = [*NAMES, *NUMBERS]


def revision(*rows: tuple, params=None, metrics=None) -> Revision:
    """A revision whose evaluation has `rows`: section, name, metric, both models, low and high.

    Rows without the last two have no interval.
    """
    whole = [
        (*row[:5], row[4] - row[3], *(row[5:] or (float("nan"), float("nan")))) for row in rows
    ]
    table = pd.DataFrame(whole, columns=COLUMNS)
    return Revision(params or {("opset",): 16}, metrics or {}, table)
