import pytest

from vad.errors import VadError
from vad.label_files.written import LEDGER, Written


def test_what_nobody_touched_is_written_again_and_what_somebody_touched_is_left(tmp_path):
    written = Written.of(tmp_path)
    assert written.write("day/a.txt", "one\n")
    assert written.write("b.txt", "two\n")
    written.save()
    (tmp_path / "b.txt").write_text("corrected\n", encoding="utf-8")
    (tmp_path / "c.txt").write_text("made by hand\n", encoding="utf-8")
    again = Written.of(tmp_path)
    assert again.write("day/a.txt", "three\n")
    assert not again.write("b.txt", "four\n")
    assert not again.write("c.txt", "five\n")
    again.save()
    texts = [
        (tmp_path / name).read_text(encoding="utf-8") for name in ("day/a.txt", "b.txt", "c.txt")
    ]
    assert texts == ["three\n", "corrected\n", "made by hand\n"]
    assert not Written.of(tmp_path).is_own("b.txt")
    assert Written.of(tmp_path).is_own("day/a.txt")


def test_files_of_a_run_that_ended_before_it_wrote_them_are_not_somebody_s(tmp_path):
    written = Written.of(tmp_path)
    written.write("a.txt", "one\n")
    written.save()
    for text in ("two\n", "three\n"):
        Written.of(tmp_path).expect({"a.txt": text, "b.txt": text})
    (tmp_path / "b.txt").write_text("three\n", encoding="utf-8")
    again = Written.of(tmp_path)
    assert again.is_own("a.txt")
    assert again.is_own("b.txt")
    (tmp_path / "b.txt").write_text("two\n", encoding="utf-8")
    assert not again.is_own("b.txt")


def test_a_file_that_was_removed_may_be_written(tmp_path):
    written = Written.of(tmp_path)
    written.write("a.txt", "one\n")
    (tmp_path / "a.txt").unlink()
    assert written.is_own("a.txt")


@pytest.mark.parametrize("text", ["{", "[]", '{"a.txt": 1}'])
def test_a_ledger_that_is_none_is_a_fault(tmp_path, text):
    (tmp_path / LEDGER).write_text(text, encoding="utf-8")
    with pytest.raises(VadError, match=r"\.label\.json: "):
        Written.of(tmp_path)
