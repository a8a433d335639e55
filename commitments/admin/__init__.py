"""What the admin must find."""

from commitments.admin.campaign import CampaignAdmin
from commitments.admin.letter_template import LetterTemplateAdmin
from commitments.admin.policy import PolicyAdmin
from commitments.admin.ruling import ScoringRulingAdmin

__all__ = ["CampaignAdmin", "LetterTemplateAdmin", "PolicyAdmin", "ScoringRulingAdmin"]
