"""What podman, buildah and nerdctl take besides docker's options, from the manual pages of podman and buildah."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from migrator.dockercli.options import BUILD, CREATE, DOCKER, RUN, Table, join, table

if TYPE_CHECKING:
    from collections.abc import Mapping

_REGISTRY = table(none="authfile= cert-dir= creds= tls-verify retry= retry-delay= decryption-key=* signature-policy=")

_BUILD = join(
    BUILD,
    _REGISTRY,
    table(
        content=(
            "volume,v=* cap-add=* cap-drop=* device=* dns=* dns-search=* dns-option=* userns= ipc= pid= uts= "
            "ignorefile= http-proxy env=* unsetenv=* from= arch= os= variant= runtime= runtime-flag=* cgroupns= "
            "userns-uid-map=* userns-gid-map=* userns-uid-map-user= userns-gid-map-group= group-add=* no-hosts "
            "no-hostname"
        ),
        config="format= timestamp= omit-history identity-label os-version= os-feature=* unsetlabel=*",
        name="manifest=",
        none=(
            "layers layer-label=* squash-all pull-always pull-never jobs= logfile= log-level= stdin sign-by= "
            "cache-ttl= all-platforms logsplit skip-unused-stages disable-compression cpp-flag=*"
        ),
    ),
)

_CREATE = table(
    content=(
        "arch= os= variant= env-host env-merge=* unsetenv=* unsetenv-all http-proxy image-volume= passwd "
        "passwd-entry= rootfs secret=* systemd= tz= umask= uidmap=* gidmap=* subuidname= subgidname= hostuser=* "
        "requires= pod= pod-id-file= no-hosts no-hostname chrootdirs= read-only-tmpfs seccomp-policy="
    ),
    name="replace",
    none=(
        "authfile= tls-verify cgroups= conmon-pidfile= pidfile= init-path= init-ctr= preserve-fds= sdnotify= rmi "
        "personality= retry= retry-delay= group-entry= health-on-failure= health-startup-cmd= decryption-key=*"
    ),
)

_WHICH = table(name="latest,l all,a filter=* cidfile=*", none="ignore,i time,t= depend")

PODMAN: Mapping[str, Table] = MappingProxyType(
    {
        **DOCKER,
        "build": _BUILD,
        "create": join(CREATE, _CREATE),
        "run": join(RUN, _CREATE, table(none="passwd")),
        "exec": join(DOCKER["exec"], table(name="latest,l", none="preserve-fds=")),
        "cp": join(DOCKER["cp"], table(content="overwrite", none="pause")),
        "rm": join(table(none="volumes,v"), DOCKER["rm"], _WHICH),
        "rmi": join(DOCKER["rmi"], table(name="all,a", none="ignore,i")),
        "start": join(DOCKER["start"], table(name="latest,l all filter,f=*")),
        "stop": join(DOCKER["stop"], _WHICH),
        "kill": join(DOCKER["kill"], _WHICH),
        "wait": table(name="latest,l", none="condition=* interval,i= ignore"),
        "commit": join(
            DOCKER["commit"],
            table(config="format,f= include-volumes squash,s config=", result="iidfile= quiet,q"),
        ),
        "save": join(
            DOCKER["save"], table(result="format= compress multi-image-archive,m uncompressed", none="quiet,q")
        ),
        "push": join(
            DOCKER["push"],
            _REGISTRY,
            table(
                result="digestfile= format,f= compress compression-format= compression-level=",
                none="remove-signatures sign-by= all",
            ),
        ),
        "pull": join(DOCKER["pull"], _REGISTRY, table(content="arch= os= variant=", none="policy= all")),
        "login": join(DOCKER["login"], table(none="authfile= cert-dir= get-login tls-verify verbose,v secret=")),
        "logout": table(none="authfile= all,a"),
        "inspect": join(DOCKER["inspect"], table(name="latest,l")),
        "logs": join(DOCKER["logs"], table(name="latest,l")),
        "mount": table(name="all,a latest,l", none="format= notruncate"),
        "unmount": table(name="all,a latest,l", none="force,f"),
    }
)

_CHANGES = table(
    content="chown= chmod= from= contextdir= ignorefile= exclude=* parents link",
    none="add-history quiet,q checksum=",
)

BUILDAH: Mapping[str, Table] = MappingProxyType(
    {
        "build": join(_BUILD, table(none="disable-compression,D")),
        "from": join(
            table(name="name=", result="cidfile= quiet,q", none="pull pull-always pull-never"), _REGISTRY, _BUILD
        ),
        "buildah run": table(
            content=(
                "user= volume,v=* mount=* env,e=* workingdir= isolation= network= hostname= cap-add=* cap-drop=* "
                "device=* ipc= pid= uts= runtime= runtime-flag=* no-hosts no-hostname no-pivot cgroupns="
            ),
            none="terminal,t tty add-history",
        ),
        "copy": _CHANGES,
        "add": _CHANGES,
        "config": table(
            config=(
                "entrypoint= cmd= env,e=* port,p=* label,l=* user,u= workingdir= volume,v=* author,a= annotation=* "
                "shell= stop-signal= onbuild=* arch= os= variant= comment= created-by= domainname= hostname= "
                "healthcheck= healthcheck-interval= healthcheck-retries= healthcheck-start-period= "
                "healthcheck-timeout= history-comment= os-version= os-feature=* unsetlabel=*"
            ),
            none="add-history",
        ),
        "buildah commit": join(
            _REGISTRY,
            table(
                content="add-file=*",
                config=(
                    "format,f= squash timestamp= omit-history identity-label change,c=* config= unsetenv=* "
                    "reference-time="
                ),
                name="manifest=",
                result="iidfile= quiet,q",
                none="rm disable-compression,D sign-by= encrypt-layer=* encryption-key=*",
            ),
        ),
        "mount": table(none="json notruncate"),
        "unmount": table(name="all,a"),
        "rm": table(name="all,a"),
        "rmi": table(name="all,a", none="force,f prune,p"),
        "tag": table(),
        "pull": PODMAN["pull"],
        "push": PODMAN["push"],
        "images": table(none="all,a digests filter,f=* format= history json noheading,n no-trunc quiet,q"),
        "ps": table(none="all,a filter,f=* format= json noheading,n notruncate quiet,q"),
        "inspect": table(none="format,f= type,t="),
        "login": PODMAN["login"],
        "logout": PODMAN["logout"],
        "version": table(none="json"),
        "info": table(none="format= debug,D"),
    }
)

# nerdctl takes docker's options; these are its own beyond them.
NERDCTL: Mapping[str, Table] = MappingProxyType(
    {
        **DOCKER,
        "build": join(BUILD, table(none="buildkit-host= allow-metadata")),
        "run": join(
            RUN, table(content="umask= rootfs", none="pidfile= cgroup-conf=* verify= cosign-key= ipfs-address=")
        ),
        "cp": DOCKER["cp"],
        "save": join(DOCKER["save"], table(content="all-platforms")),
        "load": join(DOCKER["load"], table(content="all-platforms")),
    }
)
