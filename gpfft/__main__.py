"""The command: `gpfft`, and `python -m gpfft`."""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

from gpfft.signals import CODES, SIGNALS, hush, interrupt, leave, listen


def main() -> NoReturn:
    """Runs the command line and leaves with its exit code; a signal ends it in one line at any time."""
    for number in SIGNALS:
        listen(number, leave)
    from gpfft.cli import main as run  # takes seconds

    listen(signal.SIGINT, interrupt)
    try:
        code = run()
        hush(code)
    except KeyboardInterrupt:  # the run was over
        code = CODES["interrupted"]
    sys.exit(code)


if __name__ == "__main__":
    main()
