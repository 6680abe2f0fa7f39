"""Who speaks is told by a signed, short-lived token; a command in another's name is refused."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.actors import BESIDE, HEADER, LONGEST, Issuer, NotAuthentic, Trust, kid_of, renewing, voucher
from shared.decider import Refused
from shared.rights import LOG

CENTER, SEED = "620105", bytes(range(32))


class Hours:
    at = 1_000_000.0

    def __call__(self):
        return self.at


@pytest.fixture
def now():
    return Hours()


@pytest.fixture
def signing(now):
    return Issuer(SEED, CENTER, now=now)


@pytest.fixture
def trust(signing, now):
    return Trust(CENTER, [voucher(signing.kid, ("clerk:*", "auditor:*", "visitor:V01"))], now=now)


def sent(token, actor="clerk:F01"):
    return {HEADER: token}, json.dumps({"actor": actor, "case": "x"}).encode()


def why(refused):
    return refused.value.why


def test_a_command_in_ones_own_name_is_taken(signing, trust):
    speaker = trust.check(*sent(signing.token("F01", ["clerk"], how="oidc")))
    assert (speaker.id, speaker.roles, speaker.how) == ("F01", {"clerk"}, "oidc")


@pytest.mark.parametrize("actor", ["clerk:F02", "chief:F01", "system:F01", "clerk:F01x", "clerk"])
def test_a_command_in_anothers_name_or_role_is_refused(signing, trust, actor):
    with pytest.raises(NotAuthentic) as refused:
        trust.check(*sent(signing.token("F01", ["clerk"], how="oidc"), actor))
    assert why(refused) == "not_you"


def test_what_says_two_actors_is_by_the_last_as_the_desk_reads_it(signing, trust):
    token = signing.token("F01", ["clerk"], how="oidc")
    with pytest.raises(NotAuthentic):
        trust.check({HEADER: token}, b'{"actor":"clerk:F01","actor":"chief:F09"}')


def overridden(by, actor="clerk:F01"):
    return json.dumps({"actor": actor, "overrides": [{"rule": "V-01", "reason": "storm", "by": by}]}).encode()


def test_who_overrides_a_rule_signs_for_it_themselves(signing, trust):
    clerk, other = signing.token("F01", ["clerk"], how="oidc"), signing.token("V01", ["visitor"], how="oidc")
    for beside in ({}, {BESIDE: ""}, {BESIDE: signing.token("F02", ["clerk"], how="oidc")}, {BESIDE: clerk}):
        with pytest.raises(NotAuthentic) as refused:
            trust.check({HEADER: clerk} | beside, overridden("visitor:V01"))
        assert why(refused) == "not_the_overrider"
    assert trust.check({HEADER: clerk, BESIDE: other}, overridden("visitor:V01")).id == "F01"
    assert trust.check({HEADER: clerk}, overridden("clerk:F01")).id == "F01"


def test_a_token_beside_that_is_not_authentic_is_no_approval(signing, trust, now):
    forged = Issuer(bytes(32), CENTER, now=now).token("V01", ["visitor"], how="oidc")
    with pytest.raises(NotAuthentic) as refused:
        trust.check({HEADER: signing.token("F01", ["clerk"], how="oidc"), BESIDE: forged}, overridden("visitor:V01"))
    assert why(refused) == "token_not_authentic"


@pytest.mark.parametrize("overrides", ["x", {"by": "chief:C01"}, [1], [{"rule": "V-01"}], None])
def test_overrides_that_make_no_sense_are_left_for_the_desk_to_refuse(signing, trust, overrides):
    body = json.dumps({"actor": "clerk:F01", "overrides": overrides}).encode()
    assert trust.check({HEADER: signing.token("F01", ["clerk"], how="oidc")}, body).id == "F01"


@pytest.mark.parametrize("headers", [None, {}, {HEADER: ""}])
def test_nobody_is_refused(trust, headers):
    with pytest.raises(NotAuthentic) as refused:
        trust.check(headers, b"{}")
    assert why(refused) == "no_token"


def test_a_token_ends_also_one_that_was_known(signing, trust, now):
    token = signing.token("F01", ["clerk"], how="oidc")
    trust.check(*sent(token))
    now.at += LONGEST + 6
    with pytest.raises(NotAuthentic) as refused:
        trust.check(*sent(token))
    assert why(refused) == "token_expired"


@pytest.mark.parametrize(("seconds", "later"), [(LONGEST + 1, 0), (60, 3600)])
def test_a_token_for_longer_or_from_the_future_is_refused(signing, trust, now, seconds, later):
    now.at += later
    token = signing.token("F01", ["clerk"], how="oidc", seconds=seconds)
    now.at -= later
    with pytest.raises(NotAuthentic) as refused:
        trust.check(*sent(token))
    assert why(refused) == "token_too_long"


def test_a_signer_vouches_only_for_whom_it_may(signing, trust):
    assert trust.check(*sent(signing.token("V01", ["visitor"], how="oidc"), "visitor:V01"))
    for name, role in (("V02", "visitor"), ("intake", "system"), ("E01", "archivist")):
        with pytest.raises(NotAuthentic) as refused:
            trust.check(*sent(signing.token(name, [role], how="oidc"), f"{role}:{name}"))
        assert why(refused) == "token_not_authentic"


def test_a_key_nobody_knows_is_refused_also_under_a_known_name(signing, trust, now):
    stranger = Issuer(bytes(reversed(range(32))), CENTER, now=now)
    with pytest.raises(NotAuthentic):
        trust.check(*sent(stranger.token("F01", ["clerk"], how="oidc")))
    forged = jwt.encode(jwt.decode(signing.token("F01", ["clerk"], how="x"), options={"verify_signature": False}),
                        Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": signing.kid})  # fmt: skip
    with pytest.raises(NotAuthentic) as refused:
        trust.check(*sent(forged))
    assert why(refused) == "token_not_authentic"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_no_other_algorithm_is_taken(signing, trust, algorithm):
    said = jwt.decode(signing.token("F01", ["clerk"], how="x"), options={"verify_signature": False})
    key = signing.kid * 2 if algorithm == "HS256" else None
    token = jwt.encode(said, key, algorithm=algorithm, headers={"kid": signing.kid})
    with pytest.raises(NotAuthentic):
        trust.check(*sent(token))


def test_a_token_of_another_center_is_refused(now, trust):
    other = Issuer(SEED, "620102", now=now)
    with pytest.raises(NotAuthentic) as refused:
        trust.check(*sent(other.token("F01", ["clerk"], how="oidc")))
    assert why(refused) == "token_of_other_center"


def test_who_may_not_read_is_told_so(signing, trust):
    clerk, auditor = (signing.token("A1", [role], how="oidc") for role in ("clerk", "auditor"))
    assert trust.check({HEADER: auditor}, b"{}", LOG)
    with pytest.raises(Refused) as refused:
        trust.check({HEADER: clerk}, b"{}", LOG)
    assert why(refused) == "no_right"


def test_a_token_is_renewed_before_it_ends(signing, trust, now):
    token = renewing(signing, "F01", ["clerk"], how="console", now=now)
    first = token()
    assert token() == first
    now.at += LONGEST / 2 + 1
    assert token() != first
    assert trust.check(*sent(token()))


def test_the_key_is_named_by_itself(signing):
    assert signing.kid == kid_of(signing.public)
