"""The page of `dvc plots`, which opens with no network: python -m docs.plots_page LIBRARIES PAGE.

DVC's own page fetches Vega from a server each time it is opened. LIBRARIES is a folder
`node_modules` with Vega, Vega-Lite and Vega-Embed; `make plots-page` installs them.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import jinja2

from vad.artifacts import write_text

TEMPLATE = Path(__file__).with_name("plots_page.html.j2")
# In the order in which a browser has to load them.
LIBRARIES = ("vega", "vega-lite", "vega-embed")


def main(libraries: Path, page: Path) -> None:
    """Write `page` from the packages in the folder `libraries`."""
    source = TEMPLATE.read_text(encoding="utf-8")
    template = jinja2.Template(source, undefined=jinja2.StrictUndefined)
    scripts = {f"{name} {version(libraries, name)}": script(libraries, name) for name in LIBRARIES}
    write_text(page, template.render(scripts=scripts, licences=licences(libraries)) + "\n")


def script(libraries: Path, name: str) -> str:
    """The browser build of a package; ValueError if HTML would end it early."""
    text = (libraries / name / "build" / f"{name}.min.js").read_text(encoding="utf-8")
    for forbidden in ("</script", "<!--", "{plot_divs}", "{refresh_tag}", "{scripts}"):
        if forbidden in text.lower():
            raise ValueError(f"{name}: its build contains {forbidden}")
    lines = text.strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith("//# sourceMappingURL"))


def version(libraries: Path, name: str) -> str:
    """The version of a package."""
    return json.loads((libraries / name / "package.json").read_text(encoding="utf-8"))["version"]


def licences(libraries: Path) -> dict[str, str]:
    """Each licence text with the names of the packages that it covers.

    The builds also contain packages that the three depend on. A package of Vega without a text of
    its own is covered by that of its siblings.
    """
    packages = defaultdict(list)
    for path in sorted(libraries.rglob("LICENSE*")):
        # A comment in HTML may not contain two hyphens.
        text = path.read_text(encoding="utf-8").strip().replace("--", "- ")
        packages[text].append(path.parent.relative_to(libraries).as_posix())
    return {", ".join(names): text for text, names in packages.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", type=Path, help="folder node_modules with the three packages")
    parser.add_argument("page", type=Path, help="the HTML page to write")
    main(**vars(parser.parse_args()))
