# shellcheck shell=bash
# Sourced by a script under search: a command that fails where nobody asks whether it does is noted. The script may go on.
if [[ -n ${QUICK_FAILED-} ]]; then
  trap 'printf "exit %s: %s\n" "$?" "$BASH_COMMAND" >>"$QUICK_FAILED"' ERR
fi
