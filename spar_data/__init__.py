"""From raw conversations to released rows."""

__version__ = "0.1.0"
