import numpy as np

from vad.evaluation.sparse import Rows, summing


def test_rows_are_those_that_came():
    dense = np.random.default_rng(0).poisson(0.3, (20, 7)).astype(float)
    dense[4] = 0
    rows = Rows()
    for row in dense:
        rows.append(row)
    found = rows.array()
    np.testing.assert_array_equal(found.toarray(), dense)
    assert found.nnz == np.count_nonzero(dense)


def test_members_are_added_up_by_group():
    values = np.arange(12).reshape(6, 2)
    matrix = summing(np.array([0, 1, 0, 2]), np.array([5, 1, 2, 3]), 6)
    expected = [values[5] + values[2], values[1], values[3]]
    np.testing.assert_array_equal(matrix @ values, expected)
