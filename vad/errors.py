class VadError(Exception):
    """A fault that a user can mend; the message names file, key or tensor and what was expected."""
