"""OpenID Connect Core 1.0 §2 acr, §3.1.2.1 acr_values, §5.5.1.1 essential acr: how well a person showed who they are.

The setting ACR_VALUES ranks what sign-in can show, weakest first: whoever shows a later one has shown those before it. A value that
is not in it is met by itself alone, and nobody can be asked for it.
"""

from dataclasses import dataclass

from oauth_server.claims.request import ClaimsRequest
from oauth_server.conf import settings

# An app with a page that can show more names it, from `AppConfig.ready()`; the setting STEP_UP_URL goes before it
STEP_UP_PAGES: list[str] = []


@dataclass(frozen=True, slots=True)
class Wanted:
    """`values` in the client's order; any will do. Without values, but essential: whatever it is, there has to be one."""

    values: tuple[str, ...] = ()
    is_essential: bool = False

    def met_by(self, held: str) -> str:
        """Which of the values is shown by what a sign-in showed; empty: none."""
        return next((value for value in self.values if _shows(held, value)), "")

    def is_met_by(self, held: str) -> bool:
        return bool(self.met_by(held) if self.values else held)

    def told(self, held: str) -> str:
        """The `acr` of the answer: one of those asked if any is met, else what was shown."""
        return (self.met_by(held) or held) if settings.ACR_VALUES else ""

    @property
    def reachable(self) -> tuple[str, ...]:
        """Of the values those that a person can be asked for."""
        return tuple(value for value in self.values if value in supported())


def wanted(acr_values: tuple[str, ...], claims: ClaimsRequest) -> Wanted:
    """§5.5.1.1: an essential acr takes the place of `acr_values`, which is a wish."""
    values = tuple(
        str(value) for each in (claims.id_token, claims.userinfo) if "acr" in each for value in each["acr"].values
    )
    if claims.is_essential("acr"):
        return Wanted(values, is_essential=True)
    return Wanted(acr_values or values)


def lowest() -> str:
    """What every sign-in shows; empty where ACR_VALUES names nothing."""
    return settings.ACR_VALUES[0] if settings.ACR_VALUES else ""


def supported() -> tuple[str, ...]:
    """What a person can be asked for: beyond the lowest only if there is a page that asks."""
    return tuple(settings.ACR_VALUES if step_up_page() else settings.ACR_VALUES[:1])


def step_up_page() -> str:
    """The page that asks a person for more; empty where there is none."""
    return settings.STEP_UP_URL or next(iter(STEP_UP_PAGES), "")


def rank(held: str) -> int:
    """How far up in ACR_VALUES; -1 for what is not in it."""
    return list(settings.ACR_VALUES).index(held) if held in settings.ACR_VALUES else -1


def _shows(held: str, value: str) -> bool:
    ranks = list(settings.ACR_VALUES)
    return held == value or (held in ranks and value in ranks and ranks.index(held) > ranks.index(value))
