"""Jobs of CI files as shell text: GitHub Actions, GitLab CI, Travis CI and CircleCI."""
