"""How a witness is spoken to over HTTP."""

import urllib.error
import urllib.request
from collections.abc import Callable

from shared.transparency.witness import Reply

Send = Callable[[str, str], Reply]


def over_http(url: str, timeout: float = 30) -> Send:
    def send(what: str, body: str) -> Reply:
        asked = urllib.request.Request(f"{url.rstrip('/')}/{what}", body.encode(), method="POST")  # noqa: S310  # http(s)
        try:
            with urllib.request.urlopen(asked, timeout=timeout) as answer:  # noqa: S310
                return Reply(answer.status, answer.read().decode(), answer.headers.get_content_type())
        except urllib.error.HTTPError as no:
            return Reply(no.code, no.read().decode(), no.headers.get_content_type())

    return send
