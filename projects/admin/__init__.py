"""What the admin must find."""

from projects.admin import report

__all__ = ["report"]
