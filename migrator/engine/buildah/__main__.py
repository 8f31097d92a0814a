"""The client for people: with the buildah of the PATH."""

import shutil
import sys

from migrator.engine.buildah.main import main

sys.argv.insert(1, shutil.which("buildah") or "buildah")
main()
