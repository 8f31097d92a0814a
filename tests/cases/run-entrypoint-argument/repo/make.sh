echo "$1 $2 $FLAVOUR $(id -u) $(pwd)" > out.txt
