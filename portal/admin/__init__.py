"""What the admin must find."""

from portal.admin import person, quarter, suggestion, unit

__all__ = ["person", "quarter", "suggestion", "unit"]
