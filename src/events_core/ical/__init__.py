"""Calendar files (RFC 5545), out of what the use cases show."""

from events_core.ical.calendar_file import CalendarFile, calendar_file
from events_core.ical.export_event import export_event

__all__ = ["CalendarFile", "calendar_file", "export_event"]
