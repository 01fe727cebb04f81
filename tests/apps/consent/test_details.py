"""RFC 9396 on the page: each detail in plain words, asked each time, kept only where its type says so, and gone when it is taken back."""

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import override

from consent import decision, export
from consent.models import Consent, Receipt
from oauth_server.models import Audience, AuditEvent, Authorization, AuthorizationDetailType
from oauth_server.policy.detail_types import TYPES, DetailType, Words
from tests import factories
from tests.apps.consent.conftest import ALLOW, API, CANCEL, is_question, offered
from tests.flows import App, Browser, error, parameters

PAY = {
    "type": "payment",
    "instructedAmount": {"amount": "10.00", "currency": "EUR"},
    "creditor": "<b>Bob</b>",
    "actions": ["initiate"],
}
READ = {"type": "files", "identifier": "Holidays", "actions": ["read"]}
TEXT = {"type": "string"}
SCHEMA = {
    "type": "object",
    "properties": {
        "instructedAmount": {"type": "object", "properties": {"amount": TEXT, "currency": TEXT}},
        "creditor": TEXT,
        "urgent": {"type": "boolean"},
        "actions": {"type": "array", "items": TEXT},
    },
}
WORDS = {
    "en": {"instructedAmount.amount": "Amount", "actions": "It may", "actions=initiate": "pay now"},
    "de": {"instructedAmount.amount": "Betrag", "actions=initiate": "jetzt zahlen"},
}


@pytest.fixture
def payment(orders: Audience) -> AuthorizationDetailType:
    """Of the Orders API, sensitive."""
    return factories.AuthorizationDetailTypeFactory(  # type: ignore[return-value]
        type="payment",
        title="Pay for you",
        description="Once, at your bank.",
        translations={"de": {"title": "Für Sie zahlen"}},
        words=WORDS,
        schema=SCHEMA,
        audience=orders,
        sensitive=True,
    )


@pytest.fixture
def shop(app: App, payment: AuthorizationDetailType) -> App:
    factories.AuthorizationDetailTypeFactory(type="files", title="Use a folder", optional=True, remember=True)
    app.row.authorization_details_types = ["payment", "files"]
    app.row.save()
    return app


def ask(shop: App, visitor: Browser, *details: Any, **changes: Any) -> Any:
    return shop.authorize(visitor, **{"scope": None, "authorization_details": json.dumps(details), **changes})


def points(page: Any) -> dict[str, str]:
    """Type → the name under which the form carries it."""
    found = [point.name for group in page.context["form"].groups for point in group.points]
    return dict(zip(("payment", "files"), found, strict=True)) if len(found) == 2 else {"payment": found[0]}


@pytest.mark.seed("S-24")
@pytest.mark.bar("E8.1")
@pytest.mark.threat(65)
@pytest.mark.spec("RFC 9396", "2.2")
def test_the_page_says_in_plain_words_what_happens_and_to_what(shop: App, visitor: Browser, person: Any):
    page = ask(shop, visitor, PAY, READ, scope="openid orders.read")
    html = " ".join(page.content.decode().split())
    for said in (
        "Pay for you", "Once, at your bank.", "Use a folder", "Amount", "10.00", "Instructed amount currency", "EUR", "Creditor", "It may",
        "pay now", "&lt;b&gt;Bob&lt;/b&gt;", "Which one", "Holidays", "Orders API", API,
    ):  # fmt: skip
        assert said in html, said
    for never in ("<b>Bob", "initiate</bdi>", "instructedAmount", '"payment"'):
        assert never not in html, never
    groups = {str(group.title): [str(point.title) for point in group.points] for group in page.context["form"].groups}
    assert groups["Orders API"] == ["Read your orders", "Pay for you"]
    assert groups["In your name"] == ["Use a folder"]
    names = offered(page)
    assert [is_required for name, is_required in names.items() if name.startswith("detail,")] == [True, False]
    # in the person's language, as far as the operator wrote it
    with override("de"):
        told = [point for group in decision_groups(shop, person) for point in group.points]
    assert (told[0].title, told[0].lines[0], told[0].lines[-1]) == (
        "Für Sie zahlen",
        ("Betrag", ("10.00",)),
        ("It may", ("jetzt zahlen",)),
    )


def decision_groups(shop: App, person: Any) -> Any:
    from consent import page
    from tests.apps.consent.conftest import asked

    request = asked(shop, None, authorization_details=json.dumps([PAY]))
    return page.groups(request, decision.question(request, person))


@pytest.mark.seed("S-24")
@pytest.mark.bar("E8.3")
@pytest.mark.spec("RFC 9396", "7")
def test_a_person_leaves_out_what_is_optional_and_forges_nothing_in(shop: App, visitor: Browser):
    page = ask(shop, visitor, PAY, READ)
    named = points(page)
    for ticked in ([named["files"]], [named["payment"], "detail,0123456789abcdef0123456789abcdef"], ["openid"]):
        refused = visitor.submit(ask(shop, visitor, PAY, READ), {**ALLOW, "scope": ticked})
        assert refused.status_code == 400
    assert not Consent.objects.exists()
    answer = shop.redeem(parameters(visitor.submit(page, {**ALLOW, "scope": [named["payment"]]}))["code"]).json()
    assert answer["authorization_details"] == [PAY]
    assert shop.introspect(answer["access_token"]).json()["authorization_details"] == [PAY]
    assert error(visitor.submit(ask(shop, visitor, PAY), CANCEL)) == (303, "access_denied")
    # nothing but optional ones, and none is wanted
    assert error(visitor.submit(ask(shop, visitor, READ), {**ALLOW, "scope": None})) == (303, "access_denied")


@pytest.mark.seed("S-24")
@pytest.mark.bar("E9.3")
@pytest.mark.spec("RFC 9396", "6.1")
def test_a_detail_is_asked_each_time_and_remembered_only_where_its_type_says_so(shop: App, visitor: Browser):
    def allowed(*details: Any) -> list[Any]:
        page = ask(shop, visitor, *details)
        assert is_question(page), page.content
        everything = [point.name for group in page.context["form"].groups for point in group.points]
        code = parameters(visitor.submit(page, {**ALLOW, "scope": everything}))["code"]
        found: list[Any] = shop.redeem(code).json()["authorization_details"]
        return found

    assert allowed(PAY, READ) == [PAY, READ]
    # the very same folder is not asked again, another one is, and the payment always
    assert shop.redeem(parameters(ask(shop, visitor, READ))["code"]).json()["authorization_details"] == [READ]
    assert error(ask(shop, visitor, READ, prompt="none"))[1] == ""
    assert is_question(ask(shop, visitor, {**READ, "actions": ["read", "write"]}))
    assert is_question(ask(shop, visitor, {**READ, "identifier": "Work"}))
    assert error(ask(shop, visitor, PAY, prompt="none")) == (303, "consent_required")
    assert allowed(PAY, READ) == [PAY, READ]
    assert [row.details for row in Consent.objects.all()] == [[READ]]
    # a fresh no takes back what was remembered, and what hangs on it
    page = ask(shop, visitor, READ, scope="openid", prompt="consent")
    visitor.submit(page, {**ALLOW, "scope": ["openid"]})
    assert [row.details for row in Consent.objects.all()] == [[]]
    assert not [row for row in Authorization.objects.filter(revoked_at=None) if READ in row.details]
    assert is_question(ask(shop, visitor, READ))


class Folders(DetailType):
    type = "files"

    def enriched(self, detail: Any, user: Any) -> Any:
        return {**detail, "folder": "f-17"}


@pytest.mark.threat(93)
@pytest.mark.spec("RFC 9396", "7.1")
@pytest.mark.parametrize("types", [(), (Folders,)], ids=["more", "enriched"])
def test_a_later_no_ends_also_what_holds_more_than_was_asked(
    shop: App, visitor: Browser, monkeypatch: pytest.MonkeyPatch, types: Any
):
    monkeypatch.setattr(TYPES, "_entries", {})
    for one in types:
        TYPES.add(one())
    try:
        held = READ if types else {**READ, "actions": ["read", "write"]}
        page = ask(shop, visitor, held)
        everything = [point.name for group in page.context["form"].groups for point in group.points]
        tokens = shop.redeem(parameters(visitor.submit(page, {**ALLOW, "scope": everything}))["code"]).json()
        page = ask(shop, visitor, READ, scope="openid", prompt="consent")
        visitor.submit(page, {**ALLOW, "scope": ["openid"]})
        assert shop.introspect(tokens["access_token"]).json() == {"active": False}
    finally:
        TYPES.forget()


@pytest.mark.spec("RFC 9396", "7")
def test_what_is_taken_back_between_page_and_answer_is_not_given(shop: App, visitor: Browser, person: Any):
    page = ask(shop, visitor, PAY)
    taken: list[str] = []
    original = decision.still_granted

    def late(asked: Any, user: Any, here: Any = None) -> Any:
        if not taken:
            taken.append("back")
            decision.withdraw(user.pk, asked.client)
        return original(asked, user, here)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision, "still_granted", late)
        answer = visitor.submit(page, ALLOW)
    assert error(answer) == (303, "consent_required")
    assert not Authorization.objects.filter(revoked_at=None).exists()


@pytest.mark.seed("S-24")
@pytest.mark.bar("E13.1")
def test_receipt_connected_app_download_and_log_tell_of_it(shop: App, visitor: Browser, person: Any):
    page = ask(shop, visitor, PAY, READ)
    shop.redeem(parameters(visitor.submit(page, {**ALLOW, "scope": [points(page)["payment"]]}))["code"])
    document = Receipt.objects.get().document
    point = document["allowed"][0]["points"][0]
    assert point["title"] == "Pay for you"
    assert ["Amount", ["10.00"]] in point["lines"]
    assert document["declined"] == ["files"]
    for name in ("receipts", "connected-apps"):
        html = visitor.open(reverse(f"oauth_consent:{name}")).content.decode()
        for said in ("Pay for you", "Amount", "10.00", "&lt;b&gt;Bob&lt;/b&gt;", "pay now"):
            assert said in html, (name, said)
    sections = export.document(person)
    assert sections["grants"][0]["details"] == [PAY]
    # the log knows which, and nothing of what is in it
    changes = AuditEvent.objects.get(event="consent:given").changes
    (told,) = changes["authorization_details"][1]
    assert told == f"payment {points(page)['payment']}"
    assert "Bob" not in json.dumps(changes)


class OwnWords(DetailType):
    type = "payment"
    template = "oauth_consent/_sensitive.html"

    def words(self, detail: Any) -> Words:
        return Words(f"Pay {detail['instructedAmount']['amount']}", lines=(("To", ("Bob",)),))


def test_a_project_shows_its_own_words_and_template(shop: App, visitor: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(TYPES, "_entries", {})
    TYPES.add(OwnWords())
    try:
        page = ask(shop, visitor, PAY)
        (point,) = page.context["form"].groups[0].points
        assert (point.title, point.lines, point.template) == ("Pay 10.00", (("To", ("Bob",)),), OwnWords.template)
        assert "Pay 10.00" in page.content.decode()
    finally:
        TYPES.forget()


@pytest.mark.spec("RFC 9396", "7")
def test_an_app_of_the_operator_that_asks_for_consent_sees_none_so_none_are_given(
    shop: App, visitor: Browser, settings: Any
):
    settings.OAUTH_SERVER = {**settings.OAUTH_SERVER, "HYDRA_CONSENT_URL": "https://consent.example/"}
    assert error(ask(shop, visitor, PAY)) == (303, "invalid_authorization_details")
