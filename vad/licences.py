"""Licences of recordings, as their cards state them."""

import re

# Terms of Creative Commons that whoever trains on such recordings should know of.
BINDING = re.compile(r"\b(NC|SA)\b|non-?commercial|share-?alike", re.IGNORECASE)


def is_binding(licence: str) -> bool:
    """Whether a licence is NonCommercial or ShareAlike."""
    return BINDING.search(licence) is not None
