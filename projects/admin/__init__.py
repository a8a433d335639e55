"""What the admin must find."""

from projects.admin import import_file, register, report, rollup, unit

__all__ = ["import_file", "register", "report", "rollup", "unit"]
