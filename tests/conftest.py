"""One hypothesis profile: what a machine shared by several test processes takes for an example proves nothing."""

from hypothesis import settings

settings.register_profile("ballast", deadline=None)
settings.load_profile("ballast")
