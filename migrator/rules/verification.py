"""MG4xx: causes of differences between the two arms."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
TIME = Rule(
    "MG401",
    "time-differs",
    Severity.INFO,
    "{count} entries differ in their modification time only",
    "Nothing to do: two builds never run at the same moment, and times are set aside.",
)
RECIPE = Rule(
    "MG402",
    "recipe-in-image",
    Severity.INFO,
    "a whole-context COPY takes the recipe itself into the image: {paths}",
    "Nothing to do, or name Dockerfiles and build scripts in .dockerignore: they are not needed at run time.",
)
NONDETERMINISTIC = Rule(
    "MG403",
    "not-repeatable",
    Severity.WARNING,
    "the legacy build does not repeat itself: two runs of it differ in {paths}",
    "Take dates, random values and build paths out of the build; what differs from run to run proves nothing.",
)
CONTENT = Rule(
    "MG410",
    "content-differs",
    Severity.ERROR,
    "{path} has other content",
    "The file is made in another way, or from other sources; --keep leaves both images to look at.",
)
MODE = Rule(
    "MG411",
    "mode-differs",
    Severity.ERROR,
    "{path} has mode {new} in place of {legacy}",
    "Set it by `RUN chmod` in the stage that makes it, or by COPY --chmod with BuildKit.",
)
OWNER = Rule(
    "MG412",
    "owner-differs",
    Severity.ERROR,
    "{path} belongs to {new} in place of {legacy}",
    "What went over the host belonged to 0:0 afterwards; COPY --from keeps owners unless --chown says otherwise.",
)
TYPE = Rule(
    "MG413",
    "type-differs",
    Severity.ERROR,
    "{path} is a {new} in place of a {legacy}",
    "A link that was followed, or a folder that was nested in one that existed, makes this difference.",
)
LINK = Rule(
    "MG414",
    "link-differs",
    Severity.ERROR,
    "{path} points to {new} in place of {legacy}",
    "See what makes the link in the builder, and whether the script changed it on the host.",
)
ATTRIBUTE = Rule(
    "MG415",
    "attribute-differs",
    Severity.ERROR,
    "{path} has other extended attributes",
    "docker cp loses file capabilities; BuildKit keeps them with COPY --from --chown. Set them, or drop --chown.",
)
DEVICE = Rule(
    "MG416",
    "device-differs",
    Severity.ERROR,
    "{path} is another device",
    "See what makes the device node in the builder.",
)
MISSING = Rule(
    "MG417",
    "missing",
    Severity.ERROR,
    "{path} is missing in the new image",
    "What is made when a container runs, or left out by an ignore file, does not come along by itself.",
)
EXTRA = Rule(
    "MG418",
    "extra",
    Severity.ERROR,
    "{path} is in the new image only",
    "An ignore file, or an rm on the host, kept it out of the legacy image.",
)
CONFIGURATION = Rule(
    "MG419",
    "configuration-differs",
    Severity.ERROR,
    "the configuration differs in {field}: {new} in place of {legacy}",
    "See the ENV, LABEL, CMD and the like of the last stage, and the options of the build command.",
)
LEGACY_FAILED = Rule(
    "MG430",
    "legacy-build-failed",
    Severity.ERROR,
    "the legacy build does not work: {reason}",
    "Nothing can be compared with it. Repair the script first, or see whether it needs --arg or --env.",
)
NEW_FAILED = Rule(
    "MG431",
    "new-build-failed",
    Severity.ERROR,
    "the new build does not work: {reason}",
    "A path that is missing in a stage was made when a container ran, or by something outside of the Dockerfiles.",
)
TIMEOUT = Rule(
    "MG432",
    "timeout",
    Severity.ERROR,
    "the {arm} build was not finished after {seconds:g} seconds",
    "Give it more time with --timeout SECONDS.",
)
ENGINE_GONE = Rule(
    "MG433",
    "engine-gone",
    Severity.ERROR,
    "{reason}",
    "Start the engine again, run `migrator doctor --clean`, and verify once more.",
)
DISK_FULL = Rule(
    "MG434",
    "disk-full",
    Severity.ERROR,
    "no space is left on the disk: {reason}",
    "`migrator doctor` shows what is free; `docker system df` shows what the engine holds.",
)
NOT_RUN = Rule(
    "MG435",
    "call-not-run",
    Severity.INFO,
    "not run while verifying: {call}",
    "Nothing to do: what leaves the machine or asks another one is only written down.",
)
SCRIPT_FAILED = Rule(
    "MG436",
    "script-failed-late",
    Severity.WARNING,
    "the script ended with exit code {code}, although its images are there",
    "See the end of its log: {line}",
)
SHARED_CACHE = Rule(
    "MG437",
    "shared-cache",
    Severity.WARNING,
    "both ways used the builder's cache: a step that is not repeatable may have run only once",
    "Verify without --reuse-cache for a verdict that does not depend on it.",
)
IGNORED = Rule(
    "MG441",
    "ignored-on-request",
    Severity.INFO,
    "not compared, as --ignore says: {paths}",
    "Leave --ignore out for a verdict on everything.",
)
TIME_COUNTED = Rule(
    "MG442",
    "time-counted",
    Severity.ERROR,
    "{path} has the modification time {new} in place of {legacy}",
    "Leave --strict out, or add --ignore-mtime: two builds have the same times only where the Dockerfile sets them.",
)
AGAINST = Rule(
    "MG443",
    "compared-with-image",
    Severity.INFO,
    "compared with the image {image}: the script was not run",
    "What the script itself would not repeat cannot be told apart this way; leave --against out for that.",
)
SMOKE = Rule(
    "MG444",
    "runs-differently",
    Severity.ERROR,
    "run with the same command, the images differ in {field}: {new} in place of {legacy}",
    "See what else differs: a file that is missing, a mode or an owner shows here as well.",
)
MISREAD = Rule(
    "MG440",
    "script-misread",
    Severity.ERROR,
    "the script does not do what migrator read in it: it did `{made}` where `{read}` was expected",
    "This is a bug in migrator: please report it with the script. Do not rely on the conversion.",
)
NO_NETWORK = Rule(
    "MG480",
    "no-network",
    Severity.INFO,
    "builds and containers had no network",
    "Where a build fetches packages, give it one: --network default.",
)
UNSEEN_MOUNT = Rule(
    "MG481",
    "mount-not-seen",
    Severity.ERROR,
    "the engine does not see the files of this machine: a container of the script would have had another {path}",
    "Verify where the engine runs, or set TMPDIR to a folder that the engine has under the same path.",
)
NOT_WITH_ENGINE = Rule(
    "MG474",
    "not-with-engine",
    Severity.ERROR,
    "{engine} has no {what}, which the script asks for",
    "Verify with --engine podman or docker; with buildah alone, --against IMAGE compares with an image that is there.",
)
OVER_DISK = Rule(
    "MG482",
    "over-disk",
    Severity.ERROR,
    "it takes more of the disk than it may: {what}",
    "Allow more with --disk MB (0 is no limit), or keep large files out of the repository.",
)
BESIDE = Rule(
    "MG483",
    "side-by-side",
    Severity.INFO,
    "both ways ran side by side: the seconds of each are not those that it takes alone",
    "Give --side-by-side no to measure them.",
)
BESIDE_SHARED = Rule(
    "MG484",
    "side-by-side-shared",
    Severity.WARNING,
    "both ways ran side by side on BuildKit, which runs a step once that both come to: it may not be repeatable",
    "Leave --side-by-side out for a verdict that does not depend on it.",
)
HARD_LINK = Rule(
    "MG485",
    "hard-links-differ",
    Severity.INFO,
    "several names of one file in one image are files of their own in the other: {paths}",
    "Nothing to do: a program reads the same through each name. --strict counts it.",
)
HARD_LINK_COUNTED = Rule(
    "MG486",
    "hard-link-counted",
    Severity.ERROR,
    "{path} is {new} in place of {legacy}",
    "Copy the folder around all names by one COPY, which keeps hard links, or leave --strict out.",
)
NOT_MADE = Rule(
    "MG487",
    "image-not-made",
    Severity.ERROR,
    "the script leaves the image {path}, and the new build commands do not",
    "Build it by a command of its own, or remove it from the script where nobody takes it.",
)
NAME_LEFT = Rule(
    "MG488",
    "name-left-to-the-script",
    Severity.INFO,
    "a further name of a compared image, which the new build commands do not give: {paths}",
    "Keep the `docker tag` in the script, behind the new build command.",
)
NAME = Rule(
    "MG489",
    "name-differs",
    Severity.ERROR,
    "an image is called {new} in place of {legacy}",
    "Give the build command the name that the script gives.",
)
REPLAYED = Rule(
    "MG470",
    "replayed",
    Severity.INFO,
    "the script was not run: its calls were made as migrator read them",
    "A script that is read wrongly is not caught this way; --legacy script runs it and holds its calls against ours.",
)
NOT_REPLAYED = Rule(
    "MG471",
    "not-replayed",
    Severity.ERROR,
    "the script cannot be replayed: {what}",
    "Give the values that it takes with --arg and --env, or run it with --legacy script where you trust it.",
)
REPAIRED = Rule(
    "MG472",
    "repaired",
    Severity.WARNING,
    "line {line} of the new Dockerfile was changed to cure {cause}: `{after}` in place of `{before}`",
    "The verdict is about the changed Dockerfile. If migrator wrote the line, that is a bug: please report it.",
)
ASIDE_BY_REPOSITORY = Rule(
    "MG473",
    "aside-by-repository",
    Severity.WARNING,
    "the repository's own .migrator.toml sets aside: {options}",
    "Leave it unread with --no-config where the repository is not yours: who wrote it decides what is not compared.",
)
AROUND = Rule(
    "MG475",
    "around-the-recorder",
    Severity.ERROR,
    "the script calls an engine's client {how}, where nothing of it is recorded",
    "Call it `docker`, by the PATH that is given; or take --legacy replay, which makes the calls as we read them.",
)
OWNERS_LOST = Rule(
    "MG476",
    "owners-lost",
    Severity.ERROR,
    "{engine} is set up with ignore_chown_errors: every file is root's there, so owners cannot be compared",
    "Give the user ids of his own (/etc/subuid, /etc/subgid) and leave that option out, or verify on another engine.",
)
