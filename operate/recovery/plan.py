"""What is to be done after a run that was killed, or a state that was lost."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from model.identity import is_marked
from operate.recovery.memory import Memory
from operate.recovery.principals import Principal, Principals, Secret

AT_ONCE = 8


@dataclass(frozen=True)
class UnknownSecret:
    """One of ours that works, and that the state does not know."""

    principal_id: str
    secret_id: str
    external_id: str

    @property
    def integration(self) -> str:
        return self.external_id.rpartition("/")[2]


@dataclass(frozen=True)
class Plan:
    take_in: tuple[Principal, ...]
    """Made, and not recorded: the next `pulumi up` goes on with them."""
    remove: tuple[Principal, ...]
    """Second ones of an integration, as which nobody can log in."""
    end: tuple[UnknownSecret, ...]
    keep: tuple[UnknownSecret, ...]
    """Those of principals that are taken in: the state that knew them is lost, and somebody may use them."""
    unclear: tuple[Principal, ...]
    """Second ones that somebody may use: which of them is the right one, people must say."""

    @property
    def is_empty(self) -> bool:
        return not (self.take_in or self.remove or self.end or self.unclear)


def plan(memory: Memory, principals: Principals) -> Plan:
    """Costs a listing of the principals, and one request for the secrets of each."""
    made = {each.id: each for each in principals.made(memory.external_ids_begin)}
    holders = memory.holders
    ids = [*holders, *(each for each in made if each not in holders)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        secrets = dict(zip(ids, pool.map(principals.secrets, ids), strict=True))
    take_in, remove, unclear = _sorted(made, memory.recorded, secrets)
    unknown = list(_unknown(holders, made, secrets, memory.secret_ids))
    of_strangers = (UnknownSecret(each.id, secret.id, each.external_id) for each in take_in for secret in secrets[each.id])
    return Plan(
        take_in=tuple(take_in),
        remove=tuple(remove),
        end=tuple(each for each in unknown if each.external_id not in memory.rebuilt),
        keep=(*of_strangers, *(each for each in unknown if each.external_id in memory.rebuilt)),
        unclear=tuple(unclear),
    )


def _sorted(
    made: Mapping[str, Principal], recorded: Mapping[str, str], secrets: Mapping[str, Sequence[Secret]]
) -> tuple[list[Principal], list[Principal], list[Principal]]:
    """Of those that are not recorded: which to take in, which to remove, and which are not to be touched."""
    take_in, remove, unclear = [], [], []
    has_one = set(recorded.values()) | {made[each].external_id for each in recorded if each in made}
    for external_id in dict.fromkeys(each.external_id for each in made.values()):
        strays = [each for each in made.values() if each.external_id == external_id and each.id not in recorded]
        used = [each for each in strays if secrets[each.id]]
        if external_id not in has_one and len(used) <= 1:
            chosen = (used or strays)[:1]
            take_in += chosen
            remove += [each for each in strays if each not in chosen]
        else:
            unclear += used
            remove += [each for each in strays if each not in used]
    return take_in, remove, unclear


def _unknown(
    holders: Mapping[str, str], made: Mapping[str, Principal], secrets: Mapping[str, Sequence[Secret]], known: frozenset[str]
) -> Iterator[UnknownSecret]:
    for principal_id, external_id in holders.items():
        # A renamed integration's principal gets its new external id before the state has its new name, or after.
        names = {external_id, *([made[principal_id].external_id] if principal_id in made else [])}
        for secret in secrets[principal_id]:
            if secret.id not in known and any(is_marked(secret.lifetime, name) for name in names):
                yield UnknownSecret(principal_id, secret.id, external_id)
