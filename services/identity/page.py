"""The page where staff sign in: Chinese first, big enough for tired eyes, no script, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from services.identity.sessions import Person
from shared.words import Language, sentence, word

CSS = (Path(__file__).parent / "page.css").read_text("utf-8")
STYLE = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE}'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self' http://127.0.0.1:*",
    "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
}  # fmt: skip


def whole(center: str, title: str, body: str, language: Language, kept: Mapping[str, str] = {}) -> str:
    """`kept`: what the page in the other language is asked with as well."""
    elsewhere = f"/?{urlencode({'lang': 'en' if language == 'zh' else 'zh', **kept})}"
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_word(title, language)}</title>'
        f"<style>{CSS}</style><main><h1>{_word(title, language)}</h1>"
        f'<p class="center">{_said("center", language, center=center)}</p>{body}'
        f'<footer><a href="{escape(elsewhere)}">{_word("other_language", language)}</a></footer></main></html>'
    )


def sign_in(
    center: str, language: Language, *, provider: bool, hidden: Mapping[str, str], staff: str = "", wrong: str = "",
    change: bool = False,
) -> str:  # fmt: skip
    """`hidden`: what belongs to the person's own tool. `change`: the password that was handed out is to be another."""
    said = f'<p class="said" role="alert">{escape(wrong)}</p>' if wrong else ""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    way = ""
    if provider:
        way = (
            f'<form method="get" action="/oidc">{kept}<button>{_word("by_provider", language)}</button></form>'
            f'<p class="or">{_word("or_local", language)}</p>'
        )
    fields = _field("staff", language, f'value="{escape(staff)}" autocomplete="username" autocapitalize="none"')
    fields += _field("password", language, 'type="password" autocomplete="current-password"')
    fields += _field("code", language, 'inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]*"')
    if change:
        fields += _field("new", language, 'type="password" autocomplete="new-password" minlength="12"')
    quiet = ' class="quiet"' if provider else ""
    form = f'<form method="post" action="/">{kept}{fields}<button{quiet}>{_word("sign_in", language)}</button></form>'
    return whole(center, "sign_in_page", said + way + form, language, hidden)


def signed_in(center: str, language: Language, person: Person) -> str:
    roles = "、" if language == "zh" else ", "
    rows = {
        "staff": person.staff, "as": roles.join(word("roles", role, language) for role in person.roles),
        "how": word("sign_in", f"how_{person.how}", language),
    }  # fmt: skip
    listed = "".join(f"<dt>{_word(name, language)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    out = f'<form method="post" action="/sign-out"><button class="quiet">{_word("sign_out", language)}</button></form>'
    tool = f'<p class="hint">{_said("tool", language)}</p>'
    return whole(center, "signed_in_page", f"<dl>{listed}</dl>{tool}{out}", language)


def _field(name: str, language: Language, attributes: str) -> str:
    hint = word("sign_in", f"{name}_hint", language)
    about = f'<p class="hint" id="{name}-hint">{escape(hint)}</p>' if hint != f"{name}_hint" else ""
    described = f' aria-describedby="{name}-hint"' if about else ""
    label = f'<label for="{name}">{_word(name, language)}</label>'
    return f'{label}<input id="{name}" name="{name}" required {attributes}{described}>{about}'


def _word(name: str, language: Language) -> str:
    return escape(word("sign_in", name, language))


def _said(name: str, language: Language, **about: str) -> str:
    return escape(sentence("sign_in", name, about, language))
