"""What the admin must find."""

from commitments.admin.policy import PolicyAdmin

__all__ = ["PolicyAdmin"]
