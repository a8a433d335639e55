"""The outbox in the admin: what was sent, what failed, what nobody knows of; and to send such a one again."""

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal import clock, doorbell
from portal.admin import scope
from portal.mail import delivery
from portal.models import Message

if TYPE_CHECKING:
    MessageModelAdmin = admin.ModelAdmin[Message]
else:
    MessageModelAdmin = admin.ModelAdmin


@admin.register(Message)
class MessageAdmin(MessageModelAdmin):
    list_display = ["subject", "recipient", "kind", "period", "state", "attempts", "created_at", "sent_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["recipient"]
    search_fields = ["subject", "recipient__email", "recipient__name"]
    readonly_fields = [
        "kind",
        "period",
        "recipient",
        "subject",
        "text",
        "state",
        "created_at",
        "claimed_at",
        "sent_at",
        "attempts",
        "not_before",
        "error",
    ]
    exclude = ["html"]
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).filter(recipient__in=scope.people_seen(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        return False

    def has_send_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("portal.send_again_message")

    @admin.action(description=_("Send failed or uncertain e-mails again"), permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        now = clock.now()
        again = [message for message in queryset if delivery.send_again(message, at=now)]
        for message in again:
            self.log_change(request, message, _("to be sent again"))
        doorbell.ring("portal.tasks.deliver")
        self.message_user(
            request,
            ngettext("%(count)s e-mail is sent again.", "%(count)s e-mails are sent again.", len(again))
            % {"count": len(again)},
            messages.SUCCESS if again else messages.WARNING,
        )
