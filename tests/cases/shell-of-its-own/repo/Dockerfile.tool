ARG FROM=tool:base
FROM ${FROM}
RUN test -z "$MODE" && false | cat /out/app > /out/tool
CMD cat /out/tool
