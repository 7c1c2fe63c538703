"""Where templates lie, and how names in them are kept from being markup."""

from pathlib import Path

import jinja2

FOLDER = Path(__file__).parent
# A module of JavaScript, which the page of make demo imports.
SEGMENTS = FOLDER / "segments.js"


def environment() -> jinja2.Environment:
    """Templates beside this module; what a template lacks is an error, what it is given escaped."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["duration"] = duration
    return templates


def duration(hours: float) -> str:
    """Hours, or minutes where they are less than one."""
    return f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.1f} min"
