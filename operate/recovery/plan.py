"""What is to be done after a run that was killed, or a state that was lost."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from model.clock import now
from model.identity import is_marked
from operate.recovery.memory import Memory, TakenIn
from operate.recovery.policies import OURS, StrayPolicy
from operate.recovery.principals import Principal, Principals, Secret

AT_ONCE = 8
CLOCKS_APART = timedelta(minutes=10)
"""This machine's clock and the workspace's are never quite the same, and a killed attempt had taken some time."""


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
    take_in: tuple[TakenIn, ...]
    """Made, and not recorded: the next `pulumi up` goes on with them."""
    remove: tuple[Principal, ...]
    """Second ones of an integration, as which nobody can log in."""
    end: tuple[UnknownSecret, ...]
    """What a killed attempt made."""
    keep: tuple[UnknownSecret, ...]
    """What a state that was lost, or one that is newer than this, may have handed out."""
    policies: tuple[StrayPolicy, ...]
    """Made, and not recorded: the same."""
    unclear: tuple[Principal, ...]
    """Somebody may use them, or another stack of the same name made them: people must say."""

    @property
    def is_empty(self) -> bool:
        return not (self.take_in or self.remove or self.end or self.policies or self.unclear)

    @property
    def ending(self) -> dict[str, list[str]]:
        """The secrets that end, by principal."""
        found = defaultdict(list)
        for secret in self.end:
            found[secret.principal_id].append(secret.secret_id)
        return found


@dataclass
class _Strays:
    """Principals that are not recorded: which to take in, which to remove, and which are not to be touched."""

    take_in: list[Principal] = field(default_factory=list)
    remove: list[Principal] = field(default_factory=list)
    unclear: list[Principal] = field(default_factory=list)


def plan(memory: Memory, principals: Principals) -> Plan:
    """Costs a listing of the principals, and one request for the secrets of each; in an account, one more for its federation policies."""
    made = {each.id: each for each in principals.made(memory.external_ids_begin)}
    holders = memory.holders
    ids = [*holders, *(each for each in made if each not in holders)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        secrets = dict(zip(ids, pool.map(principals.secrets, ids), strict=True))
        policies = dict(zip(ids, pool.map(principals.policies, ids), strict=True))
    # As whoever has neither, nobody can log in.
    strays = _sorted(memory, made, in_use={each for each in ids if secrets[each] or policies[each]})
    of_strays = (UnknownSecret(each.id, secret.id, each.external_id) for each in strays.take_in for secret in secrets[each.id])
    unknown = list(_unknown(memory, made, secrets))
    return Plan(
        take_in=tuple(_taken_in(each, secrets[each.id]) for each in strays.take_in),
        remove=tuple(strays.remove),
        end=tuple(each for each, is_accident in unknown if is_accident),
        keep=(*of_strays, *(each for each, is_accident in unknown if not is_accident)),
        policies=tuple(_stray_policies(memory, holders | {each.id: each.external_id for each in strays.take_in}, policies)),
        unclear=tuple(strays.unclear),
    )


def _stray_policies(
    memory: Memory, holders: Mapping[str, str], policies: Mapping[str, Mapping[str, Mapping[str, Any]]]
) -> Iterator[StrayPolicy]:
    """Those that the file declares and that bear its name: any other may be another stack's, of the same adopted principal."""
    for principal_id, external_id in holders.items():
        for policy_id, said in policies[principal_id].items():
            ours = policy_id.startswith(OURS) and said.get("description") == external_id
            if ours and (principal_id, policy_id) not in memory.policies and policy_id in memory.declared.policies.get(external_id, ()):
                yield StrayPolicy(principal_id, external_id, policy_id, said)


def _taken_in(principal: Principal, secrets: Sequence[Secret]) -> TakenIn:
    """From when on its secrets are those of this state: later than all that it has, also where it was lost a minute ago."""
    return TakenIn(principal, max([now(), *(each.made_at + CLOCKS_APART + timedelta(seconds=1) for each in secrets)]))


def _sorted(memory: Memory, made: Mapping[str, Principal], *, in_use: Collection[str]) -> _Strays:
    strays = _Strays()
    recorded = memory.recorded
    have_one = set(recorded.values()) | {made[each].external_id for each in recorded if each in made}
    for external_id in dict.fromkeys(each.external_id for each in made.values()):
        here = [each for each in made.values() if each.external_id == external_id and each.id not in recorded]
        chosen = _chosen(memory, here, in_use) if here and external_id not in have_one else None
        strays.take_in += [chosen] if chosen else []
        for each in here:
            if each is not chosen:
                is_double = (chosen or external_id in have_one) and each.id not in in_use and not each.has_access
                (strays.remove if is_double else strays.unclear).append(each)
    return strays


def _chosen(memory: Memory, strays: Sequence[Principal], in_use: Collection[str]) -> Principal | None:
    """The one of an integration that is this stack's. Another team's stack may have the same name on the same workspace."""
    external_id = strays[0].external_id
    used = [each for each in strays if each.id in in_use]
    unused = [each for each in strays if each.id not in in_use]
    # A killed run did not come to giving anything to what it had begun to make.
    begun = [each for each in unused if not each.has_access] if external_id in memory.begun else []
    if begun and not (memory.is_lost and used):
        return begun[0]
    if external_id not in memory.declared.external_ids or (used and not memory.is_lost) or len(used) > 1:
        return None
    return max(used or unused, key=lambda each: each.has_access)


def _unknown(
    memory: Memory, made: Mapping[str, Principal], secrets: Mapping[str, Sequence[Secret]]
) -> Iterator[tuple[UnknownSecret, bool]]:
    """Each secret of ours that the state does not know, and whether it is an accident of its runs."""
    known = memory.secret_ids
    for principal_id, external_id in memory.holders.items():
        # A renamed integration's principal gets its new external id before the state has its new name, or after.
        names = {external_id, *([made[principal_id].external_id] if principal_id in made else [])}
        for secret in secrets[principal_id]:
            if secret.id not in known and any(is_marked(secret.lifetime, name) for name in names):
                yield UnknownSecret(principal_id, secret.id, external_id), _is_accident(memory, principal_id, secret)


def _is_accident(memory: Memory, principal_id: str, secret: Secret) -> bool:
    """Whether a run of this state made it and could not record it: another state's may be in use, and is kept."""
    since, rotated_at = memory.made_at.get(principal_id), memory.rotated_at.get(principal_id)
    of_this_state = since is None or secret.made_at >= since - CLOCKS_APART
    if principal_id in memory.rotating and of_this_state and secret.made_at >= memory.written_at - CLOCKS_APART:
        return True
    if rotated_at:
        # Whatever wrote the secret later did not know this one. A younger one may be of a newer state than this, which was restored.
        return secret.made_at <= rotated_at + CLOCKS_APART
    return since is not None and of_this_state and secret.made_at <= memory.written_at + CLOCKS_APART
