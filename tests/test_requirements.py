"""The requirements files as `make requirements` writes them: complete, hashed, nothing twice."""

import re
import tomllib

import pytest

from tests.clone import REPOSITORY

EXTRAS = ["clients", "clusters", "compare"]
NAMES = ["requirements.txt", *(f"requirements-{extra}.txt" for extra in EXTRAS)]
TORCH = "requirements-torch.txt"
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def text(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """The entry of each package: its pin, hashes and annotation."""
    entries = re.split(r"^(?=[a-z0-9])", text(name), flags=re.MULTILINE)[1:]
    return {entry.split("==")[0]: entry for entry in entries if "==" in entry}


def requested(extra: str) -> set[str]:
    """The normalized names of the packages that pyproject.toml asks for."""
    listed = PROJECT["dependencies"] + PROJECT["optional-dependencies"][extra]
    return {re.split("[=<>]", package)[0].replace(".", "-").lower() for package in listed}


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_has_hashes_and_torch_has_a_file_of_its_own(name):
    assert "torch" not in pins(name)
    for package, entry in pins(name).items():
        assert re.match(r"[a-z0-9-]+==[\w.]+ \\\n    --hash=sha256:[0-9a-f]{64}\b", entry), package


def test_torch_has_the_version_of_the_project():
    assert text(TORCH).split() == [p for p in PROJECT["dependencies"] if p.startswith("torch=")]


@pytest.mark.parametrize("name", [*NAMES, TORCH])
def test_no_file_depends_on_the_machine_that_pinned_it(name):
    assert not re.search(r"\+cpu|://|^--|^(nvidia|cuda|triton)", text(name), re.MULTILINE)


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_file_adds_its_own_pins_to_the_main_file(extra):
    name = f"requirements-{extra}.txt"
    assert text(name).startswith("-r requirements.txt\n")
    assert not pins(name).keys() & pins("requirements.txt").keys()


@pytest.mark.parametrize("extra", ["dev", *EXTRAS])
def test_every_package_of_the_project_is_pinned(extra):
    pinned = pins("requirements.txt") | (
        pins(f"requirements-{extra}.txt") if extra != "dev" else {}
    )
    assert requested(extra) - pinned.keys() == {"torch"}
