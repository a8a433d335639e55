"""Campaigns in the admin: a year's targets and templates of letters, its calendar, and the way into the next year."""

from string import Formatter
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import DecimalField, ForeignKey, QuerySet
from django.forms.models import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from commitments import campaigns
from commitments.admin.policy_rows import Kinds, PlainNumber
from commitments.models import Campaign, CityTarget, Letter, LetterTemplate, Policy, TemplatePledge
from portal import clock
from portal.accounts import signed_in
from portal.admin import scope
from portal.models import Quarter, Unit
from projects.lifecycle import StepRefused
