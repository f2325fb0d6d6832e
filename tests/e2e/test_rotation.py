"""Credentials and certificates are replaced while the operator runs: it goes on, by itself.

Each is replaced between two resets, and in the middle of one. That the new one is used is told by
the API server's audit log.
"""

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from rig.certificates import Authority
from support.audit import Audit, Request
from support.eventually import eventually
from support.kafka import Kafka
from support.offsets_log import OffsetsLog
from support.operator_process import OperatorProcess
from support.resets import Resets, reason
from support.rig import Rig
from support.rotated import Credentials, Plugin
from support.service_account import ServiceAccount, credential_id
from support.tls_proxy import TlsProxy

RECORDS = 20
TO = {"offset": 5}
BETWEEN = "between resets"
at_each_step = pytest.mark.parametrize("step", [BETWEEN, "before SavePlan", "before Finish"])
# Sooner than any file is read again because of its age: it is read because of the refusal.
AT_ONCE = 25
LIFE = timedelta(seconds=25)  # of a certificate; the operator has begun by then
REFUSED = "the server's certificate is refused"

MakeOperator = Callable[..., OperatorProcess]
Tell = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def commits(kafka: Kafka, group: str, topic: str) -> None:
    kafka.create_topic(topic)
    kafka.produce(topic, RECORDS)
    kafka.commit(group, topic, {0: RECORDS})


@pytest.fixture
def credentials(rig: Rig, tmp_path: Path) -> Credentials:
    return Credentials(rig, tmp_path / "credentials")


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Tells what was rotated at which step, for the table of faults at the end of the run."""

    def row(what: str, step: str) -> None:
        came_of_it = "done once, by the same process, with the new one"
        record_property("fault", ["F13", what, step, came_of_it])

    return row


@dataclass
class Story:
    """One reset during which something is replaced."""

    resets: Resets
    kafka: Kafka
    offsets_log: OffsetsLog
    audit: Audit
    make_operator: MakeOperator
    namespace: str
    group: str
    topic: str

    def begin(self, step: str, credentials: Credentials) -> OperatorProcess:
        """Returns when the operator is there: at rest, or held in the middle of the reset."""
        environment = credentials.environment()
        if step != BETWEEN:
            environment["OFFSET_RESET_HOLD"] = step
        self.operator = self.make_operator(environment=environment)
        self.operator.start(wait_ready=step == BETWEEN)
        if step != BETWEEN:
            self.resets.apply("replay", to=TO)
            self.operator.wait_held()
        return self.operator

    def go_on(self, step: str) -> None:
        self.audit.forget()
        if step == BETWEEN:
            self.resets.apply("replay", to=TO)
        else:
            self.operator.send(signal.SIGCONT)

    def end(self) -> list[Request]:
        """Returns when the reset is done. The writes of its status since it could go on."""
        assert reason(self.resets.wait_closed("replay", AT_ONCE)) == "OffsetsReset"
        assert self.kafka.committed(self.group, self.topic) == {0: 5}
        assert self.offsets_log.commits(self.group, self.topic) == {0: [RECORDS, 5]}
        assert self.operator.returncode is None
        writes = [r for r in self.audit.status_writes(self.namespace) if r.code == 200]
        assert writes
        return writes


@pytest.fixture
def story(
    resets: Resets,
    kafka: Kafka,
    offsets_log: OffsetsLog,
    audit: Audit,
    make_operator: MakeOperator,
    namespace: str,
    group: str,
    topic: str,
) -> Story:
    return Story(resets, kafka, offsets_log, audit, make_operator, namespace, group, topic)


@at_each_step
def test_a_token_file_is_read_when_the_old_token_is_refused(
    account: ServiceAccount, credentials: Credentials, story: Story, tell: Tell, step: str
) -> None:
    old, new = (account.create_revocable_token(name) for name in ("old", "new"))
    file = credentials.folder / "token"
    file.write_text(old)
    credentials.user["tokenFile"] = file.name
    story.begin(step, credentials)
    file.write_text(new)
    account.revoke("old", old)
    story.go_on(step)
    assert {write.credential for write in story.end()} == {credential_id(new)}
    tell("a token file", step)


def test_while_there_is_no_new_token_the_operator_waits_for_it(
    account: ServiceAccount, credentials: Credentials, story: Story, tell: Tell
) -> None:
    old, new = (account.create_revocable_token(name) for name in ("old", "new"))
    file = credentials.folder / "token"
    file.write_text(old)
    credentials.user["tokenFile"] = file.name
    operator = story.begin(BETWEEN, credentials)
    file.write_text("")
    account.revoke("old", old)
    story.go_on(BETWEEN)
    operator.wait_log(msg="credential file is of no use; its last content is used")
    operator.wait_log(msg="reset", reason="KubernetesUnavailable")
    file.write_text(new)
    assert {write.credential for write in story.end()} == {credential_id(new)}
    tell("a token file that is empty for a while", BETWEEN)


class Proxy:
    """What the operator takes for the API server; its certificates are of changing authorities."""

    def __init__(self, credentials: Credentials) -> None:
        self._folder = credentials.folder
        self._tls = TlsProxy(credentials.server, Path(credentials.cluster["certificate-authority"]))
        self.authority = self._folder / "authority.pem"
        credentials.cluster["server"] = f"https://{self._tls.address}"
        credentials.cluster["certificate-authority"] = str(self.authority)

    def make_authority(self, name: str) -> str:
        """Its certificate."""
        authority = Authority.create(self._folder, name)
        authority.issue(f"{name}-server", "/CN=proxy", "IP:127.0.0.1", "serverAuth")
        return authority.certificate.read_text()

    def present(self, name: str) -> None:
        """The certificate of that authority, to everybody anew."""
        self._tls.present(self._folder / f"{name}-server.pem", self._folder / f"{name}-server.key")

    def close(self) -> None:
        self._tls.close()


@pytest.fixture
def proxy(credentials: Credentials, account: ServiceAccount) -> Iterator[Proxy]:
    credentials.user["token"] = account.create_revocable_token("only")
    proxy = Proxy(credentials)
    proxy.authority.write_text(proxy.make_authority("old"))
    proxy.present("old")
    yield proxy
    proxy.close()


@at_each_step
def test_an_authority_is_read_when_the_server_is_not_trusted(
    proxy: Proxy, credentials: Credentials, story: Story, tell: Tell, step: str
) -> None:
    operator = story.begin(step, credentials)
    proxy.authority.write_text(proxy.make_authority("new"))
    proxy.present("new")
    story.go_on(step)
    story.end()
    assert REFUSED not in operator.output(), "it was read before anybody had to be told"
    tell("the file of the authority", step)


def test_a_server_that_changes_before_the_authority_is_waited_for(
    proxy: Proxy, credentials: Credentials, story: Story, tell: Tell
) -> None:
    operator = story.begin(BETWEEN, credentials)
    new = proxy.make_authority("new")
    proxy.present("new")
    story.go_on(BETWEEN)
    eventually("server refused", lambda: REFUSED in operator.output())
    proxy.authority.write_text(new[: len(new) // 2])
    operator.wait_log(msg="credential file is of no use; its last content is used")
    proxy.authority.write_text(new)
    story.end()
    tell("the certificate of the server, before the file of the authority", BETWEEN)


class ClientCertificate:
    """Files of a client certificate that ends soon, and of the one that follows it."""

    def __init__(self, rig: Rig, folder: Path, users: tuple[str, str]) -> None:
        pki = rig.folder / "kube" / "pki"
        authority = Authority(pki / "ca.pem", pki / "ca.key")
        ends = (datetime.now(UTC) + LIFE, None)
        for name, user, end in zip(("old", "new"), users, ends, strict=True):
            authority.issue(name, f"/CN={user}", "DNS:client", "clientAuth", folder, end)
        self._folder = folder
        self._authority = authority.certificate
        self.write("pem", "old")
        self.write("key", "old")

    def write(self, kind: str, name: str) -> None:
        content = (self._folder / f"{name}.{kind}").read_text()
        (self._folder / f"client.{kind}").write_text(content)

    def wait_over(self, server: str) -> None:
        """Returns when the API server does not take the old one any more."""
        old = (str(self._folder / "old.pem"), str(self._folder / "old.key"))

        def over() -> bool:
            url, authority = f"https://{server}/api", str(self._authority)
            return requests.get(url, cert=old, verify=authority, timeout=10).status_code == 401

        eventually("certificate over", over, LIFE.total_seconds() + 10)


@pytest.fixture
def users(account: ServiceAccount, unique: str) -> tuple[str, str]:
    """Whom the old and the new certificate are of; both may what the operator may."""
    names = (f"old-{unique}", f"new-{unique}")
    for name in names:
        account.bind(name)
    return names


@pytest.fixture
def certificate(rig: Rig, credentials: Credentials, users: tuple[str, str]) -> ClientCertificate:
    credentials.user.update({"client-certificate": "client.pem", "client-key": "client.key"})
    return ClientCertificate(rig, credentials.folder, users)


@at_each_step
def test_a_client_certificate_is_read_when_the_old_one_is_over(
    certificate: ClientCertificate,
    credentials: Credentials,
    users: tuple[str, str],
    story: Story,
    tell: Tell,
    step: str,
) -> None:
    story.begin(step, credentials)
    certificate.write("pem", "new")
    certificate.write("key", "new")
    certificate.wait_over(credentials.server)
    story.go_on(step)
    assert {write.user for write in story.end()} == {users[1]}
    tell("the files of a client certificate", step)


def test_a_client_certificate_without_its_key_is_waited_for(
    certificate: ClientCertificate,
    credentials: Credentials,
    users: tuple[str, str],
    story: Story,
    tell: Tell,
) -> None:
    operator = story.begin(BETWEEN, credentials)
    certificate.write("pem", "new")
    certificate.wait_over(credentials.server)
    story.go_on(BETWEEN)
    operator.wait_log(
        msg="client certificate and key are not of one another; the last pair is used"
    )
    operator.wait_log(msg="reset", reason="KubernetesUnavailable")
    certificate.write("key", "new")
    assert {write.user for write in story.end()} == {users[1]}
    tell("the files of a client certificate, its key a while later", BETWEEN)


@pytest.mark.parametrize("cause", ["over", "refused"])
def test_an_exec_plugin_is_run_again_when_its_token_is(
    account: ServiceAccount, credentials: Credentials, story: Story, tell: Tell, cause: str
) -> None:
    old, new = (account.create_revocable_token(name) for name in ("old", "new"))
    end = datetime.now(UTC) + timedelta(seconds=15)
    plugin = Plugin(credentials.folder)
    plugin.give(old, end if cause == "over" else None)
    credentials.user.update(plugin.user)
    operator = story.begin(BETWEEN, credentials)
    plugin.give(new)
    if cause == "over":
        eventually("token over", lambda: datetime.now(UTC) > end)
    else:
        account.revoke("old", old)
    story.go_on(BETWEEN)
    assert {write.credential for write in story.end()} == {credential_id(new)}
    assert plugin.runs == 2
    assert not any(token in operator.output() for token in (old, new))
    tell(f"the token of an exec plugin, {cause}", BETWEEN)
