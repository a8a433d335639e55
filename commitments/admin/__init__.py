"""What the admin must find."""

from commitments.admin.policy import PolicyAdmin
from commitments.admin.ruling import ScoringRulingAdmin

__all__ = ["PolicyAdmin", "ScoringRulingAdmin"]
