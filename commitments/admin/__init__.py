"""What the admin must find."""

from commitments.admin.campaign import CampaignAdmin
from commitments.admin.letter_template import LetterTemplateAdmin
from commitments.admin.policy import PolicyAdmin

__all__ = ["CampaignAdmin", "LetterTemplateAdmin", "PolicyAdmin"]
