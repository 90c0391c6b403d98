"""Pictures of programs, rows and arrays.

Every function returns (figure, axes), `animation` a matplotlib Animation. `save` writes either.
"""

from gpfft.plot.ancestry import ancestry
from gpfft.plot.animation import animation
from gpfft.plot.flow import flow
from gpfft.plot.front import front, points_of
from gpfft.plot.history import history
from gpfft.plot.saving import save
from gpfft.plot.scaling import scaling

__all__ = ["ancestry", "animation", "flow", "front", "history", "points_of", "save", "scaling"]
