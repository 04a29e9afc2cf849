"""Addresses of delivery: how they are written, and what is said of one that is not."""

import pytest

from model.delivery import TARGET_KINDS, Address

ADDRESSES = {
    "secret-scope:cx-vendors": ("cx-vendors",),
    "vault:secret/alchemer": ("secret", "alchemer"),
    "vault:team-kv/apps/cx/alchemer": ("team-kv", "apps/cx/alchemer"),
    "aws:alchemer/databricks": ("alchemer/databricks",),
    "azure:acme-vault/alchemer": ("acme-vault", "alchemer"),
    "google:acme-data/alchemer": ("acme-data", "alchemer"),
    "google:acme.example:data/alchemer": ("acme.example:data", "alchemer"),
    "github:acme/surveys": ("acme", "surveys"),
    "github:acme/surveys@production": ("acme", "surveys", "production"),
    "github:acme/surveys@prod (eu)/blue@2": ("acme", "surveys", "prod (eu)/blue@2"),
    "kubernetes:surveys/alchemer.databricks": ("surveys", "alchemer.databricks"),
}


@pytest.mark.parametrize(("text", "parts"), ADDRESSES.items())
def test_an_address_has_a_kind_and_parts(text: str, parts: tuple[str, ...]) -> None:
    """And is written again as it was."""
    address = Address.parse(text)

    assert (address.kind, address.parts) == (text.partition(":")[0], parts)
    assert str(address) == text


@pytest.mark.parametrize("kind", TARGET_KINDS.values(), ids=TARGET_KINDS)
def test_the_example_of_each_kind_is_an_address(kind: object) -> None:
    """It stands in the sentence about one that is none."""
    assert isinstance(kind, type(TARGET_KINDS["aws"]))

    assert str(Address.parse(f"{kind.word}:{kind.example}")) == f"{kind.word}:{kind.example}"


@pytest.mark.parametrize("text", ["", "alchemer", "vult:secret/alchemer", "VAULT:secret/alchemer", " vault:secret/alchemer"])
def test_a_kind_that_there_is_not_is_said(text: str) -> None:
    """With those that there are."""
    with pytest.raises(
        ValueError, match=r"does not begin with a kind of target\. There are secret-scope:, vault:, aws:, azure:, google:, github:"
    ):
        Address.parse(text)


def test_a_kind_that_is_misspelt_gets_the_nearest() -> None:
    """Only where something that looks like a kind stands there."""
    with pytest.raises(ValueError, match=r'; did you mean "vault"\?$'):
        Address.parse("vult:secret/alchemer")


@pytest.mark.parametrize(
    "text",
    [
        "secret-scope:cx vendors",
        "secret-scope:" + "x" * 129,
        "vault:secret",
        "vault:secret/",
        "vault:/alchemer",
        "vault:secret//alchemer",
        "vault:secret/../sys/raw",
        "vault:../alchemer",
        "vault:secret/.",
        "vault:secret/alchemer?version=1",
        "vault:secret/a%2f..",
        "vault:secret/alchemer\n",
        "vault:sécret/alchemer",
        "aws:",
        "aws:a b",
        "aws:arn:aws:secretsmanager:eu-central-1:1:secret:x",
        "azure:acme--vault/alchemer",
        "azure:acme.vault/alchemer",
        "azure:acme-vault/alchemer/version",
        "google:acme-data",
        "google:acme-data/a.b",
        "github:acme",
        "github:acme/surveys@",
        "github:acme/..",
        "github:acme/surveys@a\nb",
        "github:acme/surveys/secrets",
        "kubernetes:Surveys/alchemer",
        "kubernetes:surveys/alchemer_databricks",
        "kubernetes:surveys/a/b",
    ],
)
def test_what_is_no_address_is_said_with_how_it_is_written(text: str) -> None:
    """In one line, whatever is in it; nothing in an address leads elsewhere in a store than it says."""
    kind = TARGET_KINDS[text.partition(":")[0]]

    with pytest.raises(ValueError, match="names no place in") as caught:
        Address.parse(text)

    assert f"it is written {kind.word}:{kind.form}, such as {kind.word}:{kind.example}, and {kind.rule}" in str(caught.value)
    assert str(caught.value).isprintable()
