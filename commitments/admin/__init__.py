"""What the admin must find."""

from commitments.admin.indicator import IndicatorAdmin
from commitments.admin.policy import PolicyAdmin
from commitments.admin.reading import ReadingAdmin
from commitments.admin.reading_file import ReadingFileAdmin

__all__ = ["IndicatorAdmin", "PolicyAdmin", "ReadingAdmin", "ReadingFileAdmin"]
