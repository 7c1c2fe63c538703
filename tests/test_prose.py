"""Prose that people read: phrases that may not come back, widths, and links that lead somewhere."""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
COLUMNS = 100
README_LINES = 120
PAGES = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(REPOSITORY.glob("docs/*.md")),
]
# Files that keep to the list of phrases, as Git knows them.
PLAIN = (
    "*.md",
    "gates.yaml",
    ".github/**",
    "docs/**",
    "tests/docs/**",
    *("params.yaml", "dvc.yaml", "vad/**", "stages/**", "detect/**", "label/**"),
    *("demo/**", "review/**", "compare/**", "bench/**"),
)

# A pattern that may not come back, and the plain words for it.
PHRASES = {
    r"\b(tells?|told|speaks?) of\b": "reports, describes, refers to",
    r"\b(tells?|told) (the|a|an|you|us|whether|which|how|what)\b": "reports, shows",
    r"\b(is|are|was|were) told\b": "is reported",
    r"\bfor want of\b": "because there is no, too few",
    r"\b(is|are) no longer (a|an|the|one)\b": "is not ... any more",
    r"(?<!there )\b(is|are|was|were) no (?!(longer|worse|better|more|less|other)\b)\w+": "is not a",
    r"\bof (no|much|little) use\b": "unusable, useful",
    r"\b(goes|go|went|gone) on where\b": "resumes",
    r"\b(model|table|file|detector|metric)s? hears?\b": "processes, contains",
    r"\b(table|file|page|card|report|test|line|row|number|key|comment|manifest)s? says?\b": (
        "contains, states, defines"
    ),
    r"(^|[#.] )[Ww]hat [^.,:;?|]{1,60} (is|are|has|have|comes|stands|was|were) [^?]*$": (
        "a noun as the subject"
    ),
    r"\b(stands?|lies|lie) (in|on|beside|there|with) (`|data/|models/|metrics/|docs/)": (
        "is in, is beside"
    ),
    r"\bknobs?\b": "parameters",
    r"\bbut for\b": "except",
    r"\b(asks?|asked) of\b": "requests from",
    r"\b(comes?|came) to (you|us)\b": "was received",
    r"\ball else\b": "everything else",
    r"\bhas to do with\b": "concerns",
}
# Words that now have another name, with the name.
RENAMED = {
    r"\bgeneral_(minutes|weight)\b": "rehearsal_minutes, rehearsal_weight",
    r"\bgeneral speech\b": "rehearsal data",
    r"\bnoisy_copies\b": "augmented_copies",
    r"\bcopied_hours\b": "augmented_hours",
    r"\bsegment rules?\b": "VAD options",
    r"\btraining copies\b": "augmented copies",
    r"docs/conditions\.md": "docs/augmentation.md",
}


def plain_files() -> list[Path]:
    listed = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *PLAIN)
    names = subprocess.check_output(listed, cwd=REPOSITORY, text=True).splitlines()
    text = {".md", ".yaml", ".yml", ".py", ".j2"}
    return [REPOSITORY / name for name in names if Path(name).suffix in text]


def faults(text: str) -> list[str]:
    """The phrases of `text` that may not come back, with line and alternative."""
    return [
        f"line {number}: '{match[0]}', better: {better}"
        for number, line in enumerate(text.splitlines(), 1)
        for pattern, better in (PHRASES | RENAMED).items()
        if (match := re.search(pattern, line))
    ]


@pytest.mark.parametrize("path", plain_files(), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_phrase_comes_back(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The team that the environment tells of.", 1),
        ("cannot be judged, for want of recordings, on demo", 1),
        ("A recording of no use: fail stops.", 1),
        ("What a segment grows on each side is padding.", 1),
        ("An excerpt is told as whole", 1),
        ("A loss that is no number stops.", 1),
        ("What is the protocol?", 0),
        ("Metrics that are undefined for a group are left out.", 0),
        ("Set `general_weight` to 3.", 1),
    ],
)
def test_the_list_finds_what_it_is_for(text, count):
    assert len(faults(text)) == count


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_lines_are_not_wider_than_a_page(path):
    wide = [
        number
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > COLUMNS
    ]
    assert wide == []


def test_the_readme_is_short():
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def headings(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_relative_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)#]*#?[^)]*)\)", path.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{path.name}: {link}"
        if anchor:
            assert anchor in headings(file), f"{path.name}: {link}"
