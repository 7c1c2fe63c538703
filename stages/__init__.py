"""The stages of the pipeline, each run as `python -m stages.NAME`."""

import sys

from vad.interruption import end_at_once

# So it is while Python looks for the stage, before it imports anything large.
if sys.argv[0] == "-m":
    end_at_once()
