"""MG3xx: what the plan assumes, drops or cannot carry."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
CACHE_DROPPED = Rule(
    "MG301",
    "cache-dropped",
    Severity.INFO,
    "the cache mounted at {target} is left out: a build begins without it",
    "With BuildKit, RUN --mount=type=cache,target={target} brings it back: --cache-mounts writes it.",
)
COPY_WITHOUT_CONTEXT = Rule(
    "MG302",
    "copy-without-context",
    Severity.ERROR,
    "this build has no context, so there is nothing to copy from",
    "Give docker build a folder in place of a Dockerfile on standard input.",
)
COPY_SOURCE_OUTSIDE = Rule(
    "MG303",
    "copy-source-outside",
    Severity.ERROR,
    "{path} lies outside of the build context, so the build fails",
    "Use a context that holds the file.",
)
COPY_SOURCE_UNKNOWN = Rule(
    "MG304",
    "copy-source-unknown",
    Severity.ERROR,
    "what the build copies as {path} cannot be known: {what}",
    "Make this step part of a Dockerfile, or move it behind the builds.",
)
COPY_SOURCE_MISSING = Rule(
    "MG305",
    "copy-source-missing",
    Severity.ERROR,
    "{path} is not in a clean checkout and nothing in the script makes it, so the build fails as it is",
    "Commit the file or copy it out of a container first; then convert again.",
)
COPY_SOURCE_IGNORED = Rule(
    "MG306",
    "copy-source-ignored",
    Severity.ERROR,
    "{path} is shut out by the ignore file, so the build fails as it is",
    "Let the file in with a line !path in the ignore file; then convert again.",
)
COPY_PATTERN_EMPTY = Rule(
    "MG307",
    "copy-pattern-empty",
    Severity.ERROR,
    "no file matches {pattern}, so the build fails as it is",
    "Check the pattern against what the script copies out of the container.",
)
ARCHIVE_UNCLEAR = Rule(
    "MG308",
    "archive-unclear",
    Severity.ERROR,
    "ADD unpacks an archive here that the script put together from several places",
    "Copy the files themselves, without packing them on the host.",
)
IGNORE_CONFLICT = Rule(
    "MG309",
    "ignore-conflict",
    Severity.ERROR,
    "no one ignore file lets every stage see what it saw: the builds were under different rules",
    "Bring the ignore files into line first, or copy the files by name.",
)
ESCAPE_DIFFERS = Rule(
    "MG310",
    "escape-differs",
    Severity.ERROR,
    "the Dockerfiles have different escape characters, and a file can have only one",
    "Bring them to one escape directive first.",
)
VALUE_UNKNOWN = Rule(
    "MG311",
    "value-unknown",
    Severity.ERROR,
    "what reaches the image here depends on something that cannot be known: {name}",
    "Give the value with --env NAME=VALUE or --arg VALUE, or write it into the script.",
)
SECOND_PLATFORM = Rule(
    "MG312",
    "platform-differs",
    Severity.ERROR,
    "the builds are for different platforms ({platforms}); one build command has one",
    "Write FROM --platform=… into the builder's stage by hand, with BuildKit.",
)
FLAG_DROPPED = Rule(
    "MG313",
    "flag-dropped",
    Severity.INFO,
    "--{flag} is left out of the new build command: {reason}",
    "Add it by hand where you need it.",
)
VOLUME_MOVED = Rule(
    "MG314",
    "volume-moved",
    Severity.INFO,
    "VOLUME is left out of the stage {stage}: what a RUN behind it writes there would be lost",
    "Nothing is to be done: a stage that is only copied from needs no volume.",
)
WORLDS_DIFFER = Rule(
    "MG315",
    "ways-differ",
    Severity.ERROR,
    "which images are made depends on a condition that is only known when the script runs",
    "Fix the choice with --arg VALUE or --env NAME=VALUE.",
)
RUN_IN_STAGE = Rule(
    "MG316",
    "host-work-in-stage",
    Severity.INFO,
    "this runs in the stage {stage} now, which must have the command",
    "If the builder image lacks it, install it there.",
)
SCRIPT_NOT_FINISHED = Rule(
    "MG317",
    "script-stops",
    Severity.ERROR,
    "the script stops here before its last build, with a clean checkout and a clean engine",
    "Check the command: it fails in a clean checkout.",
)
NO_SHELL = Rule(
    "MG318",
    "no-shell",
    Severity.ERROR,
    "files that the script makes have to be made in a stage, and no image here has a shell for it",
    "Commit the files, or build an image with a shell first.",
)
EXPORT_ONLY = Rule(
    "MG319",
    "export-only",
    Severity.INFO,
    "the script only takes files out of an image; no later build takes them in",
    "With BuildKit, one docker build leaves the same files: `migrator convert --export` writes it.",
)

# --- why a line of the new file is not the old one -------------------------------------------------------------------

STEP_LIFTED = Rule(
    "MG321",
    "step-lifted",
    Severity.INFO,
    "what the script did in a container or on the host is an instruction of the stage {stage} now",
    "Nothing is to be done; the line names the line of the script that it came from.",
)
VALUE_DECLARED = Rule(
    "MG322",
    "value-declared",
    Severity.INFO,
    "a value that the script works out reaches the file as ARG {name}",
    "Nothing is to be done: the build command passes it.",
)
MOVED_TO_TOP = Rule(
    "MG323",
    "moved-to-top",
    Severity.INFO,
    "directives and ARGs in front of FROM hold for the whole file, so they stand at its top",
    "Nothing is to be done.",
)
JOINED = Rule(
    "MG324",
    "joined",
    Severity.INFO,
    "a byte-order mark or an open continuation would spoil what stands beside it in the new file",
    "Nothing is to be done.",
)
STAGE_NAMED = Rule(
    "MG325",
    "stage-named",
    Severity.INFO,
    "the stage has a name, so that COPY --from, FROM and docker build --target can use it",
    "Rename it where you like: FROM … AS name, and every --from=name.",
)
ARGUMENT_SETTLED = Rule(
    "MG326",
    "argument-settled",
    Severity.INFO,
    "two builds gave one ARG different values; each stage keeps its own",
    "Give the ARGs different names to pass both on the command line.",
)
SOURCE_REROOTED = Rule(
    "MG327",
    "source-rerooted",
    Severity.INFO,
    "the new build has another context, so the source is named from there",
    "Nothing is to be done.",
)
TAKEN_FROM_STAGE = Rule(
    "MG328",
    "taken-from-stage",
    Severity.INFO,
    "the file comes straight from the stage that makes it; the host is no longer in between",
    "Nothing is to be done. --chown=0:0 keeps the owner that the way over the host gave.",
)
COMMIT_WANTED = Rule(
    "MG329",
    "commit-wanted",
    Severity.ERROR,
    "an image made by docker commit is left here, with a configuration that comes from the container",
    "Write what the container ran as RUN, and its command as CMD, in a Dockerfile.",
)
ARGUMENTS_ASSUMED = Rule(
    "MG330",
    "arguments-assumed",
    Severity.WARNING,
    "converted as the script runs without arguments; with some it may do something else",
    "Give the arguments that you use with --arg VALUE.",
)
FOLDER_ASSUMED = Rule(
    "MG331",
    "folder-assumed",
    Severity.INFO,
    "converted as the script runs from its own folder, {folder}",
    "Nothing is to be done if that is how it is called.",
)
STAGES_BEHIND = Rule(
    "MG332",
    "stages-behind",
    Severity.INFO,
    "the stages from here on are left out: the script builds the file only up to {stage}",
    "Keep them in a file of their own if something else builds them.",
)
ADD_PATTERN = Rule(
    "MG333",
    "add-pattern-unclear",
    Severity.ERROR,
    "ADD unpacks every archive among what the pattern matches, and the names come out of a container",
    "Write COPY where nothing is to be unpacked, or name the archive.",
)
IGNORE_UNCERTAIN = Rule(
    "MG340",
    "ignore-uncertain",
    Severity.ERROR,
    "the ignore file may keep out a part of {path}, which comes out of an image, and COPY --from knows no ignore file",
    "Remove that part in the builder's Dockerfile, or narrow the pattern in the ignore file.",
)
ADD_MIXED = Rule(
    "MG342",
    "add-mixed",
    Severity.ERROR,
    "this instruction takes addresses, here-documents or parent folders together with files out of a container",
    "Write one instruction for each.",
)
MOUNT_READS_ARTIFACT = Rule(
    "MG343",
    "mount-reads-artifact",
    Severity.ERROR,
    "RUN --mount reads the build context here, and the script puts files out of a container there",
    "Mount the builder's stage (from=builder), or COPY the files.",
)
BASE_NOT_CARRIED = Rule(
    "MG344",
    "base-not-carried",
    Severity.ERROR,
    "an image of the script that another one continues has {what}, which a stage does not pass on in the same way",
    "Write it into the Dockerfile of the image that continues it.",
)
WAY_LEFT_OUT = Rule(
    "MG334",
    "way-left-out",
    Severity.WARNING,
    "converted for the way through the script that makes everything; the other way here fails, or makes less",
    "Give the arguments that you use with --arg VALUE, or the environment with --env NAME=VALUE.",
)
ARGUMENT_LEAKS = Rule(
    "MG345",
    "argument-leaks",
    Severity.ERROR,
    "this build takes {name} from the environment if it is set there, and another build that has the same ARG does not",
    "Give the argument a value here (--build-arg {name}=…), or rename the other ARG.",
)
NAME_CONDITIONAL = Rule(
    "MG346",
    "name-conditional",
    Severity.INFO,
    "a further name is given to the image under this condition only; the new command gives the names "
    "that it always has",
    "Keep the docker tag, and the docker push behind it, in the script.",
)
CALLER_DROPPED = Rule(
    "MG335",
    "caller-dropped",
    Severity.INFO,
    "the caller's own user is left out: it kept the files on the host the caller's, and in a stage they are root's",
    "Nothing is to be done. If the command refuses to run as root, add a USER to the stage and --chown to its COPY.",
)
SECOND_RUN_ONLY = Rule(
    "MG347",
    "second-run-only",
    Severity.ERROR,
    "{path} is there only when an earlier run left the folder {folder}: in a clean checkout docker cp "
    "makes that folder itself",
    "Copy to a folder that the script makes first (mkdir -p), or take the inner name out of the path.",
)
BUILT_ELSEWHERE = Rule(
    "MG348",
    "built-elsewhere",
    Severity.ERROR,
    "{path} comes out of a container here and {file} takes it in, but the script does not build that file",
    "Name it, with its context and its tag if you like: --runtime {named}. Or call both builds from one script.",
)
FOLDER_MODE = Rule(
    "MG380",
    "folder-mode",
    Severity.ERROR,
    "the folder {path} may have another mode than 0755, which cannot be kept where the script goes on to work with it",
    "Set the mode of the folder in the Dockerfile of the image that takes it in (RUN chmod).",
)
LINK_DANGLES = Rule(
    "MG349",
    "link-dangles",
    Severity.ERROR,
    "{path} is a symbolic link, and docker cp took it without what it leads to: the build fails as it is",
    "Use docker cp -L, or copy what it leads to.",
)
STREAM_OWNERS = Rule(
    "MG370",
    "stream-owners",
    Severity.INFO,
    "the files of this tar stream keep their owners on BuildKit, and become root's on the classic builder; "
    "converted for BuildKit",
    "For the classic builder, add --chown=0:0 to the COPY --from that the stream became.",
)
EXPORTED = Rule(
    "MG390",
    "exported",
    Severity.INFO,
    "what the script takes out for the host is left there by one docker build now, which needs BuildKit",
    "Docker 23 and later have it; before that, set DOCKER_BUILDKIT=1.",
)
EXPORT_PLACES = Rule(
    "MG391",
    "export-places",
    Severity.ERROR,
    "the files end in several places of the machine, and one docker build --output writes below one folder",
    "Take them out into one folder, and move them from there.",
)
EXPORT_PACKED = Rule(
    "MG392",
    "export-packed",
    Severity.WARNING,
    "{path} is packed on the host; the new command leaves the files that go into it, not the archive",
    "Keep the command that packs them behind the new docker build.",
)
EXPORT_NOTHING = Rule(
    "MG393",
    "export-nothing-left",
    Severity.ERROR,
    "the script leaves none of the files that it took out, or only an archive of them",
    "Let the script keep the files and pack them in a step behind the build, or pack them in a RUN.",
)
LEFT_ON_HOST = Rule(
    "MG394",
    "left-on-host",
    Severity.INFO,
    "{path} stays on the host after the script, made from what a container gave; the new build does not leave it",
    "`migrator convert --export` adds a target that does; or keep this step in the script.",
)
RUNTIME_NAMED = Rule(
    "MG395",
    "runtime-named",
    Severity.INFO,
    "{file} is built behind the script, as --runtime says",
    "Put the new docker build where the old one stood.",
)
CACHE_KEPT = Rule(
    "MG396",
    "cache-kept",
    Severity.INFO,
    "the cache mounted at {target} is a cache mount of the RUN now, which needs BuildKit and begins empty",
    "Nothing is to be done. Without --cache-mounts it is kept only where a build needs BuildKit anyway.",
)
NO_BAKE = Rule(
    "MG397",
    "no-bake-file",
    Severity.ERROR,
    "the build command cannot be written as a bake file: {reason}",
    "Convert without --bake, and use the build command.",
)
BAKE_THERE = Rule(
    "MG398",
    "bake-file-there",
    Severity.ERROR,
    "there is a bake file of another content already",
    "Take it away, or convert without --bake and add the targets by hand.",
)
