"""Where a bundle can be delivered: the kinds of target, and how an address in one of them is written."""

import re
from dataclasses import dataclass
from typing import Self

from model.faults import printable
from model.nearest import did_you_mean


@dataclass(frozen=True, kw_only=True)
class TargetKind:
    """A kind of store that a consumer reads its credentials from. The patterns are for editors, too: Python and JavaScript share them."""

    word: str
    """What an address begins with."""
    title: str
    parts: tuple[str, ...]
    """Patterns of what an address names, from the outside in; each is free of what stands between them."""
    optional: str | None = None
    """The pattern of one more part, behind an @, which may be left out."""
    form: str
    """The parts as people call them."""
    example: str
    rule: str
    """What the parts may be, in words."""
    shared: bool = False
    """Whether several integrations have room at one place, each under its own name."""
    folds_case: bool = False
    """Whether the same place may be spelled in capital and in small letters."""

    @property
    def pattern(self) -> str:
        optional = f"(?:@({self.optional}))?" if self.optional else ""
        return f"{self.word}:{'/'.join(f'({part})' for part in self.parts)}{optional}"


_NO_DOTS = r"(?!\.{1,2}(?:/|$))"
_SEGMENT = rf"{_NO_DOTS}[A-Za-z0-9_.:+=,~-]+"
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

_KINDS = (
    TargetKind(
        word="secret-scope",
        title="a Databricks secret scope",
        parts=("[A-Za-z0-9_@.-]{1,128}",),
        form="SCOPE",
        example="cx-vendors",
        rule="a scope's name has letters, digits and any of _ @ . -, 128 at most",
        shared=True,
    ),
    TargetKind(
        word="vault",
        title="HashiCorp Vault",
        parts=(_SEGMENT, rf"{_SEGMENT}(?:/{_SEGMENT})*"),
        form="MOUNT/PATH",
        example="secret/alchemer",
        rule="mount and path have letters, digits and any of _ . : + = , ~ - between their slashes",
    ),
    TargetKind(
        word="aws",
        title="AWS Secrets Manager",
        parts=("[A-Za-z0-9/_+=.@-]{1,512}",),
        form="SECRET",
        example="alchemer/databricks",
        rule="a secret's name has letters, digits and any of / _ + = . @ -, 512 at most",
    ),
    TargetKind(
        word="azure",
        title="Azure Key Vault",
        parts=("[A-Za-z](?:-?[A-Za-z0-9]){2,23}", "[A-Za-z0-9-]{1,127}"),
        form="VAULT/SECRET",
        example="acme-vault/alchemer",
        rule="a vault's name has 3 to 24 letters, digits and single dashes, a secret's up to 127",
        folds_case=True,
    ),
    TargetKind(
        word="google",
        title="Google Secret Manager",
        parts=("[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?", "[A-Za-z0-9_-]{1,255}"),
        form="PROJECT/SECRET",
        example="acme-data/alchemer",
        rule="a project is its id or number, and a secret's name has letters, digits and any of _ -, 255 at most",
    ),
    TargetKind(
        word="github",
        title="GitHub Actions",
        parts=("[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})", rf"{_NO_DOTS}[A-Za-z0-9_.-]{{1,100}}"),
        optional=r"[^\s@](?:[^\r\n\t]{0,253}\S)?",
        form="OWNER/REPO or github:OWNER/REPO@ENVIRONMENT",
        example="acme/surveys",
        rule="owner and repository are spelled as in the repository's address",
        folds_case=True,
    ),
    TargetKind(
        word="kubernetes",
        title="a Kubernetes Secret",
        parts=(_LABEL, rf"{_LABEL}(?:\.{_LABEL})*"),
        form="NAMESPACE/SECRET",
        example="surveys/alchemer",
        rule="namespace and secret have small letters, digits and -, and a secret's name may have dots",
    ),
)

TARGET_KINDS = {kind.word: kind for kind in _KINDS}


@dataclass(frozen=True)
class Address:
    """A place that a bundle is delivered to: `vault:secret/alchemer`. `str()` is what was parsed."""

    kind: str
    parts: tuple[str, ...]
    """As the kind's form names them; the optional one is left out where it was."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address that a text is.

        Raises:
            ValueError: with what is wrong, and how it is written.
        """
        word, colon, _ = text.partition(":")
        kind = TARGET_KINDS.get(word)
        if not kind:
            kinds = ", ".join(f"{each}:" for each in TARGET_KINDS)
            near = did_you_mean(word, TARGET_KINDS) if colon else ""
            raise ValueError(f'"{printable(text)}" does not begin with a kind of target. There are {kinds}{near}')
        match = re.fullmatch(kind.pattern, text)
        if not match:
            raise ValueError(
                f'"{printable(text)}" names no place in {kind.title}; it is written {kind.word}:{kind.form}, such as '
                f"{kind.word}:{kind.example}, and {kind.rule}"
            )
        return cls(word, tuple(part for part in match.groups() if part is not None))

    @property
    def place(self) -> str:
        """The same for each spelling of one place."""
        return str(self).casefold() if TARGET_KINDS[self.kind].folds_case else str(self)

    def __str__(self) -> str:
        needed = len(TARGET_KINDS[self.kind].parts)
        return f"{self.kind}:{'@'.join(('/'.join(self.parts[:needed]), *self.parts[needed:]))}"
