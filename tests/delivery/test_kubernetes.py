"""A Kubernetes Secret: what a delivery writes there, what it leaves alone, and what it says where it cannot."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from kubernetes.config import incluster_config

from delivery import kubernetes as module
from delivery.outcome import Outcome
from delivery.values import as_environment
from tests.delivery.internet import Internet
from tests.delivery.kubernetes_server import TOKEN, Kubernetes
from tests.delivery.saying import delivered, listening, refused, shown_in
from tests.delivery.serving import CANARY, HOSTILE, a_bundle

ADDRESS = "kubernetes:surveys/alchemer"
NAME = "kubernetes.acme.example"
WHERE = f"Secret surveys/alchemer of {NAME}"

Kubeconfig = Callable[..., None]


@pytest.fixture
def kubeconfig(internet: Internet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Kubeconfig:
    """Writes one that leads to a cluster by its own certificate authority."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))

    def write(*, token: str = TOKEN, **cluster: object) -> None:
        trusted = {} if "insecure-skip-tls-verify" in cluster else {"certificate-authority": str(internet.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "acme", "user": "ci"}}],
            "clusters": [{"name": "acme", "cluster": {"server": f"https://{NAME}", **trusted, **cluster}}],
            "users": [{"name": "ci", "user": {"token": token}}],
        }
        (tmp_path / "kubeconfig").write_text(json.dumps(config))

    write()
    return write


@pytest.fixture
def cluster(internet: Internet, kubeconfig: Kubeconfig) -> Kubernetes:
    """A cluster with a namespace, and a kubeconfig that may use it."""
    del kubeconfig
    cluster = Kubernetes()
    internet.serve(cluster.app, NAME)
    return cluster


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


def test_what_is_not_there_is_made(cluster: Kubernetes) -> None:
    """An opaque Secret, whose keys a pod takes as its environment."""
    assert delivered(ADDRESS) == Outcome(WHERE, changed=True)

    assert cluster.secrets["surveys"]["alchemer"]["type"] == "Opaque"
    assert cluster.read("alchemer") == as_environment(a_bundle())
    assert cluster.read("alchemer")["DATABRICKS_CLIENT_SECRET"] == CANARY


def test_a_delivery_anew_writes_nothing(cluster: Kubernetes) -> None:
    """Where nothing differs, it only reads."""
    delivered(ADDRESS)

    assert delivered(ADDRESS) == Outcome(WHERE, changed=False)
    assert cluster.asked == ["get", "create", "get"]


def test_what_others_have_in_the_secret_stays(cluster: Kubernetes) -> None:
    """Their keys, labels and annotations; and a rotation replaces ours."""
    metadata = {"labels": {"app": "surveys"}, "annotations": {"reloader": "true"}}
    cluster.put("alchemer", data={"THEIRS": b64("kept"), "DATABRICKS_CLIENT_SECRET": b64("old")}, metadata=metadata, type="acme.example/x")

    assert delivered(ADDRESS) == Outcome(WHERE, changed=True)

    assert cluster.read("alchemer") == {"THEIRS": "kept", **as_environment(a_bundle())}
    there = cluster.secrets["surveys"]["alchemer"]
    assert (there["metadata"]["labels"], there["metadata"]["annotations"]) == (metadata["labels"], metadata["annotations"])
    assert there["type"] == "acme.example/x"


def test_a_secret_without_data_is_filled(cluster: Kubernetes) -> None:
    """Such as one that was made for it."""
    cluster.put("alchemer")

    assert delivered(ADDRESS).changed
    assert cluster.read("alchemer") == as_environment(a_bundle())


def test_any_secret_arrives_as_it_is(cluster: Kubernetes) -> None:
    """Quotes, line ends, nulls, emoji; and it is recognized when it comes again."""
    delivered(ADDRESS, HOSTILE)

    assert cluster.read("alchemer")["DATABRICKS_CLIENT_SECRET"] == HOSTILE
    assert delivered(ADDRESS, HOSTILE).changed is False


def test_what_somebody_changes_meanwhile_is_not_undone(cluster: Kubernetes) -> None:
    """A change names the version that it is of; a stale one is made anew, of what is there by then."""
    cluster.put("alchemer", data={"THEIRS": b64("old")})
    cluster.meanwhile = [lambda: cluster.put("alchemer", data={"THEIRS": b64("new"), "MORE": b64("1")})]

    assert delivered(ADDRESS).changed

    assert cluster.asked == ["get", "patch", "get", "patch"]
    assert cluster.read("alchemer") == {"THEIRS": "new", "MORE": "1", **as_environment(a_bundle())}


def test_what_somebody_makes_meanwhile_is_not_undone(cluster: Kubernetes) -> None:
    """It is then changed."""
    cluster.meanwhile = [lambda: cluster.put("alchemer", data={"THEIRS": b64("new")})]

    assert delivered(ADDRESS).changed

    assert cluster.asked == ["get", "create", "get", "patch"]
    assert cluster.read("alchemer") == {"THEIRS": "new", **as_environment(a_bundle())}


def test_what_somebody_deletes_meanwhile_is_made_anew(cluster: Kubernetes) -> None:
    """As one that was never there."""
    cluster.put("alchemer", data={"THEIRS": b64("old")})
    cluster.meanwhile = [cluster.secrets["surveys"].clear]

    assert delivered(ADDRESS).changed

    assert cluster.asked == ["get", "patch", "get", "create"]
    assert cluster.read("alchemer") == as_environment(a_bundle())


def test_what_somebody_changes_all_the_time_is_given_up(cluster: Kubernetes) -> None:
    """The tries have an end."""
    cluster.put("alchemer", data={})
    cluster.meanwhile = [lambda: cluster.put("alchemer", data={})] * 20

    assert refused(ADDRESS) == "somebody else changes it all the time; try again"
    assert cluster.read("alchemer") == {}


def test_an_immutable_secret_is_left(cluster: Kubernetes) -> None:
    """Kubernetes would refuse a change; deleting it is somebody's choice."""
    cluster.put("alchemer", data={"THEIRS": b64("kept")}, immutable=True)

    assert refused(ADDRESS) == "it is immutable; delete it, and it is made anew, or name another"
    assert cluster.asked == ["get"]


@pytest.mark.parametrize("verb", ["get", "create"])
def test_each_permission_that_lacks_is_said(cluster: Kubernetes, verb: str) -> None:
    """All that a role needs, at once."""
    cluster.verbs.remove(verb)

    assert refused(ADDRESS) == 'the login may not; it needs the verbs get, create and patch on secrets in the namespace "surveys"'
    assert not cluster.secrets["surveys"]


def test_a_namespace_is_not_made(cluster: Kubernetes) -> None:
    """It may be misspelled."""
    assert refused("kubernetes:other/alchemer") == 'there is no namespace "other" in that cluster; make it first'
    assert list(cluster.secrets) == ["surveys"]


def test_a_login_that_is_refused_is_said(cluster: Kubernetes, kubeconfig: Kubeconfig) -> None:
    """It is the kubeconfig's."""
    kubeconfig(token="ended")

    assert refused(ADDRESS) == "the cluster refuses the login; it is wrong or has ended"
    assert not cluster.secrets["surveys"]


@pytest.mark.parametrize("status", [400, 422, 500])
def test_no_other_refusal_repeats_what_was_sent(cluster: Kubernetes, status: int) -> None:
    """An API server quotes what it finds faults with."""
    cluster.put("alchemer", data={})
    cluster.meanwhile = [lambda: setattr(cluster, "failing", status)]

    assert refused(ADDRESS) == f"the cluster answers with status {status}; try again later"


def test_nobody_waits_for_as_long_as_a_server_likes(cluster: Kubernetes) -> None:
    """Retry-After may be an hour."""
    cluster.failing = 429
    cluster.headers = {"Retry-After": "3600"}

    assert refused(ADDRESS) == "the cluster answers with status 429; try again later"
    assert cluster.asked == ["get"]


def test_a_redirect_is_not_followed(cluster: Kubernetes) -> None:
    """An API server makes none; whoever does is somebody else."""
    cluster.failing = 307
    cluster.headers = {"Location": f"https://{NAME}/elsewhere"}

    assert refused(ADDRESS).startswith("the cluster cannot be reached")
    assert cluster.asked == ["get"]


def test_no_log_has_the_secret(cluster: Kubernetes) -> None:
    """At no level, from whichever of the client's parts."""
    with listening("kubernetes", "urllib3") as heard:
        delivered(ADDRESS)
        delivered(ADDRESS)

    assert cluster.asked == ["get", "create", "get"]
    assert not shown_in("".join(heard))


def test_nothing_is_printed(cluster: Kubernetes, capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output is for who reads JSON."""
    del cluster
    delivered(ADDRESS)

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [None, "", "{", "- a", "apiVersion: v1\nkind: Config\ncurrent-context: gone\ncontexts: []\n"])
def test_what_is_no_kubeconfig_is_said(cluster: Kubernetes, tmp_path: Path, content: str | None) -> None:
    """Whatever is wrong with it."""
    file = tmp_path / "kubeconfig"
    file.unlink()
    if content is not None:
        file.write_text(content)

    assert refused(ADDRESS) == "there is no kubeconfig whose current context names a cluster and a login; set KUBECONFIG to one"
    assert not cluster.asked


def test_the_usual_kubeconfig_is_found(cluster: Kubernetes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where kubectl has its own."""
    (tmp_path / ".kube").mkdir()
    (tmp_path / "kubeconfig").rename(tmp_path / ".kube" / "config")
    monkeypatch.delenv("KUBECONFIG")

    assert delivered(ADDRESS).changed
    assert cluster.secrets["surveys"]


def test_a_pod_uses_its_own_login(cluster: Kubernetes, tmp_path: Path, internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no kubeconfig."""
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.delenv("KUBECONFIG")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", NAME)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(internet.certificate))

    assert delivered(ADDRESS) == Outcome(f"{WHERE}:443", changed=True)
    assert cluster.secrets["surveys"]


def test_nothing_goes_out_unencrypted(cluster: Kubernetes, kubeconfig: Kubeconfig) -> None:
    """Not even the token."""
    kubeconfig(server=f"http://{NAME}")

    assert refused(ADDRESS).startswith("the kubeconfig leads to an address that is neither https nor this machine's own")
    assert not cluster.asked


def test_nothing_goes_to_whom_nobody_vouches_for(cluster: Kubernetes, kubeconfig: Kubeconfig) -> None:
    """A kubeconfig may want no certificate checked; a secret is then not sent."""
    kubeconfig(**{"insecure-skip-tls-verify": True})

    assert refused(ADDRESS).startswith("the kubeconfig does not want the cluster's certificate checked (insecure-skip-tls-verify)")
    assert not cluster.asked


def test_a_certificate_of_nobody_ends_it(cluster: Kubernetes, kubeconfig: Kubeconfig, internet: Internet, tmp_path: Path) -> None:
    """Whoever answers there may not be the cluster."""
    internet.trust_others(tmp_path)
    kubeconfig()

    assert refused(ADDRESS) == "the cluster's certificate is not of the kubeconfig's certificate authority"
    assert not cluster.asked


@pytest.mark.usefixtures("cluster")
def test_a_cluster_that_is_down_is_said_within_seconds(internet: Internet) -> None:
    """With where to look."""
    internet.take_down(NAME)

    assert refused(ADDRESS) == "the cluster cannot be reached; see to the kubeconfig's current context and the network"


@pytest.mark.usefixtures("cluster")
def test_a_cluster_that_never_answers_ends_too(internet: Internet, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait has an end."""
    internet.fall_silent(NAME)
    monkeypatch.setattr(module, "TIMEOUT_S", (0.1, 0.1))

    assert refused(ADDRESS) == "the cluster does not answer in time; try again later"
