from review.__main__ import compared
from review.changes import Revision, flat
from review.gates import Gate, check
from review.markdown import page


def revision(f1: float, *, published_f1: float = 0.8, **more) -> Revision:
    groups = {"all": {"f1": f1}, "condition": {"babble": {"f1": f1 - 0.1}}}
    published = {"all": {"f1": published_f1}, "condition": {"babble": {"f1": published_f1 - 0.1}}}
    metrics = {"val_loss": 0.2, "published": published, "finetuned": groups, **more}
    return Revision({("opset",): 16}, dict(flat(metrics)))


def review(before: Revision, after: Revision, largest_drop: float = 0.01) -> str:
    gate = Gate(metric="f1", group="all", against="base", largest_drop=largest_drop)
    return page("main", before, after, check((gate,), compared(before, after)))


def test_a_change_stands_in_its_row():
    text = review(revision(0.9), revision(0.92))
    assert "**Gates: 1 of 1 hold.**" in text
    assert "| all | f1 | 0.9 | 0.92 | +0.02 | +0.12 |" in text
    assert "| f1 | all | main | 0.9 | 0.92 | a drop of 0.01 | holds |" in text
    assert "do not compare" not in text


def test_an_interval_stands_beside_its_metric_and_zero_inside_is_said():
    around = {"mean": 0.01, "low": -0.02, "high": 0.04}
    above = {"mean": 0.12, "low": 0.1, "high": 0.14}
    difference = {"all": {"f1": above}, "condition": {"babble": {"f1": around}}}
    text = review(revision(0.9), revision(0.92, difference=difference))
    assert "| all | f1 | 0.9 | 0.92 | +0.02 | +0.12 (+0.1 to +0.14) |" in text
    assert "| +0.01 (-0.02 to +0.04, spans zero) |" in text


def test_a_failed_gate_is_named_at_the_top():
    text = review(revision(0.9), revision(0.88))
    line = "- f1 of all: 0.9 in main, 0.88 here, allowed is a drop of 0.01"
    assert line in text[: text.index("### Parameters")]
    assert "| a drop of 0.01 | FAILED |" in text


def test_conditions_are_folded_away():
    text = review(revision(0.9), revision(0.92))
    assert "<summary>By condition (1)</summary>\n\n| group |" in text
    assert text.index("| all | f1 |") < text.index("<details>") < text.index("| condition babble |")


def test_another_test_set_shows_in_the_published_model():
    text = review(revision(0.9), revision(0.92, published_f1=0.7))
    assert "scores otherwise too (2 values)" in text[: text.index("### Parameters")]


def test_a_metric_that_is_new_does_not_make_the_test_set_another_one():
    before = revision(0.9)
    kept = {key: v for key, v in before.metrics.items() if key != ("published", "all", "f1")}
    assert "do not compare" not in review(before._replace(metrics=kept), revision(0.92))


def test_nothing_changed_is_said():
    text = review(revision(0.9), revision(0.9))
    assert text.count("None changed.") == 3


def test_a_base_without_metrics_gives_dashes():
    text = review(Revision({}, {}), revision(0.9))
    assert "| all | f1 | - | 0.9 | - | +0.1 |" in text
    assert "| opset | - | 16 |" in text


def test_text_of_a_pull_request_is_no_markup():
    before = revision(0.9)
    params = {**before.params, ("licence",): "![t](http://x.org) @all <b>x</b> a|b\nc"}
    text = review(before, before._replace(params=params))
    cell = r"!\[t\](http&#58;//x.org) @&#8203;all &lt;b&gt;x&lt;/b&gt; a&#124;b\\nc"
    assert f"| licence | - | {cell} |" in text
