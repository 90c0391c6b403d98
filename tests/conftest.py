"""Settings of the whole suite."""

from hypothesis import settings

settings.register_profile("gpfft", deadline=None)
settings.load_profile("gpfft")
