{ printf "%2d  %s\n", NR, toupper($0) }
