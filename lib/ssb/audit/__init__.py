"""The record of a site: who did what, when, to which image, and what came of it; appended to, never changed."""

from ssb.audit.entry import Entry
from ssb.audit.log import AuditLog, audit_folder
from ssb.audit.reading import AuditReading, Line

__all__ = ["AuditLog", "AuditReading", "Entry", "Line", "audit_folder"]
