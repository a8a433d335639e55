"""What the admin must find."""

from projects.admin import import_file, line, register, report, rollup, unit

__all__ = ["import_file", "line", "register", "report", "rollup", "unit"]
