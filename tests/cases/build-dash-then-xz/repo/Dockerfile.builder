FROM alpine
WORKDIR /tmp/work
RUN mkdir -p rootfs/bin rootfs/tmp && cp /bin/busybox rootfs/bin/sh && chmod 1777 rootfs/tmp && chown 5:5 rootfs/bin
