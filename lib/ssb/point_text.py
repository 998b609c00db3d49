"""A point as people and programs write it."""

from __future__ import annotations

from ssb.errors import InputError


def read_point(value: object, name: str) -> tuple[float, float, float]:
    """Three numbers, from a list or from text such as "231,180,42"; `name` is the key that an error names."""
    parts = value.split(",") if isinstance(value, str) else value
    try:
        if not isinstance(parts, (list, tuple)) or any(isinstance(part, bool) for part in parts):
            raise ValueError
        first, second, third = (float(part) for part in parts)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"The {name} holds {shown(value)}, but a point is three numbers such as [231, 180, 42].") from None
    return first, second, third


def shown(value: object) -> str:
    """A value of any kind for a sentence, at most 40 characters of it."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
