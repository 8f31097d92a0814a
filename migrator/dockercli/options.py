"""The options of every docker command that a build script uses, as the client itself lists them.

The tables are those of `docker COMMAND --help` of the clients 26.1 and 28, with the classic builder's and buildx's
options for `build` in one, and the aliases that the clients accept without listing them (`--net`). A test holds them
against a real client.

One option is written `name`, `name,x` (with its short letter), `name=` (takes a value) or `name=*` (takes a value
and may be given several times).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Effect(StrEnum):
    """What an option can change."""

    CONTENT = "content"  # what a RUN or the container's process sees, and so files
    CONFIG = "config"  # the configuration of an image
    NAME = "name"  # which image or container is meant, or what the new one is called
    RESULT = "result"  # where a result, an id or a stream goes
    NONE = "none"  # neither files nor configuration
    UNKNOWN = "unknown"  # depends on the engine: some refuse the option, some ignore it


@dataclass(frozen=True)
class Spec:
    """One option: its long name, its short letter or None, and whether a value belongs to it."""

    name: str
    short: str | None
    takes_value: bool
    repeatable: bool
    effect: Effect


Table = MappingProxyType[str, Spec]


def _spec(entry: str, effect: Effect) -> Spec:
    """The option that one entry of a table describes."""
    names, equals, star = entry.partition("=")
    name, _, short = names.partition(",")
    return Spec(name, short or None, bool(equals), bool(star), effect)


def table(**entries: str) -> Table:
    """A table from long name to option, made of one text of entries per effect."""
    specs = [_spec(entry, Effect(effect)) for effect, text in entries.items() for entry in text.split()]
    return MappingProxyType({spec.name: spec for spec in specs})


def join(*tables: Table) -> Table:
    """One table of several; the first that has a name counts."""
    return MappingProxyType({name: spec for table in reversed(tables) for name, spec in table.items()})


BUILD = table(
    content=(
        "file,f= target= build-arg=* build-context=* platform=* network= add-host=* shm-size= ulimit=* "
        "cgroup-parent= memory,m= memory-swap= cpuset-cpus= cpuset-mems= allow=*"
    ),
    config="label=* annotation=*",
    name="tag,t=*",
    result="iidfile= output,o=* load push metadata-file= quiet,q",
    none=(
        "cache-from=* cache-to=* no-cache no-cache-filter=* pull rm force-rm compress cpu-period= cpu-quota= "
        "cpu-shares,c= isolation= builder= progress= provenance= sbom= attest=* debug,D"
    ),
    unknown="secret=* ssh=* security-opt=* squash disable-content-trust check call= print=",
)

CREATE = table(
    content=(
        "entrypoint= env,e=* env-file=* user,u= workdir,w= volume,v=* mount=* volumes-from=* tmpfs=* volume-driver= "
        "read-only platform= network=* net=* add-host=* hostname,h= domainname= dns=* dns-option=* dns-opt=* "
        "dns-search=* link=* group-add=* userns= uts= ipc= pid= privileged cap-add=* cap-drop=* device=* gpus=* "
        "security-opt=* sysctl=* ulimit=* memory,m= shm-size= cpuset-cpus= cpuset-mems= cpus= interactive,i tty,t "
        "use-api-socket runtime= storage-opt=* cgroup-parent= cgroupns= kernel-memory= memory-swap= "
        "memory-reservation= memory-swappiness= pids-limit= init"
    ),
    config="label,l=* label-file=* annotation=* expose=* no-healthcheck stop-signal= stop-timeout=",
    name="name=",
    result="cidfile= attach,a=*",
    none=(
        "rm pull= quiet,q publish,p=* publish-all,P restart= disable-content-trust cpu-count= cpu-percent= "
        "cpu-period= cpu-quota= cpu-rt-period= cpu-rt-runtime= cpu-shares,c= blkio-weight= blkio-weight-device=* "
        "device-cgroup-rule=* device-read-bps=* device-read-iops=* device-write-bps=* device-write-iops=* "
        "health-cmd= health-interval= health-retries= health-start-interval= health-start-period= health-timeout= "
        "io-maxbandwidth= io-maxiops= ip= ip6= isolation= link-local-ip=* log-driver= log-opt=* mac-address= "
        "network-alias=* net-alias=* oom-kill-disable oom-score-adj="
    ),
)

RUN = join(CREATE, table(result="detach,d", none="detach-keys= sig-proxy"))

_FORCE_FILTER = table(none="all,a force,f filter=* volumes verbose keep-storage= builder=")
_LIST = table(none="all,a filter,f=* format= no-trunc quiet,q")
_INSPECT = table(none="format,f= size,s type= platform= verbose,v insecure")
_STOP = table(none="signal,s= time,t= timeout,t=")

DOCKER: Mapping[str, Table] = MappingProxyType(
    {
        "build": BUILD,
        "create": CREATE,
        "run": RUN,
        "exec": table(
            content="env,e=* env-file=* user,u= workdir,w= privileged interactive,i tty,t",
            result="detach,d",
            none="detach-keys=",
        ),
        "cp": table(content="archive,a follow-link,L", none="quiet,q"),
        "commit": table(config="author,a= change,c=* message,m=", none="pause,p"),
        "export": table(result="output,o="),
        "import": table(content="platform=", config="change,c=* message,m="),
        "save": table(content="platform=", result="output,o="),
        "load": table(content="platform=", result="input,i=", none="quiet,q"),
        "tag": table(),
        "push": table(none="all-tags,a disable-content-trust quiet,q platform="),
        "pull": table(content="platform=", none="all-tags,a disable-content-trust quiet,q"),
        "rm": table(none="force,f link,l volumes,v"),
        "rmi": table(none="force,f no-prune platform=*"),
        "start": table(
            content="checkpoint= checkpoint-dir=", result="attach,a", none="detach-keys= interactive,i sig-proxy"
        ),
        "stop": _STOP,
        "restart": _STOP,
        "kill": table(none="signal,s="),
        "wait": table(),
        "pause": table(),
        "unpause": table(),
        "rename": table(),
        "diff": table(),
        "port": table(),
        "attach": table(none="detach-keys= no-stdin sig-proxy"),
        "inspect": _INSPECT,
        "images": join(_LIST, table(none="digests tree")),
        "ps": join(_LIST, table(none="last,n= latest,l size,s")),
        "logs": table(none="details follow,f since= tail,n= timestamps,t until="),
        "history": table(none="format= human,H no-trunc quiet,q platform="),
        "stats": table(none="all,a format= no-stream no-trunc"),
        "events": table(none="filter,f=* format= since= until="),
        "search": table(none="filter,f=* format= limit= no-trunc"),
        "info": table(none="format,f="),
        "version": table(none="format,f="),
        "login": table(none="password,p= password-stdin username,u= email,e="),
        "logout": table(),
        "volume create": table(
            content="driver,d= opt,o=*",
            name="name=",
            none=(
                "label=* availability= group= limit-bytes= required-bytes= scope= secret=* sharing= "
                "topology-preferred=* topology-required=* type="
            ),
        ),
        "volume rm": table(none="force,f"),
        "volume ls": join(_LIST, table(none="cluster")),
        "volume inspect": _INSPECT,
        "volume prune": _FORCE_FILTER,
        "network create": table(
            none=(
                "attachable aux-address=* config-from= config-only driver,d= gateway=* ingress internal ip-range=* "
                "ipam-driver= ipam-opt=* ipv4 ipv6 label=* opt,o=* scope= subnet=*"
            )
        ),
        "network rm": table(none="force,f"),
        "network ls": _LIST,
        "network inspect": _INSPECT,
        "network connect": table(none="alias=* driver-opt=* ip= ip6= link=* link-local-ip=* gw-priority="),
        "network prune": _FORCE_FILTER,
        "image prune": _FORCE_FILTER,
        "container prune": _FORCE_FILTER,
        "system prune": _FORCE_FILTER,
        "builder prune": _FORCE_FILTER,
        "buildx prune": _FORCE_FILTER,
        "system df": table(none="format= verbose,v"),
        "context use": table(),
        "manifest create": table(name="amend,a", none="insecure"),
        "manifest push": table(none="insecure purge,p"),
        "manifest annotate": table(config="arch= os= os-features=* os-version= variant="),
        "manifest inspect": _INSPECT,
        "manifest rm": table(),
        "buildx bake": table(
            content="file,f=* set=*",
            result="load push metadata-file= print",
            none="builder= no-cache progress= provenance= pull sbom=",
        ),
        "buildx create": table(
            content="platform=*",
            none=(
                "append bootstrap buildkitd-config= config= buildkitd-flags= driver= driver-opt=* leave name= node= use"
            ),
        ),
        "buildx use": table(none="builder= default global"),
        "buildx rm": table(none="all-inactive builder= force,f keep-daemon keep-state"),
        "buildx inspect": table(none="bootstrap builder="),
        "buildx ls": table(none="format="),
        "buildx stop": table(none="builder="),
        "buildx version": table(),
        "buildx install": table(),
        "compose build": table(
            content="build-arg=* ssh=* memory,m=",
            result="push quiet,q print",
            none=(
                "builder= no-cache pull with-dependencies compress force-rm no-rm parallel progress= provenance= "
                "sbom= check"
            ),
        ),
        "compose up": table(
            content="scale= force-recreate always-recreate-deps no-recreate renew-anon-volumes,V build no-build",
            result="detach,d",
            none=(
                "abort-on-container-exit abort-on-container-failure attach=* attach-dependencies exit-code-from= "
                "no-attach=* no-color no-deps no-log-prefix no-start pull= quiet-pull remove-orphans timeout,t= "
                "timestamps wait wait-timeout= watch,w menu yes,y"
            ),
        ),
        "compose run": table(
            content="entrypoint= env,e=* user,u= workdir,w= volume,v=* build cap-add=* cap-drop=* label,l=*",
            name="name=",
            result="detach,d",
            none=(
                "rm no-TTY,T interactive,i tty,t publish,p=* service-ports use-aliases no-deps pull= quiet-pull "
                "quiet-build quiet remove-orphans"
            ),
        ),
        "compose create": table(content="build no-build force-recreate no-recreate", none="pull= remove-orphans"),
        "compose cp": table(content="archive,a follow-link,L", name="index= all"),
        "compose down": table(none="remove-orphans rmi= timeout,t= volumes,v"),
        "compose rm": table(none="force,f stop,s volumes,v all,a"),
        "compose pull": table(none="ignore-buildable ignore-pull-failures include-deps policy= quiet,q parallel"),
        "compose push": table(none="ignore-push-failures include-deps quiet,q"),
        "compose exec": table(
            content="env,e=* user,u= workdir,w= privileged", name="index=", result="detach,d", none="no-TTY,T"
        ),
    }
)
