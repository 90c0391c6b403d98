"""Runs the command as `python -m gpfft`."""

import sys

from gpfft.cli import main

sys.exit(main())
