"""Behind the wire there are plain typed models, and a secret stays one whatever is done with it."""

import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import rpc
from pydantic import SecretStr, ValidationError

from provider.wire import UNKNOWN, Wire, plain, plain_map, properties, with_unknown


class Inner(Wire):
    client_secret: SecretStr


class Outer(Wire):
    secret_id: str
    period: int
    inner: Inner | None = None
    names: tuple[str, ...] = ()


def test_a_model_comes_back_as_it_went() -> None:
    """Numbers are whole again, names are in camel case only on the wire."""
    model = Outer(secret_id="1", period=3, inner=Inner(client_secret=SecretStr("dose")), names=("a", "b"))

    assert set(properties(model)) == {"secretId", "period", "inner", "names"}
    assert Outer.model_validate(plain_map(properties(model))) == model


def test_a_secret_is_marked_however_deep_it_lies() -> None:
    """The engine encrypts what is marked."""
    inner = properties(Outer(secret_id="1", period=3, inner=Inner(client_secret=SecretStr("dose"))))["inner"]

    assert inner.contains_secret()
    assert not properties(Outer(secret_id="1", period=3))["secretId"].contains_secret()


def test_what_a_preview_does_not_know_is_told_apart_from_what_is_not_there() -> None:
    """The engine's word for it is a string."""
    assert plain(PropertyValue(rpc.UNKNOWN)) is UNKNOWN
    assert plain(PropertyValue.null()) is None
    assert plain(with_unknown({}, ["revision"])["revision"]) is UNKNOWN


def test_a_faulty_state_is_not_repeated_in_the_error() -> None:
    """Its values may be secrets."""
    with pytest.raises(ValidationError) as refused:
        Inner.model_validate({"clientSecret": ["dose-canary"]})

    assert "dose-canary" not in str(refused.value)
