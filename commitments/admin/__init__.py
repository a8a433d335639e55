"""What the admin must find."""

from commitments.admin.campaign import CampaignAdmin
from commitments.admin.indicator import IndicatorAdmin
from commitments.admin.letter_template import LetterTemplateAdmin
from commitments.admin.policy import PolicyAdmin
from commitments.admin.reading import ReadingAdmin
from commitments.admin.reading_file import ReadingFileAdmin
from commitments.admin.ruling import ScoringRulingAdmin

__all__ = [
    "CampaignAdmin",
    "IndicatorAdmin",
    "LetterTemplateAdmin",
    "PolicyAdmin",
    "ReadingAdmin",
    "ReadingFileAdmin",
    "ScoringRulingAdmin",
]
