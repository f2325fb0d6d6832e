"""The command line of the rig."""

import argparse
import shlex
import signal

from rig import instance
from rig.errors import RigError
from rig.instance import Rig, Row
from rig.report import say

_EXIT_FAILED, _EXIT_DOWN = 1, 3
_ACTIONS = ["stop", "kill", "start"]
_DESCRIPTION = """\
A real API server (etcd, kube-apiserver) and a real Kafka on 127.0.0.1, without containers.

  scripts/rig up && eval "$(scripts/rig env)"
  kubectl get namespaces
  java -cp "$KAFKA_CLASSPATH" org.apache.kafka.tools.TopicCommand \\
      --bootstrap-server "$KAFKA_BOOTSTRAP" --list
  scripts/rig down
"""
_EPILOG = """\
$RIG_DIR is the rig's folder; rigs in different folders run side by side. By default it is one of
this user and working tree under $XDG_RUNTIME_DIR or /tmp. Slow things are built once, into
${XDG_CACHE_HOME:-~/.cache}/offset-reset-operator/. More in tests/rig/README.md.
"""


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    options = _parser().parse_args(arguments)
    try:
        return options.run(Rig(instance.folder_of_this_tree()), options) or 0
    except RigError as error:
        say(str(error))
        return _EXIT_FAILED
    except KeyboardInterrupt:
        say("interrupted")
        return 128 + signal.SIGINT


def _interrupt(_signal: int, _frame: object) -> None:
    """Makes SIGTERM tidy up as Ctrl-C does."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/rig",
        allow_abbrev=False,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    command("build", _build, "build and fetch what is slow, once; takes minutes the first time")
    command("tools", _tools, "print the folder of helm3, helm4 and others; built if missing")
    command("gitops", _gitops, "print the folder of kstatus and fluxtypes; built if missing")
    up = command("up", _up, "start what is missing, and return when all of it is ready for use")
    up.add_argument("--brokers", type=int, choices=range(1, 10), metavar="N", help="default 1")
    up.add_argument("--secure", action="store_true", help="add SASL, TLS and mTLS listeners, ACLs")
    up.add_argument(
        "--controllers",
        action="store_true",
        help="add kube-controller-manager; without it, deleting a namespace never ends",
    )
    up.add_argument(
        "--pods",
        action="store_true",
        help="add kube-scheduler and kwok, by which pods are said to run; implies --controllers",
    )
    up.add_argument("--fresh", action="store_true", help="stop a running rig, forget its data")
    command("env", _env, "print the environment to use the rig by, for eval in a shell")
    command("status", _status, "show each process; exit 0 if all are up, 3 if not")
    command("down", _down, "stop what `up` started; data stays")
    command("clean", _clean, "stop everything and remove the rig's folder")
    kafka = command("kafka", _kafka, "stop, kill or start brokers; ports and data stay")
    kafka.add_argument("action", choices=_ACTIONS, help="kill: SIGKILL, as a crash would")
    kafka.add_argument("node", type=int, nargs="*", help="1, 2, ...; all if none is given")
    api_server = command("apiserver", _api_server, "stop, kill or start the API server")
    api_server.add_argument("action", choices=_ACTIONS, help="kill: SIGKILL, as a crash would")
    api_server.add_argument("--second", action="store_true", help="another one beside the first")
    api_server.add_argument("--etcd", metavar="URL", help="by which the second one reaches etcd")
    return parser


def _build(_rig: Rig, _options: argparse.Namespace) -> None:
    instance.build()


def _tools(_rig: Rig, _options: argparse.Namespace) -> None:
    print(instance.tools())


def _gitops(_rig: Rig, _options: argparse.Namespace) -> None:
    print(instance.gitops())


def _up(rig: Rig, options: argparse.Namespace) -> None:
    with rig.exclusively():
        rig.up(options.brokers, options.secure, options.controllers, options.pods, options.fresh)


def _env(rig: Rig, _options: argparse.Namespace) -> None:
    for name, value in rig.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    print(f'export PATH={shlex.quote(str(rig.binaries))}:"$PATH"')


def _status(rig: Rig, _options: argparse.Namespace) -> int:
    rows = rig.status()
    if not rows:
        say(f"no rig in {rig.folder}")
        return _EXIT_DOWN
    print(f"{'PROCESS':<25}{'STATE':<7}{'PID':>8}{'PORT':>8}{'RSS MiB':>9}")
    for row in rows:
        print(_status_line(row))
    return 0 if all(row.process for row in rows) else _EXIT_DOWN


def _status_line(row: Row) -> str:
    if row.process is None:
        return f"{row.name:<25}{'down':<7}{'-':>8}{row.port or '-':>8}{'-':>9}"
    rss = row.process.rss_mib()
    return f"{row.name:<25}{'up':<7}{row.process.pid:>8}{row.port or '-':>8}{rss:>9}"


def _down(rig: Rig, _options: argparse.Namespace) -> None:
    if not rig.folder.exists():
        say("nothing is running")
        return
    with rig.exclusively():
        rig.down()


def _clean(rig: Rig, _options: argparse.Namespace) -> None:
    if not rig.folder.exists():
        say("nothing to remove")
        return
    with rig.exclusively():
        rig.clean()


def _kafka(rig: Rig, options: argparse.Namespace) -> None:
    with rig.exclusively():
        if options.action == "start":
            rig.start_brokers(options.node)
        else:
            rig.stop_brokers(options.node, at_once=options.action == "kill")


def _api_server(rig: Rig, options: argparse.Namespace) -> None:
    with rig.exclusively():
        if options.action != "start":
            rig.stop_api_server(options.action == "kill", options.second)
        elif options.second:
            rig.start_second_api_server(options.etcd)
        else:
            rig.start_api_server()
