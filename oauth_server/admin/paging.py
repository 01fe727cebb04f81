"""Lists of any length: pages by the keys of their first and last row, never by COUNT(*) or OFFSET."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

BEFORE, AFTER = "before", "after"
_SEPARATOR = "~"
_LAST = 10_000

if TYPE_CHECKING:
    _Page = Page[Any]
    _Paginator = Paginator[Any]
else:
    _Page = Page
    _Paginator = Paginator


class SlicedPage(_Page):
    """A page that knows by one row more whether another follows."""

    has_more = False

    def has_next(self) -> bool:
        return self.has_more


class Sliced(_Paginator):
    """For the boxes that complete what is typed: a slice instead of a count. Nobody turns to a page further on than `_LAST`."""

    def page(self, number: int | str) -> SlicedPage:
        number = min(max(int(number), 1), _LAST)
        first = (number - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        page = SlicedPage(rows[: self.per_page], number, self)
        page.has_more = len(rows) > self.per_page
        return page


class KeysetChangeList(ChangeList):
    """Ordered as the table's admin says, all keys in one direction; `before` and `after` hold the keys of a row."""

    newer: str | None = None
    older: str | None = None

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self._before, self._after = request.GET.get(BEFORE, ""), request.GET.get(AFTER, "")
        if any("\x00" in value for _name, values in request.GET.lists() for value in values):
            # PostgreSQL knows none
            raise IncorrectLookupParameters
        super().__init__(request, *args, **kwargs)

    def get_queryset(self, request: HttpRequest, exclude_parameters: list[str | None] | None = None) -> "QuerySet[Any]":
        for name in (BEFORE, AFTER):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    def get_ordering(self, request: HttpRequest, queryset: "QuerySet[Any]") -> list[Any]:
        return list(self.model_admin.get_ordering(request))

    def get_results(self, request: HttpRequest) -> None:
        rows, more = self._page()
        if rows and (self._before or (self._after and more)):
            self.newer = self.get_query_string({AFTER: self._position(rows[0])})
        if rows and (self._after or more):
            self.older = self.get_query_string({BEFORE: self._position(rows[-1])})
        self.result_list = rows
        self.result_count = len(rows)
        self.full_result_count = None
        self.show_admin_actions = bool(rows)
        self.show_full_result_count = self.can_show_all = self.multi_page = False

    def _page(self) -> tuple[list[Model], bool]:
        rows = self.queryset
        position = self._after or self._before
        if position:
            rows = rows.filter(self._beyond(position))
        if self._after:
            rows = rows.reverse()
        found = list(rows[: self.list_per_page + 1])
        more = len(found) > self.list_per_page
        found = found[: self.list_per_page]
        return (found[::-1] if self._after else found), more

    @property
    def _keys(self) -> list[str]:
        return [str(key).lstrip("-") for key in self.model_admin.ordering or ()]

    def _position(self, row: Model) -> str:
        return _SEPARATOR.join(str(row.serializable_value(key)) for key in self._keys)

    def _beyond(self, position: str) -> Q:
        descending = str((self.model_admin.ordering or ("",))[0]).startswith("-")
        operator = "lt" if descending != bool(self._after) else "gt"
        *first, last = zip(self._keys, self._values(position), strict=True)
        if not first:
            return Q(**{f"{last[0]}__{operator}": last[1]})
        ((key, value),) = first
        # The first condition says nothing new; it lets the database enter the index of the first key at the right place
        return Q(**{f"{key}__{operator}e": value}) & (
            Q(**{f"{key}__{operator}": value}) | Q(**{f"{last[0]}__{operator}": last[1]})
        )

    def _values(self, position: str) -> list[Any]:
        texts = position.rsplit(_SEPARATOR, len(self._keys) - 1)
        if len(texts) != len(self._keys) or "\x00" in position:
            raise IncorrectLookupParameters(position)
        fields = [self.lookup_opts.pk if key == "pk" else self.lookup_opts.get_field(key) for key in self._keys]
        try:
            values = [field.to_python(text) for field, text in zip(fields, texts, strict=True)]  # type: ignore[union-attr]
            return [value.astimezone(UTC) if isinstance(value, datetime) else value for value in values]
        except (ValidationError, OverflowError) as error:
            raise IncorrectLookupParameters(position) from error
