"""Logs: one line an event, for people on a terminal and for programs elsewhere.

Decides the form and the least level. Every process of the server writes to standard error.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import msgspec
import structlog
from structlog.typing import FilteringBoundLogger, Processor

from longshore.server.config import Settings

LEVELS = logging.getLevelNamesMapping()


def make_logger(settings: Settings) -> FilteringBoundLogger:
    """The logger of this process."""
    is_console = settings.log_format == "console" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    if is_console:
        return _bound(settings, [*shared, structlog.dev.ConsoleRenderer()], _text_factory())
    renderer = structlog.processors.JSONRenderer(serializer=_encode)
    bytes_factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
    return _bound(settings, [*shared, renderer], bytes_factory)


def _text_factory() -> structlog.PrintLoggerFactory:
    return structlog.PrintLoggerFactory(sys.stderr)


def _encode(event: dict[str, Any], **_: object) -> bytes:
    return msgspec.json.encode(event, enc_hook=str)


def _bound(settings: Settings, processors: list[Processor], factory: Any) -> FilteringBoundLogger:
    logger: FilteringBoundLogger = structlog.wrap_logger(
        factory(),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[settings.log_level.upper()]),
        cache_logger_on_first_use=True,
    )
    return logger
