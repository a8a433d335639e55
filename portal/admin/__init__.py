"""What the admin must find."""

from portal.admin import message, person, quarter, suggestion, unit

__all__ = ["message", "person", "quarter", "suggestion", "unit"]
