"""What Django must find: the policy by which facts are judged."""

from commitments.models.policy import Policy

__all__ = ["Policy"]
