"""Where templates lie, and how names in them are kept from being markup."""

from pathlib import Path

import jinja2


def environment() -> jinja2.Environment:
    """Templates beside this module; what a template lacks is an error, what it is given escaped."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
