"""What the admin must find."""

from portal.admin.message import MessageAdmin

__all__ = ["MessageAdmin"]
