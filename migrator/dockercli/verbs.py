"""Which command a docker command line asks for: aliases, management groups, and the options before the command."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from migrator.dockercli.options import DOCKER, Table, table
from migrator.dockercli.podman import BUILDAH, NERDCTL, PODMAN

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES: Mapping[str, Mapping[str, Table]] = MappingProxyType(
    {
        "docker": DOCKER,
        "docker-compose": DOCKER,
        "podman": PODMAN,
        "buildah": BUILDAH,
        "nerdctl": NERDCTL,
    }
)

# The options that stand between the program, or a group such as `buildx`, and the command.
GLOBALS: Mapping[str, Table] = MappingProxyType(
    {
        "docker": table(
            none="config= context,c= debug,D host,H=* log-level,l= tls tlscacert= tlscert= tlskey= tlsverify version,v"
        ),
        "podman": table(
            none=(
                "cgroup-manager= conmon= connection,c= events-backend= hooks-dir=* identity= imagestore= log-level= "
                "module=* network-cmd-path= network-config-dir= noout out= remote,r root= runroot= runtime= "
                "runtime-flag=* ssh= storage-driver= storage-opt=* syslog tmpdir= transient-store url= volumepath= "
                "version,v"
            )
        ),
        "buildah": table(
            none=(
                "log-level= root= runroot= storage-driver= storage-opt=* registries-conf= registries-conf-dir= "
                "default-mounts-file= short-name-alias-conf= userns-uid-map=* userns-gid-map=* cgroup-manager= "
                "version,v debug"
            )
        ),
        "nerdctl": table(
            none=(
                "address,a= host,H= namespace,n= snapshotter= storage-driver= cni-path= cni-netconfpath= data-root= "
                "cgroup-manager= insecure-registry hosts-dir=* debug debug-full experimental version,v"
            )
        ),
        "buildx": table(none="builder= debug,D"),
        "compose": table(
            none=(
                "file,f=* project-name,p= project-directory= profile=* env-file=* ansi= no-ansi progress= parallel= "
                "compatibility dry-run all-resources verbose debug,D host,H=* tls tlscacert= tlscert= tlskey= "
                "tlsverify skip-hostname-check context,c= log-level= version,v"
            )
        ),
    }
)

# `docker image build` is `docker build`. A group's command that is not here is called "GROUP COMMAND".
_IMAGE = ("build", "history", "import", "inspect", "load", "pull", "push", "save", "tag")
_CONTAINER = (
    *("attach", "commit", "cp", "create", "diff", "exec", "export", "inspect", "kill", "logs", "pause", "port"),
    *("rename", "restart", "run", "start", "stats", "stop", "top", "unpause", "update", "wait", "ps", "rm"),
)
GROUPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "image": MappingProxyType(
            {name: name for name in _IMAGE} | {"rm": "rmi", "remove": "rmi", "ls": "images", "list": "images"}
        ),
        "container": MappingProxyType({name: name for name in _CONTAINER} | {"remove": "rm", "ls": "ps", "list": "ps"}),
        "buildx": MappingProxyType({"build": "build", "b": "build", "f": "buildx bake"}),
        "builder": MappingProxyType({"build": "build"}),
        "compose": MappingProxyType({}),
        "volume": MappingProxyType({"remove": "volume rm", "list": "volume ls"}),
        "network": MappingProxyType({"remove": "network rm", "list": "network ls"}),
        "system": MappingProxyType({"info": "info", "events": "events"}),
        "manifest": MappingProxyType({}),
        "context": MappingProxyType({}),
        "pod": MappingProxyType({}),
        "machine": MappingProxyType({}),
        "secret": MappingProxyType({}),
        "trust": MappingProxyType({}),
        "config": MappingProxyType({}),
        "plugin": MappingProxyType({}),
    }
)

_PODMAN_ALIASES = MappingProxyType(
    {"list": "ps", "umount": "unmount", "container mount": "mount", "container umount": "unmount"}
)
ALIASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "podman": _PODMAN_ALIASES,
        # What buildah calls a container is a build in progress: its run and commit are commands of their own.
        "buildah": MappingProxyType(
            {
                "bud": "build",
                "build-using-dockerfile": "build",
                "run": "buildah run",
                "commit": "buildah commit",
                "umount": "unmount",
                "containers": "ps",
                "list": "ps",
                "ls": "ps",
                "delete": "rm",
            }
        ),
    }
)
