"""Commands beside docker between two builds: which may change a file of the checkout that the second one copies."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Converted
from migrator.project import Project

SCRIPT = """#!/bin/bash
docker build -t build -f Dockerfile.build .
docker create --name c build
docker cp c:/app run/app
{line}
docker build -t app run
"""
FILES = {
    "Dockerfile.build": "FROM debian:9\nRUN make app\n",
    "run/Dockerfile": "FROM debian:9\nCOPY app conf /\n",
    "run/conf": "first\n",
}


def keeps(line: str) -> bool:
    """Whether the second build takes the file as it is in the checkout; where nobody knows, nothing is converted."""
    found = convert(Project.of({**FILES, "build.sh": SCRIPT.format(line=line)}))
    if isinstance(found, Converted):
        assert "COPY conf /\n" in found.dockerfile, found.dockerfile
        return True
    return False


@pytest.mark.parametrize(
    "line",
    [
        "aws s3 cp s3://bucket/conf run/conf",
        "aws --region eu s3 cp s3://bucket/conf run/conf --quiet",
        "aws s3 mv run/conf s3://bucket/",
        "aws s3 sync --delete s3://bucket/ run",
        "aws s3api get-object --bucket b --key k run/conf",
        "aws lambda invoke --function-name f run/conf",
        "aws cloudformation package --output-template-file run/conf --s3-bucket b",
        "scp host:conf run/",
        "scp -P 22 -r me@host:/etc/app run",
        "gcloud storage cp gs://bucket/conf run/conf",
        "gsutil -m cp gs://bucket/conf run",
        "az storage blob download -f run/conf -n conf",
        "kubectl cp pod:/etc/conf run/conf",
        "kubectl -n apps cp pod:/etc/conf run/conf",
        "helm template chart --output-dir run",
        "helm dependency update run",
        "terraform init",
        "yq -i .a=1 run/conf",
        "yq eval --inplace .a=1 run/conf",
        "xmllint --format -o run/conf run/conf",
        "xxd run/app run/conf",
        "tree -o run/conf",
        "trivy image --output run/conf app",
        "umount run",
        "curl -fsSLo run/conf https://example.com/x",
        "curl --output=run/conf https://example.com/x",
        "curl -orun/conf https://example.com/x",
        "(cd run && curl -sSLO https://example.com/conf)",
        "(cd run && curl -sOJ https://example.com/x)",
        "curl -s -D run/conf https://example.com/x",
        "wget -qO run/conf https://example.com/x",
        "wget --output-document=run/conf https://example.com/x",
        "wget -q -P run https://example.com/conf",
        "wget -o run/conf https://example.com/x",
        "wget -r https://example.com/",
        "awk '{print > \"run/conf\"}' run/app",
        "awk '{print | \"tee run/conf\"}' run/app",
        "sed 'w run/conf' Dockerfile.build",
        "sed -n '/a/,/b/w run/conf' Dockerfile.build",
        "sed -n 's/a/b/gw run/conf' Dockerfile.build",
        "sed -n '1e make' Dockerfile.build",
        "npm config set registry x --location project",
        "npm install",
        "git config -f run/conf a.b c",
        "git diff --output=run/conf",
        "docker buildx build --metadata-file run/conf -f Dockerfile.build .",
        "docker scout cves build --output run/conf",
        "docker save build > run/conf",
        "lerna version",
    ],
)
def test_what_may_write_the_file_is_not_passed_over(line: str) -> None:
    assert not keeps(line)


@pytest.mark.parametrize(
    "line",
    [
        "aws s3 cp run/conf s3://bucket/ --acl public-read",
        "aws s3 sync run s3://bucket/",
        "aws sts get-caller-identity",
        "aws ecr get-login-password --region eu-west-1 | docker login -u AWS --password-stdin example.com",
        "scp -i key run/conf host:",
        "scp -r run me@host:/srv/",
        "kubectl apply -f run/conf",
        "kubectl get pods -o yaml",
        "kubectl exec pod -- cp a run/conf",
        "ssh host cp a run/conf",
        "helm upgrade --install app chart",
        "jq . run/conf",
        "yq -r .a run/conf",
        "xmllint --noout run/conf",
        "xxd run/conf",
        "npm cache clean --force",
        "npm --version",
        "node -v",
        "mvn --version",
        "go version",
        "git config user.name me",
        "docker scout quickview build",
        "hadolint run/Dockerfile",
        "curl -s -o /dev/null -w %{http_code} https://example.com",
        "curl -sS -X POST -d @run/conf https://example.com/x",
        "wget -qO- https://example.com/x",
        "sed '/we/d' run/conf",
        "sed -n '/^WARN/p' run/conf",
        "sed -e 's/new/e /;s|w|e|g' run/conf",
        "awk '$1 > 5 || /x/ {print $2}' run/conf",
        "awk -F: '{print $1 \" > \" $2}' run/conf",
    ],
)
def test_what_only_reads_it_or_speaks_to_elsewhere_changes_nothing(line: str) -> None:
    assert keeps(line)
