"""The catalogues: complete, in step with the code, and true to its placeholders."""

import re
from typing import Any

import pytest
from django.utils import translation

from oauth_server import languages
from tests import catalogues

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|%%")


@pytest.mark.bar("E18.3")
def test_every_catalogue_is_in_step_with_the_code_and_compiled() -> None:
    assert catalogues.behind() == [], "run `make messages`"


@pytest.mark.bar("E18.3")
@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_message_is_translated_with_its_placeholders_and_plurals(language: str) -> None:
    for app in catalogues.APPS:
        assert catalogues.untranslated(app, language) == []
        for message in catalogues.read(app, language):
            forms: Any = message.string if isinstance(message.string, tuple) else (message.string,)
            ids: Any = message.id if isinstance(message.id, tuple) else (message.id,)
            if not message.id:
                continue
            for form in forms:
                assert set(PLACEHOLDER.findall(form)) == set(PLACEHOLDER.findall(ids[-1])), (language, form)
                assert sorted(re.findall(r"</?\w+", form)) == sorted(re.findall(r"</?\w+", ids[-1])), (language, form)


@pytest.mark.bar("E18.3")
def test_there_is_a_catalogue_for_each_language_that_is_offered() -> None:
    assert {translation.to_language(name) for name in catalogues.LANGUAGES} | {"en"} == set(languages.CATALOGUES)
