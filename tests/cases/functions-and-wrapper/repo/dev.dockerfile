FROM alpine
RUN echo tool > /tool
