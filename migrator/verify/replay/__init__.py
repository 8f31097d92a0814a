"""The old way without the script: our trace of it, replayed call by call through the same recorder.

Nothing of the repository is run on the host. What a script does to files is done by us as the trace has it; a few plain
tools (cp, mv, tar, …) move what came out of an image, with every path held inside the copy. Whatever the trace does not
know exactly ends the replay with a finding.
"""
