"""The stack file, read by ourselves: the engine's reading of it has no lines, and spoils dates and long numbers."""

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Self

from pydantic import ValidationError

from model.config import AccountConfig, IntegrationConfig, StackConfig
from model.contradictions import contradictions
from model.explanation import Keys, explanations
from model.faults import ConfigFault, ConfigFaults, Place
from model.hosts import host_problem, trust_problem
from model.indentation import beside_their_integration, is_integration, without_namespace
from model.kinds import OBJECT_KINDS
from model.nearest import did_you_mean
from model.presets import Presets
from model.rewriting import spoiled
from model.schedule import SecretSchedule
from model.settings import HOST, setting_problem
from model.vocabulary import ID
from model.workloads import WORKLOADS
from model.yamltree import Path, Plain, Tree, YamlTree

OURS = "brickpass:"
INTEGRATIONS = OURS + "integrations"
_NO_URL = "is no URL; write it as https://dbc-1234.cloud.databricks.com"
# What stands in a stack file besides; Pulumi drops all else when it writes the file anew.
PULUMIS = ("encryptionsalt", "encryptedkey", "secretsprovider", "environment")
_FEDERATION = ("integrations", "*", "federation")
KEYS = (
    Keys((), "a key of brickpass:", tuple(StackConfig.model_fields)),
    Keys(("account",), "a key of account", tuple(AccountConfig.model_fields)),
    Keys(("integrations", "*"), "a key of an integration", tuple(IntegrationConfig.model_fields)),
    Keys(("integrations", "*", "secret"), "a key of secret", tuple(SecretSchedule.model_fields)),
    *(
        Keys((*at, kind), f"a key of {kind}", tuple(workload.model_fields))
        for at in (_FEDERATION, (*_FEDERATION, "*"))
        for kind, workload in WORKLOADS.items()
    ),
    *(Keys(at, "a kind of workload", tuple(WORKLOADS)) for at in (_FEDERATION, (*_FEDERATION, "*"))),
)
"""What may stand where in a stack file; that kinds stand in `grants` and in `targets` goes without saying."""


class StackFile:
    """One `stacks/Pulumi.<stack>.yaml`: what it says, where it says it, and all that is wrong with it."""

    def __init__(self, text: str, file: str, presets: Presets | None = None) -> None:
        self.presets = presets or Presets.shipped()
        """What its integrations may name as presets and consumers."""
        self._tree = YamlTree.parse(text, file, _shown)
        self._faults = list(self._tree.faults)
        self._spelled: dict[str, str] = {}
        """Each key of the config in Pulumi's short spelling, to how the file spells it."""
        self._config: dict[str, Tree] = {}
        self._presets_readable = True
        self._readable = self._read_config()

    @classmethod
    def read(cls, path: str | FilePath) -> Self:
        """Reads a file, which faults then call as it is called here, and the team's presets beside it."""
        try:
            text = FilePath(path).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            problem = "there is no such file; write it, or select another stack"
        except UnicodeDecodeError:
            problem = "is not a text in UTF-8"
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
        else:
            return cls._with_presets(text, FilePath(path))
        raise ConfigFaults([ConfigFault(Place(str(path), 1, 1, _shown(())), problem)])

    @classmethod
    def _with_presets(cls, text: str, path: FilePath) -> Self:
        try:
            return cls(text, str(path), Presets.beside(path))
        except ConfigFaults as wrong:
            file = cls(text, str(path))
            file._faults += wrong.faults
            file._presets_readable = False
            return file

    @property
    def host(self) -> str | None:
        """The workspace's URL where the file names it. It may as well come from DATABRICKS_HOST or a profile."""
        host = self._config.get(HOST)
        return host.rstrip("/") if isinstance(host, str) and host else None

    def place(self, path: tuple[str, ...]) -> Place:
        """Where a thing of the config stands, by its path: `("integrations", "alchemer", "grants", "jobs", "nightly")`."""
        return self._tree.key(self.in_file(path))

    def in_file(self, path: Path) -> Path:
        """The keys that lead there from the top of the file, as it spells them."""
        in_file = ("config", self._spelled.get(OURS + path[0], OURS + path[0]), *path[1:]) if path else ("config",)
        # A word may stand for a list of one, and then has no items of its own.
        return in_file[:-1] if in_file[-1] == "[0]" and not self._tree.has(in_file) else in_file

    def config(self) -> StackConfig:
        """The `brickpass:` part of the file.

        Raises:
            ConfigFaults: with all that is wrong in the file.
        """
        between = contradictions(
            self._config.get(INTEGRATIONS),
            self.presets if self._presets_readable else None,
            runs_every=self._config.get(OURS + "runs_every"),
            in_account=OURS + "account" in self._config,
        )
        faults = [
            *self._faults,
            *self._host_faults(),
            *(self._fault(("integrations", *path), said, at_key=at_key) for path, said, at_key in between),
        ]
        if not self._readable:
            raise ConfigFaults(faults)
        ours = {key.removeprefix(OURS): value for key, value in self._config.items() if key.startswith(OURS)}
        try:
            config = StackConfig.model_validate(ours)
        except ValidationError as error:
            faults += [self._fault(path, summary, at_key=at_key) for path, summary, at_key in explanations(error, KEYS)]
            raise ConfigFaults(faults) from None
        if faults:
            raise ConfigFaults(faults)
        return config

    def spoiled_when_rewritten(self) -> list[ConfigFault]:
        """What is right as it stands, but would not be after `pulumi config set`, which writes the whole file anew."""
        return [
            ConfigFault(
                word.place,
                f'"{word.text}" is {reading} to Pulumi, and "pulumi config set" would spell it otherwise; {_way_out_of_spoiling(word)}',
            )
            for word in self._tree.plain
            if self._is_ours(word.path) and (reading := spoiled(word.text)) and word.path[-1] not in _READ_IN_BOTH_SPELLINGS
        ]

    def _read_config(self) -> bool:
        """Takes the keys of the config in. False where the file is so wrong that there are none to speak of."""
        data = self._tree.data
        if data is None:
            return not self._tree.faults
        if not isinstance(data, dict):
            self._faults.append(ConfigFault(self._tree.key(()), "holds no keys; a stack file begins with config:"))
            return False
        for key, value in data.items():
            if key != "config":
                self._read_pulumis(key, value)
        section = data.get("config", {})
        if not isinstance(section, dict):
            self._faults.append(ConfigFault(self._tree.key(("config",)), "holds no keys; write brickpass:integrations: below it"))
            return False
        for key, value in section.items():
            self._read_key(key, value)
        self._look_at_the_indentation(data, section)
        return True

    def _look_at_the_indentation(self, top: Mapping[str, Tree], section: Mapping[str, Tree]) -> None:
        """Says once what is indented too little, and takes it out, so that nothing else is said about it."""
        integrations = self._config.get(INTEGRATIONS)
        outside = any(":" not in key and is_integration(value) for key, value in section.items()) or any(":" in key for key in top)
        if integrations is None and outside:
            self._config[INTEGRATIONS] = {}
        if not isinstance(integrations, dict):
            return
        misplaced = beside_their_integration(integrations)
        for name, keys in misplaced.items():
            quoted = " and ".join(f'"{key}"' for key in keys)
            problem = f'{quoted} stand{"s" if len(keys) == 1 else ""} beside "{name}"; indent {"it" if len(keys) == 1 else "them"} below'
            self._faults.append(self._fault(("integrations", keys[0]), problem, at_key=True))
        out = {key for keys in misplaced.values() for key in keys}
        self._config[INTEGRATIONS] = {name: {} if name in misplaced else body for name, body in integrations.items() if name not in out}

    def _read_pulumis(self, key: str, value: Tree) -> None:
        if ":" in key:
            self._faults.append(ConfigFault(self._tree.key((key,)), f'"{key}" stands at the top; write it below config:'))
        elif key not in PULUMIS:
            names = ("config", *PULUMIS)
            problem = f'"{key}" is not a part of a stack file. There are {", ".join(names)}{did_you_mean(key, names)}'
            self._faults.append(ConfigFault(self._tree.key((key,)), problem))
        elif key != "environment" and not isinstance(value, str):
            self._faults.append(ConfigFault(self._tree.key((key,)), "is Pulumi's own, and one word; take it out, and let Pulumi write it"))

    def _read_key(self, key: str, value: Tree) -> None:
        # Pulumi takes `brickpass:config:integrations` for `brickpass:integrations`.
        namespace, *between, name = key.split(":") if ":" in key else ("", key)
        short = f"{namespace}:{name}"
        place = self._tree.key(("config", key))
        if not namespace or not name:
            self._faults.append(ConfigFault(place, without_namespace(key, value, INTEGRATIONS)))
        elif between not in ([], ["config"]):
            self._faults.append(ConfigFault(place, f'"{key}" is no key to Pulumi; write it as a namespace, a colon and a name'))
        elif short in self._spelled:
            self._faults.append(ConfigFault(place, f"stands here twice, the other time as {self._spelled[short]}"))
        else:
            self._spelled[short] = key
            self._config[short] = value
            if problem := setting_problem(short, value):
                self._faults.append(ConfigFault(place, problem))
            if isinstance(value, dict) and list(value) == ["secure"] and isinstance(value["secure"], str):
                self._encrypted(short, place)

    def _is_ours(self, path: Path) -> bool:
        return path[:1] == ("config",) and path[1:2] != () and path[1].startswith(OURS)

    def _encrypted(self, key: str, place: Place) -> None:
        if key == HOST or key.startswith(OURS):
            self._faults.append(ConfigFault(place, "is encrypted, but has nothing secret in it; set it again without --secret"))
            # Nothing more is said about it, not even that it is missing.
            del self._config[key]
            if key == INTEGRATIONS:
                self._config[key] = {}

    def _host_faults(self) -> Iterator[ConfigFault]:
        named = self._config.get(OURS + "trusted_hosts")
        trusted = [name.lower() for name in named if isinstance(name, str)] if isinstance(named, list) else []
        if HOST in self._config:
            host = self._config[HOST]
            problem = trust_problem(host, trusted) if isinstance(host, str) else _NO_URL
            if problem:
                yield ConfigFault(self._tree.value(("config", self._spelled[HOST])), problem)
        account = self._config.get(OURS + "account")
        console = account.get("host") if isinstance(account, dict) else None
        # What else may be wrong with this one, the model says.
        if isinstance(console, str) and host_problem(console) is None and (problem := trust_problem(console, trusted)):
            yield self._fault(("account", "host"), problem, at_key=False)

    def _fault(self, path: Path, summary: str, *, at_key: bool) -> ConfigFault:
        in_file = self.in_file(path)
        return ConfigFault(self._tree.key(in_file) if at_key else self._tree.value(in_file), summary)


# Pulumi's spelling of a date, and of true and false, is read as well as the one that people write.
_READ_IN_BOTH_SPELLINGS = ("until", "anchor", "protect", "retire", "verify")


def _way_out_of_spoiling(word: Plain) -> str:
    match word.path:
        case (_, _, _, "grants" | "targets", kind, _) if kind in OBJECT_KINDS and word.text.isdigit():
            # Without quotes and alone, it is more likely copied from an address than a name.
            return f'put it in quotes if it is a name, or write "{ID}{word.text}" if it is an id'
        case _:
            return "put it in quotes"


def _shown(path: Path) -> str:
    """How a path in the file is called: without the parts that are the same for all of ours."""
    match path:
        case ("config", first, *rest):
            path = (first.removeprefix(OURS).removeprefix("config:"), *rest)
    return ".".join(path).replace(".[", "[") or "the file"
