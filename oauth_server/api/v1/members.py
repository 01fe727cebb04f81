"""RFC 8259 the members of objects as they are sent: exactly typed, and none that is not known."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty


class Text(serializers.CharField):
    """A string, as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"trim_whitespace": False, "allow_blank": not options.pop("filled", False), **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input="…")
        return data


class Whole(serializers.IntegerField):
    """A number that every database keeps."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 2**31 - 1, **options})

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Time(serializers.DateTimeField):
    """RFC 3339, with a zone."""

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="RFC 3339")
        try:
            found = super().to_internal_value(value)
        except OverflowError:
            self.fail("overflow")
        return found


class Names(serializers.ListField):
    """A list of strings."""

    child = Text(filled=True)


class Members(serializers.Serializer[Any]):
    """What is not known is refused; what is only read may be sent back, and changes nothing.

    `lasting`: members that are given when the object is made, and stay.
    """

    lasting: tuple[str, ...] = ()

    def run_validation(self, data: Any = empty) -> Any:
        if isinstance(data, Mapping) and (unknown := sorted(set(map(str, data)) - set(self.fields))):
            raise serializers.ValidationError({name: ["It is unknown."] for name in unknown})
        return super().run_validation(data)


class Object(Members):
    """What each object has besides its own members."""

    id = Text(read_only=True, help_text="Names the object in paths.")
    etag = Text(read_only=True, help_text="The value of its ETag, for If-Match.")


class Nothing(Members):
    """An object without members, or no body."""
